package when

import (
	"strconv"

	"headsup/rules/recap/prose"
)

var numbers = map[string]int{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "fourteen": 14, "couple": 0, "few": 0}

var unitDays = map[string]int{"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}

// span: "in two weeks", "within 3 days", "4 weeks from now", "a week from today".
func (g Grammar) span(t []prose.Token, i int) (int, Phrase) {
	count, ok := numbers[t[i].Low]
	if !ok {
		n, err := strconv.Atoi(t[i].Low)
		if err != nil || n < 1 || n > 400 {
			return 0, Phrase{}
		}
		count = n
	}
	n := 1
	if i+1 < len(t) && t[i+1].Low == "of" {
		n++
	}
	if i+n >= len(t) {
		return 0, Phrase{}
	}
	unit := t[i+n].Low
	perUnit := unitDays[unit]
	monthly := unit == "month" || unit == "months"
	hourly := unit == "hours"
	if perUnit == 0 && !monthly && !hourly {
		return 0, Phrase{}
	}
	n++
	fromNow := i+n+1 < len(t) && t[i+n].Low == "from" && (t[i+n+1].Low == "now" || t[i+n+1].Low == "today")
	if fromNow {
		n += 2
	} else if i == 0 || t[i-1].Low != "in" && t[i-1].Low != "within" || i+n < len(t) && t[i+n].Low == "'s" {
		return 0, Phrase{}
	}
	switch {
	case count == 0:
		return n, Phrase{}
	case monthly:
		if !g.Said.OK() {
			return n, g.from(0)
		}
		return n, Phrase{Day: g.Said.plusMonths(count)}
	case hourly:
		if count%24 != 0 {
			return 0, Phrase{}
		}
		return n, g.from(count / 24)
	}
	return n, g.from(count * perUnit)
}

// vague: a time, but no day.
func (g Grammar) vague(t []prose.Token, i int) (int, Phrase) {
	if i+1 < len(t) && (t[i].Low == "next" || t[i].Low == "this" || t[i].Low == "following") {
		switch t[i+1].Low {
		case "week", "month", "meeting", "call", "quarter", "sprint", "year", "session", "release", "weekend":
			return 2, Phrase{}
		}
	}
	if i+1 < len(t) && (t[i].Low == "next" && t[i+1].Low == "time" || t[i].Low == "nächste" && t[i+1].Low == "woche") {
		return 2, Phrase{}
	}
	if t[i].Low == "ende" && i+1 < len(t) && Months[t[i+1].Low] > 0 { // "Ende Mai"
		return 2, Phrase{}
	}
	if m := Months[t[i].Low]; m > 0 && t[i].Upper && i > 0 && (deadlineBefore(t, i) || t[i-1].Low == "in" || t[i-1].Low == "early" || t[i-1].Low == "mid") && closes(t, i, 1) {
		return 1, Phrase{}
	}
	return 0, Phrase{}
}

// endOf: "end of (the) day|week|month|quarter|year", "end of November", "end of next week".
func (g Grammar) endOf(t []prose.Token, i int) (int, Phrase) {
	if t[i].Low != "end" || i+1 >= len(t) {
		return 0, Phrase{}
	}
	n := 1
	next := false
	for i+n < len(t) {
		w := t[i+n].Low
		if w == "next" {
			next = true
		}
		if w != "of" && w != "the" && w != "this" && w != "next" {
			break
		}
		n++
	}
	if i+n >= len(t) {
		return 0, Phrase{}
	}
	var d Phrase
	switch w := t[i+n].Low; w {
	case "day", "today":
		d = g.from(0)
	case "week":
		if d = g.endOfWeek(); next && d.Day.OK() {
			d.Day = d.Day.plus(7)
		}
	case "month":
		if d = g.endOfMonth(); next && d.Day.OK() {
			first := d.Day.plus(1)
			d.Day = lastOf(first.Year, int(first.Month))
		}
	case "year":
		if d = g.endOfYear(); next && d.Day.OK() {
			d.Day = lastOf(d.Day.Year+1, 12)
		}
	case "quarter":
		if d = g.endOfMonth(); d.Day.OK() {
			d.Day = lastOf(g.Said.Year, (int(g.Said.Month)+2)/3*3)
		}
	default:
		m := Months[w]
		if m == 0 || !t[i+n].Upper || !g.Said.OK() {
			return 0, Phrase{}
		}
		year := g.Said.Year
		if m < int(g.Said.Month) {
			year++
		}
		d.Day = lastOf(year, m)
	}
	d.firm = true
	return n + 1, d
}

// endOfWeek is the Friday of the week; said on a weekend it is the next one.
func (g Grammar) endOfWeek() Phrase {
	d := g.from((5 - int(g.Said.weekday()) + 7) % 7)
	d.firm = true
	return d
}

func (g Grammar) endOfMonth() Phrase {
	if !g.Said.OK() {
		return g.from(0)
	}
	return Phrase{Day: lastOf(g.Said.Year, int(g.Said.Month)), firm: true}
}

func (g Grammar) endOfYear() Phrase {
	if !g.Said.OK() {
		return g.from(0)
	}
	return Phrase{Day: lastOf(g.Said.Year, 12), firm: true}
}

func (g Grammar) from(days int) Phrase {
	if !g.Said.OK() {
		return Phrase{Ask: "the note has no date, so the day is unknown"}
	}
	return Phrase{Day: g.Said.plus(days)}
}

// word: today, tomorrow, EOD, EOW, EOM.
func (g Grammar) word(t []prose.Token, i int) (int, Phrase) {
	var d Phrase
	n := 1
	switch t[i].Low {
	case "today", "tonight", "heute":
		d = g.from(0)
	case "übermorgen":
		d = g.from(2)
	case "tomorrow", "morgen":
		d = g.from(1)
		if i > 1 && t[i-1].Low == "after" && t[i-2].Low == "day" {
			d = g.from(2)
		}
	case "eod", "cob", "eob":
		d = g.from(0)
		d.firm = true
		if i+1 < len(t) { // "EOD Friday"
			if m, e := g.plainDay(t, i+1); m > 0 {
				e.firm = true
				return 1 + m, e
			}
		}
	case "eow":
		d = g.endOfWeek()
	case "eom":
		d = g.endOfMonth()
	case "eoy":
		d = g.endOfYear()
	case "asap":
		d = Phrase{}
	case "this":
		if i+1 >= len(t) || t[i+1].Low != "afternoon" && t[i+1].Low != "evening" && t[i+1].Low != "morning" {
			return 0, Phrase{}
		}
		d, n = g.from(0), 2
	default:
		return 0, Phrase{}
	}
	if i+2 < len(t) && (t[i+1].Low == "or" || t[i+1].Low == "/") { // "today or tomorrow"
		if t[i+2].Low == "tomorrow" {
			return 3, Phrase{}
		}
	}
	return n, d
}

// plainDay reads a day without asking for a preposition: the words before gave it.
func (g Grammar) plainDay(t []prose.Token, i int) (int, Phrase) {
	if n, d := g.MonthDay(t, i); n > 0 {
		return n, d
	}
	if wd, ok := weekdays[t[i].Low]; ok && g.Said.OK() {
		ahead := (int(wd) - int(g.Said.weekday()) + 7) % 7
		return 1, Phrase{Day: g.Said.plus(ahead)}
	}
	return 0, Phrase{}
}
