package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/rules"
)

// manager has a calendar that changes under way. headsup sees the copy of its last
// successful look.
type manager struct {
	w     *world
	truth []calendar.Span // forbidden: meetings, focus, away
	known []calendar.Span
	asOf  time.Duration
	rev   int
	away  bool // the calendar is out of reach
}

// maxAge is how old the copy may be before working hours are used as well.
const maxAge = 2 * time.Hour

// look copies the calendar, as the feed of the daemon does every few minutes.
func (m *manager) look() {
	if m.away {
		return
	}
	m.asOf = m.w.now
	if !slices.Equal(m.known, m.truth) {
		m.known = slices.Clone(m.truth)
		m.rev++
		m.w.kick()
	}
}

// forbidden says why nothing may go at t, as far as headsup knows.
func (m *manager) forbidden(t time.Time) string {
	if why := quiet(t); why != "" {
		return why
	}
	for _, s := range m.known {
		if s.Contains(t) {
			return "busy until " + s.End.Format("15:04")
		}
	}
	if m.w.now-m.asOf > maxAge && (t.Hour() < 9 || t.Hour() >= 17) {
		return "calendar is old, outside working hours"
	}
	return ""
}

// quiet is forbidden whatever the calendar says.
func quiet(t time.Time) string {
	day := t.Weekday()
	min := t.Hour()*60 + t.Minute()
	if day == time.Saturday || day == time.Sunday || min < 6*60+30 || min >= 21*60 {
		return "quiet hours"
	}
	return ""
}

// guard is how long before a forbidden start nothing is sent any more.
const guard = 2 * time.Minute

var errForbidden = errors.New("forbidden time")

// Allowed is [outbox.Planner.Allowed].
func (m *manager) Allowed(now time.Time, _ ledger.Message) error {
	for _, t := range []time.Time{now, now.Add(guard)} {
		if why := m.forbidden(t); why != "" {
			return fmt.Errorf("%w: %s", errForbidden, why)
		}
	}
	return nil
}

// Answered is [outbox.Planner.Answered]; that the manager writes first is left to the
// tests of daemon/follow.
func (m *manager) Answered(context.Context, ledger.Message) (string, error) { return "", nil }

// Plan is [outbox.Planner.Plan]: the first free slot at or after the time that the
// message asks for. A choice stays as long as it is possible.
func (m *manager) Plan(_ context.Context, now time.Time, waiting []ledger.Message) ([]outbox.Planned, error) {
	var out []outbox.Planned
	for _, msg := range waiting {
		if !msg.By.IsZero() && !now.Before(msg.By) {
			out = append(out, outbox.Planned{ID: msg.ID, Expire: true})
			continue
		}
		if c := msg.Choice; c != nil && msg.State == ledger.Scheduled && !msg.Replan && now.Before(c.Until) && m.free(*c, now) {
			continue
		}
		from := now
		if msg.Choice == nil { // spread the first choices over the day
			from = now.Add(time.Duration(int64(msg.ID)*37%150) * time.Minute)
		}
		if c := m.slot(later(from, msg.NotBefore)); c != nil {
			out = append(out, outbox.Planned{ID: msg.ID, Choice: c, Day: now.Format(time.DateOnly), Why: c.Reasons[0].Text})
		}
	}
	return out, nil
}

// free reports whether what is left of a choice is still allowed.
func (m *manager) free(c rules.Choice, now time.Time) bool {
	from := later(c.At, now)
	return m.Allowed(from, ledger.Message{}) == nil && m.forbidden(c.Until.Add(-time.Second)) == ""
}

// slot is the first half hour, or what is free of it, from a time on.
func (m *manager) slot(from time.Time) *rules.Choice {
	t := from.Truncate(time.Minute)
	if t.Before(from) {
		t = t.Add(time.Minute)
	}
	for end := t.Add(96 * time.Hour); t.Before(end); t = t.Add(5 * time.Minute) {
		if m.Allowed(t, ledger.Message{}) != nil {
			continue
		}
		until := t
		for until.Before(t.Add(30*time.Minute)) && m.Allowed(until, ledger.Message{}) == nil {
			until = until.Add(time.Minute)
		}
		if until.Sub(t) < 4*time.Minute {
			continue
		}
		return &rules.Choice{At: t, Until: until, Zone: "UTC", Chance: -1, Basis: fmt.Sprint("calendar ", m.rev),
			Reasons: []rules.Reason{{Code: "free", Text: "free at " + t.Format("Mon 15:04")}}}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// layOut gives the manager a week of meetings and focus time.
func (m *manager) layOut() {
	r := stream(m.w.seed, "calendar")
	for day := range 5 {
		for range 2 + r.IntN(4) {
			at := start.Add(time.Duration(day)*24*time.Hour + between(r, 2*time.Hour, 11*time.Hour)).Truncate(15 * time.Minute)
			m.truth = append(m.truth, calendar.Span{Start: at, End: at.Add(time.Duration(1+r.IntN(8)) * 15 * time.Minute)})
		}
	}
	m.look()
}
