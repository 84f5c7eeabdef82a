package ledger

import (
	"fmt"
	"time"

	"headsup/mail"
)

// Ready says whether the ledger allows a message to go at this moment, and if not, why.
// Claim and gate call this one function, so they cannot disagree.
func Ready(m Message, now time.Time) error {
	switch {
	case m.Held():
		return fmt.Errorf("it is held back (%s): %w", m.Hold.Text, ErrNotNow)
	case !m.CancelAsked.IsZero():
		return fmt.Errorf("somebody asked to cancel it: %w", ErrNotNow)
	case m.Approval.Content.IsZero() || m.Approval.Content != m.Content:
		return ErrContent
	case m.Choice == nil:
		return fmt.Errorf("no time was chosen: %w", ErrNotNow)
	case now.Before(m.Choice.At):
		return fmt.Errorf("its window opens at %s: %w", m.Choice.At.Format(time.RFC3339), ErrNotNow)
	case !now.Before(m.Choice.Until):
		return fmt.Errorf("its window ended at %s: %w", m.Choice.Until.Format(time.RFC3339), ErrNotNow)
	case now.Before(m.NotBefore):
		return fmt.Errorf("the user said not before %s: %w", m.NotBefore.Format(time.RFC3339), ErrNotNow)
	}
	return nil
}

// Again puts off a due message that may not go at this moment: until a time, or until
// the planner has chosen again if that is zero.
func Again(why string, at time.Time) Step {
	return Step{
		Name: "put-off", From: []State{Scheduled}, Actor: "headsup", Text: why,
		hush: func(m Message) bool { return m.Waits == why },
		set: func(m *Message, _ time.Time) {
			m.Waits, m.RetryAt = why, at
			if at.IsZero() {
				m.Replan = true
			}
		},
	}
}

// Claim writes an attempt down before the network is touched.
func Claim(wire []byte, to []mail.Address, now time.Time) Step {
	wireHash, rcptHash := WireHash(wire), RcptHash(to)
	a := &Attempt{Started: now, WireHash: wireHash, RcptHash: rcptHash}
	return Step{
		Name: "claim", From: []State{Scheduled}, To: Sending, Actor: "headsup",
		Text: "handing over", Wire: wire, Attempt: a,
		guard: func(m Message, now time.Time) error {
			if err := Ready(m, now); err != nil {
				return err
			}
			switch {
			case m.Gated:
				return fmt.Errorf("an earlier attempt passed its gate: %w", ErrTooLate)
			case m.Replan:
				return fmt.Errorf("it waits for another choice: %w", ErrNotNow)
			case now.Before(m.RetryAt):
				return fmt.Errorf("the next try is at %s: %w", m.RetryAt.Format(time.RFC3339), ErrNotNow)
			case RcptHash(m.Recipients) != rcptHash:
				return fmt.Errorf("the envelope is not the approved one: %w", ErrContent)
			}
			return nil
		},
		set: func(m *Message, _ time.Time) {
			m.Attempt++
			m.WireHash, m.RcptHash, m.RetryAt = wireHash, rcptHash, time.Time{}
			a.Message, a.N = m.ID, m.Attempt
		},
	}
}

// PassGate lets the last byte leave, or refuses. paused is read in the same
// transaction.
func PassGate(g Gate, paused bool) Step {
	return Step{
		Name: "gate", From: []State{Sending}, Actor: "headsup", Text: "passed the gate", Gate: &g,
		guard: func(m Message, now time.Time) error {
			if err := Ready(m, now); err != nil {
				return err
			}
			switch {
			case paused:
				return fmt.Errorf("sending is paused: %w", ErrNotNow)
			case m.Gated:
				return fmt.Errorf("it has passed a gate before: %w", ErrTooLate)
			case m.Attempt != g.Attempt || m.WireHash != g.WireHash || m.RcptHash != g.RcptHash:
				return ErrStale
			}
			return nil
		},
		set: func(m *Message, _ time.Time) { m.Gated = true },
	}
}

// Accept stores the acceptance of the server, with its receipt.
func Accept(a Attempt, now time.Time) Step {
	return Step{
		Name: "accept", From: []State{Sending}, To: Sent, Actor: "server",
		Text: "accepted: " + a.Reply, Attempt: &a,
		Receipt: &Receipt{Message: a.Message, Kind: ReceiptAccepted, At: now, Text: a.Reply},
		guard: func(m Message, _ time.Time) error {
			if !m.Gated || m.Attempt != a.N {
				return ErrStale
			}
			return nil
		},
		set: settle,
	}
}

// Retry puts a message back that was certainly not sent: before the gate, or behind it
// when the server said no to the last byte and a search did not find the message
// (disproved). Then the gate row is released. Somebody asked to cancel it meanwhile:
// the message is not tried again, [Drop] is the step.
func Retry(a Attempt, at time.Time, disproved bool) Step {
	return Step{
		Name: "retry", From: []State{Sending}, To: Scheduled, Actor: "headsup",
		Text: "not sent: " + reason(a), Attempt: &a, Release: releaseIf(disproved, a),
		guard: certain(a, disproved),
		set: func(m *Message, _ time.Time) {
			m.RetryAt = at
			clearAttempt(m)
		},
	}
}

// Refuse says that the server refused for good.
func Refuse(a Attempt, disproved bool) Step {
	return Step{
		Name: "refuse", From: []State{Sending}, To: Failed, Actor: "server",
		Text: "refused: " + reason(a), Attempt: &a, Release: releaseIf(disproved, a),
		guard: certain(a, disproved),
		set:   func(m *Message, _ time.Time) { clearAttempt(m) },
	}
}

