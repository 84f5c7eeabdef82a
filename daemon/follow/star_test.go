package follow

import (
	"context"
	"errors"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// losing is a store that carries out a withdrawal and says that it failed.
type losing struct{ Store }

func (l losing) Apply(ctx context.Context, now time.Time, id ledger.ID, s ledger.Step) (ledger.Message, error) {
	m, err := l.Store.Apply(ctx, now, id, s)
	if err == nil && s.Name == "withdraw" {
		err = errors.New("input/output error")
	}
	return m, err
}

// A star that was taken away is stored with the withdrawal, so that the next star is seen
// as one even if nothing after the withdrawal was done.
func TestStarAgainAfterALostAnswer(t *testing.T) {
	b := newBench(t)
	b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
	b.step(time.Second)
	ref, err := b.box.Move(t.Context(), b.all()[0].Draft, mail.Drafts)
	if err != nil {
		t.Fatal(err)
	}
	star := func(on bool) {
		t.Helper()
		if err := b.box.SetFlags(ref, mail.Flags{Flagged: on}); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want ledger.State) {
		t.Helper()
		if got := b.all()[0]; got.State != want {
			t.Fatalf("it is %s, want %s", got.State, want)
		}
	}
	b.step(time.Minute)
	is(ledger.Drafted)
	star(true)
	b.step(time.Minute)
	is(ledger.Approved)

	star(false)
	b.s.opt.Store = losing{b.st}
	if _, err := b.s.Step(t.Context(), b.now); err == nil {
		t.Fatal("the answer was not lost")
	}
	is(ledger.Drafted)
	b.s.opt.Store = b.st
	star(true)
	b.step(time.Minute)
	is(ledger.Approved)
}
