// Package rhythm learns when one person is at the mail, from nothing but the times of
// the mails of that person which the user could see.
//
// The story in four steps. [Rhythm.Observe] takes a sighting: an instant and the
// offset that the client wrote. Sightings a minute apart are one event (see log.go).
// Events are counted in the 672 quarter hours of the week, in the zone in which the
// person now lives (zone.go), the last weeks weighing more, smoothed, and shrunk
// towards the working week of a [Prior] while there is little to go by (week.go).
// [Rhythm.StateAt] says how long ago the person was last seen, which matters as much
// as the hour. [Rhythm.Forecast] joins both into two chances for every five minutes to
// come and every state: that the person is active within half an hour, and that a mail
// of theirs will be seen in the next step. What to do with them is the business of
// rules/window.
//
// The person reads more mail than they send, so a chance is a lower bound of being
// read. Nothing here reads a clock: the moment is always an argument, and the same
// sightings in any order give the same forecast.
package rhythm

import (
	"fmt"
	"hash/fnv"
	"math"
	"time"
)

// Seen is one mail of the person that the user could see. Automatic replies, calendar
// answers and list mail that nobody wrote by hand are left out by the caller.
type Seen struct {
	At     time.Time
	Offset int // minutes east of UTC that the client wrote
}

// Rhythm is what is known about one person. Make it with [New]. It is not safe for
// concurrent use; [Rhythm.Clone] gives a copy to read from.
type Rhythm struct {
	prior Prior
	home  *time.Location
	since int64 // the user could see mail from here on, Unix seconds; 0: from the first mail
	marks []mark
	lent  bool   // a copy reads the same marks: they must not be moved in place
	sum   uint64 // over all marks, whatever their order
	stale bool   // marks came out of order: what is learned must be learned again
	know  knowledge
}

// New starts with nothing but the prior. The location is where the person is thought to
// live until their mail says otherwise; nil means unknown: the first mail decides.
func New(p Prior, loc *time.Location) *Rhythm {
	r := &Rhythm{prior: p, home: loc}
	r.know = newKnowledge(r.home)
	return r
}

// Since says from when on the user could see mail of the person, so that a silence
// before the first mail counts. Without it the time before the first mail is unknown.
func (r *Rhythm) Since(t time.Time) {
	r.since = t.Unix()
	r.stale = true
}

// Observe learns from one mail. Order and repetition do not matter; a mail from before
// 1990 or after 2099 is no mail. In order it costs
// the same however long the history is; out of order the next question pays for
// learning once again.
func (r *Rhythm) Observe(s Seen) {
	m := mark{at: s.At.Unix(), offset: int16(clampOffset(s.Offset))}
	if !m.believable() || !r.insert(m) {
		return
	}
	if !r.stale {
		r.know.learn(m)
	}
}

// N is the number of events learned from.
func (r *Rhythm) N() int {
	r.settle()
	return r.know.events
}

// Last is when the person was last seen, zero if never.
func (r *Rhythm) Last() time.Time {
	r.settle()
	if r.know.events == 0 {
		return time.Time{}
	}
	return time.Unix(r.know.lastEvent, 0).UTC()
}

// Zone is the offset east of UTC, in minutes, in which the person lives at t.
func (r *Rhythm) Zone(t time.Time) int {
	r.settle()
	return r.know.zone.offset(t.Unix())
}

// Version changes when something was learned that could change a forecast.
func (r *Rhythm) Version() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %d %v", r.prior.Name, formatVersion, r.since, r.home)
	fmt.Fprintf(h, " %d %x", len(r.marks), r.sum)
	return fmt.Sprintf("r%d-%012x", len(r.marks), h.Sum64()&0xffffffffffff)
}

// Clone is an independent copy. It costs the same however long the history is.
func (r *Rhythm) Clone() *Rhythm {
	r.settle()
	r.lent = true
	c := *r
	c.marks = r.marks[:len(r.marks):len(r.marks)] // what either appends, the other does not see
	return &c
}

// settle learns everything again if sightings came out of order.
func (r *Rhythm) settle() {
	if !r.stale {
		return
	}
	r.stale = false
	r.know = newKnowledge(r.home)
	for _, m := range r.marks {
		r.know.learn(m)
	}
}

// exposure is the decayed number of weeks in which mail could be seen, up to now.
func (r *Rhythm) exposure(now int64) float64 {
	from := r.since
	if from == 0 && len(r.marks) > 0 {
		from = r.marks[0].at
	}
	if from == 0 || now <= from {
		return 0
	}
	weeks := float64(now-from) / weekSeconds
	return (1 - math.Exp2(-weeks/halfLifeWeeks)) * halfLifeWeeks / math.Ln2
}
