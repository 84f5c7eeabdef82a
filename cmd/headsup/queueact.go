package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"headsup/daemon/control"
	"headsup/rules"
)

// orderCommand is an order about one message.
func (a *app) orderCommand(verb control.Verb, use, short, done string) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: use, Short: short, Args: takes(1, -1)}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&reason, "reason", "", "why, for the trail")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		for _, arg := range args {
			id, err := messageID(c, arg)
			if err != nil {
				return err
			}
			m, err := d.Act(c.Context(), control.ActRequest{ID: id, Do: verb, Reason: reason})
			if err != nil {
				return err
			}
			if err := a.showDone(m, done, *asJSON); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// showDone says what became of an order.
func (a *app) showDone(m control.Message, done string, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, m)
	}
	state := stateCell(m).text
	if done == "is "+state {
		fmt.Fprintf(a.stdout, "message %s %s: %s\n", m.ID, done, escape(m.Subject))
		return nil
	}
	fmt.Fprintf(a.stdout, "message %s %s: %s, %s\n", m.ID, done, state, escape(m.Subject))
	return nil
}

func (a *app) queueSetCommand() *cobra.Command {
	var by, notBefore string
	var urgent bool
	var priority string
	c := &cobra.Command{
		Use:   "set ID",
		Short: "change times and priority",
		Long:  `Change when a message may go and how urgent it is. "none" takes a time away.`,
		Args:  takes(1, 1),
	}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&by, "by", "", "latest `time` at which it is of use")
	c.Flags().StringVar(&notBefore, "not-before", "", "earliest `time`")
	c.Flags().BoolVar(&urgent, "urgent", false, "the same as --priority urgent")
	c.Flags().StringVar(&priority, "priority", "", "low, normal, high or urgent")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		id, err := messageID(c, args[0])
		if err != nil {
			return err
		}
		r := control.SetRequest{ID: id}
		if urgent {
			priority = string(rules.Urgent)
		}
		if priority != "" {
			p, err := rules.ParsePriority(priority)
			if err != nil {
				return usageOf(c, err)
			}
			r.Priority = &p
		}
		if r.By, err = a.changeTime(c, "by", by); err != nil {
			return err
		}
		if r.NotBefore, err = a.changeTime(c, "not-before", notBefore); err != nil {
			return err
		}
		if r.Priority == nil && r.By == nil && r.NotBefore == nil {
			return usageOf(c, errors.New("nothing to change: give --by, --not-before, --priority or --urgent"))
		}
		m, err := d.Set(c.Context(), r)
		if err != nil {
			return err
		}
		return a.showDone(m, "was changed", *asJSON)
	})
	return c
}

// changeTime reads a time flag; nil: not given, zero: taken away.
func (a *app) changeTime(c *cobra.Command, flag, text string) (*time.Time, error) {
	if !c.Flags().Changed(flag) {
		return nil, nil
	}
	if text == "none" {
		return &time.Time{}, nil
	}
	t, err := parseTime(c, text, a.now(), a.zone())
	return &t, err
}

func (a *app) queueApproveCommand() *cobra.Command {
	var content string
	c := &cobra.Command{
		Use:   "approve ID",
		Short: "say yes to a message, as you read it",
		Long: `Say yes to a message. The yes is bound to the content that you read: on a terminal the
message is shown and you are asked; a script gives the start of the content hash that
"headsup queue show ID" printed. Content that changed meanwhile is not approved.`,
		Args: takes(1, 1),
	}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&content, "content", "", "`hash` of the content, at least 8 digits of it")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		id, err := messageID(c, args[0])
		if err != nil {
			return err
		}
		m, err := d.Show(c.Context(), id)
		if err != nil {
			return err
		}
		hash, err := a.readYes(c, m, strings.ToLower(content))
		if err != nil {
			return err
		}
		done, err := d.Approve(c.Context(), control.ApproveRequest{ID: id, Content: hash})
		if err != nil {
			return err
		}
		return a.showDone(done, "is approved", *asJSON)
	})
	return c
}

// readYes returns the hash of the content that the person said yes to.
func (a *app) readYes(c *cobra.Command, m control.Detail, content string) (string, error) {
	show := fmt.Sprintf("read it with `headsup queue show %s`, which prints the hash for --content", m.ID)
	switch {
	case content != "" && len(content) < 8:
		return "", usageOf(c, errors.New("--content needs at least 8 digits of the hash"))
	case content != "" && !strings.HasPrefix(m.Content, content):
		return "", &cliError{err: fmt.Errorf("message %s has another content than the one you read", m.ID), hint: show, code: exitNo}
	case content != "":
		return m.Content, nil
	case !a.interactive():
		e := usageOf(c, errors.New("which content do you approve?"))
		e.hint = show
		return "", e
	}
	a.showDetail(m)
	if !a.ask("\nsend this?") {
		return "", &cliError{err: fmt.Errorf("message %s was not approved", m.ID), code: exitNo}
	}
	return m.Content, nil
}

// interactive reports whether a person can be asked.
func (a *app) interactive() bool {
	in, ok := a.stdin.(*os.File)
	_, shown := terminal(a.stdout)
	return ok && shown && term.IsTerminal(int(in.Fd()))
}

// ask waits for a yes; anything else is a no.
func (a *app) ask(question string) bool {
	fmt.Fprintf(a.stdout, "%s [y/N] ", question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil {
		return false
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
