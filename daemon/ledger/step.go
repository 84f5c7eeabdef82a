package ledger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"headsup/mail"
)

// Step is one transition, decided but not yet done. A step is made by one of the
// constructors in steps.go and nowhere else: each of them fixes the states that it may
// start from, the state that it ends in, the fields that must come with it and the line
// of the trail. A store carries it out in one transaction: message, attempt, receipt,
// gate and trail change together or not at all.
type Step struct {
	Name    string // stands in docs/states.md and in the trail
	From    []State
	To      State // "": the state stays
	Actor   string
	Text    string   // for the trail
	Attempt *Attempt // written with the step, replacing the one of the same number
	Receipt *Receipt // added with the step
	Raw     []byte   // content that the message has from now on, nil: unchanged
	Freeze  bool     // the bytes of the draft become the approved ones
	Wire    []byte   // bytes that will leave, nil: unchanged
	Release string   // not "": the gate row is released, for this reason
	Gate    *Gate    // the gate row that is written with the step
	Tasks   []Task   // what remains to be done afterwards, each a row of its own

	guard func(Message, time.Time) error
	set   func(*Message, time.Time)
	done  func(Message) bool // the step was carried out before; nothing to do
	hush  func(Message) bool // nothing new for the trail
}

// Gate is the durable mark that the last byte may leave from now on. There is at most
// one for a message; only a release lets another one in.
type Gate struct {
	Message   ID
	Attempt   int
	MessageID mail.MessageID
	Content   mail.Hash
	Note      string // hash of the note, so that a restored ledger knows it
	WireHash  mail.Hash
	RcptHash  mail.Hash
	Wall      time.Time
	Boot      time.Duration
}

// Errors of a step. A step that is refused has changed nothing.
var (
	// ErrRefused: the message is not in a state from which the step leads.
	ErrRefused = errors.New("not possible in this state")
	// ErrTooLate: the message has passed its gate and is going out.
	ErrTooLate = errors.New("too late, the message is going out")
	// ErrContent: what was approved is not what is there.
	ErrContent = errors.New("the content has changed since it was approved")
	// ErrNotNow: the time, a hold, a pause or a cancellation forbids it.
	ErrNotNow = errors.New("must not go now")
	// ErrStale: the message was changed by somebody else in the meantime.
	ErrStale = errors.New("the message has changed in the meantime")
	// ErrNotFound: the ledger has no such message.
	ErrNotFound = errors.New("no such message")
)

// Done reports whether the step was carried out before, so that a second click, a
// replayed request or a repeated notice of the mailbox changes nothing.
func (s Step) Done(m Message) bool {
	return s.done != nil && s.done(m)
}

// With adds tasks to a step: they are stored in its transaction, so none is forgotten.
func (s Step) With(tasks ...Task) Step {
	s.Tasks = append(s.Tasks[:len(s.Tasks):len(s.Tasks)], tasks...)
	return s
}

// Quiet reports whether the step says nothing that the trail does not have already.
func (s Step) Quiet(before Message) bool {
	return s.hush != nil && s.hush(before)
}

// Apply returns the message as it is after the step. It fails with [ErrRefused] from a
// state that the step does not start from, with [ErrTooLate] behind the gate, or with
// what the guard of the step says. m is not changed.
func (s Step) Apply(m Message, now time.Time) (Message, error) {
	if !slices.Contains(s.From, m.State) {
		return m, fmt.Errorf("%s message %s, which is %s: %w", s.Name, m.ID, m.State, ErrRefused)
	}
	if s.To != "" && !m.State.Can(s.To) {
		return m, fmt.Errorf("%s message %s from %s to %s: %w", s.Name, m.ID, m.State, s.To, ErrRefused)
	}
	if s.guard != nil {
		if err := s.guard(m, now); err != nil {
			return m, fmt.Errorf("%s message %s: %w", s.Name, m.ID, err)
		}
	}
	if s.To != "" {
		m.State = s.To
	}
	if s.set != nil {
		s.set(&m, now)
	}
	m.Version++
	m.Changed = now
	return m, nil
}

// Stale is the step, refused: the one who asks looked at an older version.
func Stale(s Step) Step {
	s.done = nil
	s.guard = func(Message, time.Time) error { return ErrStale }
	return s
}

// beforeGate is the guard of everything that a person may still take back: the gate is
// the point at which cancel, edit and sending are put in order.
func beforeGate(m Message, _ time.Time) error {
	if m.State == Sending && m.Gated {
		return ErrTooLate
	}
	return nil
}

// clearAttempt takes away what belongs to one try.
func clearAttempt(m *Message) {
	m.Gated = false
	m.WireHash = mail.Hash{}
	m.RcptHash = mail.Hash{}
}
