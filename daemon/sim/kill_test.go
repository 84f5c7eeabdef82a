package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/mail/maildir"
	"headsup/mail/submittest"
)

// TestA19RealKills runs the real program against a submission server on loopback that
// misbehaves in every phase, kills it with SIGKILL at random moments, and starts it
// again. HEADSUP_KILLS says how often; CI uses 1,000. The server's own record is the
// oracle: no message twice, and nothing that was ever in the ledger is lost.
func TestA19RealKills(t *testing.T) {
	kills := 5
	if n, err := strconv.Atoi(os.Getenv("HEADSUP_KILLS")); err == nil {
		kills = n
	}
	if testing.Short() {
		t.Skip("builds and runs the real program")
	}
	r := newRig(t)
	for i := range kills {
		r.add(2)
		r.live(time.Duration(20+r.rnd.IntN(500)) * time.Millisecond)
		r.inspect(fmt.Sprintf("kill %d", i+1))
		if t.Failed() {
			return
		}
	}
	t.Log(r.summary(kills))
}

// rig is a person's machine with the real program on it.
type rig struct {
	t    *testing.T
	dir  string
	bin  string
	box  *maildir.Box
	srv  *submittest.Server
	rnd  *rand.Rand
	sent map[mail.MessageID]int
	seen map[ledger.ID]ledger.Message
	n    int
	errs bytes.Buffer

	mu   sync.Mutex
	lies map[mail.MessageID]bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	root := must(moduleRoot())
	r := &rig{t: t, dir: t.TempDir(), rnd: rand.New(rand.NewPCG(1, 2)), seen: map[ledger.ID]ledger.Message{}, lies: map[mail.MessageID]bool{}}
	r.bin = filepath.Join(r.dir, "headsup")
	build := exec.Command("go", "build", "-o", r.bin, "./cmd/headsup")
	build.Dir = root
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, b)
	}
	if err := maildir.Create(filepath.Join(r.dir, "Maildir")); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.box, err = maildir.Open(filepath.Join(r.dir, "Maildir"), maildir.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.box.Close() })
	r.serve()
	return r
}

// serve starts the misbehaving server and writes the configuration that names it.
func (r *rig) serve() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ln.Close() })
	rnd := rand.New(rand.NewPCG(3, 4))
	r.srv = &submittest.Server{Script: func(submittest.Event) submittest.Act {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch n := rnd.IntN(60); {
		case n == 0:
			return submittest.Act{Close: true}
		case n == 1:
			return submittest.Act{Close: true, Keep: true}
		case n == 2:
			return submittest.Act{Hang: true}
		case n == 3:
			return submittest.Act{Hang: true, Keep: true}
		case n == 4:
			return submittest.Act{Bytes: true}
		case n == 5:
			return submittest.Act{Reply: "421 4.3.0 not now"}
		case n < 20:
			return submittest.Act{Wait: time.Duration(rnd.IntN(60)) * time.Millisecond}
		}
		return submittest.Act{}
	}}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go r.srv.ServeConn(c)
		}
	}()
	text := fmt.Sprintf(`[user]
address = "sam@example.com"
[[manager]]
addresses = ["dana@example.com"]
urgent_at_night = true
[mailbox]
kind = "maildir"
path = %q
files_sent = "no"
[submission]
kind = "smtp"
server = "127.0.0.1"
port = %d
tls = "plain"
auth = "none"
`, filepath.Join(r.dir, "Maildir"), ln.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(filepath.Join(r.dir, "config.toml"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// add puts messages of the person's own into the folder Headsup/Now: approved and
// urgent.
func (r *rig) add(n int) {
	r.t.Helper()
	for range n {
		r.n++
		raw, err := letter.Build(mail.Message{ID: mail.MessageID(fmt.Sprintf("own%d@example.com", r.n)), Date: time.Now(),
			From: mail.Party{Address: sam}, To: []mail.Party{{Address: dana}}, Subject: fmt.Sprintf("Number %d", r.n),
			Parts: []mail.Part{{Type: "text/plain", Body: []byte("Hello Dana.\n")}}})
		if err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.box.Append(context.Background(), mail.QueueNow, raw, mail.Flags{Draft: true}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// live runs the program for a while and kills it.
func (r *rig) live(d time.Duration) {
	r.t.Helper()
	cmd := exec.Command(r.bin, "run", "--allow-root", "--config", filepath.Join(r.dir, "config.toml"), "--state", filepath.Join(r.dir, "state"))
	cmd.Env = append(os.Environ(), "HOME="+r.dir, "XDG_RUNTIME_DIR="+r.dir)
	r.errs.Reset()
	cmd.Stderr = &r.errs
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-done:
		r.t.Fatalf("it ended by itself: %v\n%s", err, r.errs.String())
	case <-timer.C:
	}
	if err := cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	if err := <-done; err == nil {
		r.t.Fatal("it was killed and says that all is well")
	}
}

// inspect opens what the dead process left and holds it to the promises.
func (r *rig) inspect(when string) {
	r.t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Dir: filepath.Join(r.dir, "state")})
	if err != nil {
		r.t.Fatalf("%s: %v", when, err)
	}
	defer s.Close()
	if st := s.Startup(); st.MovedTo != "" || st.Journal != "" {
		r.t.Errorf("%s: %+v", when, st)
	}
	if err := s.VerifyTrail(ctx); err != nil {
		r.t.Errorf("%s: %v", when, err)
	}
	list, err := s.List(ctx, ledger.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	now := map[ledger.ID]ledger.Message{}
	byMail := map[mail.MessageID]ledger.Message{}
	for _, m := range list {
		now[m.ID], byMail[m.MessageID] = m, m
	}
	for id, old := range r.seen {
		if m, ok := now[id]; !ok || m.Version < old.Version {
			r.t.Errorf("%s: message %s was at version %d and is lost or older (%d)", when, id, old.Version, m.Version)
		}
	}
	r.seen, r.sent = now, map[mail.MessageID]int{}
	for _, a := range r.srv.Accepted() {
		m, err := letter.Read(a.Data)
		if err != nil {
			r.t.Fatal(err)
		}
		r.sent[m.ID]++
		in := byMail[m.ID]
		if _, gated, _ := s.Gated(ctx, in.ID); in.State != ledger.Sent && !gated {
			r.t.Errorf("%s: the server has %s; the ledger says %s and has no gate", when, m.ID, in.State)
		}
		if wire, err := s.Bytes(ctx, in.ID, ledger.CopyWire); err != nil || !bytes.Equal(wire, a.Data) {
			r.t.Errorf("%s: the server has other bytes of %s than the ledger (%v)", when, m.ID, err)
		}
	}
	for id, n := range r.sent {
		if n > 1 {
			r.t.Errorf("%s: the server took %s %d times", when, id, n)
		}
	}
	for _, v := range r.srv.Violations() {
		r.t.Errorf("%s: %s", when, v)
	}
	r.calm(s)
}

// calm takes back the pause after ten starts in five minutes, which is what this test
// consists of.
func (r *rig) calm(s *store.Store) {
	ctx := context.Background()
	err := errors.Join(s.SetValue(ctx, time.Now(), "starts", "", struct{}{}), s.SetPause(ctx, time.Now(), ledger.Pause{By: "user"}))
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) summary(kills int) string {
	states := map[ledger.State]int{}
	for _, m := range r.seen {
		states[m.State]++
	}
	return fmt.Sprintf("kills %d | messages %d, in the ledger %d %v | accepted %d | twice 0 | lost 0", kills, r.n, len(r.seen), states, len(r.sent))
}
