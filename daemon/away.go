package daemon

import (
	"context"
	"slices"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/daemon/ledger"
)

const (
	awayKept = 30 * 24 * time.Hour // after its end an absence is forgotten
	awayMost = 20                  // absences that are kept of a manager
)

// awayStore keeps what automatic replies said.
type awayStore interface {
	Absences(ctx context.Context, manager string) ([]ledger.Absence, error)
	SetAbsences(ctx context.Context, now time.Time, manager string, list []ledger.Absence) error
}

// away takes in what an automatic reply of a manager says, and plans again.
func (c *crew) away(ctx context.Context, a ledger.Absence) error {
	now := c.d.clock.Wall()
	list, err := c.d.store.Absences(ctx, a.Manager)
	if err != nil {
		return err
	}
	return c.absences(ctx, a.Manager, withAbsence(list, a, now), now)
}

// back ends an absence on whose last day the manager wrote: "until Thursday" meant that
// Thursday is a day of work. A mail in the middle of a leave ends nothing.
func (c *crew) back(ctx context.Context, manager string, at time.Time) error {
	list, changed := c.people.returned(manager, at)
	if !changed {
		return nil
	}
	return c.absences(ctx, manager, list, c.d.clock.Wall())
}

func (c *crew) absences(ctx context.Context, manager string, list []ledger.Absence, now time.Time) error {
	if err := c.d.store.SetAbsences(ctx, now, manager, list); err != nil {
		return err
	}
	c.people.absent(manager, list)
	c.stir("")
	return nil
}

// withAbsence adds what was said last. It replaces what was said before about the same
// time, unless it names no day and that did.
func withAbsence(list []ledger.Absence, a ledger.Absence, now time.Time) []ledger.Absence {
	list = slices.DeleteFunc(slices.Clone(list), func(b ledger.Absence) bool { return now.Sub(b.End) > awayKept })
	for _, b := range list {
		if b.Ref == a.Ref || b.Confidence > a.Confidence && !a.Start.Before(b.Start) && !a.End.After(b.End) || b.At.After(a.At) && overlap(a, b) {
			return list
		}
	}
	list = append(slices.DeleteFunc(list, func(b ledger.Absence) bool { return overlap(a, b) }), a)
	slices.SortFunc(list, func(x, y ledger.Absence) int { return x.Start.Compare(y.Start) })
	return list[max(0, len(list)-awayMost):]
}

func overlap(a, b ledger.Absence) bool { return a.Start.Before(b.End) && b.Start.Before(a.End) }

// absent takes over what is known of a manager's absences.
func (p *people) absent(manager string, list []ledger.Absence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.known[manager]; one != nil {
		one.absences, one.stale = list, true
	}
}

// returned is what is known of a manager's absences when a mail was written at a moment,
// and whether that changes them.
func (p *people) returned(manager string, at time.Time) (list []ledger.Absence, changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.known[manager]
	if one == nil {
		return nil, false
	}
	list = slices.Clone(one.absences)
	for i, a := range list {
		if !a.Last.IsZero() && at.After(a.At) && !at.Before(a.Last) && at.Before(a.End) {
			list[i].End, list[i].Last, changed = at, time.Time{}, true
		}
	}
	return list, changed
}

// absencesOf are absences as the timeline reads them.
func absencesOf(list []ledger.Absence) []timeline.Absence {
	out := make([]timeline.Absence, len(list))
	for i, a := range list {
		out[i] = timeline.Absence{Span: calendar.Span{Start: a.Start, End: a.End}, Source: "automatic reply", Confidence: a.Confidence, AsOf: a.At, Why: a.Why}
	}
	return out
}
