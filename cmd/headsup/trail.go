package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
)

// trailCommand searches and exports what was said, decided, sent and answered.
func (a *app) trailCommand() *cobra.Command {
	return group(&cobra.Command{Use: "trail", Short: "what was said, decided, sent and answered"},
		a.trailReadCommand("search [WORD...]", "find entries in which all words occur", 50, false),
		a.trailReadCommand("export", "print the whole trail as JSON, one entry a line", 0, true))
}

func (a *app) trailReadCommand(use, short string, limit int, export bool) *cobra.Command {
	var message, since, until string
	c := &cobra.Command{Use: use, Short: short, Args: takes(0, -1)}
	asJSON := &export
	if export {
		c.Args = takes(0, 0)
	} else {
		asJSON = jsonFlag(c)
	}
	c.Flags().StringVar(&message, "message", "", "only this message (`ID`)")
	c.Flags().StringVar(&since, "since", "", "not before this `time`")
	c.Flags().StringVar(&until, "until", "", "before this `time`")
	c.Flags().IntVar(&limit, "limit", limit, "the newest so `many`, 0: all")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		q := control.TrailQuery{Text: strings.Join(args, " "), Limit: limit}
		var err error
		if message != "" {
			if q.Message, err = messageID(c, message); err != nil {
				return err
			}
		}
		loc := a.zone()
		for _, t := range []struct {
			text string
			to   *time.Time
		}{{since, &q.Since}, {until, &q.Until}} {
			if t.text == "" {
				continue
			}
			if *t.to, err = parseTime(c, t.text, a.now(), loc); err != nil {
				return err
			}
		}
		return d.Trail(c.Context(), q, func(e control.Entry) error {
			if *asJSON {
				return printJSON(a.stdout, e)
			}
			about := ""
			if e.Message != 0 {
				about = " #" + e.Message.String()
			}
			_, err := fmt.Fprintf(a.stdout, "%s %s%s %s: %s\n", showTime(e.At, a.now(), loc), escape(e.Actor), about, escape(e.Event), escape(e.Text))
			return err
		})
	})
	return c
}
