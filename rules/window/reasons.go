package window

import (
	"fmt"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
)

// leaveWords says how the moment lies to a long leave.
func (g *grid) leaveWords(_ *Message, pk *pick) (rules.Reason, bool) {
	t, loc := g.at(pk.at), g.first.zone()
	for _, l := range g.first.Timeline.Leaves() {
		if l.End.Sub(l.Start) < longLeave {
			continue
		}
		back := g.firstFree(l.End)
		switch {
		case !t.Before(l.End) && t.Sub(l.End) < 4*24*time.Hour && l.End.After(g.now):
			text := fmt.Sprintf("%s is back %s", g.name(), moment(back, g.now, loc))
			if t.Sub(back) >= 2*time.Hour {
				text += "; the first hours there go to the backlog"
			}
			return rules.Reason{Code: "back-from-leave", Text: text}, true
		case t.Before(l.Start) && l.Start.Sub(t) < 36*time.Hour:
			return rules.Reason{Code: "before-leave", Text: fmt.Sprintf("%s is away from %s to %s", g.name(), moment(l.Start, g.now, loc), moment(back, g.now, loc))}, true
		}
	}
	return rules.Reason{}, false
}

// firstFree is the first free working time from an instant on.
func (g *grid) firstFree(from time.Time) time.Time {
	for _, s := range g.first.Timeline.Over(calendar.Span{Start: from, End: from.AddDate(0, 0, 10)}) {
		if s.Kind == timeline.Free && s.End.After(from) {
			if s.Start.Before(from) {
				return from
			}
			return s.Start
		}
	}
	return from
}

// crowdWords says what the budget and the gap did.
func (g *grid) crowdWords(_ *Message, pk *pick) (rules.Reason, bool) {
	for _, m := range g.all {
		day := m.dayOf[pk.at]
		if m.MaxPerDay > 0 && int(m.days[day]) >= m.MaxPerDay {
			return rules.Reason{Code: "over-budget", Text: fmt.Sprintf("the %s mail to %s that day (budget %d), because waiting longer would cost more", ordinal(int(m.days[day])+1), m.say(), m.MaxPerDay)}, true
		}
		if day > 0 && m.MaxPerDay > 0 && int(m.days[0]) >= m.MaxPerDay && g.openToday(m) {
			return rules.Reason{Code: "budget", Text: fmt.Sprintf("%s gets %d of %d mails today already", m.say(), m.days[0], m.MaxPerDay)}, true
		}
	}
	for _, m := range g.all {
		if m.MinGap > 0 && m.near[0] > 0 && pk.at > 0 && g.open[0] {
			return rules.Reason{Code: "gap", Text: fmt.Sprintf("at least %s after the last mail to %s", timeline.Duration(m.MinGap), m.say())}, true
		}
	}
	return rules.Reason{}, false
}

// openToday reports whether today still had an open step.
func (g *grid) openToday(m *state) bool {
	for k := 0; k < len(g.open) && m.dayOf[k] == 0; k++ {
		if g.open[k] {
			return true
		}
	}
	return false
}

