package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/setup"
	"headsup/mail"
)

// doctorCommand tries everything that the service needs, servers and logins too, and
// sends nothing. `headsup check` is its little sister, which asks no server.
func (a *app) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "try everything that headsup needs, and say how to mend it",
		Long: `Try everything that headsup needs: files, programs, the mailbox, a draft that is stored
and removed again, the login at the submission server, and what the running service
says. Nothing is sent. The exit code is 1 if anything is broken.`,
		Args: takes(0, 0),
	}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, p, err := a.load()
		if err != nil {
			return err
		}
		checks := setup.Examine(c.Context(), a.doctorProbes(cfg, p))
		checks = append(checks, a.serviceChecks(c.Context(), p)...)
		if *asJSON {
			err = printLines(a, checks)
		} else {
			a.showChecks(checks)
		}
		if err != nil {
			return err
		}
		return verdict(checks)
	}
	return c
}

// doctorProbes are those of `headsup check`, the files that nobody else may read, and the
// servers.
func (a *app) doctorProbes(cfg config.Config, p config.Paths) []setup.Probe {
	list := []setup.Probe{setup.FileProbe("state", p.State, true), setup.FileProbe("tokens", p.Tokens, true)}
	list = append(list, a.probes(cfg)...)
	o := daemon.Options{Config: cfg, Paths: p, Vault: config.Vault{Getenv: a.getenv}}
	open := func(ctx context.Context) (mail.Mailbox, error) { return daemon.OpenMailbox(ctx, o) }
	me := mail.Party{Name: cfg.User.Name, Address: cfg.User.Address}
	list = append(list, setup.MailboxProbe(open), setup.DraftProbe(open, me, strings.ToLower(rand.Text()), a.now()))
	if cfg.Submission.Kind == config.SubmissionSMTP {
		list = append(list, setup.SubmissionProbe(func(ctx context.Context) mail.Result { return daemon.CheckSubmission(ctx, o) }))
	}
	return list
}

// serviceChecks are what the running service says of itself. It need not run.
func (a *app) serviceChecks(ctx context.Context, p config.Paths) []setup.Check {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	d := control.NewClient(p.Socket)
	defer d.Close()
	s, err := d.Status(ctx)
	switch {
	case errors.Is(err, control.ErrNotRunning):
		return []setup.Check{{Name: "service", State: setup.Warning, Detail: "does not run, so nothing is sent", Mend: "headsup run, or for good: headsup service install"}}
	case err != nil:
		return []setup.Check{{Name: "service", State: setup.Unknown, Detail: err.Error(), Mend: "look at its log"}}
	}
	list := []setup.Check{{Name: "service", State: setup.Well, Detail: "runs since " + s.Started.UTC().Format(time.RFC3339)}}
	for _, v := range s.Services {
		c := setup.Check{Name: "service: " + v.Name, State: setup.Well, Detail: v.Text}
		if !v.OK {
			c.State, c.Mend = setup.Broken, "headsup status says more"
		}
		list = append(list, c)
	}
	for _, t := range s.Troubles {
		list = append(list, setup.Check{Name: "trouble", State: setup.Broken, Detail: t.Text, Mend: t.Mend})
	}
	return list
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
