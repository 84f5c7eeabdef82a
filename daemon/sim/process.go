package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/follow"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/daemon/store"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules/policy"
)

// daemon is one life of the simulated process. A new life has a new one; only the
// ledger, the mailbox and the world outlive it.
type daemon struct {
	w      *world
	out    *outbox.Outbox
	fol    *follow.Service
	guard  *clock.Guard
	ctx    context.Context
	stop   context.CancelFunc
	dead   bool
	busy   map[string]bool
	woken  map[string]time.Duration // next run of a loop, to drop the events that it overtook
	frozen time.Duration            // nothing of the process runs before this
}

// killed unwinds the stack of a process that was killed.
type killed struct{}

// boot starts a life.
func (w *world) boot() {
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemon{w: w, ctx: ctx, stop: cancel, busy: map[string]bool{}, woken: map[string]time.Duration{}}
	w.life = d
	w.trace("process starts, wall %s", w.clock.Wall().Format(time.TimeOnly))
	last, _ := outbox.LastClock(ctx, w.ledger) // reading the ledger in memory does not fail
	d.guard = clock.Resume(w.clock, last, w.newest(), time.Time{})
	d.out = outbox.New(outbox.Options{
		Store: ledgerOf{w.ledger, w}, Mailbox: w.view, Submit: newClient(w), Planner: w.boss, Teller: teller{w}, Clock: w.clock, Guard: d.guard,
		Read: letter.Read,
		Wire: func(raw []byte, date time.Time, id mail.MessageID) ([]byte, error) {
			return letter.Wire(raw, letter.WireOptions{Date: date, ID: id})
		},
		Free: func() (int64, error) {
			if w.diskFull {
				return 1 << 20, nil
			}
			return 1 << 40, nil
		},
	})
	d.fol = follow.New(follow.Options{
		User: []mail.Address{sam}, Managers: map[string]string{dana.Key(): "dana"}, Account: "main", Box: "box", Star: true, Move: true,
		Store: ledgerOf{w.ledger, w}, Mailbox: w.view, Random: zero{}, Log: quietLog(),
		Policy: noRules(), Zone: func(string) *time.Location { return time.UTC },
		Known: func() []mail.Address { return []mail.Address{dana, lee, kim} },
		Tell:  func(_ context.Context, cause, _ string) { w.notices[cause]++ },
	})
	d.run("start", func(now time.Time) (time.Time, error) {
		if err := d.out.Start(d.ctx, now); err != nil {
			w.trace("start failed: %v", err)
			w.die(time.Minute)
			return time.Time{}, err
		}
		w.starts = append(w.starts, w.now) // it was stored, so it counts
		for i, name := range services {
			d.loop(name, w.now+time.Duration(i+1)*time.Second)
		}
		return time.Time{}, nil
	})
}

// nap is the longest sleep of a loop. The real one is 20 s; the simulated loops wake at
// the next moment that matters and at changes, which makes a run affordable.
const nap = 10 * time.Minute

func (d *daemon) loop(name string, at time.Duration) {
	if t, ok := d.woken[name]; ok && t <= at && t >= d.w.now { // at this very moment counts: it is about to run
		return
	}
	d.woken[name] = at
	d.w.at(at, func() {
		if d.dead || d.w.life != d || d.woken[name] != at {
			return
		}
		if d.w.now < d.frozen {
			delete(d.woken, name)
			d.loop(name, d.frozen)
			return
		}
		if d.busy[name] { // it waits for a server at this moment; it comes back by itself
			delete(d.woken, name)
			return
		}
		delete(d.woken, name)
		d.run(name, func(now time.Time) (time.Time, error) { return d.step(name)(d.ctx, now) })
		if d.dead || d.w.life != d {
			return
		}
		d.wakeOthers(name)
	})
}

// services are the loops of the process.
var services = []string{"follow", "plan", "look", "send", "tidy"}

func (d *daemon) step(name string) func(context.Context, time.Time) (time.Time, error) {
	switch name {
	case "follow":
		return d.fol.Step
	case "plan":
		return d.out.Plan
	case "look":
		return d.out.Look
	case "send":
		return d.out.Send
	}
	return d.out.Tidy
}

