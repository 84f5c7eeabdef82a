package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"headsup/daemon/ledger"
)

// TestS37FaultIsLoggedWithoutText: the log has the stack and names the item, and nothing
// of the text that the panic carried.
func TestS37FaultIsLoggedWithoutText(t *testing.T) {
	var out bytes.Buffer
	d := &Daemon{log: slog.New(slog.NewTextHandler(&out, nil))}
	err := d.contain("message 7", func() error { panic("Dear Dana, between us: private words") })
	if !errors.Is(err, ledger.ErrFault) {
		t.Errorf("contained as %v", err)
	}
	if all := out.String() + err.Error(); strings.Contains(all, "private") || !strings.Contains(all, "message 7") || !strings.Contains(all, "contain_test.go") {
		t.Errorf("logged: %s", all)
	}
	out.Reset()
	var list []int
	if err := d.contain("message 8", func() error { list[4]++; return nil }); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("what the runtime says is not told: %v", err)
	}
	want := errors.New("an ordinary error")
	if err := d.contain("message 9", func() error { return want }); err != want {
		t.Errorf("an ordinary error came back as %v", err)
	}
}

// TestS37OnlySendingIsNotContained: a fault of a service is an error of its step; one in
// the sending goes through.
func TestS37OnlySendingIsNotContained(t *testing.T) {
	c := &crew{d: &Daemon{log: slog.New(slog.DiscardHandler)}}
	broken := func(context.Context, time.Time) (time.Time, error) { panic("x") }
	for _, name := range []string{loopPlan, loopLook, loopTidy, "mailbox"} {
		if _, err := c.step(t.Context(), time.Time{}, &loop{name: name, step: broken}); !errors.Is(err, ledger.ErrFault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic in the sending was contained")
		}
	}()
	_, _ = c.step(t.Context(), time.Time{}, &loop{name: loopSend, step: broken})
}
