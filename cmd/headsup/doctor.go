package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/setup"
	"headsup/mail"
)

// doctorCommand tries everything that the service needs, servers and logins too, and
// sends nothing unless it is told to. `headsup check` is its little sister, which asks no
// server.
func (a *app) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "try everything that headsup needs, and say how to mend it",
		Long: `Try everything that headsup needs: the rights of files, programs, the mailbox, a draft
that is stored and removed again, the login at the submission server, the calendars, the
clock, and what the running service says. Nothing is sent without --send-test, which mails
your own address once and watches for up to two minutes what your provider does with it:
whether it files sent mail by itself, after how long, whether it keeps the Message-ID,
and whether a search finds it. The service uses what was found.
The exit code is 1 if anything is broken or could not be looked at.`,
		Example: `  headsup doctor
  headsup doctor --send-test
  headsup doctor --json | jq 'select(.state != "well")'`,
		Args: takes(0, 0),
	}
	asJSON := jsonFlag(c)
	send := c.Flags().Bool("send-test", false, "mail your own address once, and keep what your provider does with it")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, p, err := a.load()
		if err != nil {
			return err
		}
		o := daemon.Options{Config: cfg, Paths: p, Vault: config.Vault{Getenv: a.getenv}}
		checks := a.examine(c.Context(), o)
		if *send {
			if !*asJSON {
				fmt.Fprintf(a.stdout, "sending one mail to %s and looking for it, for up to two minutes\n", escape(cfg.User.Address.String()))
			}
			checks = append(checks, a.sendTest(c.Context(), o))
		} else {
			checks = append(checks, a.measured(o))
		}
		checks = append(checks, a.serviceChecks(c.Context(), o)...)
		if err := c.Context().Err(); err != nil {
			return err
		}
		if *asJSON {
			if err := printLines(a, checks); err != nil {
				return err
			}
		} else {
			a.showChecks(checks)
		}
		return verdict(checks)
	}
	return c
}

// clocks collects what servers said about the time.
type clocks struct {
	mu     sync.Mutex
	theirs time.Time
	ours   time.Time
}

func (c *clocks) said(theirs, ours time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !theirs.IsZero() {
		c.theirs, c.ours = theirs, ours
	}
}

// examine makes the checks of `headsup check`, those of files that nobody else may read,
// and those that ask servers; the clock last, because the servers tell it.
func (a *app) examine(ctx context.Context, o daemon.Options) []setup.Check {
	p, seen := o.Paths, &clocks{}
	list := []setup.Probe{setup.FileProbe("state", p.State, true), setup.FileProbe("tokens", p.Tokens, true)}
	for _, pattern := range []string{p.Database + "*", p.Journal, filepath.Join(p.State, "*.json"), filepath.Join(p.Tokens, "*")} {
		files, _ := filepath.Glob(pattern) // the patterns are good ones
		for _, f := range files {
			list = append(list, setup.FileProbe(filepath.Base(f), f, true))
		}
	}
	list = append(list, a.probes(o.Config)...)
	list = slices.DeleteFunc(list, func(p setup.Probe) bool { return p.Name == "submission.command" }) // looked at with the submission
	list = append(list, a.serverProbes(o, seen)...)
	checks := setup.Examine(ctx, list)
	if seen.theirs.IsZero() {
		return checks // local mail and files have no clock of their own
	}
	return append(checks, setup.Examine(ctx, []setup.Probe{setup.ClockProbe(func(context.Context) (theirs, ours time.Time, err error) {
		return seen.theirs, seen.ours, nil
	})})...)
}

