package setup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/daemon/setup"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// relay is a submission server that files and delivers as its mailbox's provider does.
type relay struct {
	box     *mailboxtest.Memory
	deliver bool
	result  mail.Result
}

func (r relay) Submit(ctx context.Context, _ mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	if r.result.Outcome != "" {
		return r.result
	}
	if err := gate(ctx); err != nil {
		return mail.Result{Outcome: mail.NotSent, Err: err}
	}
	err := r.box.Submitted(wire)
	if r.deliver && err == nil {
		_, err = r.box.Deliver(mail.Inbox, wire, mail.Flags{})
	}
	if err != nil {
		return mail.Result{Outcome: mail.Uncertain, Err: err}
	}
	return mail.Result{Outcome: mail.Accepted, Reply: "queued"}
}

func TestSendTest(t *testing.T) {
	rows := []struct {
		name     string
		provider mailboxtest.Provider
		deliver  bool
		provable bool
		filed    mail.Answer
		keeps    mail.Answer
		says     string
	}{
		{"files and keeps", mailboxtest.Provider{FilesSent: true, KeepsID: true}, true, true, mail.Yes, mail.Yes, "can be cleared up"},
		{"the index is late", mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: 30 * time.Second}, true, true, mail.Yes, mail.Yes, "can be cleared up"},
		{"the index is too late", mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: time.Hour}, true, false, mail.Yes, mail.Yes, "a search does not find it"},
		{"another id", mailboxtest.Provider{FilesSent: true}, true, false, mail.Yes, mail.No, "another Message-ID"},
		{"does not file", mailboxtest.Provider{KeepsID: true}, true, false, mail.No, mail.Yes, "does not file"},
		{"vanished", mailboxtest.Provider{KeepsID: true}, false, false, mail.No, mail.Unknown, "neither to Sent nor to the inbox"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box := mailboxtest.NewMemory(row.provider, time.Now)
				defer box.Close()
				got, err := sendTest(t, relay{box: box, deliver: row.deliver}).Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got.Provable() != row.provable || got.Profile.FilesSent != row.filed || got.Profile.KeepsID != row.keeps || !strings.Contains(got.String(), row.says) {
					t.Errorf("got %+v: %s", got, got)
				}
			})
		})
	}
}

func sendTest(t *testing.T, r relay) setup.SendTest {
	return setup.SendTest{Box: r.box, Submit: r, From: mail.Party{Name: "Sam Okafor", Address: address(t, "sam@example.com")}, Random: strings.NewReader(strings.Repeat("random", 10)), Now: time.Now}
}

func TestSendTestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
		defer box.Close()
		refused := errors.New("535 no")
		if _, err := sendTest(t, relay{box: box, result: mail.Result{Outcome: mail.NotSent, Err: refused}}).Run(t.Context()); !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if _, err := sendTest(t, relay{box: box}).Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
