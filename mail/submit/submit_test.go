package submit_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/mail"
	"headsup/mail/submit"
	"headsup/mail/submittest"

	"github.com/emersion/go-sasl"
)

const host = "mx.example.com"

var wire = []byte("From: Sam Okafor <sam@example.com>\r\nTo: dana@example.com\r\nSubject: Call\r\n\r\nHello,\r\n.\r\n..two\r\n\r\nSam\r\n")

func address(t testing.TB, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func envelope(t testing.TB, to ...string) mail.Envelope {
	e := mail.Envelope{From: address(t, "sam@example.com")}
	for _, s := range to {
		e.To = append(e.To, address(t, s))
	}
	return e
}

// boot is a boot clock that follows the bubble's clock.
func boot() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

func password(context.Context) (sasl.Client, error) {
	return sasl.NewPlainClient("", "sam@example.com", "canary-s3cret"), nil
}

// gate counts its calls and lets through.
type gate struct {
	calls int
	fn    func(context.Context) error
}

func (g *gate) pass(ctx context.Context) error {
	g.calls++
	if g.fn != nil {
		return g.fn(ctx)
	}
	return nil
}

// world is a client and a scripted server inside a bubble.
type world struct {
	t      *testing.T
	server *submittest.Server
	opts   submit.Options
	env    mail.Envelope
	gate   gate
	wire   []byte
}

func newWorld(t *testing.T) *world {
	s := &submittest.Server{}
	return &world{t: t, server: s, env: envelope(t, "dana@example.com"), wire: wire,
		opts: submit.Options{Host: "localhost", Port: 25, Security: submit.None, Auth: password, Boot: boot(), Dial: s.Pipe(nil)}}
}

// tls puts TLS under the conversation.
func (w *world) tls(security submit.Security, c submittest.Certificate) {
	cert, roots, err := c.Make()
	if err != nil {
		w.t.Fatal(err)
	}
	w.opts.Host, w.opts.Security, w.opts.Roots = host, security, roots
	w.server.TLS = tlsServer(cert)
	if w.opts.Dial = w.server.Pipe(nil); security == submit.ImplicitTLS {
		w.opts.Dial = w.server.PipeTLS(nil)
	}
}

func (w *world) submit(ctx context.Context) mail.Result {
	w.t.Helper()
	s, err := submit.NewSMTP(w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	r := s.Submit(ctx, w.env, w.wire, w.gate.pass)
	synctest.Wait()
	return r
}

// want is what a row of the fault matrix expects.
type want struct {
	outcome   mail.Outcome
	stage     mail.Stage
	code      int
	permanent bool
	account   bool
	accepts   int
	gates     int
	says      string // part of the error
}

func (w *world) check(r mail.Result, x want) {
	w.t.Helper()
	if r.Outcome != x.outcome || r.Stage != x.stage || r.Code != x.code || r.Permanent != x.permanent || r.Account != x.account {
		w.t.Errorf("got %s at %s, code %d, permanent %v, account %v (%v)\nwant %+v", r.Outcome, r.Stage, r.Code, r.Permanent, r.Account, r.Err, x)
	}
	if n := len(w.server.Accepted()); n != x.accepts {
		w.t.Errorf("the server accepted %d messages, want %d", n, x.accepts)
	}
	if w.gate.calls != x.gates {
		w.t.Errorf("gate was called %d times, want %d", w.gate.calls, x.gates)
	}
	if v := w.server.Violations(); len(v) > 0 {
		w.t.Errorf("violations: %q", v)
	}
	switch {
	case (r.Err == nil) != (r.Outcome == mail.Accepted):
		w.t.Errorf("outcome %s with error %v", r.Outcome, r.Err)
	case r.Err != nil && !strings.Contains(r.Err.Error(), x.says):
		w.t.Errorf("error %q does not say %q", r.Err, x.says)
	case r.Err != nil && strings.Contains(r.Err.Error(), "canary-s3cret"):
		w.t.Errorf("error %q tells the secret", r.Err)
	}
}

// at makes a script that misbehaves at one stage.
func at(stage submittest.Stage, a submittest.Act) func(submittest.Event) submittest.Act {
	return func(e submittest.Event) submittest.Act {
		if e.Stage == stage {
			return a
		}
		return submittest.Act{}
	}
}

func TestAccepted(t *testing.T) {
	for _, security := range []submit.Security{submit.None, submit.ImplicitTLS, submit.StartTLS} {
		t.Run(string(security), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if security != submit.None {
					w.tls(security, submittest.Certificate{Host: host})
				}
				w.env = envelope(t, "dana@example.com", "kim@example.com")
				w.gate.fn = func(context.Context) error {
					if n := len(w.server.Accepted()); n != 0 {
						t.Errorf("%d messages were accepted before the gate", n)
					}
					return nil
				}
				r := w.submit(t.Context())
				w.check(r, want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, accepts: 1, gates: 1})
				got := w.server.Accepted()[0]
				if string(got.Data) != string(wire) || got.From != "sam@example.com" || strings.Join(got.To, " ") != "dana@example.com kim@example.com" {
					t.Errorf("the server got %+v", got)
				}
				if r.Enhanced != "2.0.0" || r.Reply != "Ok: queued as Q1" {
					t.Errorf("status %q, reply %q", r.Enhanced, r.Reply)
				}
			})
		})
	}
}

func TestGateRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		refusal := errors.New("cancelled meanwhile")
		w.gate.fn = func(context.Context) error { return refusal }
		r := w.submit(t.Context())
		w.check(r, want{outcome: mail.NotSent, stage: mail.StageGate, gates: 1, says: "cancelled meanwhile"})
		if !errors.Is(r.Err, refusal) {
			t.Errorf("error %v does not wrap the refusal", r.Err)
		}
	})
}

// A21: stopped behind the gate and continued an hour later.
func TestFrozenBehindGate(t *testing.T) {
	for stood, sent := range map[time.Duration]bool{1999 * time.Millisecond: true, 2 * time.Second: false, time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			clock := time.Duration(0)
			w.opts.Boot = func() time.Duration { return clock }
			w.gate.fn = func(context.Context) error { clock += stood; return nil }
			x := want{outcome: mail.NotSent, stage: mail.StageGate, gates: 1, says: "too late"}
			if sent {
				x = want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1}
			}
			w.check(w.submit(t.Context()), x)
		})
	}
}

func TestContextBeforeAndBehindGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.gate.fn = func(context.Context) error { cancel(); return nil }
		w.server.Script = at(submittest.Dot, submittest.Act{Wait: time.Minute})
		w.check(w.submit(ctx), want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1})
	})
	for _, stage := range []submittest.Stage{submittest.Greeting, submittest.Ehlo, submittest.Auth, submittest.MailFrom, submittest.RcptTo, submittest.Data} {
		t.Run(string(stage), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				w.server.Script = at(stage, submittest.Act{Hang: true})
				start := time.Now()
				r := w.submit(ctx)
				if r.Outcome != mail.NotSent || w.gate.calls != 0 || len(w.server.Accepted()) != 0 {
					t.Errorf("got %+v, %d gates", r, w.gate.calls)
				}
				if !errors.Is(r.Err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("after %s: %v", time.Since(start), r.Err)
				}
			})
		})
	}
}

func TestCheck(t *testing.T) {
	sam := envelope(t, "sam@example.com").To[0]
	rows := []struct {
		at    submittest.Stage
		reply string
		from  mail.Address
		want  mail.Result
		says  string
	}{
		{submittest.Auth, "", mail.Address{}, mail.Result{Stage: mail.StageAuth}, "let us in"},
		{submittest.Auth, "535 5.7.8 bad", sam, mail.Result{Stage: mail.StageAuth, Code: 535, Account: true}, "535"},
		{submittest.Auth, "454 4.7.0 too many", sam, mail.Result{Stage: mail.StageAuth, Code: 454}, "454"},
		{submittest.MailFrom, "", sam, mail.Result{Stage: mail.StageAuth}, "takes mail from sam@example.com"},
		{submittest.MailFrom, "553 5.7.1 not owned by user", sam, mail.Result{Stage: mail.StageMail, Code: 553, Permanent: true}, "not owned"},
		{submittest.RcptTo, "553 5.7.1 not owned by user", sam, mail.Result{Stage: mail.StageRcpt, Code: 553, Permanent: true}, "not owned"},
		{submittest.RcptTo, "451 4.7.1 later", sam, mail.Result{Stage: mail.StageRcpt, Code: 451}, "later"},
	}
	for _, row := range rows {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			if row.reply != "" {
				w.server.Script = at(row.at, submittest.Act{Reply: row.reply})
			}
			s, err := submit.NewSMTP(w.opts)
			if err != nil {
				t.Fatal(err)
			}
			r := s.Check(t.Context(), row.from)
			synctest.Wait()
			if r.Outcome != mail.NotSent || r.Stage != row.want.Stage || r.Code != row.want.Code || r.Account != row.want.Account || r.Permanent != row.want.Permanent || (r.Err == nil) != (row.reply == "") {
				t.Errorf("%q: got %+v", row.reply, r)
			}
			if said := fmt.Sprint(r.Reply, r.Err); !strings.Contains(said, row.says) {
				t.Errorf("%q: said %q", row.reply, said)
			}
			if n := len(w.server.Accepted()); n != 0 {
				t.Errorf("%q: %d mails went out", row.reply, n)
			}
		})
	}
}

// loopback only: without TLS nothing is said to another machine, whatever its name.
func TestPlainOnlyOnThisMachine(t *testing.T) {
	o := submit.Options{Host: host, Port: 25, Security: submit.None, Boot: boot()}
	if _, err := submit.NewSMTP(o); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("a host elsewhere without TLS: %v", err)
	}
	o.Host = "localhost"
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { server.Close() }()
		return elsewhere{client}, nil
	}
	s, err := submit.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, (&gate{}).pass)
	if !r.Account || r.Stage != mail.StageTLS {
		t.Errorf("localhost that is elsewhere: %+v", r)
	}
}

type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func emptyPool() *x509.CertPool { return x509.NewCertPool() }

// dialFunc dials a pipe with a function at its end.
func dialFunc(serve func(net.Conn)) submittest.Dialer {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			serve(server)
		}()
		return client, nil
	}
}
