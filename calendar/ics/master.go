package ics

import (
	"fmt"
	"slices"
	"strings"

	"headsup/calendar"
	"headsup/calendar/ics/recur"
	tz "headsup/calendar/ics/zone"
)

// master lists the instances of a recurring entry that no override replaces.
func (x *expander) master(m *entry, overrides []*entry) {
	s := &spread{x: x, m: m, clock: x.clock(m.start)}
	if len(overrides) > 0 {
		s.replaced = make(map[key]bool, len(overrides))
	}
	for _, o := range overrides {
		s.replaced[s.key(*o.recID)] = true
		if o.recID.form == formZoned && o.recID.zone != m.start.zone {
			// Outlook and others name the original in the zone that it was moved to.
			s.replaced[key{int64(o.recID.wall), byWall}] = true
		}
	}
	s.exclude()
	before := x.out.n
	err := s.stretches(overrides)
	if err == nil && !m.badRule {
		return
	}
	why := strings.Join(m.problems, "; ")
	if err != nil {
		why = fmt.Sprintf("line %d: %v", m.line, err)
	}
	x.out.cut(before)
	s.everyDay(why)
}

// spread is a recurring entry being spread out over the window.
type spread struct {
	x        *expander
	m        *entry
	clock    *tz.Clock
	replaced map[key]bool // originals that have an override
	skipped  map[key]bool // EXDATE
	made     int
	steps    int // taken by the rules
}

// exclude collects EXDATE. A date excludes whatever starts on it.
func (s *spread) exclude() {
	if len(s.m.exdates) > 0 {
		s.skipped = make(map[key]bool, len(s.m.exdates))
		for _, d := range s.m.exdates {
			s.skipped[s.key(d)] = true
		}
	}
}

// key names an original of this master. The originals of an all-day event are days:
// a DATE-TIME beside them, which Outlook writes, means the day of its midnight.
func (s *spread) key(d stamp) key {
	if !s.m.start.date() || d.date() {
		return s.x.key(d)
	}
	w := d.wall
	if d.form == formUTC && floorDay(w) != 0 {
		w = s.clock.Wall(int64(w))
	}
	return key{int64(w - floorDay(w)), byDay}
}

// stretch is a run of originals that one entry describes: the master, then from each
// override with RANGE=THISANDFUTURE on that override, moved by as much as it moved its
// own instance.
type stretch struct {
	e        *entry
	from, to int64 // of originals, as instants
	shift    recur.Wall
}

func (s *spread) stretches(overrides []*entry) error {
	const ever = int64(1) << 60
	list := []stretch{{s.m, -ever, ever, 0}}
	var onward []*entry
	for _, o := range overrides {
		if o.onward {
			onward = append(onward, o)
		}
	}
	slices.SortFunc(onward, func(a, b *entry) int {
		return compare(s.x.unix(*a.recID), s.x.unix(*b.recID))
	})
	for _, o := range onward {
		at := s.x.unix(*o.recID)
		list[len(list)-1].to = at
		shift := o.start.wall - s.clock.Wall(at)
		if o.start.date() != s.m.start.date() {
			shift = 0
		}
		list = append(list, stretch{o, at, ever, shift})
	}
	for _, st := range list {
		if err := s.stretch(st); err != nil {
			return err
		}
	}
	return nil
}

// stretch lists the instances of one run.
func (s *spread) stretch(st stretch) error {
	x := s.x
	if !x.work(1 + len(s.m.rdates)) {
		return nil
	}
	ev := x.template(st.e)
	ev.Recurring = true
	// The originals that can reach the window lie between these wall times; two days
	// of room take in every offset and every change of it.
	const room = 2 * recur.Day
	reach := recur.Wall(s.longest(st.e))
	from := s.clock.Wall(max(x.from, -1<<40)) - st.shift - reach - room
	to := s.clock.Wall(min(x.to, 1<<40)) - st.shift + room
	from = max(from, recur.Wall(st.from)-room)
	to = min(to, recur.Wall(st.to)+room)
	if from >= to {
		return nil
	}
	except, err := s.union(nil, s.m.exrules, from, to)
	if err != nil {
		return fmt.Errorf("EXRULE: %w", err)
	}
	walls, err := s.originals(x.walls[:0], from, to)
	if err != nil {
		return fmt.Errorf("RRULE: %w", err)
	}
	x.walls = walls
	for _, w := range walls {
		if !contains(except, w) {
			s.original(ev, st, w, nil)
		}
	}
	for i := range s.m.rdates {
		d := &s.m.rdates[i]
		if w := s.wallOf(d.start); !contains(walls, w) && !contains(except, w) {
			s.original(ev, st, w, d)
		}
	}
	return nil
}

// longest is the most seconds that an instance of e lasts.
func (s *spread) longest(e *entry) int64 {
	t, _ := s.x.clock(e.start).At(e.start.wall)
	return max(0, s.x.endOf(e, s.x.clock(e.start), e.start.wall, t)-t)
}

// wallOf is another time on the master's clock. An RDATE of a DATE for a timed event
// means the master's time on that day.
func (s *spread) wallOf(d stamp) recur.Wall {
	switch {
	case s.m.start.date():
		return d.wall - floorDay(d.wall)
	case d.date():
		return d.wall + floorDay(s.m.start.wall)
	case d.form == s.m.start.form && d.zone == s.m.start.zone:
		return d.wall
	}
	return s.clock.Wall(s.x.unix(d))
}

