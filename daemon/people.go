package daemon

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/calendar/timeline/title"
	"headsup/daemon/config"
	"headsup/daemon/ledger"
	"headsup/rules/rhythm"
)

const (
	remembered   = 400 * 24 * time.Hour // sightings older than this say nothing any more
	timelinePast = 7 * 24 * time.Hour
	timelineAge  = time.Hour // a timeline is built anew after this, for the age of calendars
)

// peopleStore keeps what was learned of managers.
type peopleStore interface {
	Value(ctx context.Context, kind, key string, v any) (bool, error)
	SetValue(ctx context.Context, now time.Time, kind, key string, v any) error
	Sightings(ctx context.Context, manager string, since time.Time) ([]ledger.Sighting, error)
	FocusAnswers(ctx context.Context, manager string) ([]ledger.FocusAnswer, error)
	awayStore
}

// people is what is known about every manager: the rhythm learned from mail and the
// timeline made of calendars. It may be used by several goroutines.
type people struct {
	store peopleStore
	quiet func(config.Manager) config.Quiet

	mu    sync.Mutex
	known map[string]*person // the map and each cfg never change, the rest under mu
	plain timeline.Timeline  // the usual week, for readers who are no managers
}

// person is one manager.
type person struct {
	cfg       config.Manager
	feeds     []*feed
	calendars []config.Calendar // beside feeds
	rhythm    *rhythm.Rhythm
	begun     time.Time // from here on all mail was seen, so that a silence counts
	seen      []time.Time
	answers   []timeline.Answer
	holidays  []timeline.Holiday
	absences  []ledger.Absence
	line      timeline.Timeline
	built     time.Time
	stale     bool       // something changed since the timeline was built
	titles    title.Memo // what the titles of the calendars mean
}

// newPeople reads what was learned before.
func newPeople(ctx context.Context, store peopleStore, cfg config.Config, now time.Time) (*people, error) {
	p := &people{store: store, quiet: cfg.QuietFor, known: map[string]*person{}}
	for _, m := range cfg.Managers {
		one := &person{cfg: m, rhythm: rhythm.New(rhythm.Neutral(), m.Zone), stale: true, holidays: holidaysOf(m.Region, now, m.Zone)}
		list, err := store.Sightings(ctx, m.Key, now.Add(-remembered))
		if err != nil {
			return nil, fmt.Errorf("read what is known of %q: %w", m.Key, err)
		}
		for _, s := range list {
			one.rhythm.Observe(rhythm.Seen{At: s.At, Offset: s.Offset})
			one.seen = append(one.seen, s.At)
		}
		if err := one.begin(ctx, store, now); err != nil {
			return nil, err
		}
		if one.answers, err = answers(ctx, store, m.Key); err != nil {
			return nil, err
		}
		if one.absences, err = store.Absences(ctx, m.Key); err != nil {
			return nil, fmt.Errorf("read what automatic replies of %q said: %w", m.Key, err)
		}
		p.known[m.Key] = one
	}
	return p, nil
}

// begin says since when all of the manager's mail was seen: from the first start of
// headsup with this manager on, or from the first mail of the history that it read then.
// Of the time before nobody knows whether mail would have been seen.
func (one *person) begin(ctx context.Context, store peopleStore, now time.Time) error {
	known, err := store.Value(ctx, "begun", one.cfg.Key, &one.begun)
	if err == nil && !known {
		one.begun = now
		err = store.SetValue(ctx, now, "begun", one.cfg.Key, now)
	}
	if err != nil {
		return fmt.Errorf("since when mail of %q was seen: %w", one.cfg.Key, err)
	}
	if len(one.seen) > 0 && one.seen[0].Before(one.begun) {
		one.begun = one.seen[0]
	}
	one.rhythm.Since(one.begun)
	return nil
}

func answers(ctx context.Context, store peopleStore, manager string) ([]timeline.Answer, error) {
	list, err := store.FocusAnswers(ctx, manager)
	if err != nil {
		return nil, fmt.Errorf("read the answers about focus time of %q: %w", manager, err)
	}
	out := make([]timeline.Answer, len(list))
	for i, a := range list {
		out[i] = timeline.Answer{Key: a.Block, Focus: a.Focus}
	}
	return out, nil
}

