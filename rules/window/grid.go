package window

import (
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules/rhythm"
)

// Reach of a plan, in steps.
const (
	nearSteps = int(24*time.Hour/rhythm.Step) + 1      // judged by optimal stopping
	farSteps  = int(14 * 24 * time.Hour / rhythm.Step) // judged by the chance alone
	maxSteps  = 5 * farSteps                           // when leave fills the first two weeks
)

// Margins before a time that is forbidden: lead when planning, guard when the message
// is about to leave: a server may take its time to answer.
const (
	lead  = rhythm.Step + guard
	guard = 2 * time.Minute
)

// grid is the future of one group of managers, cut into steps. Step 0 is now, the others
// lie on the clock's fives, so that planning again a minute later finds the same ones.
type grid struct {
	first  *state
	all    []*state
	now    time.Time
	start  time.Time       // now, cut to the step
	open   []bool          // nobody's hard limit forbids the step
	free   []bool          // free working time of the first manager
	price  []float64       // what the first manager's day says: off-hours, slivers, backlog
	delay  []float64       // hours of waiting that count, until the step
	useful []float64       // hours of free working time until the step
	quiet  []float64       // chance that the first manager is at the mail, not having been seen
	chance []float64       // the same, from where the manager stands now
	near   rhythm.Forecast // the first day, in every state
	seen   rhythm.State
	rise   [24]int8 // is the first manager at the mail by that hour of the morning? 1 yes, -1 no, 0 not asked
	habits map[int64]rhythm.Habit
}

// state is a manager during one planning, with what is already placed on the days.
type state struct {
	Manager
	key   string
	grid  *grid   // whose steps the counts are about
	near  []int16 // mails placed within the gap of a step
	days  []int16 // mails placed on a day
	dayOf []int16 // day of a step
}

func (g *grid) at(k int) time.Time {
	if k == 0 {
		return g.now
	}
	return g.start.Add(time.Duration(k) * rhythm.Step)
}

// step is the step that an instant lies in, -1 before now, len(open) or more past the end.
func (g *grid) step(t time.Time) int {
	if t.Before(g.start) {
		return -1
	}
	return int(t.Sub(g.start) / rhythm.Step)
}

// newGrid looks far enough that there is room: two weeks, more if leave fills them.
func newGrid(now time.Time, managers []*state) *grid {
	g := &grid{first: managers[0], all: managers, now: now, start: now.Truncate(rhythm.Step)}
	for n := farSteps; ; n *= 2 {
		g.open = g.openSteps(min(n, maxSteps))
		free := 0
		for _, o := range g.open {
			if o {
				free++
			}
		}
		if free*int(rhythm.Step/time.Minute) >= 8*60 || n >= maxSteps {
			break
		}
	}
	g.look()
	g.priceDay()
	for _, m := range managers {
		m.number(g)
	}
	return g
}

// openSteps marks the steps that no hard limit of any manager forbids.
func (g *grid) openSteps(n int) []bool {
	open := make([]bool, n)
	for k := range open {
		open[k] = true
	}
	within := calendar.Span{Start: g.start, End: g.start.Add(time.Duration(n) * rhythm.Step)}
	for _, m := range g.all {
		for _, s := range m.forbidden(within, false) {
			g.close(open, s)
		}
	}
	return open
}

// close forbids the steps of a span and those less than lead before it, so that a window which ends with its last open
// step ends guard before the span.
func (g *grid) close(open []bool, s calendar.Span) {
	from := max(g.step(s.Start.Add(-lead)), 0)
	for k := from; k < len(open); k++ {
		t := g.at(k)
		if !t.Before(s.End) {
			return
		}
		if t.Add(lead).After(s.Start) {
			open[k] = false
		}
	}
}

