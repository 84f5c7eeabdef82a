package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/sourcetest"
)

// fake answers as Graph does: calendarView and its delta in pages of two, and getSchedule.
type fake struct {
	mu sync.Mutex // an answer that was broken off may still be on its way out

	t       *testing.T
	base    string
	items   []string
	told    [][]string // what items were at each delta link that was given out
	expired int        // delta links below this number are gone
	noDelta int        // status for every delta question
	busy    []string
	trouble func(n int, r *http.Request) (int, string, http.Header)
	asked   []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	if f.trouble != nil {
		if status, body, h := f.trouble(len(f.asked), r); status != 0 {
			for k, v := range h {
				w.Header()[k] = v
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
			return
		}
	}
	if r.Header.Get("Prefer") != `outlook.timezone="UTC"` {
		f.t.Errorf("Prefer %q", r.Header.Get("Prefer"))
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /v1.0/users/dana@example.com/calendarView":
		f.view(w, r)
	case "GET /v1.0/users/dana@example.com/calendarView/delta":
		f.delta(w, r)
	case "POST /v1.0/me/calendar/getSchedule":
		var ask struct {
			Schedules          []string
			StartTime, EndTime when
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || !slices.Equal(ask.Schedules, []string{"dana@example.com"}) || ask.StartTime.TimeZone != "UTC" {
			f.t.Errorf("%v %v", ask, err)
		}
		fmt.Fprintf(w, `{"value":[{"scheduleId":"dana@example.com","scheduleItems":[%s]}]}`, strings.Join(f.busy, ","))
	default:
		f.t.Errorf("%s %s was not expected", r.Method, r.URL)
		w.WriteHeader(404)
	}
}

// window reads the range of a question.
func (f *fake) window(r *http.Request) calendar.Span {
	var w calendar.Span
	for name, at := range map[string]*time.Time{"startDateTime": &w.Start, "endDateTime": &w.End} {
		var err error
		if *at, err = time.Parse("2006-01-02T15:04:05", r.URL.Query().Get(name)); err != nil {
			f.t.Errorf("%s: %v", name, err)
		}
	}
	return w
}

// pages writes two of a list and where it goes on.
func (f *fake) pages(w http.ResponseWriter, r *http.Request, list []string, end string) {
	skip := 0
	fmt.Sscan(r.URL.Query().Get("$skip"), &skip)
	page, next := list[min(skip, len(list)):], end
	if len(page) > 2 {
		page = page[:2]
		q := r.URL.Query()
		q.Set("$skip", fmt.Sprint(skip+2))
		next = fmt.Sprintf(`,"@odata.nextLink":"%s%s?%s"`, f.base, strings.TrimPrefix(r.URL.Path, "/v1.0"), q.Encode())
	}
	fmt.Fprintf(w, `{"value":[%s]%s}`, strings.Join(page, ","), next)
}

func (f *fake) view(w http.ResponseWriter, r *http.Request) {
	within := f.window(r)
	var list []string
	for _, text := range f.items {
		var it item
		if err := json.Unmarshal([]byte(text), &it); err != nil {
			f.t.Fatal(err)
		}
		if ev, err := it.busy(); err != nil || ev.Overlaps(within) {
			list = append(list, text)
		}
	}
	f.pages(w, r, list, "")
}

// delta tells what changed since a link: times and no properties.
func (f *fake) delta(w http.ResponseWriter, r *http.Request) {
	if f.noDelta != 0 {
		w.WriteHeader(f.noDelta)
		io.WriteString(w, `{"error":{"code":"ErrorAccessDenied"}}`)
		return
	}
	if got := r.Header.Values("Prefer"); len(got) != 2 || got[1] != "odata.maxpagesize=500" {
		f.t.Errorf("Prefer %q", got)
	}
	q, before := r.URL.Query(), []string(nil)
	if token := q.Get("$deltatoken"); token != "" {
		n := 0
		fmt.Sscan(token, &n)
		if n < f.expired || n >= len(f.told) {
			w.WriteHeader(http.StatusGone)
			io.WriteString(w, `{"error":{"code":"SyncStateNotFound"}}`)
			return
		}
		before = f.told[n]
	} else if q.Get("$select") != "" || q.Get("$top") != "" {
		f.t.Errorf("delta knows no %s", r.URL.RawQuery)
	}
	var list []string
	for _, text := range f.items {
		if !slices.Contains(before, text) {
			list = append(list, f.pointer(text))
		}
	}
	for _, text := range before {
		if !slices.ContainsFunc(f.items, func(now string) bool { return idOf(now) == idOf(text) }) {
			list = append(list, fmt.Sprintf(`{"id":%q,"@removed":{"reason":"deleted"}}`, idOf(text)))
		}
	}
	f.told = append(f.told, slices.Clone(f.items))
	f.pages(w, r, list, fmt.Sprintf(`,"@odata.deltaLink":"%s/users/dana@example.com/calendarView/delta?$deltatoken=%d"`, f.base, len(f.told)-1))
}

func idOf(text string) string {
	var it item
	_ = json.Unmarshal([]byte(text), &it)
	return it.ID
}

// pointer is an event as delta tells it.
func (f *fake) pointer(text string) string {
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		f.t.Fatal(err)
	}
	out, err := json.Marshal(map[string]any{"id": all["id"], "type": "occurrence", "start": all["start"], "end": all["end"]})
	if err != nil {
		f.t.Fatal(err)
	}
	return string(out)
}

func newFake(t *testing.T) (*fake, *Source) {
	f := &fake{t: t}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	f.base = s.URL + "/v1.0"
	return f, &Source{Address: "dana@example.com", Client: s.Client(), Endpoint: f.base}
}

func entry(id, start, end, more string) string {
	return fmt.Sprintf(`{"id":%q,"iCalUId":%q,"subject":"S","start":{"dateTime":"%s.0000000","timeZone":"UTC"},"end":{"dateTime":"%s.0000000","timeZone":"UTC"}%s}`, id, id, start, end, more)
}

func march() calendar.Span {
	return calendar.Span{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)}
}

