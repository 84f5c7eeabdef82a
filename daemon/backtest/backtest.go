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
	Early    bool          // judge the time between warm and split: for choosing a model
	Refit    bool          // equations fitted on the set's other managers, instead of the shipped ones
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
	if o.Early {
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
	priors := priorsFor(set, o)
	next := make(chan int)
	var group sync.WaitGroup
	var mu sync.Mutex
	done := 0
	from, to := o.period(set)
	for range o.Workers {
		group.Go(func() {
			for i := range next {
				r := replay{set: set, manager: set.Managers[i], prior: priors(set.Managers[i]), horizon: o.Horizon, line: newLineup()}
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

// folds is in how many groups the managers are put when equations are fitted anew.
const folds = 5

// priorsFor says with which prior a manager is judged: the one of the options, or one
// whose equations were fitted on managers of other groups, before the split.
func priorsFor(set *Set, o Options) func(*Manager) rhythm.Prior {
	if !o.Refit {
		return func(*Manager) rhythm.Prior { return *o.Prior }
	}
	group := map[*Manager]int{}
	for i, m := range set.Managers {
		group[m] = i % folds
	}
	var priors [folds]rhythm.Prior
	for f := range priors {
		others := func(m *Manager) bool { return group[m] != f }
		priors[f] = fit(*o.Prior, collect(set, *o.Prior, set.Warm, set.Split, others))
	}
	return func(m *Manager) rhythm.Prior { return priors[group[m]] }
}
