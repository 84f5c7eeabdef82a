package backtest

import (
	"context"
	"fmt"
	"io"
	"sort"
	"time"

	"headsup/rules/rhythm"
)

// History is what a mailbox says about one manager: the mail of the manager that the
// user could see, and when the user wrote to the manager. Who calls leaves out automatic
// replies, list mail and calendar mail.
type History struct {
	Manager string // for people
	Zone    *time.Location
	From    time.Time // the mailbox reaches back to here
	Until   time.Time // and forward to here
	Seen    []rhythm.Seen
	Sent    []time.Time
}

// HistoryReport is the replay of one mailbox.
type HistoryReport struct {
	HorizonH float64         `json:"horizon_h"`
	Managers []ManagerReport `json:"managers"`
}

// ManagerReport is the replay for one manager. Without Results the data is too thin,
// and Thin says why.
type ManagerReport struct {
	Manager string    `json:"manager"`
	Seen    int       `json:"seen"`
	Sent    int       `json:"sent"`
	Judged  int       `json:"judged"` // messages that were replayed
	Weeks   int       `json:"weeks"`  // in which they were sent
	Thin    string    `json:"thin,omitempty"`
	Verdict string    `json:"verdict"`
	Results []Result  `json:"results,omitempty"`
	AtPrice []AtPrice `json:"at_price,omitempty"`
}

// AtPrice is what a priority would have done: its price of an hour, and what came of it.
type AtPrice struct {
	Price   float64 `json:"price"` // chance of a hit that an hour of delay must be worth
	DelayH  float64 `json:"delay_h"`
	Hit30   float64 `json:"hit30"`
	WaitedH float64 `json:"waited_h"` // between landing and the next sign of life
}

// What is too thin to speak of.
const (
	leastSeen   = 20
	leastSent   = 30
	leastWeeks  = 6
	warmUp      = 4 * 7 * 86400 // seconds at the start that are only learned from
	lastMessage = 86400         // nothing is judged whose day after landing is not known
)

// RunHistory replays each history with only what was known at each moment: would the
// user's own messages have landed fresher at another time?
func RunHistory(ctx context.Context, history []History, o Options) (HistoryReport, error) {
	o = o.withDefaults()
	rep := HistoryReport{HorizonH: o.Horizon.Hours()}
	for i, h := range history {
		m, err := runOne(ctx, h, o)
		if err != nil {
			return HistoryReport{}, err
		}
		rep.Managers = append(rep.Managers, m)
		fmt.Fprintf(o.Progress, "replayed %s: %d of %d\n", h.Manager, i+1, len(history))
	}
	return rep, nil
}

func runOne(ctx context.Context, h History, o Options) (ManagerReport, error) {
	set, from, to := h.asSet(o.Horizon)
	m := set.Managers[0]
	out := ManagerReport{Manager: h.Manager, Seen: len(m.Pairs[0].Visible), Sent: len(m.Pairs[0].Composed)}
	r := replay{set: set, manager: m, prior: *o.Prior, horizon: o.Horizon, line: newLineup()}
	weeks, err := r.byWeek(ctx, from, to)
	if err != nil {
		return out, err
	}
	weeks = judged(weeks)
	out.Weeks = len(weeks)
	for _, w := range weeks {
		out.Judged += w.n
	}
	if out.Thin = out.tooThin(); out.Thin != "" {
		out.Verdict = "I do not know enough yet: " + out.Thin
		return out, nil
	}
	var rep Report
	rep.add(Own, weeks)
	out.Results = rep.Results
	out.AtPrice = atPrices(average(weeks, onceEach(weeks)), r.line)
	out.Verdict = verdict(weeks, r.line)
	return out, nil
}

// asSet turns a history into a set with one manager whose activity is what was seen.
func (h History) asSet(horizon time.Duration) (set *Set, from, to int64) {
	m := &Manager{Name: h.Manager, home: h.Zone}
	p := &Pair{}
	for _, s := range h.Seen {
		p.Visible = append(p.Visible, sighting{s.At.Unix(), s.Offset})
	}
	sort.Slice(p.Visible, func(i, j int) bool { return p.Visible[i].at < p.Visible[j].at })
	p.Visible = joinBursts(p.Visible, func(v sighting) int64 { return v.at })
	for _, v := range p.Visible {
		m.Activity = append(m.Activity, v.at)
	}
	for _, t := range h.Sent {
		p.Composed = append(p.Composed, t.Unix())
	}
	sort.Slice(p.Composed, func(i, j int) bool { return p.Composed[i] < p.Composed[j] })
	m.Pairs = []*Pair{p}
	if len(p.Visible) > 0 {
		m.Zone = p.Visible[0].offset
	}
	from, to = h.From.Unix()+warmUp, h.Until.Unix()-int64(horizon/time.Second)-lastMessage
	return &Set{Start: h.From.Unix(), Managers: []*Manager{m}}, from, to
}

