package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
)

// focusCommand lists what is taken for focus time and hears whether that is so.
func (a *app) focusCommand() *cobra.Command {
	var manager string
	c := &cobra.Command{Use: "focus", Short: "what is taken for a manager's focus time"}
	group(c,
		a.focusAnswerCommand("confirm ID", "this is focus time", "yes"),
		a.focusAnswerCommand("reject ID", "this is not focus time", "no"),
		a.focusAnswerCommand("reset ID", "take an answer back", ""))
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&manager, "manager", "", "only this manager")
	all := c.Flags().Bool("all", false, "also what is unlikely to be focus time")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		if len(args) > 0 {
			return noSuchCommand(c, args)
		}
		list, err := d.Focus(c.Context(), manager)
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printLines(a, list)
		case len(list) == 0:
			fmt.Fprintln(a.stdout, "no focus time is known")
		}
		hidden := 0
		for _, b := range list {
			if !*all && !b.Focus && b.Answer == "" && b.Confidence < unlikely {
				hidden++
				continue
			}
			a.showFocus(b)
		}
		if hidden > 0 {
			fmt.Fprintf(a.stdout, "%s that hardly can be focus time: headsup focus --all\n", plural(hidden, "more block"))
		}
		return nil
	})
	return c
}

// unlikely is the confidence below which a candidate is not worth a person's time.
const unlikely = 0.3

func (a *app) showFocus(b control.FocusBlock) {
	how := fmt.Sprintf("seems so, %.0f %%", 100*b.Confidence)
	if !b.Focus {
		how = fmt.Sprintf("probably not, %.0f %%", 100*b.Confidence)
	}
	switch {
	case b.Answer == "yes":
		how = "you confirmed it"
	case b.Answer == "no":
		how = "you rejected it"
	case b.Declared:
		how = "declared"
	}
	fmt.Fprintf(a.stdout, "%s  %s: %s (%s)\n", a.paint(bold, escape(b.ID)), escape(b.Manager), escape(b.Text), how)
	for _, r := range b.Evidence {
		fmt.Fprintf(a.stdout, "  - %s\n", escape(r.Text))
	}
}

func (a *app) focusAnswerCommand(use, short, answer string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: takes(1, 1)}
	asJSON := jsonFlag(c)
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		b, err := d.AnswerFocus(c.Context(), control.FocusAnswer{ID: args[0], Answer: answer})
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(a.stdout, b)
		}
		a.showFocus(b)
		return nil
	})
	return c
}