// TestView: how Exchange shows things, in the event's own zone.
func TestView(t *testing.T) {
	f, s := newFake(t)
	f.items = []string{
		entry("plain", "2026-03-02T08:00:00", "2026-03-02T09:00:00", `,"showAs":"busy","originalStartTimeZone":"W. Europe Standard Time","responseStatus":{"response":"organizer"}`),
		entry("oof", "2026-03-02T10:00:00", "2026-03-02T11:00:00", `,"showAs":"oof"`),
		entry("else", "2026-03-02T12:00:00", "2026-03-02T13:00:00", `,"showAs":"workingElsewhere"`),
		entry("maybe", "2026-03-03T08:00:00", "2026-03-03T09:00:00", `,"showAs":"tentative","responseStatus":{"response":"tentativelyAccepted"}`),
		entry("gone", "2026-03-03T10:00:00", "2026-03-03T11:00:00", `,"isCancelled":true`),
		entry("day", "2026-03-04T00:00:00", "2026-03-05T00:00:00", `,"isAllDay":true,"showAs":"free"`),
		entry("week", "2026-03-05T08:00:00", "2026-03-05T09:00:00", `,"type":"occurrence","originalStart":"2026-03-05T07:30:00Z","location":{"displayName":"Room 1"}`),
	}
	snap, err := s.Events(t.Context(), march(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ev := range snap.Events {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %s %s", ev.UID, ev.Start.Format("02T15:04-07"), ev.Zone, ev.Show, ev.Status, ev.Part, ev.RecurrenceID))
	}
	want := "plain 02T09:00+01 Europe/Berlin busy confirmed accepted , oof 02T10:00+00 UTC away confirmed  , else 02T12:00+00 UTC elsewhere confirmed  , " +
		"maybe 03T08:00+00 UTC tentative tentative tentative , gone 03T10:00+00 UTC free cancelled  , day 04T00:00+00  free confirmed  , week 05T08:00+00 UTC busy confirmed  20260305T073000Z"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if len(f.asked) != 8 {
		t.Errorf("pages: %v", f.asked)
	}
}

// TestSchedule: where only free and busy is shared.
func TestSchedule(t *testing.T) {
	f, s := newFake(t)
	s.FreeBusy = true
	period := `{"status":%q,"start":{"dateTime":"2026-03-0%dT09:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-03-0%dT10:00:00.0000000","timeZone":"UTC"},"location":"x"}`
	f.busy = []string{fmt.Sprintf(period, "busy", 2, 2), fmt.Sprintf(period, "oof", 3, 3)}
	snap, err := s.Events(t.Context(), march(), time.UTC)
	if err != nil || len(snap.Events) != 2 || snap.Events[1].Show != calendar.ShowAway {
		t.Errorf("%v %v", snap.Events, err)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 200, `{"value":[{"error":{"message":"no"}}]}`, nil
	}
	if snap, err = s.Events(t.Context(), march(), time.UTC); err == nil || len(snap.Events) != 0 {
		t.Errorf("not shared: %v %v", snap.Events, err)
	}
}

// TestF3Throttled waits as long as it is asked to, and gives up after a few times.
func TestF3Throttled(t *testing.T) {
	f, s := newFake(t)
	f.items = []string{entry("a", "2026-03-02T08:00:00", "2026-03-02T09:00:00", "")}
	var waits []time.Duration
	s.Wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	f.trouble = func(n int, _ *http.Request) (int, string, http.Header) {
		if n < 3 {
			return 429, `{"error":{"code":"TooManyRequests"}}`, http.Header{"Retry-After": {"17"}}
		}
		return 0, "", nil
	}
	if snap, err := s.Events(t.Context(), march(), time.UTC); err != nil || len(snap.Events) != 1 || fmt.Sprint(waits) != "[17s 17s]" {
		t.Errorf("%v, waits %v", err, waits)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 429, `{"error":{"code":"TooManyRequests"}}`, http.Header{"Retry-After": {"3600"}}
	}
	_, err := s.Events(t.Context(), march(), time.UTC)
	var status *StatusError
	if !errors.As(err, &status) || status.RetryAfter != time.Hour || err.Error() != "read Microsoft calendar of dana@example.com: the server answered 429 Too Many Requests (TooManyRequests)" {
		t.Errorf("%v", err)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) { return 401, `{}`, nil }
	if _, err = s.Events(t.Context(), march(), time.UTC); err == nil || !strings.Contains(err.Error(), "headsup auth microsoft") {
		t.Errorf("%v", err)
	}
	f.trouble = func(int, *http.Request) (int, string, http.Header) {
		return 200, `{"value":[],"@odata.nextLink":"https://evil.example.net/next"}`, nil
	}
	if _, err = s.Events(t.Context(), march(), time.UTC); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("%v", err)
	}
}

// peer serves the suite from the fake.
type peer struct {
	*fake
	source *Source
}

func (p *peer) Source() calendar.Source { return p.source }

func (p *peer) Serve(events []sourcetest.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items = nil
	for _, ev := range events {
		more := ""
		if ev.AllDay {
			more = `,"isAllDay":true`
		}
		p.items = append(p.items, entry(ev.UID, stamp(ev.Start), stamp(ev.End), more))
	}
}

func (p *peer) Break(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	bad := []struct {
		status int
		body   string
	}{{503, `{}`}, {200, `{"value":[`}, {200, `{}`}, {200, `<html>`}, {403, `{}`}}
	if n == len(bad) { // the server goes away in the middle of its answer
		p.trouble = func(int, *http.Request) (int, string, http.Header) { panic(http.ErrAbortHandler) }
		return true
	}
	if n > len(bad) {
		return false
	}
	p.trouble = func(int, *http.Request) (int, string, http.Header) { return bad[n].status, bad[n].body, nil }
	return true
}

func (p *peer) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = nil
}

func TestConforms(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Peer {
		f, s := newFake(t)
		s.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		return &peer{f, s}
	})
}
