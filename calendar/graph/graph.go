// Package graph reads a manager's calendar from Microsoft 365 through Microsoft Graph,
// over plain HTTP: calendarView where the calendar is shared, getSchedule where only free
// and busy is. Exchange expands recurrences itself. After the first listing a delta link
// tells where something changed, and only that is listed again; a listing that breaks
// off is not used.
package graph

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/zone"
)

// The scopes that headsup asks for: the first where a calendar is shared, the second for
// free and busy.
const (
	Scope         = "https://graph.microsoft.com/Calendars.Read.Shared"
	ScopeFreeBusy = "https://graph.microsoft.com/Calendars.ReadBasic"
)

// Source is the calendar of one person.
type Source struct {
	Address  string       // of the manager
	Client   *http.Client // sends the access token
	Endpoint string       // "": https://graph.microsoft.com/v1.0
	FreeBusy bool         // only free and busy is shared
	Now      func() time.Time
	Wait     func(ctx context.Context, d time.Duration) error // nil: a timer

	mu    sync.Mutex
	state state
	clock time.Time
}

var _ calendar.Source = (*Source)(nil)

// StatusError is an answer other than the one that was hoped for.
type StatusError struct {
	Code       int
	Reason     string // Graph's own word for it
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code))
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	switch e.Code {
	case http.StatusUnauthorized:
		text += "; sign in again with `headsup auth microsoft`"
	case http.StatusForbidden, http.StatusNotFound:
		text += "; the calendar is not shared with you, or only free and busy is"
	}
	return text
}

// After is how long the server wants to be left alone, 0 if it did not say.
func (e *StatusError) After() time.Duration { return e.RetryAfter }

// Events implements [calendar.Source].
func (s *Source) Events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.view
	if s.FreeBusy {
		list = s.schedule
	}
	events, err := list(ctx, within, loc)
	if err != nil {
		return calendar.Snapshot{}, fmt.Errorf("read Microsoft calendar of %s: %w", s.Address, err)
	}
	events = slices.DeleteFunc(events, func(ev calendar.Event) bool {
		return !ev.Overlaps(within) && (!ev.Start.Equal(ev.End) || !within.Contains(ev.Start))
	})
	slices.SortFunc(events, func(a, b calendar.Event) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.UID, b.UID), a.End.Compare(b.End), strings.Compare(a.RecurrenceID, b.RecurrenceID), strings.Compare(a.Title, b.Title))
	})
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(events); err != nil {
		return calendar.Snapshot{}, err
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return calendar.Snapshot{
		Range: within, Events: events, Version: hex.EncodeToString(h.Sum(nil)[:12]), AsOf: now(), Clock: s.clock,
	}, nil
}

func (s *Source) endpoint() string {
	if s.Endpoint == "" {
		return "https://graph.microsoft.com/v1.0"
	}
	return strings.TrimSuffix(s.Endpoint, "/")
}

// stamp is the way Graph is asked for times, always in UTC.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

// users is the address of the calendar's owner.
func (s *Source) users() string { return s.endpoint() + "/users/" + url.PathEscape(s.Address) }

// view gives the events of the window from the listing, brought up to date.
func (s *Source) view(ctx context.Context, within calendar.Span, loc *time.Location) ([]calendar.Event, error) {
	// A day more on both sides: an all-day event is a day of the asker, whatever Exchange
	// takes it for.
	const day = 24 * time.Hour
	next, err := s.refresh(ctx, calendar.Span{Start: within.Start.Add(-day), End: within.End.Add(day)})
	if err != nil {
		return nil, err
	}
	out := make([]calendar.Event, 0, len(next.items))
	for _, it := range next.items {
		ev, err := it.event(loc)
		if err != nil {
			return nil, err
		}
		out = append(out, ev)
	}
	s.state = next
	return out, nil
}

