// Package outbox takes an approved message to a submission server, at most once, at the
// chosen time.
//
// It is four small services over one ledger, each a step in a loop of its own: Plan
// stores the choices of the planner, Send hands over what is due, Look seeks evidence
// about messages of which nobody knows whether they left, Tidy does what remains
// afterwards (file the copy, remove the draft, tell the user). [Outbox.Start] decides once
// what a dead process left behind. A server that lets Send wait for its answer delays
// none of the others; what they decide meanwhile meets at the gate (docs/decisions/loops.md).
//
// The order of writes in Send is the whole point and stands in docs/decisions/gate.md:
// the attempt is on disk before the network is touched; a second commit, the gate, is on
// disk before the last byte leaves; the answer is on disk before anything else happens.
// Whoever is stopped before the gate may try again. Whoever is stopped behind it never
// tries again by itself.
package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// Store is what the outbox needs of the ledger. Every change is one transaction and
// durable when it returns nil.
type Store interface {
	Get(ctx context.Context, id ledger.ID) (ledger.Message, error)
	List(ctx context.Context, f ledger.Filter) ([]ledger.Message, error)
	// ToPlan returns everything approved or scheduled.
	ToPlan(ctx context.Context) ([]ledger.Message, error)
	// Due returns scheduled messages whose time has come and that nothing holds back.
	Due(ctx context.Context, now time.Time, limit int) ([]ledger.Message, error)
	// Doubtful returns uncertain messages that are to be looked for now.
	Doubtful(ctx context.Context, now time.Time, limit int) ([]ledger.Message, error)
	// Wakes are the earliest moments at which something has to be done.
	Wakes(ctx context.Context) (ledger.Wakes, error)
	Bytes(ctx context.Context, id ledger.ID, c ledger.Copy) ([]byte, error)
	// Apply carries out one step on one message.
	Apply(ctx context.Context, now time.Time, id ledger.ID, s ledger.Step) (ledger.Message, error)
	// ApplyAt is Apply for somebody who looked at that version of the message; another
	// version is refused with [ledger.ErrStale].
	ApplyAt(ctx context.Context, now time.Time, id ledger.ID, version int64, s ledger.Step) (ledger.Message, error)
	// Gate lets the last byte leave when it returns nil.
	Gate(ctx context.Context, now time.Time, g ledger.Gate) error
	// Broken returns the error of a failed write after which nothing may be sent.
	Broken() error

	Pause(ctx context.Context) (ledger.Pause, error)
	SetPause(ctx context.Context, now time.Time, p ledger.Pause) error
	AddTask(ctx context.Context, t ledger.Task) (bool, error)
	Tasks(ctx context.Context, now time.Time, limit int) ([]ledger.Task, error)
	EndTask(ctx context.Context, now time.Time, t ledger.Task) error
	Value(ctx context.Context, kind, key string, v any) (bool, error)
	SetValue(ctx context.Context, now time.Time, kind, key string, v any) error
}

// Mailbox is the part of [mail.Mailbox] that the outbox needs.
type Mailbox interface {
	List(ctx context.Context, f mail.Folder) ([]mail.Header, error)
	Read(ctx context.Context, r mail.Ref) ([]byte, error)
	Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error)
	Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error)
	Remove(ctx context.Context, r mail.Ref) error
	Profile() mail.Profile
}

// Planner chooses times. It is given by the daemon, which joins the pure rules to what is
// known of the managers.
type Planner interface {
	// Plan looks at all messages that wait and returns what should change. A message
	// that it leaves out stays as it is.
	Plan(ctx context.Context, now time.Time, waiting []ledger.Message) ([]Planned, error)
	// Allowed says whether a message may go at this moment as far as the manager's time
	// is known: not forbidden, not within two minutes of a forbidden start, calendar
	// not too old. It returns the reason if not. It does no I/O: it is called at the gate.
	Allowed(now time.Time, m ledger.Message) error
	// Answered says in words that the manager wrote first in this thread, "" if not.
	Answered(ctx context.Context, m ledger.Message) (string, error)
}

// Planned is a decision of the planner about one message.
type Planned struct {
	ID     ledger.ID
	Choice *rules.Choice // the time, nil if none is chosen now
	Day    string        // the manager's day, which counts the moves
	Why    string        // for the trail
	Expire bool          // the user's deadline passed
	Hold   *ledger.Hold  // a person must decide
}

// Teller tells the user of something, in the user's own inbox. Telling the same task
// twice must have the effect of telling it once.
type Teller interface {
	Tell(ctx context.Context, now time.Time, t ledger.Task) error
}

// Options are what an [Outbox] works with. All are needed but Log, Free, Contain and
// Mailbox.
type Options struct {
	Store   Store
	Mailbox Mailbox // nil: none is configured; there is no evidence then
	Submit  mail.Submitter
	Planner Planner
	Teller  Teller
	Clock   clock.Clock
	Guard   *clock.Guard
	// Read takes a message apart, Wire makes the bytes that leave: both of mail/letter.
	Read func(raw []byte) (mail.Message, error)
	Wire func(approved []byte, date time.Time, id mail.MessageID) ([]byte, error)
	// Free is the room left on the disk in bytes; nil: not asked.
	Free func() (int64, error)
	Log  *slog.Logger
	// Contain keeps a fault that shows with one message from the others: in planning it,
	// in the search for evidence and in what comes afterwards. In Send nothing is contained.
	Contain ledger.Contain
}

// Outbox hands messages over. Its four steps run beside each other, each in one loop.
type Outbox struct {
	Options

	planned planned // of the last planning step; only Plan uses it

	mu      sync.Mutex
	flying  map[ledger.ID]bool // being handed over at this moment
	unsaved []unsaved          // results that the disk did not take
	saved   clock.Pair         // the reading of the clocks that was stored last
}

// New returns an outbox that has done nothing yet.
func New(o Options) *Outbox {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{Options: o, flying: map[ledger.ID]bool{}}
}

// again says when a step is due again: at the moment that the ledger names, but not at
// once, so that what cannot move now keeps no processor busy. errs are those of the step.
func (o *Outbox) again(ctx context.Context, next func(ledger.Wakes) time.Time, errs []error) (time.Time, error) {
	w, err := o.Store.Wakes(ctx)
	at := next(w)
	if !at.IsZero() {
		at = later(at, o.Clock.Wall().Add(pause))
	}
	return at, errors.Join(append(errs, err)...)
}

// pause is the shortest rest between two steps.
const pause = time.Second

// turnFor bounds the work of one step on several messages, so that a loop whose servers
// are slow still shows that it turns. What is left comes with the next step.
const turnFor = time.Minute

// notice is the task to tell the user, once for each message and cause. It goes into the
// ledger with the step that it is about.
func notice(now time.Time, cause, text string) ledger.Task {
	return ledger.Task{Kind: ledger.TaskTell, Cause: cause, Text: text, Due: now}
}

// tell writes down that the user is to be told of something that is about no message.
func (o *Outbox) tell(ctx context.Context, now time.Time, cause, text string) {
	_, err := o.Store.AddTask(ctx, notice(now, cause, text))
	if err != nil {
		o.Log.Error("notice not stored", "cause", cause, "err", err)
	}
}
