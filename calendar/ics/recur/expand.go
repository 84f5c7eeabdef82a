package recur

import (
	"math/bits"
	"slices"
)

// Query says which times of a rule are wanted.
type Query struct {
	Start  Wall            // DTSTART on the wall clock of its zone
	From   Wall            // the first time wanted
	To     Wall            // the first time no longer wanted
	Exists func(Wall) bool // false: the zone's clock skips that time; nil: all exist
}

// Each calls yield for every time of the rule in [q.From, q.To), in order, until yield
// says false. The bound of UNTIL is the caller's: it belongs in q.To, since only the
// caller knows the zone. DTSTART itself is among the times only if the rule gives it.
func (r *Rule) Each(q Query, b *Budget, yield func(Wall) bool) error {
	x := &expansion{rule: *r, q: q, budget: b, yield: yield, left: -1}
	x.rule.complete(q.Start)
	x.plain = x.rule.nth == nil
	if r.Count > 0 {
		x.left = r.Count
	}
	x.run()
	if x.tooMuch {
		return ErrTooMuch
	}
	return nil
}

// complete fills in from DTSTART what the rule leaves open (RFC 5545 section 3.3.10:
// "information, not contained in the rule, ... [is] derived from the start time").
func (r *Rule) complete(start Wall) {
	d := dateOf(start.DayNumber())
	if !r.has.monthDay && !r.has.yearDay && !r.has.weekNo && !r.has.day {
		switch r.Freq {
		case Yearly:
			if r.months == 0 {
				r.months = 1 << uint(d.month)
			}
			r.monthDays.add(d.mday)
			r.has.monthDay = true
		case Monthly:
			r.monthDays.add(d.mday)
			r.has.monthDay = true
		case Weekly:
			r.weekdays |= 1 << uint(d.weekday)
			r.has.day = true
		}
	}
	if r.months == 0 {
		r.months = 1<<13 - 2
	}
	sec := int(floorMod(int64(start), int64(Day)))
	r.hours = orDefault(r.hours, r.has.hour, r.Freq < Hourly, sec/3600, 24)
	r.minutes = orDefault(r.minutes, r.has.minute, r.Freq < Minutely, sec/60%60, 60)
	r.seconds = orDefault(r.seconds, r.has.second, r.Freq < Secondly, sec%60, 60)
	if r.Freq > Monthly {
		r.dropNumbers()
	}
}

// orDefault is the set of hours, minutes or seconds: as written, else that of DTSTART
// if the period is longer than the unit, else all.
func orDefault(set uint64, written, longer bool, start, n int) uint64 {
	switch {
	case written:
		return set
	case longer:
		return 1 << uint(start)
	}
	return 1<<uint(n) - 1
}

// dropNumbers makes numbered weekdays plain: RFC 5545 allows the numbers with MONTHLY
// and YEARLY only, and calendars that write them elsewhere mean the weekday.
func (r *Rule) dropNumbers() {
	if r.nth == nil {
		return
	}
	for d, s := range r.nth {
		if !s.empty() {
			r.weekdays |= 1 << uint(d)
		}
	}
	r.nth = nil
}

// expansion is one walk over a rule.
type expansion struct {
	rule    Rule
	q       Query
	budget  *Budget
	yield   func(Wall) bool
	left    int // of COUNT; -1: no COUNT
	done    bool
	tooMuch bool
	plain   bool  // BYDAY has no numbered weekdays
	group   group // for BYSETPOS
}

// run walks over the days from where the search may begin to the end of the window.
func (x *expansion) run() {
	first := max(x.q.From, x.q.Start)
	if x.left >= 0 {
		first = x.q.Start // COUNT counts from the beginning
	}
	if x.q.To <= first {
		return
	}
	day, last := first.DayNumber(), (x.q.To - 1).DayNumber()
	grouped := len(x.rule.setPos) > 0 && x.rule.Freq <= Weekly
	if grouped {
		day, last = x.groupStart(day), x.groupEnd(last)
	}
	origin := dateOf(x.q.Start.DayNumber())
	for d := dateOf(day); d.day <= last && !x.done; {
		if !x.step() {
			return
		}
		if next := x.leap(d, origin); next > d.day {
			d = dateOf(next)
			continue
		}
		if grouped {
			x.collect(d)
		} else if x.matches(d) {
			x.times(d.day)
		}
		d = d.next()
	}
	if grouped && !x.done {
		x.flush()
	}
}

func (x *expansion) step() bool {
	if !x.budget.take(1) {
		x.tooMuch, x.done = true, true
	}
	return !x.tooMuch
}

