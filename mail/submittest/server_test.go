package submittest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const message = "Subject: a\r\n\r\n.dot\r\n..\r\nend\r\n"

// Two clients that we did not write understand the server.
func TestOtherClients(t *testing.T) {
	cert, roots, err := Certificate{Host: "localhost"}.Make()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}
	conf := &tls.Config{ServerName: "localhost", RootCAs: roots}

	c, err := smtp.Dial(fmt.Sprintf("localhost:%d", s.Listen(t, false)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, err := range []error{c.StartTLS(conf), c.Auth(smtp.PlainAuth("", "sam", "pw", "localhost")), c.Mail("sam@example.com"), c.Rcpt("dana@example.com")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, message)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}

	g, err := gosmtp.DialTLS(fmt.Sprintf("localhost:%d", s.Listen(t, true)), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := g.SendMail("sam@example.com", []string{"kim@example.com", "lee@example.com"}, strings.NewReader(message)); err != nil {
		t.Fatal(err)
	}
	got := s.Accepted()
	if len(got) != 2 || string(got[0].Data) != message || string(got[1].Data) != message || got[0].Login != "PLAIN AHNhbQBwdw==" || fmt.Sprint(got[1].To) != "[kim@example.com lee@example.com]" {
		t.Errorf("got %+v", got)
	}
	if v := s.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
}

// The judge must see what it is there to see.
func TestViolations(t *testing.T) {
	rows := map[string]struct{ said, violation string }{
		"bare LF in the text":   {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\na\nb\r\n.\r\n", "bare LF"},
		"LF dot LF":             {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\na\n.\nb\r\n.\r\n", "bare LF"},
		"bare CR in the text":   {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\na\rb\r\n.\r\n", "bare CR"},
		"NUL":                   {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n\x00\r\n.\r\n", "NUL"},
		"long line":             {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + strings.Repeat("x", 1200) + "\r\n.\r\n", "a line of 1200 bytes"},
		"bare LF in a command":  {"NOOP\n", "without CRLF"},
		"DATA without envelope": {"DATA\r\n", "without an envelope"},
		"nothing wrong":         {"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n..\r\n.\r\n", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s := &Server{}
			conn, err := s.Pipe(nil)(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go func() { _, _ = io.WriteString(conn, row.said+"QUIT\r\n") }()
			_, _ = io.Copy(io.Discard, conn)
			got := strings.Join(s.Violations(), "; ")
			if row.violation == "" && got != "" || !strings.Contains(got, row.violation) {
				t.Errorf("violations %q, want %q", got, row.violation)
			}
		})
	}
}

// A script that takes the message and says that it did not, and the other way round.
func TestActs(t *testing.T) {
	rows := []struct {
		act      Act
		accepts  int
		lastLine string
	}{
		{Act{}, 1, "250 2.0.0 Ok: queued as Q1"},
		{Act{Reply: "451 no"}, 0, "451 no"},
		{Act{Reply: "451 no", Keep: true}, 1, "451 no"},
		{Act{Close: true}, 0, "354 go on"},
		{Act{Close: true, Keep: true}, 1, "354 go on"},
		{Act{Bytes: true}, 1, "250 2.0.0 Ok: queued as Q1"},
		{Act{Extra: "250 more\r\n"}, 1, "250 more"},
		{Act{Cut: 3, Pause: time.Millisecond}, 1, "250 2.0.0 Ok: queued as Q1"},
	}
	for _, row := range rows {
		s := &Server{Script: func(e Event) Act {
			if e.Stage == Dot {
				return row.act
			}
			return Act{}
		}}
		conn, err := s.Pipe(nil)(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(conn)
		in.Scan() // greeting
		last := ""
		for _, line := range []string{"MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "x\r\n."} {
			_, _ = io.WriteString(conn, line+"\r\n")
			if in.Scan() {
				last = in.Text()
			}
		}
		if row.act.Extra != "" && in.Scan() {
			last = in.Text()
		}
		conn.Close()
		if n := len(s.Accepted()); n != row.accepts || last != row.lastLine {
			t.Errorf("%+v: %d accepts, last line %q", row.act, n, last)
		}
	}
}

func TestCut(t *testing.T) {
	a, b := net.Pipe()
	cut := Cut(a, 5, -1)
	got := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(b)
		got <- string(all)
	}()
	if n, err := cut.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := cut.Write([]byte("defg")); n != 2 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	if s := <-got; s != "abcde" {
		t.Errorf("the other end got %q", s)
	}
}
