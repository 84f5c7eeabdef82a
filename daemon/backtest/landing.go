package backtest

import (
	"context"
	"slices"
	"sort"
	"time"

	"headsup/rules/rhythm"
	"headsup/rules/window"
)

// prices are the prices of an hour of delay, in chance of a hit, at which headsup is
// asked for its plan; each gives one point of its frontier.
func prices() []float64 {
	return []float64{.5, .3, .2, .15, .12, .1, .08, .065, .05, .04, .03, .025, .02, .015, .0125, .01,
		.008, .0065, .005, .004, .0032, .0025, .002, .0016, .0013, .001, .0007, .0004, .0002, 0}
}

// patience are the longest waits, in hours, of the oracle, which knows the future.
func patience() []float64 {
	return []float64{.25, .5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 36, 48, 60, 72}
}

// The policies stand in one list: the peers, headsup at each price, the oracle at each
// patience.
type lineup struct{ peers, prices, oracle int }

func newLineup() lineup { return lineup{len(peers()), len(prices()), len(patience())} }

// priced is the place of headsup at one of the prices.
func (l lineup) priced(price float64) int { return l.peers + slices.Index(prices(), price) }

func (l lineup) size() int                { return l.peers + l.prices + l.oracle }
func (l lineup) peer(all []tally) []tally { return all[:l.peers] }
func (l lineup) own(all []tally) []tally {
	return append(all[l.peers:l.peers+l.prices:l.peers+l.prices], all[0])
}
func (l lineup) knows(all []tally) []tally {
	return append(all[l.peers+l.prices:len(all):len(all)], all[0])
}

// replay judges all policies on the pairs of one manager.
type replay struct {
	set     *Set
	manager *Manager
	prior   rhythm.Prior
	horizon time.Duration
	line    lineup

	forecast rhythm.Forecast
	plan     window.Plan
	states   []rhythm.State
	landings []int64 // of the last message, by policy
}

// run replays all moments of a manager.
func (r *replay) run(ctx context.Context, how string, from, to int64) (score, error) {
	s := newScore(r.line)
	for _, p := range r.manager.Pairs {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		l := newLearner(r.set, r.manager, p, r.prior)
		for _, t := range r.moments(p, how, from, to) {
			l.until(t)
			r.moment(l, p, t, &s)
		}
	}
	return s, nil
}

// moments are those of a pair; the zone is the one that was known at each.
func (r *replay) moments(p *Pair, how string, from, to int64) []int64 {
	l := newLearner(r.set, r.manager, p, r.prior)
	zone := func(t int64) int { l.until(t); return l.view.zone }
	return moments(how, r.manager, p, from, to, zone)
}

// moment lands one message under every policy and judges the landings.
func (r *replay) moment(l *learner, p *Pair, t int64, s *score) {
	s.n++
	r.land(l, p, t)
	for i, at := range r.landings {
		s.sum[i].add(r.judge(t, at), 1)
	}
	s.calibration.add(r.forecast.Chance(0, r.states[0]), r.judge(t, t).hit30)
}

// land notes when each policy sends a message that is queued at t.
func (r *replay) land(l *learner, p *Pair, t int64) {
	r.landings = r.landings[:0]
	for _, peer := range peers() {
		r.landings = append(r.landings, r.onGrid(t, peer.at(&l.view, t)))
	}
	l.rhythm.ForecastInto(&r.forecast, time.Unix(t, 0), r.horizon)
	r.follow(l, p, t)
	for _, kappa := range prices() {
		r.plan.Solve(r.forecast, nil, nil, kappa)
		r.landings = append(r.landings, t+int64(r.firstGo())*stepSeconds)
	}
	hit := r.nextHit(t)
	for _, hours := range patience() {
		at := t
		if hit-t <= int64(min(hours, r.horizon.Hours())*3600) {
			at = hit
		}
		r.landings = append(r.landings, at)
	}
}

const stepSeconds = int64(rhythm.Step / time.Second)

// onGrid moves a time to the next step; beyond the horizon it is now.
func (r *replay) onGrid(t, at int64) int64 {
	k := (at - t + stepSeconds - 1) / stepSeconds
	if k*stepSeconds > int64(r.horizon/time.Second) {
		return t
	}
	return t + k*stepSeconds
}

// follow notes the state at every step of the wait, as mail of the manager comes in.
func (r *replay) follow(l *learner, p *Pair, t int64) {
	r.states = r.states[:0]
	s := l.rhythm.StateAt(time.Unix(t, 0))
	i := sort.Search(len(p.Visible), func(i int) bool { return p.Visible[i].at > t })
	for k := range r.forecast.Steps {
		if k > 0 {
			older := s.Next()
			for i < len(p.Visible) && p.Visible[i].at <= t+int64(k)*stepSeconds {
				older = s.Seen()
				i++
			}
			s = older
		}
		r.states = append(r.states, s)
	}
}

// firstGo is the step at which the plan sends. At the end of the horizon it must.
func (r *replay) firstGo() int {
	for k, s := range r.states {
		if r.plan.At(k, s) {
			return k
		}
	}
	return len(r.states) - 1
}

// nextHit is the first step whose half hour holds a sign of life of the manager.
func (r *replay) nextHit(t int64) int64 {
	next, ok := nextAfter(r.manager.Activity, t)
	if !ok {
		return t + 365*86400
	}
	k := max(0, (next-t-30*60+stepSeconds-1)/stepSeconds)
	return t + k*stepSeconds
}

// judge is what became of a message written at t that landed at a time.
func (r *replay) judge(t, at int64) tally {
	wait := float64(waitCap)
	if next, ok := nextAfter(r.manager.Activity, at); ok {
		wait = min(wait, float64(next-at)/3600)
	}
	delay := float64(at-t) / 3600
	return tally{delay: delay, hit15: hit(wait, .25), hit30: hit(wait, .5), hit60: hit(wait, 1), wait: wait, attention: delay + wait}
}

func hit(wait, limit float64) float64 {
	if wait <= limit {
		return 1
	}
	return 0
}

// learner goes through a pair's mail in order of time and knows what was known then.
type learner struct {
	pair   *Pair
	rhythm *rhythm.Rhythm
	view   view
	weekly [168]int
}

func newLearner(set *Set, m *Manager, p *Pair, prior rhythm.Prior) *learner {
	home := m.home
	if home == nil {
		home = time.FixedZone("of the first mail", m.Zone*60)
	}
	l := &learner{pair: p, rhythm: rhythm.New(prior, home)}
	l.rhythm.Since(time.Unix(set.Start, 0))
	l.view.zone = m.Zone
	l.view.weekly = &l.weekly
	return l
}

// until learns all mail up to and at t.
func (l *learner) until(t int64) {
	n := len(l.view.seen)
	for n < len(l.pair.Visible) && l.pair.Visible[n].at <= t {
		v := l.pair.Visible[n]
		l.rhythm.Observe(rhythm.Seen{At: time.Unix(v.at, 0), Offset: v.offset})
		l.view.zone = l.rhythm.Zone(time.Unix(v.at, 0))
		l.weekly[weekMinute(v.at, l.view.zone)/60]++
		n++
	}
	l.view.seen = l.pair.Visible[:n]
}
