package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/daemon"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
	"headsup/rules"
)

// TestGestureSpeed measures with the whole daemon, from the moment in which another
// client's MOVE is answered to the moment in which the approval is committed to the
// ledger: with IDLE, and on a server that has none.
//
//	HEADSUP_GESTURES=50 go test -run GestureSpeed -v -timeout 1h ./daemon
func TestGestureSpeed(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("HEADSUP_GESTURES"))
	if err != nil {
		t.Skip("measures as often as HEADSUP_GESTURES says (50)")
	}
	for _, row := range []struct {
		name, capability string
		times            int
		limit            time.Duration
	}{
		{"IDLE", "", n, 3 * time.Second},
		{"polling", "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE SPECIAL-USE CONDSTORE", max(n/2, 1), 25 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newStopwatch(t, dovecot.Options{Extra: row.capability})
			var took []time.Duration
			for i := range row.times {
				took = append(took, g.one(i))
			}
			slices.Sort(took)
			at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100].Round(time.Millisecond) }
			t.Logf("%s: from moved in the client to approved in the ledger, %d times: p50 %s, p90 %s, p99 %s, longest %s", row.name, len(took), at(50), at(90), at(99), at(100))
			if at(99) > row.limit {
				t.Errorf("p99 is %s, want less than %s", at(99), row.limit)
			}
		})
	}
}

// stopwatch is a daemon on the clock of the machine whose log tells of approvals.
type stopwatch struct {
	t        *testing.T
	phone    *phone
	client   *control.Client
	approved chan time.Time
}

func newStopwatch(t *testing.T, o dovecot.Options) *stopwatch {
	t.Helper()
	g := &stopwatch{t: t, approved: make(chan time.Time, 100)}
	box := mailboxtest.StartDovecot(t, o)
	host, port, _ := strings.Cut(box.IMAPS, ":")
	s := viaOwn(t)
	s.mailbox = fmt.Sprintf("kind = \"imap\"\nserver = %q\nport = %s\nca_file = %q\nusername = \"alice\"\nsecret = { file = \"PASSWORD\" }\n", host, port, box.Certificate())
	p := settle(t, s)
	cfg, err := config.Load(config.Options{File: p.paths.Config, Home: p.home, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready := make(chan struct{})
	d, err := daemon.Open(ctx, daemon.Options{Config: cfg, Paths: p.paths, Clock: clock.Real{}, Ready: func() { close(ready) }, Log: slog.New(ear{g.approved})})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	g.client = control.NewClient(p.paths.Socket)
	t.Cleanup(func() {
		g.client.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	if _, err := g.client.Pause(t.Context(), control.PauseRequest{}); err != nil { // nothing is to go out
		t.Fatal(err)
	}
	g.phone = newPhone(t, box)
	return g
}

// one has a draft made, moves it some time later, as a person does, and returns how long
// the approval took.
func (g *stopwatch) one(i int) time.Duration {
	g.t.Helper()
	m, err := g.client.Add(g.t.Context(), control.AddRequest{Key: strconv.Itoa(i), Managers: []string{"dana@example.com"}, Kind: rules.Update, Subject: fmt.Sprintf("Number %d", i), Text: "text"})
	if err != nil {
		g.t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	drafts := g.phone.list("Drafts")
	for late := time.After(time.Minute); len(drafts) == 0; drafts = g.phone.list("Drafts") {
		select {
		case <-tick.C:
		case <-late:
			g.t.Fatalf("no draft of message %s", m.ID)
		}
	}
	think := time.NewTimer(time.Duration(500+rand.IntN(1500)) * time.Millisecond)
	<-think.C
	_, err = g.phone.c.Move(imap.UIDSetNum(drafts[0]), "Headsup").Wait()
	moved := time.Now()
	g.phone.must(err)
	select {
	case at := <-g.approved:
		now, err := g.client.Show(g.t.Context(), m.ID)
		if err != nil || now.State != ledger.Approved && now.State != ledger.Scheduled {
			g.t.Fatalf("state %s, %v", now.State, err)
		}
		for _, uid := range g.phone.list("Headsup") {
			g.phone.remove(uid) // so that the folder stays small
		}
		return max(at.Sub(moved), 0)
	case <-time.After(2 * time.Minute):
		g.t.Fatalf("message %s was not approved", m.ID)
		return 0
	}
}

// ear hears in the log that an approval was committed.
type ear struct{ approved chan<- time.Time }

func (ear) Enabled(context.Context, slog.Level) bool { return true }

func (e ear) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "approved" {
		e.approved <- r.Time
	}
	return nil
}

func (e ear) WithAttrs([]slog.Attr) slog.Handler { return e }

func (e ear) WithGroup(string) slog.Handler { return e }
