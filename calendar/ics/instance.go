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

// pile is a list of instances that grows without being copied.
type pile struct {
	parts [][]instance
	n     int // of all that were added; those beyond the most are only counted
}

const pilePart = 1 << 10

func (p *pile) add(i instance, most int) {
	if p.n++; p.n > most {
		return
	}
	last := len(p.parts) - 1
	if last < 0 || len(p.parts[last]) == pilePart {
		room := pilePart
		if last < 0 {
			room = 16
		}
		p.parts = append(p.parts, make([]instance, 0, room))
		last++
	}
	p.parts[last] = append(p.parts[last], i)
}

// at is the i-th instance.
func (p *pile) at(i int) *instance { return &p.parts[i/pilePart][i%pilePart] }

// cut takes off all but the first n.
func (p *pile) cut(n int) {
	if n >= p.n {
		return
	}
	p.n = n
	keep := (n + pilePart - 1) / pilePart
	p.parts = p.parts[:min(keep, len(p.parts))]
	if n%pilePart != 0 && keep <= len(p.parts) {
		p.parts[keep-1] = p.parts[keep-1][:n%pilePart]
	}
}

// sorted gives the events by start, then UID, then end. What is moved about is a start
// and a number, since the instances may be many.
func (x *expander) sorted() []calendar.Event {
	type ref struct {
		start int64
		at    int32
	}
	refs := make([]ref, x.out.n)
	for i := range refs {
		refs[i] = ref{x.out.at(i).start, int32(i)}
	}
	slices.SortFunc(refs, func(a, b ref) int {
		if a.start != b.start {
			return compare(a.start, b.start)
		}
		l, r := x.out.at(int(a.at)), x.out.at(int(b.at))
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
		out[i] = x.out.at(int(r.at)).event()
	}
	return out
}
