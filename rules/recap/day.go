package recap

import (
	"fmt"
	"time"
)

// day is a civil date; the zero day is no day.
type day struct {
	year  int
	month time.Month
	dom   int
}

func (d day) ok() bool { return d.dom > 0 }

// newDay refuses what is not in the calendar and what no note means.
func newDay(year, month, dom int) (day, bool) {
	if year < 1970 || year > 2199 || month < 1 || month > 12 || dom < 1 || dom > lastOf(year, month).dom {
		return day{}, false
	}
	return day{year, time.Month(month), dom}, true
}

func dayOf(t time.Time) day {
	if t.IsZero() {
		return day{}
	}
	y, m, d := t.Date()
	return day{y, m, d}
}

func lastOf(year, month int) day {
	return dayOf(time.Date(year, time.Month(month)+1, 0, 12, 0, 0, 0, time.UTC))
}

func (d day) noon() time.Time { return time.Date(d.year, d.month, d.dom, 12, 0, 0, 0, time.UTC) }

// days counts days on one line, for comparison.
func (d day) days() int { return int(d.noon().Unix() / 86400) }

func (d day) plus(n int) day { return dayOf(d.noon().AddDate(0, 0, n)) }

// plusMonths keeps to the month: a month after 31 January is the last of February.
func (d day) plusMonths(n int) day {
	first := time.Date(d.year, d.month+time.Month(n), 1, 12, 0, 0, 0, time.UTC)
	last := lastOf(first.Year(), int(first.Month()))
	last.dom = min(last.dom, d.dom)
	return last
}

func (d day) weekday() time.Weekday { return d.noon().Weekday() }

// String is the ISO form, "" for no day.
func (d day) String() string {
	if !d.ok() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.dom)
}
