package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/mail"
)

// forgetCommand shows and erases what is known about a person.
func (a *app) forgetCommand() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:   "forget ADDRESS",
		Short: "show what is known about a person, and erase it",
		Args:  takes(1, 1),
	}
	asJSON := jsonFlag(c)
	c.Flags().BoolVar(&yes, "yes", false, "erase without asking")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		addr, err := mail.ParseAddress(args[0])
		if err != nil {
			return usageOf(c, err)
		}
		known, err := d.ForgetPreview(c.Context(), addr)
		if err != nil {
			return err
		}
		if !yes && !*asJSON {
			a.showForgotten("known about", known)
			if !a.interactive() {
				fmt.Fprintf(a.stdout, "nothing was erased; erase it with: headsup forget %s --yes\n", addr)
				return nil
			}
			if yes = a.ask("erase it?"); !yes {
				return &cliError{err: errors.New("nothing was erased"), code: exitNo}
			}
		}
		if yes {
			if known, err = d.Forget(c.Context(), addr); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(a.stdout, known)
		}
		if known.Done {
			a.showForgotten("erased about", known)
		}
		return nil
	})
	return c
}

func (a *app) showForgotten(title string, f control.Forgotten) {
	fmt.Fprintf(a.stdout, "%s %s:\n", title, f.Address)
	for _, line := range []struct {
		n         int
		one, many string
	}{
		{f.Sightings, "time of a mail", "times of mail"}, {f.Contacts, "contact", "contacts"},
		{f.Messages, "message", "messages"}, {f.Entries, "trail entry", "trail entries"},
	} {
		what := line.many
		if line.n == 1 {
			what = line.one
		}
		fmt.Fprintf(a.stdout, "  %d %s\n", line.n, what)
	}
	for _, k := range f.Kept {
		fmt.Fprintf(a.stdout, "  kept: %s\n", escape(k))
	}
}
