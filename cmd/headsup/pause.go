package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
)

// pauseCommand stops sending.
func (a *app) pauseCommand() *cobra.Command {
	var until string
	c := &cobra.Command{Use: "pause", Short: "stop sending for a while", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&until, "until", "", "`time` at which sending begins again by itself")
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		var r control.PauseRequest
		if until != "" {
			t, err := parseTime(c, until, a.now(), a.zone())
			if err != nil {
				return err
			}
			if !t.After(a.now()) {
				return usageOf(c, fmt.Errorf("%q is in the past", until))
			}
			r.Until = t
		}
		p, err := d.Pause(c.Context(), r)
		return a.showPause(p, err, *asJSON)
	})
	return c
}

// resumeCommand lets messages go again.
func (a *app) resumeCommand() *cobra.Command {
	c := &cobra.Command{Use: "resume", Short: "send again after a pause", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		p, err := d.Resume(c.Context())
		return a.showPause(p, err, *asJSON)
	})
	return c
}

func (a *app) showPause(p control.Pause, err error, asJSON bool) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(a.stdout, p)
	case !p.Paused:
		fmt.Fprintln(a.stdout, "messages go out")
	case p.Until.IsZero():
		fmt.Fprintln(a.stdout, "paused until `headsup resume`")
	default:
		fmt.Fprintf(a.stdout, "paused until %s\n", showTime(p.Until, a.now(), a.zone()))
	}
	return nil
}
