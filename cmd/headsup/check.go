package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/setup"
)

// checkCommand reads the configuration and says everything that is wrong with it, and
// what it names that is not there.
func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "look at the configuration and say how to mend it",
		Args:  takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, p, err := a.load()
			if err != nil {
				return err
			}
			a.showConfig(cfg, p)
			return a.showMissing(setup.Examine(c.Context(), a.probes(cfg)))
		},
	}
}

// showMissing says what is not in place, each with a mend.
func (a *app) showMissing(checks []setup.Check) error {
	bad := 0
	for _, c := range checks {
		if c.State == setup.Well {
			continue
		}
		bad++
		fmt.Fprintf(a.stdout, "%s %s: %s\n    mend: %s\n", a.paint(red, "not in place:"), c.Name, escape(c.Detail), escape(c.Mend))
	}
	if bad == 0 {
		return nil
	}
	return &cliError{err: fmt.Errorf("the file is good, but %s in place", notIn(bad)), hint: "`headsup check` looks again", code: exitFailed}
}

func notIn(n int) string {
	if n == 1 {
		return "one thing is not"
	}
	return fmt.Sprintf("%d things are not", n)
}

// mailboxWords says where the mail is: each kind has a place of its own.
func mailboxWords(c config.Config) string {
	switch c.Mailbox.Kind {
	case config.MailboxMaildir:
		return "maildir " + c.Mailbox.Path
	case config.MailboxIMAP:
		return "imap " + c.Mailbox.Server.Host
	}
	return string(c.Mailbox.Kind)
}

// showConfig says what headsup understood.
func (a *app) showConfig(c config.Config, p config.Paths) {
	fmt.Fprintf(a.stdout, "the configuration %s is good\n", escape(p.Config))
	rows := [][]cell{
		{{text: "you"}, {text: c.User.Address.String() + ", " + c.User.Zone.String()}},
		{{text: "mailbox"}, {text: mailboxWords(c)}},
		{{text: "submission"}, {text: c.Account()}},
	}
	for _, m := range c.Managers {
		rows = append(rows, []cell{{text: "manager"}, {text: fmt.Sprintf("%s (%s), %s, %s", m.Name, m.Key, m.Addresses[0], m.Zone)}})
	}
	for _, cal := range c.Calendars {
		rows = append(rows, []cell{{text: "calendar"}, {text: fmt.Sprintf("%s: %s", cal.Name, cal.Kind)}})
	}
	if len(c.Calendars) == 0 {
		rows = append(rows, []cell{{text: "calendar"}, {text: "none: working hours and the rhythm of the mail decide"}})
	}
	rows = append(rows,
		[]cell{{text: "notes"}, {text: c.Notes.Folder}},
		[]cell{{text: "quiet"}, {text: fmt.Sprintf("%s to %s%s", c.Quiet.From, c.Quiet.To, weekendWord(c.Quiet))}},
		[]cell{{text: "state"}, {text: p.State}})
	a.table([]string{"what", "is"}, rows)
}

func weekendWord(q config.Quiet) string {
	if q.Weekends {
		return " and weekends"
	}
	return ""
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
