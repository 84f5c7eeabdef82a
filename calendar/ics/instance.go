package ics

import (
	"slices"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/recur"
)

// instance is one event of the answer before it is written out in full: the times here,
// everything that all instances of an entry share in ev.
type instance struct {
	ev         *calendar.Event
	loc        *time.Location
	start, end int64 // Unix seconds
	id         original
}

// original is the start that an instance had by its rule, in the form of the file.
type original struct {
	wall recur.Wall
	form form
	set  bool // false: the event does not recur
}

func originalOf(s stamp, w recur.Wall) original { return original{w, s.form, true} }

// String is the RECURRENCE-ID, "" for a single event.
func (o original) String() string {
	if !o.set {
		return ""
	}
	t := o.wall.Civil()
	var b [16]byte
	out := t.AppendFormat(b[:0], "20060102")
	if o.form != formDate {
		out = t.AppendFormat(out, "T150405")
	}
	if o.form == formUTC {
		out = append(out, 'Z')
	}
	return string(out)
}

// event writes the instance out.
func (i *instance) event() calendar.Event {
	ev := *i.ev
	ev.Start, ev.End = time.Unix(i.start, 0).In(i.loc), time.Unix(i.end, 0).In(i.loc)
	ev.RecurrenceID = i.id.String()
	return ev
}

// sorted gives the events by start, then UID, then end. What is moved about is a start
// and a number, since the instances may be many.
func (x *expander) sorted() []calendar.Event {
	type ref struct {
		start int64
		at    int32
	}
	refs := make([]ref, len(x.out))
	for i := range x.out {
		refs[i] = ref{x.out[i].start, int32(i)}
	}
	slices.SortFunc(refs, func(a, b ref) int {
		if a.start != b.start {
			return compare(a.start, b.start)
		}
		l, r := &x.out[a.at], &x.out[b.at]
		if c := strings.Compare(l.ev.UID, r.ev.UID); c != 0 {
			return c
		}
		if c := compare(l.end, r.end); c != 0 {
			return c
		}
		return compare(a.at, b.at)
	})
	out := make([]calendar.Event, len(refs))
	for i, r := range refs {
		out[i] = x.out[r.at].event()
	}
	return out
}
