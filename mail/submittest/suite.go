package submittest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"headsup/mail"
)

// Peer is a submitter together with the server behind it, as the suite needs them.
type Peer struct {
	Submitter mail.Submitter
	// Delivered waits until the server is at rest and returns what it has in its
	// mailboxes: one entry for each recipient of each message.
	Delivered func(t *testing.T) []Delivery
	// Good are at least three recipients that the server serves.
	Good []string
	// Bad is refused for good, Busy for now; empty: this server refuses nobody.
	Bad, Busy string
	// Blind: a program stands between, which takes the message as a whole and behind the
	// gate. What the server refuses is then known too late or not at all.
	Blind bool
	// SevenBit: the server does not keep 8-bit text as it is.
	SevenBit bool
}

// Delivery is a message in the mailbox of one recipient.
type Delivery struct {
	To   string
	Data []byte
}

// Run holds a submitter to the contract of [mail.Submitter]. open makes one that starts
// with empty mailboxes, or with mail of other tests in them.
func Run(t *testing.T, open func(t *testing.T) Peer) {
	for _, test := range []struct {
		name string
		fn   func(*testing.T, *bench)
	}{
		{"accepted", testAccepted},
		{"bytes", testBytes},
		{"gate refuses", testGateRefuses},
		{"context before", testContextBefore},
		{"context behind the gate", testContextBehind},
		{"unfit", testUnfit},
		{"nobody", testNobody},
		{"one refused", testOneRefused},
		{"one busy", testOneBusy},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &bench{Peer: open(t), mark: strings.ReplaceAll(t.Name(), " ", "_")}
			test.fn(t, b)
		})
	}
}

// bench is one test with its own mark, so that its messages can be told from others.
type bench struct {
	Peer
	mark  string
	gates int
	gate  func(context.Context) error
}

func (b *bench) message(body string) []byte {
	return fmt.Appendf(nil, "From: Sam Okafor <sam@example.com>\r\nTo: undisclosed-recipients:;\r\nSubject: suite\r\nDate: Tue, 24 Nov 2026 10:35:00 +0100\r\n"+
		"Message-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s", b.mark, body)
}

func (b *bench) submit(t *testing.T, ctx context.Context, wire []byte, to ...string) mail.Result {
	t.Helper()
	e := mail.Envelope{From: parse(t, "sam@example.com")}
	for _, s := range to {
		e.To = append(e.To, parse(t, s))
	}
	return b.Submitter.Submit(ctx, e, wire, func(ctx context.Context) error {
		b.gates++
		if b.gate != nil {
			return b.gate(ctx)
		}
		return nil
	})
}

