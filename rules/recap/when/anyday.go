package when

import (
	"strings"

	"headsup/rules/recap/prose"
)

// AnyDay returns the first full date among the words, with its year.
func AnyDay(t []prose.Token, dayFirst bool) (Day, bool) {
	g := Grammar{DayFirst: dayFirst}
	for i := range t {
		w := t[i].Low
		if d, ok := IsoDay(w); ok {
			return d, true
		}
		if strings.Count(w, "/") == 2 {
			if n, d := g.slashDate(t, i); n > 0 && d.Day.OK() {
				return d.Day, true
			}
		}
		if k := strings.IndexByte(w, 't'); k == 10 { // 2026-03-04T10:00
			if d, ok := IsoDay(w[:10]); ok {
				return d, true
			}
		}
		if len(w) > 10 && w[4] == '-' {
			if d, ok := IsoDay(w[:10]); ok {
				return d, true
			}
		}
		for k, end := i, min(len(t), i+1); k < end; k++ {
			if n, _ := g.MonthDay(t, k); n > 0 {
				g2 := Grammar{Said: Day{2000, 1, 1}}
				_, d := g2.MonthDay(t, k)
				if d.Day.OK() && d.Day.Year > 2001 {
					return d.Day, true
				}
			}
		}
	}
	return Day{}, false
}

// Order tells in which order the dates of a text name day and month, where one of them
// can be read in one way only: "03/23/2015" says that "03/05/2015" is the fifth of March.
// Where there is none, or they disagree, known is false.
func Order(words func(yield func([]prose.Token) bool)) (dayFirst, known bool) {
	days, months := 0, 0
	for t := range words {
		for i := range t {
			a, rest, ok := strings.Cut(t[i].Low, "/")
			b, year, full := strings.Cut(rest, "/")
			if !ok || !full && !led(t, i) || full && len(year) != 4 && len(year) != 2 {
				continue
			}
			switch m, d := dayNumber(a), dayNumber(b); {
			case m > 12 && d > 0 && d <= 12:
				days++
			case d > 12 && m > 0 && m <= 12:
				months++
			}
		}
	}
	return days > 0, (days > 0) != (months > 0)
}
