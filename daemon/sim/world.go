package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"math/rand/v2"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// world is one run: a manager with a calendar, a person with a mailbox, a submission
// server, a machine, and headsup on it. Everything follows from the seed.
type world struct {
	agenda
	seed   uint64
	swarm  *swarm
	clock  *machine
	boss   *manager
	ledger *store.Memory
	box    *mailboxtest.Memory
	view   view
	life   *daemon
	prov   mailboxtest.Provider

	depth     int // turns of the process on the stack
	dials     int
	calls     int
	deaths    int
	errors    int
	killStage string
	boxAway   time.Duration
	blind     time.Duration // until then the mailbox does not list its folders
	diskFull  bool
	calm      bool // no faults any more; everything has to come to rest
	planned   int  // acts of the person and of fate that are still to come

	mails    []*letterOf
	accepts  []accept
	gates    []gate
	claims   map[mail.MessageID]time.Duration
	starts   []time.Duration // of lives, since the person last said that sending may go on
	locked   bool            // the server refused the password, and nobody has mended it
	told     map[string]int
	notices  map[string]int
	pauses   []span
	dices    map[string]*rand.Rand
	bad      []violation
	limits   int // duplicates of a server that said no and kept it, without evidence
	digest   hash.Hash
	verbose  bool
	unproven int
	heldN    int
	followed time.Duration // when the mailbox was last looked at, with success
	doubts   []doubt
	outages  []span
}

// gate is what the oracle notes when a message passes.
type gate struct {
	id        mail.MessageID
	at        time.Duration
	wall      time.Time
	content   mail.Hash
	to        []mail.Address
	forbidden string
	offset    time.Duration
	claimed   time.Duration
	early     bool // before the chosen window
	late      bool // behind it
}

type span struct{ from, until time.Duration }

// violation is a promise that was broken.
type violation struct {
	rule string // I1 … I12
	id   mail.MessageID
	text string
}

func (v violation) String() string { return fmt.Sprintf("%s %s: %s", v.rule, v.id, v.text) }

var (
	sam  = must(mail.ParseAddress("sam@example.com"))
	dana = must(mail.ParseAddress("dana@example.com"))
	lee  = must(mail.ParseAddress("lee@example.org"))
	kim  = must(mail.ParseAddress("kim@example.net"))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// How long a run lasts: faults until calmAt, the end at the latest at endAt.
const (
	calmAt = 30 * time.Hour
	endAt  = 84 * time.Hour
)

// newWorld lays a run out.
func newWorld(seed uint64, off map[string]bool, verbose bool) *world {
	w := &world{seed: seed, claims: map[mail.MessageID]time.Duration{}, told: map[string]int{}, notices: map[string]int{}, dices: map[string]*rand.Rand{}, digest: sha256.New(), verbose: verbose}
	w.budget = 60000
	w.swarm = newSwarm(stream(seed, "swarm"), off)
	w.clock = &machine{agenda: &w.agenda}
	w.boss = &manager{w: w}
	w.boss.layOut()
	w.ledger = store.NewMemory()
	w.ledger.Before, w.ledger.After = w.beforeWrite, w.afterWrite
	r := stream(seed, "provider")
	w.prov = mailboxtest.Provider{FilesSent: chance(r, 0.5), KeepsID: chance(r, 0.8), DropsToken: chance(r, 0.2)}
	if w.swarm.on["mailbox: index late"] && chance(r, 0.5) {
		w.prov.IndexDelay = between(r, time.Second, 29*time.Minute)
		w.swarm.fire("mailbox: index late", "provider")
	}
	w.box = mailboxtest.NewMemory(w.prov, w.truth)
	w.box.SetFault(w.boxFault)
	w.view = view{w.box, w}
	w.layOutMails()
	w.layOutFate()
	return w
}

// dice is the randomness of one actor.
func (w *world) dice(actor string) *rand.Rand {
	r := w.dices[actor]
	if r == nil {
		r = stream(w.seed, actor)
		w.dices[actor] = r
	}
	return r
}

// run goes through the whole life and judges it.
func (w *world) run() {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(endless); !ok {
				panic(v)
			}
			w.violate("I9", "", "the run does not come to rest")
		}
	}()
	w.at(0, w.boot)
	w.every(5*time.Minute, func() { w.boss.look() })
	w.at(calmAt, w.becalm)
	for w.now < endAt && !(w.planned == 0 && w.atRest()) {
		w.pass(w.now + 30*time.Minute)
	}
	w.calm = true
	w.box.SetFault(nil) // the oracle sees everything
	w.judge()
}

