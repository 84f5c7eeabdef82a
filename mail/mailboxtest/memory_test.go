package mailboxtest_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
)

func TestMemory(t *testing.T) {
	for name, p := range map[string]mailboxtest.Provider{
		"plain":   {},
		"files":   {FilesSent: true, KeepsID: true},
		"changes": {FilesSent: true},
	} {
		t.Run(name, func(t *testing.T) {
			mailboxtest.Run(t, func(t *testing.T) mail.Mailbox { return mailboxtest.NewMemory(p, time.Now) })
		})
	}
}

func TestMemoryProviders(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	wire, err := letter.Wire(mailboxtest.Sample(1), letter.WireOptions{Date: now, ID: "n1@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		provider mailboxtest.Provider
		copies   int
		found    int
	}{
		{mailboxtest.Provider{}, 0, 0},
		{mailboxtest.Provider{FilesSent: true, KeepsID: true}, 1, 1},
		{mailboxtest.Provider{FilesSent: true}, 1, 0},
	} {
		m := mailboxtest.NewMemory(c.provider, clock)
		if err := m.Submitted(wire); err != nil {
			t.Fatal(err)
		}
		hs, err := m.List(t.Context(), mail.Sent)
		if err != nil || len(hs) != c.copies {
			t.Errorf("%+v: %d copies, %v", c.provider, len(hs), err)
		}
		refs, err := m.Find(t.Context(), mail.Sent, mail.Query{ID: "n1@example.com"})
		if err != nil || len(refs) != c.found {
			t.Errorf("%+v: %d found, %v", c.provider, len(refs), err)
		}
	}

	slow := mailboxtest.NewMemory(mailboxtest.Provider{IndexDelay: time.Minute, DropsToken: true}, clock)
	ref, err := slow.Append(t.Context(), mail.Drafts, mailboxtest.Sample(1), mail.Flags{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := slow.Read(t.Context(), ref)
	if err != nil || strings.Contains(string(raw), "token-1") || !strings.Contains(string(raw), "für Dana") {
		t.Errorf("the token is kept: %s, %v", raw, err)
	}
	for range 2 {
		want := 0
		if now.Minute() > 0 {
			want = 1
		}
		if refs, err := slow.Find(t.Context(), mail.Drafts, mail.Query{ID: "n1@example.com"}); err != nil || len(refs) != want {
			t.Errorf("at %v: %v, %v", now, refs, err)
		}
		now = now.Add(time.Minute)
	}
}

func TestMemoryOtherClient(t *testing.T) {
	m := mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
	ref, err := m.Deliver(mail.Drafts, mailboxtest.Sample(1), mail.Flags{Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetFlags(ref, mail.Flags{Draft: true, Flagged: true}); err != nil {
		t.Fatal(err)
	}
	hs, _ := m.List(t.Context(), mail.Drafts)
	if len(hs) != 1 || !hs[0].Flags.Flagged {
		t.Errorf("%+v", hs)
	}
	cursor, _ := m.Since(t.Context(), mail.Drafts, "", func(mail.Header) error { return nil })
	m.Rebuild(mail.Drafts)
	if _, err := m.Read(t.Context(), ref); !errors.Is(err, mail.ErrGone) {
		t.Errorf("an old ref after a rebuild: %v", err)
	}
	n := 0
	if _, err := m.Since(t.Context(), mail.Drafts, cursor, func(mail.Header) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d messages after a rebuild, %v", n, err)
	}
}

func TestMemoryFaults(t *testing.T) {
	m := mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
	for fault, want := range map[mailboxtest.Fault]int{mailboxtest.Refused: 0, mailboxtest.Lost: 1} {
		m.SetFault(func(op string, f mail.Folder) mailboxtest.Fault {
			if op == "append" {
				return fault
			}
			return mailboxtest.NoFault
		})
		_, err := m.Append(t.Context(), mail.Drafts, mailboxtest.Sample(int(fault)), mail.Flags{})
		if !errors.Is(err, mailboxtest.ErrInjected) || errors.Is(err, mail.ErrUnknownOutcome) != (fault == mailboxtest.Lost) {
			t.Errorf("%v: %v", fault, err)
		}
		refs, err := m.Find(t.Context(), mail.Drafts, mail.Query{Token: "token-" + string(rune('0'+int(fault)))})
		if err != nil || len(refs) != want {
			t.Errorf("%v: %v, %v", fault, refs, err)
		}
	}
}

// A watcher is durably blocked, so that a simulation's clock can move on.
func TestMemoryInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
		start := time.Now()
		done := make(chan error)
		go func() { done <- m.Watch(t.Context(), mail.Queue) }()
		time.AfterFunc(time.Hour, func() { m.Deliver(mail.Queue, mailboxtest.Sample(1), mail.Flags{}) })
		if err := <-done; err != nil || time.Since(start) != time.Hour {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}
