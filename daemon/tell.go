package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/mail"
	"headsup/mail/letter"
)

// teller brings a notice into the user's own inbox, through the mailbox and not by
// sending it.
type teller struct{ c *crew }

var _ outbox.Teller = teller{}

// Tell puts one message into the inbox. Its Message-ID is made of what stays the same of
// the notice from one try to the next, so that telling it again after a crash or a lost
// answer finds the first one.
func (t teller) Tell(ctx context.Context, now time.Time, task ledger.Task) error {
	u := t.c.cfg.User
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s\x00%s", task.ID, task.Message, task.Cause, task.Text))
	id, err := mail.ParseMessageID(hex.EncodeToString(sum[:16]) + ".notice.headsup@" + u.Address.Domain())
	if err != nil {
		return err
	}
	found, err := t.c.mailbox.Find(ctx, mail.Inbox, mail.Query{ID: id})
	if err != nil {
		return fmt.Errorf("look for the notice: %w", err)
	}
	if len(found) > 0 {
		return nil
	}
	me := mail.Party{Name: "headsup", Address: u.Address}
	raw, err := letter.Build(mail.Message{
		ID: id, Date: now.In(u.Zone), From: me, To: []mail.Party{{Name: u.Name, Address: u.Address}},
		Subject: "headsup: " + head(task.Text), Parts: []mail.Part{{Type: "text/plain", Body: []byte(body(task))}},
	})
	if err != nil {
		return fmt.Errorf("word the notice: %w", err)
	}
	_, err = t.c.mailbox.Append(ctx, mail.Inbox, raw, mail.Flags{})
	return err
}

// head is the first part of a notice, short enough for a subject.
func head(text string) string {
	for _, end := range []string{"; ", ": ", ". "} {
		if first, _, ok := strings.Cut(text, end); ok && len(first) > 20 {
			text = first
		}
	}
	if r := []rune(text); len(r) > 70 {
		return string(r[:69]) + "…"
	}
	return text
}

func body(task ledger.Task) string {
	text := task.Text + "\n"
	if task.Message != 0 {
		text += fmt.Sprintf("\nMore: headsup why %s\n", task.Message)
	}
	return text + "\nThis notice was put into your inbox by headsup on your own machine; it was not sent.\n"
}
