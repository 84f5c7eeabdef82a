package daemon_test

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/daemon/ledger"
)

// marks are the fields by which headsup knows a draft of its own.
var marks = regexp.MustCompile(`(?mi)^(X-Headsup-[^:]*|Message-ID):.*\r\n([ \t].*\r\n)*`)

// gestures are what a person does with a draft in a mail client, each with what must
// have become of it.
var gestures = map[string]func(t *testing.T, a *account){
	"edit, then move": func(t *testing.T, a *account) {
		uid := a.phone.edit(a.draft(), "until June", "until July")
		a.glide(time.Hour, time.Minute)
		if m := a.only(); m.State != ledger.Drafted {
			t.Fatalf("state %s", m.State)
		}
		a.phone.list("Drafts")
		a.phone.move(uid, "Headsup")
		a.over(a.becomes(ledger.Scheduled))
		a.becomes(ledger.Sent)
		a.expect(1, 1, 0)
		if !bytes.Contains(a.arrived()[0], []byte("until July")) {
			t.Errorf("the old text went out:\n%s", a.arrived()[0])
		}
	},
	"move, then edit": func(t *testing.T, a *account) {
		a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		queue := a.phone.list("Headsup")
		raw := bytes.ReplaceAll(a.phone.read(queue[0]), []byte("until June"), []byte("until July"))
		a.phone.put("Headsup", raw, imap.FlagDraft)
		a.phone.remove(queue[0])
		a.becomes(ledger.Drafted)
		a.over(m)
		a.expect(0, 0, 1)
	},
	"mark stripped": func(t *testing.T, a *account) { // a client that writes the draft anew, in its own way
		a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		queue := a.phone.list("Headsup")
		raw := marks.ReplaceAll(a.phone.read(queue[0]), nil)
		raw = bytes.ReplaceAll(raw, []byte("until June"), []byte("until July"))
		a.phone.put("Headsup", raw, imap.FlagDraft)
		a.phone.remove(queue[0])
		a.becomes(ledger.Drafted)
		a.over(m)
		a.expect(0, 0, 1)
		a.phone.list("Headsup")
		uid := a.phone.move(a.phone.list("Headsup")[0], "Drafts")
		a.pass(time.Minute)
		a.phone.list("Drafts")
		a.phone.move(uid, "Headsup")
		a.becomes(ledger.Sent)
		a.glide(20*time.Minute, time.Minute)
		a.expect(1, 1, 0)
	},
	"delete": func(t *testing.T, a *account) {
		a.phone.remove(a.draft())
		a.becomes(ledger.Cancelled)
		a.long()
		a.expect(0, 0, 0)
	},
	"delete what waits": func(t *testing.T, a *account) {
		uid := a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		a.phone.list("Headsup")
		a.phone.move(uid, "Trash")
		a.becomes(ledger.Cancelled)
		a.over(m)
		a.expect(0, 0, 0)
	},
	"star": func(t *testing.T, a *account) {
		a.phone.flag(a.draft(), imap.StoreFlagsAdd, imap.FlagFlagged)
		m := a.becomes(ledger.Scheduled)
		if m.ApprovedBy != ledger.ByStar {
			t.Errorf("approved by %q", m.ApprovedBy)
		}
		a.over(m)
		a.becomes(ledger.Sent)
		a.expect(1, 1, 0)
	},
	"unstar": func(t *testing.T, a *account) {
		uid := a.draft()
		a.phone.flag(uid, imap.StoreFlagsAdd, imap.FlagFlagged)
		m := a.becomes(ledger.Scheduled)
		a.phone.list("Drafts")
		a.phone.flag(uid, imap.StoreFlagsDel, imap.FlagFlagged)
		a.becomes(ledger.Drafted)
		a.over(m)
		a.expect(0, 0, 1)
	},
	"move back": func(t *testing.T, a *account) {
		uid := a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		a.phone.list("Headsup")
		uid = a.phone.move(uid, "Drafts")
		a.becomes(ledger.Drafted)
		a.over(m)
		a.expect(0, 0, 1)
		a.phone.list("Drafts")
		a.phone.move(uid, "Headsup")
		a.becomes(ledger.Sent)
		a.glide(20*time.Minute, time.Minute)
		a.expect(1, 1, 0)
	},
	"sent by hand": func(t *testing.T, a *account) {
		uid := a.draft()
		raw := a.phone.read(uid)
		a.submit(raw)
		a.phone.put("Sent", raw, imap.FlagSeen)
		a.phone.remove(uid)
		a.becomes(ledger.Sent)
		a.long()
		a.expect(1, 1, 0)
	},
	"sent by hand, waiting": func(t *testing.T, a *account) {
		uid := a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		a.phone.list("Headsup")
		raw := a.phone.read(uid)
		a.submit(raw)
		a.phone.put("Sent", raw, imap.FlagSeen) // and the draft is left where it is
		a.over(m)
		a.becomes(ledger.Sent)
		a.expect(1, 1, 0)
	},
	"own message": func(t *testing.T, a *account) {
		a.pass(10 * time.Second) // headsup makes its folders
		a.phone.put("Drafts", []byte("From: sam@example.com\r\nTo: Dana Reyes <dana@example.com>\r\nSubject: The lift is stuck\r\n"+
			"Date: Tue, 03 Mar 2026 09:56:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWith the guests in it.\r\n"), imap.FlagDraft)
		uid := a.phone.list("Drafts")[0]
		a.phone.move(uid, "Headsup/Now")
		a.becomes(ledger.Sent)
		a.glide(10*time.Minute, time.Minute)
		a.expect(1, 1, 0)
	},
}

// TestGesturesOnIMAP: each gesture by a real client on a real mailbox, with a real
// submission server that says what went out.
func TestGesturesOnIMAP(t *testing.T) {
	postfix := viaPostfix(t)
	for name, do := range gestures {
		t.Run(name, func(t *testing.T) { do(t, onIMAP(t, postfix, filesItself)) })
	}
}
