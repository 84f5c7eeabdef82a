// Command sim runs headsup's send path through random lives with faults and looks whether
// a promise breaks.
//
// One life is a [world]: a person, a manager with a calendar, a mailbox, a submission
// server and a machine, all in virtual time on one goroutine, all following from one
// seed. The outbox, the ledger in memory, the watching of the mailbox, the letters and
// the conversation with the server are the real code; what breaks is drawn by [swarm].
// Afterwards the oracle compares what the server took with what the person said.
//
//	go run ./daemon/sim -seeds 100000
//	go run ./daemon/sim -seed 4711 -v        one life, told
//	go run ./daemon/sim -seed 4711 -shrink   the fewest faults that break it
//	go run ./daemon/sim -mutants             does it find bugs that are planted
//	go run ./daemon/sim -faults none         the figures without faults
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	debug.SetGCPercent(400) // lives are short and throw much away
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	fs := flag.NewFlagSet("sim", flag.ContinueOnError)
	seeds := fs.Int("seeds", 1000, "how many lives")
	from := fs.Uint64("from", 1, "the first seed")
	seed := fs.Uint64("seed", 0, "run this life only")
	verbose := fs.Bool("v", false, "tell what happens")
	shrinkIt := fs.Bool("shrink", false, "with -seed: find the fewest faults that break it")
	replay := fs.Int("replay", 0, "run so many of the lives twice and compare")
	workers := fs.Int("workers", 2, "lives at the same time")
	first := fs.Bool("first", false, "stop at the first violation")
	mutants := fs.Bool("mutants", false, "plant the bugs of mutants.go one after the other and print the score")
	faults := fs.String("faults", "swarm", "swarm: a random half of all kinds in each life; none")
	length := fs.Duration("for", 0, "begin no life after this long, 0: run them all")
	only := fs.String("only", "", "with -mutants: those whose name has this in it")
	profile := fs.String("profile", "", "write a CPU profile to this file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	off, err := without(*faults)
	if err != nil {
		return err
	}
	switch {
	case *mutants:
		return score(out, *only, *seeds, *workers)
	case *seed != 0 && *shrinkIt:
		return shrink(out, *seed)
	case *seed != 0:
		return one(out, *seed, off, *verbose)
	}
	return many(out, off, *from, *seeds, *workers, *replay, *first, *length)
}

// without reads which faults are left out.
func without(faults string) (map[string]bool, error) {
	switch faults {
	case "swarm":
		return nil, nil
	case "none":
		return map[string]bool{everything: true}, nil
	}
	return nil, fmt.Errorf("-faults %s: want swarm or none", faults)
}

// one runs a single life.
func one(out io.Writer, seed uint64, off map[string]bool, verbose bool) error {
	w := newWorld(seed, off, verbose)
	w.run()
	fmt.Fprintln(out, w.swarm)
	for _, v := range w.bad {
		fmt.Fprintln(out, v)
	}
	fmt.Fprintln(out, "mark", w.mark())
	if len(w.bad) > 0 {
		return fmt.Errorf("%d violations", len(w.bad))
	}
	return nil
}

// many runs lives and prints the line.
func many(out io.Writer, off map[string]bool, from uint64, n, workers, replay int, first bool, length time.Duration) error {
	var t totals
	var next atomic.Int64
	var wg sync.WaitGroup
	begun := time.Now()
	for range workers {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) || first && t.failed() || length > 0 && time.Since(begun) > length {
					return
				}
				w := newWorld(from+uint64(i), off, false)
				w.run()
				differs := false
				if i < int64(replay) {
					again := newWorld(from+uint64(i), off, false)
					again.run()
					differs = again.mark() != w.mark()
				}
				t.add(w, differs)
			}
		})
	}
	wg.Wait()
	t.print(out, replay, time.Since(begun))
	if t.failed() {
		return fmt.Errorf("promises were broken")
	}
	return nil
}

// totals adds up lives.
type totals struct {
	mu       sync.Mutex
	seeds    int
	mails    int
	accepted int
	faults   int
	deaths   int
	kinds    map[string]int
	rules    map[string]int
	bad      []string
	limits   int
	held     int
	unproven int
	differs  int
	settle   []time.Duration
	settled  []time.Duration // counted from the end of the last outage
	late     []time.Duration
}

func (t *totals) failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.bad) > 0 || t.differs > 0
}

func (t *totals) add(w *world, differs bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kinds == nil {
		t.kinds, t.rules = map[string]int{}, map[string]int{}
	}
	t.seeds++
	t.mails += len(w.mails)
	t.accepted += len(w.accepts)
	t.faults += len(w.swarm.log)
	t.deaths += w.deaths
	for k, n := range w.swarm.fired {
		t.kinds[k] += n
	}
	for _, v := range w.bad {
		t.rules[v.rule]++
		if len(t.bad) < 20 {
			t.bad = append(t.bad, fmt.Sprintf("go run ./daemon/sim -seed %d -v   # %s", w.seed, v))
		}
	}
	t.limits += w.limits
	t.held += w.heldN
	t.unproven += w.unproven
	all, connected := w.settleTimes()
	t.settle, t.settled = append(t.settle, all...), append(t.settled, connected...)
	t.late = append(t.late, w.sendErrors()...)
	if differs {
		t.differs++
		t.bad = append(t.bad, fmt.Sprintf("go run ./daemon/sim -seed %d   # replay differs", w.seed))
	}
}

func (t *totals) print(out io.Writer, replay int, took time.Duration) {
	share := func(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }
	fmt.Fprintf(out, "seeds %d | mails %d, accepted %d | faults %d in %d kinds, %d kills | duplicated %d | lost %d | forbidden time %d | after cancel %d | wrong recipient or stale text %d | other %d | held %.2f %% (%.1f %% of these without any proof to be found) | settle p99 %s, after the last outage p99 %s, at most %s | send-time error p99 %s | replay of %d differs %d | limit of lying servers %d | %.0f seeds/s\n",
		t.seeds, t.mails, t.accepted, t.faults, len(t.kinds), t.deaths, t.rules["I1"], t.rules["I2"]+t.rules["I3"], t.rules["I4"], t.rules["I5"], t.rules["I6"],
		t.rules["I7"]+t.rules["I8"]+t.rules["I9"]+t.rules["I10"]+t.rules["I11"], share(t.held, t.mails), share(t.unproven, t.held),
		percentile(t.settle, 99), percentile(t.settled, 99), percentile(t.settled, 100), percentile(t.late, 99), replay, t.differs, t.limits, float64(t.seeds)/took.Seconds())
	if never := slices.DeleteFunc(kinds(), func(k string) bool { return t.kinds[k] > 0 }); len(never) > 0 && t.faults > 0 {
		fmt.Fprintln(out, "kinds that never happened:", strings.Join(never, "; "))
	}
	for _, b := range t.bad {
		fmt.Fprintln(out, b)
	}
}

func percentile(list []time.Duration, p int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)*p/100, len(list)-1)].Round(time.Millisecond)
}
