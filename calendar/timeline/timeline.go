// Package timeline turns the calendars of one manager into a timeline: time cut into
// segments that do not overlap, each free, a meeting, focus, away, off-hours or quiet,
// each with where that is known from, how sure it is, how old the news is, and why.
//
// The base is the week as the user described it: working hours, quiet hours, public
// holidays. On it lie the events of every calendar; where two disagree, busy wins. Focus
// time is declared (the calendar or a focus tool says so) or inferred (a block that comes
// back in the same place, busy, alone, in which the manager writes no mail); the user may
// confirm or reject it and the answer counts for more than any evidence.
//
// A calendar that could not be read for longer than its max age is stale. What was known
// of it stays on the timeline, working hours hold elsewhere, and [Timeline.Stale] says it.
//
// The package is pure: no clock, no network, no randomness. Equal input gives an equal
// timeline with an equal [Timeline.Version].
package timeline

import (
	"sort"
	"time"

	"headsup/calendar"
)

// Kind is what a segment of a manager's time is.
type Kind string

// The kinds, from the one that gives way to the one that always holds.
const (
	Free     Kind = "free"
	OffHours Kind = "off-hours"
	Focus    Kind = "focus"
	Meeting  Kind = "meeting"
	Away     Kind = "away"
	Quiet    Kind = "quiet"
)

// rank orders the kinds where several lie on the same time: the highest one is shown.
func (k Kind) rank() int {
	switch k {
	case Quiet:
		return 5
	case Away:
		return 4
	case Meeting:
		return 3
	case Focus:
		return 2
	case OffHours:
		return 1
	}
	return 0
}

// Segment is a stretch of time of one kind.
type Segment struct {
	calendar.Span
	Kind       Kind
	Title      string    // of the event, "" for the base
	Source     string    // name of the calendar, "working hours", "quiet hours", "holiday"
	Confidence float64   // 0 to 1, that the kind is right
	AsOf       time.Time // when the source was last read; zero for the base
	Why        string    // in words, for a person
}

// Timeline is a manager's time. The zero value knows nothing: all of it is off-hours.
type Timeline struct {
	Zone     *time.Location
	Range    calendar.Span // whole days in Zone
	Segments []Segment     // sorted, touching, covering Range without overlap
	Stale    []string      // calendars past their max age, in words
	Hours    Hours         // as declared or inferred
	HoursWhy string        // where Hours come from, in words

	aways   []Segment // leave before it was cut by nights and weekends, merged
	quiet   QuietHours
	version string
}

// Version names the content: equal timelines have equal versions.
func (t Timeline) Version() string { return t.version }

// At is the segment that holds at an instant. Outside Range it is judged by working
// hours and quiet hours alone.
func (t Timeline) At(at time.Time) Segment {
	if i := t.index(at); i >= 0 {
		return t.Segments[i]
	}
	return t.beyond(at)
}

// Index is the position in Segments of the one that holds at an instant, -1 outside Range.
func (t Timeline) index(at time.Time) int {
	i := sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].End.After(at) })
	if i == len(t.Segments) || t.Segments[i].Start.After(at) {
		return -1
	}
	return i
}

// Next is the first segment that starts after an instant and is of one of the kinds (of
// any, if none is named); false if Range holds none.
func (t Timeline) Next(after time.Time, kinds ...Kind) (Segment, bool) {
	i := sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].Start.After(after) })
	for ; i < len(t.Segments); i++ {
		if len(kinds) == 0 || has(kinds, t.Segments[i].Kind) {
			return t.Segments[i], true
		}
	}
	return Segment{}, false
}

// Before is the last segment that ends at or before an instant and is of one of the kinds.
func (t Timeline) Before(at time.Time, kinds ...Kind) (Segment, bool) {
	i := sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].End.After(at) })
	for i--; i >= 0; i-- {
		if len(kinds) == 0 || has(kinds, t.Segments[i].Kind) {
			return t.Segments[i], true
		}
	}
	return Segment{}, false
}

// Allowed lists the spans within a range whose kind is one of those given, neighbours
// joined.
func (t Timeline) Allowed(within calendar.Span, kinds ...Kind) []calendar.Span {
	var out []calendar.Span
	for i := max(t.index(within.Start), 0); i < len(t.Segments); i++ {
		s := t.Segments[i]
		if !s.Start.Before(within.End) {
			break
		}
		part := calendar.Span{Start: later(s.Start, within.Start), End: earlier(s.End, within.End)}
		if part.Empty() || !has(kinds, s.Kind) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].End.Equal(part.Start) {
			out[n-1].End = part.End
			continue
		}
		out = append(out, part)
	}
	return out
}

// Over lists the segments that cover a range, which may reach beyond Range: there
// working hours and quiet hours alone decide. The outer ones are not cut to it.
func (t Timeline) Over(within calendar.Span) []Segment {
	if t.Zone == nil || within.Empty() {
		return nil
	}
	if !within.Start.Before(t.Range.Start) && !within.End.After(t.Range.End) {
		i := max(t.index(within.Start), 0)
		j := sort.Search(len(t.Segments), func(i int) bool { return !t.Segments[i].Start.Before(within.End) })
		return t.Segments[i:max(i, j)]
	}
	var out []Segment
	add := func(s calendar.Span) {
		if s = (calendar.Span{Start: later(s.Start, within.Start), End: earlier(s.End, within.End)}); !s.Empty() {
			out = append(out, cut(s, base(calendar.Span{Start: dayStart(s.Start, t.Zone), End: s.End}, t.Zone, t.Hours, t.quiet, nil))...)
		}
	}
	add(calendar.Span{Start: within.Start, End: t.Range.Start})
	if t.Range.Overlaps(within) {
		out = append(out, t.Over(calendar.Span{Start: later(within.Start, t.Range.Start), End: earlier(within.End, t.Range.End)})...)
	}
	add(calendar.Span{Start: t.Range.End, End: within.End})
	return out
}

// Leave is the absence that holds at an instant, whole: nights and weekends inside it
// are part of it.
func (t Timeline) Leave(at time.Time) (Segment, bool) {
	for _, a := range t.aways {
		if a.Contains(at) {
			return a, true
		}
	}
	return Segment{}, false
}

// Leaves lists all absences, whole.
func (t Timeline) Leaves() []Segment { return t.aways }

func has(kinds []Kind, k Kind) bool {
	for _, x := range kinds {
		if x == k {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
