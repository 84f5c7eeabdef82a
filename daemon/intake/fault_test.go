package intake

import (
	"context"
	"testing"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// contained turns any panic into the error that the daemon makes of it.
func contained(_ string, work func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = ledger.ErrFault
		}
	}()
	return work()
}

// touchy panics at the first note that it is asked about.
type touchy struct {
	*memory
	asked int
}

func (s *touchy) HasNote(ctx context.Context, h mail.Hash) (bool, error) {
	if s.asked++; s.asked == 1 {
		panic("bad note")
	}
	return s.memory.HasNote(ctx, h)
}

// TestS37OneNoteCannotStopTheOthers lets the taking in of one note panic: it is told, and
// the other note is taken in.
func TestS37OneNoteCannotStopTheOthers(t *testing.T) {
	w := newWorld(t)
	s := &touchy{memory: w.store}
	w.svc.opt.Store, w.svc.opt.Contain = s, contained
	w.write("a.md", "# One\n")
	w.write("b.md", "# Two\n")
	w.settle()
	w.settle()
	if len(w.store.notes) != 1 || w.store.notes[0].Path != "b.md" {
		t.Errorf("taken in: %+v", w.store.notes)
	}
	if len(w.problems) != 1 || w.problems[0].Path != "a.md" {
		t.Errorf("told: %+v", w.problems)
	}
	if s.asked != 2 {
		t.Errorf("asked %d times, want each note once", s.asked)
	}
}
