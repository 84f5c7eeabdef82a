package imapbox

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
)

// fill writes n messages of the size of ordinary mail into a folder of the server.
func fill(b testing.TB, s *dovecot.Server, folder string, n int) {
	b.Helper()
	dir := filepath.Join(s.Maildir("alice"), folder)
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	received := strings.Repeat("Received: from mx.example.net (mx.example.net [192.0.2.7]) by mail.example.com\r\n\twith ESMTPS id 4711; Tue, 24 Nov 2026 10:35:00 +0100\r\n", 8)
	for i := range n {
		raw := received + string(mailboxtest.Sample(i)) + strings.Repeat("A line of ordinary mail that says something.\r\n", 45)
		name := filepath.Join(dir, "cur", fmt.Sprintf("17%08d.M%d.host:2,S", i, i))
		if err := os.WriteFile(name, []byte(raw), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Own(filepath.Dir(s.Maildir("alice"))); err != nil {
		b.Fatal(err)
	}
}

// pythonScan fetches the same fields of the same messages with Python's imaplib.
const pythonScan = `
import imaplib, resource, ssl, sys, time
host, port, fields = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ctx = ssl.create_default_context(cadata=sys.stdin.read()); ctx.check_hostname = False
t = time.time()
m = imaplib.IMAP4_SSL(host, port, ssl_context=ctx)
m.login("alice", "pw"); m.select("Sent", readonly=True)
n = 0
typ, data = m.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (%s)])" % fields)
for part in data:
    if isinstance(part, tuple): n += 1
print(n, "%.3f" % (time.time() - t), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
`

var history = flag.Int("history", 20_000, "messages that BenchmarkHistory reads")

// BenchmarkHistory reads the headers of a large folder from Dovecot, side by side with imaplib.
func BenchmarkHistory(b *testing.B) {
	n := *history
	s := mailboxtest.StartDovecot(b, dovecot.Options{})
	fill(b, s, ".Sent", n)
	box := openBox(b, config(s))
	scan := func(c mail.Cursor) (mail.Cursor, int, time.Duration) {
		start, count := time.Now(), 0
		c, err := box.Since(b.Context(), mail.Sent, c, func(h mail.Header) error {
			if h.ID == "" || h.From.Address.IsZero() || h.Date.IsZero() {
				return fmt.Errorf("nothing read of %+v", h)
			}
			count++
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		return c, count, time.Since(start)
	}
	_, count, cold := scan("")
	if count != n {
		b.Fatal(count)
	}
	var peak uint64
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			case <-stop:
				return
			}
		}
	}()
	var warm, again []time.Duration
	var python []string
	for range 3 {
		c, _, took := scan("")
		warm = append(warm, took)
		_, count, took := scan(c)
		if count != 0 {
			b.Fatal(count)
		}
		again = append(again, took)
		python = append(python, runPython(b, s))
	}
	close(stop)
	<-done
	for b.Loop() {
		scan("")
	}
	b.ReportMetric(cold.Seconds(), "s/cold")
	b.ReportMetric(slices.Min(warm).Seconds(), "s/warm")
	b.ReportMetric(slices.Min(again).Seconds()*1000, "ms/nothing-new")
	b.ReportMetric(float64(peak)/1e6, "MB/heap")
	b.Logf("headsup, %d headers, cold %.2f s, warm %v, nothing new %v; imaplib (messages, seconds, MB; headers not parsed) %q", n, cold.Seconds(), warm, again, python)
}

func runPython(b *testing.B, s *dovecot.Server) string {
	b.Helper()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		return "no python3"
	}
	host, port, _ := strings.Cut(s.IMAPS, ":")
	cert, err := os.ReadFile(s.Certificate())
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(python, "-c", pythonScan, host, port, strings.Join(letter.Fields(), " "))
	cmd.Stdin = bytes.NewReader(cert)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// BenchmarkGesture measures from the moment in which another client's MOVE is answered
// to the moment in which the message is listed in the queue, with IDLE and without.
func BenchmarkGesture(b *testing.B) {
	for _, mode := range []string{"idle", "poll"} {
		b.Run(mode, func(b *testing.B) {
			o := dovecot.Options{}
			if mode == "poll" {
				o.Extra = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE SPECIAL-USE CONDSTORE"
			}
			s := mailboxtest.StartDovecot(b, o)
			c := config(s)
			c.Poll = 2 * time.Second
			box := openBox(b, c)
			ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
			seen := make(chan time.Time, 1)
			ended := make(chan struct{})
			go func() { // as the daemon does: wait, list, wait
				defer close(ended)
				count := 0
				for box.Watch(ctx, mail.Queue, mail.Drafts) == nil {
					if hs, err := box.List(ctx, mail.Queue); err == nil && len(hs) > count {
						count = len(hs)
						seen <- time.Now()
					}
				}
			}()
			defer func() { cancel(); <-ended }()
			other := client(b, s)
			var took []time.Duration
			n := 0
			for b.Loop() {
				n++
				r := put(b, box, mail.Drafts, n)
				if _, err := other.Select("Drafts", nil).Wait(); err != nil {
					b.Fatal(err)
				}
				<-time.After(time.Duration(300+rand.IntN(700)) * time.Millisecond) // a person moves it some time later
				if _, err := other.Move(imap.UIDSetNum(number(r)), "Headsup").Wait(); err != nil {
					b.Fatal(err)
				}
				moved := time.Now()
				took = append(took, (<-seen).Sub(moved))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms/p50")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "ms/p99")
		})
	}
}
