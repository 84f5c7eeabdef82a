package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// An outage of the mail server is one line of the log for each service that needs it, one
// more for each hour, and one when it is over.
func TestOutageInTheLog(t *testing.T) {
	var log strings.Builder
	b := newBench(t)
	b.d.log = slog.New(slog.NewTextHandler(&log, nil))
	b.run()
	b.pass(time.Minute, 0)
	b.box.SetFault(func(string, mail.Folder) mailboxtest.Fault { return mailboxtest.Refused })
	b.pass(70*time.Minute, 0)
	b.box.SetFault(nil)
	b.pass(time.Minute, 0)
	b.end()
	counts := map[string]int{}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "service=mailbox") {
			_, msg, _ := strings.Cut(line, "msg=")
			counts[strings.Split(msg, `"`)[1]]++
		}
	}
	if counts["service failed, trying again"] != 2 || counts["service works again"] != 1 {
		t.Errorf("counted %v in\n%s", counts, &log)
	}
	if strings.Contains(log.String(), "list drafts: list drafts") {
		t.Errorf("said twice what was being done:\n%s", &log)
	}
}

// What differs from one time to the next is no other fault; other words are.
func TestComplaint(t *testing.T) {
	now := time.Date(2026, 3, 3, 11, 2, 0, 0, time.UTC)
	var c complaint
	if c.over() {
		t.Error("something is over that never was")
	}
	refused := errors.New("list drafts: dial tcp 192.0.2.7:993: connection refused")
	for _, row := range []struct {
		after time.Duration
		err   error
		tell  bool
		times int
	}{
		{0, refused, true, 1},
		{10 * time.Second, errors.New("list drafts: next try in 41s: dial tcp 192.0.2.7:993: connection refused"), false, 2},
		{10 * time.Second, errors.New("list drafts: next try in 14m31s: dial tcp 192.0.2.9:993: connection refused"), false, 3},
		{time.Hour, refused, true, 4},
		{time.Second, fmt.Errorf("and now: %w", refused), true, 1},
		{time.Second, refused, true, 1},
		{-time.Minute, refused, true, 2}, // the clock was set back: better once more than never
	} {
		now = now.Add(row.after)
		if got := c.fails(now, row.err); got != row.tell || c.times != row.times {
			t.Errorf("after %s, %v: told %t with %d times, want %t, %d", row.after, row.err, got, c.times, row.tell, row.times)
		}
	}
	if !c.over() || c.over() {
		t.Error("a fault is over once")
	}
}
