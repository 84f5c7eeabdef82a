package caldav

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
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

// state is what is known of the collection. It is replaced as a whole.
type state struct {
	items   map[string]item // by path
	token   string          // of sync-collection; "": the server has none
	noSync  bool            // the server cannot tell changes
	joined  *ics.Calendar
	version string
}

// item is one object as it was read.
type item struct {
	etag string
	hash [sha256.Size]byte
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
	next, err := s.refresh(ctx)
	if err != nil {
		return calendar.Snapshot{}, err
	}
	snap, err := next.joined.Snapshot(within, loc, s.Owner, next.version, s.now())
	if err == nil {
		s.state = next
	}
	return snap, err
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

// refresh brings the state up to date, aside: s.state is not touched.
func (s *Source) refresh(ctx context.Context) (state, error) {
	if s.state.noSync {
		return s.relist(ctx, s.state.items, true)
	}
	next, err := s.sync(ctx, s.state)
	if err == nil {
		return next, nil
	}
	if !tokenRefused(err) {
		return state{}, err
	}
	if s.state.token != "" { // the token was refused: begin anew, with everything
		next, err = s.sync(ctx, state{items: s.state.items})
		if err == nil || !tokenRefused(err) {
			return next, err
		}
	}
	return s.relist(ctx, s.state.items, true)
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
func (s *Source) sync(ctx context.Context, from state) (state, error) {
	fresh := from.token == ""
	items := map[string]item{}
	if !fresh {
		items = maps.Clone(from.items)
	}
	token := from.token
	const pages = 200 // a server that never comes to an end is given up
	for range pages {
		list, next, more, err := s.conn.changes(ctx, s.at, token)
		if err != nil {
			return state{}, err
		}
		if err := s.apply(ctx, items, from.items, list); err != nil {
			return state{}, err
		}
		if more && next == token {
			return state{}, errors.New("the server repeats itself")
		}
		if token = next; !more {
			return s.finish(state{items: items, token: token}), nil
		}
	}
	return state{}, errors.New("the server does not come to an end of its changes")
}

// relist compares all ETags with those that are held.
func (s *Source) relist(ctx context.Context, held map[string]item, noSync bool) (state, error) {
	list, err := s.conn.list(ctx, s.at)
	if err != nil {
		return state{}, err
	}
	items := map[string]item{}
	if err := s.apply(ctx, items, held, list); err != nil {
		return state{}, err
	}
	return s.finish(state{items: items, noSync: noSync}), nil
}

// apply carries out a listing on items, taking what is unchanged from held and fetching
// the rest.
func (s *Source) apply(ctx context.Context, items, held map[string]item, list []object) error {
	var wanted []string
	for _, o := range list {
		old, known := held[o.href]
		switch {
		case o.gone:
			delete(items, o.href)
		case known && old.etag == o.etag:
			items[o.href] = old
		default:
			wanted = append(wanted, o.href)
		}
	}
	if most := s.limits().Entries; len(list) > most {
		return fmt.Errorf("the calendar has more than %d events", most)
	}
	const batch = 100
	for part := range slices.Chunk(wanted, batch) {
		if err := s.fetch(ctx, items, part); err != nil {
			return err
		}
	}
	return nil
}

// fetch reads objects. Each must be answered: one that is gone meanwhile is left out, one
// that the server fails on fails the whole, since the rest would look like all.
func (s *Source) fetch(ctx context.Context, items map[string]item, hrefs []string) error {
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
			delete(items, at.Path)
		case n != 200 || strings.TrimSpace(p.Data) == "":
			return fmt.Errorf("the server answered %d for one of %d events", n, len(hrefs))
		default:
			items[at.Path] = s.read(path.Base(at.Path), p)
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
	return item{p.ETag, sha256.Sum256([]byte(p.Data)), cal}
}

// finish joins the objects into one calendar. If none changed, the old one stays.
func (s *Source) finish(next state) state {
	h := sha256.New()
	var parts []*ics.Calendar
	for _, href := range slices.Sorted(maps.Keys(next.items)) {
		it := next.items[href]
		h.Write([]byte(href))
		h.Write(it.hash[:])
		parts = append(parts, it.cal)
	}
	next.version = hex.EncodeToString(h.Sum(nil)[:12])
	if next.version == s.state.version {
		next.joined = s.state.joined
	} else {
		next.joined = ics.Join(parts, s.limits())
	}
	return next
}
