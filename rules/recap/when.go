package recap

import (
	"path"
	"strings"
)

// firstTitle is the first heading, else the first short line.
func firstTitle(units []unit) string {
	for i := range units {
		u := &units[i]
		if u.text == "" || u.label {
			continue
		}
		if u.kind == heading {
			if topicOf(u.text) == topicNone || len(strings.Fields(u.text)) > 3 {
				return strings.TrimPrefix(strings.TrimPrefix(u.text, "Agenda for the "), "Agenda for ")
			}
			continue
		}
		if u.kind == paragraph && u.head < 0 && len(u.parts) == 1 && len(u.text) < 100 && i < 3 && !strings.HasPrefix(u.text, "{") {
			return u.text
		}
	}
	return ""
}

// noteDay finds the day of the meeting: front matter, title, a "Date:" line or the
// head of the note, the file's name, at last the file's time. A front matter "date"
// with a clock time is the wiki's date of the page when the title names another day.
func noteDay(f front, title string, units []unit, name string, opt Options) day {
	if d, ok := anyDay(tokenize(f.one("title")), opt.DayFirst); ok {
		return d
	}
	if d, ok := anyDay(tokenize(f.one("date")), opt.DayFirst); ok && !strings.Contains(f.one("date"), "T") {
		return d
	}
	if d, ok := anyDay(tokenize(title), opt.DayFirst); ok {
		return d
	}
	for i := 0; i < len(units) && i < 14; i++ {
		u := &units[i]
		low := strings.ToLower(u.text)
		if strings.HasPrefix(low, "date") || strings.HasPrefix(low, "when") || strings.HasPrefix(low, "meeting start") || strings.HasPrefix(low, "time") || u.kind == heading || len(strings.Fields(u.text)) <= 4 {
			if d, ok := anyDay(tokenize(u.text), opt.DayFirst); ok {
				return d
			}
		}
	}
	if d, ok := anyDay(tokenize(f.one("date")), opt.DayFirst); ok {
		return d
	}
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	if d, ok := anyDay(tokenize(strings.NewReplacer("_", " ", ".md", "").Replace(base)), opt.DayFirst); ok {
		return d
	}
	year := 0
	if !opt.Fallback.IsZero() {
		year = opt.Fallback.Year()
	}
	for i := 0; i < len(units) && i < 14 && year > 0; i++ { // "May 23", the year from the file
		g := dueGrammar{said: dayOf(opt.Fallback)}
		t := tokenize(units[i].text)
		for k := range t {
			if n, d := g.monthDay(t, k); n > 0 && d.day.ok() {
				if d.day.days() > g.said.days()+1 {
					d.day.year--
				}
				return d.day
			}
		}
	}
	return dayOf(opt.Fallback)
}

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
