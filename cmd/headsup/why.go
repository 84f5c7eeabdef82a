package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/rules"
)

// whyCommand explains one message.
func (a *app) whyCommand() *cobra.Command {
	c := &cobra.Command{Use: "why ID", Short: "explain when a message goes, and why then", Args: takes(1, 1)}
	asJSON := jsonFlag(c)
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		id, err := messageID(c, args[0])
		if err != nil {
			return err
		}
		w, err := d.Why(c.Context(), id)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, w)
		}
		a.showWhy(w)
		return nil
	})
	return c
}

func (a *app) showWhy(w control.Why) {
	loc, now := a.zone(), a.now()
	m := w.Message
	fmt.Fprintf(a.stdout, "message %s, %s: %s\n", a.paint(bold, m.ID.String()), stateCell(m).text, escape(m.Subject))
	if c := m.Choice; c != nil {
		fmt.Fprintf(a.stdout, "goes %s, until %s\n", a.paint(bold, showTime(c.At, now, loc)), showTime(c.Until, now, loc))
		a.showReasons("because", c.Reasons)
		if r := c.RunnerUp; r != nil {
			fmt.Fprintf(a.stdout, "next best: %s, %s\n", showTime(r.At, now, loc), escape(r.Text))
		}
		a.showReasons("would change it", c.WouldChange)
	}
	a.showReasons("waiting for", w.Waiting)
	a.showReasons("set by", w.Because)
	for _, e := range w.History {
		fmt.Fprintf(a.stdout, "%s  %s %s: %s\n", a.paint(dim, showTime(e.At, now, loc)), escape(e.Actor), escape(e.Event), escape(e.Text))
	}
}

// showReasons prints reasons below a word.
func (a *app) showReasons(title string, list []rules.Reason) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.stdout, title+":")
	for _, r := range list {
		fmt.Fprintf(a.stdout, "  - %s\n", escape(r.Text))
	}
}
