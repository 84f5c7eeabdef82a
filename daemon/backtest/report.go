package backtest

import (
	"encoding/json"
	"fmt"
	"io"
)

// budgets are the mean delays, in hours, at which policies are compared.
func budgets() []float64 { return []float64{1, 2, 4, 8} }

// Report is the outcome of a run of the landing benchmark.
type Report struct {
	Set      string   `json:"set"`
	HorizonH float64  `json:"horizon_h"`
	Results  []Result `json:"results"`

	calibration calibration // at random instants
}

// Result compares policies at one mean delay.
type Result struct {
	Compose  string  `json:"compose"`
	BudgetH  float64 `json:"budget_h"`
	Now      float64 `json:"now"`
	BestPeer float64 `json:"best_peer"`
	Headsup  float64 `json:"headsup"`
	Ratio    float64 `json:"ratio"`
	Lo       float64 `json:"lo"`
	Hi       float64 `json:"hi"`
	Oracle   float64 `json:"oracle"`

	units, moments int
	now, peer, own tally
}

// add compares the policies on scores.
func (r *Report) add(how string, scores []score) {
	if len(scores) == 0 {
		return
	}
	line := newLineup()
	n := 0
	for i := range scores {
		n += scores[i].n
		if how == Uniform {
			r.calibration.join(&scores[i].calibration)
		}
	}
	all := average(scores, onceEach(scores))
	best, own, oracle := frontier(line.peer(all)), frontier(line.own(all)), frontier(line.knows(all))
	lo, hi := bootstrap(scores, line)
	for b, budget := range budgets() {
		res := Result{Compose: how, BudgetH: budget, Lo: round(lo[b]), Hi: round(hi[b]), units: len(scores), moments: n,
			now: all[0], peer: within(best, budget), own: within(own, budget)}
		res.Now, res.BestPeer, res.Headsup = round(res.now.hit30), round(res.peer.hit30), round(res.own.hit30)
		res.Oracle = round(within(oracle, budget).hit30)
		if res.peer.hit30 > 0 {
			res.Ratio = round(res.own.hit30 / res.peer.hit30)
		}
		r.Results = append(r.Results, res)
	}
}

func round(x float64) float64 { return float64(int64(x*10000+.5)) / 10000 }

// JSON is the report as one object.
func (r Report) JSON() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }

// Text writes the report for a person.
func (r Report) Text(w io.Writer) error {
	p := printer{w: w}
	p.line("%s: share of messages after whose landing the manager was active within 30 minutes", r.Set)
	p.line("(longest wait %.0f h; columns: at a mean delay of at most so many hours)", r.HorizonH)
	p.line("%-10s %6s %7s %10s %8s %7s %14s %7s", "written", "delay", "now", "best peer", "headsup", "ratio", "95 % interval", "oracle")
	for _, x := range r.Results {
		p.line("%-10s %5.0fh %7.3f %10.3f %8.3f %7.2f   [%.2f, %.2f] %7.3f", x.Compose, x.BudgetH, x.Now, x.BestPeer, x.Headsup, x.Ratio, x.Lo, x.Hi, x.Oracle)
	}
	r.details(&p)
	r.calibrated(&p)
	return p.err
}

// details are the other measures, at a mean delay of at most two hours.
func (r Report) details(p *printer) {
	p.line("")
	p.line("%-10s %6s %-9s %7s %7s %12s %12s", "written", "delay", "policy", "15 min", "60 min", "in the inbox", "to attention")
	for _, x := range r.Results {
		if x.BudgetH != 2 {
			continue
		}
		for _, t := range []struct {
			name string
			v    tally
		}{{"now", x.now}, {"best peer", x.peer}, {"headsup", x.own}} {
			p.line("%-10s %5.1fh %-9s %7.3f %7.3f %10.1f h %10.1f h", x.Compose, t.v.delay, t.name, t.v.hit15, t.v.hit60, t.v.wait, t.v.attention)
		}
	}
}

// calibrated says how true the chances were, at random instants.
func (r Report) calibrated(p *printer) {
	c := &r.calibration
	n, mean := c.totals()
	if n == 0 {
		return
	}
	loss, square := c.base()
	p.line("")
	p.line("active within 30 minutes of %.0f random instants: %.3f; log-loss %.4f (always saying the mean: %.4f), Brier %.4f (%.4f)",
		n, mean, c.loss/n, loss, c.sq/n, square)
	for _, b := range c.bins {
		if b.n > 0 {
			p.line("  said %.3f, was %.3f (%.0f times)", b.said/b.n, b.was/b.n, b.n)
		}
	}
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
