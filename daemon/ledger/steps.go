package ledger

import (
	"crypto/sha256"
	"fmt"
	"time"

	"headsup/mail"
	"headsup/rules"
)

// open lists the states in which the content can still change.
func open() []State { return []State{Drafted, Approved, Scheduled, Sending} }

// waiting lists the states before the network is touched.
func waiting() []State { return []State{Drafted, Approved, Scheduled} }

// alive lists every state that is not final.
func alive() []State {
	return []State{Drafted, Approved, Scheduled, Sending, Uncertain, Failed, Expired}
}

// Content is what an edit changes: the new bytes and what the ledger knows about them.
type Content struct {
	Raw        []byte
	Hash       mail.Hash
	From       mail.Address
	Recipients []mail.Address
	Subject    string
	Draft      mail.Ref
	Starred    bool
	Thread     []mail.MessageID
}

// Edit takes over a changed content. An approval of the old content is withdrawn.
func Edit(c Content, actor string) Step {
	return Step{
		Name: "edit", From: open(), To: "", Actor: actor, Raw: c.Raw,
		Text:  "the content was changed",
		guard: beforeGate,
		done:  func(m Message) bool { return m.Content == c.Hash && m.Draft == c.Draft && m.Starred == c.Starred },
		set: func(m *Message, _ time.Time) {
			if m.Content != c.Hash {
				m.State, m.Approval, m.Choice = Drafted, Approval{}, nil
				clearAttempt(m)
			}
			m.Content, m.From, m.Recipients, m.Subject = c.Hash, c.From, c.Recipients, c.Subject
			m.Draft, m.Starred, m.Thread = c.Draft, c.Starred, c.Thread
		},
	}
}

// Place records where the draft lies in the mailbox and whether it carries a star; the
// content is the same.
func Place(r mail.Ref, starred bool) Step {
	return Step{
		Name: "place", From: append(alive(), Sent, Cancelled), Actor: "headsup",
		Text: "the draft lies in the folder " + string(r.Folder),
		done: func(m Message) bool { return m.Draft == r && m.Starred == starred },
		set:  func(m *Message, _ time.Time) { m.Draft, m.Starred = r, starred },
	}
}

// Baseline records the draft as the mailbox gave it back after it was put there:
// servers rewrite, and what a person reads is what counts from then on. A rule of the
// user that approves such messages says yes here, if the meaning came back unchanged.
func Baseline(c Content) Step {
	return Step{
		Name: "baseline", From: []State{Drafted}, Actor: "headsup", Raw: c.Raw,
		Freeze: true, // a rule may say yes here; without one the next yes stores them again
		Text:   "put into the folder " + string(c.Draft.Folder),
		done:   func(m Message) bool { return m.Baseline == c.Hash && m.Draft == c.Draft },
		set: func(m *Message, now time.Time) {
			if m.AutoRule != "" && m.Content == c.Hash {
				m.State, m.Approval = Approved, Approval{Content: c.Hash, By: "rule:" + m.AutoRule, At: now}
			}
			m.Baseline, m.Content, m.From, m.Recipients, m.Subject = c.Hash, c.Hash, c.From, c.Recipients, c.Subject
			m.Draft, m.Starred, m.Thread = c.Draft, c.Starred, c.Thread
		},
	}
}

// Approve says that exactly this content may go.
func Approve(a Approval, actor string) Step {
	return Step{
		Name: "approve", From: []State{Drafted}, To: Approved, Actor: actor, Freeze: true,
		Text: "approved by " + a.By + ", content " + short(a.Content),
		done: func(m Message) bool {
			return m.State != Drafted && m.Approval.Content == a.Content && !a.Content.IsZero() && !m.State.Final()
		},
		guard: func(m Message, _ time.Time) error {
			if a.Content.IsZero() || m.Content != a.Content {
				return ErrContent
			}
			return nil
		},
		set: func(m *Message, _ time.Time) { m.Approval, m.CancelAsked = a, time.Time{} },
	}
}

// Agree takes over a content and its approval in one: what a person does who edits a
// draft and moves it into the queue folder. In two steps the first would hide the move
// from the next look, and a crash between them would lose the approval.
func Agree(c Content, a Approval, actor string) Step {
	return Step{
		Name: "agree", From: []State{Drafted}, To: Approved, Actor: actor, Raw: c.Raw, Freeze: true,
		Text: "approved by " + a.By + ", content " + short(c.Hash),
		guard: func(Message, time.Time) error {
			if a.Content.IsZero() || a.Content != c.Hash {
				return ErrContent
			}
			return nil
		},
		set: func(m *Message, _ time.Time) {
			m.Content, m.From, m.Recipients, m.Subject = c.Hash, c.From, c.Recipients, c.Subject
			m.Draft, m.Starred, m.Thread = c.Draft, c.Starred, c.Thread
			m.Approval, m.CancelAsked = a, time.Time{}
		},
	}
}

// Withdraw takes the approval back.
func Withdraw(actor, why string) Step {
	return Step{
		Name: "withdraw", From: []State{Approved, Scheduled, Sending}, To: Drafted, Actor: actor, Text: why,
		guard: beforeGate,
		done:  func(m Message) bool { return m.State == Drafted },
		set: func(m *Message, _ time.Time) {
			m.Approval, m.Choice = Approval{}, nil
			clearAttempt(m)
		},
	}
}

