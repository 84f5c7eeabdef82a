package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

func march() calendar.Span {
	return calendar.Span{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)}
}

// item is an event of one hour as the API writes it.
func item(id, start, more string) string {
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"id":%q,"iCalUID":%q,"status":"confirmed","summary":"S","start":{"dateTime":%q},"end":{"dateTime":%q}%s}`,
		id, id+"@google.com", start, at.Add(time.Hour).Format(time.RFC3339), more)
}

func brief(snap calendar.Snapshot) string {
	var out []string
	for _, ev := range snap.Events {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s%s %s", strings.TrimSuffix(ev.UID, "@google.com"), ev.Start.Format("02T15:04"), ev.Show, ev.Type, ev.Part)))
	}
	return strings.Join(out, ", ")
}

func look(t *testing.T, s *Source, want string) calendar.Snapshot {
	t.Helper()
	snap, err := s.Events(t.Context(), march(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if got := brief(snap); got != want {
		t.Fatalf("got %s\nwant %s", got, want)
	}
	return snap
}

// TestSync: pages, then changes by token, then a token that has expired (F1).
func TestF1Sync(t *testing.T) {
	f, s := newFake(t)
	f.pages = [][]string{{item("a", "2026-03-02T09:00:00+01:00", "")}, {item("b", "2026-03-03T09:00:00+01:00", "")}, {item("c", "2026-04-20T09:00:00+02:00", "")}}
	first := look(t, s, "a 02T09:00 busy, b 03T09:00 busy")
	if !slices.Equal(f.requests, []string{"events.list", "events.list pageToken=1", "events.list pageToken=2"}) {
		t.Errorf("%v", f.requests)
	}
	if same := look(t, s, "a 02T09:00 busy, b 03T09:00 busy"); same.Version != first.Version {
		t.Error("the version changed although nothing did")
	}
	f.changes = []string{`{"id":"a","status":"cancelled"}`, item("d", "2026-03-04T09:00:00+01:00", "")}
	f.requests = nil
	if next := look(t, s, "b 03T09:00 busy, d 04T09:00 busy"); next.Version == first.Version || !slices.Equal(f.requests, []string{"events.list syncToken=token-1+"}) {
		t.Errorf("one change: %v", f.requests)
	}
	f.token, f.requests = "token-9", nil
	f.pages = [][]string{{item("e", "2026-03-05T09:00:00+01:00", "")}}
	look(t, s, "e 05T09:00 busy")
	if !slices.Equal(f.requests, []string{"events.list syncToken=token-1++", "events.list"}) {
		t.Errorf("410: %v", f.requests)
	}
	// A window beyond what was listed is a new listing.
	f.requests = nil
	if _, err := s.Events(t.Context(), calendar.Span{Start: march().Start, End: march().End.AddDate(0, 3, 0)}, time.UTC); err != nil || f.requests[0] != "events.list" {
		t.Errorf("a longer window: %v %v", f.requests, err)
	}
}

// TestF2PageFails: the third of five pages fails; nothing of the others is used, the old
// token stays, and the next look is whole.
func TestF2PageFails(t *testing.T) {
	f, s := newFake(t)
	f.pages = [][]string{{item("a", "2026-03-02T09:00:00Z", "")}}
	look(t, s, "a 02T10:00 busy")
	f.token = "token-2" // so the next look is a full one
	f.pages = nil
	for i := range 5 {
		f.pages = append(f.pages, []string{item(fmt.Sprint("p", i), fmt.Sprintf("2026-03-%02dT09:00:00Z", 3+i), "")})
	}
	f.trouble = func(_ int, r *http.Request) (int, string, http.Header) {
		if r.URL.Query().Get("pageToken") == "2" {
			return 400, `{"error":{"code":400,"message":"broken"}}`, nil
		}
		return 0, "", nil
	}
	snap, err := s.Events(t.Context(), march(), time.UTC)
	if err == nil || len(snap.Events) != 0 || len(s.state.items) != 1 || s.state.token != "token-1" {
		t.Errorf("half a listing was used: %v %v %q", brief(snap), err, s.state.token)
	}
	f.trouble = nil
	look(t, s, "p0 03T10:00 busy, p1 04T10:00 busy, p2 05T10:00 busy, p3 06T10:00 busy, p4 07T10:00 busy")
}

// TestF3Quota: 403 rateLimitExceeded, 429 and 503 wait longer each time, as long as the
// server asks, and end as an error that keeps what was known.
func TestF3Quota(t *testing.T) {
	f, s := newFake(t)
	f.pages = [][]string{{item("a", "2026-03-02T09:00:00Z", "")}}
	var waits []time.Duration
	s.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	answers := []int{403, 429, 503}
	f.trouble = func(n int, _ *http.Request) (int, string, http.Header) {
		if n > len(answers) {
			return 0, "", nil
		}
		h := http.Header{}
		if answers[n-1] == 429 {
			h.Set("Retry-After", "30")
		}
		return answers[n-1], `{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}`, h
	}
	look(t, s, "a 02T10:00 busy")
	if len(waits) != 3 || waits[0] < time.Second || waits[0] > 2*time.Second || waits[1] < 30*time.Second || waits[2] < 4*time.Second || waits[2] > 8*time.Second {
		t.Errorf("waits %v", waits)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) { return 429, `{}`, nil }
	waits = nil
	if _, err := s.Events(t.Context(), march(), time.UTC); err == nil || len(waits) != 3 || len(s.state.items) != 1 {
		t.Errorf("endless quota: %v, waits %v", err, waits)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 429, `{}`, http.Header{"Retry-After": {"3600"}}
	}
	waits = nil
	var busy interface{ After() time.Duration }
	if _, err := s.Events(t.Context(), march(), time.UTC); !errors.As(err, &busy) || busy.After() != time.Hour || len(waits) != 0 {
		t.Errorf("an hour: %v, waits %v", err, waits)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 403, `{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}`, nil
	}
	waits = nil
	if _, err := s.Events(t.Context(), march(), time.UTC); err == nil || len(waits) != 0 {
		t.Errorf("a plain 403 is not a matter of waiting: %v, waits %v", err, waits)
	}
	stop, cancel := context.WithCancel(t.Context())
	s.Wait = nil
	f.trouble = func(int, *http.Request) (int, string, http.Header) { cancel(); return 503, `{}`, nil }
	if _, err := s.Events(stop, march(), time.UTC); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestF5Words: what a person can do is said.
func TestF5Words(t *testing.T) {
	f, s := newFake(t)
	for status, want := range map[int]string{401: "sign in again with `headsup auth google`", 404: "not shared with you"} {
		f.trouble = func(int, *http.Request) (int, string, http.Header) { return status, `{}`, nil }
		if _, err := s.Events(t.Context(), march(), time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestEvents: types, answers, days, and what runs into the window.
func TestEvents(t *testing.T) {
	f, s := newFake(t)
	f.pages = [][]string{{
		item("focus", "2026-03-02T09:00:00Z", `,"eventType":"focusTime"`),
		item("away", "2026-03-02T10:00:00Z", `,"eventType":"outOfOffice"`),
		item("desk", "2026-03-02T11:00:00Z", `,"eventType":"workingLocation"`),
		item("free", "2026-03-02T12:00:00Z", `,"transparency":"transparent"`),
		item("maybe", "2026-03-02T13:00:00Z", `,"attendees":[{"email":"dana@example.com","self":true,"responseStatus":"tentative"}]`),
		item("no", "2026-03-02T14:00:00Z", `,"attendees":[{"email":"dana@example.com","self":true,"responseStatus":"declined"}]`),
		item("own", "2026-03-02T15:00:00Z", `,"organizer":{"email":"dana@example.com","self":true}`),
		`{"id":"day","iCalUID":"day","status":"confirmed","start":{"date":"2026-03-01"},"end":{"date":"2026-03-03"}}`,
		`{"id":"past","iCalUID":"past","status":"confirmed","start":{"date":"2026-03-01"},"end":{"date":"2026-03-02"}}`,
		`{"id":"bad","iCalUID":"bad","summary":"B","status":"confirmed","start":{"dateTime":"soon"},"end":{"date":"2026-03-02"}}`,
		item("week_1", "2026-03-03T09:00:00Z", `,"recurringEventId":"week","originalStartTime":{"dateTime":"2026-03-03T09:30:00+01:00"}`),
	}}
	snap := look(t, s, "day 01T00:00 busy, focus 02T10:00 busyfocus, away 02T11:00 awayaway, desk 02T12:00 freelocation, free 02T13:00 free, "+
		"maybe 02T14:00 busy tentative, no 02T15:00 busy declined, own 02T16:00 busy accepted, week_1 03T10:00 busy")
	last := snap.Events[len(snap.Events)-1]
	if !last.Recurring || last.RecurrenceID != "20260303T083000Z" || last.Zone != "Europe/Berlin" || len(snap.Faults) != 1 || !strings.HasPrefix(snap.Faults[0], `event "B" was left out`) {
		t.Errorf("%+v %v", last, snap.Faults)
	}
}

// TestFreeBusy asks a month at a time and joins what the ends of months cut.
func TestFreeBusy(t *testing.T) {
	f, s := newFake(t)
	s.FreeBusy = true
	f.busy = `{"start":"2026-03-02T09:00:00Z","end":"2026-03-02T10:00:00Z"},{"start":"2026-03-03T09:00:00Z","end":"2026-03-03T10:00:00Z"}`
	look(t, s, "02T09:00 busy, 03T09:00 busy")
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 200, `{"calendars":{"dana@example.com":{"errors":[{"reason":"notFound"}]}}}`, http.Header{"Content-Type": {"application/json"}}
	}
	if snap, err := s.Events(t.Context(), march(), time.UTC); err == nil || len(snap.Events) != 0 {
		t.Errorf("not shared: %v %v", snap, err)
	}
}

// TestTheFakeIsStrict: the fake refuses what Google refuses.
func TestTheFakeIsStrict(t *testing.T) {
	d := loadDiscovery(t)
	for url, want := range map[string]string{
		"/calendar/v3/calendars/a/events?singleEvents=true&alt=json":           "",
		"/calendar/v3/calendars/a/events?syncToken=t&timeMin=2026-03-02":       "parsing time",
		"/calendar/v3/calendars/a/events?syncToken=t&q=x":                      "q cannot be used with syncToken",
		"/calendar/v3/calendars/a/events?expand=true":                          `there is no parameter "expand"`,
		"/calendar/v3/calendars/a/events?orderBy=title":                        "orderBy=title is not allowed",
		"/calendar/v3/calendars/a/events?maxResults=0":                         "below 1",
		"/calendar/v3/calendars/a/events?timeMin=2026-03-02T00:00:00Z&q=a&q=b": "q is given twice",
		"/calendar/v3/calendars/a/agenda":                                      "is no method of the API",
	} {
		r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1"+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = d.check(r, nil)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
