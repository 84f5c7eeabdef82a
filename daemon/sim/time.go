package main

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"time"
)

// start is the true time at which every run begins: a Monday morning.
var start = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// agenda is virtual time: a queue of events, run one after the other on one goroutine.
// Whoever waits runs the events that come first, so what happens while a conversation
// with a server is stuck happens in the middle of it, as in life, and the order is the
// same every time.
type agenda struct {
	now    time.Duration // true time since start
	seq    int
	queue  events
	budget int // events left before a run is called endless
}

type event struct {
	at  time.Duration
	seq int
	run func()
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(x any)   { *q = append(*q, x.(event)) }
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// at runs fn at a moment, now at the earliest.
func (a *agenda) at(t time.Duration, fn func()) {
	a.seq++
	heap.Push(&a.queue, event{max(t, a.now), a.seq, fn})
}

func (a *agenda) in(d time.Duration, fn func()) { a.at(a.now+d, fn) }

// pass lets time pass until t and runs what happens meanwhile. An event may end the
// caller by panic (the process died); the queue is whole then.
func (a *agenda) pass(t time.Duration) {
	for len(a.queue) > 0 && a.queue[0].at <= t {
		e := heap.Pop(&a.queue).(event)
		a.now = max(a.now, e.at)
		if a.budget--; a.budget < 0 {
			panic(endless{})
		}
		e.run()
	}
	a.now = max(a.now, t)
}

// endless ends a run that does not come to rest.
type endless struct{}

func (a *agenda) truth() time.Time { return start.Add(a.now) }

// machine is the clock of the computer on which headsup runs. Its wall clock can be set
// wrong; its boot time cannot.
type machine struct {
	*agenda
	offset time.Duration // what the wall clock shows beyond the truth
}

func (m *machine) Wall() time.Time     { return m.truth().Add(m.offset) }
func (m *machine) Boot() time.Duration { return m.now + time.Hour }

// Wait is part of the interface and not used: the loops of the simulated process are
// events.
func (m *machine) Wait(context.Context, time.Duration, <-chan struct{}) error { return nil }

// stream is the randomness of one actor: no actor disturbs the numbers of another.
func stream(seed uint64, actor string) *rand.Rand {
	h := uint64(14695981039346656037)
	for i := range len(actor) {
		h = (h ^ uint64(actor[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h))
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Int64N(int64(hi-lo)+1))
}
