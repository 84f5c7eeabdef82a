package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// unsaved is a result that the ledger could not take. It is kept in memory and offered
// again; if the process ends first, the restart finds the gate and nothing else.
type unsaved struct {
	m ledger.Message
	r mail.Result
}

// finish writes down what became of an attempt. The acceptance of the server comes
// first, before any other call.
func (o *Outbox) finish(ctx context.Context, m ledger.Message, r mail.Result) error {
	now := o.Clock.Wall()
	a := attempt(m, r, now)
	var err error
	switch {
	case r.Outcome == mail.Accepted:
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Accept(a, now).With(o.afterwards(now, m)...))
	case r.Outcome == mail.NotSent && r.Stage == mail.StageDot:
		err = o.refusedAtDot(ctx, m, a, r)
	case r.Outcome == mail.NotSent:
		err = o.notSent(ctx, now, m, a, r, false)
		if errors.Is(err, ledger.ErrTooLate) {
			// The gate was passed and the last byte was kept back. Only evidence or a
			// person releases a gate.
			_, err = o.Store.Apply(ctx, now, m.ID, ledger.Doubt(a))
		}
	default:
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Doubt(a))
	}
	if err != nil && !passing(err) {
		o.mu.Lock()
		o.unsaved = append(o.unsaved, unsaved{m, r})
		o.mu.Unlock()
		o.Log.Error("result not stored", "message", m.ID.String(), "outcome", string(r.Outcome), "err", err)
	}
	return err
}

func attempt(m ledger.Message, r mail.Result, now time.Time) ledger.Attempt {
	a := ledger.Attempt{Message: m.ID, N: m.Attempt, Started: m.Changed, Ended: now, WireHash: m.WireHash, RcptHash: m.RcptHash,
		Outcome: r.Outcome, Stage: r.Stage, Code: r.Code, Reply: strings.TrimSpace(fmt.Sprintf("%s %s", code(r.Code), r.Reply))}
	if r.Err != nil {
		a.Err = r.Err.Error()
	}
	return a
}

func code(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// notSent puts back, fails or drops a message that certainly did not go.
func (o *Outbox) notSent(ctx context.Context, now time.Time, m ledger.Message, a ledger.Attempt, r mail.Result, disproved bool) error {
	latest, err := o.Store.Get(ctx, m.ID)
	if err != nil {
		return err
	}
	switch {
	case r.Account:
		return o.accountTrouble(ctx, now, latest, a, r)
	case !latest.CancelAsked.IsZero():
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Drop(a, disproved))
		return err
	case r.Permanent && len(r.Rejected) > 0 && len(r.Rejected) < len(m.Recipients):
		return o.someRejected(ctx, now, m, a, r)
	case r.Permanent:
		text := fmt.Sprintf("a message was refused for good (%s); see: headsup queue show %s", a.Reply, m.ID)
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Refuse(a, disproved).With(notice(now, fmt.Sprintf("failed-%d", a.N), text)))
		return err
	}
	at := now.Add(Backoff(m.Attempt))
	if errors.Is(r.Err, ledger.ErrNotNow) || errors.Is(r.Err, ledger.ErrContent) || errors.Is(r.Err, ledger.ErrStale) {
		at = now // our own gate refused; the planner looks at it again at once
	}
	if disproved && o.Mailbox != nil {
		// A server that said no may still have kept it; its copy would be seen by the
		// search before the next attempt, once the index has it.
		at = now.Add(indexLag)
	}
	_, err = o.Store.Apply(ctx, now, m.ID, ledger.Retry(a, at, disproved))
	return err
}

// indexLag is how long a provider may need until a search finds a copy.
const indexLag = 30 * time.Minute

// accountTrouble stops sending until a person mends the account; the message waits. One
// try is enough: more would lock the account.
func (o *Outbox) accountTrouble(ctx context.Context, now time.Time, m ledger.Message, a ledger.Attempt, r mail.Result) error {
	why := "the submission server does not let headsup in: " + a.Reply + " " + a.Err
	at := now
	paused := o.Store.SetPause(ctx, now, ledger.Pause{On: true, By: "account", Why: why})
	if paused != nil {
		at = now.Add(lockOut) // the pause could not be stored; at least not again at once
	}
	tell := notice(now, "account-"+now.Format(time.DateOnly), why+". Sending is paused. Mend it, then run: headsup resume")
	step := ledger.Retry(a, at, false)
	if !m.CancelAsked.IsZero() {
		step = ledger.Drop(a, false)
	}
	_, err := o.Store.Apply(ctx, now, m.ID, step.With(tell))
	return errors.Join(paused, err)
}

