package submit_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"headsup/mail"
	"headsup/mail/submittest"
)

// S8: what could be read in two ways does not leave.
func TestUnfitMessages(t *testing.T) {
	rows := map[string]struct{ wire, says string }{
		"empty":        {"", "empty"},
		"no line end":  {"Subject: a\r\n\r\nhello", "line 3 of the message has no CRLF"},
		"bare LF":      {"Subject: a\r\n\r\nhello\nworld\r\n", "a bare CR, LF or NUL in line 3"},
		"bare CR":      {"Subject: a\r\n\r\nhello\rworld\r\n", "a bare CR, LF or NUL in line 3"},
		"LF dot LF":    {"Subject: a\r\n\r\nhello\n.\nMAIL FROM:<x@example.net>\r\n", "a bare CR, LF or NUL in line 3"},
		"CRLF dot CR":  {"Subject: a\r\n\r\nhello\r\n.\rMAIL\r\n", "a bare CR, LF or NUL in line 4"},
		"NUL":          {"Subject: a\r\n\r\n\x00\r\n", "a bare CR, LF or NUL in line 3"},
		"LF CR at end": {"Subject: a\r\n\r\nx\n\r\n", "a bare CR, LF or NUL in line 3"},
		"long line":    {"Subject: a\r\n\r\n" + strings.Repeat("x", 999) + "\r\n", "line 3 of the message is longer than 998"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.wire = []byte(row.wire)
				w.check(w.submit(t.Context()), want{outcome: mail.NotSent, stage: mail.StageBody, permanent: true, code: 554, says: row.says})
				if n := w.server.Conns(); n != 0 {
					t.Errorf("%d connections for a message that cannot go", n)
				}
			})
		})
	}
}

// S8: whatever the text is, a strict server reads exactly these bytes, as one message.
func FuzzBytesArriveUnchanged(f *testing.F) {
	seeds := []string{"", ".", "..", "\r\n.\r\n", ".\r\n..\r\n...", "a\r\n.\r\nQUIT", "\r\n\r\n", strings.Repeat("x", 998), strings.Repeat(".\r\n", 9000), "caf\xc3\xa9\r\n.", "\n.\n", "\r.\r"}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.opts.Auth, w.server.Offers = nil, []string{"8BITMIME"}
			w.wire = append(append([]byte("Subject: fuzz\r\n\r\n"), body...), "\r\n"...)
			r := w.submit(t.Context())
			got := w.server.Accepted()
			switch {
			case len(w.server.Violations()) > 0:
				t.Fatalf("violations %q", w.server.Violations())
			case r.Outcome == mail.NotSent && r.Permanent && len(got) == 0:
				return // refused as unfit
			case r.Outcome != mail.Accepted || len(got) != 1 || !bytes.Equal(got[0].Data, w.wire):
				t.Fatalf("%+v: got %+v, want %q", r, got, w.wire)
			}
		})
	})
}

// S36: a server that answers anything at all. Nothing may hang or panic, and what it says
// never makes a message accepted that did not pass its gate.
func FuzzHostileServer(f *testing.F) {
	seeds := []string{
		"220 a\r\n250-a\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n",
		"220 a\r\n250 a\r\n", "220-\r\n220-\r\n", "354 354 354\r\n", "\r\n\r\n\r\n", "220\r\n250\r\n250\r\n250\r\n354\r\n250\r\n",
		"220 a\r\n500 what\r\n250 a\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", "220 a\r\n250-SIZE 99999999999999999999\r\n250 SIZE -1\r\n", "999 x\r\n", "22\x00 \r\n",
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.opts.Auth = nil
			w.opts.Dial = lineServer(script)
			r := w.submit(t.Context())
			if r.Outcome != mail.NotSent && w.gate.calls != 1 {
				t.Fatalf("%s with %d gates", r.Outcome, w.gate.calls)
			}
			if (r.Err == nil) != (r.Outcome == mail.Accepted) {
				t.Fatalf("%+v", r)
			}
		})
	})
}

// lineServer greets with its first line and answers whatever it reads with the next.
func lineServer(script []byte) submittest.Dialer {
	lines := bytes.SplitAfter(script, []byte("\n"))
	return dialFunc(func(server net.Conn) {
		in := make([]byte, 4096)
		for _, l := range lines {
			if _, err := server.Write(l); err != nil {
				return
			}
			if _, err := server.Read(in); err != nil {
				return
			}
		}
	})
}
