package backtest

import (
	"hash/fnv"
	"math/rand/v2"
	"sort"
)

// The ways in which the moments of writing are chosen.
const (
	Own      = "own"       // when the employee really wrote
	OffHours = "off-hours" // of those, outside Mon-Fri 9-17 of the manager's zone
	Uniform  = "unif"      // any time of the week
)

// perPair is how many moments of a pair are judged, tail what is left at the end of a
// set so that every landing has a future.
const (
	perPair = 100
	tail    = 5 * 86400
)

// moments returns when messages of a pair are queued between two times, sorted. Zone is
// the manager's offset at a time, as the pair knew it.
func moments(how string, m *Manager, p *Pair, from, to int64, zone func(int64) int) []int64 {
	if how == Uniform {
		return uniform(m.Name+" "+p.Employee, from, to)
	}
	var in []int64
	for _, at := range p.Composed {
		if at < from || at >= to {
			continue
		}
		if how == OffHours && officeHours(at, zone(at)) {
			continue
		}
		in = append(in, at)
	}
	return thin(in, perPair)
}

// thin keeps n of the times, evenly spread.
func thin(in []int64, n int) []int64 {
	if len(in) <= n {
		return in
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = in[i*len(in)/n]
	}
	return out
}

// uniform draws instants whose seed is the pair's name: the same in every run.
func uniform(name string, from, to int64) []int64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	rnd := rand.New(rand.NewPCG(h.Sum64(), 2010))
	out := make([]int64, perPair)
	for i := range out {
		out[i] = from + rnd.Int64N(to-from)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// local is a wall clock: minutes of the week from Monday 00:00.
func weekMinute(at int64, offset int) int {
	min := at/60 + int64(offset) + 3*1440 // the epoch was a Thursday
	return int(min % (7 * 1440))
}

func officeHours(at int64, offset int) bool {
	min := weekMinute(at, offset)
	return min < 5*1440 && min%1440 >= 9*60 && min%1440 < 17*60
}
