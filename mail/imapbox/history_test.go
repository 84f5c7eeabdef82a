package imapbox

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
)

// fill writes n small messages into the folder Sent of the server.
func fill(t testing.TB, s *dovecot.Server, n int) {
	t.Helper()
	dir := filepath.Join(s.Maildir("alice"), ".Sent")
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	received := strings.Repeat("Received: from mx.example.net (mx.example.net [192.0.2.7]) by mail.example.com\r\n\twith ESMTPS id 4711; Tue, 24 Nov 2026 10:35:00 +0100\r\n", 3)
	for i := range n {
		name := filepath.Join(dir, "cur", fmt.Sprintf("17%08d.M%d.host:2,S", i, i))
		if err := os.WriteFile(name, []byte(received+string(mailboxtest.Sample(i))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Own(filepath.Dir(s.Maildir("alice"))); err != nil {
		t.Fatal(err)
	}
}

// counter counts what comes from the server.
type counter struct{ read atomic.Int64 }

func (c *counter) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	return counted{conn, c}, err
}

type counted struct {
	net.Conn
	c *counter
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.c.read.Add(int64(n))
	return n, err
}

// scan reads a folder from a cursor on with a new box, as a new start does.
func scan(t testing.TB, s *dovecot.Server, from mail.Cursor) (to mail.Cursor, headers int, read int64) {
	t.Helper()
	c, count := config(s), &counter{}
	c.Dial = count.dial
	box := openBox(t, c)
	defer box.Close()
	to, err := box.Since(t.Context(), mail.Sent, from, func(h mail.Header) error {
		if h.ID == "" || h.From.Address.IsZero() || h.Date.IsZero() {
			return fmt.Errorf("nothing read of %+v", h)
		}
		headers++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return to, headers, count.read.Load()
}

// A second start reads what is new and nothing else: what the server sends for it is
// what it sends for an empty folder, and one header.
func TestSecondStart(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	_, _, empty := scan(t, s, "")
	const n = 2000
	fill(t, s, n)
	cursor, headers, first := scan(t, s, "")
	if headers != n || first < 200*n {
		t.Fatalf("first start: %d headers in %d bytes", headers, first)
	}
	if _, headers, again := scan(t, s, cursor); headers != 0 || again > empty+500 {
		t.Errorf("nothing new: %d headers in %d bytes, an empty folder takes %d", headers, again, empty)
	}
	put(t, openBox(t, config(s)), mail.Sent, n)
	if _, headers, one := scan(t, s, cursor); headers != 1 || one > empty+1500 {
		t.Errorf("one new: %d headers in %d bytes, an empty folder takes %d", headers, one, empty)
	}
}

var history = flag.Int("history", 20_000, "messages that BenchmarkHistory reads")

// BenchmarkHistory reads the headers of a large folder of Dovecot with headsup, with
// Python's imaplib and with mbsync in one run, in turn, after one scan that lets Dovecot
// build its index and cache. Python fetches the same fields and does not parse them. mbsync
// can fetch whole headers only (MaxSize 1b: placeholders) and writes each message to a file.
//
//	go test -run '^$' -bench History -benchtime 1x ./mail/imapbox
//	go test -run '^$' -bench History -benchtime 1x -timeout 1h ./mail/imapbox -history 200000
func BenchmarkHistory(b *testing.B) {
	s := mailboxtest.StartDovecot(b, dovecot.Options{})
	fill(b, s, *history)
	start := time.Now()
	cursor, headers, first := scan(b, s, "")
	if headers != *history {
		b.Fatalf("%d headers, want %d", headers, *history)
	}
	b.Logf("headsup    cold  %6.2f s            %.1f MB from the server", time.Since(start).Seconds(), float64(first)/1e6)
	for range b.N {
		resetPeak(b)
		start := time.Now()
		scan(b, s, "")
		took := time.Since(start)
		b.Logf("headsup    warm  %6.2f s, at most %4d MB resident (the test's own included)", took.Seconds(), peak("self"))
		b.ReportMetric(took.Seconds(), "s/headsup")
		for name, run := range map[string]func(testing.TB, *dovecot.Server) (*exec.Cmd, string){"imaplib": pythonScan, "mbsync": mbsyncScan} {
			cmd, why := run(b, s)
			if cmd == nil {
				b.Logf("%s: %s", name, why)
				continue
			}
			took, memory, out := measure(b, cmd)
			b.Logf("%-10s warm  %6.2f s, at most %4d MB resident %s", name, took.Seconds(), memory, out)
			b.ReportMetric(took.Seconds(), "s/"+name)
		}
	}
	start = time.Now()
	_, headers, again := scan(b, s, cursor)
	if headers != 0 || again > 20_000 {
		b.Errorf("second start: %d headers in %d bytes", headers, again)
	}
	b.Logf("headsup    again %6.2f s, %d bytes from the server", time.Since(start).Seconds(), again)
	b.ReportMetric(0, "ns/op")
}

// pythonScan fetches the same fields of the same messages with Python's imaplib.
func pythonScan(t testing.TB, s *dovecot.Server) (*exec.Cmd, string) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/python3"); err != nil {
		return nil, "python3 is not installed"
	}
	host, port, _ := strings.Cut(s.IMAPS, ":")
	return exec.Command("/usr/bin/python3", "-c", `
import imaplib, ssl, sys
host, port, fields, cert = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
ctx = ssl.create_default_context(cafile=cert); ctx.check_hostname = False
m = imaplib.IMAP4_SSL(host, port, ssl_context=ctx)
m.login("alice", "pw"); m.select("Sent", readonly=True)
typ, data = m.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (%s)])" % fields)
print(sum(isinstance(part, tuple) for part in data), "headers")
`, host, port, strings.Join(letter.Fields(), " "), s.Certificate()), ""
}

// mbsyncScan pulls the folder into a new Maildir, headers only.
func mbsyncScan(t testing.TB, s *dovecot.Server) (*exec.Cmd, string) {
	t.Helper()
	if _, err := exec.LookPath("mbsync"); err != nil {
		return nil, "mbsync is not installed (Debian: isync)"
	}
	dir := t.TempDir()
	_, port, _ := strings.Cut(s.IMAPS, ":")
	file := filepath.Join(dir, "mbsyncrc")
	text := fmt.Sprintf("IMAPAccount a\nHost localhost\nPort %s\nUser alice\nPass pw\nSSLType IMAPS\nCertificateFile %s\n\nIMAPStore far\nAccount a\n\n"+
		"MaildirStore near\nPath %[3]s/\nInbox %[3]s/INBOX\nSubFolders Verbatim\nMaxSize 1\n\nChannel all\nFar :far:\nNear :near:\nPatterns Sent\nCreate Near\nSync Pull New\nSyncState *\n", port, s.Certificate(), dir)
	if err := os.WriteFile(file, []byte("FSync no\n\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return exec.Command("mbsync", "-q", "-c", file, "all"), ""
}

// resetPeak begins a new measurement of the largest resident memory (Linux).
func resetPeak(t testing.TB) {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Log(err)
	}
}

// peak is the largest resident memory of a process in MB, 0 if it is not told.
func peak(process string) int {
	raw, _ := os.ReadFile("/proc/" + process + "/status")
	found := regexp.MustCompile(`VmHWM:\s*(\d+)`).FindSubmatch(raw)
	if found == nil {
		return 0
	}
	kb, _ := strconv.Atoi(string(found[1]))
	return kb / 1024
}

// measure runs a program. Its memory is read while it runs: what wait(2) tells begins with
// that of the process that started it.
func measure(t testing.TB, cmd *exec.Cmd) (took time.Duration, memory int, out string) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			memory = max(memory, peak(strconv.Itoa(cmd.Process.Pid)))
		case err := <-ended:
			if err != nil {
				t.Fatalf("%s: %v\n%s", cmd.Path, err, said.Bytes())
			}
			return time.Since(start), memory, strings.TrimSpace(said.String())
		}
	}
}
