package ics

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"headsup/calendar"
)

// freeBusy is a VFREEBUSY: periods and how each blocks time.
type freeBusy struct {
	uid     string
	line    int
	periods []busyPeriod
	faulty  *entry // not nil: something could not be read
}

type busyPeriod struct {
	rdate
	show calendar.Show
}

func (r *reader) freeBusy(c *component) *freeBusy {
	f := &freeBusy{uid: strings.TrimSpace(c.value("UID")), line: c.line}
	r.usual = r.zones.usual(c.calendar().zone)
	bad := &entry{line: int32(c.line), uid: f.uid, problems: c.problems}
	for _, p := range c.props {
		if p.name != "FREEBUSY" {
			continue
		}
		show := showOfType(p.param("FBTYPE"))
		for v := range splitList(p.value) {
			d, err := r.period(p, v)
			if err != nil {
				r.problem(bad, p.line, "FREEBUSY %v", err)
				continue
			}
			if len(f.periods) == r.lim.Dates {
				r.problem(bad, p.line, "it has more than %d periods", r.lim.Dates)
				break
			}
			if r.dated++; r.dated > r.lim.AllDates {
				return f
			}
			f.periods = append(f.periods, busyPeriod{d, show})
		}
	}
	if len(bad.problems) > 0 {
		f.faulty = bad
	}
	return f
}

// showOfType reads FBTYPE and BUSYTYPE; what is not known is busy (RFC 5545 section
// 3.2.9).
func showOfType(s string) calendar.Show {
	switch upper(strings.TrimSpace(s)) {
	case "FREE":
		return calendar.ShowFree
	case "BUSY-TENTATIVE":
		return calendar.ShowTentative
	case "BUSY-UNAVAILABLE":
		return calendar.ShowAway
	}
	return calendar.ShowBusy
}

func (x *expander) freeBusy(f *freeBusy) {
	shared := map[calendar.Show]*calendar.Event{}
	for _, p := range f.periods {
		ev := shared[p.show]
		if ev == nil {
			ev = &calendar.Event{UID: f.uid, Zone: "UTC", Status: calendar.Confirmed, Show: p.show}
			if p.show == calendar.ShowTentative {
				ev.Status = calendar.Tentative
			}
			shared[p.show] = ev
		}
		c := x.clock(p.start)
		start, _ := c.At(p.start.wall)
		end := start
		if p.length != nil {
			end = x.after(c, p.start.wall, start, *p.length)
		} else if p.end != nil {
			end = x.unix(*p.end)
		}
		x.add(ev, start, max(start, end), c.Loc, original{})
	}
	if f.faulty != nil {
		for _, why := range f.faulty.problems {
			x.faults = append(x.faults, "free/busy answer: "+why)
		}
	}
}

// availability is a VAVAILABILITY (RFC 7953): the hours in which somebody can be
// reached within a stretch of time, and the rest of that stretch in which not.
type availability struct {
	span     *entry // DTSTART to DTEND or DURATION; without DTSTART since ever
	open     bool   // without an end
	priority int    // 1 is the highest, 0 the lowest
	parts    []*entry
}

func (r *reader) availability(c *component) *availability {
	a := &availability{span: r.entry(c)}
	a.open = a.span.end == nil && a.span.length == nil
	a.priority, _ = strconv.Atoi(strings.TrimSpace(c.value("PRIORITY")))
	if a.priority < 1 || a.priority > 9 {
		a.priority = 10
	}
	for _, part := range c.parts {
		if e := r.entry(part); e.hasStart {
			a.parts = append(a.parts, e)
		}
	}
	return a
}

// availabilities lists available hours as events of type hours. Where two overlap, the
// one of higher priority decides for the whole of its stretch (RFC 7953 section 4).
func (x *expander) availabilities(all []*availability) {
	if len(all) == 0 {
		return
	}
	ranked := slices.Clone(all)
	slices.SortStableFunc(ranked, func(a, b *availability) int { return cmp.Compare(a.priority, b.priority) })
	var taken []stretchOfTime
	for _, a := range ranked {
		span := x.spanOf(a)
		sub := *x
		sub.out, sub.faults = pile{}, nil
		for _, s := range group(a.parts) {
			sub.series(s)
		}
		x.steps, x.spent, x.faults = sub.steps, sub.spent || sub.crowded(), append(x.faults, sub.faults...)
		if !x.work(sub.out.n*(1+len(taken))) || x.crowded() {
			return
		}
		for n := range sub.out.n {
			i := sub.out.at(n)
			i.ev.Type, i.ev.Show = calendar.TypeHours, calendar.ShowFree
			free := stretchOfTime{max(i.start, span.from), min(i.end, span.to)}
			for _, s := range free.without(taken) {
				x.add(i.ev, s.from, s.to, i.loc, i.id)
			}
		}
		taken = append(taken, span)
	}
}

// stretchOfTime is [from, to) in Unix seconds.
type stretchOfTime struct{ from, to int64 }

// without is what remains of s outside of the others.
func (s stretchOfTime) without(others []stretchOfTime) []stretchOfTime {
	rest := []stretchOfTime{s}
	for _, o := range others {
		var next []stretchOfTime
		for _, r := range rest {
			if o.to <= r.from || o.from >= r.to {
				next = append(next, r)
				continue
			}
			next = append(next, stretchOfTime{r.from, o.from}, stretchOfTime{o.to, r.to})
		}
		rest = slices.DeleteFunc(next, func(r stretchOfTime) bool { return r.from >= r.to })
	}
	return slices.DeleteFunc(rest, func(r stretchOfTime) bool { return r.from >= r.to })
}

func (x *expander) spanOf(a *availability) stretchOfTime {
	const ever = int64(1) << 60
	out := stretchOfTime{-ever, ever}
	if !a.span.hasStart {
		if a.span.end != nil {
			out.to = x.unix(*a.span.end)
		}
		return out
	}
	c := x.clock(a.span.start)
	out.from, _ = c.At(a.span.start.wall)
	if !a.open {
		out.to = x.endOf(a.span, c, a.span.start.wall, out.from)
	}
	return out
}
