package absence

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"headsup/calendar"
)

// finder looks for the days of an absence.
type finder struct {
	at       time.Time // in zone
	zone     *time.Location
	dayFirst bool
}

// day is a civil day, and how surely it was read.
type day struct {
	start time.Time // its first instant
	sure  float64
}

// months by their first letters, in the languages of the words. The longer beginning
// wins, so that "mars" and "mai" are not "ma".
var months = map[string]time.Month{
	"jan": 1, "ene": 1, "gen": 1, "jän": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mae": 3, "maa": 3, "mrt": 3, "apr": 4, "avr": 4, "abr": 4,
	"may": 5, "mai": 5, "mag": 5, "mei": 5, "jun": 6, "juin": 6, "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8,
	"sep": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}

var weekdays = map[string]time.Weekday{
	"monday": 1, "montag": 1, "lundi": 1, "lunes": 1, "lunedì": 1, "maandag": 1, "tuesday": 2, "dienstag": 2, "mardi": 2, "martes": 2, "martedì": 2, "dinsdag": 2,
	"wednesday": 3, "mittwoch": 3, "mercredi": 3, "miércoles": 3, "mercoledì": 3, "woensdag": 3, "thursday": 4, "donnerstag": 4, "jeudi": 4, "jueves": 4, "giovedì": 4, "donderdag": 4,
	"friday": 5, "freitag": 5, "vendredi": 5, "viernes": 5, "venerdì": 5, "vrijdag": 5, "saturday": 6, "samstag": 6, "samedi": 6, "sábado": 6, "sabato": 6, "zaterdag": 6,
	"sunday": 0, "sonntag": 0, "dimanche": 0, "domingo": 0, "domenica": 0, "zondag": 0,
}

// The parts of the expressions below. A date is a weekday that only decorates, and a day
// in one of the usual forms, or a weekday alone.
const (
	name    = `\pL{3,10}`
	numbers = `\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]?(?:\d{4}|\d{2})?`
	dayOf   = `\d{1,2}(?:st|nd|rd|th|\.|er|º)?(?: of| de)? ` + name + `\.?,?(?: (?:de )?\d{4})?`
	monthOf = name + `\.? \d{1,2}(?:st|nd|rd|th)?,?(?: \d{4})?`
	filler  = `(?: (?:and including|including|incl\.?|on|the|the end of|le|au|el|il|al|zum|einschlie(?:ß|ss)lich|einschl\.|inkl\.|den|dem|am|next|this|day|coming|kommenden|op|em|o))*`
	alone   = `|\d{1,2}(?:st|nd|rd|th|\.)?`
	date    = dateTo + `)`
	dateTo  = filler + ` ((?:` + name + `,? (?:(?:the|den|dem|le|el) )?)?(?:` + numbers + `|` + dayOf + `|` + monthOf + `)|` + name
)

// The words before the last day, before the first day back, and before the first day.
// Their order is that of the rules: the first one that finds a day decides.
var (
	until = regexp.MustCompile(`(?i)\b(?:until|till|til|through|thru|bis|jusqu['’]au|jusqu['’]à|hasta|fino|tot|t/m|at[ée])` + date)
	back  = regexp.MustCompile(`(?i)\b(?:back(?: (?:in the office|at work|online))?|return(?:ing)?(?: (?:to (?:the office|work)))?|be back|zur[üu]ck|wieder (?:da|erreichbar|im (?:b[üu]ro|haus))|ab|de retour|vuelvo|regreso|torno|terug|retorno|available again)` + date)
	from  = regexp.MustCompile(`(?i)\b(?:from|between|starting|beginning|vom|von|du|del|dal|van|de)` + dateTo + alone + `)`)
	to    = regexp.MustCompile(`(?i)^ ?(?:to|and|-|–|—|until|till|through|thru|bis|au|al|hasta|tot|t/m|a)` + date)
)

// find looks for the days. A day on which the person is back says the end for sure; a
// last day alone may mean that one is back on that day, so it counts as away until the
// person is seen.
func (f finder) find(text string) Away {
	text = strings.Join(strings.Fields(text), " ")
	a := Away{Span: calendar.Span{Start: f.at}}
	first, last, named := f.between(text)
	if named && first.start.After(f.at) {
		a.Start = first.start
	}
	if !named {
		last, named = f.first(until, text)
	}
	home, said := f.first(back, text)
	switch {
	case said && (!named || !home.start.Before(last.start)):
		a.End, a.Confidence, a.Why = home.start, home.sure, "an automatic reply says when the person is back"
	case named:
		a.Last, a.End, a.Confidence, a.Why = last.start, f.next(last.start), last.sure, "an automatic reply names the last day"
	default:
		a.End, a.Confidence = f.next(f.at), 0.6
		a.Why = "an automatic reply says that the person is away and names no day, so the rest of the day"
	}
	return a
}

// between reads "from 2 to 6 March".
func (f finder) between(text string) (first, last day, ok bool) {
	for _, at := range from.FindAllStringSubmatchIndex(text, 8) {
		m := to.FindStringSubmatch(text[at[3]:])
		if m == nil {
			continue
		}
		if last, ok = f.day(m[1], time.Time{}); !ok {
			continue
		}
		if first, ok = f.day(text[at[2]:at[3]], last.start); ok && !first.start.After(last.start) {
			return first, last, true
		}
	}
	return bare(f, text)
}

