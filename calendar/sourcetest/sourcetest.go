// Package sourcetest is the suite that every calendar source passes, whatever protocol it
// speaks: what the contract of [calendar.Source] says, and what the rest of headsup
// relies on without looking.
package sourcetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headsup/calendar"
)

// Event is what a peer is given to serve.
type Event struct {
	UID        string
	Start, End time.Time // of an all-day event only their dates count
	AllDay     bool
}

// Peer is the other side of a source: a file, a server, a fake.
type Peer interface {
	// Source is a new source that reads this peer and knows nothing yet.
	Source() calendar.Source
	// Serve replaces everything that the peer has.
	Serve(events []Event)
	// Break makes every answer from now on useless, in the n-th of the ways that the
	// peer knows; it returns false if there is no such way. Mend ends it.
	Break(n int) bool
	Mend()
}

// Run holds the sources of a peer to the contract.
func Run(t *testing.T, open func(t *testing.T) Peer) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Peer)
	}{
		{"window", window}, {"days", days}, {"versions", versions}, {"empty", empty}, {"failures", failures},
		{"cancelled", cancelled}, {"together", together},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func at(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }

func week() calendar.Span { return calendar.Span{Start: at(2, 0), End: at(9, 0)} }

func hour(uid string, day, h int) Event { return Event{UID: uid, Start: at(day, h), End: at(day, h+1)} }

func list(snap calendar.Snapshot) string {
	var out []string
	for _, ev := range snap.Events {
		out = append(out, ev.Start.UTC().Format("02T15:04")+"-"+ev.End.UTC().Format("02T15:04"))
	}
	return strings.Join(out, " ")
}

func look(t *testing.T, s calendar.Source, w calendar.Span, want string) calendar.Snapshot {
	t.Helper()
	before := time.Now().Add(-time.Minute)
	snap, err := s.Events(t.Context(), w, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if got := list(snap); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if snap.Range != w || snap.Version == "" || snap.AsOf.Before(before) {
		t.Errorf("range %v, version %q, as of %v", snap.Range, snap.Version, snap.AsOf)
	}
	if !slices.IsSortedFunc(snap.Events, func(a, b calendar.Event) int { return a.Start.Compare(b.Start) }) {
		t.Error("not sorted by start")
	}
	return snap
}

// window: what starts or runs within it and nothing else; another window of the same
// source is answered as well.
func window(t *testing.T, p Peer) {
	p.Serve([]Event{
		hour("later", 6, 9), hour("first", 2, 0), hour("last", 8, 23), hour("after", 9, 0), hour("before", 1, 23),
		{UID: "into", Start: at(1, 22), End: at(2, 2)}, {UID: "out", Start: at(8, 22), End: at(9, 2)},
		{UID: "across", Start: at(1, 0), End: at(10, 0)},
	})
	s := p.Source()
	look(t, s, week(), "01T00:00-10T00:00 01T22:00-02T02:00 02T00:00-02T01:00 06T09:00-06T10:00 08T22:00-09T02:00 08T23:00-09T00:00")
	look(t, s, calendar.Span{Start: at(9, 0), End: at(10, 0)}, "01T00:00-10T00:00 08T22:00-09T02:00 09T00:00-09T01:00")
	look(t, s, week(), "01T00:00-10T00:00 01T22:00-02T02:00 02T00:00-02T01:00 06T09:00-06T10:00 08T22:00-09T02:00 08T23:00-09T00:00")
}

// days: an all-day event is the civil day of the asker.
func days(t *testing.T, p Peer) {
	p.Serve([]Event{{UID: "day", Start: at(4, 0), End: at(5, 0), AllDay: true}})
	s := p.Source()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		snap, err := s.Events(t.Context(), week(), loc)
		if err != nil || len(snap.Events) != 1 {
			t.Fatalf("%s: %v %v", name, snap.Events, err)
		}
		ev := snap.Events[0]
		if want := time.Date(2026, 3, 4, 0, 0, 0, 0, loc); !ev.AllDay || ev.Zone != "" || !ev.Start.Equal(want) || !ev.End.Equal(want.AddDate(0, 0, 1)) {
			t.Errorf("%s: %v to %v, zone %q", name, ev.Start, ev.End, ev.Zone)
		}
	}
}

// versions: equal while nothing changes; another when an event comes, moves or goes.
func versions(t *testing.T, p Peer) {
	p.Serve([]Event{hour("a", 2, 9), hour("b", 3, 9)})
	s := p.Source()
	one := look(t, s, week(), "02T09:00-02T10:00 03T09:00-03T10:00")
	if again := look(t, s, week(), "02T09:00-02T10:00 03T09:00-03T10:00"); again.Version != one.Version {
		t.Error("another version of the same")
	}
	seen := []string{one.Version}
	for _, step := range []struct {
		events []Event
		want   string
	}{
		{[]Event{hour("a", 2, 9), hour("b", 3, 9), hour("c", 4, 9)}, "02T09:00-02T10:00 03T09:00-03T10:00 04T09:00-04T10:00"},
		{[]Event{hour("a", 2, 9), hour("b", 3, 11), hour("c", 4, 9)}, "02T09:00-02T10:00 03T11:00-03T12:00 04T09:00-04T10:00"},
		{[]Event{hour("b", 3, 11), hour("c", 4, 9)}, "03T11:00-03T12:00 04T09:00-04T10:00"},
	} {
		p.Serve(step.events)
		next := look(t, s, week(), step.want)
		if slices.Contains(seen, next.Version) {
			t.Errorf("the old version of something new: %s", step.want)
		}
		seen = append(seen, next.Version)
	}
}

// empty: a calendar without events is an answer and not an error.
func empty(t *testing.T, p Peer) {
	p.Serve(nil)
	look(t, p.Source(), week(), "")
}

// failures: nothing is given of a useless answer, and the next good one is whole.
func failures(t *testing.T, p Peer) {
	p.Serve([]Event{hour("a", 2, 9), hour("b", 3, 9)})
	s := p.Source()
	good := look(t, s, week(), "02T09:00-02T10:00 03T09:00-03T10:00")
	n := 0
	for p.Break(n) {
		n++
		snap, err := s.Events(t.Context(), week(), time.UTC)
		if err == nil || len(snap.Events) != 0 || snap.Version != "" || !snap.AsOf.IsZero() {
			t.Errorf("failure %d: %v, %s", n, err, list(snap))
		}
		p.Mend()
		if back := look(t, s, week(), "02T09:00-02T10:00 03T09:00-03T10:00"); back.Version != good.Version {
			t.Errorf("failure %d left another version behind", n)
		}
	}
	if n == 0 {
		t.Error("the peer knows no way to fail")
	}
}

// cancelled: a context that has ended ends the question.
func cancelled(t *testing.T, p Peer) {
	p.Serve([]Event{hour("a", 2, 9)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if snap, err := p.Source().Events(ctx, week(), time.UTC); err == nil || len(snap.Events) != 0 {
		t.Errorf("%v %s", err, list(snap))
	}
}

// together: several may ask at once.
func together(t *testing.T, p Peer) {
	p.Serve([]Event{hour("a", 2, 9)})
	s := p.Source()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if snap, err := s.Events(t.Context(), week(), time.UTC); err != nil || list(snap) != "02T09:00-02T10:00" {
				t.Errorf("%v %s", err, list(snap))
			}
		})
	}
	wg.Wait()
}

// ICalendar is the events as a file, for peers that speak it.
func ICalendar(events []Event) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.com//sourcetest//EN\r\n")
	for _, ev := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\n", ev.UID)
		if ev.AllDay {
			fmt.Fprintf(&b, "DTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\n", ev.Start.Format("20060102"), ev.End.Format("20060102"))
		} else {
			fmt.Fprintf(&b, "DTSTART:%s\r\nDTEND:%s\r\n", ev.Start.UTC().Format("20060102T150405Z"), ev.End.UTC().Format("20060102T150405Z"))
		}
		b.WriteString("END:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}
