package backtest

import (
	"context"
	"fmt"
	"io"
	"sort"
	"time"

	"headsup/rules/rhythm"
)

// Small is how good the forecast is after so many visible mails.
type Small struct {
	N         int
	Pairs     int
	Histogram Skill // raw counts of 168 weekly hours
	Rhythm    Skill
}

// Skill is how well moments are told apart: the area under the curve of "active within
// 30 minutes" at random instants Mon-Fri 7-19, and the share of hits when a message
// written at any time goes at the best slot of the coming day.
type Skill struct{ AUC, Hit30 float64 }

// smallSizes are the numbers of visible mails that are tried.
func smallSizes() []int { return []int{0, 5, 20, 100, 300} }

// RunSmall tries the forecast with the last n visible mails before the split. For each
// n the pairs are those that have as many.
func RunSmall(ctx context.Context, dir string, o Options) ([]Small, error) {
	set, err := LoadSet(dir)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	var out []Small
	for _, n := range smallSizes() {
		fmt.Fprintf(o.Progress, "%s: %d visible mails\n", set.Name, n)
		s := Small{N: n}
		var hist, ours []Skill
		for _, m := range set.Managers {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			h, r, pairs := smallManager(set, m, n, o)
			if s.Pairs += pairs; pairs > 0 {
				hist, ours = append(hist, h), append(ours, r)
			}
		}
		s.Histogram, s.Rhythm = meanSkill(hist), meanSkill(ours)
		out = append(out, s)
	}
	return out, nil
}

func meanSkill(all []Skill) (s Skill) {
	for _, x := range all {
		s.AUC += x.AUC / float64(len(all))
		s.Hit30 += x.Hit30 / float64(len(all))
	}
	return s
}

// smallManager averages over the pairs of a manager that have n mails before the split.
func smallManager(set *Set, m *Manager, n int, o Options) (hist, ours Skill, pairs int) {
	var as, bs []Skill
	for _, p := range m.Pairs {
		before := sort.Search(len(p.Visible), func(i int) bool { return p.Visible[i].at >= set.Split })
		if before < n {
			continue
		}
		l := lastOf(set, m, p, before, n, o)
		a, b := l.skills(set, m, p, o.Horizon)
		as, bs = append(as, a), append(bs, b)
	}
	return meanSkill(as), meanSkill(bs), len(as)
}

// lastOf is a learner that knows the last n mails before the split and nothing else.
func lastOf(set *Set, m *Manager, p *Pair, before, n int, o Options) *learner {
	known := &Pair{Employee: p.Employee, Visible: p.Visible[before-n : before]}
	l := newLearner(set, m, known, *o.Prior)
	if n > 0 && before > n {
		l.rhythm.Since(time.Unix(known.Visible[0].at, 0))
	}
	l.until(set.Split)
	return l
}

// skills measures both forecasts on instants after the split.
func (l *learner) skills(set *Set, m *Manager, p *Pair, horizon time.Duration) (hist, ours Skill) {
	var h, r []scored
	var hits, found Skill
	instants := uniform(m.Name+" "+p.Employee, set.Split, set.End-tail)
	var f rhythm.Forecast
	for _, t := range instants {
		l.rhythm.ForecastInto(&f, time.Unix(t, 0), horizon)
		if min := weekMinute(t, l.view.zone); min < 5*1440 && min%1440 >= 7*60 && min%1440 < 19*60 {
			was := activeWithin(m, t)
			h = append(h, scored{float64(l.weekly[min/60]), was})
			r = append(r, scored{f.Chance(0, rhythm.Quiet), was})
		}
		hits.Hit30 += activeWithin(m, bestHourWithin(&l.view, t, int(horizon.Hours()))) / float64(len(instants))
		found.Hit30 += activeWithin(m, f.At(bestStep(&f)).Unix()) / float64(len(instants))
	}
	hits.AUC, found.AUC = auc(h), auc(r)
	return hits, found
}

func bestStep(f *rhythm.Forecast) int {
	best := 0
	for k := range f.Steps {
		if f.Chance(k, rhythm.Quiet) > f.Chance(best, rhythm.Quiet) {
			best = k
		}
	}
	return best
}

func activeWithin(m *Manager, t int64) float64 {
	if next, ok := nextAfter(m.Activity, t); ok && next-t <= 30*60 {
		return 1
	}
	return 0
}

// scored is a forecast and what happened.
type scored struct{ score, was float64 }

// auc is the chance that a moment with activity scores higher than one without; ties
// count half, and without both kinds it is one half.
func auc(s []scored) float64 {
	sort.Slice(s, func(i, j int) bool { return s[i].score < s[j].score })
	var below, pairs, won float64
	for i := 0; i < len(s); {
		var yes, no float64
		j := i
		for ; j < len(s) && s[j].score == s[i].score; j++ {
			yes += s[j].was
			no += 1 - s[j].was
		}
		won += yes * (below + no/2)
		below += no
		pairs += yes
		i = j
	}
	if pairs == 0 || below == 0 {
		return .5
	}
	return won / pairs / below
}

// SmallText writes the table for a person.
func SmallText(w io.Writer, set string, rows []Small) error {
	p := printer{w: w}
	p.line("%s: how good a forecast is after n visible mails", set)
	p.line("(AUC of \"active within 30 min\" Mon-Fri 7-19 / share of hits at the best slot of the coming day)")
	p.line("%5s %6s   %-18s %-18s", "n", "pairs", "168-hour histogram", "headsup")
	for _, r := range rows {
		p.line("%5d %6d   %.3f / %.3f      %.3f / %.3f", r.N, r.Pairs, r.Histogram.AUC, r.Histogram.Hit30, r.Rhythm.AUC, r.Rhythm.Hit30)
	}
	return p.err
}
