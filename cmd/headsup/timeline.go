package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/daemon/control"
)

// timelineCommand draws a manager's time.
func (a *app) timelineCommand() *cobra.Command {
	var q control.TimelineQuery
	var from string
	c := &cobra.Command{Use: "timeline", Short: "a manager's time: free, meetings, focus, leave", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&q.Manager, "manager", "", "only this manager")
	c.Flags().StringVar(&from, "from", "", "begin at this `time` instead of now")
	c.Flags().IntVar(&q.Days, "days", 7, "how many `days`")
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		if from != "" {
			t, err := parseTime(c, from, a.now(), a.zone())
			if err != nil {
				return err
			}
			q.From = t
		}
		list, err := d.Timeline(c.Context(), q)
		if err != nil {
			return err
		}
		if *asJSON {
			return printLines(a, list)
		}
		for i, t := range list {
			if i > 0 {
				fmt.Fprintln(a.stdout)
			}
			a.showTimeline(t)
		}
		return nil
	})
	return c
}

// marks draw the kinds of time, one for each half hour.
var marks = map[timeline.Kind]struct {
	rune
	paint
}{
	timeline.Free:     {'·', plain},
	timeline.OffHours: {' ', plain},
	timeline.Quiet:    {' ', plain},
	timeline.Focus:    {'▒', yellow},
	timeline.Meeting:  {'█', green},
	timeline.Away:     {'×', red},
}

func (a *app) showTimeline(t control.Timeline) {
	loc := zoneNamed(t.Zone)
	fmt.Fprintf(a.stdout, "%s (%s)\n", a.paint(bold, escape(t.Manager)), escape(t.Zone))
	for _, n := range t.Notes {
		fmt.Fprintf(a.stdout, "  %s %s\n", a.paint(yellow, "note:"), escape(n.Text))
	}
	if len(t.Spans) == 0 {
		fmt.Fprintln(a.stdout, "  nothing is known")
		return
	}
	fmt.Fprintf(a.stdout, "%11s", "")
	for h := 0; h < 24; h += 3 {
		fmt.Fprintf(a.stdout, "%-6d", h)
	}
	fmt.Fprintln(a.stdout)
	last := t.Spans[len(t.Spans)-1].End.In(loc)
	for day := midnight(t.Spans[0].Start.In(loc), 0); day.Before(last); day = midnight(day, 1) {
		a.showDay(day, t.Spans, loc)
	}
	fmt.Fprintln(a.stdout, "           · free   █ meeting   ▒ focus   × away")
}

// midnight is the first instant of the civil day some days after that of t.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	n := time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC)
	return civil(n, t.Location())
}

// showDay draws one day and names what lies on it.
func (a *app) showDay(day time.Time, spans []control.Span, loc *time.Location) {
	var row strings.Builder
	row.WriteString(day.Format("Mon _2 Jan "))
	for half := range 48 {
		m := marks[kindIn(day, half, spans)]
		row.WriteString(a.paint(m.paint, string(m.rune)))
	}
	fmt.Fprintln(a.stdout, strings.TrimRight(row.String(), " "))
	today := calendar.Span{Start: day, End: midnight(day, 1)}
	for _, s := range spans {
		k := timeline.Kind(s.State)
		if k != timeline.Meeting && k != timeline.Focus && k != timeline.Away || !today.Contains(s.Start) {
			continue
		}
		title := ""
		if s.Title != "" {
			title = " " + s.Title
		}
		if s.Confidence > 0 && s.Confidence < 1 {
			title += fmt.Sprintf(" (%.0f %% sure)", 100*s.Confidence)
		}
		end := s.End.In(loc).Format("15:04")
		if s.End.After(today.End) {
			end = s.End.In(loc).Format("Mon 15:04")
		}
		fmt.Fprintf(a.stdout, "           %s-%s %s%s\n", s.Start.In(loc).Format("15:04"), end, k, escape(title))
	}
}

// kindIn is what a half hour shows: the fullest of its quarters, by the clock on the wall.
func kindIn(day time.Time, half int, spans []control.Span) timeline.Kind {
	order := []timeline.Kind{timeline.Meeting, timeline.Focus, timeline.Away, timeline.Quiet, timeline.Free, timeline.OffHours}
	y, m, d := day.Date()
	best := len(order) - 1
	for q := range 2 {
		t := civil(time.Date(y, m, d, 0, half*30+q*15, 0, 0, time.UTC), day.Location())
		for _, s := range spans {
			if t.Before(s.Start) || !t.Before(s.End) {
				continue
			}
			for i, k := range order {
				if string(k) == s.State {
					best = min(best, i)
				}
			}
		}
	}
	return order[best]
}
