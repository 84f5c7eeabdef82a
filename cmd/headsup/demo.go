package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/demo"
	"headsup/mail/dovecot"
)

// demoCommand plays a working week without an account, a network or a configuration.
func (a *app) demoCommand() *cobra.Command {
	dir, verbose, imap := "", false, false
	c := &cobra.Command{
		Use:   "demo",
		Short: "watch a working week in a minute, without an account or a network",
		Long: `Make a small world in a folder (mailbox, calendar, notes, a submission server on
loopback), run the real service in it on a clock that skips the waiting, and tell what
happens. At the end, what the server received is compared with what was approved and
with the manager's calendar. The exit code is 0 only if every promise held.`,
		Args: takes(0, 0),
	}
	c.Flags().StringVar(&dir, "dir", "", "`folder` for the demo's world, empty or not there yet (default: a new temporary one)")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the log of the service too")
	c.Flags().BoolVar(&imap, "imap", false, "put the mailbox on a Dovecot that runs for the demo (2.3, if it is installed)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o := demo.Options{Out: a.stdout, Dir: dir, IMAP: imap}
		if verbose {
			o.Log = newLogger(a.stderr, "debug", a.getenv)
		}
		err := demo.Run(c.Context(), o)
		if errors.Is(err, dovecot.ErrMissing) {
			return failed(fmt.Errorf("the demo cannot begin: %w", err), "install it, or leave --imap out: the mailbox is a Maildir then")
		}
		if err != nil {
			return failed(fmt.Errorf("the demo did not keep what it promises: %w", err), "run it with --verbose and look at the folder that it names")
		}
		return nil
	}
	return c
}
