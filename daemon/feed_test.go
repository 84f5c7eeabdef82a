package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/caldav"
	"headsup/calendar/graph"
	"headsup/calendar/ics"
	"headsup/daemon/ledger"
)

// oneFeed is a feed over a source that the test answers for.
type oneFeed struct {
	*feed
	now     time.Time
	events  int
	err     error
	faults  []string
	told    []string
	changed int
	kept    []ledger.Calendar
}

func (o *oneFeed) Events(_ context.Context, within calendar.Span, _ *time.Location) (calendar.Snapshot, error) {
	if o.err != nil {
		return calendar.Snapshot{}, o.err
	}
	snap := calendar.Snapshot{Range: within, Version: fmt.Sprint(o.events), Faults: o.faults}
	for i := range o.events {
		at := o.now.Add(time.Duration(i+1) * 24 * time.Hour)
		snap.Events = append(snap.Events, calendar.Event{UID: fmt.Sprint(i), Span: calendar.Span{Start: at, End: at.Add(time.Hour)}})
	}
	return snap, nil
}

func (o *oneFeed) Calendars(context.Context, string) ([]ledger.Calendar, error) { return o.kept, nil }

func (o *oneFeed) SetCalendar(_ context.Context, _ time.Time, c ledger.Calendar) error {
	o.kept = []ledger.Calendar{c}
	return nil
}

func newFeed() *oneFeed {
	o := &oneFeed{now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), events: 20}
	o.feed = &feed{
		name: "dana", manager: "dana", source: o, zone: time.UTC, poll: time.Minute, maxAge: 2 * time.Hour, store: o, log: slog.New(slog.DiscardHandler),
		tell: func(_ context.Context, _, text string) { o.told = append(o.told, text) }, changed: func(string, string) { o.changed++ },
	}
	return o
}

// turn is one look, some minutes after the last; it returns how many events are known.
func (o *oneFeed) turn(t *testing.T, minutes int) int {
	t.Helper()
	o.now = o.now.Add(time.Duration(minutes) * time.Minute)
	if _, err := o.step(t.Context(), o.now); err != nil {
		t.Fatal(err)
	}
	snap, _ := o.state()
	return len(snap.Events)
}