// wakeOthers sets when each loop runs again after one of them did: what it changed
// concerns the others, as in the daemon.
func (d *daemon) wakeOthers(name string) {
	for _, s := range services {
		switch {
		case s == name || s != "follow" && s != "plan":
			d.loop(s, d.next(s))
		case s == "plan" && d.w.toPlan():
			d.loop(s, d.w.now+2*time.Second)
		}
	}
}

// toPlan reports whether a message waits for a choice.
func (w *world) toPlan() bool {
	for _, m := range w.list(ledger.Filter{}) {
		if !m.Held() && (m.State == ledger.Approved || m.State == ledger.Scheduled && m.Replan) {
			return true
		}
	}
	return false
}

// next is when a loop runs again.
func (d *daemon) next(name string) time.Duration {
	w := d.w
	switch name {
	case "follow":
		return w.now + 2*time.Hour
	case "plan":
		return w.now + nap
	}
	next := w.now + nap
	wakes, err := w.ledger.Wakes(d.ctx)
	at := map[string]time.Time{"send": wakes.Send, "look": wakes.Look, "tidy": wakes.Tidy}[name]
	if err == nil && !at.IsZero() {
		next = min(next, max(w.now+at.Sub(w.clock.Wall()), w.now+20*time.Second))
	}
	return next
}

// run is one turn of the process: the place to which a kill unwinds.
func (d *daemon) run(name string, step func(time.Time) (time.Time, error)) {
	w := d.w
	d.busy[name] = true
	depth := w.depth
	w.depth++
	defer func() {
		w.depth = depth
		d.busy[name] = false
		if v := recover(); v != nil {
			if _, ok := v.(killed); !ok {
				panic(v)
			}
			if depth > 0 {
				panic(v) // the outermost turn is the process
			}
		}
	}()
	begun := w.now
	_, err := step(w.clock.Wall())
	if name == "follow" && err == nil {
		w.followed = begun
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		w.errors++
		w.trace("%s: %v", name, err)
	}
	if d.ctx.Err() != nil && name == "send" || d.ctx.Err() != nil && !d.busy["send"] && depth == 0 {
		w.trace("process ends politely")
		if d.out.Stop(context.Background(), w.clock.Wall()) == nil {
			w.starts = nil
		}
		d.dead = true
		w.outage(30 * time.Second)
		w.in(30*time.Second, w.boot)
	}
}

// die ends the process here and now: the stack unwinds, nothing more is written.
func (w *world) die(restart time.Duration) {
	d := w.life
	if d == nil || d.dead {
		return
	}
	d.dead = true
	w.deaths++
	w.locked = false // whether the refusal was stored is not known
	w.outage(restart)
	w.trace("process is killed")
	w.in(restart, w.boot)
	if w.depth > 0 {
		panic(killed{})
	}
}

// noRules is the policy of a person who wrote none.
func noRules() *policy.Policy {
	p, _ := policy.Compile(nil) // no rules, no faults
	return p
}

// maybeKill kills the process at a point of the conversation, if this was drawn.
func (w *world) maybeKill(stage string) {
	if w.killStage == stage {
		w.killStage = ""
		w.die(20 * time.Second)
	}
}

// kick wakes the loops of the process, as a notice of the mailbox or a command does.
func (w *world) kick() {
	d := w.life
	if d == nil || d.dead || d.out == nil {
		return
	}
	d.loop("follow", w.now+time.Second)
	d.loop("plan", w.now+2*time.Second)
	d.loop("send", w.now+3*time.Second)
}

// freeze stops the process for a while; the world goes on.
func (w *world) freeze(d time.Duration) {
	if w.life == nil || w.life.dead {
		return
	}
	w.trace("process is frozen for %s", d)
	w.life.frozen = w.now + d
	w.outage(d)
	if w.depth > 0 {
		w.pass(w.now + d)
	}
}

// ledgerOf is the ledger as the process sees it: it notes what the oracle has to know of
// each gate.
type ledgerOf struct {
	*store.Memory
	w *world
}

