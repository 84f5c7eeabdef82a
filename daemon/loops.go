package daemon

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"headsup/daemon/clock"
	"headsup/mail"
)

// loop is one service with its step and the channel that wakes it.
type loop struct {
	name  string
	limit time.Duration // one step takes no longer while all is well, 0: stepLimit
	step  func(ctx context.Context, now time.Time) (time.Time, error)
	wake  chan struct{}
	watch func(ctx context.Context, wake chan<- struct{}) error // tells of changes; may be nil
}

// How long one step may take until the loop counts as stuck. A submission server may let
// each of its answers wait for minutes, and the last one for ten.
const (
	stepLimit = 15 * time.Minute
	sendLimit = time.Hour
)

// The loops of the outbox.
const (
	loopPlan = "plan"
	loopSend = "send"
	loopLook = "evidence"
	loopTidy = "tidy"
)

// addOutbox gives each part of the outbox a loop of its own: a server that lets one
// message wait for its answer delays neither the plan nor the search nor the notices.
func (c *crew) addOutbox() {
	c.add(&loop{name: loopPlan, step: c.outbox.Plan})
	c.add(&loop{name: loopSend, step: c.outbox.Send, limit: sendLimit})
	c.add(&loop{name: loopLook, step: c.outbox.Look})
	c.add(&loop{name: loopTidy, step: c.outbox.Tidy})
}

// watchMailbox wakes the loop when something may have changed. A server tells at once of
// the first folder only: every gesture of a person takes something out of Drafts, puts it
// there or stars it, and waits for an answer; new mail can wait for the next look.
func (c *crew) watchMailbox(ctx context.Context, wake chan<- struct{}) error {
	for ctx.Err() == nil {
		if err := c.mailbox.Watch(ctx, mail.Drafts, mail.Queue, mail.QueueNow, mail.Inbox); err != nil {
			return err
		}
		poke(wake)
	}
	return ctx.Err()
}

func (c *crew) add(l *loop) {
	l.limit = cmp.Or(l.limit, stepLimit)
	l.wake = make(chan struct{}, 1)
	c.loops, c.byName[l.name] = append(c.loops, l), l
}

// kick wakes a service. It never blocks; a service that is awake looks once more.
func (c *crew) kick(name string) {
	if l := c.byName[name]; l != nil {
		poke(l.wake)
	}
}

// stir wakes everything that works on the queue, but the one who says so.
func (c *crew) stir(but string) {
	for _, name := range []string{loopPlan, loopSend, loopLook, loopTidy} {
		if name != but {
			c.kick(name)
		}
	}
}

func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// run starts every loop and returns when all have ended. The first step of the outbox
// decides what a dead process left behind, so it comes before the loops.
func (c *crew) run(ctx context.Context) error {
	c.d.health.reset()
	if err := c.outbox.Start(ctx, c.d.clock.Wall()); err != nil {
		if ctx.Err() != nil {
			return nil // it was stopped before it began, which is no fault
		}
		return fmt.Errorf("look at what the last run left: %w", err)
	}
	var wg sync.WaitGroup
	for _, l := range c.loops {
		wg.Go(func() { c.turn(ctx, l) })
		if l.watch != nil {
			wg.Go(func() { c.keepWatch(ctx, l) })
		}
	}
	if c.d.opt.Ready != nil {
		c.d.opt.Ready()
	}
	if c.d.opt.Alive != nil {
		wg.Go(func() { c.beat(ctx) })
	}
	wg.Wait()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return c.outbox.Stop(end, c.d.clock.Wall())
}

// turn runs one loop. What it changed in the ledger concerns the outbox.
func (c *crew) turn(ctx context.Context, l *loop) {
	var fault complaint
	_ = clock.Loop(ctx, c.d.clock, l.wake, func(ctx context.Context, now time.Time) (time.Time, error) {
		before, _ := c.d.store.Revision(ctx)
		c.d.health.began(l, now)
		next, err := c.step(ctx, now, l)
		if ctx.Err() == nil {
			c.d.health.turned(l, now, err)
		}
		if after, _ := c.d.store.Revision(ctx); after != before {
			c.wakeOthers(l.name)
		}
		if err == nil && fault.over() {
			c.d.log.Info("service works again", "service", l.name)
		}
		return next, err
	}, func(err error) {
		if fault.fails(c.d.clock.Wall(), err) {
			c.d.log.Warn("service failed, trying again", "service", l.name, "err", err, "count", fault.times)
		}
	})
}

func (c *crew) wakeOthers(name string) {
	c.stir(name)
	if name == "notes" {
		c.kick("draft")
	}
}

// step does one step. The services contain what goes wrong with one item; what is left of
// a fault is contained here, so that the other services go on. Sending is not: a panic
// there ends the process, and the gate decides at the restart what became of the message.
func (c *crew) step(ctx context.Context, now time.Time, l *loop) (next time.Time, err error) {
	if l.name == loopSend {
		return l.step(ctx, now)
	}
	err = c.d.contain("service "+l.name, func() (err error) { next, err = l.step(ctx, now); return err })
	return next, err
}

// keepWatch starts a watch again when it breaks; the loop goes on by itself meanwhile.
func (c *crew) keepWatch(ctx context.Context, l *loop) {
	var fault complaint
	for ctx.Err() == nil {
		err := l.watch(ctx, l.wake)
		if ctx.Err() != nil {
			return
		}
		if fault.fails(c.d.clock.Wall(), err) {
			c.d.log.Warn("not told of changes, looking every 20 s", "service", l.name, "err", err, "count", fault.times)
		}
		if c.d.clock.Wait(clock.Aside(ctx), time.Minute, nil) != nil {
			return
		}
	}
}

const beatEvery = 10 * time.Second

// beat tells the supervisor that all loops turn.
func (c *crew) beat(ctx context.Context) {
	for ctx.Err() == nil {
		if stuck := c.d.health.tick(beatEvery); stuck == "" {
			c.d.opt.Alive()
		} else {
			c.d.log.Error("a service does not come back from its work; the supervisor will start headsup again", "service", stuck)
		}
		if c.d.clock.Wait(clock.Aside(ctx), beatEvery, nil) != nil {
			return
		}
	}
}
