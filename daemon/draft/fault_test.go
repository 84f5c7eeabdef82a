package draft

import (
	"context"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
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

// touchy panics at the first draft that is put into it.
type touchy struct {
	*mailboxtest.Memory
	calls int
}

func (b *touchy) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	if b.calls++; b.calls == 1 {
		panic("bad draft")
	}
	return b.Memory.Append(ctx, f, raw, flags)
}

// TestS37OneNoteCannotStopTheOthers lets the drafting of one note panic: it is skipped with
// a reason that is told once, and the other becomes a draft.
func TestS37OneNoteCannotStopTheOthers(t *testing.T) {
	d := newDesk(t)
	calls := 0
	d.s.opt.Contain = contained
	d.s.opt.Events = func(context.Context, string, time.Time) []calendar.Event {
		if calls++; calls == 1 {
			panic("bad note")
		}
		return nil
	}
	bad := d.save("bad.md", note)
	d.now = d.now.Add(time.Second)
	d.save("good.md", strings.ReplaceAll(note, "June", "July"))
	d.step()
	d.step()
	if ms := d.messages(); len(ms) != 1 || ms[0].Note == bad.String() || ms[0].Draft.IsZero() {
		t.Fatalf("messages: %+v", ms)
	}
	skipped, err := d.st.Notes(t.Context(), ledger.NoteSkipped)
	if err != nil || len(skipped) != 1 || skipped[0].Hash != bad || !strings.Contains(skipped[0].Why, "fault") {
		t.Errorf("skipped: %+v, %v", skipped, err)
	}
	if len(d.told) != 1 {
		t.Errorf("told %q", d.told)
	}
}

// TestS37OneDraftCannotStopTheOthers lets the way of one message into Drafts panic: it is
// held and told, the other gets there.
func TestS37OneDraftCannotStopTheOthers(t *testing.T) {
	d := newDesk(t)
	d.s.opt.Contain, d.s.opt.Mailbox = contained, &touchy{Memory: d.box}
	d.save("bad.md", note)
	d.save("good.md", strings.ReplaceAll(note, "June", "July"))
	d.step()
	d.step()
	held, housed := 0, 0
	for _, m := range d.messages() {
		if m.Hold.Code == ledger.HoldFault && m.Draft.IsZero() {
			held++
		}
		if !m.Held() && !m.Draft.IsZero() {
			housed++
		}
	}
	if held != 1 || housed != 1 || len(d.drafts()) != 1 || len(d.told) != 1 {
		t.Errorf("%d held, %d in Drafts, told %q", held, housed, d.told)
	}
}
