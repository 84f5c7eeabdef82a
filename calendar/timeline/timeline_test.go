package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// TestTwoCalendars: where calendars disagree, busy wins, whatever their order (row F18).
func TestTwoCalendars(t *testing.T) {
	in := week(t, ev(t, "2026-06-01 10:00", time.Hour, "Private", show(calendar.ShowFree)))
	in.Calendars = append(in.Calendars, Calendar{Name: "other", Snapshot: calendar.Snapshot{AsOf: in.Now,
		Events: []calendar.Event{ev(t, "2026-06-01 10:30", time.Hour, "Board")}}})
	want := "00:00 quiet, 06:30 off-hours, 09:00 free, 10:30 meeting Board, 11:30 free, 17:00 off-hours, 21:00 quiet"
	first := Build(in)
	if got := draw(first, 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	slices.Reverse(in.Calendars)
	if again := Build(in); again.Version() != first.Version() {
		t.Error("the order of the calendars changes the version")
	}
}

// TestStale: past its max age a calendar keeps what was known, working hours hold
// elsewhere, and both are said (docs/decisions/timeline.md).
func TestStale(t *testing.T) {
	in := week(t, ev(t, "2026-06-02 10:00", time.Hour, "Board"), ev(t, "2026-06-03 00:00", 24*time.Hour, "Urlaub", allDay, show(calendar.ShowAway)))
	in.Calendars[0].MaxAge = 2 * time.Hour
	fresh := Build(in)
	if len(fresh.Stale) != 0 {
		t.Fatalf("fresh calendar: %v", fresh.Stale)
	}
	in.Now = in.Now.Add(3 * time.Hour)
	old := Build(in)
	want := []string{`calendar "work" was last read Mon 1 Jun 09:00, longer ago than 2 h`}
	if !slices.Equal(old.Stale, want) {
		t.Errorf("stale %q, want %q", old.Stale, want)
	}
	if draw(old, 2) != draw(fresh, 2) || draw(old, 3) != draw(fresh, 3) {
		t.Errorf("what was known is lost: %s | %s", draw(old, 2), draw(old, 3))
	}
	if s := old.At(ev(t, "2026-06-02 10:30", 1, "").Start); s.Confidence >= 1 || !strings.Contains(s.Why, "last read") {
		t.Errorf("segment of a stale calendar: %+v", s)
	}
	if old.Version() == fresh.Version() {
		t.Error("going stale must change the version, so that choices say it")
	}
	in.Now = in.Now.Add(time.Hour)
	if Build(in).Version() != old.Version() {
		t.Error("growing older must not change the version again")
	}
	in.Calendars[0].Snapshot = calendar.Snapshot{}
	if never := Build(in); len(never.Stale) != 1 || draw(never, 2) != "21:00 quiet, 06:30 off-hours, 09:00 free, 17:00 off-hours, 21:00 quiet" {
		t.Errorf("never read: %q %s", never.Stale, draw(never, 2))
	}
}

// TestClockChanges: rows E1, E2 and E10: quiet and working hours follow the wall clock.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		length    time.Duration
		work      string
	}{
		{"Europe/Berlin", "2026-03-29", 23 * time.Hour, "2026-03-30T09:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25", 25 * time.Hour, "2026-10-26T09:00:00+01:00"},
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute, "2026-10-05T09:00:00+11:00"},
		{"America/Santiago", "2026-09-06", 23 * time.Hour, "2026-09-07T09:00:00-03:00"}, // no midnight on that day
		{"Pacific/Apia", "2011-12-29", 24 * time.Hour, "2011-12-31T09:00:00+14:00"},     // no 30 December
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.ParseInLocation("2006-01-02 15:04", c.day+" 12:00", loc)
		if err != nil {
			t.Fatal(err)
		}
		var all Hours
		for d := range all {
			all[d] = DaySpan{9 * 60, 17 * 60}
		}
		tl := Build(Input{Zone: loc, Now: day, Hours: all, Quiet: QuietHours{From: 21 * 60, To: 6*60 + 30}, Range: calendar.Span{Start: day, End: day.AddDate(0, 0, 3)}})
		if got := nextDay(tl.Range.Start, loc).Sub(tl.Range.Start); got != c.length {
			t.Errorf("%s %s: day of %v, want %v", c.zone, c.day, got, c.length)
		}
		var works []string
		for _, s := range tl.Segments {
			if s.Kind == Free {
				works = append(works, s.Start.In(loc).Format(time.RFC3339))
			}
		}
		if !slices.Contains(works, c.work) {
			t.Errorf("%s: working days begin %v, want %s among them", c.zone, works, c.work)
		}
	}
}