// TestF10Emptied: a calendar that loses more than four fifths of its coming events is
// doubted: what was known holds, and the user hears of it. It is believed after half an
// hour, or at once when the user says so; a calendar that fills again was never empty.
func TestF10Emptied(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after int
		doubted       bool
	}{
		{"all gone", 20, 0, true}, {"most gone", 20, 3, true}, {"four fifths gone", 20, 4, false}, {"half gone", 20, 10, false},
		{"a small calendar", 4, 0, false}, {"five of five", 5, 0, true},
	} {
		o := newFeed()
		o.events = c.before
		o.turn(t, 0)
		o.events = c.after
		want := c.after
		if c.doubted {
			want = c.before
		}
		if n := o.turn(t, 1); n != want || (len(o.told) > 0) != c.doubted {
			t.Errorf("%s: %d events are known, want %d; told %q", c.name, n, want, o.told)
		}
		if _, err := o.state(); errors.Is(err, calendar.ErrDoubtful) != c.doubted {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	o := newFeed()
	o.turn(t, 0)
	if o.accept() {
		t.Error("accepted though nothing is doubted")
	}
	o.events = 0
	if n := o.turn(t, 1); n != 20 || !strings.Contains(o.told[0], "headsup calendar accept dana") || o.changed != 1 {
		t.Errorf("%d events, told %q", n, o.told)
	}
	if n := o.turn(t, 29); n != 20 {
		t.Errorf("after 29 minutes %d are known", n)
	}
	o.events = 20
	o.turn(t, 0) // it was a fault
	o.events = 0
	if n := o.turn(t, 5); n != 20 {
		t.Errorf("a new doubt begins anew, but %d are known", n)
	}
	if n := o.turn(t, 31); n != 0 {
		t.Errorf("after half an hour %d are known", n)
	}
	o.events = 20
	o.turn(t, 1)
	o.events = 1
	o.turn(t, 1)
	if !o.accept() || o.turn(t, 1) != 1 {
		t.Error("the user's word was not believed")
	}
	o.events = 20
	o.turn(t, 1)
	o.events = 0
	if n := o.turn(t, 1); n != 20 {
		t.Errorf("an old word was believed again: %d are known", n)
	}
}

// tooOften is the answer of a server that was asked too often.
type tooOften time.Duration

func (e tooOften) Error() string        { return "too often" }
func (e tooOften) After() time.Duration { return time.Duration(e) }

// TestF3LeftAlone: the next look waits as long as the server asks, within reason.
func TestF3LeftAlone(t *testing.T) {
	o := newFeed()
	o.turn(t, 0)
	for asked, want := range map[time.Duration]time.Duration{0: time.Minute, 10 * time.Second: time.Minute, time.Hour: time.Hour, 100 * time.Hour: 6 * time.Hour} {
		o.err = fmt.Errorf("read calendar: %w", tooOften(asked))
		next, err := o.step(t.Context(), o.now)
		if err != nil || next.Sub(o.now) != want {
			t.Errorf("asked for %v: next look in %v, want %v (%v)", asked, next.Sub(o.now), want, err)
		}
	}
	for _, err := range []error{&ics.StatusError{RetryAfter: time.Hour}, &caldav.StatusError{RetryAfter: time.Hour}, &graph.StatusError{RetryAfter: time.Hour}} {
		if got := askedFor(fmt.Errorf("x: %w", err)); got != time.Hour {
			t.Errorf("%T asks for %v", err, got)
		}
	}
}

// TestNoTitleInTheLog: an entry that cannot be read is counted in the log; what it is called
// is the manager's business.
func TestNoTitleInTheLog(t *testing.T) {
	var log strings.Builder
	o := newFeed()
	o.log = slog.New(slog.NewTextHandler(&log, nil))
	o.faults = []string{`line 12: event "Surgery" is taken as busy: RRULE FREQ=OFTEN`}
	o.turn(t, 0)
	if text := log.String(); strings.Contains(text, "Surgery") || !strings.Contains(text, "not readable") {
		t.Errorf("logged: %s", text)
	}
}

// TestDoubtIsToldAgain: each doubt is told once, and a later one is another.
func TestDoubtIsToldAgain(t *testing.T) {
	o := newFeed()
	causes := map[string]int{}
	o.tell = func(_ context.Context, cause, _ string) { causes[cause]++ }
	for range 2 {
		for _, bad := range []func(){func() { o.events = 0 }, func() { o.err = calendar.ErrDoubtful }} {
			o.events, o.err = 20, nil
			o.turn(t, 60)
			bad()
			o.turn(t, 1)
			o.turn(t, 1)
		}
	}
	if len(causes) != 4 {
		t.Errorf("four doubts have %d causes: %v", len(causes), causes)
	}
}

// TestStaleIsTold: what cannot be read keeps what was known, and is told once it is older
// than it may be; the next good answer ends it.
func TestStaleIsTold(t *testing.T) {
	o := newFeed()
	o.turn(t, 0)
	o.err = errors.New("no route to host")
	if n := o.turn(t, 60); n != 20 || len(o.told) != 0 {
		t.Errorf("an hour later: %d events, told %q", n, o.told)
	}
	if n := o.turn(t, 61); n != 20 || len(o.told) != 1 || !strings.Contains(o.told[0], "Known busy times still hold") {
		t.Errorf("past its age: %d events, told %q", n, o.told)
	}
	o.err = nil
	if n := o.turn(t, 1); n != 20 {
		t.Errorf("%d events", n)
	}
	if _, err := o.state(); err != nil {
		t.Error(err)
	}
	// After a restart the last answer is known before the first look.
	again := newFeed()
	again.kept, again.err = o.kept, errors.New("no route to host")
	if n := again.turn(t, 0); n != 20 {
		t.Errorf("after a restart %d are known", n)
	}
}
