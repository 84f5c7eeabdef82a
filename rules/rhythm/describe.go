package rhythm

import (
	"math"
	"time"
)

// Habit is what the past says about one hour of one weekday, in plain numbers for the
// sentences that explain a choice.
type Habit struct {
	Weeks   int     // weeks that were looked at, at most twelve
	Active  int     // of those, weeks in which the person was seen in that hour of that weekday
	Days    int     // working days (or days of the weekend) in the same weeks
	OnDays  int     // of those, days on which the person was seen in that hour
	Events  int     // everything learned from
	Lift    float64 // how much busier the half hour is than the average one: 1 is average
	Trusted bool    // enough was seen to speak of habits
}

// habitWeeks is how far back a sentence about habits looks; habitEvents from how many
// events on there is one.
const (
	habitWeeks  = 12
	habitEvents = 20
)

// Describe gives the numbers for the hour of t in the person's own zone, from what was
// seen before t.
func (r *Rhythm) Describe(t time.Time) Habit {
	r.settle()
	at := t.Unix()
	m := r.model(t)
	local := at/60 + int64(r.know.zone.offset(at))
	h := Habit{Events: r.know.events, Trusted: r.know.events >= habitEvents, Lift: math.Exp(m.x(slotOf(local + 5)))}
	if len(r.marks) == 0 {
		return h
	}
	first := r.marks[0].at
	if r.since != 0 {
		first = min(first, r.since)
	}
	h.Weeks = int(min(habitWeeks, (at-first+weekSeconds-1)/weekSeconds))
	h.tally(r, at, local)
	return h
}

// tally walks back over the weeks and counts weeks and days on which the hour was used.
func (h *Habit) tally(r *Rhythm, at, local int64) {
	hour, day := floorDiv(local, 60)%24, floorDiv(local, 1440)
	kind := dayKind(slotOf(local) / daySlots)
	for back := int64(1); back <= int64(h.Weeks)*7; back++ {
		if dayKind(slotOf((day-back)*1440)/daySlots) != kind {
			continue
		}
		h.Days++
		from := at - (local-((day-back)*1440+hour*60))*60
		if !r.seenIn(from-from%60, 3600) {
			continue
		}
		h.OnDays++
		if back%7 == 0 {
			h.Active++
		}
	}
}
