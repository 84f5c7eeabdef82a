package recap

import "strconv"

var numbers = map[string]int{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "fourteen": 14, "couple": 0, "few": 0}

var unitDays = map[string]int{"day": 1, "days": 1, "week": 7, "weeks": 7, "fortnight": 14}

// span: "in two weeks", "within 3 days", "4 weeks from now", "a week from today".
func (g dueGrammar) span(t []token, i int) (int, due) {
	count, ok := numbers[t[i].low]
	if !ok {
		n, err := strconv.Atoi(t[i].low)
		if err != nil || n < 1 || n > 400 {
			return 0, due{}
		}
		count = n
	}
	n := 1
	if i+1 < len(t) && t[i+1].low == "of" {
		n++
	}
	if i+n >= len(t) {
		return 0, due{}
	}
	unit := t[i+n].low
	perUnit := unitDays[unit]
	monthly := unit == "month" || unit == "months"
	hourly := unit == "hours"
	if perUnit == 0 && !monthly && !hourly {
		return 0, due{}
	}
	n++
	fromNow := i+n+1 < len(t) && t[i+n].low == "from" && (t[i+n+1].low == "now" || t[i+n+1].low == "today")
	if fromNow {
		n += 2
	} else if i == 0 || t[i-1].low != "in" && t[i-1].low != "within" || i+n < len(t) && t[i+n].low == "'s" {
		return 0, due{}
	}
	switch {
	case count == 0:
		return n, due{}
	case monthly:
		if !g.said.ok() {
			return n, g.from(0)
		}
		return n, due{day: g.said.plusMonths(count)}
	case hourly:
		if count%24 != 0 {
			return 0, due{}
		}
		return n, g.from(count / 24)
	}
	return n, g.from(count * perUnit)
}

// vague: a time, but no day.
func (g dueGrammar) vague(t []token, i int) (int, due) {
	if i+1 < len(t) && (t[i].low == "next" || t[i].low == "this" || t[i].low == "following") {
		switch t[i+1].low {
		case "week", "month", "meeting", "call", "quarter", "sprint", "year", "session", "release", "weekend":
			return 2, due{}
		}
	}
	if t[i].low == "next" && i+1 < len(t) && t[i+1].low == "time" {
		return 2, due{}
	}
	if m := months[t[i].low]; m > 0 && t[i].upper && i > 0 && (deadlineBefore(t, i) || t[i-1].low == "in" || t[i-1].low == "early" || t[i-1].low == "mid") && closes(t, i, 1) {
		return 1, due{}
	}
	return 0, due{}
}

// endOf: "end of (the) day|week|month|quarter|year", "end of November", "end of next week".
func (g dueGrammar) endOf(t []token, i int) (int, due) {
	if t[i].low != "end" || i+1 >= len(t) {
		return 0, due{}
	}
	n := 1
	next := false
	for i+n < len(t) {
		w := t[i+n].low
		if w == "next" {
			next = true
		}
		if w != "of" && w != "the" && w != "this" && w != "next" {
			break
		}
		n++
	}
	if i+n >= len(t) {
		return 0, due{}
	}
	var d due
	switch w := t[i+n].low; w {
	case "day", "today":
		d = g.from(0)
	case "week":
		if d = g.endOfWeek(); next && d.day.ok() {
			d.day = d.day.plus(7)
		}
	case "month":
		if d = g.endOfMonth(); next && d.day.ok() {
			first := d.day.plus(1)
			d.day = lastOf(first.year, int(first.month))
		}
	case "year":
		if d = g.endOfYear(); next && d.day.ok() {
			d.day = lastOf(d.day.year+1, 12)
		}
	case "quarter":
		if d = g.endOfMonth(); d.day.ok() {
			d.day = lastOf(g.said.year, (int(g.said.month)+2)/3*3)
		}
	default:
		m := months[w]
		if m == 0 || !t[i+n].upper || !g.said.ok() {
			return 0, due{}
		}
		year := g.said.year
		if m < int(g.said.month) {
			year++
		}
		d.day = lastOf(year, m)
	}
	d.firm = true
	return n + 1, d
}

// endOfWeek is the Friday of the week; said on a weekend it is the next one.
func (g dueGrammar) endOfWeek() due {
	d := g.from((5 - int(g.said.weekday()) + 7) % 7)
	d.firm = true
	return d
}

func (g dueGrammar) endOfMonth() due {
	if !g.said.ok() {
		return g.from(0)
	}
	return due{day: lastOf(g.said.year, int(g.said.month)), firm: true}
}

func (g dueGrammar) endOfYear() due {
	if !g.said.ok() {
		return g.from(0)
	}
	return due{day: lastOf(g.said.year, 12), firm: true}
}

func (g dueGrammar) from(days int) due {
	if !g.said.ok() {
		return due{ask: "the note has no date, so the day is unknown"}
	}
	return due{day: g.said.plus(days)}
}

// word: today, tomorrow, EOD, EOW, EOM.
func (g dueGrammar) word(t []token, i int) (int, due) {
	var d due
	n := 1
	switch t[i].low {
	case "today", "tonight":
		d = g.from(0)
	case "tomorrow":
		d = g.from(1)
		if i > 1 && t[i-1].low == "after" && t[i-2].low == "day" {
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
		d = due{}
	case "this":
		if i+1 >= len(t) || t[i+1].low != "afternoon" && t[i+1].low != "evening" && t[i+1].low != "morning" {
			return 0, due{}
		}
		d, n = g.from(0), 2
	default:
		return 0, due{}
	}
	if i+2 < len(t) && (t[i+1].low == "or" || t[i+1].low == "/") { // "today or tomorrow"
		if t[i+2].low == "tomorrow" {
			return 3, due{}
		}
	}
	return n, d
}

// plainDay reads a day without asking for a preposition: the words before gave it.
func (g dueGrammar) plainDay(t []token, i int) (int, due) {
	if n, d := g.monthDay(t, i); n > 0 {
		return n, d
	}
	if wd, ok := weekdays[t[i].low]; ok && g.said.ok() {
		ahead := (int(wd) - int(g.said.weekday()) + 7) % 7
		return 1, due{day: g.said.plus(ahead)}
	}
	return 0, due{}
}
