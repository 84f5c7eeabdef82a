package google

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/sourcetest"
)

// peer serves the suite from the fake; every look is a full listing in pages of one.
type peer struct {
	*fakeGoogle
	source *Source
	round  int
}

func (p *peer) Source() calendar.Source { return p.source }

func (p *peer) Serve(events []sourcetest.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.round++
	p.token, p.pages = fmt.Sprint("round-", p.round), nil
	for _, ev := range events {
		start, end := "dateTime", "dateTime"
		layout := time.RFC3339
		if ev.AllDay {
			start, end, layout = "date", "date", time.DateOnly
		}
		p.pages = append(p.pages, []string{fmt.Sprintf(`{"id":%q,"iCalUID":%q,"status":"confirmed","start":{%q:%q},"end":{%q:%q}}`,
			ev.UID, ev.UID, start, ev.Start.Format(layout), end, ev.End.Format(layout))})
	}
}

func (p *peer) Break(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	bad := []struct {
		status int
		body   string
	}{{503, `{}`}, {200, `{"items":[`}, {403, `{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}`}, {401, `{}`}}
	if n == len(bad) { // the server goes away in the middle of its answer
		p.trouble = func(int, *http.Request) (int, string, http.Header) { panic(http.ErrAbortHandler) }
		return true
	}
	if n > len(bad) {
		return false
	}
	p.trouble = func(int, *http.Request) (int, string, http.Header) {
		return bad[n].status, bad[n].body, http.Header{"Content-Type": {"application/json"}}
	}
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
		return &peer{fakeGoogle: f, source: s}
	})
}