func TestHolidayIsQuiet(t *testing.T) {
	in := week(t)
	in.Holidays = []Holiday{{Span: calendar.Span{Start: in.Range.Start, End: in.Range.Start.AddDate(0, 0, 1)}, Name: "Whit Monday"}}
	if got := Build(in).At(in.Now); got.Kind != Quiet || got.Why != "public holiday: Whit Monday" {
		t.Errorf("%+v", got)
	}
}

func TestWorkingHours(t *testing.T) {
	in := week(t)
	in.Hours = Hours{}
	if tl := Build(in); tl.Hours != DefaultHours() || !strings.Contains(tl.HoursWhy, "nothing is declared") {
		t.Errorf("%v %q", tl.Hours, tl.HoursWhy)
	}
	// Sunday to Thursday, early.
	for d := 1; d <= 60; d++ {
		day := in.Range.Start.AddDate(0, 0, -d)
		if wd := day.Weekday(); wd == time.Friday || wd == time.Saturday {
			continue
		}
		for _, m := range []int{7 * 60, 9 * 60, 11*60 + 40, 14*60 + 50} {
			in.Sightings = append(in.Sightings, day.Add(time.Duration(m)*time.Minute))
		}
	}
	tl := Build(in)
	want := DaySpan{8 * 60, 17 * 60}
	if tl.Hours[time.Sunday] != want || tl.Hours[time.Thursday] != want || tl.Hours[time.Friday] != (DaySpan{}) || tl.HoursWhy != "working hours inferred from 168 mails" {
		t.Errorf("%v %q", tl.Hours, tl.HoursWhy)
	}
	// The calendar's own word counts for more than mail.
	offered := ev(t, "2026-06-02 11:00", 4*time.Hour, "", typed(calendar.TypeHours))
	in.Calendars[0].Snapshot.Events = []calendar.Event{offered}
	in.Calendars[0].Snapshot.Range = in.Range
	if got, want := draw(Build(in), 2), "21:00 quiet, 06:30 off-hours, 11:00 free, 15:00 off-hours, 21:00 quiet"; got != want {
		t.Errorf("offered hours: %s", got)
	}
	if got, want := draw(Build(in), 3), "21:00 quiet, 06:30 off-hours, 21:00 quiet"; got != want {
		t.Errorf("a day that offers nothing: %s", got)
	}
}

// TestAnswer: what the user said about a block counts for more than evidence.
func TestAnswer(t *testing.T) {
	in := readConstructed(t, "testdata/focus/inferred.json").mustExpand(t)
	blocks := FocusBlocks(in)
	i := slices.IndexFunc(blocks, func(b Block) bool { return b.Title == "Product strategy" })
	if i < 0 || !blocks[i].Focus || blocks[i].Declared {
		t.Fatalf("blocks %+v", blocks)
	}
	b := blocks[i]
	want := []string{"comes back Tue, Thu 14:00-16:00 (23 of 24 times in 12 weeks)", "2 h long", "nobody else is invited", `its title fits: "Product strategy"`, "0 mails sent in it where 46 would be usual"}
	if !slices.Equal(b.Evidence, want) || b.When != "Tue, Thu 14:00-16:00" {
		t.Errorf("evidence %q, want like %q", b.Evidence, want)
	}
	in.Answers = []Answer{{Key: b.Key, Focus: false}}
	for _, s := range Build(in).Segments {
		if s.Title == b.Title && s.Kind != Meeting {
			t.Fatalf("rejected block is %s", s.Kind)
		}
	}
	in.Answers[0].Focus = true
	for _, s := range Build(in).Segments {
		if s.Title == b.Title && (s.Kind != Focus || s.Confidence != 1 || !strings.HasPrefix(s.Why, "you said that it is focus time")) {
			t.Fatalf("confirmed block: %+v", s)
		}
	}
}

func (c constructed) mustExpand(t *testing.T) Input {
	in, _ := c.expand(t)
	return in
}

