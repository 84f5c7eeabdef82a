package imapbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/mail"
)

// A server that is away for hours is asked at least once a minute, and not at the same
// moments by everybody; the log hears of the one fault once an hour.
func TestLongOutage(t *testing.T) {
	var log strings.Builder
	var tries [2][]time.Duration
	for run := range tries {
		log.Reset()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			b, err := New(Config{
				Addr: "imap.example.com:993", User: "sam", Log: slog.New(slog.NewTextHandler(&log, nil)),
				Login: Login{Secret: func(context.Context) (string, error) { return "x", nil }},
				Dial: func(context.Context, string, string) (net.Conn, error) {
					tries[run] = append(tries[run], time.Since(start))
					return nil, errors.New("connection refused")
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for time.Since(start) < 150*time.Minute {
				if _, err := b.List(t.Context(), mail.Drafts); err == nil {
					t.Fatal("no error")
				}
				<-time.After(10 * time.Second) // as the loop of a service waits
			}
		})
		last := tries[run][0]
		for _, at := range tries[run][1:] {
			if gap := at - last; gap > time.Minute {
				t.Errorf("no try from %s to %s", last, at)
			}
			last = at
		}
		if n := len(tries[run]); n > 400 {
			t.Errorf("%d tries: the server is hammered", n)
		}
		if n := strings.Count(log.String(), "mailbox connection failed"); n != 3 {
			t.Errorf("%d lines in the log:\n%s", n, &log)
		}
	}
	if fmt.Sprint(tries[0]) == fmt.Sprint(tries[1]) {
		t.Error("two boxes try at the same moments")
	}
}

// The waits grow, are never longer than the longest, and never much shorter.
func TestPause(t *testing.T) {
	for fails := range 100 {
		whole := min(time.Second<<min(fails, 20), longest)
		if got := pause(fails); got > whole || got < whole*3/4 {
			t.Errorf("after %d failures: %s, want three quarters of %s to all of it", fails+1, got, whole)
		}
	}
}
