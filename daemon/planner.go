package daemon

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"headsup/calendar/timeline"
	"headsup/daemon/config"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/rules"
	"headsup/rules/window"
)

// planner joins the pure rules to what is known of the managers.
type planner struct {
	c     *crew
	rules *window.Planner // asked under the lock of withManagers
	sent  sentLately
}

var _ outbox.Planner = (*planner)(nil)

// sentLately is what left in the last two days, as it was at one revision of the
// ledger.
type sentLately struct {
	rev  int64
	hour time.Time
	keys int
	list []window.Sent
}

// sentSince is how far back mails count for the budget of the day and the gap.
const sentSince = 48 * time.Hour

// lately reads what left to the managers, unless nothing happened since the last time.
func (p *planner) lately(ctx context.Context, now time.Time, need map[string]bool) ([]window.Sent, error) {
	rev, err := p.c.d.store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	hour := now.Truncate(time.Hour)
	if s := p.sent; s.list != nil && s.rev == rev && s.hour.Equal(hour) && s.keys == len(need) {
		return s.list, nil
	}
	list := []window.Sent{}
	for key := range need {
		times, err := p.c.d.store.SentTo(ctx, key, now.Add(-sentSince))
		if err != nil {
			return nil, fmt.Errorf("what was sent to %q lately: %w", key, err)
		}
		for _, t := range times {
			list = append(list, window.Sent{Managers: []string{key}, At: t})
		}
	}
	p.sent = sentLately{rev: rev, hour: hour, keys: len(need), list: list}
	return list, nil
}

// nobody stands for the reader of a message that is addressed to no manager: the
// user's own zone and the usual hours.
const nobody = "~"

// Plan looks at all messages that wait and returns what should change.
func (p *planner) Plan(ctx context.Context, now time.Time, waiting []ledger.Message) ([]outbox.Planned, error) {
	in := window.Input{Now: now, Messages: make([]window.Message, len(waiting))}
	need := map[string]bool{}
	for i, m := range waiting {
		in.Messages[i] = ask(m, now, p.c.zoneOf)
		for _, key := range in.Messages[i].Managers {
			need[key] = true
		}
	}
	var err error
	if in.Sent, err = p.lately(ctx, now, need); err != nil {
		return nil, err
	}
	var decisions []window.Decision
	whole := false
	defer func() {
		if !whole {
			p.rules = new(window.Planner) // what it remembers may be half of something
		}
	}()
	p.c.withManagers(now, func(ms map[string]window.Manager) {
		in.Managers = ms
		decisions = p.rules.Choose(in)
	})
	whole = true
	return p.planned(waiting, decisions, now), nil
}

// Version names everything that a plan rests on beside the ledger.
func (p *planner) Version(now time.Time) string {
	h := fnv.New64a()
	p.c.withManagers(now, func(map[string]window.Manager) {
		for _, m := range p.c.cfg.Managers {
			one := p.c.people.known[m.Key]
			fmt.Fprintln(h, one.line.Version(), one.rhythm.Version())
		}
	})
	return strconv.FormatUint(h.Sum64(), 36)
}