func ordinal(n int) string {
	suffix := "th"
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		suffix = "st"
	case n%10 == 2:
		suffix = "nd"
	case n%10 == 3:
		suffix = "rd"
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// deadlineWords says how the moment lies to the deadline.
func (g *grid) deadlineWords(m *Message, pk *pick) (rules.Reason, bool) {
	if m.By.IsZero() {
		return rules.Reason{}, false
	}
	loc := g.first.zone()
	by := moment(m.By, g.now, loc)
	left := g.useful[pk.to] - g.useful[pk.at]
	switch {
	case left < 1 && m.By.Sub(g.at(pk.at)) < 3*time.Hour:
		return rules.Reason{Code: "deadline", Text: fmt.Sprintf("only %s left before the deadline %s", timeline.Duration(m.By.Sub(g.at(pk.at))), by)}, true
	case g.laterWindow(pk):
		return rules.Reason{Code: "deadline", Text: fmt.Sprintf("%s of free time left before the deadline %s", timeline.Duration(time.Duration(left*float64(time.Hour))), by)}, true
	}
	return rules.Reason{Code: "deadline", Text: "the last useful window before the deadline " + by}, true
}

// laterWindow reports whether another window with an hour to answer in follows before the
// deadline: one that a ban parts from the chosen one.
func (g *grid) laterWindow(pk *pick) bool {
	parted := false
	for k := pk.at; k <= pk.to; k++ {
		if !g.open[k] {
			parted = true
		} else if parted && g.useful[pk.to]-g.useful[k] >= 1 {
			return true
		}
	}
	return false
}

// othersWords names the other managers whose limits were kept.
func (g *grid) othersWords(_ *Message, pk *pick) (rules.Reason, bool) {
	if len(g.all) < 2 {
		return rules.Reason{}, false
	}
	t := g.at(pk.at)
	var names, ends []string
	for _, m := range g.all[1:] {
		names = append(names, m.say())
		if s, ok := m.Timeline.Before(t, timeline.Meeting, timeline.Focus); ok && s.End.After(g.now) && t.Sub(s.End) <= 30*time.Minute {
			ends = append(ends, fmt.Sprintf("%s of %s ends %s", occupant(s), m.say(), clock(s.End, g.first.zone())))
		}
	}
	text := "the time suits " + strings.Join(names, " and ") + " too"
	if len(ends) > 0 {
		text += " (" + strings.Join(ends, ", ") + ")"
	}
	return rules.Reason{Code: "others", Text: text + "; the rhythm is " + possessive(g.name())}, true
}

func possessive(name string) string {
	if strings.HasSuffix(name, "s") {
		return name + "'"
	}
	return name + "'s"
}

// staleWords says which calendars are out of date.
func (g *grid) staleWords() []rules.Reason {
	var out []rules.Reason
	for _, m := range g.all {
		for _, s := range m.Timeline.Stale {
			out = append(out, rules.Reason{Code: "stale", Text: s + ": what was known of it is kept, working hours decide elsewhere"})
		}
	}
	return out
}

// fullDayWords says that the day leaves little room.
func (g *grid) fullDayWords(_ *Message, pk *pick) (rules.Reason, bool) {
	t := g.at(pk.at)
	day := calendar.Span{Start: t.Add(-24 * time.Hour), End: t.Add(24 * time.Hour)}
	var free time.Duration
	busy := false
	for _, s := range g.first.Timeline.Over(day) {
		if !sameDay(s.Start, t, g.first.zone()) {
			continue
		}
		busy = busy || s.Kind == timeline.Meeting
		if s.Kind == timeline.Free {
			free += s.End.Sub(s.Start)
		}
	}
	if !busy || free == 0 || free > time.Hour {
		return rules.Reason{}, false
	}
	return rules.Reason{Code: "back-to-back", Text: "a day of meetings, only " + timeline.Duration(free) + " are free"}, true
}

// stretch is a span as people say it: with days where it is longer than one.
func stretch(s timeline.Segment, now time.Time, loc *time.Location) string {
	if s.End.Sub(s.Start) >= 24*time.Hour {
		return "until " + moment(s.End, now, loc)
	}
	return span(s.Span, loc)
}

// secondWords describes the runner-up.
func (g *grid) secondWords(pk *pick) string {
	t := g.at(pk.second)
	gap := t.Sub(g.at(pk.at))
	word := "later"
	if gap < 0 {
		gap, word = -gap, "earlier"
	}
	return fmt.Sprintf("%s: %s within 30 min, %s %s", moment(t, g.now, g.first.zone()), percent(g.chance[pk.second]), longSpan(gap), word)
}

// longSpan is a length without minutes when it is long.
func longSpan(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Round(24*time.Hour)/(24*time.Hour)))
	case d >= 10*time.Hour:
		return fmt.Sprintf("%d h", int(d.Round(time.Hour)/time.Hour))
	}
	return timeline.Duration(d)
}

// changeWords says what would lead to another moment.
func (g *grid) changeWords(m *Message, pk *pick) []rules.Reason {
	var out []rules.Reason
	if pk.seen {
		out = append(out, rules.Reason{Code: "seen", Text: "a mail from " + g.name() + " before then would send it at once"})
	}
	if pk.at > 0 {
		out = append(out, rules.Reason{Code: "calendar", Text: "an entry in " + possessive(g.name()) + " calendar at that time would move it"})
		out = append(out, rules.Reason{Code: "urgent", Text: "marking it urgent would send it " + g.urgentWords()})
	}
	return out
}

func (g *grid) urgentWords() string {
	if g.barred(g.now, true).Kind == "" {
		return "now"
	}
	return "as soon as quiet hours and leave allow"
}

// whyNothing says why no moment is left.
func (g *grid) whyNothing(m *Message) rules.Reason {
	loc := g.first.zone()
	s := g.barred(g.now, m.Priority == rules.Urgent)
	now := ""
	if s.Kind != "" {
		now = fmt.Sprintf(" (now: %s until %s)", kindWords(s), moment(s.End, g.now, loc))
	}
	switch {
	case !m.By.IsZero() && m.Priority == rules.Urgent:
		return rules.Reason{Code: "no-window", Text: "no allowed moment before the deadline " + moment(m.By, g.now, loc) + now + ": give it a later deadline, or send it with `headsup queue now`"}
	case !m.By.IsZero():
		return rules.Reason{Code: "no-window", Text: "no allowed moment before the deadline " + moment(m.By, g.now, loc) + now + ": mark it urgent, or give it a later deadline"}
	}
	return rules.Reason{Code: "no-window", Text: fmt.Sprintf("no allowed moment in the next %d days%s", int(g.at(len(g.open)-1).Sub(g.now).Hours()/24), now)}
}

