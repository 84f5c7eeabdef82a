package backtest

import (
	"math"
	"math/rand/v2"
	"sort"
)

// score is what the moments of one unit came to under each policy. A unit is what is
// drawn again for an interval: a manager of a set, a week of a history.
type score struct {
	n           int
	weight      float64 // what the unit counts for in an average
	sum         []tally
	calibration calibration
}

func newScore(line lineup) score { return score{weight: 1, sum: make([]tally, line.size())} }

// average is the mean over units, each as often as the counts say.
func average(scores []score, times []int) []tally {
	out := make([]tally, len(scores[0].sum))
	var total float64
	for i, s := range scores {
		total += s.weight * float64(times[i])
	}
	for i, s := range scores {
		if times[i] == 0 {
			continue
		}
		w := s.weight * float64(times[i]) / total / float64(s.n)
		for j := range out {
			out[j].add(s.sum[j], w)
		}
	}
	return out
}

func onceEach(scores []score) []int {
	times := make([]int, len(scores))
	for i := range times {
		times[i] = 1
	}
	return times
}

// judged leaves out units without a message.
func judged(scores []score) []score {
	var out []score
	for _, s := range scores {
		if s.n > 0 {
			out = append(out, s)
		}
	}
	return out
}

// resamples is how many times the units are drawn again for an interval.
const resamples = 300

// resample calls f with the averages of units drawn again. The seed is fixed: the same
// data gives the same interval.
func resample(scores []score, f func(all []tally)) {
	rnd := rand.New(rand.NewPCG(30, 300))
	for range resamples {
		times := make([]int, len(scores))
		for range scores {
			times[rnd.IntN(len(scores))]++
		}
		f(average(scores, times))
	}
}

// bootstrap returns the 2.5 and 97.5 percent points of the ratio to the best peer for
// each budget.
func bootstrap(scores []score, line lineup) (lo, hi []float64) {
	ratios := make([][]float64, len(budgets()))
	resample(scores, func(all []tally) {
		best, own := frontier(line.peer(all)), frontier(line.own(all))
		for b, budget := range budgets() {
			if peer := within(best, budget).hit30; peer > 0 {
				ratios[b] = append(ratios[b], within(own, budget).hit30/peer)
			}
		}
	})
	for _, rs := range ratios {
		sort.Float64s(rs)
		lo, hi = append(lo, percentile(rs, .025)), append(hi, percentile(rs, .975))
	}
	return lo, hi
}

func percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(p*float64(len(sorted)-1)+.5)]
}

// calibration compares chances with what happened.
type calibration struct {
	bins [7]struct{ n, said, was float64 }
	loss float64 // sum of the logarithmic losses
	sq   float64 // sum of the squared errors
}

// binEdges are the upper ends of the chances that are looked at together.
func binEdges() [7]float64 { return [7]float64{.01, .03, .1, .2, .35, .5, 1} }

func (c *calibration) add(chance, was float64) {
	i := 0
	for chance > binEdges()[i] && i < len(c.bins)-1 {
		i++
	}
	c.bins[i].n++
	c.bins[i].said += chance
	c.bins[i].was += was
	p := min(max(chance, 1e-6), 1-1e-6)
	c.loss -= was*math.Log(p) + (1-was)*math.Log(1-p)
	c.sq += (chance - was) * (chance - was)
}

func (c *calibration) join(o *calibration) {
	for i := range c.bins {
		c.bins[i].n += o.bins[i].n
		c.bins[i].said += o.bins[i].said
		c.bins[i].was += o.bins[i].was
	}
	c.loss += o.loss
	c.sq += o.sq
}

// totals are the number of chances and the mean of what happened.
func (c *calibration) totals() (n, mean float64) {
	for _, b := range c.bins {
		n += b.n
		mean += b.was
	}
	return n, mean / max(n, 1)
}

// base is what always saying the mean would have cost.
func (c *calibration) base() (loss, square float64) {
	_, m := c.totals()
	if m == 0 || m == 1 {
		return 0, 0
	}
	return -m*math.Log(m) - (1-m)*math.Log(1-m), m * (1 - m)
}
