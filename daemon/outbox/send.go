package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// perStep bounds how many messages one step takes up.
const perStep = 8

// maxGateAge is how old a gate may be when the last byte is about to leave. A process
// that was frozen behind its gate and thawed later must not send.
const maxGateAge = 2 * time.Second

// How old the look at the draft may be, at the claim and at the gate. A process that was
// frozen in between looks again.
const (
	maxClaimAge = 10 * time.Second
	maxLookAge  = 10 * time.Minute
)

// errLate says that the gate is too old.
var errLate = errors.New("too much time has passed since the gate")

// Send hands over what is due.
func (o *Outbox) Send(ctx context.Context, now time.Time) (time.Time, error) {
	o.saveAgain(ctx, now)
	if o.look(ctx, now) {
		return time.Time{}, nil
	}
	due, err := o.Store.Due(ctx, now, perStep)
	if err != nil {
		return time.Time{}, err
	}
	var errs []error
	begun := o.Clock.Boot()
	for _, m := range due {
		if ctx.Err() != nil || o.Clock.Boot()-begun > turnFor {
			break
		}
		if !o.takeOff(m.ID) {
			continue
		}
		if err := o.sendOne(ctx, m); err != nil && !passing(err) {
			errs = append(errs, fmt.Errorf("send message %s: %w", m.ID, err))
		}
		o.landed(m.ID)
	}
	return o.again(ctx, func(w ledger.Wakes) time.Time { return w.Send }, errs)
}

func (o *Outbox) takeOff(id ledger.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flying[id] {
		return false
	}
	o.flying[id] = true
	return true
}

func (o *Outbox) landed(id ledger.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.flying, id)
}

// sendOne takes one due message through pre-flight, claim, submission and result.
func (o *Outbox) sendOne(ctx context.Context, m ledger.Message) error {
	f, approved, err := o.gather(ctx, o.Clock.Wall(), m)
	if err != nil {
		return err
	}
	v := Preflight(f)
	if v.Do == DoSend && o.Clock.Boot()-f.Looked >= maxClaimAge {
		return nil // this process stood still since; the next step looks again
	}
	if v.Do != DoSend {
		return o.notNow(ctx, f, v)
	}
	wire, err := o.Wire(approved, f.Now, m.MessageID)
	if err != nil {
		return o.notNow(ctx, f, Verdict{Do: DoHold, Why: err.Error(),
			Hold: ledger.Hold{Code: ledger.HoldContent, Text: "the message cannot be made ready to send: " + err.Error()}})
	}
	// For this version only: whoever edits the message now and approves it again gets the
	// new text sent, and the bytes in hand are the old one.
	m, err = o.Store.ApplyAt(ctx, f.Now, m.ID, f.Message.Version, ledger.Claim(wire, f.To, f.Now))
	if err != nil {
		return err
	}
	result := o.Submit.Submit(ctx, mail.Envelope{From: m.From, To: f.To}, wire, func(ctx context.Context) error { return o.gate(ctx, m, f.Looked) })
	o.Guard.Server("the submission server", result.Date)
	// From here on nothing may be cancelled: what the server said has to be written down.
	return o.finish(context.WithoutCancel(ctx), m, result)
}

// gate is called when everything but the last byte was accepted. What can have changed
// since pre-flight without the network is asked again, then the row is committed, and
// then the boot clock says whether this process was frozen meanwhile.
func (o *Outbox) gate(ctx context.Context, m ledger.Message, looked time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	begun := o.Clock.Boot()
	now, _, suspect := o.Guard.Look()
	f := Facts{Now: now, Message: m, Suspect: suspect, Broken: o.Store.Broken(), Free: -1}
	if v := stops(f); v.Do != "" {
		return fmt.Errorf("%s: %w", v.Why, ledger.ErrNotNow)
	}
	if err := o.Planner.Allowed(now, m); err != nil {
		return fmt.Errorf("%w: %w", err, ledger.ErrNotNow)
	}
	boot := o.Clock.Boot()
	if boot-looked >= maxLookAge {
		return fmt.Errorf("the draft was looked at too long ago: %w", ledger.ErrNotNow)
	}
	if boot-begun >= maxGateAge {
		return fmt.Errorf("the clock was read too long ago: %w", ledger.ErrNotNow) // a plan was being made
	}
	g := ledger.Gate{Message: m.ID, Attempt: m.Attempt, WireHash: m.WireHash, RcptHash: m.RcptHash, Wall: now, Boot: boot}
	if err := o.Store.Gate(context.WithoutCancel(ctx), now, g); err != nil {
		return err
	}
	if o.Clock.Boot()-boot >= maxGateAge {
		return errLate
	}
	return nil
}

// notNow carries out a verdict that is not to send, on the version that it is about.
func (o *Outbox) notNow(ctx context.Context, f Facts, v Verdict) error {
	m, now := f.Message, f.Now
	var step ledger.Step
	switch v.Do {
	case DoSent:
		return o.proved(ctx, now, m, *f.Found)
	case DoWithdraw:
		step = ledger.Withdraw("headsup", v.Why)
	case DoUnstar:
		step = ledger.WithdrawStar("headsup", v.Why)
	case DoHold:
		step = held(now, v.Hold)
	case DoReplan:
		step = ledger.Again(v.Why, time.Time{})
	case DoWait:
		step = ledger.Again(v.Why, now.Add(waitFor))
	}
	_, err := o.Store.ApplyAt(ctx, now, m.ID, m.Version, step)
	return err
}

// waitFor is how long a message waits for what may come back any minute.
const waitFor = time.Minute
