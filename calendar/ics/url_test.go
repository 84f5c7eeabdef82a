package ics

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/guard"
)

// feed is a server of one calendar.
type feed struct {
	answer func(w http.ResponseWriter, r *http.Request)
	asked  []string // If-None-Match and If-Modified-Since of each request
}

func (f *feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.Header.Get("If-None-Match")+" "+r.Header.Get("If-Modified-Since"))
	f.answer(w, r)
}

func served(t *testing.T, f *feed) *URL {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return &URL{Address: s.URL + "/private-token/basic.ics", Client: guard.Client(guard.Options{AllowPrivate: true})}
}

func text200(body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

// TestURL follows a link through changes, unchanged answers and packed ones.
func TestURL(t *testing.T) {
	one, two := event("DTSTART:20260302T090000Z"), event("DTSTART:20260302T100000Z")
	f := &feed{}
	u := served(t, f)
	w := calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-09")}
	f.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Mar 2026 08:00:00 GMT")
		io.WriteString(w, one)
	}
	a, err := u.Events(t.Context(), w, time.UTC)
	if err != nil || len(a.Events) != 1 || a.Clock.IsZero() {
		t.Fatalf("%v %v", a, err)
	}
	f.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }
	b, err := u.Events(t.Context(), w, time.UTC)
	if err != nil || b.Version != a.Version || b.AsOf.Before(a.AsOf) || f.asked[1] != `"1" Mon, 02 Mar 2026 08:00:00 GMT` {
		t.Errorf("unchanged: %v %v, asked %q", b, err, f.asked)
	}
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, two)
		z.Close()
	}
	c, err := u.Events(t.Context(), w, time.UTC)
	if err != nil || c.Version == a.Version || c.Events[0].Start.Hour() != 10 {
		t.Errorf("packed: %v %v", c, err)
	}
}

// TestF12BadAnswers: a login page, an error, a cut or huge answer gives nothing, says
// why without the secret link, and what was held stays.
func TestF12BadAnswers(t *testing.T) {
	good := event("DTSTART:20260302T090000Z")
	for _, c := range []struct {
		name, want string
		doubtful   bool
		answer     func(http.ResponseWriter, *http.Request)
	}{
		{"login page", "fetch calendar: read calendar: line 1: this is a web page, not a calendar; the link may need a login", true, text200("<!DOCTYPE html><html>Sign in</html>")},
		{"half an answer", "fetch calendar: read calendar: line 6: the file ends within the VEVENT of line 3: it is cut off", false, text200(good[:80])},
		{"empty", "fetch calendar: read calendar: the file is empty", false, text200("")},
		{"larger than allowed", "fetch calendar: the answer is larger than 10 MB", false, text200(strings.Repeat("X", 11<<20))},
		{"forbidden", "fetch calendar: the server refused (403): the link may have been withdrawn; copy it anew from the calendar's settings", false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }},
		{"gone", "fetch calendar: the server knows no such calendar (404); copy the link anew from the calendar's settings", false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		{"server error", "fetch calendar: the server answered 500 Internal Server Error", false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
	} {
		f := &feed{answer: text200(good)}
		u := served(t, f)
		w := calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-09")}
		if _, err := u.Events(t.Context(), w, time.UTC); err != nil {
			t.Fatal(err)
		}
		f.answer = c.answer
		snap, err := u.Events(t.Context(), w, time.UTC)
		if fmt.Sprint(err) != c.want || len(snap.Events) != 0 || errors.Is(err, calendar.ErrDoubtful) != c.doubtful {
			t.Errorf("%s: %v, %d events\nwant %s", c.name, err, len(snap.Events), c.want)
		}
		f.answer = text200(good)
		if snap, err = u.Events(t.Context(), w, time.UTC); err != nil || len(snap.Events) != 1 {
			t.Errorf("%s: no recovery: %v", c.name, err)
		}
	}
}

// TestF3RetryAfter keeps what the server asks for.
func TestF3RetryAfter(t *testing.T) {
	f := &feed{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	}}
	_, err := served(t, f).Events(t.Context(), calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-09")}, time.UTC)
	var status *StatusError
	if !errors.As(err, &status) || status.RetryAfter != 2*time.Minute {
		t.Errorf("%v", err)
	}
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	if d := RetryAfter(http.Header{"Retry-After": {at.Add(time.Hour).Format(http.TimeFormat)}}, at); d != time.Hour {
		t.Errorf("date: %v", d)
	}
}

// TestSecretLink: a private link is a secret; no error shows it.
func TestSecretLink(t *testing.T) {
	for _, address := range []string{"https://127.0.0.1/private-token/basic.ics", "http://example.com/private-token/basic.ics", "https://exa mple.com/private-token", "webcal://[::1]/private-token/"} {
		u := &URL{Address: address}
		_, err := u.Events(t.Context(), calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-09")}, time.UTC)
		if err == nil || strings.Contains(err.Error(), "token") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
