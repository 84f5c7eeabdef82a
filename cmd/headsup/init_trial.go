package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"headsup/calendar"
	"headsup/daemon"
	"headsup/daemon/auth"
	"headsup/daemon/config"
	"headsup/daemon/wizard"
	"headsup/mail"
)

// trial tries a draft of a configuration as the service would use it. Grants lie in a
// folder of their own until the configuration is written.
type trial struct {
	app    *app
	paths  config.Paths
	device bool
	tokens string // made when it is needed
}

// Check implements [wizard.Trial].
func (t *trial) Check(d wizard.Draft) error {
	_, err := t.options(d)
	return err
}

// options are those of a service with this configuration.
func (t *trial) options(d wizard.Draft) (daemon.Options, error) {
	opt := config.Options{File: t.paths.Config, Home: t.app.getenv("HOME"), Zone: config.SystemZone(t.app.getenv)}
	cfg, faults := config.Parse([]byte(d.Text), opt)
	if len(faults) > 0 {
		return daemon.Options{}, faults
	}
	o := daemon.Options{Config: cfg, Paths: t.paths, Vault: config.Vault{Getenv: t.app.getenv, Keyring: func(service, user string) (string, error) {
		if service == wizard.Keeper {
			return d.Secrets[user], nil
		}
		return keyring.Get(service, user)
	}}}
	o.Paths.Tokens = t.tokens
	return o, nil
}

// Mailbox implements [wizard.Trial].
func (t *trial) Mailbox(ctx context.Context, d wizard.Draft) (mail.Mailbox, error) {
	o, err := t.options(d)
	if err != nil {
		return nil, err
	}
	return daemon.OpenMailbox(ctx, o)
}

// Submission implements [wizard.Trial].
func (t *trial) Submission(ctx context.Context, d wizard.Draft) mail.Result {
	o, err := t.options(d)
	if err != nil {
		return mail.Result{Outcome: mail.NotSent, Err: err}
	}
	return daemon.CheckSubmission(ctx, o)
}

// Submitter implements [wizard.Trial].
func (t *trial) Submitter(_ context.Context, d wizard.Draft) (mail.Submitter, error) {
	o, err := t.options(d)
	if err != nil {
		return nil, err
	}
	return daemon.OpenSubmitter(o)
}

// Calendar implements [wizard.Trial].
func (t *trial) Calendar(ctx context.Context, d wizard.Draft) (string, error) {
	o, err := t.options(d)
	if err != nil {
		return "", err
	}
	var said []string
	for _, c := range o.Config.Calendars {
		snap, err := readCalendar(ctx, o, c, t.app.now())
		if err != nil {
			return "", err
		}
		said = append(said, calendarWords(snap))
	}
	return strings.Join(said, "; "), nil
}

// readCalendar reads the coming week of one calendar.
func readCalendar(ctx context.Context, o daemon.Options, c config.Calendar, now time.Time) (calendar.Snapshot, error) {
	src, err := daemon.OpenCalendar(ctx, o, c)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	zone := o.Config.User.Zone
	if m, ok := o.Config.ManagerByKey(c.Manager); ok {
		zone = m.Zone
	}
	return src.Events(ctx, calendar.Span{Start: now, End: now.AddDate(0, 0, 7)}, zone)
}

func calendarWords(s calendar.Snapshot) string {
	text := plural(len(s.Events), "event") + " in the next seven days"
	if len(s.Events) == 0 {
		text = "no events in the next seven days"
	}
	if n := len(s.Faults); n > 0 {
		text += fmt.Sprintf(", and %d that cannot be read", n)
	}
	return text
}

// Grant implements [wizard.Trial].
func (t *trial) Grant(ctx context.Context, d wizard.Draft, provider string) error {
	if t.tokens == "" {
		dir, err := os.MkdirTemp("", "headsup-init-*") // mode 0700
		if err != nil {
			return err
		}
		t.tokens = dir
	}
	o, err := t.options(d)
	if err != nil {
		return err
	}
	visits, err := t.app.visits(ctx, o.Vault, o.Config, provider)
	if err != nil {
		return err
	}
	for _, v := range visits {
		if g, err := (auth.Files{Dir: t.tokens}).Load(v.client.Name); err == nil && covers(g.Scopes, v.client.Scopes) {
			continue
		}
		if err := t.app.logIn(ctx, v, t.tokens, t.app.way(t.device && provider == "microsoft", openBrowser)); err != nil {
			return err
		}
	}
	return nil
}

func covers(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// keep puts the grants where the service looks for them.
func (t *trial) keep() error {
	if t.tokens == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(t.tokens, "*.json"))
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		g, err := auth.Files{Dir: t.tokens}.Load(name)
		if err == nil {
			err = auth.Files{Dir: t.paths.Tokens}.Save(name, g)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// close takes the grants of a wizard that did not end away.
func (t *trial) close() {
	if t.tokens != "" {
		os.RemoveAll(t.tokens)
	}
}
