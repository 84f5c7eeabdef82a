package graph

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

func hourOf(id string, day, hour int, more string) string {
	return entry(id, fmt.Sprintf("2026-03-%02dT%02d:00:00", day, hour), fmt.Sprintf("2026-03-%02dT%02d:00:00", day, hour+1), more)
}

func starts(snap calendar.Snapshot) string {
	var out []string
	for _, ev := range snap.Events {
		out = append(out, ev.UID+" "+ev.Start.UTC().Format("02T15:04"))
	}
	return strings.Join(out, ", ")
}

// asked is what the fake was asked, short.
func (f *fake) short() string {
	var out []string
	for _, a := range f.asked {
		out = append(out, strings.TrimPrefix(a, "GET /v1.0/users/dana@example.com/"))
	}
	f.asked = nil
	return strings.Join(out, " ")
}

func see(t *testing.T, f *fake, s *Source, want, asked string) calendar.Snapshot {
	t.Helper()
	snap, err := s.Events(t.Context(), march(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if got := starts(snap); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := f.short(); got != asked {
		t.Errorf("asked %s, want %s", got, asked)
	}
	return snap
}

// TestDelta follows a calendar: listed once, then asked for changes, of which only the
// stretch is listed again; an expired token begins anew.
func TestDelta(t *testing.T) {
	f, s := newFake(t)
	f.items = []string{hourOf("a", 2, 9, ""), hourOf("b", 4, 9, "")}
	first := see(t, f, s, "a 02T09:00, b 04T09:00", "calendarView/delta calendarView")
	if same := see(t, f, s, "a 02T09:00, b 04T09:00", "calendarView/delta"); same.Version != first.Version {
		t.Error("another version of the same")
	}
	f.items = []string{hourOf("a", 2, 9, ""), hourOf("b", 5, 9, "")} // moved
	see(t, f, s, "a 02T09:00, b 05T09:00", "calendarView/delta calendarView")
	f.items = []string{hourOf("a", 2, 9, `,"showAs":"oof"`), hourOf("b", 5, 9, "")} // another property
	if snap := see(t, f, s, "a 02T09:00, b 05T09:00", "calendarView/delta calendarView"); snap.Events[0].Show != calendar.ShowAway {
		t.Errorf("a property was not seen: %+v", snap.Events[0])
	}
	f.items = []string{hourOf("b", 5, 9, "")} // deleted
	see(t, f, s, "b 05T09:00", "calendarView/delta")
	f.items = append(f.items, hourOf("c", 6, 9, ""), hourOf("d", 6, 11, ""), hourOf("e", 6, 13, "")) // pages
	see(t, f, s, "b 05T09:00, c 06T09:00, d 06T11:00, e 06T13:00", "calendarView/delta calendarView/delta calendarView calendarView calendarView")
	f.expired, f.items = 99, f.items[:2] // 410
	see(t, f, s, "b 05T09:00, c 06T09:00", "calendarView/delta calendarView/delta calendarView")
	// A window that moves on a day needs no new listing; one far away does.
	f.expired, f.asked = 0, nil
	for days, want := range map[int]string{1: "calendarView/delta", 90: "calendarView/delta calendarView"} {
		w := calendar.Span{Start: march().Start.AddDate(0, 0, days), End: march().End.AddDate(0, 0, days)}
		state := s.state
		if _, err := s.Events(t.Context(), w, time.UTC); err != nil {
			t.Fatal(err)
		}
		if got := f.short(); !strings.HasPrefix(got, want) {
			t.Errorf("%d days on: %s", days, got)
		}
		s.state = state
	}
}

// TestDeltaOfASeries: a changed series may have changed anywhere.
func TestDeltaOfASeries(t *testing.T) {
	f, s := newFake(t)
	f.items = []string{hourOf("a", 2, 9, ""), hourOf("b", 4, 9, "")}
	see(t, f, s, "a 02T09:00, b 04T09:00", "calendarView/delta calendarView")
	f.items = []string{hourOf("a", 2, 10, ""), hourOf("b", 4, 10, "")}
	f.trouble = func(_ int, r *http.Request) (int, string, http.Header) {
		if !strings.HasSuffix(r.URL.Path, "/delta") {
			return 0, "", nil
		}
		return 200, fmt.Sprintf(`{"value":[{"id":"m","type":"seriesMaster"}],"@odata.deltaLink":"%s/users/dana@example.com/calendarView/delta?$deltatoken=0"}`, f.base), nil
	}
	see(t, f, s, "a 02T10:00, b 04T10:00", "calendarView/delta calendarView")
}

// TestNoDelta: a calendar of which the server tells no changes is listed at each look.
func TestNoDelta(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 501} {
		f, s := newFake(t)
		f.noDelta, f.items = status, []string{hourOf("a", 2, 9, "")}
		see(t, f, s, "a 02T09:00", "calendarView/delta calendarView")
		f.items = append(f.items, hourOf("b", 4, 9, ""))
		see(t, f, s, "a 02T09:00, b 04T09:00", "calendarView")
	}
}

// TestF2PageFails: whichever question of a look fails, nothing of it is used, the old
// link stays, and the next look is whole.
func TestF2PageFails(t *testing.T) {
	for n := 1; ; n++ {
		f, s := newFake(t)
		s.Wait = func(context.Context, time.Duration) error { return nil }
		f.items = []string{hourOf("a", 2, 9, ""), hourOf("b", 4, 9, "")}
		before := see(t, f, s, "a 02T09:00, b 04T09:00", "calendarView/delta calendarView")
		link := s.state.link
		f.items = []string{hourOf("a", 2, 10, ""), hourOf("b", 4, 10, ""), hourOf("c", 5, 9, ""), hourOf("d", 6, 9, ""), hourOf("e", 6, 11, "")}
		failed := false
		f.trouble = func(asked int, _ *http.Request) (int, string, http.Header) {
			if asked < n {
				return 0, "", nil
			}
			failed = true
			return 502, `{}`, nil
		}
		snap, err := s.Events(t.Context(), march(), time.UTC)
		if !failed {
			if n < 4 {
				t.Errorf("only %d questions", n-1)
			}
			return
		}
		if err == nil || len(snap.Events) != 0 || s.state.link != link || len(s.state.items) != len(before.Events) {
			t.Errorf("question %d fails: %v, %s, link %s, %d held", n, err, starts(snap), s.state.link, len(s.state.items))
		}
		f.trouble, f.asked = nil, nil
		if snap, err = s.Events(t.Context(), march(), time.UTC); err != nil || starts(snap) != "a 02T10:00, b 04T10:00, c 05T09:00, d 06T09:00, e 06T11:00" {
			t.Errorf("after question %d: %s %v", n, starts(snap), err)
		}
	}
}

// TestDeltaLinks: a page that does not say where it goes on is half a page, and a link
// elsewhere is not followed.
func TestDeltaLinks(t *testing.T) {
	f, s := newFake(t)
	f.items = []string{hourOf("a", 2, 9, "")}
	see(t, f, s, "a 02T09:00", "calendarView/delta calendarView")
	for _, body := range []string{`{"value":[]}`, `{}`, `{"value":[],"@odata.deltaLink":"https://evil.example.net/d"}`, `{"value":[],"@odata.nextLink":"https://evil.example.net/d"}`} {
		f.trouble = func(int, *http.Request) (int, string, http.Header) { return 200, body, nil }
		if snap, err := s.Events(t.Context(), march(), time.UTC); err == nil || len(snap.Events) != 0 {
			t.Errorf("%s: %s", body, starts(snap))
		}
	}
	f.trouble, f.asked = nil, nil
	see(t, f, s, "a 02T09:00", "calendarView/delta")
}

// TestOneChange: what one changed event costs does not grow with the calendar.
func TestOneChange(t *testing.T) {
	cost := func(n int) []string {
		f, s := newFake(t)
		for i := range n {
			f.items = append(f.items, entry(fmt.Sprint("e", i), fmt.Sprintf("2026-03-02T%02d:%02d:00", 6+i/60%12, i%60), fmt.Sprintf("2026-03-02T%02d:%02d:30", 6+i/60%12, i%60), ""))
		}
		if _, err := s.Events(t.Context(), march(), time.UTC); err != nil {
			t.Fatal(err)
		}
		f.asked, f.items[0] = nil, hourOf("e0", 5, 20, "")
		if _, err := s.Events(t.Context(), march(), time.UTC); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(f.asked)
	}
	if few, many := cost(20), cost(400); len(few) != 2 || len(many) != 2 {
		t.Errorf("%v and %v", few, many)
	}
}
