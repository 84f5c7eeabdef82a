package recur

import "math/bits"

// times hands out the times of one matching day.
func (x *expansion) times(day int) {
	base := Wall(day) * Day
	switch x.rule.Freq {
	case Hourly:
		x.hourly(base)
	case Minutely:
		x.minutely(base)
	case Secondly:
		x.secondly(base)
	default:
		if len(x.rule.setPos) > 0 { // DAILY: the set is the day
			x.pick([]int{day})
			return
		}
		each(x.rule.hours, func(h int) bool { return x.hour(base + Wall(h)*3600) })
	}
}

// hour hands out the minutes and seconds of the hour that begins at base.
func (x *expansion) hour(base Wall) bool {
	return each(x.rule.minutes, func(m int) bool { return x.minute(base + Wall(m)*60) })
}

func (x *expansion) minute(base Wall) bool {
	return each(x.rule.seconds, func(s int) bool { return x.emit(base + Wall(s)) })
}

// hourly goes over the hours of a day that INTERVAL allows.
func (x *expansion) hourly(base Wall) {
	origin := floorDiv(int64(x.q.Start), 3600)
	at := int64(base) / 3600
	for h := ahead(at-origin, x.rule.Interval); h < 24 && x.step(); h += x.rule.Interval {
		if x.rule.hours&(1<<uint(h)) == 0 {
			continue
		}
		hour := base + Wall(h)*3600
		if len(x.rule.setPos) > 0 {
			x.pickWithin(hour, x.rule.minutes, x.rule.seconds)
		} else if !x.hour(hour) {
			return
		}
		if x.done {
			return
		}
	}
}

// minutely goes over the minutes of a day that INTERVAL allows, leaping to the next
// hour of BYHOUR.
func (x *expansion) minutely(base Wall) {
	origin := floorDiv(int64(x.q.Start), 60)
	at := int64(base) / 60
	for m := ahead(at-origin, x.rule.Interval); m < 24*60 && x.step(); {
		if want := nextIn(x.rule.hours, m/60, 24) * 60; want > m {
			m = want + ahead(at+want-origin, x.rule.Interval)
			continue
		}
		if x.rule.minutes&(1<<uint(m%60)) != 0 {
			if len(x.rule.setPos) > 0 {
				x.pickWithin(base+Wall(m)*60, 1, x.rule.seconds)
			} else {
				x.minute(base + Wall(m)*60)
			}
			if x.done {
				return
			}
		}
		m += x.rule.Interval
	}
}

// secondly goes over the seconds of a day that INTERVAL allows, leaping to the next
// hour of BYHOUR, minute of BYMINUTE and second of BYSECOND.
func (x *expansion) secondly(base Wall) {
	origin := int64(x.q.Start)
	at := int64(base)
	if len(x.rule.setPos) > 0 && len(positions(x.rule.setPos, 1)) == 0 {
		return // a second holds one time: only the first and the last position exist
	}
	for s := ahead(at-origin, x.rule.Interval); s < int64(Day) && x.step(); {
		if want := x.nextSecond(s); want > s {
			s = want + ahead(at+want-origin, x.rule.Interval)
			continue
		}
		if !x.emit(base + Wall(s)) {
			return
		}
		s += x.rule.Interval
	}
}

// nextSecond is the first second of the day from s on that may be in the set.
func (x *expansion) nextSecond(s int64) int64 {
	if h := nextIn(x.rule.hours, s/3600, 24) * 3600; h > s {
		return h
	}
	hour := s / 3600 * 3600
	if m := hour + nextIn(x.rule.minutes, s%3600/60, 60)*60; m > s {
		return m
	}
	minute := s / 60 * 60
	return minute + nextIn(x.rule.seconds, s%60, 60)
}

// nextIn is the first number of the set from n on, or limit.
func nextIn(set uint64, n, limit int64) int64 {
	rest := set >> uint(n)
	if rest == 0 {
		return limit
	}
	return n + int64(bits.TrailingZeros64(rest))
}
