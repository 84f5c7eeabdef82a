package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/rules"
)

// queueCommand is what is waiting, and everything that can be done with it.
func (a *app) queueCommand() *cobra.Command {
	list := a.queueListCommand()
	q := group(&cobra.Command{
		Use:   "queue",
		Short: "messages: list, read, add, approve, hold, cancel",
	}, list, a.queueShowCommand(), a.queueAddCommand(), a.queueSetCommand(), a.queueApproveCommand(),
		a.orderCommand(control.Hold, "hold ID", "keep a message back", "held"),
		a.orderCommand(control.Release, "release ID", "end a hold", "released"),
		a.orderCommand(control.Cancel, "cancel ID", "a message will not go", "cancelled"),
		a.orderCommand(control.Now, "now ID", "treat a message as urgent (it still needs your yes)", "is urgent now"),
		a.orderCommand(control.Retry, "retry ID", "send an uncertain message again, or reopen one that failed", "will be tried again"),
		a.orderCommand(control.Arrived, "arrived ID", "say that an uncertain message was received", "counts as sent"))
	q.Flags().AddFlagSet(list.Flags()) // `headsup queue` is `headsup queue list`
	q.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return noSuchCommand(c, args)
		}
		return list.RunE(c, nil)
	}
	return q
}

func (a *app) queueListCommand() *cobra.Command {
	var q control.QueueQuery
	var states []string
	c := &cobra.Command{Use: "list", Short: "list what is waiting", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.Flags().BoolVar(&q.All, "all", false, "also what was sent or cancelled")
	c.Flags().StringVar(&q.Manager, "to", "", "only messages to this manager")
	c.Flags().StringSliceVar(&states, "in", nil, "only messages in these `states`")
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		for _, s := range states {
			q.States = append(q.States, ledger.State(s))
		}
		list, err := d.Queue(c.Context(), q)
		if err != nil {
			return err
		}
		if *asJSON {
			return printLines(a, list)
		}
		a.showQueue(list)
		return nil
	})
	return c
}

// showQueue prints messages as a table.
func (a *app) showQueue(list []control.Message) {
	if len(list) == 0 {
		fmt.Fprintln(a.stdout, "nothing is waiting")
		return
	}
	loc, now := a.zone(), a.now()
	var rows [][]cell
	for _, m := range list {
		rows = append(rows, []cell{
			{m.ID.String(), bold},
			stateCell(m),
			{text: dueText(m, now, loc)},
			{text: strings.Join(m.Managers, ",")},
			{text: string(m.Kind)},
			{text: string(m.Priority)},
			{text: m.Subject},
		})
	}
	a.table([]string{"id", "state", "goes", "to", "kind", "priority", "subject"}, rows)
}

// stateCell is the state, or that the message is held.
func stateCell(m control.Message) cell {
	switch {
	case m.Hold != nil:
		return cell{"held", yellow}
	case m.State == ledger.Uncertain || m.State == ledger.Failed || m.State == ledger.Expired:
		return cell{string(m.State), red}
	case m.State == ledger.Sent:
		return cell{string(m.State), green}
	}
	return cell{string(m.State), plain}
}

// dueText says when a message goes.
func dueText(m control.Message, now time.Time, loc *time.Location) string {
	switch {
	case m.State == ledger.Drafted:
		return "needs your yes"
	case m.Hold != nil && m.Hold.Text != "":
		return m.Hold.Text
	case m.State == ledger.Scheduled && m.Choice != nil:
		return showTime(m.Choice.At, now, loc)
	}
	return "-"
}

func (a *app) queueShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show ID", Short: "read one message", Args: takes(1, 1)}
	asJSON := jsonFlag(c)
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		id, err := messageID(c, args[0])
		if err != nil {
			return err
		}
		m, err := d.Show(c.Context(), id)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, m)
		}
		a.showDetail(m)
		a.showYes(m.Message)
		return nil
	})
	return c
}

// showDetail prints a message as it will go out, with what is known about it.
func (a *app) showDetail(m control.Detail) {
	loc, now := a.zone(), a.now()
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(a.stdout, "%s %s\n", a.paint(dim, fmt.Sprintf("%-9s", name+":")), escape(text))
		}
	}
	line("message", fmt.Sprintf("%s, %s, %s, %s", m.ID, m.State, m.Kind, m.Priority))
	if m.Hold != nil {
		line("held", either(m.Hold.Text, m.Hold.Code))
	}
	line("to", people(m.To))
	line("cc", people(m.CC))
	line("bcc", people(m.BCC))
	line("subject", m.Subject)
	if m.State == ledger.Scheduled {
		line("goes", dueText(m.Message, now, loc))
	}
	if !m.NotBefore.IsZero() {
		line("earliest", showTime(m.NotBefore, now, loc))
	}
	if !m.By.IsZero() {
		line("latest", showTime(m.By, now, loc))
	}
	for _, p := range m.Parts {
		line("part", fmt.Sprintf("%s, %d bytes %s", p.Type, p.Size, p.Name))
	}
	for _, r := range m.Receipts {
		line(string(r.Kind), showTime(r.At, now, loc)+" "+r.Text)
	}
	line("content", short(m.Content))
	fmt.Fprintf(a.stdout, "\n%s\n", escapeLines(strings.TrimRight(m.Text, "\n")))
	a.showAsides("in the mail because it is still open from last time:", "carried", m.Check)
	a.showAsides("please look at this before you say yes:", "check", m.Check)
}

// showYes says how to say yes to what was just read.
func (a *app) showYes(m control.Message) {
	if m.State == ledger.Drafted {
		fmt.Fprintf(a.stdout, "\n%s headsup queue approve %s --content %s\n", a.paint(dim, "say yes with:"), m.ID, short(m.Content))
	}
}

// showAsides lists what the user should know before saying yes; none of it is a part of
// the mail.
func (a *app) showAsides(title, code string, list []rules.Reason) {
	first := true
	for _, r := range list {
		if r.Code != code {
			continue
		}
		if first {
			fmt.Fprintf(a.stdout, "\n%s\n", a.paint(yellow, title))
			first = false
		}
		fmt.Fprintf(a.stdout, "  - %s\n", escape(r.Text))
	}
}

func people(list []control.Person) string {
	var out []string
	for _, p := range list {
		if p.Name == "" {
			out = append(out, p.Address.String())
			continue
		}
		out = append(out, fmt.Sprintf("%s <%s>", p.Name, p.Address))
	}
	return strings.Join(out, ", ")
}

// shortHash is how much of a content hash a person types.
const shortHash = 12

func short(hash string) string { return hash[:min(len(hash), shortHash)] }
