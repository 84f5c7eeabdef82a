package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// looks are the moments at which evidence is sought, counted from the doubt. The last
// one is as late as the slowest index that was seen.
var looks = []time.Duration{0, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// Look seeks evidence about messages of which nobody knows whether they left. A copy
// makes a message sent; no copy never makes it go again: after the last look a person
// decides.
func (o *Outbox) Look(ctx context.Context, now time.Time) (time.Time, error) {
	list, err := o.Store.Doubtful(ctx, now, perStep)
	if err != nil {
		return time.Time{}, err
	}
	errs := []error{o.orphans(ctx, now)}
	begun := o.Clock.Boot()
	for _, m := range list {
		if ctx.Err() != nil || o.Clock.Boot()-begun > turnFor {
			break
		}
		if err := o.lookFor(ctx, m); err != nil && !passing(err) {
			errs = append(errs, fmt.Errorf("look for message %s: %w", m.ID, err))
		}
	}
	return o.again(ctx, func(w ledger.Wakes) time.Time { return w.Look }, errs)
}

func (o *Outbox) lookFor(ctx context.Context, m ledger.Message) error {
	var ref *mail.Ref
	failed := o.Contain.Do("evidence for message "+m.ID.String(), func() (err error) { ref, err = o.evidence(ctx, m); return err })
	now := o.Clock.Wall()
	if ref != nil {
		return o.proved(ctx, now, m, *ref)
	}
	next, last := nextLook(m, now, o.Guard.Suspect().Code == "")
	if failed != nil {
		// The mailbox said nothing. The person is asked in time, and it is asked again.
		if next = later(next, now); last {
			next = now.Add(30 * time.Minute)
		}
	}
	step := ledger.Looked(next, last)
	if last {
		step = step.With(notice(now, fmt.Sprintf("uncertain-%d", m.Attempt), "whether a message was sent cannot be known from here; see: headsup queue show "+m.ID.String()))
	}
	_, err := o.Store.Apply(ctx, now, m.ID, step)
	return errors.Join(err, failed)
}

// nextLook is the first moment of the table that lies ahead; last says that the table
// ends with this look. By a clock that was set since the doubt, or may have been, nobody
// can tell how much of the table is over; then it goes on from now.
func nextLook(m ledger.Message, now time.Time, trusted bool) (next time.Time, last bool) {
	if i := m.Looks + 1; i < len(looks) && (!trusted || m.Doubted.After(now)) {
		return now.Add(looks[i] - looks[i-1]), false
	}
	for _, d := range looks[min(m.Looks+1, len(looks)):] {
		if at := m.Doubted.Add(d); at.After(now) {
			return at, false
		}
	}
	return time.Time{}, true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
