package daemon_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/daemon/ledger"
	"headsup/mail/submittest"
)

// viaScript is a submission server that does what a test says.
func viaScript(t *testing.T, script func(submittest.Event) submittest.Act) (server, *submittest.Server) {
	t.Helper()
	cert, roots, err := submittest.Certificate{Host: "localhost"}.Make()
	if err != nil {
		t.Fatal(err)
	}
	s := &submittest.Server{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Script: script}
	port := s.Listen(t, true)
	return server{port: port, ca: certificateOf(t, port, roots), login: true, arrive: func() [][]byte {
		var out [][]byte
		for _, a := range s.Accepted() {
			out = append(out, a.Data)
		}
		return out
	}}, s
}

// rebuild makes every folder anew: another UIDVALIDITY, other UIDs, the same mail. That is
// how a mailbox looks that was restored from a backup.
func (a *account) rebuild() {
	a.t.Helper()
	before := a.validities()
	a.box.Stop()
	for _, pattern := range []string{"*", ".*"} {
		for _, file := range []string{"dovecot-uidlist", "dovecot.index*", "dovecot.list.index*"} {
			names, err := filepath.Glob(filepath.Join(a.box.Maildir("alice"), pattern, file))
			if err != nil {
				a.t.Fatal(err)
			}
			for _, name := range names {
				if err := os.Remove(name); err != nil {
					a.t.Fatal(err)
				}
			}
		}
	}
	a.start()
	for folder, v := range a.validities() {
		if v == before[folder] {
			a.t.Fatalf("%s still has UIDVALIDITY %d: the test shows nothing", folder, v)
		}
	}
}

// start runs the mail server again after it was stopped.
func (a *account) start() {
	a.t.Helper()
	if err := a.box.Run(); err != nil {
		a.t.Fatal(err)
	}
	a.phone.connect()
}

func (a *account) validities() map[string]uint32 {
	a.t.Helper()
	out := map[string]uint32{}
	for _, folder := range []string{"Drafts", "Headsup", "Sent"} {
		data, err := a.phone.c.Select(folder, nil).Wait()
		if err != nil {
			a.t.Fatal(err)
		}
		out[folder] = data.UIDValidity
	}
	return out
}

// disturbances happen to the mail server while a message is in some state; what must
// become of the message does not change.
var disturbances = map[string]func(a *account){
	"rebuilt": (*account).rebuild,
	"restart": func(a *account) {
		a.box.Stop()
		if !a.sending {
			a.pass(time.Minute) // the daemon notices, and tries in vain
		}
		a.start()
	},
	"remade": func(a *account) { // Drafts and Headsup deleted and made again by another client
		for _, folder := range []string{"Drafts", "Headsup"} {
			var kept [][]byte
			for _, uid := range a.phone.list(folder) {
				kept = append(kept, a.phone.read(uid))
			}
			a.phone.list("INBOX")
			a.phone.must(a.phone.c.Delete(folder).Wait())
			a.phone.must(a.phone.c.Create(folder, nil).Wait())
			a.phone.put(folder, []byte("From: sam@example.com\r\nTo: lee@example.com\r\nSubject: Lunch\r\n\r\nnot headsup's, and it takes UID 1\r\n"))
			a.phone.remove(a.phone.list(folder)[0])
			for _, raw := range kept {
				a.phone.put(folder, raw, imap.FlagDraft)
			}
		}
	},
}

// states are the states in which a message can be when the mail server is disturbed.
var states = map[string]func(t *testing.T, disturb func(*account)){
	"drafted": func(t *testing.T, disturb func(*account)) {
		a := onIMAP(t, viaOwn(t), filesItself)
		a.draft()
		disturb(a)
		a.glide(10*time.Minute, time.Minute)
		a.expect(0, 0, 1)
		a.phone.move(a.phone.list("Drafts")[0], "Headsup")
		a.over(a.becomes(ledger.Scheduled))
		a.becomes(ledger.Sent)
		a.await("one copy is in Sent", func() bool { return len(a.phone.list("Sent")) == 1 && len(a.phone.left()) == 0 })
		a.expect(1, 1, 0)
	},
	"scheduled": func(t *testing.T, disturb func(*account)) {
		a := onIMAP(t, viaOwn(t), filesItself)
		a.phone.move(a.draft(), "Headsup")
		m := a.becomes(ledger.Scheduled)
		disturb(a)
		a.over(m)
		a.becomes(ledger.Sent)
		a.await("one copy is in Sent", func() bool { return len(a.phone.list("Sent")) == 1 && len(a.phone.left()) == 0 })
		a.expect(1, 1, 0)
	},
	"sending":   func(t *testing.T, disturb func(*account)) { disturbedAtDot(t, disturb, submittest.Act{}) },
	"sent":      sentWithoutMailbox,
	"uncertain": func(t *testing.T, disturb func(*account)) { disturbedAtDot(t, disturb, submittest.Act{Close: true}) },
	"proved": func(t *testing.T, disturb func(*account)) {
		disturbedAtDot(t, disturb, submittest.Act{Close: true, Keep: true})
	},
}

