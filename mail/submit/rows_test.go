package submit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/mail"
	"headsup/mail/submit"
	"headsup/mail/submittest"
)

func tlsServer(c tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
}

// The rows of group B that a scripted server can play. The number is the row of
// docs/faults.md.
func TestFaultRows(t *testing.T) {
	temp := func(stage mail.Stage, code int, says string) want {
		return want{outcome: mail.NotSent, stage: stage, code: code, says: says}
	}
	perm := func(stage mail.Stage, code int, says string) want {
		return want{outcome: mail.NotSent, stage: stage, code: code, permanent: true, says: says}
	}
	account := func(stage mail.Stage, code int, says string) want {
		return want{outcome: mail.NotSent, stage: stage, code: code, account: true, says: says}
	}
	unknown := want{outcome: mail.Uncertain, stage: mail.StageDot, gates: 1, says: "not sent again by itself"}
	unknownTaken := unknown
	unknownTaken.accepts = 1
	taken := want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1}

	rows := []struct {
		name  string
		stage submittest.Stage
		act   submittest.Act
		want  want
	}{
		{"B8 greeting 554", submittest.Greeting, submittest.Act{Reply: "554 5.3.2 go away"}, temp(mail.StageGreeting, 554, "go away")},
		{"B8 greeting 421", submittest.Greeting, submittest.Act{Reply: "421 4.3.2 later"}, temp(mail.StageGreeting, 421, "later")},
		{"B8 greeting garbage", submittest.Greeting, submittest.Act{Reply: "SSH-2.0-OpenSSH_9.2"}, temp(mail.StageGreeting, 0, "no SMTP reply")},
		{"B8 greeting line without end", submittest.Greeting, submittest.Act{Reply: "220 " + strings.Repeat("x", 2<<20)}, temp(mail.StageGreeting, 0, "no SMTP reply")},
		{"B8 greeting without end", submittest.Greeting, submittest.Act{Reply: strings.Repeat("220-hello\r\n", 1000) + "220 end"}, temp(mail.StageGreeting, 0, "no SMTP reply")},
		{"B8 greeting silent", submittest.Greeting, submittest.Act{Hang: true}, temp(mail.StageGreeting, 0, "timeout")},
		{"B8 EHLO refused", submittest.Ehlo, submittest.Act{Reply: "550 5.7.1 not you"}, temp(mail.StageGreeting, 550, "not you")},
		{"B9 no AUTH", submittest.Ehlo, submittest.Act{Reply: "250-mx.example.com\r\n250 8BITMIME"}, account(mail.StageAuth, 0, "does not offer login by PLAIN")},
		{"B9 SIZE too small", submittest.Ehlo, submittest.Act{Reply: "250-mx.example.com\r\n250-AUTH PLAIN\r\n250 SIZE 50"}, perm(mail.StageMail, 552, "the server takes 50")},
		{"B10 wrong password", submittest.Auth, submittest.Act{Reply: "535 5.7.8 bad credentials"}, account(mail.StageAuth, 535, "app password")},
		{"B10 mechanism refused", submittest.Auth, submittest.Act{Reply: "504 5.5.4 no"}, account(mail.StageAuth, 504, "headsup resume")},
		{"B11 AUTH temporary", submittest.Auth, submittest.Act{Reply: "454 4.7.0 try later"}, temp(mail.StageAuth, 454, "try later")},
		{"B11 AUTH connection lost", submittest.Auth, submittest.Act{Close: true}, temp(mail.StageAuth, 0, "EOF")},
		{"B12 MAIL 4xx", submittest.MailFrom, submittest.Act{Reply: "451 4.7.1 busy"}, temp(mail.StageMail, 451, "busy")},
		{"B12 RCPT 4xx", submittest.RcptTo, submittest.Act{Reply: "450 4.7.1 greylisted"}, temp(mail.StageRcpt, 450, "greylisted")},
		{"B12 DATA 4xx", submittest.Data, submittest.Act{Reply: "451 4.3.0 busy"}, temp(mail.StageData, 451, "busy")},
		{"B12 MAIL silent", submittest.MailFrom, submittest.Act{Hang: true}, temp(mail.StageMail, 0, "timeout")},
		{"B12 RCPT lost", submittest.RcptTo, submittest.Act{Close: true}, temp(mail.StageRcpt, 0, "EOF")},
		{"B12 DATA lost", submittest.Data, submittest.Act{Close: true}, temp(mail.StageData, 0, "EOF")},
		{"B13 MAIL 5xx", submittest.MailFrom, submittest.Act{Reply: "550 5.1.8 sender"}, perm(mail.StageMail, 550, "sender")},
		{"B13 MAIL needs login", submittest.MailFrom, submittest.Act{Reply: "530 5.7.0 log in"}, account(mail.StageMail, 530, "log in")},
		{"B13 RCPT 5xx", submittest.RcptTo, submittest.Act{Reply: "550 5.1.1 no such user"}, perm(mail.StageRcpt, 550, "dana@example.com")},
		{"B13 DATA 5xx", submittest.Data, submittest.Act{Reply: "554 5.5.1 no"}, perm(mail.StageData, 554, "no")},
		{"B16 quota 452", submittest.RcptTo, submittest.Act{Reply: "452 4.2.2 full"}, temp(mail.StageRcpt, 452, "full")},
		{"B16 quota 552", submittest.RcptTo, submittest.Act{Reply: "552 5.2.2 full"}, perm(mail.StageRcpt, 552, "full")},
		{"B17 reset in the body", submittest.Body, submittest.Act{Close: true}, temp(mail.StageBody, 0, "")},
		{"B18 reset after the dot, taken", submittest.Dot, submittest.Act{Close: true, Keep: true}, unknownTaken},
		{"B19 reset after the dot, not taken", submittest.Dot, submittest.Act{Close: true}, unknown},
		{"B20 stall of 5 minutes", submittest.Dot, submittest.Act{Wait: 5 * time.Minute}, taken},
		{"B20 stall of 11 minutes", submittest.Dot, submittest.Act{Wait: 11 * time.Minute}, unknownTaken},
		{"B20 stall of 30 minutes, not taken", submittest.Dot, submittest.Act{Hang: true}, unknown},
		{"B21 451 after the dot", submittest.Dot, submittest.Act{Reply: "451 4.3.0 later"}, want{outcome: mail.NotSent, stage: mail.StageDot, code: 451, gates: 1}},
		{"B21 554 after the dot", submittest.Dot, submittest.Act{Reply: "554 5.7.1 spam"}, want{outcome: mail.NotSent, stage: mail.StageDot, code: 554, permanent: true, gates: 1}},
		{"B22 451 after the dot, a lie", submittest.Dot, submittest.Act{Reply: "451 4.3.0 later", Keep: true}, want{outcome: mail.NotSent, stage: mail.StageDot, code: 451, gates: 1, accepts: 1}},
		{"B23 lost before QUIT", submittest.Quit, submittest.Act{Close: true}, taken},
		{"B23 QUIT refused", submittest.Quit, submittest.Act{Reply: "554 no"}, taken},
		{"B23 QUIT unanswered", submittest.Quit, submittest.Act{Hang: true}, taken},
		{"B24 reply byte by byte", submittest.Dot, submittest.Act{Bytes: true}, taken},
		{"B24 reply in two pieces", submittest.Dot, submittest.Act{Cut: 2, Pause: 29 * time.Second}, taken},
		{"B25 250 with 100 kB", submittest.Dot, submittest.Act{Reply: "250 " + strings.Repeat("x", 100<<10), Keep: true}, unknownTaken},
		{"B25 250 with NUL", submittest.Dot, submittest.Act{Reply: "250 o\x00k", Keep: true}, taken},
		{"B25 250 with CR only", submittest.Dot, submittest.Act{Reply: "250 ok\r", Cut: 7, Pause: time.Hour, Keep: true}, unknownTaken},
		{"B25 250 with CR inside", submittest.Dot, submittest.Act{Reply: "250 ok\r554 no", Keep: true}, unknownTaken},
		{"B25 bare 250", submittest.Dot, submittest.Act{Reply: "250", Keep: true}, taken},
		{"B25 354 after the dot", submittest.Dot, submittest.Act{Reply: "354 more"}, unknown},
		{"B25 garbage after the dot", submittest.Dot, submittest.Act{Reply: "ok\x01\x02"}, unknown},
		{"B26 two replies to MAIL", submittest.MailFrom, submittest.Act{Extra: "250 2.1.0 and again\r\n"}, temp(mail.StageRcpt, 0, "not given")},
		{"B26 two replies to DATA", submittest.Data, submittest.Act{Extra: "250 2.0.0 Ok\r\n"}, temp(mail.StageBody, 0, "not given")},
		{"B26 a reply in the body", submittest.Body, submittest.Act{Reply: "250 2.0.0 Ok"}, temp(mail.StageBody, 0, "")},
		{"B26 421 in the body", submittest.Body, submittest.Act{Reply: "421 4.3.2 shutting down"}, temp(mail.StageBody, 421, "shutting down")},
		{"B26 two replies to the dot", submittest.Dot, submittest.Act{Extra: "554 5.0.0 no\r\n", Keep: true}, unknownTaken},
		{"B30 rate limit at RCPT", submittest.RcptTo, submittest.Act{Reply: "450 4.7.1 too many, try again in 1 h"}, temp(mail.StageRcpt, 450, "1 h")},
		{"B30 rate limit 421", submittest.MailFrom, submittest.Act{Reply: "421 4.7.0 too many"}, temp(mail.StageMail, 421, "too many")},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.server.Script = at(row.stage, row.act)
				r := w.submit(t.Context())
				w.check(r, row.want)
				if r.Stage == mail.StageRcpt && r.Code != 0 && len(r.Rejected) != 1 {
					t.Errorf("rejected %v", r.Rejected)
				}
				if strings.ContainsAny(r.Reply, "\x00\x01\r\n") {
					t.Errorf("reply %q is not fit to be shown", r.Reply)
				}
			})
		})
	}
}

