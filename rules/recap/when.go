package recap

import (
	"path"
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// firstTitle is the first heading, else the first short line.
func firstTitle(units []layout.Unit) string {
	for i := range units {
		u := &units[i]
		if u.Text == "" || u.Label {
			continue
		}
		if u.Kind == layout.Heading {
			if layout.TopicOf(u.Text) == layout.TopicNone || len(strings.Fields(u.Text)) > 3 {
				return strings.TrimPrefix(strings.TrimPrefix(u.Text, "Agenda for the "), "Agenda for ")
			}
			continue
		}
		if u.Kind == layout.Paragraph && u.Head < 0 && len(u.Parts) == 1 && len(u.Text) < 100 && i < 3 && !strings.HasPrefix(u.Text, "{") {
			return u.Text
		}
	}
	return ""
}

// noteDay finds the day of the meeting: front matter, title, a "Date:" line or the
// Head of the note, the file's name, at last the file's time. A front matter "date"
// with a clock time is the wiki's date of the page when the title names another day.
func noteDay(f layout.Front, title string, units []layout.Unit, name string, opt Options) when.Day {
	if d, ok := when.AnyDay(prose.Tokenize(f.One("title")), opt.DayFirst); ok {
		return d
	}
	if d, ok := when.AnyDay(prose.Tokenize(f.One("date")), opt.DayFirst); ok && !strings.Contains(f.One("date"), "T") {
		return d
	}
	if d, ok := when.AnyDay(prose.Tokenize(title), opt.DayFirst); ok {
		return d
	}
	for i := 0; i < len(units) && i < 14; i++ {
		u := &units[i]
		low := strings.ToLower(u.Text)
		if strings.HasPrefix(low, "date") || strings.HasPrefix(low, "when") || strings.HasPrefix(low, "meeting start") || strings.HasPrefix(low, "time") || u.Kind == layout.Heading || len(strings.Fields(u.Text)) <= 4 {
			if d, ok := when.AnyDay(prose.Tokenize(u.Text), opt.DayFirst); ok {
				return d
			}
		}
	}
	if d, ok := when.AnyDay(prose.Tokenize(f.One("date")), opt.DayFirst); ok {
		return d
	}
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	if d, ok := when.AnyDay(prose.Tokenize(strings.NewReplacer("_", " ", ".md", "").Replace(base)), opt.DayFirst); ok {
		return d
	}
	year := 0
	if !opt.Fallback.IsZero() {
		year = opt.Fallback.Year()
	}
	for i := 0; i < len(units) && i < 14 && year > 0; i++ { // "May 23", the year from the file
		g := when.Grammar{Said: when.DayOf(opt.Fallback)}
		t := prose.Tokenize(units[i].Text)
		for k := range t {
			if n, d := g.MonthDay(t, k); n > 0 && d.Day.OK() {
				if d.Day.Days() > g.Said.Days()+1 {
					d.Day.Year--
				}
				return d.Day
			}
		}
	}
	return when.DayOf(opt.Fallback)
}

// titleOf makes a title of a file's name: "2026-03-04 budget-call.vtt" is "budget call".
func titleOf(name string) string {
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	base = strings.TrimSuffix(base, path.Ext(base))
	var words []string
	for _, w := range strings.FieldsFunc(base, func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '.' }) {
		if strings.Trim(w, "0123456789") != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
