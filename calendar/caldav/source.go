package caldav

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/calendar/ics/guard"
)

// Source is one calendar of a CalDAV server.
type Source struct {
	Address  string // of the calendar, or of the server if it can be discovered
	Name     string // which calendar, where the address leads to several
	Auth     Auth   // nil: none
	FreeBusy bool   // ask for free and busy only: the server shows no events
	Owner    ics.Owner
	Limits   ics.Limits       // zero: [ics.DefaultLimits]
	Client   *http.Client     // nil: [guard.Client] with no exceptions
	Now      func() time.Time // nil: [time.Now]

	mu    sync.Mutex
	conn  *conn
	at    *url.URL // the collection, once found
	state state
}

var _ calendar.Source = (*Source)(nil)

// state is what is known of the collection. It changes as a whole or not at all.
type state struct {
	items   map[string]item // by path
	token   string          // of sync-collection; "": the server has none
	noSync  bool            // the server cannot tell changes
	version digest          // over the items
	bytes   int64           // of all items as they came
	joined  *ics.Calendar   // of all items; nil: not made since the last change
	view    *view           // the last answer; nil: there was none
}

// item is one object as it was read.
type item struct {
	etag string
	hash digest
	size int64
	cal  *ics.Calendar
}

// Events implements [calendar.Source].
func (s *Source) Events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := s.events(ctx, within, loc)
	if err != nil {
		return calendar.Snapshot{}, fmt.Errorf("read calendar: %w", err)
	}
	snap.Clock = s.conn.clock
	return snap, nil
}

func (s *Source) events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	if err := s.connect(ctx); err != nil {
		return calendar.Snapshot{}, err
	}
	if s.FreeBusy {
		return s.busyOnly(ctx, within, loc)
	}
	news, err := s.refresh(ctx)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	return s.take(news, within, loc)
}

func (s *Source) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Source) limits() ics.Limits {
	if s.Limits == (ics.Limits{}) {
		return ics.DefaultLimits()
	}
	return s.Limits
}

// connect finds the collection once.
func (s *Source) connect(ctx context.Context) error {
	if s.conn == nil {
		client := s.Client
		if client == nil {
			client = guard.Client(guard.Options{})
		}
		s.conn = &conn{http: client, auth: s.Auth, now: s.now}
	}
	if s.at != nil {
		return nil
	}
	start, err := url.Parse(s.Address)
	if err != nil || start.Host == "" {
		return errors.New("the address of the server is not one")
	}
	start.User = nil
	at, err := s.conn.discover(ctx, start, s.Name)
	if err != nil {
		return err
	}
	s.at = at
	return nil
}

func (s *Source) busyOnly(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	r, err := s.conn.freeBusy(ctx, s.at, within.Start, within.End)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	cal, err := ics.Read(r, s.limits())
	if err != nil {
		return calendar.Snapshot{}, err
	}
	snap, err := cal.Snapshot(within, loc, s.Owner, "", s.now())
	h := sha256.New()
	for _, ev := range snap.Events {
		fmt.Fprintln(h, ev.Start.Unix(), ev.End.Unix(), ev.Show)
	}
	snap.Version = hex.EncodeToString(h.Sum(nil)[:12])
	return snap, err
}

// news is what a look found. Nothing of it is true before all of it is there.
type news struct {
	put    map[string]item
	gone   map[string]bool
	all    bool // put is the whole collection
	token  string
	noSync bool
	bytes  int64 // that were fetched
}

// refresh asks what is new. The state is not touched.
func (s *Source) refresh(ctx context.Context) (news, error) {
	if s.state.noSync {
		return s.relist(ctx)
	}
	found, err := s.sync(ctx, s.state.token)
	if err == nil {
		return found, nil
	}
	if !tokenRefused(err) {
		return news{}, err
	}
	if s.state.token != "" { // the token was refused: begin anew, with everything
		found, err = s.sync(ctx, "")
		if err == nil || !tokenRefused(err) {
			return found, err
		}
	}
	return s.relist(ctx)
}

