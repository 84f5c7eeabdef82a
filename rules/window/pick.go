package window

import (
	"math"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// longest is how long a window stays open at most; after it the moment is planned again.
const longest = time.Hour

// solver is memory that one message after the other uses.
type solver struct {
	plan  Plan
	open  []bool
	price []float64
	worth []float64
}

// pick is what was found for one message.
type pick struct {
	from, to int // steps that the message's own limits leave
	at       int
	best     float64 // worth of waiting for the best, as far as it can be known
	second   int     // runner-up, -1 if there is none
	office   bool    // now, because nothing later is clearly better
	forced   bool    // the first allowed moment, after too many moves
	kept     bool
	seen     bool // a mail from the manager before then would send it at once
}

// choose finds the moment of a message that may wait.
func (g *grid) choose(m *Message, d *Decision, s *solver, frozen bool) *rules.Choice {
	pk := pick{second: -1}
	pk.from, pk.to = g.limits(m)
	g.weigh(m, s, &pk)
	if pk.at < 0 {
		d.Because = []rules.Reason{g.whyNothing(m)}
		return nil
	}
	g.best(m, s, &pk)
	prev, state := g.previous(m, frozen)
	switch {
	case state == stillGood && (frozen || m.Moves >= maxMoves || prev <= pk.to && prev >= pk.from && s.worth[prev] >= s.worth[pk.at]-keepMargin):
		pk.at, pk.kept, pk.office = prev, true, pk.office && prev == 0
	case state != stillGood && m.Previous != nil && m.Moves >= maxMoves:
		pk.at, pk.forced, pk.office = pk.first(s), true, false
	}
	pk.second = pk.runnerUp(s)
	c := g.describe(m, &pk)
	if pk.kept {
		c.At = m.Previous.At
	} else if state == missed {
		d.Because = []rules.Reason{{Code: "missed", Text: "the window " + moment(m.Previous.At, g.now, g.first.zone()) + "-" +
			clock(m.Previous.Until, g.first.zone()) + " passed before the message could leave"}}
	}
	return c
}

// limits are the first and the last step that not_before and the deadline leave.
func (g *grid) limits(m *Message) (from, to int) {
	from, to = 0, len(g.open)-1
	for from < len(g.open) && g.at(from).Before(m.NotBefore) {
		from = max(from+1, g.step(m.NotBefore))
	}
	if !m.By.IsZero() {
		to = min(to, g.step(m.By.Add(-guard)))
		for to >= 0 && !g.at(to).Add(guard).Before(m.By) {
			to--
		}
	}
	return from, to
}

// weigh puts a worth on every step that may be used and finds the best: the chance, less
// the prices.
func (g *grid) weigh(m *Message, s *solver, pk *pick) {
	n := len(g.open)
	s.worth = grow(s.worth, n)
	s.price = grow(s.price, g.near.Steps)
	if cap(s.open) < g.near.Steps {
		s.open = make([]bool, g.near.Steps)
	}
	s.open = s.open[:g.near.Steps]
	clear(s.open)
	k0 := kappa(m.Priority)
	pk.at = -1
	crowded, today := g.crowded(), g.firstDay(pk)
	for k := range n {
		s.worth[k] = math.Inf(-1)
		if k < pk.from || k > pk.to || !g.open[k] {
			continue
		}
		cost := k0*(g.delay[k]-g.delay[min(pk.from, n-1)]) + g.price[k]
		if g.first.dayOf[k] > today {
			cost += overnight(m.Priority)
		}
		if crowded {
			for _, mg := range g.all {
				cost += mg.crowding(k)
			}
		}
		if !m.By.IsZero() && g.useful[pk.to]-g.useful[k] < 1 {
			cost += deadlinePrice
		}
		s.worth[k] = g.chance[k] - cost
		if pk.at < 0 || s.worth[k] > s.worth[pk.at] {
			pk.at = k
		}
		if k < g.near.Steps {
			s.open[k] = true
			s.price[k] = cost - k0*rhythm.Step.Hours()*float64(k)
		}
	}
	if pk.at >= 0 {
		pk.best = s.worth[pk.at]
	}
}

// firstDay is the day of the first step in free working time that the message may use.
func (g *grid) firstDay(pk *pick) int16 {
	for k := pk.from; k <= pk.to; k++ {
		if g.open[k] && g.free[k] && g.price[k] <= shortPrice {
			return g.first.dayOf[k]
		}
	}
	return math.MaxInt16
}

// crowded reports whether anything is placed or budgeted at all.
func (g *grid) crowded() bool {
	for _, m := range g.all {
		if m.MaxPerDay > 0 || m.MinGap > 0 {
			return true
		}
	}
	return false
}

func grow(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}

// best decides between the best single moment, the plan of optimal stopping over the
// first day, and now.
func (g *grid) best(m *Message, s *solver, pk *pick) {
	if pk.from < g.near.Steps {
		s.plan.Solve(g.near, s.open, s.price, kappa(m.Priority))
		k, _, _ := s.plan.Choice(g.seen)
		value := s.plan.Value(g.seen)
		if k < len(s.open) && s.open[k] && (pk.at < g.near.Steps || value >= pk.best) {
			pk.at, pk.best = k, max(value, pk.best)
			pk.seen = k > 0 && s.goesWhenSeen(k)
		}
	}
	g.soonest(m, s, pk)
	if pk.from > 0 || !g.open[0] || g.price[0] > shortPrice || pk.at == 0 {
		pk.office = pk.at == 0 && g.inOffice()
		return
	}
	// Chances in s.worth are net of what is already placed, so a full day does not say now.
	if g.inOffice() && s.worth[0] > g.chance[0]-gapPrice && pk.best-s.worth[0] <= margin(m.Priority) {
		pk.at, pk.office, pk.seen = 0, true, false
	}
}

// soonest takes the first free moment of the same stretch of office hours if it is hardly
// worse: what is known of a manager says little about half hours in the middle of a day
// (docs/timing.md), and sooner is sooner.
func (g *grid) soonest(m *Message, s *solver, pk *pick) {
	if pk.at >= len(g.free) || !g.free[pk.at] {
		return
	}
	least := s.worth[pk.at] - margin(m.Priority)/2
	for k := pk.at - 1; k >= pk.from && g.free[k]; k-- {
		if g.open[k] && g.price[k] <= shortPrice && s.worth[k] >= least {
			pk.at = k
		}
	}
}

// goesWhenSeen reports whether a mail of the manager before step k would send at once.
func (s *solver) goesWhenSeen(k int) bool {
	for j := 1; j < k; j++ {
		if s.open[j] && s.plan.At(j, 0) {
			return true
		}
	}
	return false
}

// inOffice reports whether it is free working time now.
func (g *grid) inOffice() bool { return g.first.Timeline.At(g.now).Kind == timeline.Free }

func (pk *pick) first(s *solver) int {
	for k := pk.from; k <= pk.to; k++ {
		if !math.IsInf(s.worth[k], -1) {
			return k
		}
	}
	return pk.at
}

// runnerUp is the best step at least half an hour from the chosen one.
func (pk *pick) runnerUp(s *solver) int {
	const apart = int(30 * time.Minute / rhythm.Step)
	best := -1
	for k := pk.from; k <= pk.to; k++ {
		if (k <= pk.at-apart || k >= pk.at+apart) && !math.IsInf(s.worth[k], -1) && (best < 0 || s.worth[k] > s.worth[best]) {
			best = k
		}
	}
	return best
}

// What became of a stored choice.
type standing int

const (
	none standing = iota
	stillGood
	missed
	forbidden
)

// previous is the step of the stored choice and whether it can still be used.
func (g *grid) previous(m *Message, frozen bool) (int, standing) {
	prev := m.Previous
	switch {
	case prev == nil:
		return 0, none
	case !g.now.Before(prev.Until):
		return 0, missed
	}
	at := prev.At
	if at.Before(g.now) {
		at = g.now
	}
	k := g.step(at)
	if k >= len(g.open) || at.Before(m.NotBefore) || !m.By.IsZero() && !at.Before(m.By) || g.barred(at, false).Kind != "" {
		return 0, forbidden
	}
	if !g.open[k] && !frozen {
		return 0, forbidden // not barred, but too close to what is
	}
	return k, stillGood
}

// barred is the hard limit that holds at an instant or begins within the guard after it,
// of any manager; its Kind is "" if there is none.
func (g *grid) barred(at time.Time, urgent bool) timeline.Segment {
	for _, m := range g.all {
		if s, ok := m.barred(at, urgent); ok {
			return s
		}
	}
	return timeline.Segment{}
}

// barred is the hard limit of a manager at an instant or within the guard after it.
func (m *Manager) barred(at time.Time, urgent bool) (timeline.Segment, bool) {
	for _, t := range []time.Time{at, at.Add(guard)} {
		if s, away := m.Timeline.Leave(t); away {
			return s, true
		}
		if s := m.Timeline.At(t); m.hard(s.Kind, urgent) {
			return s, true
		}
		for _, s := range m.own().Spans(calendar.Span{Start: t, End: t.Add(1)}, m.zone()) {
			if s.Contains(t) {
				return timeline.Segment{Span: s, Kind: timeline.Quiet, Source: "your limits", Why: "outside the hours in which you allow mail"}, true
			}
		}
	}
	// A short entry between the two instants.
	if s, ok := m.Timeline.Next(at); ok && s.Start.Before(at.Add(guard)) && m.hard(s.Kind, urgent) {
		return s, true
	}
	return timeline.Segment{}, false
}

// urgent finds the first moment that the limits of an urgent message leave.
func (g *grid) urgent(m *Message, d *Decision) *rules.Choice {
	open := make([]bool, len(g.open))
	for k := range open {
		open[k] = true
	}
	for _, mg := range g.all {
		for _, s := range mg.forbidden(calendar.Span{Start: g.start, End: g.at(len(open) - 1)}, true) {
			g.close(open, s)
		}
	}
	from, to := g.limits(m)
	k := from
	for k <= to && !open[k] {
		k++
	}
	if k > to {
		d.Because = []rules.Reason{g.whyNothing(m)}
		return nil
	}
	if prev := m.Previous; prev != nil && g.now.Before(prev.Until) && !prev.At.After(g.now) && !prev.At.Before(m.NotBefore) && g.barred(g.now, true).Kind == "" {
		c := g.describeUrgent(m, open, 0)
		c.At = prev.At
		return c
	}
	return g.describeUrgent(m, open, k)
}

// until is the end of the window that begins at a step. A stored time that is kept
// although its step is closed has less than lead before the next ban, which is looked up.
func (g *grid) until(open []bool, k int, m *Message) time.Time {
	end := g.at(k).Add(longest)
	if !open[k] {
		for _, mg := range g.all {
			for _, s := range mg.forbidden(calendar.Span{Start: g.at(k), End: end}, m.Priority == rules.Urgent) {
				if s.Start.After(g.at(k)) && s.Start.Add(-guard).Before(end) {
					end = s.Start.Add(-guard)
				}
			}
		}
		open = nil
	}
	for j := k + 1; j < len(open) && g.at(j).Before(end); j++ {
		if !open[j] {
			end = g.at(j)
			break
		}
	}
	if !m.By.IsZero() && m.By.Before(end) {
		end = m.By
	}
	return end.UTC()
}
