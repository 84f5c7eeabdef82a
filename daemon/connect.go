package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/daemon/config"
	"headsup/mail"
	"headsup/mail/maildir"
	"headsup/mail/submit"

	"github.com/emersion/go-sasl"
)

// openMailbox opens what the configuration names, or what was brought along.
func (d *Daemon) openMailbox(ctx context.Context, cfg config.Config) (mail.Mailbox, error) {
	if box := d.opt.Parts.Mailbox; box != nil {
		return box, nil
	}
	m := cfg.Mailbox
	switch m.Kind {
	case config.MailboxMaildir:
		box, err := maildir.Open(m.Path, maildir.Options{
			Names: folderNames(m.Folders), Poll: m.Poll, Now: d.clock.Wall, Profile: mail.Profile{FilesSent: m.FilesSent, KeepsID: cfg.Submission.KeepsID},
		})
		if err != nil {
			return nil, fmt.Errorf("open mailbox %q: %w", m.Path, err)
		}
		return box, nil
	}
	return nil, fmt.Errorf("mailbox.kind %q is not there yet in this version; use \"maildir\" (mbsync or offlineimap can fill one from a server)", m.Kind)
}

func folderNames(f config.Folders) map[mail.Folder]string {
	out := map[mail.Folder]string{}
	for folder, name := range map[mail.Folder]string{
		mail.Inbox: f.Inbox, mail.Drafts: f.Drafts, mail.Sent: f.Sent, mail.Queue: f.Queue, mail.QueueNow: f.QueueNow, mail.All: f.All,
	} {
		if name != "" {
			out[folder] = name
		}
	}
	return out
}

// openSubmitter makes the way that mail leaves by.
func (d *Daemon) openSubmitter(cfg config.Config) (mail.Submitter, error) {
	if s := d.opt.Parts.Submit; s != nil {
		return s, nil
	}
	s := cfg.Submission
	switch s.Kind {
	case config.SubmissionSendmail:
		return &submit.Sendmail{Command: s.Command, Dir: d.opt.Paths.State, Boot: d.clock.Boot}, nil
	case config.SubmissionSMTP:
		roots, err := trusted(s.Server.CAFile)
		if err != nil {
			return nil, fmt.Errorf("submission.ca_file: %w", err)
		}
		o := submit.Options{Host: s.Server.Host, Port: s.Server.Port, Security: security(s.Server.TLS), Roots: roots, Boot: d.clock.Boot, Hello: cfg.User.Address.Domain()}
		if s.Server.Auth != config.AuthNone {
			o.Auth = login(d.opt.Vault, s.Server)
		}
		return submit.NewSMTP(o)
	}
	return nil, fmt.Errorf("submission.kind %q is not there yet in this version; use \"smtp\" or \"sendmail\"", s.Kind)
}

func security(t config.TLSMode) submit.Security {
	switch t {
	case config.TLSStartTLS:
		return submit.StartTLS
	case config.TLSPlain:
		return submit.None
	}
	return submit.ImplicitTLS
}

// login fetches the secret for each connection anew, so that a changed password needs
// no restart.
func login(vault config.Vault, s config.Server) func(context.Context) (sasl.Client, error) {
	return func(ctx context.Context) (sasl.Client, error) {
		secret, err := vault.Resolve(ctx, s.Secret)
		if err != nil {
			return nil, err
		}
		switch s.Auth {
		case config.AuthOAuthBearer:
			return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: s.Username, Token: secret.Reveal(), Host: s.Host, Port: s.Port}), nil
		case config.AuthXOAuth2:
			return submit.XOAuth2(s.Username, secret.Reveal()), nil
		}
		return sasl.NewPlainClient("", s.Username, secret.Reveal()), nil
	}
}

// trusted are the system's roots and those of a file.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + file)
	}
	return pool, nil
}

// openCalendar makes the source of one calendar.
func (d *Daemon) openCalendar(c config.Calendar) (calendar.Source, error) {
	switch c.Kind {
	case config.CalendarFile:
		owner := ics.Owner{}
		for _, a := range c.Owner {
			owner.Addresses = append(owner.Addresses, a.String())
		}
		return &ics.File{Path: c.Path, Owner: owner, Now: d.clock.Wall}, nil
	}
	return nil, fmt.Errorf("kind %q is not there yet in this version; use \"file\"", c.Kind)
}
