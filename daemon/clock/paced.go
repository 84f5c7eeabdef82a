package clock

import (
	"context"
	"sync"
	"time"
)

// Paced is a clock that stands still while anybody works and jumps when everybody
// waits: a week takes as long as the work in it. Wall and boot time move together.
type Paced struct {
	mu      sync.Mutex
	wall    time.Time
	boot    time.Duration
	waiting map[*waiter]bool
	changed chan struct{} // closed and made anew when somebody begins or ends to wait
}

// waiter is a loop that sleeps.
type waiter struct {
	until time.Duration
	wake  <-chan struct{}
	over  chan struct{}
	aside bool // nobody waits for it
}

type asideKey struct{}

// Aside marks the waits of what runs beside the loops: a [Paced] clock does not take one
// of them for a loop that has nothing to do.
func Aside(ctx context.Context) context.Context {
	return context.WithValue(ctx, asideKey{}, true)
}

var _ Clock = (*Paced)(nil)

// NewPaced returns a clock that shows t.
func NewPaced(t time.Time) *Paced {
	return &Paced{wall: t.Round(0), waiting: map[*waiter]bool{}, changed: make(chan struct{})}
}

// Wall implements [Clock].
func (p *Paced) Wall() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wall
}

// Boot implements [Clock].
func (p *Paced) Boot() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.boot
}

// Wait implements [Clock].
func (p *Paced) Wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	p.mu.Lock()
	w := &waiter{until: p.boot + d, wake: wake, over: make(chan struct{}), aside: ctx.Value(asideKey{}) != nil}
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
func (p *Paced) stir() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Idle waits until n loops wait at once.
func (p *Paced) Idle(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		asleep := 0
		for w := range p.waiting {
			select {
			case <-w.over: // told to wake, on its way
			default:
				if len(w.wake) == 0 && !w.aside { // else it was called and is on its way too
					asleep++
				}
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

// Advance lets time pass up to t, in steps no longer than step, each when n loops wait.
func (p *Paced) Advance(ctx context.Context, t time.Time, step time.Duration, n int, each func() error) error {
	for {
		if err := p.Idle(ctx, n); err != nil {
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
func (p *Paced) jump(d time.Duration) {
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
