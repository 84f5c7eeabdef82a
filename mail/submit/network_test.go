package submit_test

import (
	"context"
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
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// B27, limit_data: the connection ends after every possible number of bytes, in either
// direction. The server's list of accepted messages is the judge.
func TestCutAnywhere(t *testing.T) {
	for _, direction := range []string{"written", "read"} {
		t.Run(direction, func(t *testing.T) {
			uncertain, n := 0, 0
			for whole := false; !whole; n++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					written, read := n, -1
					if direction == "read" {
						written, read = -1, n
					}
					w.opts.Dial = w.server.Pipe(func(c net.Conn) net.Conn { return submittest.Cut(c, written, read) })
					r := w.submit(t.Context())
					accepts := len(w.server.Accepted())
					switch {
					case accepts > 1, accepts == 1 && r.Outcome == mail.NotSent, accepts == 0 && r.Outcome == mail.Accepted:
						t.Fatalf("cut after %d bytes %s: %s, and the server has %d", n, direction, r.Outcome, accepts)
					case r.Outcome == mail.NotSent && (r.Permanent || r.Account):
						t.Fatalf("cut after %d bytes %s: a broken line is no fault of message or account: %v", n, direction, r.Err)
					case r.Outcome != mail.NotSent && w.gate.calls != 1:
						t.Fatalf("cut after %d bytes %s: %s with %d gates", n, direction, r.Outcome, w.gate.calls)
					case r.Outcome == mail.Uncertain:
						uncertain++
					}
					whole = r.Outcome == mail.Accepted && r.Reply == "Ok: queued as Q1"
				})
			}
			t.Logf("%d cuts, %d uncertain", n, uncertain)
			if uncertain == 0 || n < 100 {
				t.Errorf("%d cuts, %d uncertain: the test does not reach the dot", n, uncertain)
			}
		})
	}
}

// B27, bandwidth and latency: 1 kB/s and 30 s are slow, not broken.
func TestSlowLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.wire = append(append([]byte(nil), wire...), []byte(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 8000))...)
		w.opts.Dial = w.server.Pipe(func(c net.Conn) net.Conn { return submittest.Slow(c, 1000, 30*time.Second) })
		start := time.Now()
		w.check(w.submit(t.Context()), want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1})
		if d := time.Since(start); d < 9*time.Minute {
			t.Errorf("done after %s: the line was not slow", d)
		}
	})
}

// B14, B15: one bad recipient of three.
func TestOneRecipientRefused(t *testing.T) {
	rows := []struct {
		name     string
		replies  map[string]string
		rejected string
		want     want
	}{
		{"B14 one 550", map[string]string{"kim@example.com": "550 5.1.1 no such user"}, "[kim@example.com]",
			want{outcome: mail.NotSent, stage: mail.StageRcpt, code: 550, permanent: true, says: "refused: kim@example.com. Nobody got the message"}},
		{"B15 one 451", map[string]string{"lee@example.com": "451 4.7.1 greylisted"}, "[lee@example.com]",
			want{outcome: mail.NotSent, stage: mail.StageRcpt, code: 451}},
		{"B14 two 550", map[string]string{"kim@example.com": "550 5.1.1 no", "lee@example.com": "553 5.1.3 no"}, "[kim@example.com lee@example.com]",
			want{outcome: mail.NotSent, stage: mail.StageRcpt, code: 550, permanent: true}},
		{"B14 and B15 together", map[string]string{"dana@example.com": "451 4.7.1 later", "kim@example.com": "550 5.1.1 no"}, "[kim@example.com]",
			want{outcome: mail.NotSent, stage: mail.StageRcpt, code: 550, permanent: true}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.env = envelope(t, "dana@example.com", "kim@example.com", "lee@example.com")
				var after []string
				w.server.Script = func(e submittest.Event) submittest.Act {
					if e.Stage == submittest.Rset || e.Stage == submittest.Data {
						after = append(after, string(e.Stage))
					}
					if e.Stage == submittest.RcptTo {
						return submittest.Act{Reply: row.replies[e.Arg]}
					}
					return submittest.Act{}
				}
				r := w.submit(t.Context())
				w.check(r, row.want)
				if got := fmt.Sprint(r.Rejected); got != row.rejected {
					t.Errorf("rejected %s, want %s", got, row.rejected)
				}
				if fmt.Sprint(after) != "[rset]" {
					t.Errorf("after the refusal the client sent %v", after)
				}
			})
		})
	}
}

