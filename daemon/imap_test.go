package daemon_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

// account is a mailbox on a real Dovecot, the whole daemon on it, and the person's own
// mail client.
type account struct {
	*place
	box    *dovecot.Server
	phone  *phone
	server server
	before int // mails that the submission server had taken when this test began

	sending bool // a mail is on its way, so the clock stands still
}

// onIMAP starts all of it. more are further lines of [mailbox].
func onIMAP(t *testing.T, s server, more string) *account {
	t.Helper()
	return onIMAPThrough(t, s, more, func(addr string) string { return addr })
}

// onIMAPThrough has the daemon, and nobody else, reach the mail server by another address.
func onIMAPThrough(t *testing.T, s server, more string, through func(addr string) string) *account {
	t.Helper()
	a := &account{box: mailboxtest.StartDovecot(t, dovecot.Options{}), server: s, before: len(s.arrive())}
	host, port, _ := strings.Cut(through(a.box.IMAPS), ":")
	s.mailbox = fmt.Sprintf("kind = \"imap\"\nserver = %q\nport = %s\nca_file = %q\nusername = \"alice\"\nsecret = { file = \"PASSWORD\" }\n%s",
		host, port, a.box.Certificate(), more)
	a.place = settle(t, s)
	a.run()
	a.phone = newPhone(t, a.box)
	return a
}

const filesItself = "files_sent = \"no\""

// draft saves the note and returns the draft that another client sees then.
func (a *account) draft() imap.UID {
	a.t.Helper()
	a.note("pilot.md", wholeNote)
	a.await("a draft is on the server", func() bool { return len(a.phone.list("Drafts")) == 1 })
	return a.phone.list("Drafts")[0]
}

// await lets time go by in small steps until something is so. A mailbox that was out of
// reach is tried again in real time, so the steps have a rhythm of their own.
func (a *account) await(what string, ok func() bool) {
	a.t.Helper()
	late := time.After(time.Minute)
	rhythm := time.NewTicker(20 * time.Millisecond)
	defer rhythm.Stop()
	for !ok() {
		a.pass(10 * time.Second)
		select {
		case <-rhythm.C:
		case <-late:
			list, _ := a.c.Queue(a.t.Context(), control.QueueQuery{All: true})
			a.t.Fatalf("waited for a minute until %s; ledger %+v", what, list)
		}
	}
}

// becomes waits for a state of the only message.
func (a *account) becomes(s ledger.State) control.Message {
	a.t.Helper()
	a.await("the message is "+string(s), func() bool {
		list, err := a.c.Queue(a.t.Context(), control.QueueQuery{All: true})
		if err != nil || len(list) > 1 {
			a.t.Fatalf("%d messages in the ledger, %v", len(list), err)
		}
		return len(list) == 1 && list[0].State == s
	})
	return a.only()
}

// nearly lets time pass until a minute before the time that was chosen for a message.
func (a *account) nearly(m control.Message) {
	a.t.Helper()
	a.glide(m.Choice.At.Sub(a.clock.Wall())-time.Minute, 2*time.Minute)
}

// over lets the chosen time of a message pass, and what comes after it.
func (a *account) over(m control.Message) {
	a.t.Helper()
	a.nearly(m)
	a.pass(3 * time.Minute)
	a.glide(20*time.Minute, time.Minute)
}

// long lets a working day and a night pass.
func (a *account) long() {
	a.t.Helper()
	a.glide(24*time.Hour, 10*time.Minute)
}

// arrived are the mails that the submission server took in this test.
func (a *account) arrived() [][]byte { return a.server.arrive()[a.before:] }

// expect compares the servers with what must be at the end.
func (a *account) expect(arrived, sent, left int) {
	a.t.Helper()
	if got := a.arrived(); len(got) != arrived {
		a.t.Errorf("the submission server took %d mails, want %d: %s", len(got), arrived, bytes.Join(got, []byte("\n\n")))
	}
	if got := a.phone.list("Sent"); len(got) != sent {
		a.t.Errorf("%d copies in Sent, want %d", len(got), sent)
	}
	if got := a.phone.left(); len(got) != left {
		a.t.Errorf("%d drafts left (%s), want %d", len(got), got, left)
	}
}

// TestWholePathOnIMAP is the main job on a real IMAP server and a real submission server:
// the draft is seen, edited and moved by another client.
func TestWholePathOnIMAP(t *testing.T) {
	a := onIMAP(t, viaPostfix(t), filesItself)
	draft := a.draft()
	if raw := a.phone.read(draft); bytes.Contains(raw, []byte("reorganisation")) {
		t.Errorf("the draft tells what is private:\n%s", raw)
	}
	a.phone.move(a.phone.edit(draft, "until June", "until July"), "Headsup")
	m := a.becomes(ledger.Scheduled)
	if m.ApprovedBy != ledger.ByMove {
		t.Fatalf("approved by %q", m.ApprovedBy)
	}
	if busyUntil := time.Date(2026, 3, 3, 10, 30, 0, 0, time.UTC); m.Choice.At.Before(busyUntil) {
		t.Fatalf("the choice %s lies in the meeting", m.Choice.At)
	}
	a.expect(0, 0, 1)
	a.over(m)
	a.becomes(ledger.Sent)
	a.expect(1, 1, 0)
	got := a.arrived()[0]
	if !bytes.Contains(got, []byte("until July")) || bytes.Contains(got, []byte("until June")) {
		t.Errorf("what arrived is not what was approved:\n%s", got)
	}
	copied := a.phone.read(a.phone.list("Sent")[0])
	if !bytes.Equal(copied, got) {
		t.Errorf("the copy in Sent is not what was sent:\n%s\n%s", copied, got)
	}
}
