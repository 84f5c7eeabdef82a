package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon"
	"headsup/daemon/backtest"
	"headsup/daemon/config"
)

// backtestFlags are the flags of `backtest`.
type backtestFlags struct {
	set     string
	horizon int
	small   bool
	refit   bool
	early   bool
	fit     []string
	json    bool
}

// backtestCommand replays the past. It needs no running service.
func (a *app) backtestCommand() *cobra.Command {
	var f backtestFlags
	c := &cobra.Command{
		Use:   "backtest",
		Short: "would your mail have landed fresher at another time?",
		Long: `backtest replays the mail that you sent to your managers, with only what was known at
each moment, and counts how often the manager showed up within half an hour: sent at
once, by the rules of other tools, and by headsup. It says so when headsup does not
help. With --set it runs the landing benchmark on a folder of recorded mail.`,
		Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.horizon < 1 || f.horizon > 168 {
				return usageOf(c, fmt.Errorf("--horizon %d: want 1 to 168 hours", f.horizon))
			}
			if f.set == "" && (f.small || f.refit || f.early) {
				return usageOf(c, errors.New("--small-sample, --refit and --before-split need --set FOLDER"))
			}
			return a.backtest(c.Context(), f)
		},
	}
	c.Flags().StringVar(&f.set, "set", "", "run the landing benchmark on this `folder`")
	c.Flags().IntVar(&f.horizon, "horizon", 24, "longest wait in `hours`")
	c.Flags().BoolVar(&f.small, "small-sample", false, "with --set: how good a forecast is after n mails")
	c.Flags().BoolVar(&f.refit, "refit", false, "with --set: equations from the set's other managers instead of the shipped ones")
	c.Flags().BoolVar(&f.early, "before-split", false, "with --set: judge the time before the split, for choosing a model")
	c.Flags().StringSliceVar(&f.fit, "fit", nil, "print equations fitted on these `folders`, before the split of each")
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object")
	return c
}

func (a *app) backtest(ctx context.Context, f backtestFlags) error {
	bar := &progress{w: a.stderr, now: a.now}
	_, bar.live = terminal(a.stderr)
	defer bar.end()
	o := backtest.Options{Horizon: time.Duration(f.horizon) * time.Hour, Progress: bar, Refit: f.refit, Early: f.early}
	switch {
	case len(f.fit) > 0:
		return backtest.Fit(a.stdout, f.fit)
	case f.small:
		rows, err := backtest.RunSmall(ctx, f.set, o)
		if err != nil {
			return err
		}
		bar.end()
		if f.json {
			return printJSON(a.stdout, rows)
		}
		return backtest.SmallText(a.stdout, f.set, rows)
	case f.set != "":
		rep, err := backtest.RunSet(ctx, f.set, o)
		if err != nil {
			return err
		}
		bar.end()
		if f.json {
			return printJSON(a.stdout, rep)
		}
		return rep.Text(a.stdout)
	}
	rep, err := a.backtestMailbox(ctx, o)
	if err != nil {
		return err
	}
	bar.end()
	if f.json {
		return printJSON(a.stdout, rep)
	}
	return rep.Text(a.stdout)
}

// backtestMailbox replays the user's own mail.
func (a *app) backtestMailbox(ctx context.Context, o backtest.Options) (backtest.HistoryReport, error) {
	var none backtest.HistoryReport
	cfg, paths, err := a.load()
	if err != nil {
		return none, err
	}
	box, err := daemon.OpenMailbox(ctx, daemon.Options{Config: cfg, Paths: paths, Vault: config.Vault{Getenv: a.getenv}})
	if err != nil {
		return none, err
	}
	defer box.Close()
	var people []backtest.Person
	for _, m := range cfg.Managers {
		people = append(people, backtest.Person{Name: m.Name, Addresses: m.Addresses, Zone: m.Zone})
	}
	now := a.now()
	history, err := backtest.ReadMailbox(ctx, box, people, now.Add(-cfg.Mailbox.History), now)
	if err != nil {
		return none, err
	}
	return backtest.RunHistory(ctx, history, o)
}

// progress shows the last line that was written to it: in place on a terminal, elsewhere
// a line every ten seconds.
type progress struct {
	w     io.Writer
	now   func() time.Time
	live  bool
	shown bool
	last  time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	line := strings.TrimRight(string(b), "\n")
	if p.live {
		p.shown = true
		fmt.Fprintf(p.w, "\r%s\x1b[K", line)
		return len(b), nil
	}
	if t := p.now(); t.Sub(p.last) >= 10*time.Second {
		if !p.last.IsZero() {
			fmt.Fprintln(p.w, line)
		}
		p.last = t
	}
	return len(b), nil
}

// end clears the line.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
