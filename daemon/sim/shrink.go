package main

import (
	"fmt"
	"io"
)

// shrink takes faults out of a life, one by one, as long as it still breaks the same
// promise, and prints what is left.
func shrink(out io.Writer, seed uint64) error {
	off := map[string]bool{}
	first := newWorld(seed, nil, false)
	first.run()
	if len(first.bad) == 0 {
		return fmt.Errorf("seed %d breaks nothing", seed)
	}
	rule, log := first.bad[0].rule, first.swarm.log
	breaks := func() ([]string, bool) {
		w := newWorld(seed, off, false)
		w.run()
		for _, v := range w.bad {
			if v.rule == rule {
				return w.swarm.log, true
			}
		}
		return nil, false
	}
	for again := true; again; {
		again = false
		for _, f := range log {
			off[f] = true
			if left, still := breaks(); still {
				log, again = left, true
				break
			}
			delete(off, f)
		}
	}
	w := newWorld(seed, off, true)
	w.run()
	fmt.Fprintf(out, "%d of %d faults are left:\n", len(log), len(first.swarm.log))
	for _, f := range log {
		fmt.Fprintln(out, "  "+f)
	}
	return nil
}
