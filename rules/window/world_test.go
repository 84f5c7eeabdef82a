package window

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// zone loads a location that the tests use.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// tue is "10:35" on Tuesday 2 June 2026 in Berlin; a leading number moves the day.
func tue(t testing.TB, clock string, days int) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-06-02 "+clock, zone(t, "Europe/Berlin"))
	if err != nil {
		t.Fatal(err)
	}
	return at.AddDate(0, 0, days)
}

// entry is an event in Dana's calendar.
func entry(t testing.TB, day int, from, to, title string) calendar.Event {
	return calendar.Event{UID: title + from, Title: title, Span: calendar.Span{Start: tue(t, from, day), End: tue(t, to, day)},
		Show: calendar.ShowBusy, Status: calendar.Confirmed,
		Attendees: []calendar.Attendee{{Address: "dana@example.com"}, {Address: "sam@example.com"}}}
}

func focus(e calendar.Event) calendar.Event {
	e.Type, e.Attendees = calendar.TypeFocus, nil
	return e
}

func leave(t testing.TB, from, to int) calendar.Event {
	return calendar.Event{UID: "leave", Title: "Urlaub", AllDay: true, Show: calendar.ShowAway, Status: calendar.Confirmed,
		Span: calendar.Span{Start: tue(t, "00:00", from), End: tue(t, "00:00", to)}}
}

// dana is a manager in Berlin with a calendar and twelve weeks of mail.
func dana(t testing.TB, now time.Time, r *rhythm.Rhythm, events ...calendar.Event) Manager {
	loc := zone(t, "Europe/Berlin")
	return Manager{Name: "Dana", Zone: loc, Rhythm: r, Timeline: timeline.Build(timeline.Input{
		Zone: loc, Now: now, Range: calendar.Span{Start: now.AddDate(0, 0, -1), End: now.AddDate(0, 0, 35)}, Hours: timeline.DefaultHours(),
		Calendars: []timeline.Calendar{{Name: "work", MaxAge: 2 * time.Hour, Snapshot: calendar.Snapshot{Events: events, AsOf: now}}},
	})}
}

// office is the rhythm of somebody who writes mail on working days around some hours.
func office(t testing.TB, until time.Time, hours ...int) *rhythm.Rhythm {
	loc := zone(t, "Europe/Berlin")
	r := rhythm.New(rhythm.Neutral(), loc)
	rnd := rand.New(rand.NewPCG(7, 11))
	for d := 84; d >= 1; d-- {
		day := tue(t, "00:00", 0).AddDate(0, 0, -d)
		if wd := day.In(loc).Weekday(); wd == time.Saturday || wd == time.Sunday {
			continue
		}
		for _, h := range hours {
			if rnd.IntN(10) < 7 {
				at := day.Add(time.Duration(h)*time.Hour + time.Duration(rnd.IntN(3600))*time.Second)
				if at.Before(until) {
					r.Observe(rhythm.Seen{At: at, Offset: 120})
				}
			}
		}
	}
	return r
}

func one(now time.Time, d Manager, m Message) Input {
	if m.ID == 0 {
		m.ID = 1
	}
	if m.Managers == nil {
		m.Managers = []string{"dana"}
	}
	if m.Priority == "" {
		m.Priority = rules.Normal
	}
	if m.Approved.IsZero() {
		m.Approved = now
	}
	return Input{Now: now, Managers: map[string]Manager{"dana": d}, Messages: []Message{m}}
}
