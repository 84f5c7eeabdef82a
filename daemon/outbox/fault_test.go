package outbox

import (
	"context"
	"slices"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/mailboxtest"
	"headsup/rules"
)

func contained(_ string, work func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = ledger.ErrFault
		}
	}()
	return work()
}

// brittle panics when one message is among those that it plans.
type brittle struct {
	planner
	bad ledger.ID
}

func (p *brittle) Plan(_ context.Context, now time.Time, list []ledger.Message) ([]Planned, error) {
	var out []Planned
	for _, m := range list {
		if m.ID == p.bad {
			panic("bad message")
		}
		out = append(out, Planned{ID: m.ID, Choice: &rules.Choice{At: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Basis: "later"}, Day: "day"})
	}
	return out, nil
}

// touchy panics when one message is searched for.
type touchy struct {
	*mailboxtest.Memory
	bad mail.MessageID
}

func (b touchy) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	if q.ID == b.bad {
		panic("bad message")
	}
	return b.Memory.Find(ctx, f, q)
}

// TestS37OnePlanCannotStopTheOthers lets the planning of one message panic: it is held and
// told, and the next step plans the other.
func TestS37OnePlanCannotStopTheOthers(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	r.clock.Advance(-time.Minute) // nothing is due yet
	bad, good := r.scheduled(), r.scheduled()
	r.out.Contain, r.out.Planner = contained, &brittle{bad: bad.ID}
	for range 2 {
		if _, err := r.out.Plan(context.Background(), r.clock.Wall()); err != nil {
			t.Fatal(err)
		}
	}
	if m := r.want(bad.ID, ledger.Scheduled, ledger.HoldFault); !m.Choice.At.Equal(bad.Choice.At) {
		t.Errorf("the bad one was moved to %s", m.Choice.At)
	}
	if m := r.want(good.ID, ledger.Scheduled, ""); m.Choice.Basis != "later" {
		t.Errorf("the good one was not planned: %+v", m.Choice)
	}
	if _, err := r.out.Tidy(context.Background(), r.clock.Wall()); err != nil || !slices.Equal(r.told, []string{"hold-" + ledger.HoldFault}) {
		t.Errorf("told %q, %v", r.told, err)
	}
}

// TestS37OneSearchCannotStopTheOthers lets the search for one message panic: it stays
// uncertain and ends with the question to a person, the other is found.
func TestS37OneSearchCannotStopTheOthers(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: time.Minute})
	bad, good := r.scheduled(), r.scheduled()
	r.out.Submit = submitFunc(func(ctx context.Context, _ mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
		if err := gate(ctx); err != nil {
			t.Error(err)
		}
		if err := r.box.Submitted(wire); err != nil {
			t.Error(err)
		}
		return mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot}
	})
	if _, err := r.out.Send(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	r.out.Contain, r.out.Mailbox = contained, touchy{r.box, bad.MessageID}
	for range 35 * 3 {
		r.step()
		r.clock.Advance(20 * time.Second)
	}
	r.want(bad.ID, ledger.Uncertain, ledger.HoldEvidence)
	r.want(good.ID, ledger.Sent, "")
	if !slices.Contains(r.told, "uncertain-1") {
		t.Errorf("told %q", r.told)
	}
}

// TestS37SendIsNotContained: a panic while a message is handed over goes through, and the
// next life decides by the gate. It is not taken for sent and not tried again.
func TestS37SendIsNotContained(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.out.Contain = contained
	r.out.Submit = submitFunc(func(ctx context.Context, _ mail.Envelope, _ []byte, gate func(context.Context) error) mail.Result {
		if err := gate(ctx); err != nil {
			t.Error(err)
		}
		panic("behind the gate")
	})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic behind the gate was contained")
			}
		}()
		_, _ = r.out.Send(context.Background(), t0)
	}()
	r.want(m.ID, ledger.Sending, "")
	next := New(r.out.Options) // the process that starts afterwards
	if err := next.Start(context.Background(), r.clock.Wall()); err != nil {
		t.Fatal(err)
	}
	r.want(m.ID, ledger.Uncertain, "")
}