// forbidden lists the spans in which nothing may go: focus, meetings, leave, quiet hours,
// the user's own limits. For an urgent message only leave, quiet hours (unless
// urgent_at_night) and the user's own limits hold.
func (m *state) forbidden(within calendar.Span, urgent bool) []calendar.Span {
	var out []calendar.Span
	for _, s := range m.Timeline.Over(within) {
		if m.hard(s.Kind, urgent) {
			out = append(out, s.Span)
		}
	}
	for _, s := range m.Timeline.Leaves() {
		if s.Overlaps(within) {
			out = append(out, s.Span)
		}
	}
	return append(out, m.own().Spans(within, m.zone())...)
}

func (m *Manager) hard(k timeline.Kind, urgent bool) bool {
	switch k {
	case timeline.Quiet:
		return !urgent || !m.UrgentAtNight
	case timeline.Away:
		return true
	case timeline.Focus, timeline.Meeting:
		return !urgent
	}
	return false
}

// own is the part of the day that the user's earliest and latest leave out.
func (m *Manager) own() timeline.QuietHours {
	if m.Earliest == 0 && m.Latest == 0 {
		return timeline.QuietHours{None: true}
	}
	q := timeline.QuietHours{From: m.Latest, To: m.Earliest}
	if q.From == 0 {
		q.From = 24 * 60
	}
	return q
}

// ready gives a manager without a timeline one that knows only the usual hours, so that
// what is not known yet never means that anything goes.
func (m Manager) ready(now time.Time) Manager {
	if m.Timeline.Zone == nil {
		m.Timeline = timeline.Build(timeline.Input{Zone: m.zone(), Now: now, Range: calendar.Span{Start: now, End: now.AddDate(0, 0, 14)}})
	}
	return m
}

func (m *Manager) zone() *time.Location {
	switch {
	case m.Zone != nil:
		return m.Zone
	case m.Timeline.Zone != nil:
		return m.Timeline.Zone
	}
	return time.UTC
}

// look makes the forecast of the first manager, bent by the timeline: of the next day in
// all states, of what lies beyond in the one of not being seen.
func (g *grid) look() {
	n := len(g.open)
	r := g.first.Rhythm
	g.near = r.Forecast(g.start, time.Duration(min(n, nearSteps)-1)*rhythm.Step)
	g.quiet = r.Outlook(g.start, n)
	g.seen = r.StateAt(g.now)
	freshIsNoWorse(&g.near)
	factors := rhythm.Stated()
	for _, s := range g.first.Timeline.Over(calendar.Span{Start: g.start, End: g.at(n - 1)}) {
		switch s.Kind {
		case timeline.Meeting:
			g.scale(s.Start, s.End, factors.Meeting)
			g.scale(s.End, s.End.Add(30*time.Minute), factors.AfterMeeting)
		case timeline.Focus:
			g.scale(s.Start, s.End, factors.Focus)
		case timeline.Away:
			g.scale(s.Start, s.End, factors.Away)
		case timeline.OffHours:
			g.scale(s.Start, s.End, factors.OffHours)
		}
	}
	g.chance = append([]float64(nil), g.quiet...)
	for k, s := 0, g.seen; k < g.near.Steps && s != rhythm.Quiet; k++ {
		g.chance[k] = g.near.Chance(k, s)
		s = s.Next()
	}
}

// freshIsNoWorse holds the forecast to what a person would say: who was seen a moment ago
// is no less likely to be at the mail than who was not.
func freshIsNoWorse(f *rhythm.Forecast) {
	quiet := f.H[rhythm.ClassOf(rhythm.Quiet)]
	for _, row := range f.H {
		for k, p := range quiet {
			row[k] = max(row[k], p)
		}
	}
}

func (g *grid) scale(from, to time.Time, factor float64) {
	if factor == 1 {
		return
	}
	for k := max(g.step(from), 0); k < len(g.open) && g.at(k).Before(to); k++ {
		g.quiet[k] = min(1, g.quiet[k]*factor)
		if k < g.near.Steps {
			g.near.Scale(k, factor)
		}
	}
}

// groupKey names a list of managers.
func groupKey(managers []string) string { return strings.Join(managers, "\x00") }
