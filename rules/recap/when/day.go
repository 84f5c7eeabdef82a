package when

import (
	"fmt"
	"time"
)

// Day is a civil date; the zero day is no day.
type Day struct {
	Year  int
	Month time.Month
	Dom   int
}

// OK reports whether d is a day at all.
func (d Day) OK() bool { return d.Dom > 0 }

// newDay refuses what is not in the calendar and what no note means.
func newDay(year, month, dom int) (Day, bool) {
	if year < 1970 || year > 2199 || month < 1 || month > 12 || dom < 1 || dom > lastOf(year, month).Dom {
		return Day{}, false
	}
	return Day{year, time.Month(month), dom}, true
}

// DayOf is the day of t in its own location.
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return Day{}
	}
	y, m, d := t.Date()
	return Day{y, m, d}
}

func lastOf(year, month int) Day {
	return DayOf(time.Date(year, time.Month(month)+1, 0, 12, 0, 0, 0, time.UTC))
}

// Noon is the middle of the day in UTC.
func (d Day) Noon() time.Time { return time.Date(d.Year, d.Month, d.Dom, 12, 0, 0, 0, time.UTC) }

// Days counts days on one line, for comparison.
func (d Day) Days() int { return int(d.Noon().Unix() / 86400) }

func (d Day) plus(n int) Day { return DayOf(d.Noon().AddDate(0, 0, n)) }

// plusMonths keeps to the month: a month after 31 January is the last of February.
func (d Day) plusMonths(n int) Day {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 12, 0, 0, 0, time.UTC)
	last := lastOf(first.Year(), int(first.Month()))
	last.Dom = min(last.Dom, d.Dom)
	return last
}

func (d Day) weekday() time.Weekday { return d.Noon().Weekday() }

// String is the ISO form, "" for no day.
func (d Day) String() string {
	if !d.OK() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Dom)
}
