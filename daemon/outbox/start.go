package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/ledger"
)

// A crash loop: so many starts within so long, without a clean end, mean that nothing is
// sent until a person looks.
const (
	crashStarts = 10
	crashWithin = 5 * time.Minute
)

// starts are the boot times of the starts that did not end cleanly. Boot time cannot be
// set; it begins anew with the machine, and a restarted machine is no crash loop.
type starts struct {
	Boot []time.Duration `json:"boot"`
}

// Start decides what a dead process left behind and notices a crash loop. It runs once,
// before any step.
func (o *Outbox) Start(ctx context.Context, now time.Time) error {
	if err := o.countStart(ctx, now); err != nil {
		return err
	}
	if err := o.saveClock(ctx, now); err != nil {
		return err
	}
	return o.orphans(ctx, now)
}

// orphans decides about messages in the state sending that nobody in this process is
// sending: at the start what a dead process left behind, later a claim that the ledger
// took and said that it did not.
func (o *Outbox) orphans(ctx context.Context, now time.Time) error {
	list, err := o.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Sending}})
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range list {
		if o.knows(m.ID) {
			continue
		}
		if _, err := o.Store.ApplyAt(ctx, now, m.ID, m.Version, ledger.Rescue(m, now)); err != nil && !passing(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// knows reports whether a message is being handed over, or was and waits for its result
// to be stored.
func (o *Outbox) knows(id ledger.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, u := range o.unsaved {
		if u.m.ID == id {
			return true
		}
	}
	return o.flying[id]
}

// LastClock is what both clocks showed when an earlier life looked last, for
// [clock.Resume].
func LastClock(ctx context.Context, s interface {
	Value(ctx context.Context, kind, key string, v any) (bool, error)
}) (clock.Pair, error) {
	var p clock.Pair
	_, err := s.Value(ctx, "clock", "", &p)
	return p, err
}

// EndedWell reports whether the last life ended because it was told to.
func EndedWell(ctx context.Context, s interface {
	Value(ctx context.Context, kind, key string, v any) (bool, error)
}) (bool, error) {
	var last starts
	_, err := s.Value(ctx, "starts", "", &last)
	return len(last.Boot) == 0, err
}

// saveClock stores the reading of the clocks at the start, every hour, and whenever the
// trust in them changes.
func (o *Outbox) saveClock(ctx context.Context, now time.Time) error {
	p := o.Guard.Pair()
	o.mu.Lock()
	same := o.saved.Suspect == p.Suspect && !o.saved.Wall.IsZero() && p.Boot-o.saved.Boot < time.Hour
	o.mu.Unlock()
	if same {
		return nil
	}
	if err := o.Store.SetValue(ctx, now, "clock", "", p); err != nil {
		return err
	}
	o.mu.Lock()
	o.saved = p
	o.mu.Unlock()
	return nil
}

func (o *Outbox) countStart(ctx context.Context, now time.Time) error {
	var s starts
	if _, err := o.Store.Value(ctx, "starts", "", &s); err != nil {
		return err
	}
	boot := o.Clock.Boot()
	recent := []time.Duration{boot}
	for _, t := range s.Boot {
		if d := boot - t; d >= 0 && d < crashWithin {
			recent = append(recent, t)
		}
	}
	if err := o.Store.SetValue(ctx, now, "starts", "", starts{recent}); err != nil {
		return err
	}
	if len(recent) < crashStarts {
		return nil
	}
	why := fmt.Sprintf("headsup ended %d times in %s without being told to", len(recent), crashWithin)
	if err := o.Store.SetPause(ctx, now, ledger.Pause{On: true, By: "crash loop", Why: why}); err != nil {
		return err
	}
	o.tell(ctx, now, "crash-loop-"+now.Format(time.DateOnly), why+". Nothing is sent. Look at the log, then run: headsup resume")
	return nil
}

// Stop notes a clean end.
func (o *Outbox) Stop(ctx context.Context, now time.Time) error {
	return o.Store.SetValue(ctx, now, "starts", "", starts{})
}