func TestTitles(t *testing.T) {
	for name, want := range map[string]bool{
		"Focus time": true, "🎧 Focus": true, "Deep Work: pricing": true, "Fokuszeit": true, "No meetings": true, "DND": true, "Do not disturb - report": true,
		"Temps de concentration": true, "Bloque de enfoque": true, "Focustijd": true, "Czas skupienia": true, "集中時間": true, "専注": false, "专注时间": true, "집중 시간": true,
		"Tempo di concentrazione": true, "Tempo de foco": true, "Fokustid": true, "Heads-down time": true,
		"Focus group: pricing": false, "Focus review with Kim": false, "Weekly focus": false, "Autofocus demo": false, "Ford Focus pickup": false, "Budget": false,
		"Focus on hiring w/ Sam": false, "": false,
	} {
		said, _ := declared(calendar.Event{Title: name}, Policy{}, new(title.Memo))
		if (said != "") != want {
			t.Errorf("%q: declared %q, want %v", name, said, want)
		}
	}
	if said, _ := declared(calendar.Event{Title: "Tuinuur"}, Policy{FocusTitles: []string{"tuinuur"}}, new(title.Memo)); said == "" {
		t.Error("a title of the user's own is not known")
	}
	alone := calendar.Event{Title: "Focus time", Organizer: "mailto:dana@example.com", Attendees: []calendar.Attendee{{Address: "Dana@example.com"}, {Address: "room-4@example.com"}}}
	if said, _ := declared(alone, Policy{}, new(title.Memo)); said == "" {
		t.Error("a room is taken for a person")
	}
	group := calendar.Event{Title: "Focus time", Attendees: []calendar.Attendee{{Address: "a@example.com"}, {Address: "b@example.com"}}}
	if said, _ := declared(group, Policy{}, new(title.Memo)); said != "" {
		t.Error("focus time with others is a meeting")
	}
}

// TestEveryInstantOnce: whatever the events, the segments touch, cover the range and do
// not overlap; the answer of At is the segment; order does not matter.
func TestEveryInstantOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 17, 0, 0, loc)
		in := Input{Zone: loc, Now: start, Range: calendar.Span{Start: start, End: start.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "hours")) * time.Hour)}}
		var events []calendar.Event
		for i := range rapid.IntRange(0, 15).Draw(t, "events") {
			from := start.Add(time.Duration(rapid.IntRange(-3000, 20000).Draw(t, "from")) * time.Minute)
			events = append(events, calendar.Event{UID: fmt.Sprint(i), Title: rapid.SampledFrom([]string{"", "Focus", "x"}).Draw(t, "title"),
				Span: calendar.Span{Start: from, End: from.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "length")) * time.Minute)},
				Show: rapid.SampledFrom([]calendar.Show{calendar.ShowBusy, calendar.ShowAway, calendar.ShowTentative, calendar.ShowFree}).Draw(t, "show"),
				Type: rapid.SampledFrom([]calendar.Type{calendar.TypeDefault, calendar.TypeFocus, calendar.TypeAway, calendar.TypeHours}).Draw(t, "type")})
		}
		in.Calendars = []Calendar{{Name: "a", Snapshot: calendar.Snapshot{Range: in.Range, Events: events, AsOf: start}}}
		tl := Build(in)
		at := tl.Range.Start
		for _, s := range tl.Segments {
			if !s.Start.Equal(at) || s.Empty() {
				t.Fatalf("segment %v does not follow %v", s.Span, at)
			}
			if got := tl.At(s.Start); got.Kind != s.Kind || !got.Span.Start.Equal(s.Start) {
				t.Fatalf("At(%v) is %v", s.Start, got)
			}
			at = s.End
		}
		if !at.Equal(tl.Range.End) {
			t.Fatalf("covered until %v of %v", at, tl.Range.End)
		}
		for _, e := range events { // an independent look at one rule: away is never hidden by less than quiet
			if e.Show == calendar.ShowAway && e.Type != calendar.TypeHours && !e.Empty() && tl.Range.Contains(e.Start) {
				if k := tl.At(e.Start).Kind; k != Away && k != Quiet {
					t.Fatalf("away is shown as %s", k)
				}
			}
		}
		in.Calendars[0].Snapshot.Events = rapid.Permutation(events).Draw(t, "order")
		if Build(in).Version() != tl.Version() {
			t.Fatal("the order of events changes the version")
		}
	})
}