// floorDay is how far a time lies into its day.
func floorDay(w recur.Wall) recur.Wall { return w - recur.Wall(w.DayNumber())*recur.Day }

// original adds the instance whose original start is w, unless it is excluded,
// replaced or of another stretch. d is set if it comes from an RDATE.
func (s *spread) original(ev *calendar.Event, st stretch, w recur.Wall, d *rdate) {
	at, _ := s.clock.At(w)
	if at < st.from || at >= st.to || s.has(s.skipped, w, at) || s.has(s.replaced, w, at) {
		return
	}
	id := originalOf(s.m.start, w)
	if d == nil || (d.end == nil && d.length == nil) {
		s.x.instance(ev, st.e, w+st.shift, id)
		return
	}
	end := at
	if d.length != nil {
		end = s.x.after(s.clock, w, at, *d.length)
	} else {
		end = s.x.unix(*d.end)
	}
	s.x.add(ev, at, end, s.clock.Loc, id)
}

func (s *spread) has(set map[key]bool, w recur.Wall, at int64) bool {
	if len(set) == 0 {
		return false
	}
	return set[key{int64(w - floorDay(w)), byDay}] ||
		(!s.m.start.date() && (set[key{at, byInstant}] || set[key{int64(w), byWall}]))
}

// originals gives the wall times of the recurrence set within [from, to), in order, each
// once, RDATE and what is excluded aside.
func (s *spread) originals(room []recur.Wall, from, to recur.Wall) ([]recur.Wall, error) {
	if len(s.m.rules) > 0 {
		return s.union(room, s.m.rules, from, to)
	}
	if w := s.m.start.wall; w >= from && w < to {
		return append(room, w), nil
	}
	return room, nil
}

// union is the times of any of the rules, written into room.
func (s *spread) union(room []recur.Wall, rules []*recur.Rule, from, to recur.Wall) ([]recur.Wall, error) {
	walls, err := room, error(nil)
	for _, r := range rules {
		if walls, err = s.expand(walls, r, from, to); err != nil {
			return room, err
		}
	}
	if len(rules) > 1 {
		slices.Sort(walls)
		walls = slices.Compact(walls)
	}
	return walls, nil
}

func contains(sorted []recur.Wall, w recur.Wall) bool {
	_, found := slices.BinarySearch(sorted, w)
	return found
}

// ruleSteps is the most that the rules of one event may take of the calendar's steps.
const ruleSteps = 250_000

// expand runs one rule and appends its times.
func (s *spread) expand(walls []recur.Wall, r *recur.Rule, from, to recur.Wall) ([]recur.Wall, error) {
	q := recur.Query{Start: s.m.start.wall, From: from, To: min(to, s.until(r))}
	if s.m.start.form == formZoned || s.m.start.form == formFloating {
		q.Exists = s.exists
	}
	tooMany := false
	budget := &recur.Budget{Steps: max(0, min(ruleSteps-s.steps, s.x.steps))}
	given := budget.Steps
	err := r.Each(q, budget, func(w recur.Wall) bool {
		if s.made++; s.made > s.x.cal.lim.Instances {
			tooMany = true
			return false
		}
		walls = append(walls, w)
		return true
	})
	taken := given - max(budget.Steps, 0)
	s.steps, s.x.steps = s.steps+taken, s.x.steps-taken
	if tooMany {
		return nil, errInstances
	}
	return walls, err
}

// exists tells the engine which times the zone skips. DTSTART itself is a time that
// somebody wrote, not one that a rule gave: it always stands.
func (s *spread) exists(w recur.Wall) bool {
	return s.clock.Exists(w) || w == s.m.start.wall
}

// until is the first wall time past the rule's UNTIL, on the master's clock. A DATE
// takes in all of its day, whatever DTSTART is.
func (s *spread) until(r *recur.Rule) recur.Wall {
	u := r.Until
	switch {
	case !u.Set:
		return 1 << 50
	case u.Date:
		return u.Wall + recur.Day
	case u.UTC && (s.m.start.form == formZoned || s.m.start.form == formFloating):
		return s.clock.Wall(int64(u.Wall)) + 1
	}
	return u.Wall + 1
}

// everyDay stands in for a recurrence that cannot be read: a timed event is busy at
// its time on every day from its start on, since a free hour too few does no harm and
// one too many does. An event of no length, of more than a day or all day stands once.
func (s *spread) everyDay(why string) {
	ev := s.x.template(s.m)
	ev.Recurring = true
	s.x.unreadable(ev, s.m, why)
	if n := s.longest(s.m); s.m.start.date() || n == 0 || n > int64(recur.Day) {
		s.x.instance(ev, s.m, s.m.start.wall, originalOf(s.m.start, s.m.start.wall))
		return
	}
	s.daily(ev)
}

func (s *spread) daily(ev *calendar.Event) {
	const days = 400
	first := max(s.m.start.wall, s.clock.Wall(s.x.from)-2*recur.Day)
	w := first - floorDay(first) + floorDay(s.m.start.wall)
	for range days {
		if at, _ := s.clock.At(w); at >= s.x.to {
			return
		}
		if w >= s.m.start.wall {
			s.x.instance(ev, s.m, w, originalOf(s.m.start, w))
		}
		w += recur.Day
	}
}
