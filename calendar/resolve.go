package calendar

import "time"

// Civil is a wall-clock time without a zone.
type Civil struct {
	Year   int
	Month  time.Month
	Day    int
	Hour   int
	Minute int
	Second int
}

// Resolution says how a civil time met the zone.
type Resolution string

// The resolutions.
const (
	Exact Resolution = "exact"
	Gap   Resolution = "gap"  // the time was skipped; the result is the first instant after the gap
	Fold  Resolution = "fold" // the time happened twice; the result is the first
)

// CivilOf is the wall clock of t in its own location.
func CivilOf(t time.Time) Civil {
	y, m, d := t.Date()
	h, min, s := t.Clock()
	return Civil{y, m, d, h, min, s}
}

// Resolve turns a civil time into an instant. [time.Date] is not enough: in a gap it
// answers with a time on either side, in a fold with either of the two.
//
// The search looks at the offsets that hold within a day and a half on either side,
// which covers every change in the tz database, the skipped days of Samoa and the
// half-hour steps of Lord Howe among them.
func Resolve(c Civil, loc *time.Location) (time.Time, Resolution) {
	const reach = 36 * time.Hour
	if t := time.Date(c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Second, 0, loc); farFromChange(t, reach) {
		return t, Exact
	}
	naive := time.Date(c.Year, c.Month, c.Day, c.Hour, c.Minute, c.Second, 0, time.UTC)
	first, last := offsetAt(naive.Add(-reach), loc), offsetAt(naive.Add(reach), loc)
	var hits []time.Time
	for _, off := range candidateOffsets(naive, reach, loc) {
		t := naive.Add(-off)
		if offsetAt(t, loc) == off && !containsInstant(hits, t) {
			hits = append(hits, t)
		}
	}
	switch len(hits) {
	case 1:
		return hits[0].In(loc), Exact
	case 0:
		return gapEnd(naive.Add(-max(first, last)), naive, loc), Gap
	}
	t := hits[0]
	for _, h := range hits[1:] {
		if h.Before(t) {
			t = h
		}
	}
	return t.In(loc), Fold
}

// farFromChange reports whether the clock does not change anywhere near t, which is so on
// all but a few days of a year.
func farFromChange(t time.Time, reach time.Duration) bool {
	from, to := t.ZoneBounds()
	return (from.IsZero() || t.Sub(from) > reach) && (to.IsZero() || to.Sub(t) > reach)
}

func offsetAt(t time.Time, loc *time.Location) time.Duration {
	_, off := t.In(loc).Zone()
	return time.Duration(off) * time.Second
}

// candidateOffsets lists every offset in force around a naive time.
func candidateOffsets(naive time.Time, reach time.Duration, loc *time.Location) []time.Duration {
	var out []time.Duration
	for t := naive.Add(-reach); !t.After(naive.Add(reach)); {
		off := offsetAt(t, loc)
		seen := false
		for _, o := range out {
			seen = seen || o == off
		}
		if !seen {
			out = append(out, off)
		}
		_, end := t.In(loc).ZoneBounds()
		if end.IsZero() {
			break
		}
		if !end.After(t) {
			// On the last day of a leap year beyond the tables, ZoneBounds (Go 1.26)
			// answers with an end that is not after t.
			end = t.Add(12 * time.Hour)
		}
		t = end
	}
	return out
}

func containsInstant(ts []time.Time, t time.Time) bool {
	for _, x := range ts {
		if x.Equal(t) {
			return true
		}
	}
	return false
}

// gapEnd is the first instant whose wall clock is at or after the naive time.
func gapEnd(from, naive time.Time, loc *time.Location) time.Time {
	t := from.Add(-24 * time.Hour)
	for range 8 {
		_, end := t.In(loc).ZoneBounds()
		if end.IsZero() {
			break
		}
		wall := CivilOf(end.In(loc))
		w := time.Date(wall.Year, wall.Month, wall.Day, wall.Hour, wall.Minute, wall.Second, 0, time.UTC)
		if !w.Before(naive) {
			return end.In(loc)
		}
		t = end
	}
	return naive.Add(-offsetAt(from, loc)).In(loc)
}