// B9: what the message needs and the server lacks is said before MAIL.
func TestServerLacks(t *testing.T) {
	rows := map[string]struct {
		wire   string
		offers []string
		want   want
	}{
		"8BITMIME": {"Subject: a\r\n\r\ncafé\r\n", []string{"AUTH PLAIN"}, want{outcome: mail.NotSent, stage: mail.StageMail, code: 554, permanent: true, says: "no 8BITMIME"}},
		"SMTPUTF8": {"Subject: é\r\n\r\nx\r\n", []string{"AUTH PLAIN", "8BITMIME"}, want{outcome: mail.NotSent, stage: mail.StageMail, code: 553, permanent: true, says: "no SMTPUTF8"}},
		"nothing":  {"Subject: é\r\n\r\ncafé\r\n", []string{"AUTH PLAIN", "8BITMIME", "SMTPUTF8"}, want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1}},
	}
	for name, row := range rows {
		t.Run("B9 "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.wire, w.server.Offers = []byte(row.wire), row.offers
				w.check(w.submit(t.Context()), row.want)
			})
		})
	}
}

func TestLogins(t *testing.T) {
	oauth := func(context.Context) (sasl.Client, error) {
		return submit.XOAuth2("sam@example.com", "canary-s3cret"), nil
	}
	bearer := func(context.Context) (sasl.Client, error) {
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: "sam@example.com", Token: "canary-s3cret"}), nil
	}
	broken := func(context.Context) (sasl.Client, error) { return nil, fmt.Errorf("run pass: exit status 1") }
	const invalid = "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiYmVhcmVyIn0=" // {"status":"400","schemes":"bearer"}
	ok := want{outcome: mail.Accepted, stage: mail.StageDot, code: 250, gates: 1, accepts: 1}
	no := want{outcome: mail.NotSent, stage: mail.StageAuth, account: true, says: "headsup resume"}
	rows := []struct {
		name   string
		auth   func(context.Context) (sasl.Client, error)
		offers string
		act    submittest.Act
		login  string
		logins int
		want   want
	}{
		{"PLAIN", password, "AUTH PLAIN LOGIN", submittest.Act{}, "PLAIN AHNhbUBleGFtcGxlLmNvbQBjYW5hcnktczNjcmV0", 1, ok},
		{"LOGIN where nothing else is", password, "AUTH LOGIN", submittest.Act{}, "LOGIN c2FtQGV4YW1wbGUuY29t Y2FuYXJ5LXMzY3JldA==", 1, ok},
		{"XOAUTH2", oauth, "AUTH XOAUTH2", submittest.Act{}, "XOAUTH2 dXNlcj1zYW1AZXhhbXBsZS5jb20BYXV0aD1CZWFyZXIgY2FuYXJ5LXMzY3JldAEB", 1, ok},
		{"XOAUTH2 refused", oauth, "AUTH XOAUTH2", submittest.Act{Reply: invalid}, "", 1, no},
		{"OAUTHBEARER refused", bearer, "AUTH OAUTHBEARER", submittest.Act{Reply: invalid}, "", 1, no},
		{"OAUTHBEARER not offered", bearer, "AUTH XOAUTH2", submittest.Act{}, "", 0, no},
		{"secret not there", broken, "AUTH PLAIN", submittest.Act{}, "", 0, no},
		{"endless questions", password, "AUTH PLAIN", submittest.Act{Reply: "334 "}, "", 1, no},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.opts.Auth, w.server.Offers = row.auth, []string{row.offers}
				w.server.Script = at(submittest.Auth, row.act)
				w.check(w.submit(t.Context()), row.want)
				if n := w.server.Logins(); n != row.logins {
					t.Errorf("%d logins, want %d", n, row.logins)
				}
				if got := w.server.Accepted(); row.login != "" && (len(got) != 1 || got[0].Login != row.login) {
					t.Errorf("logged in by %+v", got)
				}
			})
		})
	}
}
