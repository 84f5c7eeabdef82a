package recur

// BYSETPOS picks from the set of one period. The set is never built: with n days and m
// times a day its p-th time is the (p mod m)-th of the (p div m)-th day, so a rule with
// 86,400 times a day for a year is as cheap as one with a single time.

// group is the days of the period being collected.
type group struct {
	id   int64
	days []int
}

// period numbers the year, month or week of d.
func (x *expansion) period(d date) int64 {
	switch x.rule.Freq {
	case Yearly:
		return int64(d.year)
	case Monthly:
		return int64(d.year*12 + d.month)
	}
	return int64(d.day - weekOffset(d.weekday, x.rule.weekStart))
}

// groupStart and groupEnd widen a walk to whole periods: positions count from the
// start of the period, wherever DTSTART or the window lie in it.
func (x *expansion) groupStart(day int) int {
	d := dateOf(day)
	switch x.rule.Freq {
	case Yearly:
		return dayOf(d.year, 1, 1)
	case Monthly:
		return dayOf(d.year, d.month, 1)
	}
	return day - weekOffset(d.weekday, x.rule.weekStart)
}

func (x *expansion) groupEnd(day int) int {
	d := dateOf(day)
	switch x.rule.Freq {
	case Yearly:
		return dayOf(d.year, 12, 31)
	case Monthly:
		return dayOf(d.year, d.month, monthLen(d.year, d.month))
	}
	return day - weekOffset(d.weekday, x.rule.weekStart) + 6
}

// collect adds d to its period, handing out the one before when a new one begins.
func (x *expansion) collect(d date) {
	if id := x.period(d); id != x.group.id {
		x.flush()
		x.group.id = id
	}
	if x.matches(d) {
		x.group.days = append(x.group.days, d.day)
	}
}

// flush hands out the picked times of the collected period.
func (x *expansion) flush() {
	if len(x.group.days) > 0 {
		x.pick(x.group.days)
		x.group.days = x.group.days[:0]
	}
}

// pick hands out the positions of BYSETPOS among the times of the days.
func (x *expansion) pick(days []int) {
	hours, minutes, seconds := list(x.rule.hours), list(x.rule.minutes), list(x.rule.seconds)
	perHour := len(minutes) * len(seconds)
	perDay := len(hours) * perHour
	for _, p := range positions(x.rule.setPos, len(days)*perDay) {
		day, t := days[p/perDay], p%perDay
		h, m, s := hours[t/perHour], minutes[t%perHour/len(seconds)], seconds[t%len(seconds)]
		if !x.emit(Wall(day)*Day + Wall(h*3600+m*60+s)) {
			return
		}
	}
}

// pickWithin does the same for the minutes and seconds from base on, for periods
// shorter than a day.
func (x *expansion) pickWithin(base Wall, minuteSet, secondSet uint64) {
	minutes, seconds := list(minuteSet), list(secondSet)
	for _, p := range positions(x.rule.setPos, len(minutes)*len(seconds)) {
		m, s := minutes[p/len(seconds)], seconds[p%len(seconds)]
		if !x.emit(base + Wall(m*60+s)) {
			return
		}
	}
}
