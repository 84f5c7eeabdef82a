package daemon

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"headsup/daemon/clock"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// deaf is a mailbox that stores what is put into it and whose first answers are lost.
type deaf struct {
	*mailboxtest.Memory
	lost int
}

func (d *deaf) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	ref, err := d.Memory.Append(ctx, f, raw, flags)
	if err == nil && d.lost > 0 {
		d.lost--
		return mail.Ref{}, fmt.Errorf("connection lost: %w", mail.ErrUnknownOutcome)
	}
	return ref, err
}

// TestToldOnceThoughTheAnswerWasLost: a notice of which nobody heard whether the mailbox
// took it is tried again, and does not lie in the inbox twice for that. The same cause at
// another time is another notice.
func TestToldOnceThoughTheAnswerWasLost(t *testing.T) {
	t0 := time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	fake := clock.NewFake(t0)
	box := &deaf{Memory: mailboxtest.NewMemory(mailboxtest.Provider{}, fake.Wall), lost: 1}
	d := newHome(t).open(t0, func(o *Options) { o.Parts.Mailbox, o.Clock = box, fake })
	defer d.Close()
	inbox := func() (n int) {
		t.Helper()
		list, err := box.List(t.Context(), mail.Inbox)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			if strings.Contains(h.Subject, "something happened") {
				n++
			}
		}
		return n
	}
	tidy := func() error {
		_, err := d.crew().outbox.Tidy(t.Context(), fake.Wall())
		return err
	}
	d.tell(t.Context(), "a cause", "something happened")
	if err := tidy(); err == nil {
		t.Fatal("the lost answer is no error")
	}
	fake.Advance(time.Hour)
	if err := tidy(); err != nil || inbox() != 1 {
		t.Errorf("%d notices of one (%v)", inbox(), err)
	}
	if err := d.store.Untell(t.Context(), "a cause"); err != nil {
		t.Fatal(err)
	}
	d.tell(t.Context(), "a cause", "something happened")
	if err := tidy(); err != nil || inbox() != 2 {
		t.Errorf("%d notices of two (%v)", inbox(), err)
	}
}
