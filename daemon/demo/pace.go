package demo

import (
	"context"
	"sync"
	"time"

	"headsup/daemon/clock"
)

// pace is a clock that stands still while anybody works and jumps when everybody
// waits: a week takes as long as the work in it. Wall and boot time move together.
type pace struct {
	mu      sync.Mutex
	wall    time.Time
	boot    time.Duration
	waiting map[*waiter]bool
	changed chan struct{} // closed and made anew when somebody begins or ends to wait
}

// waiter is a loop that sleeps.
type waiter struct {
	until time.Duration
	over  chan struct{}
}

var _ clock.Clock = (*pace)(nil)

func newPace(t time.Time) *pace {
	return &pace{wall: t.Round(0), waiting: map[*waiter]bool{}, changed: make(chan struct{})}
}

// Wall implements [clock.Clock].
func (p *pace) Wall() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wall
}

// Boot implements [clock.Clock].
func (p *pace) Boot() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.boot
}

// Wait implements [clock.Clock].
func (p *pace) Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	p.mu.Lock()
	w := &waiter{until: p.boot + d, over: make(chan struct{})}
	p.waiting[w] = true
	p.stir()
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, w)
		p.stir()
		p.mu.Unlock()
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
		return nil
	case <-w.over:
		return nil
	}
}

// stir tells whoever looks that something changed. The caller holds the lock.
func (p *pace) stir() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// idle waits until n loops wait at once.
func (p *pace) idle(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		asleep := 0
		for w := range p.waiting {
			select {
			case <-w.over: // told to wake, on its way
			default:
				asleep++
			}
		}
		changed := p.changed
		p.mu.Unlock()
		if asleep >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// advance lets time pass up to t, in steps no longer than step, each when n loops wait.
func (p *pace) advance(ctx context.Context, t time.Time, step time.Duration, n int, each func() error) error {
	for {
		if err := p.idle(ctx, n); err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
		left := t.Sub(p.Wall())
		if left <= 0 {
			return nil
		}
		p.jump(min(left, step))
	}
}

// jump moves the clock and wakes those whose time has come.
func (p *pace) jump(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wall, p.boot = p.wall.Add(d), p.boot+d
	for w := range p.waiting {
		if w.until <= p.boot {
			select {
			case <-w.over:
			default:
				close(w.over)
			}
		}
	}
	p.stir()
}
