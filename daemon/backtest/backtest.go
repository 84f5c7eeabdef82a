// Package backtest asks what would have happened. It replays the past with only what
// was known at each moment, lets headsup and the rules of other tools choose when a
// message goes, and counts how often the manager showed up within half an hour of its
// landing. What is judged is the code that the daemon runs: rules/rhythm and the
// stopping core of rules/window.
//
// [RunSet] runs the landing benchmark on a folder of recorded mail, [RunHistory] the
// same on the user's own mailbox. docs/timing.md says how the figures are made.
package backtest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"sync"
	"time"

	"headsup/rules/rhythm"
)

// Options of a run.
type Options struct {
	Horizon  time.Duration // the longest wait; 0: a day
	Prior    *rhythm.Prior // nil: the one that is shipped
	Progress io.Writer     // nil: silent
	Workers  int           // 0: two
	Period   string        // "": from split on; "before": between warm and split, for choosing a model
}

func (o Options) withDefaults() Options {
	if o.Horizon == 0 {
		o.Horizon = 24 * time.Hour
	}
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.Prior == nil {
		p := rhythm.Neutral()
		o.Prior = &p
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// period is the time whose moments are judged.
func (o Options) period(s *Set) (from, to int64) {
	if o.Period == "before" {
		return s.Warm, s.Split - tail
	}
	return s.Split, s.End - tail
}

// RunSet runs the landing benchmark on one folder.
func RunSet(ctx context.Context, dir string, o Options) (Report, error) {
	set, err := LoadSet(dir)
	if err != nil {
		return Report{}, err
	}
	return runSet(ctx, set, o.withDefaults())
}

func runSet(ctx context.Context, set *Set, o Options) (Report, error) {
	rep := Report{Set: set.Name, HorizonH: o.Horizon.Hours()}
	for _, how := range []string{Own, OffHours, Uniform} {
		scores, err := replayAll(ctx, set, o, how)
		if err != nil {
			return Report{}, err
		}
		rep.add(how, scores)
	}
	return rep, nil
}

// replayAll judges every manager, a few at a time; the order of the scores is that of
// the managers.
func replayAll(ctx context.Context, set *Set, o Options, how string) ([]score, error) {
	scores := make([]score, len(set.Managers))
	errs := make([]error, len(set.Managers))
	next := make(chan int)
	var group sync.WaitGroup
	var mu sync.Mutex
	done := 0
	from, to := o.period(set)
	for range o.Workers {
		group.Go(func() {
			for i := range next {
				r := replay{set: set, manager: set.Managers[i], prior: *o.Prior, horizon: o.Horizon, line: newLineup()}
				scores[i], errs[i] = r.run(ctx, how, from, to)
				mu.Lock()
				done++
				fmt.Fprintf(o.Progress, "%s %s: %d of %d managers\n", set.Name, how, done, len(set.Managers))
				mu.Unlock()
			}
		})
	}
	for i := range set.Managers {
		next <- i
	}
	close(next)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return judged(scores), nil
}

// judged leaves out managers to whom nobody wrote in the period.
func judged(scores []score) []score {
	var out []score
	for _, s := range scores {
		if s.n > 0 {
			out = append(out, s)
		}
	}
	return out
}

// average is the mean over managers, each as often as the weights say.
func average(scores []score, times []int) []tally {
	out := make([]tally, len(scores[0].avg))
	n := 0
	for i, s := range scores {
		if times[i] == 0 {
			continue
		}
		n += times[i]
		for j := range out {
			out[j].add(s.avg[j], float64(times[i]))
		}
	}
	for j := range out {
		var mean tally
		mean.add(out[j], 1/float64(n))
		out[j] = mean
	}
	return out
}

// resamples is how many times the managers are drawn again for an interval.
const resamples = 300

// bootstrap returns the 2.5 and 97.5 percent points of the ratio for each budget.
func bootstrap(scores []score, line lineup) (lo, hi []float64) {
	rnd := rand.New(rand.NewPCG(30, 300))
	ratios := make([][]float64, len(budgets()))
	for range resamples {
		times := make([]int, len(scores))
		for range scores {
			times[rnd.IntN(len(scores))]++
		}
		all := average(scores, times)
		best, own := frontier(line.peer(all)), frontier(line.own(all))
		for b, budget := range budgets() {
			if peer := within(best, budget).hit30; peer > 0 {
				ratios[b] = append(ratios[b], within(own, budget).hit30/peer)
			}
		}
	}
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
