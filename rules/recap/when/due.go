// Package when reads the words with which people say when something is due: "by
// Friday", "next Tue", "EOD", "in two weeks", "3/4". A [Grammar] reads them against the
// day on which they were said, and tells what could mean two days. A month's name alone,
// a weekday in the middle of a sentence and a fraction are no days: "March with us",
// "the Friday call", "10/16 pages".
package when

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"headsup/rules/recap/prose"
)

// Phrase is what a phrase says about a day.
type Phrase struct {
	Text string // the words of the note
	Day  Day    // zero: the words name no single day
	Ask  string // why the day should be looked at
	firm bool   // "by", "before", "EOD": a deadline, not just a day that is mentioned
}

// Grammar reads phrases against the day on which they were said.
type Grammar struct {
	Said     Day // zero: unknown; then only full dates have a day
	DayFirst bool
}

// prepositions that lead to a deadline (true) or just to a day (false).
var prepositions = map[string]bool{
	"by": true, "before": true, "until": true, "till": true, "bis": true, "due": true, "deadline": true, "latest": true, "eta": true, "no": true,
	"on": false, "this": false, "next": false, "in": false, "within": true, "for": false, "at": false, "coming": false, "end": true, "later": false,
	":": false, ",": false, "(": false, "target": true, "the": false, "around": false, "early": false, "of": false,
}

// backward words make of a day one that has been.
var backward = prose.Set("last since ago past every from previous between each was were after as")

// Find returns the phrase of a sentence that names when; a deadline wins over a day that
// is mentioned, a day over a vague time.
func (g Grammar) Find(s string, t []prose.Token) (Phrase, bool) {
	var best Phrase
	bestRank := 0
	for i := 0; i < len(t); {
		n, d := g.at(t, i)
		if n == 0 {
			i++
			continue
		}
		start := g.backUp(t, i, &d)
		rank := 1
		if d.Day.OK() {
			rank = 2
		}
		if d.firm {
			rank += 2
		}
		if start >= 0 && rank > bestRank {
			d.Text = s[t[start].At:t[i+n-1].End]
			best, bestRank = d, rank
		}
		i += n
	}
	return best, bestRank > 0
}

// backUp takes the prepositions before t[i] into the phrase. It returns -1 where what
// stands before says that the day is no due day.
func (g Grammar) backUp(t []prose.Token, i int, d *Phrase) int {
	start := i
	for start > 0 {
		firm, ok := prepositions[t[start-1].Low]
		if !ok || !firm && (t[i].Low == "today" || t[i].Low == "tomorrow" || t[i].Low == "tonight") {
			break
		}
		d.firm = d.firm || firm
		start--
	}
	if start > 0 && backward[t[start-1].Low] {
		return -1
	}
	for start < i && len(t[start].Low) == 1 { // the comma is not part of it
		start++
	}
	return start
}

// led reports whether a preposition stands directly before t[i].
func led(t []prose.Token, i int) bool {
	if i == 0 {
		return false
	}
	_, ok := prepositions[t[i-1].Low]
	return ok
}

// closes reports whether nothing but punctuation follows t[i+n-1].
func closes(t []prose.Token, i, n int) bool {
	return i+n >= len(t) || len(t[i+n].Low) == 1
}

// At reads a phrase that starts at t[i]; n is 0 if there is none.
func (g Grammar) at(t []prose.Token, i int) (n int, d Phrase) {
	if !startsDay(t[i].Low) {
		return 0, Phrase{}
	}
	for _, rule := range [...]func([]prose.Token, int) (int, Phrase){g.fullDate, g.MonthDay, g.slashDate, g.weekday, g.word, g.endOf, g.span, g.vague} {
		if n, d = rule(t, i); n > 0 {
			return n, d
		}
	}
	return 0, Phrase{}
}

