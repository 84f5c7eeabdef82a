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
	mark, err := o.mark(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	if mark.same(o.planned, now) {
		return time.Time{}, nil
	}
	waiting, err := o.Store.ToPlan(ctx)
	// What is held gets its time when it is let go; what only lacked a window is looked at
	// again with every piece of news.
	waiting = slices.DeleteFunc(waiting, func(m ledger.Message) bool { return m.Held() && m.Hold.Code != ledger.NoWindow })
	if err != nil || len(waiting) == 0 {
		return time.Time{}, err
	}
	decided, err := o.decide(ctx, now, waiting)
	if err != nil {
		return time.Time{}, fmt.Errorf("plan: %w", err)
	}
	byID := make(map[ledger.ID]ledger.Message, len(waiting))
	for _, m := range waiting {
		byID[m.ID] = m
	}
	var errs []error
	for _, p := range decided {
		m, ok := byID[p.ID]
		if !ok {
			continue
		}
		if err := o.store(ctx, now, m, p); err != nil && !passing(err) {
			errs = append(errs, err)
		}
	}
	if len(decided) == 0 {
		o.planned = mark
	}
	return time.Time{}, errors.Join(errs...)
}

// decide asks the planner. If it fails with a fault of headsup, the messages with which it
// shows are held, and the rest is planned with the next step.
func (o *Outbox) decide(ctx context.Context, now time.Time, waiting []ledger.Message) (out []Planned, err error) {
	plan := func(item string, list []ledger.Message) (got []Planned, err error) {
		err = o.Contain.Do(item, func() (err error) { got, err = o.Planner.Plan(ctx, now, list); return err })
		return got, err
	}
	if out, err = plan("plan", waiting); !errors.Is(err, ledger.ErrFault) {
		return out, err
	}
	for _, m := range waiting {
		if _, one := plan("plan of message "+m.ID.String(), []ledger.Message{m}); errors.Is(one, ledger.ErrFault) {
			h := ledger.Faulty(m.ID, "planned")
			out = append(out, Planned{ID: m.ID, Hold: &h})
		}
		if len(out) == perStep {
			break
		}
	}
	if len(out) > 0 {
		err = nil
	}
	return out, err
}

// planned says what a plan was made of that changed nothing, so that the next step need
// not make it again. The zero value is no plan.
type planned struct {
	revision int64
	version  string
	until    time.Time // time alone may change the plan from here on
}

// replan is how long a plan without news is good.
const replan = time.Minute

// mark reads what a plan is made of, where ledger and planner can tell.
func (o *Outbox) mark(ctx context.Context, now time.Time) (planned, error) {
	store, ok := o.Store.(interface {
		Revision(ctx context.Context) (int64, error)
	})
	if !ok {
		return planned{}, nil
	}
	planner, ok := o.Planner.(interface{ Version(now time.Time) string })
	if !ok {
		return planned{}, nil
	}
	rev, err := store.Revision(ctx)
	return planned{revision: rev, version: planner.Version(now), until: now.Add(replan)}, err
}

// same reports whether a plan made of before is still good at now.
func (p planned) same(before planned, now time.Time) bool {
	return before.version != "" && p.revision == before.revision && p.version == before.version &&
		now.Before(before.until) && !now.Before(before.until.Add(-replan))
}

// store carries out one decision, unless nothing changes by it. It is stored only for the
// version that it was made for: neither a wish nor a person's hold that came meanwhile is
// overruled.
func (o *Outbox) store(ctx context.Context, now time.Time, m ledger.Message, p Planned) error {
	var err error
	switch {
	case p.Expire:
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Expire().With(
			notice(now, "expired", "the deadline of a message passed before there was a window; see: headsup why "+m.ID.String())))
	case p.Hold != nil:
		_, err = o.Store.ApplyAt(ctx, now, m.ID, m.Version, held(now, *p.Hold))
	case p.Choice != nil && m.Hold.Code == ledger.NoWindow:
		if m, err = o.Store.ApplyAt(ctx, now, m.ID, m.Version, ledger.Unhold("headsup")); err == nil {
			_, err = o.Store.ApplyAt(ctx, now, m.ID, m.Version, ledger.Schedule(*p.Choice, p.Day, p.Why))
		}
	case p.Choice != nil && !sameChoice(m, p):
		_, err = o.Store.ApplyAt(ctx, now, m.ID, m.Version, ledger.Schedule(*p.Choice, p.Day, p.Why))
	}
	return err
}

// held keeps a message back and has the user told.
func held(now time.Time, h ledger.Hold) ledger.Step {
	return ledger.Keep(h, "headsup").With(notice(now, "hold-"+h.Code, h.Text))
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