// leap is the first day from d on that INTERVAL and BYMONTH allow.
func (x *expansion) leap(d, origin date) int {
	n := x.rule.Interval
	switch x.rule.Freq {
	case Yearly:
		if wait := ahead(int64(d.year-origin.year), n); wait > 0 {
			return dayOf(d.year+int(min(wait, 100_000)), 1, 1)
		}
	case Monthly:
		at := int64(d.year*12 + d.month - 1)
		if wait := ahead(at-int64(origin.year*12+origin.month-1), n); wait > 0 {
			at += min(wait, 1_000_000)
			return dayOf(int(floorDiv(at, 12)), int(floorMod(at, 12))+1, 1)
		}
	case Weekly:
		week := d.day - weekOffset(d.weekday, x.rule.weekStart)
		first := origin.day - weekOffset(origin.weekday, x.rule.weekStart)
		if wait := ahead(int64(week-first)/7, n); wait > 0 {
			return week + 7*int(wait)
		}
	case Daily:
		if wait := ahead(int64(d.day-origin.day), n); wait > 0 {
			return d.day + int(wait)
		}
	}
	return x.leapWithin(d)
}

// leapWithin leaps over what BYMONTH, BYMONTHDAY and BYDAY rule out by themselves.
func (x *expansion) leapWithin(d date) int {
	nextMonth := d.day - d.mday + 1 + monthLen(d.year, d.month)
	if x.rule.months&(1<<uint(d.month)) == 0 {
		return nextMonth
	}
	if x.rule.has.monthDay && x.rule.monthDays.neg == 0 {
		wait := bits.TrailingZeros64(x.rule.monthDays.pos >> uint(d.mday))
		if wait > 0 {
			return min(d.day+wait, nextMonth)
		}
	}
	if x.rule.has.day && x.plain {
		two := uint(x.rule.weekdays) | uint(x.rule.weekdays)<<7
		return d.day + bits.TrailingZeros(two>>uint(d.weekday))
	}
	return d.day
}

// ahead is how far the next multiple of n lies after at.
func ahead(at, n int64) int64 {
	if n == 1 {
		return 0
	}
	return floorMod(-at, n)
}

// matches reports whether the rule names the day d.
func (x *expansion) matches(d date) bool {
	r := &x.rule
	if r.months&(1<<uint(d.month)) == 0 {
		return false
	}
	if r.has.monthDay && !r.monthDays.holds(d.mday, monthLen(d.year, d.month)) {
		return false
	}
	if r.has.yearDay && !r.yearDays[0].holds(d.yday) && !r.yearDays[1].holds(yearLen(d.year)+1-d.yday) {
		return false
	}
	if r.has.weekNo && !r.weekNos.holds(d.week(r.weekStart)) {
		return false
	}
	return !r.has.day || r.weekdays&(1<<uint(d.weekday)) != 0 || r.numbered(d)
}

// numbered reports whether d is a weekday that the rule names by number: within the
// month, or within the year for a YEARLY rule without BYMONTH.
func (r *Rule) numbered(d date) bool {
	if r.nth == nil {
		return false
	}
	s := r.nth[d.weekday]
	if s.empty() {
		return false
	}
	i, n := d.mday, monthLen(d.year, d.month)
	if r.Freq == Yearly && r.months == 1<<13-2 {
		i, n = d.yday, yearLen(d.year)
	}
	return s.pos&(1<<uint((i-1)/7+1)) != 0 || s.neg&(1<<uint((n-i)/7+1)) != 0
}

// emit hands out one time; it reports whether to go on.
func (x *expansion) emit(w Wall) bool {
	if w < x.q.Start || x.done {
		return !x.done
	}
	if w >= x.q.To {
		x.done = true
		return false
	}
	if x.left < 0 && w < x.q.From {
		return true
	}
	if !x.step() || (x.q.Exists != nil && !x.q.Exists(w)) {
		return !x.done
	}
	if w >= x.q.From && !x.yield(w) {
		x.done = true
	}
	if x.left > 0 {
		if x.left--; x.left == 0 {
			x.done = true
		}
	}
	return !x.done
}

// each calls f for every number in the set, in order, while f says true.
func each(set uint64, f func(int) bool) bool {
	for ; set != 0; set &= set - 1 {
		if !f(bits.TrailingZeros64(set)) {
			return false
		}
	}
	return true
}

// list is the numbers of the set.
func list(set uint64) []int {
	out := make([]int, 0, bits.OnesCount64(set))
	each(set, func(n int) bool { out = append(out, n); return true })
	return out
}

// positions turns BYSETPOS into indices of a set of n, in order and each once.
func positions(setPos []int, n int) []int {
	var out []int
	for _, p := range setPos {
		if p < 0 {
			p += n + 1
		}
		if p >= 1 && p <= n {
			out = append(out, p-1)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
