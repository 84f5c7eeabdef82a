package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// statusCommand says how things stand.
func (a *app) statusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "say how things stand", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		s, err := d.Status(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, s)
		}
		a.showStatus(s)
		return nil
	})
	return c
}

func (a *app) showStatus(s control.Status) {
	loc := a.zone()
	fmt.Fprintln(a.stdout, a.sendingText(s, loc))
	for _, t := range s.Troubles {
		fmt.Fprintf(a.stdout, "%s %s\n", a.paint(red, "trouble:"), escape(t.Text))
		if t.Mend != "" {
			fmt.Fprintf(a.stdout, "  mend: %s\n", escape(t.Mend))
		}
	}
	for _, v := range s.Advice {
		fmt.Fprintf(a.stdout, "%s %s\n  how: %s\n", a.paint(yellow, "you could:"), escape(v.Text), escape(v.Do))
	}
	var rows [][]cell
	for _, state := range ledger.States() {
		if n := s.Counts[state]; n > 0 {
			rows = append(rows, []cell{{text: string(state)}, {text: fmt.Sprint(n)}})
		}
	}
	if s.Held > 0 {
		rows = append(rows, []cell{{"held", yellow}, {text: fmt.Sprint(s.Held)}})
	}
	for _, v := range s.Services {
		state := cell{v.Text, green}
		if !v.OK {
			state.paint = red
		}
		if !v.LastOK.IsZero() && !v.OK {
			state.text += ", last good " + showAge(s.Now.Sub(v.LastOK))
		}
		rows = append(rows, []cell{{text: v.Name}, state})
	}
	a.table([]string{"what", "is"}, rows)
	for _, v := range s.Services { // in full: a terminal cuts the table
		if !v.OK {
			fmt.Fprintf(a.stdout, "%s: %s\n", a.paint(red, escape(v.Name)), escape(v.Text))
		}
	}
}

// sendingText is the one line that matters.
func (a *app) sendingText(s control.Status, loc *time.Location) string {
	switch {
	case s.Pause.Paused && s.Pause.Until.IsZero():
		return a.paint(yellow, "paused") + " until `headsup resume`"
	case s.Pause.Paused:
		return a.paint(yellow, "paused") + " until " + showTime(s.Pause.Until, s.Now, loc)
	case !s.Sending:
		return a.paint(red, "nothing is sent")
	case s.Next != nil && s.Next.Choice != nil:
		return fmt.Sprintf("%s: next is message %s, %s, %s", a.paint(green, "running"), s.Next.ID, showTime(s.Next.Choice.At, s.Now, loc), escape(s.Next.Subject))
	}
	return a.paint(green, "running") + ": nothing is due"
}