// bare reads "2-6 March" and "March 2-6", where one month stands for both days.
func bare(f finder, text string) (first, last day, ok bool) {
	for _, form := range []*regexp.Regexp{shortRange, shortRangeUS} {
		for _, m := range form.FindAllStringSubmatch(text, 4) {
			a, b, month := m[1], m[2], m[3]
			if form == shortRangeUS {
				a, b, month = m[2], m[3], m[1]
			}
			if last, ok = f.day(b+" "+month, time.Time{}); !ok {
				continue
			}
			if first, ok = f.day(a+" "+month, last.start); ok && !first.start.After(last.start) {
				return first, last, true
			}
		}
	}
	return day{}, day{}, false
}

var (
	shortRange   = regexp.MustCompile(`(?i)\b(\d{1,2})\.? ?(?:-|–|to|bis|au|al|tot) ?(\d{1,2})\.? (` + name + `)`)
	shortRangeUS = regexp.MustCompile(`(?i)\b(` + name + `)\.? (\d{1,2}) ?(?:-|–|to|through) ?(\d{1,2})\b`)
)

func (f finder) first(form *regexp.Regexp, text string) (day, bool) {
	for _, m := range form.FindAllStringSubmatch(text, 8) {
		if d, ok := f.day(m[1], time.Time{}); ok {
			return d, true
		}
	}
	return day{}, false
}

var (
	iso     = regexp.MustCompile(`(\d{4})-(\d{2})-(\d{2})`)
	dotted  = regexp.MustCompile(`(\d{1,2})\.(\d{1,2})\.?(\d{4}|\d{2})?`)
	slashed = regexp.MustCompile(`(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?`)
	worded  = regexp.MustCompile(`(?i)(\d{1,2})(?:st|nd|rd|th|\.|er|º)?(?: of| de)? (` + name + `)\.?,?(?: (?:de )?(\d{4}))?`)
	wordUS  = regexp.MustCompile(`(?i)(` + name + `)\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?`)
	onlyDay = regexp.MustCompile(`^\d{1,2}`)
)

// day reads a date; near, if it is set, is a day that it stands beside.
func (f finder) day(s string, near time.Time) (day, bool) {
	s = strings.TrimSpace(s)
	if m := iso.FindStringSubmatch(s); m != nil {
		return f.civil(m[3], number(m[2]), m[1], 0.95)
	}
	if m := dotted.FindStringSubmatch(s); m != nil {
		return f.civil(m[1], number(m[2]), m[3], 0.95)
	}
	if m := slashed.FindStringSubmatch(s); m != nil {
		return f.slash(m[1], m[2], m[3])
	}
	if m := worded.FindStringSubmatch(s); m != nil {
		if month := monthOfWord(m[2]); month != 0 {
			return f.civil(m[1], int(month), m[3], 0.95)
		}
	}
	if m := wordUS.FindStringSubmatch(s); m != nil {
		if month := monthOfWord(m[1]); month != 0 {
			return f.civil(m[2], int(month), m[3], 0.95)
		}
	}
	if m := onlyDay.FindString(s); m != "" && !near.IsZero() { // "from the 2nd to the 6th of March"
		return f.civil(m, int(near.In(f.zone).Month()), strconv.Itoa(near.In(f.zone).Year()), 0.9)
	}
	return f.word(s)
}

// word reads a weekday, tomorrow or the end of the week.
func (f finder) word(s string) (day, bool) {
	s = strings.ToLower(s)
	switch s {
	case "tomorrow", "morgen", "demain", "mañana", "domani":
		return day{f.next(f.at), 0.85}, true
	}
	wanted, ok := weekdays[s]
	if !ok {
		return day{}, false
	}
	d := f.next(f.at)
	for range 7 {
		if d.In(f.zone).Weekday() == wanted {
			return day{d, 0.85}, true
		}
		d = f.next(d)
	}
	return day{}, false
}

// slash reads 5/3, which is March to some and May to others: where both can be, the
// person's own order decides, and it is less sure.
func (f finder) slash(a, b, year string) (day, bool) {
	x, y := number(a), number(b)
	switch {
	case x > 12:
		return f.civil(a, y, year, 0.95)
	case y > 12:
		return f.civil(b, x, year, 0.95)
	case f.dayFirst:
		return f.civil(a, y, year, 0.8)
	}
	return f.civil(b, x, year, 0.8)
}

// civil is a day of a month. A year that is not said is that of the next such day, but a
// day that has gone by lately is one that the reply was not changed after.
func (f finder) civil(dom string, month int, year string, sure float64) (day, bool) {
	d, y := number(dom), number(year)
	switch {
	case year == "":
		y = f.at.Year()
		if f.start(y, month, d).Before(f.at.AddDate(0, -6, 0)) {
			y++
		}
	case y < 100:
		y += 2000
	}
	if month < 1 || month > 12 || d < 1 || time.Date(y, time.Month(month), d, 0, 0, 0, 0, time.UTC).Day() != d {
		return day{}, false
	}
	return day{f.start(y, month, d), sure}, true
}

// start is the first instant of a civil day.
func (f finder) start(y, month, d int) time.Time {
	t, _ := calendar.Resolve(calendar.Civil{Year: y, Month: time.Month(month), Day: d}, f.zone)
	return t
}

// next is the first instant of the day after.
func (f finder) next(t time.Time) time.Time {
	y, m, d := t.In(f.zone).Date()
	n := time.Date(y, m, d+1, 12, 0, 0, 0, time.UTC)
	return f.start(n.Year(), int(n.Month()), n.Day())
}

func monthOfWord(s string) time.Month {
	s = strings.ToLower(s)
	r := []rune(s)
	for _, n := range []int{4, 3} {
		if len(r) >= n {
			if m, ok := months[string(r[:n])]; ok {
				return m
			}
		}
	}
	return 0
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