func TestConnectRows(t *testing.T) {
	refuse := func(err error) submittest.Dialer {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	hole := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	rows := map[string]submittest.Dialer{
		"B1 NXDOMAIN": refuse(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true}),
		"B1 SERVFAIL": refuse(&net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}),
		"B1 timeout":  refuse(&net.DNSError{Err: "timeout", Name: host, IsTimeout: true}),
		"B2 refused":  refuse(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}),
		"B2 hole":     hole,
	}
	for name, dial := range rows {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.opts.Dial = dial
				start := time.Now()
				w.check(w.submit(t.Context()), want{outcome: mail.NotSent, stage: mail.StageConnect, says: "localhost:25"})
				if d := time.Since(start); d > time.Minute {
					t.Errorf("gave up after %s", d)
				}
			})
		})
	}
}

func TestTLSRows(t *testing.T) {
	long := time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC)
	rows := []struct {
		name  string
		cert  submittest.Certificate
		alien bool // the authority is not known
		says  string
	}{
		{"B4 expired", submittest.Certificate{Host: host, NotAfter: long}, false, "clock of this machine"},
		{"B4 not yet valid", submittest.Certificate{Host: host, NotBefore: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)}, false, "clock of this machine"},
		{"B4 wrong host", submittest.Certificate{Host: "other.example.net"}, false, "submission.server"},
		{"B4 wrong kind of host", submittest.Certificate{Host: "127.0.0.1"}, false, "certificate"},
		{"B4 self-signed, unknown", submittest.Certificate{Host: host}, true, "submission.ca_file"},
	}
	for _, security := range []submit.Security{submit.ImplicitTLS, submit.StartTLS} {
		for _, row := range rows {
			t.Run(row.name+" "+string(security), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					w.tls(security, row.cert)
					if row.alien {
						w.opts.Roots = emptyPool()
					}
					w.check(w.submit(t.Context()), want{outcome: mail.NotSent, stage: mail.StageTLS, account: true, says: row.says})
					if n := w.server.Logins(); n != 0 {
						t.Errorf("%d logins over a connection that nobody vouches for", n)
					}
				})
			})
		}
	}
}

