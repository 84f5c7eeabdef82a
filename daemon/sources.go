package daemon

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"headsup/calendar"
	"headsup/calendar/caldav"
	"headsup/calendar/google"
	"headsup/calendar/graph"
	"headsup/calendar/ics"
	"headsup/calendar/ics/guard"
	"headsup/daemon/auth"
	"headsup/daemon/config"
)

// openCalendar makes the source of one calendar. It does not connect.
func (d *Daemon) openCalendar(ctx context.Context, cfg config.Config, c config.Calendar) (calendar.Source, error) {
	owner := ics.Owner{}
	for _, a := range c.Owner {
		owner.Addresses = append(owner.Addresses, a.String())
	}
	now := d.clock.Wall
	switch c.Kind {
	case config.CalendarURL, config.CalendarCalDAV:
		return d.openWeb(c, owner)
	case config.CalendarGoogle:
		client, err := d.authorised(ctx, cfg, "google")
		return &google.Source{ID: c.ID, Client: client, FreeBusy: c.FreeBusy, Now: now}, err
	case config.CalendarGraph:
		client, err := d.authorised(ctx, cfg, "microsoft")
		return &graph.Source{Address: c.ID, Client: client, FreeBusy: c.FreeBusy, Now: now}, err
	}
	return &ics.File{Path: c.Path, Owner: owner, Now: now}, nil
}

// openWeb makes a source on a server that the user named by its address.
func (d *Daemon) openWeb(c config.Calendar, owner ics.Owner) (calendar.Source, error) {
	roots, err := trusted(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	client := guard.Client(guard.Options{AllowPrivate: c.AllowPrivate, RootCAs: roots})
	if c.Kind == config.CalendarURL {
		return &ics.URL{Address: c.URL, Owner: owner, Now: d.clock.Wall, Client: client}, nil
	}
	src := &caldav.Source{Address: c.URL, Name: c.ID, FreeBusy: c.FreeBusy, Owner: owner, Now: d.clock.Wall, Client: client}
	if c.Username != "" {
		src.Auth = caldav.Basic{User: c.Username, Password: func(ctx context.Context) (string, error) {
			secret, err := d.opt.Vault.Resolve(ctx, c.Secret)
			if err != nil {
				return "", err
			}
			return secret.Reveal(), nil
		}}
	}
	return src, nil
}

// authorised is an HTTP client that sends the user's access token.
func (d *Daemon) authorised(ctx context.Context, cfg config.Config, provider string) (*http.Client, error) {
	tokens, err := d.grant(ctx, cfg, provider, auth.Calendar)
	if err != nil {
		return nil, err
	}
	return &http.Client{Timeout: time.Minute, Transport: &oauth2.Transport{Source: bearer{tokens}}}, nil
}

// bearer gives the tokens of a grant to an HTTP transport. The grant knows when to
// exchange them.
type bearer struct{ tokens *auth.Source }

func (b bearer) Token() (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	access, err := b.tokens.Access(ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: access, TokenType: "Bearer"}, nil
}