// list adds a stretch of the calendar to items, page by page.
func (s *Source) list(ctx context.Context, within calendar.Span, items map[string]item) error {
	q := url.Values{
		"startDateTime": {stamp(within.Start)}, "endDateTime": {stamp(within.End)}, "$top": {"500"},
		"$select": {"id,iCalUId,subject,start,end,isAllDay,showAs,isCancelled,isOrganizer,responseStatus,type,originalStart,originalStartTimeZone,location,categories,organizer,attendees"},
	}
	at := s.users() + "/calendarView?" + q.Encode()
	const most = 200
	for range most {
		var page struct {
			Value []item
			Next  string `json:"@odata.nextLink"`
		}
		if err := s.call(ctx, http.MethodGet, at, nil, &page); err != nil {
			return err
		}
		if page.Value == nil {
			return errors.New("the answer holds no events list")
		}
		for _, it := range page.Value {
			if it.ID == "" {
				return errors.New("an event has no id")
			}
			items[it.ID] = it
		}
		if at = page.Next; at == "" {
			return nil
		}
		if err := s.own(at); err != nil {
			return err
		}
	}
	return errors.New("the listing does not come to an end")
}

// schedule asks for free and busy, six weeks at a time, since Graph limits the range.
func (s *Source) schedule(ctx context.Context, within calendar.Span, _ *time.Location) ([]calendar.Event, error) {
	const step = 42 * 24 * time.Hour
	var out []calendar.Event
	for from := within.Start; from.Before(within.End); from = from.Add(step) {
		to := from.Add(step)
		if to.After(within.End) {
			to = within.End
		}
		ask := map[string]any{
			"schedules": []string{s.Address}, "availabilityViewInterval": 30,
			"startTime": map[string]string{"dateTime": stamp(from), "timeZone": "UTC"},
			"endTime":   map[string]string{"dateTime": stamp(to), "timeZone": "UTC"},
		}
		var answer struct {
			Value []struct {
				Items []item `json:"scheduleItems"`
				Error *struct{ Message string }
			}
		}
		if err := s.call(ctx, http.MethodPost, s.endpoint()+"/me/calendar/getSchedule", ask, &answer); err != nil {
			return nil, err
		}
		if len(answer.Value) != 1 || answer.Value[0].Error != nil {
			return nil, errors.New("there is no free and busy of this person for you")
		}
		for _, it := range answer.Value[0].Items {
			ev, err := it.busy()
			if err != nil {
				return nil, err
			}
			// A period over the end of a stretch comes with both stretches.
			if !slices.ContainsFunc(out, func(have calendar.Event) bool { return have.Span == ev.Span && have.Show == ev.Show }) {
				out = append(out, ev)
			}
		}
	}
	return out, nil
}