func TestHandshakeRows(t *testing.T) {
	t.Run("B3 reset in the handshake", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.tls(submit.ImplicitTLS, submittest.Certificate{Host: host})
			w.opts.Dial = w.server.PipeTLS(func(c net.Conn) net.Conn { return submittest.Cut(c, -1, 20) })
			w.check(w.submit(t.Context()), want{outcome: mail.NotSent, stage: mail.StageTLS})
		})
	})
	t.Run("B29 portal answers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.tls(submit.ImplicitTLS, submittest.Certificate{Host: host})
			w.opts.Dial = func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				go func() {
					defer server.Close()
					var hello [2048]byte
					server.Read(hello[:])
					server.Write([]byte("HTTP/1.1 302 Found\r\nLocation: http://portal.example.net/\r\n\r\n"))
				}()
				return client, nil
			}
			w.check(w.submit(t.Context()), want{outcome: mail.NotSent, stage: mail.StageTLS, says: "portal"})
		})
	})
}

func TestStartTLSRows(t *testing.T) {
	rows := []struct {
		name  string
		stage submittest.Stage
		act   submittest.Act
		want  want
	}{
		{"B5 missing", submittest.Ehlo, submittest.Act{Reply: "250-mx.example.com\r\n250 AUTH PLAIN"}, want{outcome: mail.NotSent, stage: mail.StageTLS, account: true, says: "STARTTLS"}},
		{"B6 454", submittest.StartTLS, submittest.Act{Reply: "454 4.7.0 no"}, want{outcome: mail.NotSent, stage: mail.StageTLS, code: 454, says: "no"}},
		{"B6 502", submittest.StartTLS, submittest.Act{Reply: "502 5.5.1 no"}, want{outcome: mail.NotSent, stage: mail.StageTLS, code: 502, account: true, says: "without it nothing is said"}},
		{"B6 lost", submittest.StartTLS, submittest.Act{Close: true}, want{outcome: mail.NotSent, stage: mail.StageTLS}},
		{"B7 injected keywords", submittest.StartTLS, submittest.Act{Extra: "250-mx.example.com\r\n250 AUTH PLAIN\r\n"}, want{outcome: mail.NotSent, stage: mail.StageTLS, says: "in the clear"}},
		{"B7 injected behind EHLO", submittest.Ehlo, submittest.Act{Extra: "220 go on\r\n"}, want{outcome: mail.NotSent, stage: mail.StageTLS, says: "not given"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.tls(submit.StartTLS, submittest.Certificate{Host: host})
				w.server.Script = at(row.stage, row.act)
				var heard tapped
				w.opts.Dial = w.server.Pipe(heard.wrap)
				w.check(w.submit(t.Context()), row.want)
				if s := heard.String(); strings.Contains(s, "AUTH") || strings.Contains(s, "canary") {
					t.Errorf("a credential was on the wire: %q", s)
				}
			})
		})
	}
}

// tapped keeps what a client wrote.
type tapped struct{ strings.Builder }

func (b *tapped) wrap(c net.Conn) net.Conn { return &tap{c, b} }

type tap struct {
	net.Conn
	heard *tapped
}

func (c *tap) Write(p []byte) (int, error) {
	c.heard.Write(p)
	return c.Conn.Write(p)
}
