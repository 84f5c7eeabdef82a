package recap

import "strings"

// anyDay returns the first full date among the words, with its year.
func anyDay(t []token, dayFirst bool) (day, bool) {
	g := dueGrammar{dayFirst: dayFirst}
	for i := range t {
		w := t[i].low
		if d, ok := isoDay(w); ok {
			return d, true
		}
		if strings.Count(w, "/") == 2 {
			if n, d := g.slashDate(t, i); n > 0 && d.day.ok() {
				return d.day, true
			}
		}
		if k := strings.IndexByte(w, 't'); k == 10 { // 2026-03-04T10:00
			if d, ok := isoDay(w[:10]); ok {
				return d, true
			}
		}
		if len(w) > 10 && w[4] == '-' {
			if d, ok := isoDay(w[:10]); ok {
				return d, true
			}
		}
		for k, end := i, min(len(t), i+1); k < end; k++ {
			if n, _ := g.monthDay(t, k); n > 0 {
				g2 := dueGrammar{said: day{2000, 1, 1}}
				_, d := g2.monthDay(t, k)
				if d.day.ok() && d.day.year > 2001 {
					return d.day, true
				}
			}
		}
	}
	return day{}, false
}
