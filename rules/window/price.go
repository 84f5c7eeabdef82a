package window

import (
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// Prices, in chance of an answer: 0.10 means that a moment must be ten points better to
// be worth it. They are stated, not learned; the backtest shows what they do.
const (
	offHoursPrice = 0.25 // outside working hours, where the rhythm does not show otherwise
	sliverPrice   = 0.15 // a gap too short to answer in
	tailPrice     = 0.12 // the last ten minutes before a meeting
	shortPrice    = 0.04 // the five before those
	backlogPrice  = 0.25 // the first hours after a leave
	eveOfLeave    = 0.05 // the last hour before one
	gapPrice      = 0.30 // too close to another mail
	budgetPrice   = 0.60 // the day's budget is used up
	budgetStep    = 0.20 // and for each further mail
	deadlinePrice = 0.15 // less than an hour of free time left before the deadline
)

// quietWeight is what an hour of quiet time counts as waiting: nobody reads then anyway.
const quietWeight = 0.1

const (
	realGap   = 15 * time.Minute // long enough to answer in
	longLeave = 36 * time.Hour
	backlog   = 3 * time.Hour
)

// kappa is the price of an hour of waiting, and margin by how much waiting must win
// against a free moment now in office hours.
func kappa(p rules.Priority) float64 {
	switch p {
	case rules.Low:
		return 0.005
	case rules.High:
		return 0.03
	}
	return 0.015
}

// overnight is the price of leaving a message for a later day than the first one that has
// free working time to offer: a peak of tomorrow morning is no reason to sit on a question
// of today.
func overnight(p rules.Priority) float64 {
	switch p {
	case rules.Low:
		return 0.05
	case rules.High:
		return 0.30
	}
	return 0.20
}

func margin(p rules.Priority) float64 {
	switch p {
	case rules.Low:
		return 0.05
	case rules.High:
		return 0.15
	}
	return 0.08
}

// keepMargin is by how much a new time must be better before a stored one is given up.
const keepMargin = 0.03

// priceDay fills what the first manager's day says about each step: price, the waiting
// that counts, and the free working time that has passed.
func (g *grid) priceDay() {
	n := len(g.open)
	g.free = make([]bool, n)
	g.price, g.delay, g.useful = make([]float64, n), make([]float64, n), make([]float64, n)
	segments := g.first.Timeline.Over(calendar.Span{Start: g.start, End: g.at(n - 1).Add(rhythm.Step)})
	peak := g.peak(segments)
	i, delay, useful := 0, 0.0, 0.0
	for k := range n {
		t := g.at(k)
		for i+1 < len(segments) && !segments[i].End.After(t) {
			i++
		}
		kind := timeline.OffHours
		if i < len(segments) {
			kind = segments[i].Kind
		}
		g.delay[k], g.useful[k] = delay, useful
		switch kind {
		case timeline.Quiet:
			delay += quietWeight * rhythm.Step.Hours()
		case timeline.OffHours:
			g.price[k] += offHoursPrice * (1 - g.shown(k, segments, i, peak))
			delay += rhythm.Step.Hours()
		case timeline.Free:
			g.free[k] = true
			useful += rhythm.Step.Hours()
			delay += rhythm.Step.Hours()
		default:
			delay += rhythm.Step.Hours()
		}
	}
	g.priceGaps()
	g.priceLeave(segments)
}

// peak is the best chance in free working time.
func (g *grid) peak(segments []timeline.Segment) float64 {
	best := 0.0
	for _, s := range segments {
		if s.Kind != timeline.Free {
			continue
		}
		for k := max(g.step(s.Start), 0); k < len(g.open) && g.at(k).Before(s.End); k++ {
			best = max(best, g.quiet[k])
		}
	}
	return best
}

// shown says how plainly the rhythm shows that the manager is at the mail before working
// hours: 0 not at all, 1 as in the best hour or nearly. An early riser may be written to
// early; in the evening nobody is.
func (g *grid) shown(k int, segments []timeline.Segment, i int, peak float64) float64 {
	if peak == 0 || g.first.Rhythm.N() < trusted || !g.morning(k, segments, i) || !g.rises(g.at(k)) {
		return 0
	}
	return min(1, max(0, (g.quiet[k]/peak-0.5)/0.2))
}

// rises reports whether mail was seen in the hour of an instant on a quarter of the
// working days.
func (g *grid) rises(t time.Time) bool {
	hour := t.In(g.first.zone()).Hour()
	if g.rise[hour] == 0 {
		g.rise[hour] = -1
		if h := g.first.Rhythm.Describe(t); h.Days >= 10 && h.OnDays*4 >= h.Days {
			g.rise[hour] = 1
		}
	}
	return g.rise[hour] > 0
}

// trusted is from how many sightings on the rhythm is spoken of.
const trusted = 20

// morning reports whether working hours are still to come on the day of a step.
func (g *grid) morning(k int, segments []timeline.Segment, i int) bool {
	loc := g.first.zone()
	day := g.at(k).In(loc).YearDay()
	for ; i < len(segments); i++ {
		if segments[i].Start.In(loc).YearDay() != day && segments[i].Start.After(g.at(k)) {
			return false
		}
		if segments[i].Source == "working hours" && segments[i].Kind == timeline.Free || segments[i].Kind == timeline.Meeting || segments[i].Kind == timeline.Focus {
			return g.at(k).In(loc).Hour() < 12
		}
	}
	return false
}

// priceGaps prices runs of open steps that are too short, and the end of each run.
func (g *grid) priceGaps() {
	short := int(realGap / rhythm.Step)
	for k := 0; k < len(g.open); {
		if !g.open[k] {
			k++
			continue
		}
		end := k
		for end < len(g.open) && g.open[end] {
			end++
		}
		for j := k; j < end; j++ {
			switch {
			case end-k < short-1 && k > 0: // lead already cut one step off
				g.price[j] += sliverPrice
			case end-j < short-1 && end < len(g.open):
				g.price[j] += tailPrice
			case end-j == short-1 && end < len(g.open):
				g.price[j] += shortPrice
			}
		}
		k = end
	}
}

// priceLeave prices the last hour before a long leave and the first hours after it.
func (g *grid) priceLeave(segments []timeline.Segment) {
	for _, l := range g.first.Timeline.Leaves() {
		if l.End.Sub(l.Start) < longLeave {
			continue
		}
		left := backlog
		for _, s := range segments {
			if s.Kind != timeline.Free || !s.End.After(l.End) || left <= 0 {
				continue
			}
			from := s.Start
			if from.Before(l.End) {
				from = l.End
			}
			to := from.Add(min(left, s.End.Sub(from)))
			if left == backlog {
				g.raise(l.End, from, backlogPrice) // the early morning belongs to the backlog too
			}
			left -= to.Sub(from)
			g.raise(from, to, backlogPrice)
		}
		g.raise(l.Start.Add(-time.Hour), l.Start, eveOfLeave)
	}
}

func (g *grid) raise(from, to time.Time, by float64) {
	for k := max(g.step(from), 0); k < len(g.open) && g.at(k).Before(to); k++ {
		if !g.at(k).Before(from) {
			g.price[k] += by
		}
	}
}

// number gives every step its day in the manager's zone and makes room for counts. All
// grids are made before anything is placed, and they share their steps.
func (m *state) number(g *grid) {
	n := len(g.open)
	if len(m.dayOf) >= n {
		return
	}
	m.grid = g
	loc := m.zone()
	m.dayOf = make([]int16, n)
	day, next := int16(-1), time.Time{}
	for k := range n {
		if t := g.at(k); !t.Before(next) {
			day++
			next = nextMidnight(t, loc)
		}
		m.dayOf[k] = day
	}
	m.near, m.days = make([]int16, n), make([]int16, int(day)+1)
}

func nextMidnight(t time.Time, loc *time.Location) time.Time {
	y, mo, d := t.In(loc).Date()
	n := time.Date(y, mo, d+1, 0, 0, 0, 0, time.UTC)
	at, _ := calendar.Resolve(calendar.Civil{Year: n.Year(), Month: n.Month(), Day: n.Day()}, loc)
	if !at.After(t) {
		at = t.Add(24 * time.Hour)
	}
	return at
}

// place counts a mail at an instant (by = 1), or takes it back (by = -1).
func (m *state) place(g *grid, at time.Time, by int16) {
	gap := m.MinGap
	from, to := at.Add(-gap), at.Add(gap)
	if gap > 0 {
		for k := max(g.step(from), 0); k < len(m.near) && g.at(k).Before(to); k++ {
			if g.at(k).After(from) {
				m.near[k] += by
			}
		}
	}
	if k := g.step(at); k >= 0 && k < len(m.dayOf) {
		m.days[m.dayOf[k]] += by
	} else if at.Before(g.start) && len(m.days) > 0 && sameDay(at, g.now, m.zone()) {
		m.days[0] += by
	}
}

func sameDay(a, b time.Time, loc *time.Location) bool {
	ay, am, ad := a.In(loc).Date()
	by, bm, bd := b.In(loc).Date()
	return ay == by && am == bm && ad == bd
}

// crowding is the price of a step for what is already placed.
func (m *state) crowding(k int) float64 {
	p := 0.0
	if m.near[k] > 0 {
		p += gapPrice
	}
	if m.MaxPerDay > 0 {
		if over := int(m.days[m.dayOf[k]]) - m.MaxPerDay; over >= 0 {
			p += budgetPrice + budgetStep*float64(over)
		}
	}
	return p
}