// Apply notes when a message was claimed, which is right after its draft was looked at.
func (l ledgerOf) Apply(ctx context.Context, now time.Time, id ledger.ID, step ledger.Step) (ledger.Message, error) {
	m, err := l.Memory.Apply(ctx, now, id, step)
	if err == nil && step.Name == "claim" {
		l.w.claims[m.MessageID] = l.w.now
	}
	if err == nil {
		l.w.note(step.Name, m)
	}
	return m, err
}

// ApplyAt is for the figures: a doubt may begin with it.
func (l ledgerOf) ApplyAt(ctx context.Context, now time.Time, id ledger.ID, version int64, step ledger.Step) (ledger.Message, error) {
	m, err := l.Memory.ApplyAt(ctx, now, id, version, step)
	if err == nil {
		l.w.note(step.Name, m)
	}
	return m, err
}

// Gate notes when which content passed.
func (l ledgerOf) Gate(ctx context.Context, now time.Time, g ledger.Gate) error {
	w := l.w
	m, err := l.Memory.Get(ctx, g.Message)
	if err != nil {
		return err
	}
	err = l.Memory.Gate(ctx, now, g)
	if err == nil {
		w.gates = append(w.gates, gate{id: m.MessageID, at: w.now, wall: now, content: m.Approval.Content, to: m.Recipients,
			forbidden: w.boss.forbidden(w.judged()), offset: w.clock.offset, claimed: w.claims[m.MessageID],
			early: now.Before(m.Choice.At), late: !now.Before(m.Choice.Until)})
		w.trace("gate of %s", m.MessageID)
		if !w.calm && chance(w.dice("freeze"), 0.06) && w.swarm.fire("process: frozen after the gate", string(m.MessageID)) {
			w.freeze(between(w.dice("freeze"), 3*time.Second, time.Hour))
		}
	}
	return err
}

// judged is the moment by which the time of a gate is judged: the wall clock while it is
// less than a minute wrong, which nobody can notice, else the truth.
func (w *world) judged() time.Time {
	if w.clock.offset.Abs() < clock.MaxStep {
		return w.clock.Wall()
	}
	return w.truth()
}

// view is the mailbox as the process sees it: it takes time, and sometimes it is away.
type view struct {
	mail.Mailbox
	w *world
}

func (v view) wait(ctx context.Context, op string) error {
	w := v.w
	r := w.dice("mailbox")
	d := between(r, time.Millisecond, 50*time.Millisecond)
	if !w.calm && op == "find" && chance(r, 0.05) && w.swarm.fire("find: slow", fmt.Sprint(w.calls)) {
		d = between(r, 5*time.Second, time.Minute)
	}
	w.calls++
	w.pass(w.now + d)
	if w.boxAway > w.now {
		w.pass(w.now + 10*time.Second)
		return errors.New("mailbox does not answer")
	}
	return ctx.Err()
}

func (v view) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	if err := v.wait(ctx, "find"); err != nil {
		return nil, err
	}
	return v.Mailbox.Find(ctx, f, q)
}

func (v view) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	if err := v.wait(ctx, "read"); err != nil {
		return nil, err
	}
	return v.Mailbox.Read(ctx, r)
}

func (v view) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	if err := v.wait(ctx, "list"); err != nil {
		return nil, err
	}
	return v.Mailbox.List(ctx, f)
}

func (v view) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	if err := v.wait(ctx, "append"); err != nil {
		return mail.Ref{}, err
	}
	return v.Mailbox.Append(ctx, f, raw, flags)
}

func (v view) Remove(ctx context.Context, r mail.Ref) error {
	if err := v.wait(ctx, "remove"); err != nil {
		return err
	}
	return v.Mailbox.Remove(ctx, r)
}

// teller is the user's own inbox.
type teller struct{ w *world }

// Tell is [outbox.Teller.Tell].
func (t teller) Tell(_ context.Context, _ time.Time, task ledger.Task) error {
	t.w.told[strings.SplitN(task.Cause, "-", 2)[0]]++
	t.w.notices[fmt.Sprint(task.Message, " ", task.Cause)]++
	return nil
}
