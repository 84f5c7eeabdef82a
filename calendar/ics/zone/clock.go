package zone

import (
	"cmp"
	"slices"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/recur"
)

// Clock turns wall times of one zone into instants, as Unix seconds. It remembers the
// stretches between two changes of the offset; within one, but for a day at both ends,
// the answer is plain arithmetic.
type Clock struct {
	Loc   *time.Location
	known []calm // by wall time
	last  calm
}

// calm is a stretch of wall times without a change of the offset near.
type calm struct {
	from, to recur.Wall
	off      int64
}

func (s calm) holds(w recur.Wall) bool { return w >= s.from && w < s.to }

// NewClock is the clock of a zone.
func NewClock(loc *time.Location) *Clock { return &Clock{Loc: loc} }

// At is the instant of a wall time and how it met the zone. A time that happens twice
// is the first; one that was skipped is read with the offset before the gap
// (RFC 5545 section 3.3.5).
func (c *Clock) At(w recur.Wall) (int64, calendar.Resolution) {
	if c.quiet(w) {
		return int64(w) - c.last.off, calendar.Exact
	}
	t, how := calendar.Resolve(calendar.CivilOf(w.Civil()), c.Loc)
	if how == calendar.Gap {
		_, before := t.Add(-time.Second).Zone()
		return int64(w) - int64(before), how
	}
	c.remember(t)
	return t.Unix(), how
}

// quiet finds the stretch that w lies in.
func (c *Clock) quiet(w recur.Wall) bool {
	if c.last.holds(w) {
		return true
	}
	i, _ := slices.BinarySearchFunc(c.known, w, func(s calm, w recur.Wall) int { return cmp.Compare(s.to, w+1) })
	if i == len(c.known) || !c.known[i].holds(w) {
		return false
	}
	c.last = c.known[i]
	return true
}

// remember keeps the stretch around t.
func (c *Clock) remember(t time.Time) {
	const room, ever, enough = 26 * 60 * 60, recur.Wall(1) << 60, 1000
	start, end := t.ZoneBounds()
	_, off := t.Zone()
	s := calm{-ever, ever, int64(off)}
	if !start.IsZero() {
		s.from = recur.Wall(start.Unix() + s.off + room)
	}
	if !end.IsZero() {
		s.to = recur.Wall(end.Unix() + s.off - room)
	}
	i, found := slices.BinarySearchFunc(c.known, s.from, func(s calm, from recur.Wall) int { return cmp.Compare(s.from, from) })
	if s.from >= s.to || found {
		return
	}
	if len(c.known) >= enough {
		c.known, i = nil, 0
	}
	c.known = slices.Insert(c.known, i, s)
}

// Exists reports whether the zone's clock shows w at all.
func (c *Clock) Exists(w recur.Wall) bool {
	if c.quiet(w) {
		return true
	}
	_, how := c.At(w)
	return how != calendar.Gap
}

// Wall is the wall clock of an instant.
func (c *Clock) Wall(unix int64) recur.Wall {
	return recur.WallOf(time.Unix(unix, 0).In(c.Loc))
}
