// Package recur reads the recurrence rules of RFC 5545 section 3.3.10 and lists the
// times that they give inside a window.
//
// Rules arrive from other people's calendars, so the work is bounded by the window
// and not by the rule: the search begins at the window (or at DTSTART if the rule has a
// COUNT, which can only be counted from there), goes day by day, and leaps over years,
// months, weeks and days that INTERVAL or BYMONTH rule out. Each BY list is a bit set,
// so a list of 10,000 numbers costs the same as one. Every day looked at and every time
// made takes a step from a [Budget]; a rule that empties it gives [ErrTooMuch].
//
// All times here are wall-clock times without a zone, because that is what rules
// count in: "every day at nine" is nine before and after the clocks change. Turning
// a wall time into an instant is the caller's business; the caller also says which
// wall times do not exist, since those are skipped and not counted.
package recur

import (
	"errors"
	"time"
)

// ErrTooMuch reports a rule whose work exceeds the budget.
var ErrTooMuch = errors.New("recurrence rule gives too many times")

// Wall is a civil time as seconds since 1970-01-01 00:00:00 on the same wall clock.
type Wall int64

// A day in seconds, as wall clocks count it.
const Day Wall = 24 * 60 * 60

// WallOf is the wall clock that t shows in its own location.
func WallOf(t time.Time) Wall {
	_, off := t.Zone()
	return Wall(t.Unix() + int64(off))
}

// Civil gives the parts of w as a time in UTC.
func (w Wall) Civil() time.Time { return time.Unix(int64(w), 0).UTC() }

// DayNumber counts days since 1970-01-01.
func (w Wall) DayNumber() int { return int(floorDiv(int64(w), int64(Day))) }

// Budget is the number of steps that may still be taken. It is shared by rules that
// are expanded for the same purpose, so that many small bombs are one large one.
type Budget struct{ Steps int }

// take uses up n steps and reports whether that many were left.
func (b *Budget) take(n int) bool {
	b.Steps -= n
	return b.Steps >= 0
}

// Freq is how often a rule repeats.
type Freq uint8

// The frequencies of RFC 5545, from the longest period to the shortest.
const (
	Yearly Freq = iota
	Monthly
	Weekly
	Daily
	Hourly
	Minutely
	Secondly
)

// Until is the bound of a rule as written: the last time that may be in the set.
type Until struct {
	Set  bool
	Wall Wall
	Date bool // a DATE: Wall is its midnight
	UTC  bool // with Z: Wall is in UTC and not on the clock of DTSTART
}

// Rule is a parsed recurrence rule. [Parse] makes it.
type Rule struct {
	Freq     Freq
	Interval int64
	Count    int // 0: no COUNT
	Until    Until

	weekStart int // 0 = Monday
	months    uint16
	monthDays signed
	yearDays  *[2]yearSet // [0] from the start, [1] from the end
	weekNos   signed
	weekdays  uint8      // plain weekdays
	nth       *[7]signed // numbered weekdays
	hours     uint64
	minutes   uint64
	seconds   uint64
	setPos    []int
	has       has
}

// signed is a set of small numbers counted from the start or from the end.
type signed struct{ pos, neg uint64 }

func (s signed) empty() bool { return s.pos|s.neg == 0 }

// holds reports whether the set names the i-th of n, counted from 1.
func (s signed) holds(i, n int) bool {
	return s.pos&(1<<uint(i)) != 0 || s.neg&(1<<uint(n+1-i)) != 0
}

type yearSet [6]uint64

func (y *yearSet) add(n int)        { y[n>>6] |= 1 << uint(n&63) }
func (y *yearSet) holds(n int) bool { return y[n>>6]&(1<<uint(n&63)) != 0 }

// has notes which BY parts were written.
type has struct{ monthDay, yearDay, weekNo, day, hour, minute, second bool }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
