package google

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	gcal "google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"headsup/calendar"
)

// Scope is the one that headsup asks for.
const Scope = gcal.CalendarReadonlyScope

// Source is one Google calendar.
type Source struct {
	ID       string       // of the calendar: an address, or "primary"
	Client   *http.Client // sends the access token
	Endpoint string       // "": Google's
	FreeBusy bool         // only free and busy is shared
	Now      func() time.Time
	Wait     func(ctx context.Context, d time.Duration) error // nil: a timer

	mu      sync.Mutex
	service *gcal.Service
	state   state
	clock   time.Time
}

var _ calendar.Source = (*Source)(nil)

// state is a finished listing. It is replaced as a whole.
type state struct {
	items map[string]*entry
	span  calendar.Span // what was listed
	token string
	zone  string // of the calendar
}

// Events implements [calendar.Source].
func (s *Source) Events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := s.events(ctx, within, loc)
	if err != nil {
		return calendar.Snapshot{}, fmt.Errorf("read Google calendar %s: %w", s.ID, plain(err))
	}
	snap.Range, snap.AsOf, snap.Clock = within, s.now(), s.clock
	return snap, nil
}

func (s *Source) events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	if err := s.open(ctx); err != nil {
		return calendar.Snapshot{}, err
	}
	if s.FreeBusy {
		return s.freeBusy(ctx, within)
	}
	next, err := s.refresh(ctx, within)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	s.state = next
	return next.snapshot(within, loc), nil
}

func (s *Source) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Source) open(ctx context.Context) error {
	if s.service != nil {
		return nil
	}
	opts := []option.ClientOption{option.WithHTTPClient(s.Client)}
	if s.Endpoint != "" {
		opts = append(opts, option.WithEndpoint(s.Endpoint))
	}
	service, err := gcal.NewService(ctx, opts...)
	if err != nil {
		return err
	}
	s.service = service
	return nil
}

// refresh gives the listing that holds the window: changes since the token, or all of
// it anew if the window has left what was listed or the token has expired.
func (s *Source) refresh(ctx context.Context, within calendar.Span) (state, error) {
	have := s.state
	if have.token == "" || within.Start.Before(have.span.Start) || within.End.After(have.span.End) {
		return s.full(ctx, within)
	}
	next := state{items: maps.Clone(have.items), span: have.span, zone: have.zone}
	err := s.pages(ctx, &next, func(c *gcal.EventsListCall) *gcal.EventsListCall { return c.SyncToken(have.token) })
	var api *googleapi.Error
	if errors.As(err, &api) && (api.Code == http.StatusGone || api.Code == http.StatusBadRequest) {
		return s.full(ctx, within)
	}
	return next, err
}

// margin is how much more than the window is listed, so that a window that moves on
// day by day does not need a new listing each day.
const (
	marginBefore = 2 * 24 * time.Hour
	marginAfter  = 35 * 24 * time.Hour
)

func (s *Source) full(ctx context.Context, within calendar.Span) (state, error) {
	next := state{
		items: map[string]*entry{},
		span:  calendar.Span{Start: within.Start.Add(-marginBefore), End: within.End.Add(marginAfter)},
	}
	from, to := next.span.Start.UTC().Format(time.RFC3339), next.span.End.UTC().Format(time.RFC3339)
	err := s.pages(ctx, &next, func(c *gcal.EventsListCall) *gcal.EventsListCall { return c.TimeMin(from).TimeMax(to) })
	return next, err
}

// pages lists all pages into next.
func (s *Source) pages(ctx context.Context, next *state, narrow func(*gcal.EventsListCall) *gcal.EventsListCall) error {
	page := ""
	const most = 500
	for range most {
		call := narrow(s.service.Events.List(s.ID).SingleEvents(true).MaxResults(2500)).Context(ctx)
		if page != "" {
			call = call.PageToken(page)
		}
		var got *gcal.Events
		err := s.patiently(ctx, func() (err error) {
			got, err = call.Do()
			return err
		})
		if err != nil {
			return err
		}
		s.saw(got.ServerResponse)
		next.zone = got.TimeZone
		for _, ev := range got.Items {
			if ev.Status == "cancelled" {
				delete(next.items, ev.Id)
			} else {
				next.items[ev.Id] = &entry{item: ev}
			}
		}
		if got.NextPageToken == "" {
			next.token = got.NextSyncToken
			return nil
		}
		page = got.NextPageToken
	}
	return errors.New("the listing does not come to an end")
}

func (s *Source) saw(r googleapi.ServerResponse) {
	if at, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		s.clock = at
	}
}

