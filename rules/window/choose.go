package window

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"headsup/rules"
	"headsup/rules/rhythm"
)

// maxMoves is how often a message is planned again in a day before it takes the first
// moment that is allowed, so that the busiest manager's mail is not stranded.
const maxMoves = 5

// Choose plans all messages. Decisions come in the order of the messages; the order of
// the input changes nothing else.
//
// A stored choice is kept untouched while nothing that it rests on has changed, so a
// tick without news costs a comparison a message. Messages are planned again by groups
// of managers that share messages, because only these compete for the same moments.
func Choose(in Input) []Decision { return new(Planner).Choose(in) }

// Planner is Choose with a memory: what was judged on the same facts before is not
// judged again. Without it a choice that survived a piece of news is looked at in every
// tick, because its basis names the facts on which it was first made, and may give way to
// one that was settled meanwhile. The zero value is ready; it is not safe for concurrent
// use.
type Planner struct {
	judged map[int64]judgement
}

// judgement says that a stored time was judged on a basis and kept.
type judgement struct {
	basis string
	at    time.Time
}

// Choose is the function [Choose].
func (pl *Planner) Choose(in Input) []Decision {
	if len(pl.judged) > 2*len(in.Messages)+64 {
		pl.judged = nil // most of them are about messages that left
	}
	p := &planning{Planner: pl, in: in, groups: map[string]*group{}}
	out := make([]Decision, len(in.Messages))
	var rest []int
	for i := range in.Messages {
		if !p.settled(&in.Messages[i], &out[i]) {
			rest = append(rest, i)
		}
	}
	for _, part := range p.parts(rest) {
		p.plan(part, out)
	}
	return out
}

// planning is one run of Choose.
type planning struct {
	*Planner
	in     Input
	groups map[string]*group // by groupKey
	last   *group
	states map[string]*state // of the part that is planned
	grids  map[string]*grid
	buf    []byte
	solver solver
}

// settled decides what needs no look at the future: a choice that still rests on the same
// facts, a deadline that passed, a message to nobody who is managed.
func (p *planning) settled(m *Message, d *Decision) bool {
	d.ID = m.ID
	switch {
	case !m.By.IsZero() && !p.in.Now.Before(m.By):
		d.Expired = true
		d.Because = []rules.Reason{{Code: "deadline", Text: "the deadline " + moment(m.By, p.in.Now, p.zoneOf(m)) + " has passed"}}
		return true
	case p.groupOf(m).stranger != "":
		d.Because = []rules.Reason{{Code: "unknown", Text: "no manager is called " + strconv.Quote(p.groupOf(m).stranger) + ": add one to the configuration or take the address out"}}
		return true
	}
	if m.Previous == nil || !p.in.Now.Before(m.Previous.Until) {
		return false
	}
	if basis := p.basis(m); string(basis) != m.Previous.Basis {
		if j := p.judged[m.ID]; string(basis) != j.basis || !j.at.Equal(m.Previous.At) {
			return false
		}
	}
	d.Choice = m.Previous
	return true
}

func (p *planning) zoneOf(m *Message) *time.Location {
	if len(m.Managers) > 0 {
		if mg, ok := p.in.Managers[m.Managers[0]]; ok {
			return mg.zone()
		}
	}
	return time.UTC
}

// plan gives every message of a part its moment, in order of urgency.
func (p *planning) plan(c *part, out []Decision) {
	p.states, p.grids = map[string]*state{}, map[string]*grid{}
	for _, key := range c.managers {
		s := &state{Manager: p.in.Managers[key].ready(p.in.Now), key: key}
		if s.Rhythm == nil {
			s.Rhythm = rhythm.New(rhythm.Neutral(), s.zone())
		}
		p.states[key] = s
	}
	slices.SortFunc(c.messages, func(a, b int) int { return order(&p.in.Messages[a], &p.in.Messages[b]) })
	for _, i := range c.messages {
		p.gridOf(&p.in.Messages[i])
	}
	p.occupy(c, out)
	for _, i := range c.messages {
		p.decide(&p.in.Messages[i], &out[i])
	}
}

// order puts the message that chooses first before the other.
func order(a, b *Message) int {
	return cmp.Or(
		-cmp.Compare(rank(a), rank(b)),
		compareDeadlines(a.By, b.By),
		a.Approved.Compare(b.Approved),
		cmp.Compare(a.ID, b.ID),
	)
}

func rank(m *Message) int {
	if m.Now {
		return len(rules.Priorities())
	}
	return slices.Index(rules.Priorities(), m.Priority)
}

func compareDeadlines(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		if a.IsZero() {
			return 1
		}
		return -1
	}
	return a.Compare(b)
}

