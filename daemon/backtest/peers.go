package backtest

import "math"

// A rule is what other tools do: from what was seen so far it names one time. It is
// never asked again.
type rule struct {
	name string
	at   func(v *view, t int64) int64
}

// view is what a policy may know of a pair at the moment of a decision: the mail seen
// so far and the zone that it showed.
type view struct {
	seen   []sighting // up to the moment, in order
	zone   int        // minutes east of UTC
	weekly *[168]int  // seen events by hour of the week, local
}

// peers are the rules of other tools, as their makers describe them.
func peers() []rule {
	return []rule{
		{"now", func(_ *view, t int64) int64 { return t }},
		{"work-hours", workHours},
		{"weekday-8", func(v *view, t int64) int64 { return nextWeekday(v, t, 8*60) }},
		{"best-of-168", bestHour},
		{"modal-hour", modalHour},
		{"mean-time", meanTime},
	}
}

// workHours is the rule of calendar suites: Mon-Fri 9-17, else the next 9:00.
func workHours(v *view, t int64) int64 {
	if officeHours(t, v.zone) {
		return t
	}
	return nextWeekday(v, t, 9*60)
}

// nextWeekday is the next time that the clock shows the minute on Monday to Friday.
func nextWeekday(v *view, t int64, minute int) int64 {
	for day := range 8 {
		at := nextMinute(v, t, minute) + int64(day)*86400
		if weekMinute(at, v.zone) < 5*1440 {
			return at
		}
	}
	return t
}

// nextMinute is the next time, t included, that the clock shows the minute of the day.
func nextMinute(v *view, t int64, minute int) int64 {
	local := t + int64(v.zone)*60
	start := local - mod(local, 86400) + int64(minute)*60
	if start < local {
		start += 86400
	}
	return start - int64(v.zone)*60
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }

// bestHour is the rule of send-time optimisers: of the hours of the coming day (or the
// week, if the horizon allows) the one in which most was seen.
func bestHour(v *view, t int64) int64 { return bestHourWithin(v, t, 24) }

func bestHourWithin(v *view, t int64, hours int) int64 {
	best, at := -1, t
	for h := range hours {
		cand := t
		if h > 0 {
			local := t + int64(v.zone)*60
			cand = local - mod(local, 3600) + int64(h)*3600 - int64(v.zone)*60
		}
		if n := v.weekly[weekMinute(cand, v.zone)/60]; n > best {
			best, at = n, cand
		}
	}
	return at
}

// modalHour is the hour of the day in which most was seen in the last 90 days; without
// any, Tuesday 10:00.
func modalHour(v *view, t int64) int64 {
	hours, n := hoursSince(v, t-90*86400)
	if n == 0 {
		return nextTuesday(v, t)
	}
	return inHour(v, t, argmax(hours[:]))
}

func nextTuesday(v *view, t int64) int64 {
	for day := range 8 {
		at := nextMinute(v, t, 10*60) + int64(day)*86400
		if weekMinute(at, v.zone)/1440 == 1 {
			return at
		}
	}
	return t
}

// inHour is t if its hour is the wanted one, else the next start of that hour.
func inHour(v *view, t int64, hour int) int64 {
	if weekMinute(t, v.zone)%1440/60 == hour {
		return t
	}
	return nextMinute(v, t, hour*60)
}

// meanTime is the modal hour below ten events, from then on the mean time of day if the
// times lie close enough together, else now.
func meanTime(v *view, t int64) int64 {
	if len(v.seen) < 10 {
		hours, n := hoursSince(v, math.MinInt64)
		if n == 0 {
			return t
		}
		return inHour(v, t, argmax(hours[:]))
	}
	var sum, squares float64
	for _, s := range v.seen {
		m := float64(weekMinute(s.at, v.zone) % 1440)
		sum += m
		squares += m * m
	}
	n := float64(len(v.seen))
	mean := sum / n
	if math.Sqrt(squares/n-mean*mean) >= 5*60 {
		return t
	}
	return nextMinute(v, t, int(mean))
}

func hoursSince(v *view, from int64) (hours [24]int, n int) {
	for i := len(v.seen) - 1; i >= 0 && v.seen[i].at >= from; i-- {
		hours[weekMinute(v.seen[i].at, v.zone)%1440/60]++
		n++
	}
	return hours, n
}

func argmax(ns []int) int {
	best := 0
	for i, n := range ns {
		if n > ns[best] {
			best = i
		}
	}
	return best
}