func parse(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// mine are the deliveries that carry the mark of this test.
func (b *bench) mine(t *testing.T) []Delivery {
	return slices.DeleteFunc(b.Delivered(t), func(d Delivery) bool {
		return !bytes.Contains(d.Data, []byte("<"+b.mark+"@example.com>"))
	})
}

func (b *bench) nothing(t *testing.T) {
	t.Helper()
	if got := b.mine(t); len(got) != 0 {
		t.Errorf("%d deliveries of a message that was not sent: %q", len(got), got)
	}
}

func (b *bench) passed(t *testing.T, n int) {
	t.Helper()
	if b.gates != n {
		t.Errorf("the gate was called %d times, want %d", b.gates, n)
	}
}

func testAccepted(t *testing.T, b *bench) {
	b.gate = func(context.Context) error { b.nothing(t); return nil }
	r := b.submit(t, t.Context(), b.message("Hello.\r\n"), b.Good...)
	if r.Outcome != mail.Accepted || r.Stage != mail.StageDot || r.Err != nil || len(r.Rejected) != 0 {
		t.Fatalf("got %+v", r)
	}
	b.passed(t, 1)
	var to []string
	for _, d := range b.mine(t) {
		to = append(to, d.To)
	}
	slices.Sort(to)
	if want := slices.Sorted(slices.Values(b.Good)); !slices.Equal(to, want) {
		t.Errorf("delivered to %v, want %v, once each", to, want)
	}
}

// testBytes sends what is hard to carry: dots, long lines, 8-bit text, blank ends.
func testBytes(t *testing.T, b *bench) {
	body := ".\r\n..\r\n...\r\n.hidden\r\n\r\n" + strings.Repeat("y", 990) + "\r\nFrom here\r\n  blank end  \r\n.\r\n\r\n"
	if !b.SevenBit {
		body += "Zürich — naïve café\r\n"
	}
	wire := b.message(body + "end\r\n")
	if r := b.submit(t, t.Context(), wire, b.Good[0]); r.Outcome != mail.Accepted {
		t.Fatalf("got %+v", r)
	}
	got := b.mine(t)
	if len(got) != 1 {
		t.Fatalf("%d deliveries, want 1", len(got))
	}
	// Servers put trace fields in front and store lines with their own ends.
	unix := func(s []byte) []byte { return bytes.ReplaceAll(s, []byte("\r\n"), []byte("\n")) }
	if !bytes.HasSuffix(unix(got[0].Data), unix(wire)) {
		t.Errorf("delivered\n%q\nwant at its end\n%q", got[0].Data, wire)
	}
}

func testGateRefuses(t *testing.T, b *bench) {
	refusal := errors.New("the user cancelled")
	b.gate = func(context.Context) error { return refusal }
	r := b.submit(t, t.Context(), b.message("Never.\r\n"), b.Good[0])
	if r.Outcome != mail.NotSent || r.Stage != mail.StageGate || r.Permanent || r.Account || !errors.Is(r.Err, refusal) {
		t.Errorf("got %+v", r)
	}
	b.passed(t, 1)
	b.nothing(t)
}

func testContextBefore(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := b.submit(t, ctx, b.message("Never.\r\n"), b.Good[0])
	if r.Outcome != mail.NotSent || r.Permanent || r.Account || !errors.Is(r.Err, context.Canceled) {
		t.Errorf("got %+v", r)
	}
	b.passed(t, 0)
	b.nothing(t)
}

func testContextBehind(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	b.gate = func(context.Context) error { cancel(); return nil }
	if r := b.submit(t, ctx, b.message("Sent.\r\n"), b.Good[0]); r.Outcome != mail.Accepted {
		t.Errorf("got %+v", r)
	}
	if n := len(b.mine(t)); n != 1 {
		t.Errorf("%d deliveries, want 1", n)
	}
}

func testUnfit(t *testing.T, b *bench) {
	for name, body := range map[string]string{
		"bare LF": "a\nb\r\n", "bare CR": "a\rb\r\n", "smuggled": "a\n.\nMAIL FROM:<x@example.net>\r\n", "NUL": "\x00\r\n", "no end": "a", "long": strings.Repeat("z", 999) + "\r\n",
	} {
		r := b.submit(t, t.Context(), b.message(body), b.Good[0])
		if r.Outcome != mail.NotSent || !r.Permanent || r.Err == nil {
			t.Errorf("%s: got %+v", name, r)
		}
	}
	b.passed(t, 0)
	b.nothing(t)
}

func testNobody(t *testing.T, b *bench) {
	r := b.submit(t, t.Context(), b.message("For nobody.\r\n"))
	if r.Outcome != mail.NotSent || !r.Permanent {
		t.Errorf("got %+v", r)
	}
	b.passed(t, 0)
}

// testOneRefused: one of three is refused, so nobody gets the message.
func testOneRefused(t *testing.T, b *bench) {
	b.refused(t, b.Bad, true)
}

func testOneBusy(t *testing.T, b *bench) {
	b.refused(t, b.Busy, false)
}

func (b *bench) refused(t *testing.T, who string, permanent bool) {
	if who == "" {
		t.Skip("this server refuses nobody in this way")
	}
	r := b.submit(t, t.Context(), b.message("Not for all.\r\n"), b.Good[0], who, b.Good[1])
	b.nothing(t)
	if b.Blind {
		if r.Outcome == mail.Accepted || r.Err == nil {
			t.Errorf("got %+v", r)
		}
		return
	}
	if r.Outcome != mail.NotSent || r.Stage != mail.StageRcpt || r.Permanent != permanent || fmt.Sprint(r.Rejected) != "["+who+"]" || r.Code == 0 {
		t.Errorf("got %+v", r)
	}
	b.passed(t, 0)
}

// Deliveries are what the server took, one entry for each recipient.
func (s *Server) Deliveries() []Delivery {
	var out []Delivery
	for _, a := range s.Accepted() {
		for _, to := range a.To {
			out = append(out, Delivery{To: to, Data: a.Data})
		}
	}
	return out
}

// Refuse is a script that refuses two recipients, one for good and one for now.
func Refuse(bad, busy string) func(Event) Act {
	return func(e Event) Act {
		switch {
		case e.Stage != RcptTo:
			return Act{}
		case strings.EqualFold(e.Arg, bad):
			return Act{Reply: "550 5.1.1 no such user"}
		case strings.EqualFold(e.Arg, busy):
			return Act{Reply: "451 4.7.1 greylisted, try again"}
		}
		return Act{}
	}
}