func (p *planning) gridOf(m *Message) *grid {
	if len(m.Managers) == 0 {
		return nil
	}
	key := groupKey(m.Managers)
	if g := p.grids[key]; g != nil {
		return g
	}
	var all []*state
	for _, name := range m.Managers {
		all = append(all, p.states[name])
	}
	g := newGrid(p.in.Now, all)
	p.grids[key] = g
	return g
}

// occupy places what takes room before anything is chosen: mail that left, messages that
// are settled, and those so close to their time that only a ban moves them. The others
// take their turn as if nothing had been planned, so that a message sees the same day as
// before unless one that comes before it moved.
func (p *planning) occupy(c *part, out []Decision) {
	for _, s := range p.in.Sent {
		p.place(s.Managers, s.At, 1)
	}
	for i := range p.in.Messages {
		if out[i].Choice != nil {
			p.place(p.in.Messages[i].Managers, out[i].Choice.At, 1)
		}
	}
	for _, i := range c.messages {
		if m := &p.in.Messages[i]; p.frozen(m) {
			p.place(m.Managers, m.Previous.At, 1)
		}
	}
}

func (p *planning) place(managers []string, at time.Time, by int16) {
	for _, name := range managers {
		if s := p.states[name]; s != nil && s.grid != nil {
			s.place(s.grid, at, by)
		}
	}
}

// frozen reports whether a stored time is so close that only a ban moves it.
func (p *planning) frozen(m *Message) bool {
	return m.Previous != nil && !p.in.Now.Before(m.Previous.At.Add(-guard)) && p.in.Now.Before(m.Previous.Until)
}

// decide gives one message its moment.
func (p *planning) decide(m *Message, d *Decision) {
	g := p.gridOf(m)
	prev := m.Previous
	if p.frozen(m) {
		p.place(m.Managers, prev.At, -1)
	}
	basis := string(p.basis(m))
	var c *rules.Choice
	switch {
	case m.Now || g == nil:
		c = p.atOnce(m, d)
	case m.Priority == rules.Urgent:
		c = g.urgent(m, d)
	default:
		c = g.choose(m, d, &p.solver, p.frozen(m))
	}
	if c == nil {
		return
	}
	c.Basis = basis
	if prev != nil && prev.At.Equal(c.At) {
		c = p.keep(m, c)
	}
	d.Choice = c
	d.Moved = prev != nil && !prev.At.Equal(c.At)
	if d.Moved && len(d.Because) == 0 {
		d.Because = []rules.Reason{p.whyMoved(m, g, c)}
	}
	p.place(m.Managers, c.At, 1)
}

// keep returns the stored choice if it still says all there is to say: a choice is made
// once and then only read. A window that became shorter, or a calendar that went stale,
// needs a new one for the same time.
func (p *planning) keep(m *Message, c *rules.Choice) *rules.Choice {
	if m.Previous.Until.Before(c.Until) {
		c.Until = m.Previous.Until
	}
	if !c.Until.Equal(m.Previous.Until) || !slices.Equal(coded(c, "stale"), coded(m.Previous, "stale")) {
		return c
	}
	if p.judged == nil {
		p.judged = map[int64]judgement{}
	}
	p.judged[m.ID] = judgement{basis: c.Basis, at: c.At}
	return m.Previous
}

// coded lists the reasons of a choice that have a code.
func coded(c *rules.Choice, code string) []rules.Reason {
	var out []rules.Reason
	for _, r := range c.Reasons {
		if r.Code == code {
			out = append(out, r)
		}
	}
	return out
}

// atOnce is for a message that a person sends now, or that no managed person gets.
func (p *planning) atOnce(m *Message, d *Decision) *rules.Choice {
	loc, at := p.zoneOf(m), p.in.Now
	reason := rules.Reason{Code: "now", Text: "now: you said so, and no limit is asked"}
	if !m.Now {
		reason = rules.Reason{Code: "nobody", Text: "now: nobody in To is a manager whose time is kept"}
		if m.NotBefore.After(at) {
			at = m.NotBefore
			reason.Text = moment(at, p.in.Now, loc) + ": as soon as you allow it; nobody in To is a manager whose time is kept"
		}
	}
	if prev := m.Previous; prev != nil && p.in.Now.Before(prev.Until) && (m.Now || !prev.At.Before(m.NotBefore)) && !prev.At.After(at) {
		at = prev.At
	}
	until := at.Add(longest)
	if !m.By.IsZero() && m.By.Before(until) {
		until = m.By
	}
	if !at.Before(until) {
		d.Because = []rules.Reason{{Code: "no-window", Text: "not before " + moment(m.NotBefore, p.in.Now, loc) + " lies past the deadline " + moment(m.By, p.in.Now, loc) + ": change one of them"}}
		return nil
	}
	return &rules.Choice{At: at.UTC(), Until: until.UTC(), Zone: loc.String(), Chance: -1, Reasons: []rules.Reason{reason}}
}