// every runs fn again and again, as long as there is something to see.
func (w *world) every(d time.Duration, fn func()) {
	w.in(d, func() {
		fn()
		w.every(d, fn)
	})
}

// becalm ends all faults; the person mends what only a person can.
func (w *world) becalm() {
	w.calm, w.diskFull, w.boxAway, w.blind, w.boss.away = true, false, 0, 0, false
	w.box.SetFault(nil)
	w.ledger.Before, w.ledger.After = nil, nil
	w.killStage = ""
	w.clock.offset = 0
	if w.life == nil || w.life.dead {
		w.in(time.Minute, w.mend)
		return
	}
	w.mend()
}

func (w *world) mend() {
	if w.life == nil || w.life.dead {
		w.in(time.Minute, w.mend)
		return
	}
	w.acceptClock()
	w.resume()
	for _, m := range w.list(ledger.Filter{}) {
		if m.Hold.Code == ledger.HoldUser {
			w.release(m.MessageID)
		}
	}
	w.kick()
}

func (w *world) list(f ledger.Filter) []ledger.Message {
	ms, err := w.ledger.List(context.Background(), f)
	if err != nil {
		panic(err)
	}
	return ms
}

// atRest reports whether nothing is left to happen by itself.
func (w *world) atRest() bool {
	if len(w.list(ledger.Filter{})) < len(w.mails) || w.life == nil || w.life.dead {
		return false
	}
	for _, m := range w.list(ledger.Filter{}) {
		if !resting(m) {
			return false
		}
	}
	tasks, err := w.ledger.Tasks(context.Background(), w.truth().Add(1000*time.Hour), 1)
	return err == nil && len(tasks) == 0
}

// resting reports whether a message is where it may stay.
func resting(m ledger.Message) bool {
	switch m.State {
	case ledger.Approved, ledger.Scheduled:
		return m.Held()
	case ledger.Sending:
		return false
	case ledger.Uncertain:
		return m.Hold.Code == ledger.HoldEvidence
	}
	return true
}

func (w *world) newest() time.Time {
	var t time.Time
	for _, m := range w.list(ledger.Filter{}) {
		t = later(t, m.Changed)
	}
	return t
}

func (w *world) trace(format string, args ...any) {
	line := fmt.Sprintf("%s %s\n", w.truth().Format("Mon 15:04:05.000"), fmt.Sprintf(format, args...))
	w.digest.Write([]byte(line))
	if w.verbose {
		fmt.Print(line)
	}
}

// mark is a sum over everything that happened: equal for equal runs.
func (w *world) mark() string { return hex.EncodeToString(w.digest.Sum(nil))[:16] }

func (w *world) violate(rule string, id mail.MessageID, text string) {
	v := violation{rule, id, text}
	w.bad = append(w.bad, v)
	w.trace("VIOLATION %s", v)
}

var errDisk = errors.New("input/output error")

// beforeWrite and afterWrite are the disk under the ledger.
func (w *world) beforeWrite(op string) error {
	r := w.dice("disk")
	p := 0.004
	if op == "gate" || op == "claim" || op == "accept" {
		p = 0.05
	}
	where := fmt.Sprint(op, " ", r.IntN(1<<20))
	switch {
	case chance(r, p) && w.swarm.fire("process: killed before a write", where):
		w.die(15 * time.Second)
		return errKilled
	case chance(r, p) && w.swarm.fire("disk: write refused", where), w.diskFull:
		return errDisk
	}
	return nil
}

func (w *world) afterWrite(op string) error {
	w.trace("ledger: %s", op)
	r := w.dice("disk")
	p := 0.004
	if op == "gate" || op == "claim" || op == "accept" {
		p = 0.05
	}
	where := fmt.Sprint(op, " ", r.IntN(1<<20))
	switch {
	case chance(r, p) && w.swarm.fire("process: killed after a write", where):
		w.die(15 * time.Second)
		return errKilled
	case chance(r, p) && w.swarm.fire("disk: commit reported lost", where):
		return errDisk
	}
	return nil
}