// dayWords begin a phrase, beside weekdays, months and numbers.
var dayWords = prose.Set("today tonight tomorrow eod cob eob eow eom eoy asap this next following end heute morgen übermorgen nächste ende")

// startsDay is a quick look: most words begin no day.
func startsDay(w string) bool {
	if w[0] >= '0' && w[0] <= '9' || dayWords[w] {
		return true
	}
	_, number := numbers[w]
	_, weekday := weekdays[w]
	return number || weekday || Months[w] > 0
}

// fullDate: 2026-03-04, 2026/03/04, 2026.03.04, 20260304, 4.3.2026.
func (g Grammar) fullDate(t []prose.Token, i int) (int, Phrase) {
	d, ok := IsoDay(t[i].Low)
	if !ok {
		return 0, Phrase{}
	}
	return g.inYear(1, d.Year, int(d.Month), d.Dom, -1)
}

// IsoDay reads a date that holds its year.
func IsoDay(w string) (Day, bool) {
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
	return Day{}, false
}

// slashDate: 3/4, 3/4/26, 3.4. The order is the locale's, unless only one is possible.
// A bare fraction is a date after a preposition only: "10/16 pages" is none.
func (g Grammar) slashDate(t []prose.Token, i int) (int, Phrase) {
	w := t[i].Low
	sep := "/"
	if !strings.Contains(w, "/") {
		sep = "."
	}
	p := strings.Split(w, sep)
	if len(p) < 2 || len(p) > 3 || !led(t, i) && len(p) < 3 {
		return 0, Phrase{}
	}
	if sep == "." && (len(p) == 2 && !deadlineBefore(t, i)) { // "version 4.2"
		return 0, Phrase{}
	}
	a, errA := strconv.Atoi(p[0])
	b, errB := strconv.Atoi(p[1])
	if errA != nil || errB != nil {
		return 0, Phrase{}
	}
	year := 0
	if len(p) == 3 {
		y, err := strconv.Atoi(p[2])
		if err != nil {
			return 0, Phrase{}
		}
		if year = y; y < 100 {
			year += 2000
		}
	}
	d, m := b, a
	if g.DayFirst || sep == "." {
		d, m = a, b
	}
	if m > 12 {
		d, m = m, d
	}
	return g.inYear(1, year, m, d, -1)
}

func deadlineBefore(t []prose.Token, i int) bool {
	return i > 0 && prepositions[t[i-1].Low]
}

// longGone is how many days a day without a year may lie back and still be of this year.
const longGone = 45

// inYear makes the day of a month; without a year the one that is meant is not long gone.
func (g Grammar) inYear(n, year, month, dom int, weekday time.Weekday) (int, Phrase) {
	if year == 0 {
		if !g.Said.OK() {
			if _, ok := newDay(2024, month, dom); !ok {
				return 0, Phrase{}
			}
			return n, Phrase{Ask: "the note has no date, so the year is unknown"}
		}
		year = g.Said.Year
		if d, ok := newDay(year, month, dom); ok && d.Days()+longGone < g.Said.Days() {
			year++
		} else if ok && d.Days() > g.Said.Days()+300 {
			year--
		}
	}
	d, ok := newDay(year, month, dom)
	if !ok {
		return 0, Phrase{}
	}
	out := Phrase{Day: d}
	if weekday >= 0 && d.weekday() != weekday {
		out.Ask = fmt.Sprintf("%s is a %s", d, d.weekday())
	} else if g.Said.OK() && d.Days() < g.Said.Days() {
		out.Ask = fmt.Sprintf("%s lies before the meeting", d)
	}
	return n, out
}

// Months are the names of the months and their short forms.
var Months = map[string]int{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7,
	"august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
	"januar": 1, "februar": 2, "märz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12,
}

