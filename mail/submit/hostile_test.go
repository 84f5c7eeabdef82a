package submit_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"headsup/mail"
	"headsup/mail/submit"
	"headsup/mail/submittest"

	"golang.org/x/net/dns/dnsmessage"
)

var sessions = flag.Int("sessions", 3000, "number of sessions with a server that answers random grammar")

// S36, S3, S20: a server that answers random grammar. No panic, no hang, no credential
// before TLS, no acceptance without a gate.
func TestHostileSessions(t *testing.T) {
	seen := map[mail.Outcome]int{}
	for n := range *sessions {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			w := newWorld(t)
			starttls := n%4 == 0
			if starttls {
				w.opts.Host, w.opts.Security = host, submit.StartTLS
			}
			var heard tapped
			dial := turnServer(grammar(r))
			w.opts.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := dial(ctx, network, addr)
				return heard.wrap(c), err
			}
			res := w.submit(t.Context())
			seen[res.Outcome]++
			switch {
			case res.Outcome != mail.NotSent && w.gate.calls != 1:
				t.Fatalf("session %d: %s with %d gates", n, res.Outcome, w.gate.calls)
			case starttls && strings.Contains(heard.String(), "AUTH"):
				t.Fatalf("session %d: a credential in the clear: %q", n, heard.String())
			case res.Err != nil && strings.Contains(res.Err.Error(), "canary"):
				t.Fatalf("session %d: %v tells the secret", n, res.Err)
			}
		})
	}
	t.Logf("%d sessions: %v", *sessions, seen)
	if *sessions >= 1000 && (seen[mail.Accepted] == 0 || seen[mail.Uncertain] == 0 || seen[mail.NotSent] == 0) {
		t.Errorf("the sessions do not reach every outcome: %v", seen)
	}
}

// grammar makes the turns of a server: mostly what one says, with faults sprinkled in.
func grammar(r *rand.Rand) []string {
	turns := []string{"220 mx.example.com", "250-mx.example.com\r\n250 AUTH PLAIN", "235 ok", "250 ok", "250 ok", "354 go on", "250 2.0.0 ok queued"}
	if r.IntN(4) == 0 {
		turns = slices.Insert(turns, 1, "250-mx.example.com\r\n250 STARTTLS", "220 go on")
	}
	for i := range turns {
		if r.IntN(12) == 0 {
			turns[i] = fault(r)
		}
	}
	return turns
}

// turnServer says one turn after the other; behind a 354 it listens up to the dot.
func turnServer(turns []string) submittest.Dialer {
	return dialFunc(func(server net.Conn) {
		in := bufio.NewReader(server)
		for _, turn := range turns {
			if _, err := io.WriteString(server, turn+"\r\n"); err != nil {
				return
			}
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if !strings.HasPrefix(turn, "354") || line == ".\r\n" {
					break
				}
			}
		}
	})
}

func fault(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return fmt.Sprintf("%03d text", r.IntN(1000))
	case 1:
		return fmt.Sprintf("%d-more", 200+r.IntN(400))
	case 2:
		return strings.Repeat("x", r.IntN(3000))
	case 3:
		return "250"
	case 4:
		return "250-a\r\n251 b"
	case 5:
		return "334 " + strings.Repeat("=", r.IntN(5))
	case 6:
		return "421 bye"
	case 7:
		return "535 5.7.8 no"
	case 8:
		return "\xff\xfe\x00"
	case 9:
		return "220 go on\r\n250 injected"
	case 10:
		return "354"
	}
	return ""
}

// B28: IPv6 is a hole, IPv4 answers.
func TestFallsOverToIPv4(t *testing.T) {
	s := &submittest.Server{}
	port := s.Listen(t, false)
	dns := nameServer(t)
	dialer := &net.Dialer{Timeout: 30 * time.Second, Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", dns)
	}}}
	var holes atomic.Int32
	dialer.ControlContext = func(ctx context.Context, network, _ string, _ syscall.RawConn) error {
		if network == "tcp6" {
			holes.Add(1)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	o, err := submit.NewSMTP(submit.Options{Host: "localhost", Port: port, Security: submit.None, Boot: boot(), Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, p, _ := net.SplitHostPort(addr)
		return dialer.DialContext(ctx, network, net.JoinHostPort("mx.example.com", p))
	}})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r := o.Submit(t.Context(), envelope(t, "dana@example.com"), wire, (&gate{}).pass)
	if d := time.Since(start); r.Outcome != mail.Accepted || d > 10*time.Second {
		t.Errorf("after %s: %+v", d, r)
	} else {
		t.Logf("after %s, with %d tries of IPv6", d.Round(time.Millisecond), holes.Load())
	}
}

// nameServer says that every host has the addresses ::1 and 127.0.0.1.
func nameServer(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			switch q.Type {
			case dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
			case dnsmessage.TypeAAAA:
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AAAAResource{AAAA: [16]byte{15: 1}}}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}
