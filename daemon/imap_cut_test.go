package daemon_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headsup/daemon/ledger"
)

// cutter stands between the daemon and the mail server. While it is armed, the next
// burst that is as long as a draft costs the connection: pass bytes of it go through, and
// no answer comes back.
type cutter struct {
	to    string
	pass  int
	armed atomic.Bool
	cuts  atomic.Int32
	open  sync.Map
}

// listen serves until the test ends.
func (c *cutter) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		c.open.Range(func(k, _ any) bool { k.(net.Conn).Close(); return true })
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.serve(conn) })
		}
	})
	return l.Addr().String()
}

func (c *cutter) serve(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer far.Close()
	c.open.Store(near, true)
	defer c.open.Delete(near)
	var mute atomic.Bool
	answers := make(chan bool)
	go func() {
		defer close(answers)
		buf := make([]byte, 32<<10)
		for {
			n, err := far.Read(buf)
			if err != nil || mute.Load() {
				near.Close()
				return
			}
			if _, err := near.Write(buf[:n]); err != nil {
				far.Close()
				return
			}
		}
	}()
	for buf := make([]byte, 64<<10); ; {
		n, err := near.Read(buf)
		if err != nil {
			break
		}
		// Whole records of TLS are passed on or kept; a draft is longer than any command.
		if n > 1500 && c.armed.CompareAndSwap(true, false) {
			c.cuts.Add(1)
			mute.Store(true)
			_, _ = far.Write(buf[:min(n, c.pass)])
			if n < c.pass {
				_, _ = io.Copy(far, io.LimitReader(near, int64(c.pass-n)))
			}
			if c.pass < 1<<20 {
				break
			}
			<-answers // the server has taken it, and its answer is lost
			return
		}
		if _, err := far.Write(buf[:n]); err != nil {
			break
		}
	}
	far.Close()
	<-answers
}

// TestAppendCutOnIMAP: the connection to a real server ends in the middle of the draft, or
// behind it before the answer came (C1, C2). There is one draft in the end, and it goes
// out once.
func TestAppendCutOnIMAP(t *testing.T) {
	for name, pass := range map[string]int{"in the draft": 900, "behind it": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			c := &cutter{pass: pass}
			a := onIMAPThrough(t, viaOwn(t), filesItself, func(to string) string {
				c.to = to
				return c.listen(t)
			})
			a.pass(10 * time.Second)
			c.armed.Store(true)
			a.draft()
			if c.cuts.Load() != 1 {
				t.Fatalf("%d connections were cut, want 1", c.cuts.Load())
			}
			a.glide(30*time.Minute, time.Minute)
			if drafts := a.phone.list("Drafts"); len(drafts) != 1 {
				t.Fatalf("%d drafts", len(drafts))
			}
			a.phone.move(a.phone.list("Drafts")[0], "Headsup")
			a.over(a.becomes(ledger.Scheduled))
			a.becomes(ledger.Sent)
			a.expect(1, 1, 0)
		})
	}
}
