package backtest

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"headsup/rules/rhythm"
)

// row is one moment with what came of it: for fitting the equations of a prior.
type row struct {
	rhythm.Sample
	active  float64 // the manager was active within 30 minutes
	visible float64 // a mail was seen within the next step
	weight  float64
}

// collect samples moments of all pairs between two times: some at random, which are
// mostly quiet, and some soon after each visible mail. Managers with much mail do not
// drown the others.
func collect(set *Set, prior rhythm.Prior, from, to int64, keep func(*Manager) bool) []row {
	var all []row
	for _, m := range set.Managers {
		if !keep(m) {
			continue
		}
		var mine []row
		for _, p := range m.Pairs {
			mine = append(mine, collectPair(set, m, p, prior, from, to)...)
		}
		for i := range mine {
			mine[i].weight = 1 / math.Sqrt(float64(len(mine)))
		}
		all = append(all, mine...)
	}
	var sum float64
	for _, r := range all {
		sum += r.weight
	}
	for i := range all {
		all[i].weight *= rowsWorth / sum
	}
	return all
}

// rowsWorth is what a population counts for, in rows, however large it is; quietRows the
// random moments of a pair, freshRows those after each mail.
const (
	rowsWorth = 100000
	quietRows = 400
	freshRows = 3
)

func collectPair(set *Set, m *Manager, p *Pair, prior rhythm.Prior, from, to int64) []row {
	rnd := rand.New(rand.NewPCG(uint64(len(p.Visible)), uint64(from)))
	var at []int64
	for range quietRows {
		at = append(at, from+rnd.Int64N(to-from))
	}
	for _, v := range p.Visible {
		if v.at < from || v.at >= to {
			continue
		}
		for range freshRows {
			at = append(at, v.at+rnd.Int64N(20*60), v.at+20*60+rnd.Int64N(70*60))
		}
	}
	sort.Slice(at, func(i, j int) bool { return at[i] < at[j] })
	l := newLearner(set, m, p, prior)
	out := make([]row, 0, len(at))
	for _, t := range at {
		l.until(t)
		r := row{Sample: l.rhythm.Sample(time.Unix(t, 0))}
		if next, ok := nextAfter(m.Activity, t); ok && next-t <= 30*60 {
			r.active = 1
		}
		if n := len(l.view.seen); n < len(p.Visible) && p.Visible[n].at-t <= stepSeconds {
			r.visible = 1
		}
		out = append(out, r)
	}
	return out
}

// fit finds the equations of a prior from rows. Classes of one mood share the slopes;
// each has a constant of its own, drawn towards the shared one.
func fit(prior rhythm.Prior, rows []row) rhythm.Prior {
	for _, mood := range moods() {
		var mine []row
		for _, r := range rows {
			if mood.has[r.Class] {
				mine = append(mine, r)
			}
		}
		mood.spread(irls(mine, func(r *row) float64 { return r.active }), &prior.Active)
		mood.spread(irls(mine, func(r *row) float64 { return r.visible }), &prior.Visible)
	}
	return prior
}

// mood is a group of classes that share slopes.
type mood struct{ has [rhythm.Classes]bool }

func moods() []mood {
	by := map[string]*mood{}
	for s := range rhythm.State(rhythm.States) {
		name := s.String()
		if by[name] == nil {
			by[name] = &mood{}
		}
		by[name].has[rhythm.ClassOf(s)] = true
	}
	return []mood{*by["engaged"], *by["recent"], *by["quiet"]}
}

func (m *mood) spread(beta []float64, to *[rhythm.Classes]rhythm.Coef) {
	for c := range to {
		if !m.has[c] {
			continue
		}
		copy(to[c][:], beta[:rhythm.Features])
		to[c][0] += beta[rhythm.Features+c]
	}
}

// terms is the length of a row in the equations: the features and a constant a class.
const terms = rhythm.Features + rhythm.Classes

// ridge draws slopes and the constants of classes towards 0, in rows.
const ridge = 5

// irls fits a logistic regression by iteratively reweighted least squares.
func irls(rows []row, y func(*row) float64) []float64 {
	beta := make([]float64, terms)
	for range 25 {
		var hess [terms][terms]float64
		var grad [terms]float64
		for i := range terms {
			if i > 0 {
				hess[i][i] = ridge
				grad[i] = -ridge * beta[i]
			} else {
				hess[i][i] = 1e-6
			}
		}
		for i := range rows {
			gather(&rows[i], y(&rows[i]), beta, &hess, &grad)
		}
		step := solve(&hess, &grad)
		var most float64
		for i := range beta {
			beta[i] += step[i]
			most = max(most, math.Abs(step[i]))
		}
		if most < 1e-6 {
			break
		}
	}
	return beta
}

// gather adds one row to the equations of a step; its terms are the features and one
// constant.
func gather(r *row, y float64, beta []float64, hess *[terms][terms]float64, grad *[terms]float64) {
	const n = rhythm.Features
	z := beta[n+r.Class]
	for i, v := range r.Terms {
		z += beta[i] * v
	}
	p := 1 / (1 + math.Exp(-z))
	e, w := r.weight*(y-p), r.weight*p*(1-p)
	c := n + r.Class
	for i, v := range r.Terms {
		grad[i] += e * v
		for j, u := range r.Terms {
			hess[i][j] += w * v * u
		}
		hess[i][c] += w * v
		hess[c][i] += w * v
	}
	grad[c] += e
	hess[c][c] += w
}

// solve is Gaussian elimination with pivots.
func solve(a *[terms][terms]float64, b *[terms]float64) [terms]float64 {
	for c := range terms {
		best := c
		for i := c + 1; i < terms; i++ {
			if math.Abs(a[i][c]) > math.Abs(a[best][c]) {
				best = i
			}
		}
		a[c], a[best], b[c], b[best] = a[best], a[c], b[best], b[c]
		for i := c + 1; i < terms; i++ {
			f := a[i][c] / a[c][c]
			for j := c; j < terms; j++ {
				a[i][j] -= f * a[c][j]
			}
			b[i] -= f * b[c]
		}
	}
	var x [terms]float64
	for c := terms - 1; c >= 0; c-- {
		x[c] = b[c]
		for j := c + 1; j < terms; j++ {
			x[c] -= a[c][j] * x[j]
		}
		x[c] /= a[c][c]
	}
	return x
}
