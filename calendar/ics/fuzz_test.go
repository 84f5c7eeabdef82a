package ics

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// FuzzRead holds any bytes to the promises: no panic, bounded answers, instances that
// touch the window, in order, and the same answer twice.
func FuzzRead(f *testing.F) {
	seeds, err := filepath.Glob("testdata/bad/*.ics")
	if err != nil || len(seeds) < 15 {
		f.Fatalf("the seeds are gone: %v %v", seeds, err)
	}
	for _, path := range seeds {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, lines := range []string{
		"DTSTART;TZID=Ours:20260302T090000\nDURATION:P1DT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9\nEXDATE:20260303T090000,20260304",
		"DTSTART;VALUE=DATE:20260302\nRDATE;VALUE=PERIOD:20260303T090000Z/PT2H\nEXRULE:FREQ=DAILY\nATTENDEE;CN=\"a;b\":mailto:dana@example.com",
		"DTSTART:20260302T090000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260301T000000Z\nSTATUS:CANCELLED",
	} {
		f.Add([]byte(event(strings.Split(lines, "\n")...)))
		f.Add([]byte(strings.Replace(event(strings.Split(lines, "\n")...), "BEGIN:VEVENT", strings.ReplaceAll(vtimezone, "%s", "Ours")+"BEGIN:VEVENT", 1)))
	}
	w := calendar.Span{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		cal, err := Read(bytes.NewReader(raw), DefaultLimits())
		if err != nil {
			return
		}
		a, _ := cal.Events(w, loc, Owner{Addresses: []string{"dana@example.com"}})
		b, _ := cal.Events(w, loc, Owner{Addresses: []string{"dana@example.com"}})
		var one, two bytes.Buffer
		if WriteRows(&one, a) != nil || WriteRows(&two, b) != nil || one.String() != two.String() {
			t.Fatal("two answers differ")
		}
		for i, ev := range a {
			if ev.End.Before(ev.Start) || !ev.Start.Before(w.End) || ev.End.Before(w.Start) {
				t.Fatalf("%v to %v is not within the window", ev.Start, ev.End)
			}
			if i > 0 && ev.Start.Before(a[i-1].Start) {
				t.Fatal("not in order")
			}
		}
	})
}
