package recur

// date is a day with the names that rules call it by.
type date struct {
	day     int // days since 1970-01-01
	year    int
	month   int // 1..12
	mday    int // 1..31
	yday    int // 1..366
	weekday int // 0 = Monday
}

// dateOf names a day number. The civil-from-days arithmetic counts in eras of 400
// years that begin on 1 March, so that the leap day is the last day of a year.
func dateOf(day int) date {
	z := int64(day) + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := date{day: day, mday: int(doy-(153*mp+2)/5) + 1, month: int(mp) + 3}
	d.year = int(yoe + era*400)
	if d.month > 12 {
		d.month -= 12
		d.year++
	}
	d.yday = daysBefore(d.year, d.month) + d.mday
	d.weekday = int(floorMod(int64(day)+3, 7)) // 1970-01-01 was a Thursday
	return d
}

// next is the day after d, without the divisions of dateOf.
func (d date) next() date {
	d.day++
	d.mday++
	d.yday++
	if d.weekday++; d.weekday == 7 {
		d.weekday = 0
	}
	if d.mday > 28 && d.mday > monthLen(d.year, d.month) {
		d.mday = 1
		if d.month++; d.month == 13 {
			d.month, d.yday = 1, 1
			d.year++
		}
	}
	return d
}

// dayOf is the day number of a civil date.
func dayOf(year, month, mday int) int {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(mday) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int(era*146097 + doe - 719468)
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func yearLen(y int) int {
	if leap(y) {
		return 366
	}
	return 365
}

func monthLen(y, m int) int {
	switch m {
	case 2:
		return yearLen(y) - 337
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func daysBefore(y, m int) int {
	n := (367*m - 362) / 12
	switch {
	case m <= 2:
		return n
	case leap(y):
		return n - 1
	}
	return n - 2
}

// week is the number of the week that d lies in and how many weeks its year has,
// for weeks that begin on weekday start. Week 1 is the first with four days in the
// year (RFC 5545 section 3.3.10, BYWEEKNO).
func (d date) week(start int) (no, of int) {
	fourth := dateOf(d.day - weekOffset(d.weekday, start) + 3)
	last := dateOf(dayOf(fourth.year, 12, 28))
	lastFourth := last.yday - weekOffset(last.weekday, start) + 3
	return (fourth.yday-1)/7 + 1, (lastFourth-1)/7 + 1
}

// weekOffset is how many days weekday lies after the start of its week.
func weekOffset(weekday, start int) int { return (weekday - start + 7) % 7 }