// serverProbes ask the mailbox, the submission and the calendars.
func (a *app) serverProbes(o daemon.Options, seen *clocks) []setup.Probe {
	cfg := o.Config
	open := func(ctx context.Context) (mail.Mailbox, error) { return daemon.OpenMailbox(ctx, o) }
	var stored func(time.Time)
	if cfg.Mailbox.Kind != config.MailboxMaildir {
		stored = func(t time.Time) { seen.said(t, a.now()) }
	}
	list := []setup.Probe{
		setup.MailboxProbe(open), setup.DraftProbe(open, me(cfg), strings.ToLower(rand.Text()), a.now(), stored),
		setup.SubmissionProbe(func(ctx context.Context) mail.Result {
			r := daemon.CheckSubmission(ctx, o)
			seen.said(r.Date, a.now())
			return r
		}),
	}
	for _, c := range cfg.Calendars {
		list = append(list, setup.Probe{Name: "calendar " + c.Name, Mend: "look at [[calendar]]; `headsup calendar show " + c.Name + "` reads it", Limit: time.Minute, Look: func(ctx context.Context) setup.Finding {
			snap, err := readCalendar(ctx, o, c, a.now())
			if err != nil {
				return setup.Found(err, "")
			}
			seen.said(snap.Clock, a.now())
			f := setup.Finding{State: setup.Well, Detail: calendarWords(snap)}
			if len(snap.Faults) > 0 {
				f.State, f.Mend = setup.Warning, "these entries count as busy: "+strings.Join(snap.Faults, "; ")
			}
			return f
		}})
	}
	return list
}

func me(cfg config.Config) mail.Party {
	return mail.Party{Name: cfg.User.Name, Address: cfg.User.Address}
}

// serviceChecks are what the running service says of itself. It need not run.
func (a *app) serviceChecks(ctx context.Context, o daemon.Options) []setup.Check {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	d := control.NewClient(o.Paths.Socket)
	defer d.Close()
	s, err := d.Status(ctx)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		return []setup.Check{{Name: "service", State: setup.Warning, Detail: "does not run, so nothing is sent", Mend: "headsup run, or for good: headsup service install"}}
	case err != nil:
		return []setup.Check{{Name: "service", State: setup.Unknown, Detail: err.Error(), Mend: "look at its log"}}
	}
	list := []setup.Check{{Name: "service", State: setup.Well, Detail: "runs since " + showTime(s.Started, a.now(), a.zone())}}
	for _, v := range s.Services {
		c := setup.Check{Name: "service: " + v.Name, State: setup.Well, Detail: v.Text}
		if !v.OK {
			c.State, c.Mend = setup.Broken, "headsup status says more"
		}
		list = append(list, c)
	}
	list = append(list, a.ages(ctx, o, d)...)
	for _, t := range s.Troubles {
		list = append(list, setup.Check{Name: "trouble", State: setup.Broken, Detail: t.Text, Mend: t.Mend})
	}
	return list
}

// ages are how old what the service knows of the calendars is.
func (a *app) ages(ctx context.Context, o daemon.Options, d *control.Client) []setup.Check {
	known, err := d.Calendars(ctx)
	if err != nil {
		return []setup.Check{{Name: "service: calendars", State: setup.Unknown, Detail: err.Error(), Mend: "look at its log"}}
	}
	limits := map[string]time.Duration{}
	for _, c := range o.Config.Calendars {
		limits[c.Name] = c.MaxAge
	}
	var list []setup.Probe
	for _, c := range known {
		list = append(list, setup.AgeProbe("age of calendar "+c.Name, c.AsOf, a.now(), limits[c.Name]))
	}
	return setup.Examine(ctx, list)
}

// showChecks prints the table, and under it in full what is not well: a terminal cuts the table.
func (a *app) showChecks(checks []setup.Check) {
	paints := map[setup.State]paint{setup.Well: green, setup.Warning: yellow, setup.Unknown: yellow, setup.Broken: red}
	var rows [][]cell
	for _, c := range checks {
		rows = append(rows, []cell{{text: c.Name}, {string(c.State), paints[c.State]}, {text: c.Detail}})
	}
	a.table([]string{"what", "is", "because"}, rows)
	for _, c := range checks {
		if c.State != setup.Well {
			fmt.Fprintf(a.stdout, "%s: %s\n    mend: %s\n", a.paint(paints[c.State], escape(c.Name)), escape(c.Detail), escape(c.Mend))
		}
	}
}

// verdict is the exit code: a warning is no failure, what could not be looked at is.
func verdict(checks []setup.Check) error {
	bad := 0
	for _, c := range checks {
		if c.State == setup.Broken || c.State == setup.Unknown {
			bad++
		}
	}
	if bad == 0 {
		return nil
	}
	text := "one thing is not well"
	if bad > 1 {
		text = fmt.Sprintf("%d things are not well", bad)
	}
	return failed(errors.New(text), "`headsup doctor` looks again")
}
