package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
)

const (
	feedTimeout = 90 * time.Second
	feedPast    = 8 * 7 * 24 * time.Hour // for recurring focus blocks
	feedFuture  = 5 * 7 * 24 * time.Hour
	doubtFor    = 30 * time.Minute // a calendar that emptied is not believed for this long
	doubtFrom   = 5                // events that a calendar must have had to be missed
	savedEvery  = time.Hour        // how often an unchanged answer is written down
)

// feedStore keeps the last good answer of a calendar over a restart.
type feedStore interface {
	Calendars(ctx context.Context, manager string) ([]ledger.Calendar, error)
	SetCalendar(ctx context.Context, now time.Time, c ledger.Calendar) error
}

// feed reads one calendar of one manager again and again and keeps what it said last. A
// failed or doubtful answer changes nothing but the feed's own words.
type feed struct {
	name    string
	manager string
	source  calendar.Source
	zone    *time.Location
	poll    time.Duration
	maxAge  time.Duration
	store   feedStore
	changed func(manager, why string)
	tell    func(ctx context.Context, cause, text string)
	clock   func(server time.Time, from string) // a server's clock was seen
	log     *slog.Logger

	mu      sync.Mutex
	last    calendar.Snapshot // the last good answer
	err     error             // of the last try, nil if it was good
	loaded  bool
	saved   time.Time
	doubt   time.Time // since when the answer looks too empty
	believe bool      // the user says that it is as empty as it looks
}

// emptied is the doubt in an answer that lost too much.
type emptied struct{ before, after int }

func (e *emptied) Error() string {
	return fmt.Sprintf("it had %d coming events and now has %d", e.before, e.after)
}

// Unwrap is [calendar.ErrDoubtful].
func (e *emptied) Unwrap() error { return calendar.ErrDoubtful }

// step reads the calendar once.
func (f *feed) step(ctx context.Context, now time.Time) (time.Time, error) {
	next := now.Add(f.poll)
	if err := f.load(ctx); err != nil {
		return now.Add(time.Minute), err
	}
	ask, cancel := context.WithTimeout(ctx, feedTimeout)
	defer cancel()
	got, err := f.source.Events(ask, rangeAround(now, f.zone), f.zone)
	f.mu.Lock()
	if err == nil && f.emptied(got, now) {
		err = &emptied{coming(f.last, now), coming(got, now)}
		next = now.Add(min(f.poll, 5*time.Minute))
	}
	f.err = err
	f.mu.Unlock()
	if err != nil {
		return later(next, now.Add(askedFor(err))), f.failed(ctx, err, now)
	}
	return next, f.took(ctx, got, now)
}

// askedFor is how long a server that was asked too often wants to be left alone. What it
// may ask for has a bound: a calendar must not fall silent for good.
func askedFor(err error) time.Duration {
	const most = 6 * time.Hour
	var busy interface{ After() time.Duration }
	if errors.As(err, &busy) {
		return min(busy.After(), most)
	}
	return 0
}

// rangeAround is what is asked for: whole days, so that the answer stays the same during
// a day.
func rangeAround(now time.Time, zone *time.Location) calendar.Span {
	y, m, d := now.In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	return calendar.Span{Start: today.Add(-feedPast), End: today.Add(feedFuture)}
}

// load brings back the answer of the last run.
func (f *feed) load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded {
		return nil
	}
	known, err := f.store.Calendars(ctx, f.manager)
	if err != nil {
		return fmt.Errorf("read the last answer of calendar %q: %w", f.name, err)
	}
	f.loaded = true
	for _, c := range known {
		if c.Name == f.name {
			f.last = c.Snapshot
		}
	}
	return nil
}

// emptied reports whether an answer lost so much that a fault of the provider is more
// likely than a free manager. After half an hour, or when the user says that it is so, it
// is believed.
func (f *feed) emptied(got calendar.Snapshot, now time.Time) bool {
	before, after := coming(f.last, now), coming(got, now)
	if before < doubtFrom || after*5 >= before || f.believe {
		f.doubt, f.believe = time.Time{}, false
		return false
	}
	if f.doubt.IsZero() {
		f.doubt = now
	}
	return now.Sub(f.doubt) < doubtFor
}

func coming(s calendar.Snapshot, now time.Time) int {
	n := 0
	for _, e := range s.Events {
		if e.End.After(now) {
			n++
		}
	}
	return n
}

// accept is the user's word that the calendar is as empty as it looks. It holds for the
// doubt that there is and for no later one.
func (f *feed) accept() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.doubt.IsZero() {
		return false
	}
	f.believe = true
	return true
}

// took keeps a good answer, and says so if it is a new one.
func (f *feed) took(ctx context.Context, got calendar.Snapshot, now time.Time) error {
	got.AsOf = now
	f.mu.Lock()
	fresh := got.Version != f.last.Version || !got.Range.Start.Equal(f.last.Range.Start)
	f.last = got
	f.mu.Unlock()
	if !got.Clock.IsZero() && f.clock != nil {
		f.clock(got.Clock, "calendar "+f.name)
	}
	if !fresh && now.Sub(f.saved) < savedEvery {
		return nil
	}
	f.saved = now
	if err := f.store.SetCalendar(ctx, now, ledger.Calendar{Manager: f.manager, Name: f.name, Snapshot: got}); err != nil {
		return fmt.Errorf("keep calendar %q: %w", f.name, err)
	}
	if fresh {
		f.log.Info("calendar read", "calendar", f.name, "events", len(got.Events), "faults", len(got.Faults))
		f.changed(f.manager, fmt.Sprintf("calendar %q changed", f.name))
	}
	if n := len(got.Faults); n > 0 { // which ones, with their titles, is told by headsup doctor
		f.log.Warn("calendar entries not readable, taken as busy", "calendar", f.name, "faults", n)
	}
	return nil
}

// failed says what went wrong, aloud only when it matters: when the answer is doubted,
// or what is known became too old.
func (f *feed) failed(ctx context.Context, err error, now time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.log.Warn("calendar not read", "calendar", f.name, "err", err)
	var lost *emptied
	since := f.name + f.last.AsOf.Format(time.RFC3339) // the last good answer: told once after each
	switch {
	case errors.As(err, &lost):
		f.tell(ctx, "calendar-doubt "+since, fmt.Sprintf("the calendar %q seems to have emptied: %v. What was known before holds for half an hour. If it is true: headsup calendar accept %s", f.name, err, f.name))
	case errors.Is(err, calendar.ErrDoubtful):
		f.tell(ctx, "calendar-doubt "+since, fmt.Sprintf("the calendar %q answered something that cannot be right: %v. What was known before holds for now.", f.name, err))
	case f.last.AsOf.IsZero():
		f.tell(ctx, "calendar-never "+f.name, fmt.Sprintf("the calendar %q could not be read yet: %v. Until then only working hours are known.", f.name, err))
	case f.maxAge > 0 && now.Sub(f.last.AsOf) > f.maxAge:
		f.tell(ctx, "calendar-stale "+since, fmt.Sprintf("the calendar %q was last read %s and cannot be read now: %v. Known busy times still hold; elsewhere working hours do.", f.name, f.last.AsOf.In(f.zone).Format("Mon 2 Jan 15:04"), err))
	}
	return nil
}

// state returns what is known.
func (f *feed) state() (calendar.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, f.err
}
