package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headsup/daemon/ledger"
)

// Plan asks the planner about everything that waits and stores what it decides. A
// message that a person changed meanwhile is left for the next step.
func (o *Outbox) Plan(ctx context.Context, now time.Time) (time.Time, error) {
	if o.look(ctx, now) {
		return time.Time{}, nil // no choice is made by a clock that is not trusted
	}
	waiting, err := o.Store.ToPlan(ctx)
	// What is held gets its time when it is let go.
	waiting = slices.DeleteFunc(waiting, ledger.Message.Held)
	if err != nil || len(waiting) == 0 {
		return time.Time{}, err
	}
	planned, err := o.Planner.Plan(ctx, now, waiting)
	if err != nil {
		return time.Time{}, fmt.Errorf("plan: %w", err)
	}
	byID := make(map[ledger.ID]ledger.Message, len(waiting))
	for _, m := range waiting {
		byID[m.ID] = m
	}
	var errs []error
	for _, p := range planned {
		m, ok := byID[p.ID]
		if !ok {
			continue
		}
		if err := o.store(ctx, now, m, p); err != nil && !passing(err) {
			errs = append(errs, err)
		}
	}
	return time.Time{}, errors.Join(errs...)
}

// store carries out one decision, unless nothing changes by it.
func (o *Outbox) store(ctx context.Context, now time.Time, m ledger.Message, p Planned) error {
	var err error
	switch {
	case p.Expire:
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Expire().With(
			notice(now, "expired", "the deadline of a message passed before there was a window; see: headsup why "+m.ID.String())))
	case p.Hold != nil:
		err = o.hold(ctx, now, m.ID, *p.Hold)
	case p.Choice != nil && !sameChoice(m, p):
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Schedule(*p.Choice, p.Day, p.Why))
	}
	return err
}

// hold keeps a message back and has the user told.
func (o *Outbox) hold(ctx context.Context, now time.Time, id ledger.ID, h ledger.Hold) error {
	_, err := o.Store.Apply(ctx, now, id, ledger.Keep(h, "headsup").With(notice(now, "hold-"+h.Code, h.Text)))
	return err
}

// sameChoice reports whether the stored choice says the same, so that looking again
// writes nothing.
func sameChoice(m ledger.Message, p Planned) bool {
	return m.State == ledger.Scheduled && !m.Replan && m.Choice != nil &&
		m.Choice.At.Equal(p.Choice.At) && m.Choice.Until.Equal(p.Choice.Until) && m.Choice.Basis == p.Choice.Basis
}

// passing reports errors that mean only that somebody was faster.
func passing(err error) bool {
	return errors.Is(err, ledger.ErrRefused) || errors.Is(err, ledger.ErrStale) || errors.Is(err, ledger.ErrContent) ||
		errors.Is(err, ledger.ErrNotNow) || errors.Is(err, ledger.ErrTooLate)
}

// look reads the clock and tells the user once when it is not trusted.
func (o *Outbox) look(ctx context.Context, now time.Time) bool {
	_, _, s := o.Guard.Look()
	if err := o.saveClock(ctx, now); err != nil {
		o.Log.Error("clock not stored", "err", err)
	}
	if s.Code == "" {
		return false
	}
	o.tell(ctx, now, fmt.Sprintf("clock-%s-%d", s.Code, s.Since.Unix()), s.Text+". Nothing is sent until a server agrees with the clock or you run: headsup clock accept")
	return true
}
