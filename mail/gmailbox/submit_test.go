package gmailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/submittest"

	"google.golang.org/api/gmail/v1"
)

func submitter(t *testing.T, f *fake) *Submitter {
	t.Helper()
	start := time.Now()
	s, err := NewSubmitter(Options{Tokens: &tokens{}, Endpoint: f.URL}, func() time.Duration { return time.Since(start) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSubmitSuite(t *testing.T) {
	submittest.Run(t, func(t *testing.T) submittest.Peer {
		f := newFake(t)
		return submittest.Peer{Submitter: submitter(t, f), Blind: true, Good: []string{"dana@example.com", "kim@example.com", "lee@example.com"},
			Delivered: func(t *testing.T) []submittest.Delivery {
				f.mu.Lock()
				defer f.mu.Unlock()
				var out []submittest.Delivery
				for _, raw := range f.sent {
					// As Gmail does: to those of the header, without the Bcc field.
					head, rest, _ := strings.Cut(raw, "\r\nFrom:")
					for to := range strings.FieldsFuncSeq(strings.TrimPrefix(head, "Bcc: "), func(r rune) bool { return strings.ContainsRune(", \r\n", r) }) {
						out = append(out, submittest.Delivery{To: to, Data: []byte("From:" + rest)})
					}
				}
				return out
			}}
	})
}

func TestSubmitFaults(t *testing.T) {
	rows := []struct {
		name      string
		fault     fault
		outcome   mail.Outcome
		permanent bool
		account   bool
		sent      int
	}{
		{"400", fault{status: 400, body: apiError(400, "invalidArgument", "Invalid To header")}, mail.NotSent, true, false, 0},
		{"401", fault{status: 401, body: apiError(401, "authError", "Invalid Credentials")}, mail.NotSent, false, true, 0},
		{"403 rights", fault{status: 403, body: apiError(403, "insufficientPermissions", "no")}, mail.NotSent, false, true, 0},
		{"403 rate", fault{status: 403, body: apiError(403, "userRateLimitExceeded", "slow down")}, mail.NotSent, false, false, 0},
		{"413", fault{status: 413, body: apiError(413, "uploadTooLarge", "too large")}, mail.NotSent, true, false, 0},
		{"429", fault{status: 429, body: apiError(429, "rateLimitExceeded", "slow down")}, mail.NotSent, false, false, 0},
		{"500", fault{status: 500, body: "oops"}, mail.Uncertain, false, false, 0},
		{"503, and taken", fault{status: 503, body: "oops", after: true}, mail.Uncertain, false, false, 1},
		{"200 html", fault{status: 200, body: "<html>", after: true}, mail.Uncertain, false, false, 1},
		{"307", fault{status: 307, header: map[string]string{"Location": "/gmail/v1/users/me/messages/send"}}, mail.Uncertain, false, false, 0},
		{"reply lost, taken", fault{drop: true, after: true}, mail.Uncertain, false, false, 1},
		{"reply lost, not taken", fault{drop: true}, mail.Uncertain, false, false, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			asked := 0
			f.fail = func(r *http.Request) *fault {
				if strings.HasSuffix(r.URL.Path, "/send") {
					asked++
					return &row.fault
				}
				return nil
			}
			gates := 0
			r := submitter(t, f).Submit(t.Context(), envelope(t, "dana@example.com"), wire("To: dana@example.com"), func(context.Context) error { gates++; return nil })
			f.mu.Lock()
			defer f.mu.Unlock()
			if r.Outcome != row.outcome || r.Permanent != row.permanent || r.Account != row.account || gates != 1 || asked != 1 || len(f.sent) != row.sent || r.Err == nil {
				t.Errorf("got %+v after %d gates and %d requests, %d sent", r, gates, asked, len(f.sent))
			}
		})
	}
}

// F4, F5: what is wrong with the login is seen before the gate.
func TestSubmitLogin(t *testing.T) {
	for status, account := range map[int]bool{401: true, 403: true, 404: false} {
		f := newFake(t)
		f.fail = func(r *http.Request) *fault {
			return &fault{status: status, body: apiError(status, "x", "no"), header: map[string]string{"Retry-After": "0"}}
		}
		r := submitter(t, f).Submit(t.Context(), envelope(t, "dana@example.com"), wire("To: dana@example.com"), func(context.Context) error {
			t.Error("the gate was called")
			return nil
		})
		if r.Outcome != mail.NotSent || r.Account != account || r.Permanent || r.Stage != mail.StageAuth {
			t.Errorf("%d: %+v", status, r)
		}
	}
}

// H9: whose login it is, and whether Gmail would send under the user's address.
func TestCheck(t *testing.T) {
	rows := []struct {
		name    string
		from    string
		sendAs  []*gmail.SendAs
		fault   int
		account bool
		says    string
	}{
		{"the own address", "Sam@example.com", nil, 0, false, "lets in sam@example.com"},
		{"an alias", "sam@example.net", []*gmail.SendAs{{SendAsEmail: "sam@example.net", VerificationStatus: "accepted"}}, 0, false, "sends as sam@example.net"},
		{"an alias that nobody confirmed", "sam@example.net", []*gmail.SendAs{{SendAsEmail: "sam@example.net", VerificationStatus: "pending"}}, 0, true, "log in as yourself"},
		{"somebody else", "kim@example.com", []*gmail.SendAs{{SendAsEmail: "sam@example.com", IsPrimary: true}}, 0, true, "log in as yourself"},
		{"401", "sam@example.com", nil, 401, true, "headsup auth google"},
		{"403", "sam@example.com", nil, 403, true, "headsup auth google"},
		{"500", "sam@example.com", nil, 500, false, "500"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			f.sendAs = row.sendAs
			if row.fault != 0 {
				f.fail = func(*http.Request) *fault {
					return &fault{status: row.fault, body: apiError(row.fault, "x", "no"), header: map[string]string{"Retry-After": "0"}}
				}
			}
			from, err := mail.ParseAddress(row.from)
			if err != nil {
				t.Fatal(err)
			}
			r := submitter(t, f).Check(t.Context(), from)
			bad := row.account || row.fault != 0
			if r.Outcome != mail.NotSent || r.Account != row.account || r.Permanent || (r.Err != nil) != bad || !strings.Contains(fmt.Sprint(r.Reply, r.Err), row.says) {
				t.Errorf("got %+v", r)
			}
			if len(f.sent) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

// I6, S7: Gmail reads the header, so header and envelope must say the same.
func TestSubmitRecipients(t *testing.T) {
	rows := []struct {
		name   string
		to     []string
		fields string
		bcc    string
		refuse string
	}{
		{"all shown", []string{"dana@example.com", "kim@example.com"}, "To: Dana <DANA@example.com>\r\nCc: kim@example.com", "", ""},
		{"one blind", []string{"dana@example.com", "kim@example.com"}, "To: dana@example.com", "Bcc: kim@example.com\r\n", ""},
		{"not approved", []string{"dana@example.com"}, "To: dana@example.com, evil@example.net", "", "evil@example.net"},
		{"not approved in Cc", []string{"dana@example.com"}, "To: dana@example.com\r\nCc: evil@example.net", "", "evil@example.net"},
		{"not readable", []string{"dana@example.com"}, "To: dana@example.com, \"x y\"@example.net", "", "To"},
		{"a Bcc of its own", []string{"dana@example.com"}, "To: dana@example.com\r\nBcc: dana@example.com", "", "Bcc"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			r := submitter(t, f).Submit(t.Context(), envelope(t, row.to...), wire(row.fields), func(context.Context) error { return nil })
			switch {
			case row.refuse != "":
				if r.Outcome != mail.NotSent || !r.Permanent || len(f.sent) != 0 || !strings.Contains(r.Err.Error(), row.refuse) {
					t.Errorf("got %+v", r)
				}
			case r.Outcome != mail.Accepted || len(f.sent) != 1 || f.sent[0] != row.bcc+string(wire(row.fields)):
				t.Errorf("got %+v, sent %q", r, f.sent)
			case r.Date.IsZero():
				t.Error("the server's clock is not known")
			}
		})
	}
}

// A large mail is one request with the message beside it, and its faults mean the same.
func TestSubmitLarge(t *testing.T) {
	body := append(wire("To: dana@example.com"), bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 74_000)...)
	for _, row := range []struct {
		name    string
		fault   *fault
		outcome mail.Outcome
		sent    int
	}{
		{"taken", nil, mail.Accepted, 1},
		{"413", &fault{status: 413, body: apiError(413, "uploadTooLarge", "too large")}, mail.NotSent, 0},
		{"reply lost, taken", &fault{drop: true, after: true}, mail.Uncertain, 1},
	} {
		f := newFake(t)
		asked := 0
		f.fail = func(r *http.Request) *fault {
			if strings.HasSuffix(r.URL.Path, "/send") {
				asked++
				return row.fault
			}
			return nil
		}
		r := submitter(t, f).Submit(t.Context(), envelope(t, "dana@example.com"), body, func(context.Context) error { return nil })
		if r.Outcome != row.outcome || asked != 1 || len(f.sent) != row.sent || f.uploads != 1 {
			t.Errorf("%s: got %+v after %d requests, %d sent", row.name, r, asked, len(f.sent))
		}
		if row.outcome == mail.Accepted && f.sent[0] != string(body) {
			t.Errorf("%s: %d bytes of %d", row.name, len(f.sent[0]), len(body))
		}
	}
}

func TestSubmitFrozen(t *testing.T) {
	f := newFake(t)
	s := submitter(t, f)
	clock := time.Duration(0)
	s.Boot = func() time.Duration { return clock }
	r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire("To: dana@example.com"), func(context.Context) error { clock += 2 * time.Second; return nil })
	if r.Outcome != mail.NotSent || r.Stage != mail.StageGate || len(f.sent) != 0 || errors.Is(r.Err, context.Canceled) {
		t.Errorf("got %+v", r)
	}
}

func wire(fields string) []byte {
	return []byte("From: sam@example.com\r\n" + fields + "\r\nSubject: x\r\nDate: Tue, 24 Nov 2026 10:35:00 +0100\r\nMessage-ID: <1@example.com>\r\n\r\nHello.\r\n")
}

func envelope(t *testing.T, to ...string) mail.Envelope {
	t.Helper()
	parse := func(s string) mail.Address {
		a, err := mail.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	e := mail.Envelope{From: parse("sam@example.com")}
	for _, s := range to {
		e.To = append(e.To, parse(s))
	}
	return e
}
