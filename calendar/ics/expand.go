package ics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/recur"
	tz "headsup/calendar/ics/zone"
)

// Owner says whose calendar it is, so that the answer of that person among the
// attendees is known.
type Owner struct {
	Addresses []string
}

// Events lists the instances that start or run within the window, sorted by start, then
// UID. Floating and all-day times are read in loc. The second result is what a person
// should hear: each event that could not be read, with its line.
//
// A window with more instances than [Calendar.most] gives none at all, and a fault.
func (cal *Calendar) Events(within calendar.Span, loc *time.Location, owner Owner) ([]calendar.Event, []string) {
	events, faults, err := cal.expand(within, loc, owner)
	if err != nil {
		faults = append(faults, err.Error())
	}
	return events, faults
}

func (cal *Calendar) expand(within calendar.Span, loc *time.Location, owner Owner) ([]calendar.Event, []string, error) {
	x := &expander{
		cal: cal, loc: loc, owner: owner, from: within.Start.Unix(), to: ceilUnix(within.End),
		clocks: map[*time.Location]*tz.Clock{}, steps: cal.lim.Steps, most: cal.most(),
		faults: slices.Clone(cal.Faults),
	}
	for _, s := range cal.series {
		if x.series(s); x.ended() {
			break
		}
	}
	for _, f := range cal.busy {
		x.freeBusy(f)
	}
	x.availabilities(cal.hours)
	switch {
	case x.crowded():
		return nil, x.faults, fmt.Errorf("the calendar has more than %d instances in the window; ask for a shorter one", x.most)
	case x.spent:
		return nil, x.faults, errors.New("the calendar takes too much work to expand; export it anew, with fewer changed instances")
	}
	return x.sorted(), x.faults, nil
}

// most is how many instances a window may hold: more for a calendar with more events,
// since a file may ask for as much as it is large.
func (cal *Calendar) most() int {
	const base, perEvent = 50_000, 8
	return min(cal.lim.Total, base+perEvent*len(cal.entries))
}

// crowded reports whether there are more instances than may be.
func (x *expander) crowded() bool { return x.out.n > x.most }

// ended reports that nothing of the calendar will be used, so that no more need be done.
func (x *expander) ended() bool { return x.spent || x.crowded() }

// perOverride is what one override costs beside its instance, for each master that it
// may belong to.
const perOverride = 50

// work takes steps for what is not the recurrence engine's; false if none are left.
func (x *expander) work(n int) bool {
	if x.steps -= n; x.steps < 0 {
		x.steps, x.spent = 0, true
	}
	return !x.spent
}