// lockOut is how long a server may need to forget a wrong password.
const lockOut = time.Hour

// someRejected keeps a message back of whose recipients some were refused: nobody got
// it, and a person says what to do.
func (o *Outbox) someRejected(ctx context.Context, now time.Time, m ledger.Message, a ledger.Attempt, r mail.Result) error {
	if _, err := o.Store.Apply(ctx, now, m.ID, ledger.Retry(a, now, false)); err != nil {
		return err
	}
	var bad []string
	for _, addr := range r.Rejected {
		bad = append(bad, addr.String())
	}
	h := ledger.Hold{Code: ledger.HoldRecipient, Text: fmt.Sprintf("the server refused %s (%s); nobody got the message", strings.Join(bad, ", "), a.Reply)}
	_, err := o.Store.Apply(ctx, now, m.ID, held(now, h))
	return err
}

// refusedAtDot handles a server that said no to the last byte. It may lie, so Sent is
// searched first; if nobody can be asked, the outcome is not known.
func (o *Outbox) refusedAtDot(ctx context.Context, m ledger.Message, a ledger.Attempt, r mail.Result) error {
	ref, err := o.evidence(ctx, m)
	now := o.Clock.Wall()
	switch {
	case err != nil:
		_, err = o.Store.Apply(ctx, now, m.ID, ledger.Doubt(a))
		return err
	case ref != nil:
		return o.proved(ctx, now, m, *ref)
	}
	return o.notSent(ctx, now, m, a, r, true)
}

// proved makes a message sent because a copy was found.
func (o *Outbox) proved(ctx context.Context, now time.Time, m ledger.Message, ref mail.Ref) error {
	kind, text := ledger.ReceiptFiled, "seen in "+string(ref.Folder)
	if m.Attempt == 0 {
		kind, text = ledger.ReceiptByHand, "sent by hand, seen in "+string(ref.Folder)
	}
	r := ledger.Receipt{Message: m.ID, Kind: kind, At: now, Ref: ref, Text: text}
	step := ledger.Prove(r).With(o.afterwards(now, m)...)
	same := true
	err := o.Contain.Do("content of message "+m.ID.String(), func() (err error) { same, err = o.leftAsApproved(ctx, m); return err })
	if err == nil && !same {
		step = step.With(notice(now, "earlier-version", fmt.Sprintf("message %s had gone out already, with the text that it had before your last change; the new text is still in your drafts", m.ID)))
	}
	_, err = o.Store.Apply(ctx, now, m.ID, step)
	return err
}

// afterwards is what remains to be done about a message that was sent. It is stored with
// the fact that it was sent.
func (o *Outbox) afterwards(now time.Time, m ledger.Message) []ledger.Task {
	if o.Mailbox == nil {
		return nil
	}
	tasks := []ledger.Task{{Kind: ledger.TaskFile, Due: now}}
	if !m.Draft.IsZero() {
		tasks = append(tasks, ledger.Task{Kind: ledger.TaskRemove, Due: now})
	}
	return tasks
}

// saveAgain offers results that the disk did not take before.
func (o *Outbox) saveAgain(ctx context.Context, now time.Time) {
	o.mu.Lock()
	list := o.unsaved
	o.unsaved = nil
	for _, u := range list {
		o.flying[u.m.ID] = true // nobody may take it for one that a dead process left
	}
	o.mu.Unlock()
	for _, u := range list {
		if err := o.finish(ctx, u.m, u.r); err != nil && !passing(err) {
			o.tell(ctx, now, "disk-"+now.Format(time.DateOnly), "the disk does not take what headsup writes; nothing is sent until it does")
		}
		o.landed(u.m.ID)
	}
}

// Backoff is how long to wait after the given attempt.
func Backoff(attempt int) time.Duration {
	table := []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute}
	return table[min(max(attempt, 1), len(table))-1]
}
