package timeline

import (
	"testing"
	"time"

	"headsup/calendar"
)

// What an automatic reply says is away time with its source; a calendar that is sure of
// the same time is shown before it.
func TestAbsences(t *testing.T) {
	day := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, time.UTC) }
	said := day(3, 10)
	in := Input{Zone: time.UTC, Range: calendar.Span{Start: day(2, 0), End: day(9, 0)}, Now: said,
		Absences: []Absence{{Span: calendar.Span{Start: said, End: day(6, 0)}, Source: "automatic reply", Confidence: 0.95, AsOf: said, Why: "an automatic reply names the last day"},
			{Span: calendar.Span{Start: day(4, 0), End: day(4, 0)}, Source: "empty"}, {Span: calendar.Span{Start: day(20, 0), End: day(21, 0)}, Source: "later"}}}
	line := Build(in)
	for _, row := range []struct {
		at   time.Time
		kind Kind
	}{{day(3, 9), Free}, {day(3, 11), Away}, {day(5, 16), Away}, {day(5, 23), Quiet}, {day(6, 9), Free}} {
		if got := line.At(row.at); got.Kind != row.kind {
			t.Errorf("%s: %+v, want %s", row.at, got, row.kind)
		}
	}
	got := line.At(day(4, 12))
	if got.Source != "automatic reply" || got.Confidence != 0.95 || !got.AsOf.Equal(said) || got.Why == "" {
		t.Errorf("got %+v", got)
	}
	if leave, ok := line.Leave(day(4, 3)); !ok || !leave.End.Equal(day(6, 0)) {
		t.Errorf("leave %+v, %t", leave, ok)
	}
	if plain := in; true {
		plain.Absences = nil
		if Build(plain).Version() == line.Version() {
			t.Error("the version does not know of the absence")
		}
	}
	in.Calendars = []Calendar{{Name: "dana", Snapshot: calendar.Snapshot{AsOf: said, Events: []calendar.Event{{UID: "1", Title: "Leave", Type: calendar.TypeAway, Show: calendar.ShowAway, Status: calendar.Confirmed, Span: calendar.Span{Start: day(4, 0), End: day(5, 0)}}}}}}
	if got := Build(in).At(day(4, 12)); got.Kind != Away || got.Source != "dana" {
		t.Errorf("beside the calendar: %+v", got)
	}
}

// Who was away wrote nothing for that reason: a silent day of an absence is no sign of
// focus.
func TestAbsenceIsNoEvidenceOfFocus(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	in := Input{Zone: time.UTC, Now: day(20), Absences: []Absence{{Span: calendar.Span{Start: day(3), End: day(6)}}, {Span: calendar.Span{Start: day(9), End: day(9)}}}}
	ev := newEvidence(in, nil, Hours{})
	for d, want := range map[int]bool{2: false, 3: true, 5: true, 6: false, 9: false} {
		if got := ev.isOff(day(d).Add(10 * time.Hour)); got != want {
			t.Errorf("%d March: off is %t, want %t", d, got, want)
		}
	}
}