// patiently tries again what quota or a passing fault stopped, waiting longer each time
// and never the same (Google: truncated exponential back-off with jitter).
func (s *Source) patiently(ctx context.Context, try func() error) error {
	const tries = 4
	wait := time.Second
	for n := 1; ; n++ {
		err := try()
		if err == nil || n == tries || !passing(err) {
			return err
		}
		d := wait + rand.N(wait)
		if asked := retryAfter(err); asked > 0 {
			if asked > time.Minute {
				return &busyError{err, asked}
			}
			d = max(d, asked)
		}
		if err := s.wait(ctx, d); err != nil {
			return err
		}
		wait *= 2
	}
}

func (s *Source) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// passing reports whether trying again may help.
func passing(err error) bool {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return false
	}
	if api.Code == http.StatusTooManyRequests || api.Code >= 500 {
		return true
	}
	return api.Code == http.StatusForbidden && slices.ContainsFunc(api.Errors, func(e googleapi.ErrorItem) bool {
		return e.Reason == "rateLimitExceeded" || e.Reason == "userRateLimitExceeded" || e.Reason == "quotaExceeded"
	})
}

func retryAfter(err error) time.Duration {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return 0
	}
	d, err := time.ParseDuration(api.Header.Get("Retry-After") + "s")
	if err != nil {
		return 0
	}
	return d
}

// busyError is the answer of a server that wants to be left alone.
type busyError struct {
	error
	after time.Duration
}

// After is how long.
func (e *busyError) After() time.Duration { return e.after }

// Unwrap is the answer.
func (e *busyError) Unwrap() error { return e.error }

// plain says what to do about the errors that a person can do something about.
func plain(err error) error {
	var api *googleapi.Error
	switch {
	case strings.Contains(err.Error(), "invalid_grant"):
		return fmt.Errorf("the permission was withdrawn by Google; sign in again with `headsup auth google`: %w", err)
	case !errors.As(err, &api):
		return err
	case api.Code == http.StatusUnauthorized:
		return fmt.Errorf("the permission was refused by Google (401); sign in again with `headsup auth google`: %w", err)
	case api.Code == http.StatusNotFound:
		return fmt.Errorf("there is no such calendar, or it is not shared with you (404): %w", err)
	}
	return err
}

// freeBusy asks for free and busy, a month at a time, since Google limits the range.
func (s *Source) freeBusy(ctx context.Context, within calendar.Span) (calendar.Snapshot, error) {
	const step = 28 * 24 * time.Hour
	var snap calendar.Snapshot
	for from := within.Start; from.Before(within.End); from = from.Add(step) {
		to := from.Add(step)
		if to.After(within.End) {
			to = within.End
		}
		call := s.service.Freebusy.Query(&gcal.FreeBusyRequest{
			TimeMin: from.UTC().Format(time.RFC3339), TimeMax: to.UTC().Format(time.RFC3339),
			Items: []*gcal.FreeBusyRequestItem{{Id: s.ID}},
		}).Context(ctx)
		var got *gcal.FreeBusyResponse
		err := s.patiently(ctx, func() (err error) {
			got, err = call.Do()
			return err
		})
		if err != nil {
			return calendar.Snapshot{}, err
		}
		s.saw(got.ServerResponse)
		answer, ok := got.Calendars[s.ID]
		if !ok || len(answer.Errors) > 0 {
			return calendar.Snapshot{}, errors.New("there is no free/busy of this calendar for you; ask for it to be shared")
		}
		for _, p := range answer.Busy {
			ev, err := busyEvent(p)
			if err != nil {
				return calendar.Snapshot{}, err
			}
			snap.Events = join(snap.Events, ev)
		}
	}
	var sum digest
	for i := range snap.Events {
		sum.add(digestOf(&snap.Events[i]))
	}
	snap.Version = sum.String()
	return snap, nil
}

func busyEvent(p *gcal.TimePeriod) (calendar.Event, error) {
	start, err := time.Parse(time.RFC3339, p.Start)
	if err != nil {
		return calendar.Event{}, fmt.Errorf("free/busy: %w", err)
	}
	end, err := time.Parse(time.RFC3339, p.End)
	if err != nil {
		return calendar.Event{}, fmt.Errorf("free/busy: %w", err)
	}
	return calendar.Event{
		Span: calendar.Span{Start: start.UTC(), End: end.UTC()}, Zone: "UTC", Status: calendar.Confirmed, Show: calendar.ShowBusy,
	}, nil
}

// join adds a busy period, to the last one if a month's end cut it in two.
func join(events []calendar.Event, ev calendar.Event) []calendar.Event {
	if n := len(events); n > 0 && !ev.Start.After(events[n-1].End) {
		if ev.End.After(events[n-1].End) {
			events[n-1].End = ev.End
		}
		return events
	}
	return append(events, ev)
}
