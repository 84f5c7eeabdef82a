package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"headsup/calendar/ics"
	"headsup/calendar/ics/guard"
)

// fake is a CalDAV server that does as it is told.
type fake struct {
	answer func(w http.ResponseWriter, kind, body string) bool // false: as usual
	events map[string]string                                   // by name: DTSTART
	auth   string                                              // the Authorization that it wants
	asked  []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	body, kind := string(raw), r.Method
	for _, k := range []string{"sync-collection", "calendar-multiget", "calendar-query", "free-busy-query"} {
		if strings.Contains(body, k+" ") {
			kind = k
		}
	}
	f.asked = append(f.asked, kind)
	if f.auth != "" && r.Header.Get("Authorization") != f.auth {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.answer != nil && f.answer(w, kind, body) {
		return
	}
	switch kind {
	case "PROPFIND":
		multi(w, `<response><href>`+r.URL.Path+`</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>`)
	case "sync-collection", "calendar-query":
		var b strings.Builder
		for name, start := range f.events {
			b.WriteString(listed(name, start))
		}
		multi(w, b.String()+`<sync-token>token-1</sync-token>`)
	case "calendar-multiget":
		var b strings.Builder
		for name, start := range f.events {
			if strings.Contains(body, "/cal/"+name+"<") {
				b.WriteString(full(name, start))
			}
		}
		multi(w, b.String())
	}
}

func multi(w http.ResponseWriter, inner string) {
	w.WriteHeader(http.StatusMultiStatus)
	io.WriteString(w, `<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">`+inner+`</multistatus>`)
}

func listed(name, etag string) string {
	return `<response><href>/cal/` + name + `</href><propstat><prop><getetag>"` + etag + `"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>`
}

func full(name, start string) string {
	return `<response><href>/cal/` + name + `</href><propstat><prop><getetag>"` + start + `"</getetag><C:calendar-data>` +
		object1(name, "DTSTART:"+start) + `</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>`
}

func pair(t *testing.T, f *fake) *Source {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return &Source{Address: s.URL + "/cal/", Client: guard.Client(guard.Options{AllowPrivate: true})}
}

func twoEvents() map[string]string {
	return map[string]string{"a": "20260302T090000Z", "b": "20260303T090000Z"}
}

// TestF11OldVersionKept: whatever goes wrong half-way, nothing of it is used, what was
// held is still there, and the next good answer is taken whole.
func TestF11OldVersionKept(t *testing.T) {
	fail := func(kind string, status int, inner string) func(http.ResponseWriter, string, string) bool {
		return func(w http.ResponseWriter, k, _ string) bool {
			if k != kind {
				return false
			}
			if inner != "" {
				multi(w, inner)
			} else {
				w.WriteHeader(status)
			}
			return true
		}
	}
	for _, c := range []struct {
		name, want string
		answer     func(http.ResponseWriter, string, string) bool
	}{
		{"one of two events fails", "the server answered 500 for one of 2 events", fail("calendar-multiget", 0,
			full("a", "20260302T100000Z")+`<response><href>/cal/b</href><status>HTTP/1.1 500 Oops</status></response>`)},
		{"one of two events is left out", "the server left out 1 of 2 events", fail("calendar-multiget", 0, full("a", "20260302T100000Z"))},
		{"an event without data", "the server answered 200 for one of 2 events", fail("calendar-multiget", 0, full("a", "20260302T100000Z")+listed("b", "x"))},
		{"the fetch fails", "REPORT: the server answered 502 Bad Gateway", fail("calendar-multiget", 502, "")},
		{"too many requests", "REPORT: the server answered 429 Too Many Requests", fail("sync-collection", 429, "")},
		{"a failing entry in the listing", "the server answered 500 for one of the events", fail("sync-collection", 0,
			listed("a", "1")+`<response><href>/cal/b</href><status>HTTP/1.1 500 Oops</status></response><sync-token>t</sync-token>`)},
		{"a foreign address", "the server names an address on evil.example.net: destination is not allowed", fail("sync-collection", 0,
			`<response><href>https://evil.example.net/cal/a</href><propstat><prop><getetag>1</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response><sync-token>t</sync-token>`)},
		{"cut XML", "read the server's XML: XML syntax error on line 1: unexpected EOF", func(w http.ResponseWriter, k, _ string) bool {
			w.WriteHeader(http.StatusMultiStatus)
			io.WriteString(w, `<multistatus xmlns="DAV:"><response>`)
			return true
		}},
		{"always more", "the server repeats itself", fail("sync-collection", 0,
			`<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>token-1</sync-token>`)},
	} {
		f := &fake{events: twoEvents()}
		src := pair(t, f)
		if snap, err := src.Events(t.Context(), march(), time.UTC); err != nil || len(snap.Events) != 2 {
			t.Fatalf("%v %v", snap, err)
		}
		f.events = map[string]string{"a": "20260302T100000Z", "b": "20260303T100000Z"}
		f.answer = c.answer
		snap, err := src.Events(t.Context(), march(), time.UTC)
		if got := fmt.Sprint(err); got != "read calendar: "+c.want || len(snap.Events) != 0 {
			t.Errorf("%s: %s, %d events", c.name, got, len(snap.Events))
		}
		if len(src.state.items) != 2 || src.state.items["/cal/a"].etag != `"20260302T090000Z"` || src.state.token != "token-1" {
			t.Errorf("%s: what was held has changed: %v", c.name, src.state.items)
		}
		f.answer = nil
		if snap, err = src.Events(t.Context(), march(), time.UTC); err != nil || starts(snap) != "a 02T10:00, b 03T10:00" {
			t.Errorf("%s: no recovery: %s %v", c.name, starts(snap), err)
		}
	}
}

// TestF11TokenReset: a refused token, in whatever way, leads to a full listing of which
// only what changed is fetched; a server without sync is compared by ETags.
func TestF11TokenReset(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 409, 410, 412, 500, 501} {
		f := &fake{events: twoEvents()}
		src := pair(t, f)
		if _, err := src.Events(t.Context(), march(), time.UTC); err != nil {
			t.Fatal(err)
		}
		f.asked = nil
		f.events["b"] = "20260304T090000Z"
		f.answer = func(w http.ResponseWriter, kind, body string) bool {
			if kind == "sync-collection" && strings.Contains(body, "token-1") {
				w.WriteHeader(status)
				return true
			}
			return false
		}
		snap, err := src.Events(t.Context(), march(), time.UTC)
		if err != nil || starts(snap) != "a 02T09:00, b 04T09:00" || fmt.Sprint(f.asked) != "[sync-collection sync-collection calendar-multiget]" {
			t.Errorf("%d: %s %v %v", status, starts(snap), f.asked, err)
		}

		f = &fake{events: twoEvents()}
		src = pair(t, f)
		f.answer = func(w http.ResponseWriter, kind, _ string) bool {
			if kind == "sync-collection" {
				w.WriteHeader(status)
			}
			return kind == "sync-collection"
		}
		for range 2 {
			f.asked = nil
			if snap, err = src.Events(t.Context(), march(), time.UTC); err != nil || starts(snap) != "a 02T09:00, b 03T09:00" {
				t.Errorf("%d without sync: %s %v", status, starts(snap), err)
			}
		}
		if fmt.Sprint(f.asked) != "[calendar-query]" {
			t.Errorf("%d without sync, nothing changed: %v", status, f.asked)
		}
	}
}

