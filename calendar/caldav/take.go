package caldav

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
)

// What a look found becomes the state. A few changed objects are worked into the last
// answer, so that one change costs as much in a calendar of twenty thousand events as in a
// small one; anything out of the ordinary is done the long way, from all objects.

// digest is a hash. The digest of a collection is the sum of those of its objects, which
// can be kept up to date object by object.
type digest [4]uint64

func digestOf(parts ...string) digest {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	sum := h.Sum(nil)
	var d digest
	for i := range d {
		d[i] = binary.BigEndian.Uint64(sum[8*i:])
	}
	return d
}

func (d digest) plus(o digest) digest {
	for i := range d {
		d[i] += o[i]
	}
	return d
}

func (d digest) minus(o digest) digest {
	for i := range d {
		d[i] -= o[i]
	}
	return d
}

func (d digest) String() string {
	var b []byte
	for _, n := range d {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return hex.EncodeToString(b[:12])
}

// entryDigest is the digest of an object at its place.
func entryDigest(href string, it item) digest {
	return digestOf(href, string(it.hash.String()))
}

// view is an answer that can be kept up to date.
type view struct {
	within calendar.Span
	loc    *time.Location
	events []calendar.Event
	uids   map[string]int // in how many objects each UID is
}

// take makes what was found the state, and answers from it.
func (s *Source) take(found news, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	bytes, err := s.room(found)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	if snap, ok := s.patch(found, within, loc); ok {
		s.state.bytes = bytes
		return snap, nil
	}
	next := state{items: found.put, token: found.token, noSync: found.noSync, bytes: bytes}
	if !found.all {
		next.items = maps.Clone(s.state.items)
		maps.Copy(next.items, found.put)
		for href := range found.gone {
			delete(next.items, href)
		}
	}
	for href, it := range next.items {
		next.version = next.version.plus(entryDigest(href, it))
	}
	if next.joined = s.state.joined; next.joined == nil || next.version != s.state.version {
		var parts []*ics.Calendar
		for _, href := range slices.Sorted(maps.Keys(next.items)) {
			parts = append(parts, next.items[href].cal)
		}
		next.joined = ics.Join(parts, s.limits())
	}
	snap, err := next.joined.Snapshot(within, loc, s.Owner, next.version.String(), s.now())
	if err != nil {
		return calendar.Snapshot{}, err
	}
	if len(snap.Faults) == 0 {
		next.view = &view{within: within, loc: loc, events: snap.Events, uids: map[string]int{}}
		for _, it := range next.items {
			next.view.count(it.cal, 1)
		}
	}
	s.state = next
	return snap, nil
}

// room is how many bytes would be held with what was found. A calendar that grows a little
// with each look is bounded as one that comes at once.
func (s *Source) room(found news) (bytes int64, err error) {
	n := 0
	if !found.all {
		n, bytes = len(s.state.items), s.state.bytes
		for href := range found.gone {
			if old, known := s.state.items[href]; known {
				n, bytes = n-1, bytes-old.size
			}
		}
	}
	for href, it := range found.put {
		if old, known := s.state.items[href]; known && !found.all {
			n, bytes = n-1, bytes-old.size
		}
		n, bytes = n+1, bytes+it.size
	}
	lim := s.limits()
	switch {
	case n > lim.Entries:
		err = fmt.Errorf("the calendar has more than %d events", lim.Entries)
	case bytes > longer*lim.Bytes:
		err = fmt.Errorf("the events of the calendar are larger than %d MB together", longer*lim.Bytes>>20)
	}
	return bytes, err
}

func (v *view) count(cal *ics.Calendar, by int) {
	for _, uid := range cal.UIDs() {
		v.uids[uid] += by
	}
}

// few is how many changed objects are worked into an answer one by one.
const few = 20

// patch works a few changes into the last answer; false if that is not possible: another
// window, faults to be told, or an event that lies in several objects.
func (s *Source) patch(found news, within calendar.Span, loc *time.Location) (calendar.Snapshot, bool) {
	v := s.state.view
	if v == nil || found.all || len(found.put)+len(found.gone) > few || v.within != within || v.loc != loc {
		return calendar.Snapshot{}, false
	}
	out, ok := s.alone(found)
	if !ok {
		return calendar.Snapshot{}, false
	}
	var in []calendar.Event
	for href, it := range found.put {
		if old, ok := s.state.items[href]; ok && old.hash == it.hash {
			continue
		}
		snap, err := ics.Join([]*ics.Calendar{it.cal}, s.limits()).Snapshot(within, loc, s.Owner, "", s.now())
		if err != nil || len(snap.Faults) > 0 {
			return calendar.Snapshot{}, false
		}
		in = append(in, snap.Events...)
	}
	s.settle(found)
	v.events = merged(v.events, out, in)
	return calendar.Snapshot{Range: within, Events: slices.Clone(v.events), Version: s.state.version.String(), AsOf: s.now()}, true
}

// alone gives the UIDs that the changes are about. It is not ok if one of them lies in
// another object too, before or after, or if an object holds more than events.
func (s *Source) alone(found news) (uids map[string]bool, ok bool) {
	before, after := map[string]int{}, map[string]int{}
	plain := true
	note := func(in map[string]int, cal *ics.Calendar) {
		plain = plain && cal.OnlyEvents()
		for _, uid := range cal.UIDs() {
			in[uid]++
		}
	}
	for href := range found.gone {
		if old, known := s.state.items[href]; known {
			note(before, old.cal)
		}
	}
	for href, it := range found.put {
		old, known := s.state.items[href]
		if known && old.hash == it.hash {
			continue
		}
		if note(after, it.cal); known {
			note(before, old.cal)
		}
	}
	uids = map[string]bool{}
	for _, in := range []map[string]int{before, after} {
		for uid := range in {
			uids[uid] = true
			if others := s.state.view.uids[uid] - before[uid]; uid == "" || others > 0 || in[uid] > 1 {
				return nil, false
			}
		}
	}
	return uids, plain
}

// settle carries the changes out on the state. It cannot fail.
func (s *Source) settle(found news) {
	st := &s.state
	drop := func(href string) {
		if old, ok := st.items[href]; ok {
			st.version = st.version.minus(entryDigest(href, old))
			st.view.count(old.cal, -1)
			delete(st.items, href)
			st.joined = nil
		}
	}
	for href := range found.gone {
		drop(href)
	}
	for href, it := range found.put {
		if old, ok := st.items[href]; ok && old.hash == it.hash {
			st.items[href] = it // another ETag for the same
			continue
		}
		drop(href)
		st.items[href] = it
		st.version = st.version.plus(entryDigest(href, it))
		st.view.count(it.cal, 1)
		st.joined = nil
	}
	st.token = found.token
}

// merged is the list without the events of some UIDs and with others, in order.
func merged(list []calendar.Event, out map[string]bool, in []calendar.Event) []calendar.Event {
	if len(out) == 0 && len(in) == 0 {
		return list
	}
	kept := make([]calendar.Event, 0, len(list)+len(in))
	slices.SortStableFunc(in, order)
	for _, ev := range list {
		if out[ev.UID] {
			continue
		}
		for len(in) > 0 && order(in[0], ev) < 0 {
			kept, in = append(kept, in[0]), in[1:]
		}
		kept = append(kept, ev)
	}
	return append(kept, in...)
}

// order is that of [ics.Calendar.Events].
func order(a, b calendar.Event) int {
	return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.UID, b.UID), a.End.Compare(b.End))
}