// Drop ends a message that was certainly not sent and that somebody asked to cancel.
func Drop(a Attempt, disproved bool) Step {
	return Step{
		Name: "drop", From: []State{Sending}, To: Cancelled, Actor: "headsup",
		Text: "not sent, and not tried again because it was cancelled", Attempt: &a, Release: releaseIf(disproved, a),
		guard: func(m Message, now time.Time) error {
			if m.CancelAsked.IsZero() {
				return fmt.Errorf("nobody asked to cancel it: %w", ErrNotNow)
			}
			return certain(a, disproved)(m, now)
		},
		set: func(m *Message, _ time.Time) { clearAttempt(m) },
	}
}

// certain is the guard of the steps that say "not sent": the attempt is the current one,
// and it either never passed its gate or was disproved behind it.
func certain(a Attempt, disproved bool) func(Message, time.Time) error {
	return func(m Message, _ time.Time) error {
		switch {
		case m.Attempt != a.N:
			return ErrStale
		case m.Gated && !disproved:
			return fmt.Errorf("it passed its gate: %w", ErrTooLate)
		case disproved && (a.Outcome != mail.NotSent || a.Stage != mail.StageDot):
			return fmt.Errorf("the server did not refuse the last byte: %w", ErrTooLate)
		}
		return nil
	}
}

func releaseIf(disproved bool, a Attempt) string {
	if !disproved {
		return ""
	}
	return "the server refused the last byte and no copy was found: " + reason(a)
}

func reason(a Attempt) string {
	switch {
	case a.Reply != "":
		return a.Reply
	case a.Err != "":
		return a.Err
	}
	return "no reason given"
}

// Doubt says that the last byte may have left and no answer came.
func Doubt(a Attempt) Step {
	return Step{
		Name: "doubt", From: []State{Sending}, To: Uncertain, Actor: "headsup",
		Text: "whether it was sent is not known: " + reason(a), Attempt: &a,
		guard: func(m Message, _ time.Time) error {
			if !m.Gated || m.Attempt != a.N {
				return ErrStale
			}
			return nil
		},
		set: func(m *Message, now time.Time) { m.Doubted, m.Looks, m.RetryAt = now, 0, now },
	}
}

// LookWithin is longer than any wait for the next search. A search that is further ahead
// was planned before the clock was set back, and is due.
const LookWithin = 31 * time.Minute

// Looked counts a search for evidence that found nothing. next is when to look again,
// zero if never; hold says that a person must decide.
func Looked(next time.Time, hold bool) Step {
	return Step{
		Name: "look", From: []State{Uncertain}, Actor: "headsup",
		Text: "looked for it and did not find it",
		set: func(m *Message, _ time.Time) {
			m.Looks++
			m.RetryAt = next
			if hold {
				m.Hold = Hold{Code: HoldEvidence, Text: "whether it was sent cannot be known from here: look into your Sent folder or ask, " +
					"then say that it arrived, or have it sent again"}
			}
		},
	}
}

// Prove makes a message sent because evidence was found: a copy in Sent, or the user
// sent the draft by hand.
func Prove(r Receipt) Step {
	return Step{
		Name: "prove", From: []State{Drafted, Approved, Scheduled, Sending, Uncertain}, To: Sent, Actor: "headsup",
		Text: "found: " + r.Text, Receipt: &r,
		done: func(m Message) bool { return m.State == Sent },
		set:  settle,
	}
}

// SayArrived is the word of a person that an uncertain message arrived.
func SayArrived(now time.Time, actor string) Step {
	return Step{
		Name: "arrived", From: []State{Uncertain}, To: Sent, Actor: actor, Text: "a person says that it arrived",
		Receipt: &Receipt{Kind: ReceiptSaid, At: now, Text: "said by " + actor},
		set:     settle,
	}
}

// SayResend is the word of a person that an uncertain message is to be sent again, with
// the same Message-ID. It releases the gate.
func SayResend(actor string) Step {
	return Step{
		Name: "resend", From: []State{Uncertain}, To: Scheduled, Actor: actor,
		Text: "a person says that it is to be sent again", Release: "asked for by " + actor,
		set: func(m *Message, _ time.Time) {
			clearAttempt(m)
			m.Hold, m.Replan, m.CancelAsked = Hold{}, true, time.Time{}
			m.Doubted, m.Looks, m.RetryAt = time.Time{}, 0, time.Time{}
		},
	}
}

// Recover takes over a gate that the journal knows and this ledger does not: the ledger
// is older than the journal, so whether the message went is for evidence or a person.
func Recover(g Gate) Step {
	return Step{
		Name: "recover", From: open(), To: Uncertain, Actor: "headsup", Gate: &g,
		Text: "the journal shows that it was going out; this ledger is older",
		set: func(m *Message, now time.Time) {
			m.Gated, m.Attempt = true, max(m.Attempt, g.Attempt)
			m.Doubted, m.Looks, m.RetryAt = now, 0, now
		},
	}
}

// Rescue decides what a dead process left behind: nothing but the gate counts.
func Rescue(m Message, now time.Time) Step {
	a := Attempt{Message: m.ID, N: m.Attempt, Ended: now, WireHash: m.WireHash, RcptHash: m.RcptHash}
	if m.Gated {
		a.Outcome, a.Stage, a.Err = mail.Uncertain, mail.StageDot, "headsup ended after the gate"
		return Doubt(a)
	}
	a.Outcome, a.Stage, a.Err = mail.NotSent, mail.StageConnect, "headsup ended before the gate"
	if !m.CancelAsked.IsZero() {
		return Drop(a, false)
	}
	return Retry(a, time.Time{}, false)
}

func settle(m *Message, _ time.Time) {
	m.Hold, m.RetryAt, m.Replan = Hold{}, time.Time{}, false
}
