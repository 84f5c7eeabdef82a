package caldav

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"headsup/calendar"
	"headsup/calendar/sourcetest"
)

// peer serves the suite from the fake, with and without sync.
type peer struct {
	*fake
	t      *testing.T
	noSync bool

	mu     sync.Mutex // an answer that was broken off may still be on its way out
	round  int
	texts  map[string]string
	broken int // -1: not
}

func (p *peer) Source() calendar.Source { return pair(p.t, p.fake) }

func (p *peer) Serve(events []sourcetest.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.round++
	p.texts = map[string]string{}
	for _, ev := range events {
		p.texts[ev.UID] = sourcetest.ICalendar([]sourcetest.Event{ev})
	}
}

func (p *peer) Break(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = n
	return n < 5
}

func (p *peer) Mend() { p.Break(-1) }

// answered answers the two questions that carry content. Every round gives every object
// another ETag, so that a fetch is always due.
func (p *peer) answered(w http.ResponseWriter, kind, body string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	etag := func(name string) string { return fmt.Sprint(name, len(p.texts[name]), p.round, p.broken) }
	var b strings.Builder
	switch {
	case p.broken == 4:
		panic(http.ErrAbortHandler) // the server goes away in the middle of its answer
	case p.noSync && kind == "sync-collection":
		w.WriteHeader(http.StatusNotImplemented)
		return true
	case kind == "sync-collection" || kind == "calendar-query":
		if p.broken == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		if kind == "sync-collection" && !strings.Contains(body, "<sync-token></sync-token>") {
			w.WriteHeader(http.StatusForbidden) // every token is stale here
			return true
		}
		for name := range p.texts {
			b.WriteString(listed(name, etag(name)))
		}
		if p.broken == 1 {
			w.WriteHeader(http.StatusMultiStatus)
			io.WriteString(w, `<multistatus xmlns="DAV:">`+b.String())
			return true
		}
		multi(w, b.String()+`<sync-token>stale</sync-token>`)
		return true
	case kind == "calendar-multiget":
		left := p.broken == 2
		for name, text := range p.texts {
			if left {
				left = false
				continue
			}
			status := "200 OK"
			if p.broken == 3 {
				status = "500 Oops"
			}
			fmt.Fprintf(&b, `<response><href>/cal/%s</href><propstat><prop><getetag>"%s"</getetag><C:calendar-data>%s</C:calendar-data></prop><status>HTTP/1.1 %s</status></propstat></response>`,
				name, etag(name), escaped(text), status)
		}
		multi(w, b.String())
		return true
	}
	return false
}

func TestConforms(t *testing.T) {
	for _, noSync := range []bool{false, true} {
		t.Run(fmt.Sprintf("sync %v", !noSync), func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Peer {
				p := &peer{fake: &fake{}, t: t, noSync: noSync, broken: -1}
				p.fake.answer = p.answered
				return p
			})
		})
	}
}

// TestServersConform runs the suite on the real servers.
func TestServersConform(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *server{"radicale": radicale, "xandikos": xandikos} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			sourcetest.Run(t, func(t *testing.T) sourcetest.Peer { return &realPeer{server: s, t: t} })
		})
	}
}

// realPeer is a real server that is stopped to make it fail.
type realPeer struct {
	*server
	t *testing.T
}

func (p *realPeer) Source() calendar.Source {
	src := pair(p.t, &fake{})
	src.Address, src.Auth = p.base+p.path, p.auth
	return src
}

func (p *realPeer) Serve(events []sourcetest.Event) {
	next := map[string]bool{}
	for _, ev := range events {
		next[ev.UID] = true
		p.send(http.MethodPut, p.path+ev.UID+".ics", sourcetest.ICalendar([]sourcetest.Event{ev}), 200, 201, 204)
	}
	for _, uid := range []string{"a", "b", "c", "later", "first", "last", "after", "before", "into", "out", "across", "day"} {
		if !next[uid] {
			p.send(http.MethodDelete, p.path+uid+".ics", "")
		}
	}
}

func (p *realPeer) Break(n int) bool {
	if n > 0 {
		return false
	}
	p.down()
	return true
}

func (p *realPeer) Mend() { p.up() }
