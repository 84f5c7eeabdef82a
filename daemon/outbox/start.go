package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
)

// A crash loop: so many starts within so long, without a clean end, mean that nothing is
// sent until a person looks.
const (
	crashStarts = 10
	crashWithin = 5 * time.Minute
)

// starts are the times of the starts that did not end cleanly.
type starts struct {
	At []time.Time `json:"at"`
}

// Start decides what a dead process left behind and notices a crash loop. It runs once,
// before any step.
func (o *Outbox) Start(ctx context.Context, now time.Time) error {
	if err := o.countStart(ctx, now); err != nil {
		return err
	}
	left, err := o.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Sending}})
	if err != nil {
		return fmt.Errorf("look at what was being sent: %w", err)
	}
	var errs []error
	for _, m := range left {
		if _, err := o.Store.Apply(ctx, now, m.ID, ledger.Rescue(m, now)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, o.missingTasks(ctx, now))...)
}

// missingTasks adds the tasks of sent messages whose process ended before it could.
func (o *Outbox) missingTasks(ctx context.Context, now time.Time) error {
	sent, err := o.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Sent}, Since: now.Add(-48 * time.Hour)})
	if err != nil {
		return err
	}
	for _, m := range sent {
		o.afterSent(ctx, now, m)
	}
	return nil
}

func (o *Outbox) countStart(ctx context.Context, now time.Time) error {
	var s starts
	if _, err := o.Store.Value(ctx, "starts", "", &s); err != nil {
		return err
	}
	recent := []time.Time{now}
	for _, t := range s.At {
		if d := now.Sub(t); d >= 0 && d < crashWithin {
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
	o.tell(ctx, now, 0, "crash-loop-"+now.Format(time.DateOnly), why+". Nothing is sent. Look at the log, then run: headsup resume")
	return nil
}

// Stop notes a clean end.
func (o *Outbox) Stop(ctx context.Context, now time.Time) error {
	return o.Store.SetValue(ctx, now, "starts", "", starts{})
}
