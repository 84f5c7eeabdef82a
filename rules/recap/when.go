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