// ceilUnix is the first whole second at or after t.
func ceilUnix(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// expander lists the instances of a calendar within one window.
type expander struct {
	cal      *Calendar
	loc      *time.Location
	owner    Owner
	from, to int64
	clocks   map[*time.Location]*tz.Clock
	steps    int  // left for the whole calendar
	spent    bool // there were none left
	most     int  // instances
	out      pile
	walls    []recur.Wall // room for the times of one rule
	faults   []string
}

// clock is the one for times of the form of s.
func (x *expander) clock(s stamp) *tz.Clock {
	loc := x.loc
	switch s.form {
	case formUTC:
		loc = time.UTC
	case formZoned:
		loc = s.zone.loc
	}
	c := x.clocks[loc]
	if c == nil {
		c = tz.NewClock(loc)
		x.clocks[loc] = c
	}
	return c
}

// unix is the instant of a time as written.
func (x *expander) unix(s stamp) int64 {
	t, _ := x.clock(s).At(s.wall)
	return t
}

// series lists the instances of one UID.
func (x *expander) series(s *series) {
	if len(s.masters) == 1 && len(s.overrides) == 0 && s.masters[0].single() {
		e := s.masters[0]
		x.instance(x.template(e), e, e.start.wall, original{})
		return
	}
	current := x.current(s.overrides)
	for _, m := range s.masters {
		if !x.work(perOverride * len(current)) {
			return
		}
		x.master(m, current)
	}
	for _, o := range current {
		ev := x.template(o)
		ev.Recurring = true
		x.instance(ev, o, o.start.wall, originalOf(*o.recID, o.recID.wall))
	}
}

// single reports whether the entry is one instance and no more.
func (e *entry) single() bool {
	return len(e.rules) == 0 && len(e.rdates) == 0 && !e.badRule && len(e.exdates) == 0
}

// key names an instance of a master by its original start.
type key struct {
	at int64
	by keyKind
}

type keyKind uint8

const (
	byInstant keyKind = iota
	byDay             // either side is a DATE
	byWall            // the same wall time in the wrong zone
)

func (x *expander) key(s stamp) key {
	if s.date() {
		return key{int64(s.wall), byDay}
	}
	return key{x.unix(s), byInstant}
}

// current is the newest version of each override.
func (x *expander) current(overrides []*entry) []*entry {
	if len(overrides) < 2 {
		return overrides
	}
	at := make(map[key]int, len(overrides))
	out := make([]*entry, 0, len(overrides))
	for _, o := range overrides {
		k := x.key(*o.recID)
		if i, ok := at[k]; !ok {
			at[k] = len(out)
			out = append(out, o)
		} else if revision(o, out[i]) >= 0 {
			out[i] = o
		}
	}
	return out
}

// instance adds one instance of e if it starts or runs within the window. wall is its
// start on e's own clock.
func (x *expander) instance(ev *calendar.Event, e *entry, wall recur.Wall, id original) {
	c := x.clock(e.start)
	start, _ := c.At(wall)
	x.add(ev, start, x.endOf(e, c, wall, start), c.Loc, id)
}

func (x *expander) add(ev *calendar.Event, start, end int64, loc *time.Location, id original) {
	if start >= x.to || end < x.from || (end == x.from && start < end) {
		return
	}
	x.out.add(instance{ev, loc, start, end, id}, x.most)
}

// unreadLength is how long an event is taken to be whose end cannot be read.
const unreadLength = int64(60 * 60)

// endOf is when the instance that starts at wall ends. With DTEND every instance is
// exactly as long as the first; with DURATION days are days of the calendar, which may
// have 23 or 25 hours (RFC 5545 section 3.8.5.3).
func (x *expander) endOf(e *entry, c *tz.Clock, wall recur.Wall, start int64) int64 {
	switch {
	case e.start.date():
		t, _ := c.At(wall + recur.Wall(e.days())*recur.Day)
		return t
	case e.end == nil && e.length != nil:
		return x.after(c, wall, start, *e.length)
	case e.end != nil && e.end.date(): // midnight of the event's own zone
		return start + max(0, int64(e.end.wall-e.start.wall))
	case e.end != nil && e.end.form == e.start.form && e.end.zone == e.start.zone && wall == e.start.wall:
		end, _ := c.At(e.end.wall)
		return max(end, start)
	case e.end != nil:
		return start + max(0, x.unix(*e.end)-x.unix(e.start))
	case e.badLength:
		return start + unreadLength
	}
	return start // no end at all: a moment
}

func (x *expander) after(c *tz.Clock, wall recur.Wall, start int64, l length) int64 {
	if l.days != 0 {
		start, _ = c.At(wall + recur.Wall(l.days)*recur.Day)
	}
	return start + l.secs
}

// days is the number of days of an all-day event. An end that is not after the start,
// as some exporters write it, means one day.
func (e *entry) days() int {
	n := 1
	switch {
	case e.end == nil && e.length != nil:
		n = e.length.days + int((e.length.secs+86399)/86400)
	case e.end != nil:
		n = e.end.wall.DayNumber() - e.start.wall.DayNumber()
		if !e.end.date() && e.end.wall%recur.Day != 0 {
			n++ // a DATE-TIME: the day it falls on is the last
		}
	}
	return max(n, 1)
}

// template is e as an event, but for its times.
func (x *expander) template(e *entry) *calendar.Event {
	ev := &calendar.Event{
		UID: e.uid, AllDay: e.start.date(), Title: e.title, Location: e.location,
		Categories: e.categories, Organizer: e.organizer, Attendees: e.people,
		Status: e.status, Show: e.show, Part: x.owner.part(e),
		Recurring: len(e.rules)+len(e.rdates) > 0 || e.badRule,
	}
	switch e.start.form {
	case formUTC:
		ev.Zone = "UTC"
	case formZoned:
		ev.Zone = e.start.zone.loc.String()
	}
	if len(e.problems) > 0 {
		x.unreadable(ev, e, strings.Join(e.problems, "; "))
	}
	return ev
}

// unreadable marks an event as busy because something of it could not be read.
func (x *expander) unreadable(ev *calendar.Event, e *entry, why string) {
	ev.Unreadable = why
	if ev.Status != calendar.Cancelled {
		ev.Show = calendar.ShowBusy
	}
	const enough = 100
	if len(x.faults) >= enough {
		return
	}
	if fault := fmt.Sprintf("line %d: event %s is taken as busy: %s", e.line, e.label(), why); !slices.Contains(x.faults, fault) {
		x.faults = append(x.faults, fault)
	}
}

// part is what the owner answered.
func (o Owner) part(e *entry) calendar.Participation {
	for i, p := range e.people {
		if !o.is(p.Address) {
			continue
		}
		switch e.answers[i] {
		case "ACCEPTED":
			return calendar.PartAccepted
		case "TENTATIVE":
			return calendar.PartTentative
		case "DECLINED":
			return calendar.PartDeclined
		}
		return calendar.PartOpen
	}
	if e.organizer != "" && o.is(e.organizer) {
		return calendar.PartAccepted
	}
	return calendar.PartUnknown
}

func (o Owner) is(address string) bool {
	return slices.ContainsFunc(o.Addresses, func(a string) bool { return strings.EqualFold(a, address) })
}

var errInstances = errors.New("it has too many instances in the window")