// TestPages: a listing in parts is taken in parts and used whole.
func TestPages(t *testing.T) {
	f := &fake{events: twoEvents()}
	f.answer = func(w http.ResponseWriter, kind, body string) bool {
		switch {
		case kind != "sync-collection":
			return false
		case strings.Contains(body, "<sync-token></sync-token>"):
			multi(w, listed("a", "20260302T090000Z")+`<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>half</sync-token>`)
		default:
			multi(w, listed("b", "20260303T090000Z")+`<sync-token>whole</sync-token>`)
		}
		return true
	}
	src := pair(t, f)
	if snap, err := src.Events(t.Context(), march(), time.UTC); err != nil || starts(snap) != "a 02T09:00, b 03T09:00" || src.state.token != "whole" {
		t.Errorf("%s %v", starts(snap), err)
	}
}

// TestTooMuch: neither page after page nor event after event may fill the memory.
func TestTooMuch(t *testing.T) {
	f := &fake{events: twoEvents()}
	src := pair(t, f)
	src.Limits = ics.DefaultLimits()
	src.Limits.Bytes = 40 // an event is longer, and so is a fault, but six times that is too much for both
	_, err := src.Events(t.Context(), march(), time.UTC)
	if err == nil || !strings.Contains(err.Error(), "larger than 0 MB together") {
		t.Errorf("bytes: %v", err)
	}
	f = &fake{}
	page := 0
	f.answer = func(w http.ResponseWriter, kind, body string) bool {
		if kind != "sync-collection" {
			return false
		}
		page++
		name := fmt.Sprint("e", page)
		f.events = map[string]string{name: "20260302T090000Z"}
		multi(w, listed(name, "1")+fmt.Sprintf(`<response><href>/cal/</href><status>HTTP/1.1 507 Insufficient Storage</status></response><sync-token>t%d</sync-token>`, page))
		return true
	}
	src = pair(t, f)
	src.Limits = ics.DefaultLimits()
	src.Limits.Entries = 10
	if _, err = src.Events(t.Context(), march(), time.UTC); err == nil || !strings.Contains(err.Error(), "more than 10 events") || page > 12 {
		t.Errorf("pages: %v after %d", err, page)
	}
}