// see learns one time of a manager's mail. The same time again teaches nothing.
func (p *people) see(s ledger.Sighting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.known[s.Manager]
	if one == nil {
		return
	}
	i, found := slices.BinarySearchFunc(one.seen, s.At, time.Time.Compare)
	if found {
		return
	}
	one.seen = slices.Insert(one.seen, i, s.At)
	if s.At.Before(one.begun) { // the history is read
		one.begun = s.At
		one.rhythm.Since(s.At)
	}
	one.rhythm.Observe(rhythm.Seen{At: s.At, Offset: s.Offset})
}

// touch says that a calendar of the manager changed.
func (p *people) touch(manager string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.known[manager]; one != nil {
		one.stale = true
	}
}

// forget drops what was learned of a manager in memory; the ledger is erased apart.
func (p *people) forget(manager string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.known[manager]; one != nil {
		one.rhythm, one.seen, one.answers, one.absences, one.stale = rhythm.New(rhythm.Neutral(), one.cfg.Zone), nil, nil, nil, true
		one.titles = title.Memo{}
	}
}

// refocus reads the user's answers about focus time again.
func (p *people) refocus(ctx context.Context, manager string) error {
	list, err := answers(ctx, p.store, manager)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.known[manager]; one != nil {
		one.answers, one.stale = list, true
	}
	return nil
}

// timeline returns the manager's time as it is known now, built anew if it is old or
// something changed.
func (p *people) timeline(manager string, now time.Time) (timeline.Timeline, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.known[manager]
	if one == nil {
		return timeline.Timeline{}, false
	}
	if one.stale || now.Sub(one.built) > timelineAge || now.Before(one.built) {
		one.line, one.built, one.stale = timeline.Build(p.input(one, now)), now, false
	}
	return one.line, true
}

// input is what a timeline is made of. The caller holds the lock.
func (p *people) input(one *person, now time.Time) timeline.Input {
	in := timeline.Input{
		Zone:      one.cfg.Zone,
		Range:     calendar.Span{Start: now.Add(-timelinePast), End: now.Add(feedFuture)},
		Now:       now,
		Hours:     hoursOf(one.cfg.Hours),
		Quiet:     quietOf(p.quiet(one.cfg)),
		Holidays:  one.holidays,
		Sightings: one.seen,
		Answers:   one.answers,
		Titles:    &one.titles,
		Absences:  absencesOf(one.absences),
	}
	for i, f := range one.feeds {
		snap, _ := f.state()
		c := one.calendars[i]
		in.Calendars = append(in.Calendars, timeline.Calendar{Name: f.name, MaxAge: f.maxAge, Snapshot: snap})
		in.Policy.TentativeFree = in.Policy.TentativeFree || c.Tentative == config.TreatFree
		in.Policy.DeclinedBusy = in.Policy.DeclinedBusy || c.Declined == config.TreatBusy
		in.Policy.FocusTitles = append(in.Policy.FocusTitles, c.FocusTitles...)
	}
	return in
}

// usual is a week without a calendar in the user's zone. The caller holds the lock.
func (p *people) usual(cfg config.Config, now time.Time) timeline.Timeline {
	zone := cfg.User.Zone
	if r := rangeAround(now, zone); !p.plain.Range.Start.Equal(r.Start) {
		p.plain = timeline.Build(timeline.Input{Zone: zone, Range: r, Now: now, Quiet: quietOf(cfg.Quiet)})
	}
	return p.plain
}

// blocks lists what is taken for focus time, or might be.
func (p *people) blocks(manager string, now time.Time) []timeline.Block {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.known[manager]
	if one == nil {
		return nil
	}
	return timeline.FocusBlocks(p.input(one, now))
}

// hoursOf are the working hours that the user declared; none, and the timeline asks the
// calendars and the mail.
func hoursOf(h config.Hours) timeline.Hours {
	var out timeline.Hours
	if !h.Declared {
		return out
	}
	for _, d := range h.Days {
		out[d] = timeline.DaySpan{From: timeline.Clock(h.From), To: timeline.Clock(h.To)}
	}
	return out
}

func quietOf(q config.Quiet) timeline.QuietHours {
	out := timeline.QuietHours{From: timeline.Clock(q.From), To: timeline.Clock(q.To)}
	out.Days[time.Saturday], out.Days[time.Sunday] = q.Weekends, q.Weekends
	out.None = q.From == q.To && !q.Weekends
	return out
}