// WithdrawStar is [Withdraw] for an approval whose star was found to be gone. That is
// stored too, so that the next star is seen as one.
func WithdrawStar(actor, why string) Step {
	s := Withdraw(actor, why)
	withdraw := s.set
	s.set = func(m *Message, now time.Time) {
		withdraw(m, now)
		m.Starred = false
	}
	return s
}

// Cancel says that the message will not go. Behind the gate it is too late: see
// [AskCancel].
func Cancel(actor, why string) Step {
	return Step{
		Name: "cancel", From: alive(), To: Cancelled, Actor: actor, Text: why,
		guard: beforeGate,
		done:  func(m Message) bool { return m.State == Cancelled },
		set: func(m *Message, now time.Time) {
			if m.CancelAsked.IsZero() {
				m.CancelAsked = now
			}
			m.Hold = Hold{}
		},
	}
}

// AskCancel remembers that a person wanted to cancel a message that was already going
// out: should it turn out that it did not go, it will not be tried again.
func AskCancel(actor string) Step {
	return Step{
		Name: "ask-cancel", From: []State{Sending}, Actor: actor,
		Text: "asked to cancel, too late",
		done: func(m Message) bool { return !m.CancelAsked.IsZero() },
		set:  func(m *Message, now time.Time) { m.CancelAsked = now },
	}
}

// Schedule stores the choice of the planner. Another time for a scheduled message counts
// as a move of that day; the same time for other reasons does not.
func Schedule(c rules.Choice, day, why string) Step {
	return Step{
		Name: "schedule", From: []State{Approved, Scheduled}, To: Scheduled, Actor: "headsup", Text: why,
		guard: func(m Message, _ time.Time) error {
			if m.Approval.Content.IsZero() || m.Approval.Content != m.Content {
				return ErrContent
			}
			if !c.At.Before(c.Until) {
				return fmt.Errorf("a window that ends at its start: %w", ErrNotNow)
			}
			return nil
		},
		set: func(m *Message, _ time.Time) {
			if m.MovesDay != day {
				m.MovesDay, m.Moves = day, 0
			}
			if m.Choice != nil && !m.Choice.At.Equal(c.At) {
				m.Moves++
			}
			m.Choice, m.Replan, m.Waits = &c, false, ""
		},
	}
}

// Expire says that the deadline of the user passed.
func Expire() Step {
	return Step{
		Name: "expire", From: []State{Approved, Scheduled}, To: Expired, Actor: "headsup",
		Text: "the deadline passed before a window came",
		guard: func(m Message, now time.Time) error {
			if m.By.IsZero() || now.Before(m.By) {
				return fmt.Errorf("its deadline has not passed: %w", ErrNotNow)
			}
			return nil
		},
		set: func(m *Message, _ time.Time) { m.Choice = nil },
	}
}

// Set changes what the user wishes for a message that waits; the next planning step
// chooses again.
type Set struct {
	Priority  *rules.Priority
	By        *time.Time
	NotBefore *time.Time
}

// Change carries out the wishes of the user.
func Change(s Set, actor, text string) Step {
	return Step{
		Name: "set", From: waiting(), Actor: actor, Text: text,
		set: func(m *Message, _ time.Time) {
			if s.Priority != nil {
				m.Priority = *s.Priority
			}
			if s.By != nil {
				m.By = *s.By
			}
			if s.NotBefore != nil {
				m.NotBefore = *s.NotBefore
			}
			m.Replan = true
		},
	}
}

// Keep holds a message back, beside its state. Behind the gate it is too late.
func Keep(h Hold, actor string) Step {
	return Step{
		Name: "hold", From: open(), Actor: actor, Text: h.Text,
		guard: beforeGate,
		done:  func(m Message) bool { return m.Hold == h },
		set:   func(m *Message, _ time.Time) { m.Hold = h },
	}
}

// Unhold lets a held message go on. An uncertain one is not let go like this: a person
// says what became of it, see [SayArrived] and [SayResend].
func Unhold(actor string) Step {
	return Step{
		Name: "release", From: open(), Actor: actor, Text: "no longer held back",
		done: func(m Message) bool { return !m.Held() },
		set:  func(m *Message, _ time.Time) { m.Hold, m.Replan = Hold{}, true },
	}
}

// Reopen makes a draft again of what did not go.
func Reopen(actor string) Step {
	return Step{
		Name: "reopen", From: []State{Failed, Expired}, To: Drafted, Actor: actor, Text: "opened again",
		set: func(m *Message, _ time.Time) {
			m.Approval, m.Choice, m.Hold, m.By, m.RetryAt = Approval{}, nil, Hold{}, time.Time{}, time.Time{}
			clearAttempt(m)
		},
	}
}

// RcptHash is the sum over an envelope. The order counts: it is part of what was stored.
func RcptHash(to []mail.Address) mail.Hash {
	h := sha256.New()
	for _, a := range to {
		fmt.Fprintf(h, "%d:%s", len(a.String()), a)
	}
	var sum mail.Hash
	h.Sum(sum[:0])
	return sum
}

// WireHash is the sum of the bytes that leave.
func WireHash(wire []byte) mail.Hash { return sha256.Sum256(wire) }

func short(h mail.Hash) string { return h.String()[:12] }