// TestMailServerDisturbed: the server goes away and comes back, or its folders get
// another validity, while a message is in each of its states. There is never a second
// draft, never a second mail and never a second copy.
func TestMailServerDisturbed(t *testing.T) {
	for how, disturb := range disturbances {
		for state, play := range states {
			if racing && how != "restart" {
				continue
			}
			t.Run(how+" "+state, func(t *testing.T) {
				t.Parallel()
				play(t, disturb)
			})
		}
	}
}

// disturbedAtDot disturbs the mailbox while the submission server holds the last byte and
// has not answered; what it does then is given.
func disturbedAtDot(t *testing.T, disturb func(*account), act submittest.Act) {
	held, answer := make(chan bool), make(chan bool)
	var once atomic.Bool
	s, _ := viaScript(t, func(e submittest.Event) submittest.Act {
		if e.Stage != submittest.Dot || once.Swap(true) {
			return submittest.Act{}
		}
		held <- true
		select {
		case <-answer:
		case <-t.Context().Done():
		}
		return act
	})
	a := onIMAP(t, s, filesItself)
	a.phone.move(a.draft(), "Headsup")
	m := a.becomes(ledger.Scheduled)
	a.nearly(m)
	passed := make(chan bool)
	go func() { // the clock stands still while a mail is on its way
		defer close(passed)
		a.pass(m.Choice.At.Sub(a.clock.Wall()) + 20*time.Second)
	}()
	<-held
	if m := a.only(); m.State != ledger.Sending {
		t.Errorf("state %s while the last byte is held", m.State)
	}
	a.sending = true
	disturb(a)
	close(answer)
	<-passed
	a.sending = false
	if !act.Close {
		a.becomes(ledger.Sent)
		a.await("one copy is in Sent", func() bool { return len(a.phone.list("Sent")) == 1 && len(a.phone.left()) == 0 })
		a.glide(time.Hour, time.Minute)
		a.expect(1, 1, 0)
		return
	}
	a.becomes(ledger.Uncertain)
	if !act.Keep {
		a.glide(3*time.Hour, time.Minute) // all looks for evidence, and more
		if m := a.only(); m.State != ledger.Uncertain || m.Hold == nil {
			t.Errorf("state %s, hold %+v", m.State, m.Hold)
		}
		a.expect(0, 0, 1)
		return
	}
	// A provider that files what it took: the copy is the evidence.
	a.phone.put("Sent", a.arrived()[0], imap.FlagSeen)
	a.await("the copy is believed", func() bool { return a.only().State == ledger.Sent })
	a.await("the draft is gone", func() bool { return len(a.phone.left()) == 0 })
	a.long()
	a.expect(1, 1, 0)
}

// sentWithoutMailbox has the mail server stop before the submission server says yes, and
// come back disturbed: what remains to be done is done then, once.
func sentWithoutMailbox(t *testing.T, disturb func(*account)) {
	var a *account
	s, _ := viaScript(t, func(e submittest.Event) submittest.Act {
		if e.Stage == submittest.Dot {
			a.box.Stop()
		}
		return submittest.Act{}
	})
	a = onIMAP(t, s, filesItself)
	a.phone.move(a.draft(), "Headsup")
	m := a.becomes(ledger.Scheduled)
	a.nearly(m)
	a.pass(m.Choice.At.Sub(a.clock.Wall()) + 20*time.Second)
	a.becomes(ledger.Sent)
	a.start()
	disturb(a)
	a.await("one copy is in Sent", func() bool { return len(a.phone.list("Sent")) == 1 })
	a.await("the draft is gone", func() bool { return len(a.phone.left()) == 0 })
	a.long()
	a.expect(1, 1, 0)
}

// TestServerFilesSent: a provider puts what it accepted into Sent by itself, at once or
// some minutes later. There is one copy, whatever headsup was told about the provider.
func TestServerFilesSent(t *testing.T) {
	for _, said := range []string{"yes", "unknown", "no"} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			var provider *phone // the provider's own way into the mailbox
			s, script := viaScript(t, nil)
			script.Taken = func(taken submittest.Accepted) {
				if said != "unknown" {
					provider.put("Sent", taken.Data, imap.FlagSeen)
				}
			}
			a := onIMAP(t, s, "files_sent = \""+said+"\"")
			provider = newPhone(t, a.box)
			a.phone.move(a.draft(), "Headsup")
			m := a.becomes(ledger.Scheduled)
			a.nearly(m)
			a.pass(90 * time.Second)
			a.becomes(ledger.Sent)
			if said == "unknown" { // two minutes later
				a.pass(time.Minute)
				provider.put("Sent", a.arrived()[0], imap.FlagSeen)
			}
			a.long()
			a.expect(1, 1, 0)
		})
	}
}