// byWeek replays all messages; a week is one unit, and counts for as much as was sent in
// it.
func (r *replay) byWeek(ctx context.Context, from, to int64) ([]score, error) {
	p := r.manager.Pairs[0]
	l := newLearner(r.set, r.manager, p, r.prior)
	var weeks []score
	last := int64(-1)
	for _, t := range p.Composed {
		if t < from || t >= to {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if w := t / (7 * 86400); w != last {
			last = w
			weeks = append(weeks, newScore(r.line))
		}
		l.until(t)
		r.moment(l, p, t, &weeks[len(weeks)-1])
		weeks[len(weeks)-1].weight = float64(weeks[len(weeks)-1].n)
	}
	return weeks, nil
}

func (m *ManagerReport) tooThin() string {
	switch {
	case m.Seen < leastSeen:
		return fmt.Sprintf("%d mails of theirs were seen, %d are needed", m.Seen, leastSeen)
	case m.Judged < leastSent:
		return fmt.Sprintf("%d of your messages to them can be replayed, %d are needed", m.Judged, leastSent)
	case m.Weeks < leastWeeks:
		return fmt.Sprintf("your messages lie in %d weeks, %d are needed", m.Weeks, leastWeeks)
	}
	return ""
}

// normal is the price of an hour for a message of normal priority in rules/window; low
// and high are those of its neighbours.
const low, normal, high = .005, .015, .03

// atPrices lists what headsup would have done at the prices of the priorities.
func atPrices(all []tally, line lineup) (out []AtPrice) {
	for _, price := range []float64{high, normal, low} {
		t := all[line.priced(price)]
		out = append(out, AtPrice{Price: price, DelayH: round(t.delay), Hit30: round(t.hit30), WaitedH: round(t.wait)})
	}
	return out
}

// verdict says in one sentence whether headsup would have helped at the normal price. The
// price is fixed beforehand: choosing the best of many on a few weeks of mail would find
// help where there is none.
func verdict(weeks []score, line lineup) string {
	all := average(weeks, onceEach(weeks))
	own, now := all[line.priced(normal)], all[0]
	peer := within(frontier(line.peer(all)), own.delay)
	overNow, overPeer := gains(weeks, line)
	numbers := fmt.Sprintf("%.0f of 100 messages would have landed fresh after %.1f h on average, %.0f sent at once, %.0f by the best plain rule",
		own.hit30*100, own.delay, now.hit30*100, peer.hit30*100)
	switch {
	case own.delay < .05:
		return "headsup does not help here: it would have sent nearly everything at once"
	case overNow <= 0 && own.hit30-now.hit30 < .02:
		return "headsup does not help here: " + numbers
	case overNow <= 0:
		return "not proven: " + numbers
	case overPeer <= 0:
		return "waiting helps, but a plain rule may do as well: " + numbers
	}
	return "headsup helps: " + numbers
}

// gains are the lower ends (2.5 %) of what the normal price gains over sending at once and
// over the best peer at the same delay.
func gains(weeks []score, line lineup) (overNow, overPeer float64) {
	var now, peer []float64
	resample(weeks, func(all []tally) {
		own := all[line.priced(normal)]
		now = append(now, own.hit30-all[0].hit30)
		peer = append(peer, own.hit30-within(frontier(line.peer(all)), own.delay).hit30)
	})
	sort.Float64s(now)
	sort.Float64s(peer)
	return percentile(now, .025), percentile(peer, .025)
}

// Text writes the report for a person.
func (r HistoryReport) Text(w io.Writer) error {
	p := printer{w: w}
	p.line("what would have happened to the messages that you sent (longest wait %.0f h, no calendar, quiet hours off)", r.HorizonH)
	p.line("a hit: you saw mail of the manager within 30 minutes after landing; reading cannot be seen, so true shares are higher")
	for _, m := range r.Managers {
		p.line("")
		p.line("%s: %d of their mails seen, %d of yours replayed, from %d weeks", m.Manager, m.Seen, m.Judged, m.Weeks)
		p.line("  %s", m.Verdict)
		if m.Thin == "" {
			m.tables(&p)
		}
	}
	return p.err
}

func (m *ManagerReport) tables(p *printer) {
	p.line("  %6s %9s %10s %8s %7s %14s", "delay", "at once", "best rule", "headsup", "ratio", "95 % interval")
	for _, x := range m.Results {
		p.line("  %5.0fh %9.3f %10.3f %8.3f %7.2f   [%.2f, %.2f]", x.BudgetH, x.Now, x.BestPeer, x.Headsup, x.Ratio, x.Lo, x.Hi)
	}
	for _, a := range m.AtPrice {
		p.line("  at a price of %.1f points an hour: waits %.1f h on average, %.3f land fresh, then %.1f h in the inbox", a.Price*100, a.DelayH, a.Hit30, a.WaitedH)
	}
}
