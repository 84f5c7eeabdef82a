package ics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/guard"
)

// URL is a calendar behind a link, as Google, Outlook and iCloud publish them. It asks
// whether the calendar has changed (ETag, Last-Modified) before it reads it again.
type URL struct {
	Address string // https; webcal means https. Often a secret: no error shows its path
	Owner   Owner
	Limits  Limits           // zero: [DefaultLimits]
	Client  *http.Client     // nil: [guard.Client] with no exceptions
	Now     func() time.Time // nil: [time.Now]

	mu       sync.Mutex
	client   *http.Client
	etag     string
	modified string
	held     held
}

var _ calendar.Source = (*URL)(nil)

// StatusError is an answer that is no calendar.
type StatusError struct {
	Code       int
	RetryAfter time.Duration // 0: the server did not say
}

func (e *StatusError) Error() string {
	switch e.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("the server refused (%d): the link may have been withdrawn; copy it anew from the calendar's settings", e.Code)
	case http.StatusNotFound, http.StatusGone:
		return fmt.Sprintf("the server knows no such calendar (%d); copy the link anew from the calendar's settings", e.Code)
	case http.StatusTooManyRequests:
		return "the server was asked too often (429)"
	}
	return fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code))
}

// After is how long the server wants to be left alone, 0 if it did not say.
func (e *StatusError) After() time.Duration { return e.RetryAfter }

// Events implements [calendar.Source].
func (u *URL) Events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	clock, err := u.refresh(ctx)
	if err != nil {
		return calendar.Snapshot{}, fmt.Errorf("fetch calendar: %w", err)
	}
	snap, err := u.held.snapshot(within, loc, u.Owner, now(u.Now))
	snap.Clock = clock
	return snap, err
}

// refresh fetches the calendar if it has changed. What was held is replaced only by a
// calendar that was read to its end.
func (u *URL) refresh(ctx context.Context) (time.Time, error) {
	resp, err := u.fetch(ctx)
	if err != nil {
		return time.Time{}, guard.Plain(err)
	}
	defer resp.Body.Close()
	clock, _ := http.ParseTime(resp.Header.Get("Date"))
	switch {
	case resp.StatusCode == http.StatusNotModified && u.held.cal != nil:
		return clock, nil
	case resp.StatusCode != http.StatusOK:
		return clock, &StatusError{resp.StatusCode, RetryAfter(resp.Header, now(u.Now))}
	}
	lim := orDefault(u.Limits)
	body, err := guard.Body(resp, lim.Bytes)
	if err != nil {
		return clock, err
	}
	text := string(body)
	if v := version(text); v != u.held.version || u.held.cal == nil {
		cal, err := Parse(text, lim)
		if err != nil {
			return clock, err
		}
		u.held = held{cal, v}
	}
	u.etag, u.modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	return clock, nil
}

func (u *URL) fetch(ctx context.Context) (*http.Response, error) {
	if u.client == nil {
		if u.client = u.Client; u.client == nil {
			u.client = guard.Client(guard.Options{})
		}
	}
	address := u.Address
	if rest, ok := strings.CutPrefix(address, "webcal://"); ok {
		address = "https://" + rest
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the link is not an address")
	}
	req.Header.Set("Accept", "text/calendar, */*;q=0.1")
	req.Header.Set("Accept-Encoding", "gzip")
	if u.held.cal != nil {
		if u.etag != "" {
			req.Header.Set("If-None-Match", u.etag)
		}
		if u.modified != "" {
			req.Header.Set("If-Modified-Since", u.modified)
		}
	}
	return u.client.Do(req)
}

// RetryAfter reads the header of that name: seconds or a date.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n := digits(v); v != "" && n >= 0 && n < 1_000_000 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