// call sends one request and reads its JSON. Throttled requests wait as long as asked.
func (s *Source) call(ctx context.Context, method, at string, ask, answer any) error {
	const tries = 4
	for n := 1; ; n++ {
		err := s.once(ctx, method, at, ask, answer)
		var status *StatusError
		if err == nil || n == tries || !errors.As(err, &status) {
			return err
		}
		if c := status.Code; c != http.StatusTooManyRequests && c != http.StatusServiceUnavailable && c != http.StatusGatewayTimeout {
			return err
		}
		d := max(status.RetryAfter, time.Duration(n)*time.Second+rand.N(time.Second))
		if d > time.Minute {
			return err // the next poll is soon enough
		}
		if err := s.wait(ctx, d); err != nil {
			return err
		}
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

func (s *Source) once(ctx context.Context, method, at string, ask, answer any) error {
	var body io.Reader
	if ask != nil {
		raw, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		return err
	}
	req.Header.Set("Prefer", `outlook.timezone="UTC"`)
	if strings.Contains(at, "/calendarView/delta") {
		req.Header.Add("Prefer", "odata.maxpagesize=500")
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	const limit = 10 << 20
	raw, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case len(raw) > limit:
		return errors.New("the answer is larger than 10 MB")
	}
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		s.clock = t
	}
	if resp.StatusCode != http.StatusOK {
		return statusError(resp, raw)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func statusError(resp *http.Response, raw []byte) error {
	var told struct{ Error struct{ Code string } }
	out := &StatusError{Code: resp.StatusCode}
	if json.Unmarshal(raw, &told) == nil {
		out.Reason = told.Error.Code
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 && n < 100_000 {
		out.RetryAfter = time.Duration(n) * time.Second
	}
	return out
}

// item is an event of calendarView or a period of getSchedule.
type item struct {
	ID, ICalUID, Subject, Type, ShowAs, Status string
	Start, End                                 when
	IsAllDay, IsCancelled, IsOrganizer         bool
	OriginalStart, OriginalStartTimeZone       string
	ResponseStatus                             struct{ Response string }
	Location                                   place
	Categories                                 []string
	Organizer                                  person
	Attendees                                  []person
}

type when struct{ DateTime, TimeZone string }

type person struct {
	EmailAddress struct{ Name, Address string }
}

// place is an object with calendarView and a string with getSchedule.
type place struct{ DisplayName string }

// UnmarshalJSON implements [json.Unmarshaler].
func (p *place) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &p.DisplayName)
	}
	type plain place
	return json.Unmarshal(raw, (*plain)(p))
}

// civil is a time without its zone: "2026-03-02T09:00:00.0000000".
func civil(s string) (time.Time, error) {
	s, _, _ = strings.Cut(strings.TrimSuffix(s, "Z"), ".")
	return time.Parse("2006-01-02T15:04:05", s)
}

func (w when) instant() (time.Time, error) {
	if w.TimeZone != "" && w.TimeZone != "UTC" {
		return time.Time{}, fmt.Errorf("a time in %q, though UTC was asked for", w.TimeZone)
	}
	return civil(w.DateTime)
}

func (it item) event(loc *time.Location) (calendar.Event, error) {
	ev, err := it.busy()
	if err != nil {
		return ev, err
	}
	ev.UID, ev.Title, ev.Location, ev.Categories = it.ICalUID, it.Subject, it.Location.DisplayName, it.Categories
	if ev.UID == "" {
		ev.UID = it.ID
	}
	ev.Recurring = it.Type == "occurrence" || it.Type == "exception"
	if at, err := civil(it.OriginalStart); err == nil && ev.Recurring {
		ev.RecurrenceID = at.Format("20060102T150405Z")
	}
	if it.IsAllDay {
		ev.AllDay, ev.Zone = true, ""
		ev.Start, _ = calendar.Resolve(calendar.CivilOf(ev.Start), loc)
		ev.End, _ = calendar.Resolve(calendar.CivilOf(ev.End), loc)
	} else if own := zone.Find(it.OriginalStartTimeZone); own != nil {
		ev.Zone, ev.Start, ev.End = own.String(), ev.Start.In(own), ev.End.In(own)
	}
	if it.IsCancelled {
		ev.Status, ev.Show = calendar.Cancelled, calendar.ShowFree
	}
	ev.Organizer = it.Organizer.EmailAddress.Address
	for _, a := range it.Attendees {
		ev.Attendees = append(ev.Attendees, calendar.Attendee{Name: a.EmailAddress.Name, Address: a.EmailAddress.Address})
	}
	ev.Part = part(it)
	return ev, nil
}

func part(it item) calendar.Participation {
	switch it.ResponseStatus.Response {
	case "organizer", "accepted":
		return calendar.PartAccepted
	case "tentativelyAccepted":
		return calendar.PartTentative
	case "declined":
		return calendar.PartDeclined
	case "notResponded":
		return calendar.PartOpen
	}
	return calendar.PartUnknown
}

// busy is the item as a block of time and no more.
func (it item) busy() (calendar.Event, error) {
	start, err := it.Start.instant()
	if err != nil {
		return calendar.Event{}, fmt.Errorf("start of an event: %w", err)
	}
	end, err := it.End.instant()
	if err != nil {
		return calendar.Event{}, fmt.Errorf("end of an event: %w", err)
	}
	ev := calendar.Event{Span: calendar.Span{Start: start, End: end}, Zone: "UTC", Status: calendar.Confirmed, Show: calendar.ShowBusy}
	if end.Before(start) {
		ev.End = start
	}
	switch it.ShowAs + it.Status {
	case "free":
		ev.Show = calendar.ShowFree
	case "tentative":
		ev.Show, ev.Status = calendar.ShowTentative, calendar.Tentative
	case "oof":
		ev.Show, ev.Type = calendar.ShowAway, calendar.TypeAway
	case "workingElsewhere":
		ev.Show = calendar.ShowElsewhere
	}
	return ev, nil
}
