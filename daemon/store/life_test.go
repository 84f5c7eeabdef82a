package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

var t0 = time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func addr(t testing.TB, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func draft(t testing.TB, n int) (ledger.Message, []byte) {
	raw := []byte(fmt.Sprintf("Subject: plan %d\r\n\r\nhello\r\n", n))
	return ledger.Message{
		Origin: ledger.FromCommand, Managers: []string{"dana"}, Kind: rules.Update, Priority: rules.Normal,
		From: addr(t, "sam@example.com"), Recipients: []mail.Address{addr(t, "dana@example.com")},
		Subject: fmt.Sprintf("plan %d", n), MessageID: mail.MessageID(fmt.Sprintf("m%d@example.com", n)),
		Token: fmt.Sprintf("tok%d", n), Content: ledger.WireHash(raw), Draft: mail.Ref{Folder: mail.Drafts, Validity: "1", UID: fmt.Sprint(n)},
	}, raw
}

// TestLifeOfAMessage walks one message from draft to receipt and opens the store again.
func TestLifeOfAMessage(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "state")
	s := open(t, dir)
	m, raw := draft(t, 1)
	m, err := s.Create(ctx, t0, m, raw)
	if err != nil {
		t.Fatal(err)
	}
	do := func(step ledger.Step) {
		t.Helper()
		if m, err = s.Apply(ctx, t0, m.ID, step); err != nil {
			t.Fatal(err)
		}
	}
	do(ledger.Approve(ledger.Approval{Content: m.Content, By: "command", At: t0}, "user"))
	do(ledger.Schedule(rules.Choice{At: t0, Until: t0.Add(time.Hour), Reasons: []rules.Reason{{Code: "now", Text: "free"}}}, "2026-03-03", "free now"))
	if due, err := s.Due(ctx, t0, 10); err != nil || len(due) != 1 {
		t.Fatalf("due: %v, %v", due, err)
	}
	wire := []byte("wire\r\n")
	do(ledger.Claim(wire, m.Recipients, t0))
	g := ledger.Gate{Message: m.ID, Attempt: m.Attempt, WireHash: m.WireHash, RcptHash: m.RcptHash, Wall: t0}
	if err := s.Gate(ctx, t0, g); err != nil {
		t.Fatal(err)
	}
	if err := s.Gate(ctx, t0, g); !errors.Is(err, ledger.ErrTooLate) {
		t.Fatalf("second gate: %v", err)
	}
	do(ledger.Accept(ledger.Attempt{Message: m.ID, N: m.Attempt, Outcome: mail.Accepted, Reply: "2.0.0 queued"}, t0))
	if err := s.VerifyTrail(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	got, err := s.ByMessageID(ctx, "m1@example.com")
	if err != nil || got.State != ledger.Sent {
		t.Fatalf("after reopening: %+v, %v", got, err)
	}
	if b, err := s.Bytes(ctx, got.ID, ledger.CopyWire); err != nil || string(b) != string(wire) {
		t.Fatalf("wire: %q, %v", b, err)
	}
	if rs, err := s.Receipts(ctx, got.ID); err != nil || len(rs) != 1 || rs[0].Kind != ledger.ReceiptAccepted {
		t.Fatalf("receipts: %v, %v", rs, err)
	}
	if es, err := s.Search(ctx, "accep queued", 5); err != nil || len(es) != 1 {
		t.Fatalf("search: %v, %v", es, err)
	}
	k, err := s.Forget(ctx, t0, "dana", "dana@example.com")
	if err != nil || k.Messages != 1 {
		t.Fatalf("forget: %+v, %v", k, err)
	}
	if err := s.VerifyTrail(ctx); err != nil {
		t.Fatal(err)
	}
}
