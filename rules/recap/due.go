package recap

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// due is what a phrase says about a day.
type due struct {
	text string // the words of the note
	day  day    // zero: the words name no single day
	ask  string // why the day should be looked at
	firm bool   // "by", "before", "EOD": a deadline, not just a day that is mentioned
}

// dueGrammar reads phrases against the day on which they were said.
type dueGrammar struct {
	said     day // zero: unknown; then only full dates have a day
	dayFirst bool
}

// prepositions that lead to a deadline (true) or just to a day (false).
var prepositions = map[string]bool{
	"by": true, "before": true, "until": true, "till": true, "due": true, "deadline": true, "latest": true, "eta": true, "no": true,
	"on": false, "this": false, "next": false, "in": false, "within": true, "for": false, "at": false, "coming": false, "end": true, "later": false,
	":": false, ",": false, "(": false, "target": true, "the": false, "around": false, "early": false, "of": false,
}

// backward words make of a day one that has been.
var backward = set("last since ago past every from previous between each was were after as")

// find returns the phrase of a sentence that names when; a deadline wins over a day that
// is mentioned, a day over a vague time.
func (g dueGrammar) find(s string, t []token) (due, bool) {
	var best due
	bestRank := 0
	for i := 0; i < len(t); {
		n, d := g.at(t, i)
		if n == 0 {
			i++
			continue
		}
		start := g.backUp(t, i, &d)
		rank := 1
		if d.day.ok() {
			rank = 2
		}
		if d.firm {
			rank += 2
		}
		if start >= 0 && rank > bestRank {
			d.text = s[t[start].at:t[i+n-1].end]
			best, bestRank = d, rank
		}
		i += n
	}
	return best, bestRank > 0
}

// backUp takes the prepositions before t[i] into the phrase. It returns -1 where what
// stands before says that the day is no due day.
func (g dueGrammar) backUp(t []token, i int, d *due) int {
	start := i
	for start > 0 {
		firm, ok := prepositions[t[start-1].low]
		if !ok || !firm && (t[i].low == "today" || t[i].low == "tomorrow" || t[i].low == "tonight") {
			break
		}
		d.firm = d.firm || firm
		start--
	}
	if start > 0 && backward[t[start-1].low] {
		return -1
	}
	for start < i && len(t[start].low) == 1 { // the comma is not part of it
		start++
	}
	return start
}

// led reports whether a preposition stands directly before t[i].
func led(t []token, i int) bool {
	if i == 0 {
		return false
	}
	_, ok := prepositions[t[i-1].low]
	return ok
}

// closes reports whether nothing but punctuation follows t[i+n-1].
func closes(t []token, i, n int) bool {
	return i+n >= len(t) || len(t[i+n].low) == 1
}

// at reads a phrase that starts at t[i]; n is 0 if there is none.
func (g dueGrammar) at(t []token, i int) (n int, d due) {
	if !startsDay(t[i].low) {
		return 0, due{}
	}
	for _, rule := range [...]func([]token, int) (int, due){g.fullDate, g.monthDay, g.slashDate, g.weekday, g.word, g.endOf, g.span, g.vague} {
		if n, d = rule(t, i); n > 0 {
			return n, d
		}
	}
	return 0, due{}
}

// dayWords begin a phrase, beside weekdays, months and numbers.
var dayWords = set("today tonight tomorrow eod cob eob eow eom eoy asap this next following end")

// startsDay is a quick look: most words begin no day.
func startsDay(w string) bool {
	if w[0] >= '0' && w[0] <= '9' || dayWords[w] {
		return true
	}
	_, number := numbers[w]
	_, weekday := weekdays[w]
	return number || weekday || months[w] > 0
}

// fullDate: 2026-03-04, 2026/03/04, 2026.03.04, 20260304, 4.3.2026.
func (g dueGrammar) fullDate(t []token, i int) (int, due) {
	d, ok := isoDay(t[i].low)
	if !ok {
		return 0, due{}
	}
	return g.inYear(1, d.year, int(d.month), d.dom, -1)
}

// isoDay reads a date that holds its year.
func isoDay(w string) (day, bool) {
	if len(w) == 8 && (strings.HasPrefix(w, "20") || strings.HasPrefix(w, "19")) {
		if n, err := strconv.Atoi(w); err == nil {
			return newDay(n/10000, n/100%100, n%100)
		}
	}
	for _, sep := range [...]string{"-", "/", "."} {
		if strings.Count(w, sep) != 2 {
			continue
		}
		p := strings.Split(w, sep)
		a, errA := strconv.Atoi(p[0])
		b, errB := strconv.Atoi(p[1])
		c, errC := strconv.Atoi(p[2])
		if errA != nil || errB != nil || errC != nil {
			continue
		}
		if len(p[0]) == 4 {
			return newDay(a, b, c)
		}
		if sep == "." && len(p[2]) == 4 {
			return newDay(c, b, a)
		}
	}
	return day{}, false
}

// slashDate: 3/4, 3/4/26, 3.4. The order is the locale's, unless only one is possible.
// A bare fraction is a date after a preposition only: "10/16 pages" is none.
func (g dueGrammar) slashDate(t []token, i int) (int, due) {
	w := t[i].low
	sep := "/"
	if !strings.Contains(w, "/") {
		sep = "."
	}
	p := strings.Split(w, sep)
	if len(p) < 2 || len(p) > 3 || !led(t, i) && len(p) < 3 {
		return 0, due{}
	}
	if sep == "." && (len(p) == 2 && !deadlineBefore(t, i)) { // "version 4.2"
		return 0, due{}
	}
	a, errA := strconv.Atoi(p[0])
	b, errB := strconv.Atoi(p[1])
	if errA != nil || errB != nil {
		return 0, due{}
	}
	year := 0
	if len(p) == 3 {
		y, err := strconv.Atoi(p[2])
		if err != nil {
			return 0, due{}
		}
		if year = y; y < 100 {
			year += 2000
		}
	}
	d, m := b, a
	if g.dayFirst || sep == "." {
		d, m = a, b
	}
	if m > 12 {
		d, m = m, d
	}
	return g.inYear(1, year, m, d, -1)
}

