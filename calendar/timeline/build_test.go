package timeline

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"headsup/calendar"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// ev makes an event "2026-06-01 09:00 + 1h" in Berlin.
func ev(t testing.TB, start string, length time.Duration, title string, change ...func(*calendar.Event)) calendar.Event {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", start, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	e := calendar.Event{UID: title + start, Title: title, Status: calendar.Confirmed, Show: calendar.ShowBusy,
		Span: calendar.Span{Start: at, End: at.Add(length)}}
	for _, f := range change {
		f(&e)
	}
	return e
}

// week is the input for the week of Monday 2026-06-01 with one calendar.
func week(t testing.TB, events ...calendar.Event) Input {
	loc := berlin(t)
	from := time.Date(2026, 6, 1, 0, 0, 0, 0, loc)
	return Input{Zone: loc, Now: from.Add(10 * time.Hour), Range: calendar.Span{Start: from, End: from.AddDate(0, 0, 7)},
		Hours: DefaultHours(), Calendars: []Calendar{{Name: "work", Snapshot: calendar.Snapshot{Events: events, AsOf: from.Add(9 * time.Hour)}}}}
}

// draw prints the segments that lie on one day of June: "21:00 quiet, 06:30 off-hours, …".
func draw(tl Timeline, day int) string {
	start := time.Date(2026, 6, day, 0, 0, 0, 0, tl.Zone)
	var out []string
	for _, s := range tl.Over(calendar.Span{Start: start, End: start.AddDate(0, 0, 1)}) {
		word := s.Start.In(tl.Zone).Format("15:04") + " " + string(s.Kind)
		if s.Title != "" {
			word += " " + s.Title
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

func show(v calendar.Show) func(*calendar.Event)  { return func(e *calendar.Event) { e.Show = v } }
func typed(v calendar.Type) func(*calendar.Event) { return func(e *calendar.Event) { e.Type = v } }
func status(v calendar.Status) func(*calendar.Event) {
	return func(e *calendar.Event) { e.Status = v }
}
func part(v calendar.Participation) func(*calendar.Event) {
	return func(e *calendar.Event) { e.Part = v }
}
func allDay(e *calendar.Event) { e.AllDay = true }

func with(names ...string) func(*calendar.Event) {
	return func(e *calendar.Event) {
		for _, n := range names {
			e.Attendees = append(e.Attendees, calendar.Attendee{Name: n, Address: n + "@example.com"})
		}
	}
}

// TestDay holds what each sort of entry makes of a Monday (row F17).
func TestDay(t *testing.T) {
	plainDay := "00:00 quiet, 06:30 off-hours, 09:00 free, 17:00 off-hours, 21:00 quiet"
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		events []calendar.Event
		policy Policy
		want   string
	}{
		{name: "empty", want: plainDay},
		{name: "meeting", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "Stand-up")},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 meeting Stand-up, 11:00 free, 17:00 off-hours, 21:00 quiet"},
		{name: "declined", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", part(calendar.PartDeclined))}, want: plainDay},
		{name: "declined, by policy", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", part(calendar.PartDeclined))}, policy: Policy{DeclinedBusy: true},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 meeting x, 11:00 free, 17:00 off-hours, 21:00 quiet"},
		{name: "tentative", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", show(calendar.ShowTentative))},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 meeting x, 11:00 free, 17:00 off-hours, 21:00 quiet"},
		{name: "tentative, by policy", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", status(calendar.Tentative))}, policy: Policy{TentativeFree: true}, want: plainDay},
		{name: "not answered", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", part(calendar.PartOpen))},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 meeting x, 11:00 free, 17:00 off-hours, 21:00 quiet"},
		{name: "cancelled", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", status(calendar.Cancelled))}, want: plainDay},
		{name: "transparent", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", show(calendar.ShowFree))}, want: plainDay},
		{name: "all-day transparent", events: []calendar.Event{ev(t, "2026-06-01 00:00", day, "Birthday", allDay, show(calendar.ShowFree))}, want: plainDay},
		{name: "all-day away", events: []calendar.Event{ev(t, "2026-06-01 00:00", day, "Urlaub", allDay, show(calendar.ShowAway))},
			want: "00:00 quiet, 06:30 away Urlaub, 21:00 quiet"},
		{name: "all-day busy with the title of a leave", events: []calendar.Event{ev(t, "2026-06-01 00:00", day, "Annual leave", allDay)},
			want: "00:00 quiet, 06:30 away Annual leave, 21:00 quiet"},
		{name: "all-day busy", events: []calendar.Event{ev(t, "2026-06-01 00:00", day, "Board offsite", allDay)},
			want: "00:00 quiet, 06:30 meeting Board offsite, 21:00 quiet"},
		{name: "working elsewhere", events: []calendar.Event{ev(t, "2026-06-01 00:00", day, "Home", allDay, show(calendar.ShowElsewhere)), ev(t, "2026-06-01 00:00", day, "Office", allDay, typed(calendar.TypeLocation))}, want: plainDay},
		{name: "over midnight", events: []calendar.Event{ev(t, "2026-06-01 20:00", 6*time.Hour, "Launch")},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 17:00 off-hours, 20:00 meeting Launch, 21:00 quiet"},
		{name: "two calendars' worth of overlap: busy wins", events: []calendar.Event{ev(t, "2026-06-01 10:00", 3*time.Hour, "Deep work"), ev(t, "2026-06-01 11:00", time.Hour, "Client", with("dana", "kim"))},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 focus Deep work, 11:00 meeting Client, 12:00 focus Deep work, 13:00 free, 17:00 off-hours, 21:00 quiet"},
		{name: "unreadable", events: []calendar.Event{ev(t, "2026-06-01 10:00", time.Hour, "x", func(e *calendar.Event) { e.Unreadable = "bad rule"; e.Show = calendar.ShowFree })},
			want: "00:00 quiet, 06:30 off-hours, 09:00 free, 10:00 meeting x, 11:00 free, 17:00 off-hours, 21:00 quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := week(t, c.events...)
			in.Policy = c.policy
			if got := draw(Build(in), 1); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