// boxFault is what goes wrong with one call of the mailbox.
func (w *world) boxFault(op string, f mail.Folder) mailboxtest.Fault {
	if op == "list" && w.now < w.blind {
		return mailboxtest.Refused
	}
	r := w.dice("box fault")
	if !chance(r, 0.04) {
		return mailboxtest.NoFault
	}
	where := fmt.Sprint(op, " ", r.IntN(1<<20))
	if w.swarm.on[op+": lost"] && chance(r, 0.5) && w.swarm.fire(op+": lost", where) {
		return mailboxtest.Lost
	}
	if w.swarm.on[op+": refused"] && w.swarm.fire(op+": refused", where) {
		return mailboxtest.Refused
	}
	return mailboxtest.NoFault
}

// zero is a source of randomness for what is not used here.
type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// layOutFate plans what happens to the machine, the network and the calendar.
func (w *world) layOutFate() {
	r := stream(w.seed, "fate")
	any := func() time.Duration { return between(r, time.Hour, calmAt-time.Hour) }
	plan := func(kind string, n int, fn func(d time.Duration)) {
		for i := range n {
			at, length := any(), between(r, time.Second, 4*time.Hour)
			if !chance(r, 0.5) || !w.swarm.fire(kind, fmt.Sprint("fate ", i)) {
				continue
			}
			w.planned++
			w.at(at, func() { w.planned--; w.trace("fate: %s", kind); fn(length) })
		}
	}
	plan("process: killed", 2, func(d time.Duration) { w.die(d / 8) })
	plan("process: killed in a row", 1, func(time.Duration) {
		for i := range 12 {
			w.in(time.Duration(i)*25*time.Second, func() { w.die(5 * time.Second) })
		}
	})
	plan("process: stopped politely", 1, func(time.Duration) {
		if w.life != nil {
			w.life.stop()
			w.kick()
		}
	})
	plan("process: frozen", 1, func(d time.Duration) { w.freeze(d) })
	plan("machine: suspended", 1, func(d time.Duration) { w.freeze(3 * d) })
	plan("mailbox: away for an hour", 1, func(time.Duration) { w.boxAway = w.now + time.Hour; w.outage(time.Hour) })
	plan("mailbox: folders not listed for hours", 2, func(d time.Duration) { w.blind = w.now + d })
	plan("mailbox: folders rebuilt", 1, func(time.Duration) {
		for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.Sent} {
			w.box.Rebuild(f)
		}
		w.kick()
	})
	plan("disk: full for a while", 1, func(d time.Duration) {
		w.diskFull = true
		w.outage(d / 4)
		w.in(d/4, func() { w.diskFull = false })
	})
	plan("clock: set forward", 1, func(d time.Duration) { w.setClock(d + 2*time.Minute) })
	plan("clock: set back", 1, func(d time.Duration) { w.setClock(-d - 2*time.Minute) })
	plan("clock: nudged", 2, func(d time.Duration) { w.clock.offset += d % (25 * time.Second) })
	plan("clock: set while headsup is down", 1, func(d time.Duration) {
		w.die(10 * time.Minute)
	})
	plan("calendar: out of reach", 1, func(d time.Duration) {
		w.boss.away = true
		w.in(2*d, func() { w.boss.away = false })
	})
	plan("calendar: meeting moved", 2, func(d time.Duration) {
		if n := len(w.boss.truth); n > 0 {
			s := &w.boss.truth[r.IntN(n)]
			shift := time.Duration(r.IntN(9)-4) * 30 * time.Minute
			*s = calendar.Span{Start: s.Start.Add(shift), End: s.End.Add(shift)}
		}
	})
	plan("calendar: emptied", 1, func(time.Duration) { w.boss.truth = nil })
}

// acceptClock is the person who says that the clock is right now. A process that is not
// running is asked later.
func (w *world) acceptClock() {
	if w.life == nil || w.life.dead || w.now < w.life.frozen {
		w.in(time.Minute, w.acceptClock)
		return
	}
	if w.clock.offset.Abs() < time.Minute {
		w.life.guard.Accept()
	}
}

// setClock sets the wall clock wrong; the person notices hours later.
func (w *world) setClock(d time.Duration) {
	w.clock.offset += d
	w.in(3*time.Hour, func() {
		w.clock.offset = 0
		w.acceptClock()
	})
}
