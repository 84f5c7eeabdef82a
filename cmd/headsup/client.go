package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/rules/policy"
)

// client is the way to the running service.
func (a *app) client() (*control.Client, error) {
	p, err := a.paths()
	if err != nil {
		return nil, err
	}
	return control.NewClient(p.Socket), nil
}

// withClient makes a command out of what it asks of the service.
func (a *app) withClient(do func(c *cobra.Command, args []string, d *control.Client) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		d, err := a.client()
		if err != nil {
			return err
		}
		defer d.Close()
		return a.beginning(asked(do(c, args, d)))
	}
}

// beginning is the hint of somebody who has no configuration yet: nothing can run without.
func (a *app) beginning(err error) error {
	var done *cliError
	if !errors.As(err, &done) || done.code != exitNoRun {
		return err
	}
	p, pathErr := a.paths()
	if _, statErr := os.Stat(p.Config); pathErr == nil && errors.Is(statErr, fs.ErrNotExist) {
		done.hint = "there is no configuration yet: begin with `headsup init`"
	}
	return done
}

// asked gives what the service answered its exit code and its hint.
func asked(err error) error {
	var e *control.Error
	var done *cliError
	switch {
	case err == nil, errors.As(err, &done):
		return err
	case errors.Is(err, control.ErrNotRunning):
		return &cliError{err: control.ErrNotRunning, hint: "start it with `headsup run`, or for good with `headsup service install`", code: exitNoRun}
	case !errors.As(err, &e):
		return err
	}
	code := exitFailed
	switch e.Code {
	case control.NotFound, control.Stale, control.Refused, control.TooLate:
		code = exitNo
	case control.BadRequest:
		code = exitUsage
	}
	return &cliError{err: err, hint: e.Hint, code: code}
}

// messageID reads the number of a message.
func messageID(c *cobra.Command, s string) (ledger.ID, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "#"), 10, 64)
	if err != nil || n <= 0 {
		e := usageOf(c, fmt.Errorf("%q is not the number of a message", s))
		e.hint = "`headsup queue` lists them"
		return 0, e
	}
	return ledger.ID(n), nil
}

// zone is the time zone in which times are read and shown: the user's own if the
// configuration can be read, else the one of the system.
func (a *app) zone() *time.Location {
	if c, _, err := a.load(); err == nil {
		return c.User.Zone
	}
	if loc := config.SystemZone(a.getenv); loc != nil {
		return loc
	}
	return time.UTC
}

// parseTime reads every time argument: a moment (2026-03-06T17:00:00Z), a day with or
// without a time (2026-03-06 17:00), a length from now ("2h"), or what a rule may say
// ("17:00", "Fri 17:00", "tomorrow 9:00").
func parseTime(c *cobra.Command, s string, now time.Time, loc *time.Location) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return civil(t, loc), nil
		}
	}
	if w, err := policy.ParseWhen(strings.TrimPrefix(s, "in ")); err == nil {
		if t, ok := w.At(now, time.Time{}, loc); ok {
			return t, nil
		}
	}
	return time.Time{}, usageOf(c, fmt.Errorf("%q is not a time: want 17:00, Fri 17:00, tomorrow 9:00, 2h, 2026-03-06 17:00 or 2026-03-06T17:00:00+01:00", s))
}

// jsonFlag is the flag of a command that a script may want to read.
func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print JSON, one object on a line")
}