// tokenRefused reports whether an answer means that the server wants no such token, or
// knows no sync at all. RFC 6578 asks for 403 with valid-sync-token; servers also
// answer 400, 404, 405, 409, 410, 412, 415, 500 and 501.
func tokenRefused(err error) bool {
	switch statusOf(err) {
	case 400, 403, 404, 405, 409, 410, 412, 415, 500, 501:
		return true
	}
	return errors.Is(err, errNoToken)
}

// sync asks for the changes since the token, page after page, and fetches them.
func (s *Source) sync(ctx context.Context, token string) (news, error) {
	found := news{put: map[string]item{}, gone: map[string]bool{}, all: token == ""}
	const pages = 200 // a server that never comes to an end is given up
	for range pages {
		list, next, more, err := s.conn.changes(ctx, s.at, token)
		if err != nil {
			return news{}, err
		}
		if err := s.collect(ctx, &found, list); err != nil {
			return news{}, err
		}
		if more && next == token {
			return news{}, errors.New("the server repeats itself")
		}
		if token = next; !more {
			found.token = token
			return found, nil
		}
	}
	return news{}, errors.New("the server does not come to an end of its changes")
}

// relist compares all ETags with those that are held.
func (s *Source) relist(ctx context.Context) (news, error) {
	list, err := s.conn.list(ctx, s.at)
	if err != nil {
		return news{}, err
	}
	found := news{put: map[string]item{}, gone: map[string]bool{}, all: true, noSync: true}
	return found, s.collect(ctx, &found, list)
}

// collect adds a listing to what was found, taking what is unchanged from what is held
// and fetching the rest.
func (s *Source) collect(ctx context.Context, found *news, list []object) error {
	var wanted []string
	for _, o := range list {
		old, known := s.state.items[o.href]
		switch {
		case o.gone:
			delete(found.put, o.href)
			found.gone[o.href] = true
		case known && old.etag == o.etag:
			found.put[o.href] = old
			delete(found.gone, o.href)
		default:
			wanted = append(wanted, o.href)
		}
	}
	if most := s.limits().Entries; len(list) > most || len(found.put)+len(wanted) > most {
		return fmt.Errorf("the calendar has more than %d events", most)
	}
	const batch = 100
	for part := range slices.Chunk(wanted, batch) {
		if err := s.fetch(ctx, found, part); err != nil {
			return err
		}
	}
	return nil
}

// longer is how much larger all events may be here than in one file: each is a file of its
// own.
const longer = 6

// fetch reads objects. Each must be answered: one that is gone meanwhile is left out, one
// that the server fails on fails the whole, since the rest would look like all.
func (s *Source) fetch(ctx context.Context, found *news, hrefs []string) error {
	m, err := s.conn.get(ctx, s.at, hrefs)
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, h := range hrefs {
		missing[h] = true
	}
	for _, r := range m.Responses {
		at, err := resolve(s.at, r.Href)
		if err != nil {
			return err
		}
		if !missing[at.Path] {
			continue
		}
		p, n := r.ok()
		switch {
		case n == 404 || n == 410:
			delete(found.put, at.Path)
			found.gone[at.Path] = true
		case n != 200 || strings.TrimSpace(p.Data) == "":
			return fmt.Errorf("the server answered %d for one of %d events", n, len(hrefs))
		default:
			if found.bytes += int64(len(p.Data)); found.bytes > longer*s.limits().Bytes {
				return fmt.Errorf("the events of the calendar are larger than %d MB together", longer*s.limits().Bytes>>20)
			}
			found.put[at.Path] = s.read(path.Base(at.Path), p)
			delete(found.gone, at.Path)
		}
		delete(missing, at.Path)
	}
	if len(missing) > 0 {
		return fmt.Errorf("the server left out %d of %d events", len(missing), len(hrefs))
	}
	return nil
}

// read parses one object. One that cannot be read is a fault of its own and not of the
// calendar: it was whole when it came, and the next look would not find it better.
func (s *Source) read(name string, p prop) item {
	cal, err := ics.Parse(p.Data, s.limits())
	if err != nil {
		cal = &ics.Calendar{Faults: []string{fmt.Sprintf("event %s was left out: %v", name, err)}}
	}
	return item{p.ETag, digestOf(p.Data), int64(len(p.Data)), cal}
}
