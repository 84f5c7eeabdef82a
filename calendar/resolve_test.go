package calendar

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		zone, civil, want string
		how               Resolution
	}{
		{"Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T03:00:00+02:00", Gap},
		{"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00", Fold},
		{"Europe/Berlin", "2026-07-01T09:00:00", "2026-07-01T09:00:00+02:00", Exact},
		{"Pacific/Apia", "2011-12-30T09:00:00", "2011-12-31T00:00:00+14:00", Gap},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-04T02:30:00+11:00", Gap},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-05T01:45:00+11:00", Fold},
		{"America/New_York", "2026-03-08T02:00:00", "2026-03-08T03:00:00-04:00", Gap},
		{"America/New_York", "2026-11-01T01:00:00", "2026-11-01T01:00:00-04:00", Fold},
		{"UTC", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", Exact},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		naive, err := time.Parse("2006-01-02T15:04:05", c.civil)
		if err != nil {
			t.Fatal(err)
		}
		got, how := Resolve(CivilOf(naive), loc)
		if got.Format(time.RFC3339) != c.want || how != c.how {
			t.Errorf("%s %s: got %s (%s), want %s (%s)", c.zone, c.civil, got.Format(time.RFC3339), how, c.want, c.how)
		}
	}
}

// The short way around must agree with the long one at every minute of the days around a
// change, and far from it.
func TestResolveShortWay(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "UTC"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2011, 12, 25, 0, 0, 0, 0, time.UTC); at.Year() < 2027; at = at.Add(11*time.Hour + 7*time.Minute) {
			c := CivilOf(at)
			got, how := Resolve(c, loc)
			if how == Exact && CivilOf(got) != c {
				t.Fatalf("%s %v: exact, but the clock shows %v", zone, c, CivilOf(got))
			}
			if how == Gap && CivilOf(got) == c {
				t.Fatalf("%s %v: a gap that exists", zone, c)
			}
		}
	}
}

// TestResolveFarAhead goes over the last days of leap years, where the zone bounds of
// package time stand still.
func TestResolveFarAhead(t *testing.T) {
	for _, zone := range []string{"America/Los_Angeles", "Africa/Cairo", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, year := range []int{2040, 2044, 2096, 2400} {
			for hour := range 72 {
				want := time.Date(year, time.December, 30, hour, 0, 0, 0, loc)
				c := CivilOf(time.Date(year, time.December, 30, hour, 0, 0, 0, time.UTC))
				if got, how := Resolve(c, loc); !got.Equal(want) || how != Exact {
					t.Errorf("%s %v: got %v (%s), want %v", zone, c, got, how, want)
				}
			}
		}
	}
}
