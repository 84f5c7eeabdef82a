package recap

import (
	"testing"
	"time"

	"headsup/calendar"
)

func TestMatch(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, berlin) }
	event := func(title string, day, hour int, people ...string) calendar.Event {
		e := calendar.Event{UID: title, Title: title, Span: calendar.Span{Start: at(day, hour, 0), End: at(day, hour, 30)}}
		for _, p := range people {
			e.Attendees = append(e.Attendees, calendar.Attendee{Name: p})
		}
		return e
	}
	cancelled := event("Budget", 4, 10)
	cancelled.Status = calendar.Cancelled
	week := []calendar.Event{
		event("Budget review", 4, 10, "Dana Reyes", "Sam Okafor"), event("Design sync", 4, 14, "Kim Novak"), event("Design sync", 11, 14, "Kim Novak"),
		event("Stand-up", 4, 9), event("Stand-up", 5, 9), cancelled,
		{Title: "Dana on leave", AllDay: true, Span: calendar.Span{Start: at(4, 0, 0), End: at(5, 0, 0)}},
	}
	tests := []struct {
		name  string
		note  Recap
		saved time.Time
		want  string
		ask   string
	}{
		{"title and day", Recap{Title: "Budget review", Date: "2026-03-04"}, at(4, 18, 0), "Budget review 4", ""},
		{"part of the title", Recap{Title: "Budget 2026-03-04", Date: "2026-03-04"}, at(4, 10, 40), "Budget review 4", ""},
		{"time and people", Recap{Title: "Notes", Attendees: []string{"Dana", "Sam Okafor"}}, at(4, 10, 35), "Budget review 4", ""},
		{"recurring: the day decides", Recap{Title: "Design sync", Date: "2026-03-11"}, at(11, 15, 0), "Design sync 11", ""},
		{"no day: the time decides", Recap{Title: "Stand-up"}, at(5, 9, 40), "Stand-up 5", ""},
		{"another day", Recap{Title: "Budget review", Date: "2026-03-06"}, at(6, 11, 0), "", ""},
		{"nothing fits", Recap{Title: "Dentist"}, at(7, 11, 0), "", ""},
		{"before the end", Recap{Title: "Budget review", Date: "2026-03-04"}, at(4, 10, 5), "Budget review 4",
			`the note was saved before "Budget review" (4 Mar 10:00) ended: are these plans or what was said?`},
	}
	for _, tt := range tests {
		m, ok := Match(tt.note, tt.saved, week)
		got := ""
		if ok {
			got = m.Event.Title + m.Event.Start.Format(" 2")
		}
		if got != tt.want || m.Ask != tt.ask {
			t.Errorf("%s: got %q (%v, %s), ask %q, want %q, ask %q", tt.name, got, m.Score, m.Why, m.Ask, tt.want, tt.ask)
		}
	}
	twins := []calendar.Event{event("Design sync", 4, 14), event("Design sync EU", 4, 14)}
	m, ok := Match(Recap{Title: "Design sync"}, at(4, 14, 40), twins)
	if want := `the note fits "Design sync" (4 Mar 14:00) and "Design sync EU" (4 Mar 14:00)`; !ok || m.Ask != want {
		t.Errorf("twins: ask %q, want %q", m.Ask, want)
	}
}
