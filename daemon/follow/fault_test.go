package follow

import (
	"context"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

func contained(_ string, work func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = ledger.ErrFault
		}
	}()
	return work()
}

// touchy panics when one mail is read.
type touchy struct {
	*mailboxtest.Memory
	bad   mail.Ref
	reads int
}

func (b *touchy) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	if r == b.bad {
		b.reads++
		panic("bad mail")
	}
	return b.Memory.Read(ctx, r)
}

// TestS37OneMailCannotStopTheOthers lets the reading of one mail panic, in each place where
// mail is read: the rest goes on, it is told once, and what was approved about it is held.
func TestS37OneMailCannotStopTheOthers(t *testing.T) {
	t.Run("moved into Headsup", func(t *testing.T) {
		b := newBench(t)
		box := &touchy{Memory: b.box}
		b.s.opt.Contain, b.s.opt.Mailbox = contained, box
		box.bad = b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Bad")
		b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Good")
		b.step(time.Second)
		b.step(time.Minute)
		if ms := b.all(); len(ms) != 1 || ms[0].Subject != "Good" || ms[0].State != ledger.Approved {
			t.Errorf("messages: %+v", ms)
		}
		if box.reads != 1 || len(b.told) != 1 {
			t.Errorf("read %d times, told %q", box.reads, b.told)
		}
	})
	t.Run("draft of a message", func(t *testing.T) {
		b := newBench(t)
		box := &touchy{Memory: b.box}
		b.s.opt.Contain, b.s.opt.Mailbox = contained, box
		bad := b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Bad")
		good := b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Good")
		b.step(time.Second)
		box.bad = bad
		if _, err := b.box.Move(t.Context(), good, mail.Drafts); err != nil {
			t.Fatal(err)
		}
		b.step(time.Minute)
		b.step(time.Minute)
		for _, m := range b.all() {
			switch {
			case m.Subject == "Bad" && (m.State != ledger.Approved || m.Hold.Code != ledger.HoldFault):
				t.Errorf("the bad one is %s, held %q", m.State, m.Hold.Code)
			case m.Subject == "Good" && m.State != ledger.Drafted:
				t.Errorf("the good one is %s though its approval was taken back", m.State)
			}
		}
		if box.reads != 1 || len(b.told) != 1 {
			t.Errorf("read %d times, told %q", box.reads, b.told)
		}
	})
	t.Run("in the inbox", func(t *testing.T) {
		b := newBench(t)
		b.s.opt.Contain = contained
		b.s.opt.Seen = func(s ledger.Sighting) {
			if b.seen = append(b.seen, s); len(b.seen) == 1 {
				panic("bad mail")
			}
		}
		b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "One")
		b.now = b.now.Add(time.Hour)
		b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "Two")
		b.step(time.Second)
		b.step(time.Minute)
		if len(b.seen) != 2 || len(b.told) != 1 {
			t.Errorf("%d mails seen, told %q", len(b.seen), b.told)
		}
	})
}
