package holidays

import (
	"slices"
	"testing"
	"time"

	"headsup/calendar"
)

func TestDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	year := calendar.Span{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, berlin), End: time.Date(2026, 12, 31, 0, 0, 0, 0, berlin)}
	for _, c := range []struct {
		region, day string
		holiday     bool
	}{
		{"de", "2026-10-03", true},
		{"de", "2026-01-06", false},   // Epiphany is kept in some states only
		{"de-by", "2026-01-06", true}, // Bavaria is one of them
		{"us", "2026-07-03", true},    // observed: the fourth is a Saturday
		{"us", "2026-07-06", false},
		{"gb", "2026-12-25", true},
		{"fr", "2026-07-14", true},
	} {
		days, err := Days(c.region, year, berlin)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.ContainsFunc(days, func(d Day) bool { return d.Start.Format(time.DateOnly) == c.day })
		if got != c.holiday {
			t.Errorf("%s %s: holiday %v, want %v", c.region, c.day, got, c.holiday)
		}
	}
	if _, err := Days("atlantis", year, berlin); err == nil {
		t.Error("an unknown region was accepted")
	}
}

// Every region must know its own new year or at least some day: an empty table would
// make every day a working day without a word.
func TestEveryRegionHasDays(t *testing.T) {
	year := calendar.Span{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	for _, r := range Regions() {
		days, err := Days(r, year, time.UTC)
		if err != nil || len(days) < 5 {
			t.Errorf("%s: %d days, %v", r, len(days), err)
		}
		for _, d := range days {
			if d.End.Sub(d.Start) != 24*time.Hour || d.Name == "" {
				t.Errorf("%s: odd day %+v", r, d)
			}
		}
	}
}