type tokens struct {
	list []string
	err  error
	n    int
}

func (s *tokens) Token(_ context.Context, renew bool) (string, error) {
	if renew {
		if s.n++; s.err != nil {
			return "", s.err
		}
	}
	return s.list[s.n], nil
}

// TestF4F5Tokens: an expired token is renewed silently; one that cannot be renewed says so.
func TestF4F5Tokens(t *testing.T) {
	f := &fake{events: twoEvents(), auth: "Bearer new"}
	src := pair(t, f)
	src.Auth = Bearer{&tokens{list: []string{"old", "new"}}}
	if snap, err := src.Events(t.Context(), march(), time.UTC); err != nil || len(snap.Events) != 2 {
		t.Errorf("%v", err)
	}
	revoked := errors.New("invalid_grant: sign in again with headsup auth")
	src = pair(t, f)
	src.Auth = Bearer{&tokens{list: []string{"old"}, err: revoked}}
	if _, err := src.Events(t.Context(), march(), time.UTC); !errors.Is(err, revoked) {
		t.Errorf("%v", err)
	}
}

// TestS27XML: no document type, no depth, no size.
func TestS27XML(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><multistatus xmlns="DAV:"><sync-token>&lol2;</sync-token></multistatus>`
	for _, c := range []struct{ name, body, want string }{
		{"billion laughs", laughs, "read the server's XML: it has a document type"},
		{"a million deep", strings.Repeat("<a>", 1_000_000), "read the server's XML: expected element type <multistatus> but have <a>"},
		{"a million deep within", `<multistatus xmlns="DAV:">` + strings.Repeat("<a>", 1_000_000), "read the server's XML: it is nested more than 32 deep"},
		{"entity", `<multistatus xmlns="DAV:"><sync-token>&xxe;</sync-token></multistatus>`, "read the server's XML: XML syntax error on line 1: invalid character entity &xxe;"},
		{"HTML", `<!DOCTYPE html><html><body>Sign in</body></html>`, "read the server's XML: it has a document type"},
		{"nothing", ``, "read the server's XML: EOF"},
	} {
		_, err := parse([]byte(c.body))
		if fmt.Sprint(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FuzzParse holds any answer to no panic, and every address in it to the server.
func FuzzParse(f *testing.F) {
	seeds := []string{
		`<multistatus xmlns="DAV:">` + listed("a", "1") + full("b", "20260302T090000Z") + `<sync-token>t</sync-token></multistatus>`,
		`<multistatus xmlns="DAV:"><response><href>//evil.example.net/</href><status>HTTP/1.1 404 Not Found</status></response></multistatus>`,
		`<!DOCTYPE a><multistatus/>`, "", `<multistatus xmlns="DAV:"><response><href>%zz</href></response></multistatus>`,
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	base, err := url.Parse("https://example.com/cal/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		m, err := parse([]byte(body))
		if err != nil {
			return
		}
		list, err := objects(base, m)
		if err != nil && list != nil {
			t.Fatal("half a listing")
		}
		for _, r := range m.Responses {
			if at, err := resolve(base, r.Href); err == nil && (at.Host != "example.com" || at.Scheme != "https") {
				t.Fatalf("%q leads to %s", r.Href, at)
			}
		}
	})
}
