package ics

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// show reads a calendar and prints its instances of [from, to), as a person would see.
func show(t testing.TB, text, from, to string) string {
	t.Helper()
	cal, err := Read(strings.NewReader(text), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	events, _ := cal.Events(calendar.Span{Start: day(t, from), End: day(t, to)}, berlin(t), Owner{Addresses: []string{"dana@example.com"}})
	var b bytes.Buffer
	if err := WriteRows(&b, events); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func berlin(t testing.TB) *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func day(t testing.TB, s string) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, s, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// event wraps the lines of one event in a calendar.
func event(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n" + strings.Join(lines, "\r\n") +
		"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestShow(t *testing.T) {
	got := show(t, event("DTSTART;TZID=Europe/Berlin:20260327T090000", "DTEND;TZID=Europe/Berlin:20260327T093000",
		"RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20260328T090000", "SUMMARY:Stand-up\\, daily"), "2026-03-01", "2026-04-01")
	want := `{"uid":"a","recurrence_id":"20260327T090000","start":"2026-03-27T09:00:00+01:00","end":"2026-03-27T09:30:00+01:00","zone":"Europe/Berlin","all_day":false,"state":"busy","title":"Stand-up, daily"}
{"uid":"a","recurrence_id":"20260329T090000","start":"2026-03-29T09:00:00+02:00","end":"2026-03-29T09:30:00+02:00","zone":"Europe/Berlin","all_day":false,"state":"busy","title":"Stand-up, daily"}
{"uid":"a","recurrence_id":"20260330T090000","start":"2026-03-30T09:00:00+02:00","end":"2026-03-30T09:30:00+02:00","zone":"Europe/Berlin","all_day":false,"state":"busy","title":"Stand-up, daily"}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