// ask is what the rules may know of a message.
func ask(m ledger.Message, now time.Time, zone func(string) *time.Location) window.Message {
	out := window.Message{
		ID: int64(m.ID), Managers: m.Managers, Kind: m.Kind, Priority: m.Priority, Approved: m.Approval.At,
		NotBefore: later(m.NotBefore, m.RetryAt), By: m.By, Moves: m.Moves,
	}
	if len(m.Managers) == 0 {
		out.Managers = []string{nobody}
	}
	if m.MovesDay != dayIn(now, zone(out.Managers[0])) {
		out.Moves = 0
	}
	if m.State == ledger.Scheduled && !m.Replan {
		out.Previous = m.Choice
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func dayIn(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// planned turns decisions into changes of the ledger.
func (p *planner) planned(waiting []ledger.Message, decisions []window.Decision, now time.Time) []outbox.Planned {
	var out []outbox.Planned
	for i, d := range decisions {
		m := waiting[i]
		key := ""
		if len(m.Managers) > 0 {
			key = m.Managers[0]
		}
		one := outbox.Planned{ID: m.ID, Choice: d.Choice, Day: dayIn(now, p.c.zoneOf(key)), Expire: d.Expired}
		switch account := p.c.cfg.Account(); {
		case m.Account != "" && m.Account != account:
			one.Choice, one.Expire = nil, false
			one.Hold = &ledger.Hold{Code: "account", Text: fmt.Sprintf("it was queued for %s, and mail now leaves by %s; set the old account again, or cancel it and queue it anew", m.Account, account)}
		case d.Expired:
		case d.Choice == nil && !m.Held():
			one.Hold = &ledger.Hold{Code: ledger.NoWindow, Text: words(d.Because, "no window was found") + "; change its limits with headsup queue set, or cancel it"}
		case d.Choice == nil, d.Choice == m.Choice:
			continue
		default:
			one.Why = words(d.Because, "") + window.Sentence(d.Choice)
			if len(d.Because) > 0 {
				one.Why = words(d.Because, "") + ". " + window.Sentence(d.Choice)
			}
		}
		out = append(out, one)
	}
	return out
}

func words(rs []rules.Reason, none string) string {
	if len(rs) == 0 {
		return none
	}
	text := rs[0].Text
	for _, r := range rs[1:] {
		text += "; " + r.Text
	}
	return text
}

// Allowed says whether a message may go at this moment. It does no I/O.
func (p *planner) Allowed(now time.Time, m ledger.Message) error {
	var v window.Verdict
	p.c.withManagers(now, func(ms map[string]window.Manager) {
		one := ask(m, now, p.c.zoneOf)
		one.Previous = m.Choice // in whatever state: the gate asks while it is being sent
		v = window.Check(now, ms, one)
	})
	if v.Go {
		return nil
	}
	return errors.New(v.Why.Text)
}

// Answered says in words that the manager wrote first in this thread. The mailbox is
// read once more before it answers: the mail may have come a moment ago.
func (p *planner) Answered(ctx context.Context, m ledger.Message) (string, error) {
	if err := p.c.follow.Catch(ctx, p.c.d.clock.Wall()); err != nil {
		p.c.d.log.Warn("inbox not read before sending", "id", m.ID, "err", err)
		return "", nil // the draft look decides whether the mailbox must be in reach
	}
	now, err := p.c.d.store.Get(ctx, m.ID)
	if err != nil || now.Hold.Code != "answered-first" {
		return "", err
	}
	return now.Hold.Text, nil
}

// withManagers lends the managers as the rules see them. What is lent must not be kept.
func (c *crew) withManagers(now time.Time, use func(map[string]window.Manager)) {
	for _, m := range c.cfg.Managers {
		c.people.timeline(m.Key, now) // built before the lock is taken for all
	}
	c.people.mu.Lock()
	defer c.people.mu.Unlock()
	ms := make(map[string]window.Manager, len(c.cfg.Managers)+1)
	for key, one := range c.people.known {
		ms[key] = c.managerView(one)
	}
	ms[nobody] = window.Manager{Name: "the reader", Zone: c.cfg.User.Zone, Timeline: c.people.usual(c.cfg, now)}
	use(ms)
}

// managerView is one manager as the rules see him or her. The caller holds the lock.
func (c *crew) managerView(one *person) window.Manager {
	m := window.Manager{
		Name: firstName(one.cfg.Name), Zone: one.cfg.Zone, Timeline: one.line, Rhythm: one.rhythm,
		MaxPerDay: one.cfg.MaxPerDay, MinGap: one.cfg.MinGap, UrgentAtNight: one.cfg.UrgentAtNight,
	}
	if one.cfg.Earliest != config.NoTime {
		m.Earliest = timeline.Clock(one.cfg.Earliest)
	}
	if one.cfg.Latest != config.NoTime {
		m.Latest = timeline.Clock(one.cfg.Latest)
	}
	return m
}
