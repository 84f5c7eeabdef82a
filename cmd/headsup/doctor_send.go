package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"headsup/daemon"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/setup"
	"headsup/mail"
)

// sendTest mails the user once and keeps for the service what the provider did.
func (a *app) sendTest(ctx context.Context, o daemon.Options) setup.Check {
	check := func(state setup.State, detail, mend string) setup.Check {
		return setup.Check{Name: "send test", State: state, Detail: detail, Mend: mend}
	}
	got, err := a.mailMyself(ctx, o)
	if err != nil {
		return check(setup.Broken, err.Error(), "look at the lines above; nothing was kept")
	}
	if got.Arrived == 0 && got.FiledAfter == 0 {
		return check(setup.Broken, got.String(), "if the mail came to another mailbox, [mailbox] and [submission] belong to two people; nothing was kept")
	}
	if err := daemon.KeepMeasured(o, got, a.now()); err != nil {
		return check(setup.Broken, err.Error(), "look at the rights of the state folder")
	}
	a.reloadQuietly(ctx, o.Paths)
	return providerCheck("send test", o.Config, got)
}

func (a *app) mailMyself(ctx context.Context, o daemon.Options) (setup.Provides, error) {
	box, err := daemon.OpenMailbox(ctx, o)
	if err != nil {
		return setup.Provides{}, err
	}
	defer box.Close()
	submit, err := daemon.OpenSubmitter(o)
	if err != nil {
		return setup.Provides{}, err
	}
	return setup.SendTest{Box: box, Submit: submit, From: me(o.Config), Random: rand.Reader, Now: a.now, Patience: a.patience}.Run(ctx)
}

// providerCheck says what a provider does, and where the configuration says otherwise.
func providerCheck(name string, cfg config.Config, got setup.Provides) setup.Check {
	c := setup.Check{Name: name, State: setup.Well, Detail: got.String()}
	said := cfg.Mailbox.FilesSent
	switch {
	case said != mail.Unknown && said != got.Profile.FilesSent:
		c.State, c.Mend = setup.Warning, fmt.Sprintf("mailbox.files_sent says %q and the test saw %q: correct it, or take it out", said, got.Profile.FilesSent)
	case !got.Provable():
		c.State, c.Mend = setup.Warning, "nothing to mend here: after a lost answer headsup asks you, and never sends again by itself"
	}
	return c
}

// measured is what the last send test found.
func (a *app) measured(o daemon.Options) setup.Check {
	m, ok, err := daemon.Measured(o)
	switch {
	case err != nil:
		return setup.Check{Name: "provider", State: setup.Warning, Detail: err.Error(), Mend: "headsup doctor --send-test"}
	case !ok && o.Config.Mailbox.FilesSent != mail.Unknown && o.Config.Submission.KeepsID != mail.Unknown:
		return setup.Check{Name: "provider", State: setup.Well, Detail: fmt.Sprintf("the configuration says it: files_sent %q, keeps_id %q", o.Config.Mailbox.FilesSent, o.Config.Submission.KeepsID)}
	case !ok:
		return setup.Check{Name: "provider", State: setup.Warning, Detail: "whether it files sent mail and keeps its Message-ID was not measured", Mend: "headsup doctor --send-test"}
	}
	c := providerCheck("provider", o.Config, m.Provides)
	c.Detail = "measured " + m.At.Format(time.DateOnly) + ": " + c.Detail
	return c
}

// reloadQuietly lets a running service take what was found. One that does not run reads
// it when it starts.
func (a *app) reloadQuietly(ctx context.Context, p config.Paths) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	d := control.NewClient(p.Socket)
	defer d.Close()
	_ = d.Reload(ctx)
}