// kindWords names a hard limit.
func kindWords(s timeline.Segment) string {
	switch s.Kind {
	case timeline.Meeting:
		if s.Title != "" {
			return "in " + label(s)
		}
		return "in a meeting"
	case timeline.Focus:
		return "focus time"
	case timeline.Away:
		return "away"
	case timeline.Quiet:
		return quietWords(s)
	}
	return string(s.Kind)
}

// describeUrgent makes the choice of an urgent message.
func (g *grid) describeUrgent(m *Message, open []bool, k int) *rules.Choice {
	loc := g.first.zone()
	c := &rules.Choice{At: g.at(k).UTC(), Until: g.until(open, k, m), Zone: loc.String(), Chance: round(g.chance[k])}
	if k == 0 {
		c.Reasons = []rules.Reason{{Code: "urgent", Text: "now (" + moment(g.now, g.now, loc) + "): urgent"}}
		if s := g.barred(g.now, false); s.Kind != "" {
			c.Reasons = append(c.Reasons, rules.Reason{Code: "despite", Text: "although " + kindWords(s) + " until " + moment(s.End, g.now, loc)})
		}
		return c
	}
	c.Reasons = []rules.Reason{{Code: "urgent", Text: moment(c.At, g.now, loc) + ": urgent, the first moment that is allowed"}}
	switch s := g.barred(g.now, true); {
	case m.NotBefore.After(g.now):
		c.Reasons = append(c.Reasons, rules.Reason{Code: "not-before", Text: "not before " + moment(m.NotBefore, g.now, loc) + ", as you asked"})
	case s.Kind == timeline.Quiet && s.Source != "your limits":
		c.Reasons = append(c.Reasons, rules.Reason{Code: "quiet", Text: quietWords(s) + " until " + moment(g.quietEnd(s), g.now, loc) + ", and urgent_at_night is off"})
	case s.Kind != "":
		c.Reasons = append(c.Reasons, rules.Reason{Code: string(s.Kind), Text: kindWords(s) + " until " + moment(s.End, g.now, loc)})
	}
	return c
}

// crowdedAt says what other mail makes an instant a bad one.
func (g *grid) crowdedAt(at time.Time) string {
	k := g.step(at)
	for _, m := range g.all {
		switch {
		case k < 0 || k >= len(g.open):
		case m.near[k] > 0:
			return "another mail to " + m.say() + " lies less than " + timeline.Duration(m.MinGap) + " from there"
		case m.MaxPerDay > 0 && int(m.days[m.dayOf[k]]) >= m.MaxPerDay:
			return fmt.Sprintf("%s gets %d of %d mails that day already", m.say(), m.days[m.dayOf[k]], m.MaxPerDay)
		}
	}
	return ""
}

// whyMoved says why a message has another time than before.
func (p *planning) whyMoved(m *Message, g *grid, c *rules.Choice) rules.Reason {
	loc := p.zoneOf(m)
	from := moment(m.Previous.At, p.in.Now, loc)
	r := rules.Reason{Code: "moved", Text: fmt.Sprintf("moved from %s to %s: ", from, moment(c.At, p.in.Now, loc))}
	if g == nil || m.Now {
		r.Text += "you said now"
		return r
	}
	at := m.Previous.At
	if at.Before(p.in.Now) {
		at = p.in.Now
	}
	s := g.barred(at, m.Priority == rules.Urgent)
	switch {
	case at.Before(m.NotBefore):
		r.Text += "you asked for a later time"
	case !m.By.IsZero() && !at.Before(m.By):
		r.Text += "the deadline is earlier now"
	case s.Kind != "":
		r.Text += occupant(s) + " " + stretch(s, p.in.Now, loc) + " lies there now"
	case c.At.Equal(p.in.Now.UTC()) && g.seen.String() == "engaged":
		r.Text += g.name() + " was just seen"
	case m.Priority == rules.Urgent:
		r.Text += "it is urgent now"
	case g.crowdedAt(at) != "":
		r.Text += g.crowdedAt(at)
	case c.At.Before(m.Previous.At):
		r.Text += "it can go earlier now"
	default:
		r.Text += "what is known now makes it the better moment"
	}
	return r
}
