package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/wizard"
)

// initCommand asks for a first configuration, tries it and writes it.
func (a *app) initCommand() *cobra.Command {
	var yes, device bool
	c := &cobra.Command{
		Use:   "init",
		Short: "ask a few questions and write a first configuration",
		Long: `Ask who you are, who your manager is and where your mail is; find the servers, try the
login, the folders and a draft, and write the configuration. Nothing is written before
the last answer, a configuration that is there is never replaced, and Ctrl-C leaves
nothing behind.

Every question can be answered by a flag. Without a terminal the answers are read from
standard input, one on a line, in the order in which they are asked. A password is never
given by a flag: it is typed, read from standard input, or taken from where a flag says.`,
		Example: `  headsup init
  headsup init --yes --address sam@example.com --manager dana@example.com --password-command 'pass show mail'
  headsup init --yes --address sam@example.com --manager dana@example.com --maildir ~/Maildir`,
		Args: takes(0, 0),
	}
	for _, f := range initFlags() {
		c.Flags().String(f.name, "", f.usage)
		if len(f.words) > 0 {
			_ = c.RegisterFlagCompletionFunc(f.name, cobra.FixedCompletions(f.words, cobra.ShellCompDirectiveNoFileComp)) // fails for a flag that is not there
		}
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "take what is proposed for every question that no flag answers")
	c.Flags().BoolVar(&device, "device", false, "log in at Microsoft by a code, for a machine without a browser")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := a.paths()
		if err != nil {
			return err
		}
		t := &trial{app: a, paths: p, device: device}
		defer t.close()
		here, err := filepath.Abs("")
		if err != nil {
			return fmt.Errorf("find this folder: %w", err)
		}
		w := wizard.Wizard{
			Person: newPerson(a, c, yes), Trial: t, Resolver: net.DefaultResolver, Now: a.now, Random: rand.Reader,
			Config: p.Config, Home: a.getenv("HOME"), Here: here, Patience: a.patience, Dial: (&net.Dialer{}).DialContext,
		}
		if a.resolver != nil {
			w.Resolver = a.resolver
		}
		if z := config.SystemZone(a.getenv); z != nil {
			w.Zone = z.String()
		}
		plan, err := w.Run(c.Context())
		if err != nil {
			return initError(c, err)
		}
		return a.writeFirst(plan, t)
	}
	return c
}

// initFlag is a flag that answers a question of the wizard.
type initFlag struct {
	name, usage string
	words       []cobra.Completion // for completion
}

func initFlags() []initFlag {
	return []initFlag{
		{"address", "your mail `address`", nil},
		{"name", "your `name`", nil},
		{"zone", "your time `zone`, where this system does not tell it", nil},
		{"manager", "your manager's `address`; several with commas", nil},
		{"manager-name", "your manager's `name`", nil},
		{"manager-zone", "your manager's time `zone`", nil},
		{"mail", "where your mail is: `server` or maildir", []cobra.Completion{"server", "maildir"}},
		{"maildir", "`folder` with your mail", nil},
		{"servers", "`yes` to the servers that were found", []cobra.Completion{"yes", "no"}},
		{"imap", "IMAP `server`: name, name:port or \"name:port starttls\"", nil},
		{"smtp", "SMTP `server`, written likewise", nil},
		{"ca-file", "`file` with the certificate of the servers or their authority (PEM)", nil},
		{"username", "`name` to log in with", nil},
		{"login", "how: `password`, command, file or (at Gmail) gmail", []cobra.Completion{"password", "command", "file", "gmail"}},
		{"password-command", "`command` that prints the password", nil},
		{"password-file", "`file` of mode 0600 that holds the password", nil},
		{"google-client-id", "`id` of your OAuth client at Google", nil},
		{"microsoft-client-id", "`id` of your OAuth client at Microsoft", nil},
		{"drafts", "`folder` for drafts, where the server does not tell it", nil},
		{"sent", "`folder` for sent mail, where the server does not tell it", nil},
		{"make-folders", "`yes` to make folders that you named and that are not there", []cobra.Completion{"yes", "no"}},
		{"send-test", "`yes` or no to one mail to yourself", []cobra.Completion{"yes", "no"}},
		{"calendar", "where the manager's calendar is: `none`, url, file, caldav, google or graph", []cobra.Completion{"none", "url", "file", "caldav", "google", "graph"}},
		{"calendar-where", "its `address`, file or id", nil},
		{"calendar-username", "`name` to log in with at a CalDAV server", nil},
		{"notes", "`folder` with your call notes", nil},
	}
}

// initError gives an error of the wizard its hint and exit code.
func initError(c *cobra.Command, err error) error {
	var answer *wizard.AnswerError
	var trial *wizard.TrialError
	var faults config.Faults
	switch {
	case errors.Is(err, wizard.ErrExists):
		return &cliError{err: err, code: exitNo}
	case errors.Is(err, errNoAnswer):
		return usageOf(c, err)
	case errors.As(err, &answer):
		return usageOf(c, answer)
	case errors.As(err, &faults):
		return configError(err)
	case errors.As(err, &trial):
		return failed(err, trial.Hint)
	case errors.Is(err, context.Canceled):
		return failed(err, "nothing was written; `headsup init` begins again")
	}
	return err
}

// writeFirst puts the configuration and what belongs to it into place.
func (a *app) writeFirst(plan wizard.Plan, t *trial) error {
	undo, err := plan.Place()
	if err == nil {
		if err = t.keep(); err != nil {
			err = errors.Join(err, undo())
		}
	}
	if errors.Is(err, wizard.ErrExists) {
		return &cliError{err: err, code: exitNo}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "wrote %s\n", escape(plan.Config))
	for path := range plan.Secrets {
		fmt.Fprintf(a.stdout, "wrote %s (only you can read it)\n", escape(path))
	}
	arg := ""
	if a.configFile != "" {
		arg = " --config " + a.configFile
	}
	next := []string{"headsup check" + arg, "headsup run" + arg + " in this window, or headsup service install" + arg + " for good"}
	fmt.Fprintf(a.stdout, "next: %s\n", escape(strings.Join(next, ", then ")))
	return nil
}