var weekdays = map[string]time.Weekday{
	"monday": 1, "mon": 1, "tuesday": 2, "tue": 2, "tues": 2, "wednesday": 3, "wed": 3, "thursday": 4, "thu": 4, "thur": 4, "thurs": 4,
	"friday": 5, "fri": 5, "saturday": 6, "sat": 6, "sunday": 0, "sun": 0,
	"montag": 1, "dienstag": 2, "mittwoch": 3, "donnerstag": 4, "freitag": 5, "samstag": 6, "sonntag": 0,
}

// dayNumber reads "2", "2nd", "31st".
func dayNumber(w string) int {
	w = strings.TrimRight(w, "stndrh")
	if n, err := strconv.Atoi(w); err == nil && n >= 1 && n <= 31 {
		return n
	}
	return 0
}

// MonthDay: "Nov 2", "2 Nov", "the 2nd of November 2026", "Tuesday, November 2nd". A
// month's name alone is none: "March with us" is not a date.
func (g Grammar) MonthDay(t []prose.Token, i int) (int, Phrase) {
	weekday, n := time.Weekday(-1), 0
	if wd, ok := weekdays[t[i].Low]; ok {
		weekday, n = wd, 1
		for i+n < len(t) && (t[i+n].Low == "," || t[i+n].Low == "the") {
			n++
		}
	}
	month, dom, used := 0, 0, 0
	if i+n+1 < len(t) {
		if m := Months[t[i+n].Low]; m > 0 {
			k := i + n + 1
			if t[k].Low == "," && k+1 < len(t) {
				k++
			}
			month, dom, used = m, dayNumber(t[k].Low), k-i-n+1
		} else if d := dayNumber(t[i+n].Low); d > 0 {
			used = 2
			k := i + n + 1
			if t[k].Low == "of" && k+1 < len(t) {
				k, used = k+1, 3
			}
			month, dom = Months[t[k].Low], d
		}
	}
	if month == 0 || dom == 0 || strings.ToLower(t[i+n].Low) == "may" && !t[i+n].Upper {
		return 0, Phrase{}
	}
	n += used
	year := 0
	k := i + n
	if k+1 < len(t) && t[k].Low == "," {
		k++
	}
	if k < len(t) && len(t[k].Low) == 4 && strings.HasPrefix(t[k].Low, "20") {
		if y, err := strconv.Atoi(t[k].Low); err == nil {
			year, n = y, k+1-i
		}
	}
	return g.inYear(n, year, month, dom, weekday)
}

// weekday: "by Friday", "next Tue", "Monday week", "this Thursday". A weekday in the
// middle of a sentence with nothing that leads to it ("the Friday call") is none.
func (g Grammar) weekday(t []prose.Token, i int) (int, Phrase) {
	wd, ok := weekdays[t[i].Low]
	if !ok || !t[i].Upper && len(t[i].Low) < 6 { // "sat", "sun", "wed", "mon" are words too
		return 0, Phrase{}
	}
	n := 1
	extra := 0
	if i+1 < len(t) && t[i+1].Low == "week" {
		n, extra = 2, 7
	}
	if !led(t, i) && !closes(t, i, n) {
		return 0, Phrase{}
	}
	lead := ""
	if i > 0 {
		lead = t[i-1].Low
	}
	if lead == "the" || lead == "(" || lead == "," || lead == ":" {
		if !closes(t, i, n) {
			return 0, Phrase{}
		}
	}
	if !g.Said.OK() {
		return n, Phrase{Ask: "the note has no date, so the day is unknown"}
	}
	ahead := (int(wd) - int(g.Said.weekday()) + 7) % 7
	if ahead == 0 && lead != "this" {
		ahead = 7
	}
	d := Phrase{Day: g.Said.plus(ahead + extra)}
	if lead == "next" {
		monday := g.Said.plus(7 - (int(g.Said.weekday())+6)%7)
		then := monday.plus((int(wd) + 6) % 7)
		if then != d.Day {
			d.Ask = fmt.Sprintf("%q can be %s or %s", "next "+wd.String(), d.Day, then)
			d.Day = then
		}
	}
	return n, d
}
