package backtest

import (
	"io"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
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
	freshRows = 2
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
	for mood := range rhythm.Moods {
		var mine []row
		for _, r := range rows {
			if rhythm.MoodOf(r.Class) == mood {
				mine = append(mine, r)
			}
		}
		spread(irls(mine, func(r *row) float64 { return r.active }), mood, &prior.Active)
		spread(irls(mine, func(r *row) float64 { return r.visible }), mood, &prior.Visible)
	}
	return prior
}

// spread writes a solution to the classes of its mood.
func spread(beta [terms]float64, mood int, to *rhythm.Equations) {
	to.Slope[mood] = rhythm.Slopes(beta[1 : 1+slopes])
	for c := range to.Const {
		if rhythm.MoodOf(c) == mood {
			to.Const[c] = beta[0] + beta[1+slopes+c]
		}
	}
}

// terms is the length of a row in the equations: a shared constant, the slopes, and a
// constant for each class.
const (
	slopes = len(rhythm.Slopes{})
	terms  = 1 + slopes + rhythm.Classes
)

// ridge draws slopes and the constants of classes towards 0, in rows.
const ridge = 5

// irls fits a logistic regression by iteratively reweighted least squares.
func irls(rows []row, y func(*row) float64) (beta [terms]float64) {
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
			accumulate(&rows[i], y(&rows[i]), &beta, &hess, &grad)
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

// accumulate adds one row to the equations of a step. Of its terms only the first few and
// the one of its class are not 0.
func accumulate(r *row, y float64, beta *[terms]float64, hess *[terms][terms]float64, grad *[terms]float64) {
	var v [slopes + 2]float64
	at := [slopes + 2]int{}
	v[0], v[slopes+1] = 1, 1
	at[slopes+1] = 1 + slopes + r.Class
	for i, t := range r.Terms {
		v[i+1], at[i+1] = t, i+1
	}
	var z float64
	for i := range v {
		z += beta[at[i]] * v[i]
	}
	p := 1 / (1 + math.Exp(-z))
	e, w := r.weight*(y-p), r.weight*p*(1-p)
	for i := range v {
		grad[at[i]] += e * v[i]
		for j := range v {
			hess[at[i]][at[j]] += w * v[i] * v[j]
		}
	}
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

// Fit prints the equations of a prior that were fitted on sets, before the split of each,
// as the source of rules/rhythm wants them.
func Fit(w io.Writer, dirs []string) error {
	prior, err := fitted(dirs)
	if err != nil {
		return err
	}
	p := printer{w: w}
	printEquations(&p, "active ", &prior.Active)
	printEquations(&p, "visible", &prior.Visible)
	return p.err
}

func fitted(dirs []string) (rhythm.Prior, error) {
	prior := rhythm.Neutral()
	var rows []row
	for _, dir := range dirs {
		set, err := LoadSet(dir)
		if err != nil {
			return prior, err
		}
		rows = append(rows, collect(set, prior, set.Warm, set.Split, func(*Manager) bool { return true })...)
	}
	return fit(prior, rows), nil
}

func printEquations(p *printer, name string, e *rhythm.Equations) {
	const row = 5
	p.line("\t%s = Equations{", name)
	p.line("\t\tConst: [Classes]float64{")
	for c := 0; c < len(e.Const); c += row {
		p.line("\t\t\t%s,", joined(e.Const[c:min(c+row, len(e.Const))]))
	}
	p.line("\t\t},")
	p.line("\t\tSlope: [Moods]Slopes{")
	for _, s := range e.Slope {
		p.line("\t\t\t{%s},", joined(s[:]))
	}
	p.line("\t\t},")
	p.line("\t}")
}

func joined(v []float64) string {
	parts := make([]string, len(v))
	for i := range v {
		parts[i] = strconv.FormatFloat(v[i], 'f', 3, 64)
	}
	return strings.Join(parts, ", ")
}