func deadlineBefore(t []token, i int) bool {
	return i > 0 && prepositions[t[i-1].low]
}

// longGone is how many days a day without a year may lie back and still be of this year.
const longGone = 45

// inYear makes the day of a month; without a year the one that is meant is not long gone.
func (g dueGrammar) inYear(n, year, month, dom int, weekday time.Weekday) (int, due) {
	if year == 0 {
		if !g.said.ok() {
			if _, ok := newDay(2024, month, dom); !ok {
				return 0, due{}
			}
			return n, due{ask: "the note has no date, so the year is unknown"}
		}
		year = g.said.year
		if d, ok := newDay(year, month, dom); ok && d.days()+longGone < g.said.days() {
			year++
		} else if ok && d.days() > g.said.days()+300 {
			year--
		}
	}
	d, ok := newDay(year, month, dom)
	if !ok {
		return 0, due{}
	}
	out := due{day: d}
	if weekday >= 0 && d.weekday() != weekday {
		out.ask = fmt.Sprintf("%s is a %s", d, d.weekday())
	} else if g.said.ok() && d.days() < g.said.days() {
		out.ask = fmt.Sprintf("%s lies before the meeting", d)
	}
	return n, out
}

var months = map[string]int{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7,
	"august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}

var weekdays = map[string]time.Weekday{
	"monday": 1, "mon": 1, "tuesday": 2, "tue": 2, "tues": 2, "wednesday": 3, "wed": 3, "thursday": 4, "thu": 4, "thur": 4, "thurs": 4,
	"friday": 5, "fri": 5, "saturday": 6, "sat": 6, "sunday": 0, "sun": 0,
}

// dayNumber reads "2", "2nd", "31st".
func dayNumber(w string) int {
	w = strings.TrimRight(w, "stndrh")
	if n, err := strconv.Atoi(w); err == nil && n >= 1 && n <= 31 {
		return n
	}
	return 0
}

// monthDay: "Nov 2", "2 Nov", "the 2nd of November 2026", "Tuesday, November 2nd". A
// month's name alone is none: "March with us" is not a date.
func (g dueGrammar) monthDay(t []token, i int) (int, due) {
	weekday, n := time.Weekday(-1), 0
	if wd, ok := weekdays[t[i].low]; ok {
		weekday, n = wd, 1
		for i+n < len(t) && (t[i+n].low == "," || t[i+n].low == "the") {
			n++
		}
	}
	month, dom, used := 0, 0, 0
	if i+n+1 < len(t) {
		if m := months[t[i+n].low]; m > 0 {
			k := i + n + 1
			if t[k].low == "," && k+1 < len(t) {
				k++
			}
			month, dom, used = m, dayNumber(t[k].low), k-i-n+1
		} else if d := dayNumber(t[i+n].low); d > 0 {
			used = 2
			k := i + n + 1
			if t[k].low == "of" && k+1 < len(t) {
				k, used = k+1, 3
			}
			month, dom = months[t[k].low], d
		}
	}
	if month == 0 || dom == 0 || strings.ToLower(t[i+n].low) == "may" && !t[i+n].upper {
		return 0, due{}
	}
	n += used
	year := 0
	k := i + n
	if k+1 < len(t) && t[k].low == "," {
		k++
	}
	if k < len(t) && len(t[k].low) == 4 && strings.HasPrefix(t[k].low, "20") {
		if y, err := strconv.Atoi(t[k].low); err == nil {
			year, n = y, k+1-i
		}
	}
	return g.inYear(n, year, month, dom, weekday)
}

// weekday: "by Friday", "next Tue", "Monday week", "this Thursday". A weekday in the
// middle of a sentence with nothing that leads to it ("the Friday call") is none.
func (g dueGrammar) weekday(t []token, i int) (int, due) {
	wd, ok := weekdays[t[i].low]
	if !ok || !t[i].upper && len(t[i].low) < 6 { // "sat", "sun", "wed", "mon" are words too
		return 0, due{}
	}
	n := 1
	extra := 0
	if i+1 < len(t) && t[i+1].low == "week" {
		n, extra = 2, 7
	}
	if !led(t, i) && !closes(t, i, n) {
		return 0, due{}
	}
	lead := ""
	if i > 0 {
		lead = t[i-1].low
	}
	if lead == "the" || lead == "(" || lead == "," || lead == ":" {
		if !closes(t, i, n) {
			return 0, due{}
		}
	}
	if !g.said.ok() {
		return n, due{ask: "the note has no date, so the day is unknown"}
	}
	ahead := (int(wd) - int(g.said.weekday()) + 7) % 7
	if ahead == 0 && lead != "this" {
		ahead = 7
	}
	d := due{day: g.said.plus(ahead + extra)}
	if lead == "next" {
		monday := g.said.plus(7 - (int(g.said.weekday())+6)%7)
		then := monday.plus((int(wd) + 6) % 7)
		if then != d.day {
			d.ask = fmt.Sprintf("%q can be %s or %s", "next "+wd.String(), d.day, then)
			d.day = then
		}
	}
	return n, d
}
