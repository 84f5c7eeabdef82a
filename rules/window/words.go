package window

import (
	"fmt"
	"math"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// Sentence joins the reasons of a choice into one line for a person.
func Sentence(c *rules.Choice) string {
	var out []string
	for _, r := range c.Reasons {
		out = append(out, r.Text)
	}
	return strings.Join(out, "; ") + "."
}

// moment is a time as people say it in a zone: "Tue 10:35", with the date when it is
// not within the next six days.
func moment(t, now time.Time, loc *time.Location) string {
	if d := t.Sub(now); d > 6*24*time.Hour || d < -24*time.Hour {
		return t.In(loc).Format("Mon 2 Jan 15:04")
	}
	return t.In(loc).Format("Mon 15:04")
}

func clock(t time.Time, loc *time.Location) string { return t.In(loc).Format("15:04") }

// percent is a chance in steps of five: the model is not sharper than that.
func percent(p float64) string {
	n := int(math.Round(p*20)) * 5
	if n < 5 {
		return "under 5 %"
	}
	return fmt.Sprintf("about %d %%", n)
}

// span is "13:00-15:00".
func span(s calendar.Span, loc *time.Location) string {
	return clock(s.Start, loc) + "-" + clock(s.End, loc)
}

// describe makes the choice of a step, with its reasons, the runner-up and what would
// change it.
func (g *grid) describe(m *Message, pk *pick) *rules.Choice {
	k, loc := pk.at, g.first.zone()
	c := &rules.Choice{At: g.at(k).UTC(), Until: g.until(g.open, k, m), Zone: loc.String(), Chance: round(g.chance[k])}
	c.Reasons = append(c.Reasons, g.headline(m, pk))
	for _, add := range []func(*Message, *pick) (rules.Reason, bool){
		g.habitWords, g.afterWords, g.fullDayWords, g.earlyWords, g.waitWords, g.avoidedWords, g.leaveWords, g.crowdWords, g.deadlineWords, g.othersWords,
	} {
		if r, ok := add(m, pk); ok {
			c.Reasons = append(c.Reasons, r)
		}
	}
	c.Reasons = append(c.Reasons, g.staleWords()...)
	if pk.second >= 0 {
		c.RunnerUp = &rules.Alternative{At: g.at(pk.second).UTC(), Chance: round(g.chance[pk.second]), Text: g.secondWords(pk)}
	}
	c.WouldChange = g.changeWords(m, pk)
	return c
}

func round(p float64) float64 { return math.Round(p*1000) / 1000 }

func (g *grid) name() string { return g.first.say() }

// say is the manager's name in a sentence.
func (m *state) say() string {
	if m.Name != "" {
		return m.Name
	}
	return m.key
}

// headline says the moment and the main reason for it.
func (g *grid) headline(m *Message, pk *pick) rules.Reason {
	t := moment(g.at(pk.at), g.now, g.first.zone())
	if pk.at == 0 {
		t = "now (" + t + ")"
	}
	switch {
	case pk.forced:
		return rules.Reason{Code: "first-allowed", Text: fmt.Sprintf("%s: planned again %d times today, so the first allowed moment is taken", t, m.Moves)}
	case pk.office:
		later := "no later moment is clearly better"
		if pk.at == 0 && g.seen.String() == "engaged" {
			return rules.Reason{Code: "seen", Text: fmt.Sprintf("%s: %s wrote mail a moment ago and is free%s", t, g.name(), g.freeUntil())}
		}
		return rules.Reason{Code: "now", Text: fmt.Sprintf("%s: %s is free%s and %s", t, g.name(), g.freeUntil(), later)}
	case pk.at == 0 && g.seen.String() == "engaged":
		return rules.Reason{Code: "seen", Text: fmt.Sprintf("%s: %s wrote mail a moment ago (%s within 30 min)", t, g.name(), percent(g.chance[0]))}
	case g.first.Rhythm.N() < trusted:
		return rules.Reason{Code: "unknown-rhythm", Text: fmt.Sprintf("%s: I don't know enough yet (%s): working hours decide", t, count(g.first.Rhythm.N(), "mail"))}
	}
	return rules.Reason{Code: "rhythm", Text: t + ": " + g.habit(pk.at)}
}

// freeUntil says how long it stays free, if that is today.
func (g *grid) freeUntil() string {
	s := g.first.Timeline.At(g.now)
	return " until " + clock(s.End, g.first.zone())
}

// habitAt looks a habit up once for each hour.
func (g *grid) habitAt(t time.Time) rhythm.Habit {
	hour := t.Truncate(15 * time.Minute).Unix()
	h, ok := g.habits[hour]
	if !ok {
		h = g.first.Rhythm.Describe(t)
		if g.habits == nil {
			g.habits = map[int64]rhythm.Habit{}
		}
		g.habits[hour] = h
	}
	return h
}

// habit says what the past tells about the hour of a step.
func (g *grid) habit(k int) string {
	t := g.at(k)
	loc := g.first.zone()
	h := g.habitAt(t)
	hour := t.In(loc).Hour()
	between := fmt.Sprintf("between %d and %d", hour, hour+1)
	day := t.In(loc).Weekday()
	switch {
	case h.Weeks >= 4 && h.Active*2 >= h.Weeks:
		return fmt.Sprintf("%s sends mail %s on %ss (%d of %d weeks, %s within 30 min)", g.name(), between, day, h.Active, h.Weeks, percent(g.chance[k]))
	case h.Days >= 10 && h.OnDays*4 >= h.Days:
		return fmt.Sprintf("%s sends mail %s on %d of %d working days (%s within 30 min)", g.name(), between, h.OnDays, h.Days, percent(g.chance[k]))
	}
	return fmt.Sprintf("the best of what is left, judged by %s (%s within 30 min)", count(h.Events, "mail"), percent(g.chance[k]))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// habitWords adds the habit where the headline said something else.
func (g *grid) habitWords(_ *Message, pk *pick) (rules.Reason, bool) {
	if !pk.office || g.seen.String() == "engaged" {
		return rules.Reason{}, false
	}
	if g.first.Rhythm.N() < trusted {
		return rules.Reason{Code: "unknown-rhythm", Text: fmt.Sprintf("I don't know enough yet (%s) to say more", count(g.first.Rhythm.N(), "mail"))}, true
	}
	if pk.second < 0 {
		return rules.Reason{}, false
	}
	return rules.Reason{Code: "rhythm", Text: fmt.Sprintf("%s within 30 min now, %s at %s", percent(g.chance[pk.at]), percent(g.chance[pk.second]), moment(g.at(pk.second), g.now, g.first.zone()))}, true
}

// afterWords says what ends shortly before the step.
func (g *grid) afterWords(_ *Message, pk *pick) (rules.Reason, bool) {
	t := g.at(pk.at)
	s, ok := g.first.Timeline.Before(t, timeline.Meeting, timeline.Focus)
	if !ok || t.Sub(s.End) > 30*time.Minute || t.Sub(s.End) < 0 || s.End.Before(g.now) {
		return rules.Reason{}, false
	}
	text := fmt.Sprintf("%s ends %s", occupant(s), clock(s.End, g.first.zone()))
	if first := g.firstGap(s.End); s.Kind == timeline.Meeting && first {
		text += ", the first real gap"
	}
	return rules.Reason{Code: "after", Text: text}, true
}

// firstGap reports whether there is no gap long enough to answer in between now and the
// end of a meeting.
func (g *grid) firstGap(end time.Time) bool {
	for _, s := range g.first.Timeline.Allowed(calendar.Span{Start: g.now, End: end}, timeline.Free) {
		if s.End.Sub(s.Start) >= realGap {
			return false
		}
	}
	return true
}

// label names a segment for a sentence.
func label(s timeline.Segment) string {
	if s.Title != "" {
		return `"` + clean(s.Title) + `"`
	}
	switch s.Kind {
	case timeline.Focus:
		return "focus time"
	case timeline.Away:
		return "leave"
	}
	return "a meeting"
}

// occupant names what lies on a time.
func occupant(s timeline.Segment) string {
	switch s.Kind {
	case timeline.Meeting:
		return label(s)
	case timeline.Focus:
		return "focus time"
	case timeline.Away:
		return "leave"
	}
	return quietWords(s)
}

// clean makes a title fit a sentence: one line, not too long.
func clean(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

// earlyWords explains a moment outside working hours.
func (g *grid) earlyWords(_ *Message, pk *pick) (rules.Reason, bool) {
	s := g.first.Timeline.At(g.at(pk.at))
	if s.Kind != timeline.OffHours {
		return rules.Reason{}, false
	}
	if g.price[pk.at] < offHoursPrice/2 {
		return rules.Reason{Code: "early", Text: fmt.Sprintf("before working hours, when %s is usually at the mail already", g.name())}, true
	}
	return rules.Reason{Code: "off-hours", Text: "outside working hours, because waiting would cost more"}, true
}

// waitWords says what holds the message back now, if something does.
func (g *grid) waitWords(m *Message, pk *pick) (rules.Reason, bool) {
	if pk.at == 0 {
		return rules.Reason{}, false
	}
	if m.NotBefore.After(g.now) && pk.from > 0 {
		return rules.Reason{Code: "not-before", Text: "not before " + moment(m.NotBefore, g.now, g.first.zone()) + ", as you asked"}, true
	}
	s := g.barred(g.now, false)
	switch s.Kind {
	case timeline.Quiet:
		return rules.Reason{Code: "quiet", Text: quietWords(s) + " until " + moment(g.quietEnd(s), g.now, g.first.zone())}, true
	case timeline.Away:
		if s.End.Sub(s.Start) < longLeave { // leaveWords says it of longer ones
			return rules.Reason{Code: "away", Text: g.name() + " is away until " + moment(s.End, g.now, g.first.zone())}, true
		}
		return rules.Reason{}, false
	case timeline.Focus, timeline.Meeting:
		return rules.Reason{}, false // afterWords and avoidedWords say it
	}
	if g.first.Timeline.At(g.now).Kind == timeline.OffHours {
		return rules.Reason{Code: "wait", Text: "now is outside working hours"}, true
	}
	return rules.Reason{}, false
}

// quietWords names quiet time without its hours, because the sentence gives the end.
func quietWords(s timeline.Segment) string {
	if s.Source == "quiet hours" && strings.HasPrefix(s.Why, "quiet hours") {
		return "quiet hours"
	}
	return s.Why
}

// quietEnd follows quiet time over midnight and the weekend.
func (g *grid) quietEnd(s timeline.Segment) time.Time {
	end := s.End
	for range 10 {
		n := g.first.Timeline.At(end)
		if n.Kind != timeline.Quiet || !n.End.After(end) {
			break
		}
		end = n.End
	}
	return end
}

// avoidedWords names the focus time and the meetings that the moment keeps clear of: those
// of its day between now and four hours after it.
func (g *grid) avoidedWords(_ *Message, pk *pick) (rules.Reason, bool) {
	t, loc := g.at(pk.at), g.first.zone()
	within := calendar.Span{Start: g.now, End: t.Add(4 * time.Hour)}
	var focus, meetings []string
	for _, s := range g.first.Timeline.Over(within) {
		if !sameDay(s.Start, t, loc) || !s.End.After(g.now) || s.End.Before(t) && (t.Sub(s.End) <= 30*time.Minute || t.Sub(s.End) >= 90*time.Minute) || s.End.Equal(t) {
			continue
		}
		switch s.Kind {
		case timeline.Focus:
			focus = append(focus, span(s.Span, loc))
		case timeline.Meeting:
			meetings = append(meetings, label(s)+" "+span(s.Span, loc))
		}
	}
	var parts []string
	if len(focus) > 0 {
		parts = append(parts, "focus block "+strings.Join(focus, " and "))
	}
	if len(meetings) > 2 {
		parts = append(parts, fmt.Sprintf("%d meetings", len(meetings)))
	} else {
		parts = append(parts, meetings...)
	}
	if len(parts) == 0 {
		return rules.Reason{}, false
	}
	return rules.Reason{Code: "avoided", Text: strings.Join(parts, " and ") + " avoided"}, true
}
