package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/daemon"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// calendarCommand looks into calendars.
func (a *app) calendarCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "calendar",
		Short: "look into a calendar",
		Args:  cobra.ArbitraryArgs,
		RunE:  noSuchCommand,
	}
	c.AddCommand(a.calendarShowCommand(), a.calendarPlanCommand(), a.calendarAcceptCommand())
	return c
}

// calendarAcceptCommand is the way out of a calendar that is doubted.
func (a *app) calendarAcceptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "accept NAME",
		Short: "say that a calendar which emptied is right",
		Long: `A calendar that loses more than four fifths of its coming events at once is doubted for half an
hour, since a fault of the provider is more likely; what was known before holds for
that time. This says that it is true.`,
		Args: takes(1, 1),
		RunE: a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
			if err := d.AcceptCalendar(c.Context(), control.CalendarRequest{Name: args[0]}); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "the calendar %s is believed\n", escape(args[0]))
			return nil
		}),
	}
}

// calendarPlanCommand prints the plan as a calendar file.
func (a *app) calendarPlanCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "what will be sent when, as an .ics file for your own calendar",
		Long: `Prints one event for each mail that has a time, as long as its window. The service keeps
the same in a file if daemon.plan_file names one.`,
		Example: "  headsup calendar plan > headsup.ics",
		Args:    takes(0, 0),
	}
	details := c.Flags().Bool("details", false, "reasons and addresses too")
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		list, err := d.Queue(c.Context(), control.QueueQuery{States: []ledger.State{ledger.Scheduled, ledger.Sending}})
		if err != nil {
			return err
		}
		name := func(key string) string { return key }
		if cfg, _, err := a.load(); err == nil { // without it the keys have to do
			name = cfg.ManagerName
		}
		_, err = a.stdout.Write(daemon.PlanCalendar(list, name, *details))
		return err
	})
	return c
}

// window is the time that a command asks about.
type window struct{ from, to, zone string }

func (a *app) calendarShowCommand() *cobra.Command {
	var w window
	c := &cobra.Command{
		Use:   "show NAME|FILE",
		Short: "list what starts or runs in a window",
		Long: `Lists every instance that starts or runs from --from on and before --to, of a calendar
of the configuration or of an iCalendar file. What cannot be read is said on standard error.`,
		Example: "  headsup calendar show dana --from 2026-03-02 --to 2026-03-09\n  headsup calendar show ./dana.ics --json",
		Args:    takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			span, loc, err := a.window(c, w)
			if err != nil {
				return err
			}
			asJSON, err := c.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return a.showCalendar(c.Context(), args[0], span, loc, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&w.from, "from", "", "first `day` or moment (today, tomorrow, 2026-03-06, Fri 17:00; default: today)")
	f.StringVar(&w.to, "to", "", "first `day` or moment no longer wanted (default: a week later)")
	f.StringVar(&w.zone, "zone", "", "time `zone` for days, all-day events and times without a zone (default: your own)")
	jsonFlag(c)
	return c
}

// window reads --from, --to and --zone.
func (a *app) window(c *cobra.Command, w window) (calendar.Span, *time.Location, error) {
	loc := a.zone()
	if w.zone != "" {
		var err error
		if loc, err = time.LoadLocation(w.zone); err != nil {
			return calendar.Span{}, nil, usageOf(c, fmt.Errorf("%q is not a time zone", w.zone))
		}
	}
	y, m, d := a.now().In(loc).Date()
	span := calendar.Span{Start: time.Date(y, m, d, 0, 0, 0, 0, loc)}
	var err error
	if w.from != "" {
		if span.Start, err = a.dayOrTime(c, w.from, loc); err != nil {
			return span, nil, err
		}
	}
	span.End = midnight(span.Start.In(loc), 7)
	if w.to != "" {
		if span.End, err = a.dayOrTime(c, w.to, loc); err != nil {
			return span, nil, err
		}
	}
	if span.Empty() {
		return span, nil, usageOf(c, fmt.Errorf("--to must be later than --from"))
	}
	return span, loc, nil
}

// dayOrTime reads what begins or ends a window: a day, which means its first moment, or
// a time as every command takes it.
func (a *app) dayOrTime(c *cobra.Command, s string, loc *time.Location) (time.Time, error) {
	now := a.now().In(loc)
	for i, word := range []string{"yesterday", "today", "tomorrow"} {
		if strings.EqualFold(strings.TrimSpace(s), word) {
			return midnight(now, i-1), nil
		}
	}
	return parseTime(c, s, now, loc)
}

func (a *app) showCalendar(ctx context.Context, name string, span calendar.Span, loc *time.Location, asJSON bool) error {
	source, err := a.calendarNamed(ctx, name)
	if err != nil {
		return err
	}
	snap, err := source.Events(ctx, span, loc)
	if err != nil {
		return failed(err, "nothing of the calendar was used; `headsup doctor` tries every configured one")
	}
	for _, f := range snap.Faults {
		fmt.Fprintf(a.stderr, "headsup: %s\n", escape(f))
	}
	if asJSON {
		return ics.WriteRows(a.stdout, snap.Events)
	}
	if len(snap.Events) == 0 {
		fmt.Fprintf(a.stdout, "nothing from %s to %s\n", span.Start.In(loc).Format("Mon 2006-01-02 15:04"), span.End.In(loc).Format("Mon 2006-01-02 15:04"))
		return nil
	}
	var rows [][]cell
	for i := range snap.Events {
		rows = append(rows, eventRow(&snap.Events[i], loc))
	}
	a.table([]string{"from", "to", "zone", "state", "title"}, rows)
	return nil
}

// eventRow is an instance for a person: in its own zone, which is named only where it is
// another; the day of the end only where it is another; of days the last one.
func eventRow(ev *calendar.Event, loc *time.Location) []cell {
	const day, clock = "Mon 2006-01-02", "15:04"
	from, to := ev.Start.Format(day+" "+clock), ev.End.Format(day+" "+clock)
	sameDay := ev.Start.Format(day) == ev.End.Format(day)
	switch {
	case ev.AllDay:
		from, to = ev.Start.Format(day), ev.End.AddDate(0, 0, -1).Format(day)
		if from == to {
			to = "all day"
		}
	case sameDay:
		to = ev.End.Format(clock)
	}
	zone := ev.Zone
	if zone == loc.String() {
		zone = ""
	}
	return []cell{{text: from}, {text: to}, {text: zone}, {text: ics.State(*ev)}, {text: ev.Title}}
}

// calendarNamed is a calendar of the configuration, else a file.
func (a *app) calendarNamed(ctx context.Context, name string) (calendar.Source, error) {
	looksLikeFile := strings.ContainsRune(name, filepath.Separator) || strings.EqualFold(filepath.Ext(name), ".ics")
	if !looksLikeFile {
		c, p, err := a.load()
		if err == nil {
			for _, cal := range c.Calendars {
				if cal.Name == name {
					return daemon.OpenCalendar(ctx, daemon.Options{Config: c, Paths: p, Vault: config.Vault{Getenv: a.getenv}}, cal)
				}
			}
		}
		if _, statErr := os.Stat(name); statErr != nil {
			if err != nil {
				return nil, err
			}
			return nil, &cliError{
				err:  fmt.Errorf("there is no calendar %q in the configuration and no file of that name", name),
				hint: "`headsup check` lists the calendars", code: exitNo,
			}
		}
	}
	return &ics.File{Path: name, Now: a.now}, nil
}
