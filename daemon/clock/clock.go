// Package clock tells the time twice: the wall clock, which a person or the network may
// set, and the boot time, which only runs forward and runs on while a machine sleeps.
// The two together tell a suspended laptop from a clock that was set.
//
// [Real] is the machine's, [Fast] runs a demo, [Fake] belongs to tests. [Guard] watches
// pairs of readings and says when the wall clock must not be trusted. [Loop] is the thin
// loop around a service's step.
package clock

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Clock is the only way in which a service learns the time.
type Clock interface {
	// Wall is the time of day, without a monotonic part.
	Wall() time.Time
	// Boot is the time since the machine started, time asleep included.
	Boot() time.Duration
	// Wait returns nil after d, or earlier when wake gets a value, and the context's
	// error when it ends. wake may be nil.
	Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error
}

// Real is the clock of the machine.
type Real struct{}

// Wall is the machine's time of day.
func (Real) Wall() time.Time { return time.Now().Round(0) }

// Boot is the machine's boot time.
func (Real) Boot() time.Duration { return bootTime() }

// Session names this run of the machine, "" if it is not known.
func (Real) Session() string { return session() }

// Wait waits on a Go timer, which stands still while the machine sleeps; callers wait
// in short pieces.
func (Real) Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	return wait(ctx, d, wake)
}

func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
		return nil
	case <-t.C:
		return nil
	}
}

// Fast runs speed times as fast as the machine's clock, from a moment of its own. Wall
// and boot time move together, so that it is never suspect.
type Fast struct {
	from  time.Time
	begun time.Time
	speed float64
}

// NewFast starts a fast clock at from.
func NewFast(from time.Time, speed float64) *Fast {
	return &Fast{from: from.Round(0), begun: time.Now(), speed: speed}
}

func (f *Fast) passed() time.Duration {
	return time.Duration(float64(time.Since(f.begun)) * f.speed)
}

// Wall is the fast time of day.
func (f *Fast) Wall() time.Time { return f.from.Add(f.passed()) }

// Boot is the fast time since the start.
func (f *Fast) Boot() time.Duration { return f.passed() }

// Wait waits for d of fast time.
func (f *Fast) Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	return wait(ctx, time.Duration(float64(d)/f.speed), wake)
}

// Fake is a clock that stands still until it is moved. Waits end when the clock is
// moved past their end.
type Fake struct {
	mu    sync.Mutex
	wall  time.Time
	boot  time.Duration
	moved chan struct{}
}

// NewFake returns a clock that shows t.
func NewFake(t time.Time) *Fake { return &Fake{wall: t.Round(0), moved: make(chan struct{})} }

// Wall is the time that was set.
func (f *Fake) Wall() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wall
}

// Boot is the boot time that was set.
func (f *Fake) Boot() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.boot
}

// Advance lets d pass, on both clocks.
func (f *Fake) Advance(d time.Duration) { f.move(d, d) }

// Step sets the wall clock on by d (or back) while no time passes: what a person or a
// dead battery does.
func (f *Fake) Step(d time.Duration) { f.move(d, 0) }

func (f *Fake) move(wall, boot time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall, f.boot = f.wall.Add(wall), f.boot+boot
	close(f.moved)
	f.moved = make(chan struct{})
}

// Wait returns when the boot time has moved on by d, on wake, or with the context.
func (f *Fake) Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	f.mu.Lock()
	until := f.boot + d
	for f.boot < until {
		moved := f.moved
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
			return nil
		case <-moved:
		}
		f.mu.Lock()
	}
	f.mu.Unlock()
	return ctx.Err()
}

// Nap is the longest time that a loop sleeps: timers stop while a laptop sleeps, so
// nobody relies on a long one.
const Nap = 20 * time.Second

// Again is how long a loop waits after a step that failed.
const Again = 10 * time.Second

// Loop runs step until the context ends or the step says [ErrStop]: at the time that the
// step asked for, at once on wake, and at least every [Nap]. A step that fails is tried
// again; failed hears of it.
func Loop(ctx context.Context, c Clock, wake <-chan struct{}, step func(ctx context.Context, now time.Time) (time.Time, error), failed func(error)) error {
	for {
		next, err := step(ctx, c.Wall())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d := Nap
		switch {
		case errors.Is(err, ErrStop):
			return err
		case err != nil:
			failed(err)
			d = Again
		case !next.IsZero():
			d = min(max(next.Sub(c.Wall()), time.Millisecond), Nap)
		}
		if err := c.Wait(ctx, d, wake); err != nil {
			return err
		}
	}
}

// ErrStop ends a [Loop].
var ErrStop = errors.New("stop")
