package maildir

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/goleak"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
)

// What other programs leave in a Maildir.
func TestForeignFiles(t *testing.T) {
	b := openNew(t)
	ctx := t.Context()
	dir := b.dirs[mail.Drafts]
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(string(mailboxtest.Sample(1)), "\r\n", "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	messages := map[string]mail.Flags{
		"new/1700000001.4711_0.mutt.example":           {},
		"cur/1700000002.M1P2.dovecot,S=308,W=320:2,FS": {Flagged: true, Seen: true},
		"cur/1700000003.V801I2M3.host:2,DSab":          {Draft: true, Seen: true},
		"cur/1700000004_0.15.mbsync,U=7:2,RT":          {Answered: true, Deleted: true},
		"cur/1700000005.no.info":                       {},
		"cur/a file of a person.eml":                   {},
		"new/1700000006.early:2,S":                     {},
		"cur/" + strings.Repeat("x", 200) + ":2,P":     {},
	}
	for name := range messages {
		write(name)
	}
	for _, name := range []string{"dovecot-uidlist", "dovecot.index.log", "cur/.hidden", "cur/.nfs000001", "tmp/1700000009.half"} {
		write(name)
	}
	if err := os.Mkdir(filepath.Join(dir, "cur", "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, "cur", "dangling")); err != nil {
		t.Fatal(err)
	}
	hs, err := b.List(ctx, mail.Drafts)
	if err != nil || len(hs) != len(messages) {
		t.Fatalf("%d messages, %v; want %d", len(hs), err, len(messages))
	}
	for _, h := range hs {
		found := false
		for name, flags := range messages {
			if baseOf(filepath.Base(name)) == h.Ref.UID {
				found = true
				if h.Flags != flags {
					t.Errorf("%s: flags %+v", name, h.Flags)
				}
			}
		}
		if !found {
			t.Errorf("unknown %s", h.Ref.UID)
		}
		if _, err := b.Read(ctx, h.Ref); err != nil {
			t.Error(err)
		}
	}
	// a flag change is a new name for the same message
	if err := os.Rename(filepath.Join(dir, "new/1700000001.4711_0.mutt.example"), filepath.Join(dir, "cur/1700000001.4711_0.mutt.example:2,F")); err != nil {
		t.Fatal(err)
	}
	cursor, err := b.Since(ctx, mail.Drafts, "", func(mail.Header) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Since(ctx, mail.Drafts, cursor, func(h mail.Header) error { return fmt.Errorf("told again: %s", h.Ref.UID) }); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	empty := t.TempDir()
	for want, open := range map[string]func() (*Box, error){
		"it holds no folder \"cur\", so it is not a Maildir": func() (*Box, error) { return Open(empty, Options{}) },
		"is not the name of a folder": func() (*Box, error) {
			return Open(openNew(t).root, Options{Names: map[mail.Folder]string{mail.Sent: "a/../b"}})
		},
	} {
		if b, err := open(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v", b, err)
		}
	}
	b := openNew(t)
	if err := os.RemoveAll(b.dirs[mail.Sent]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.List(t.Context(), mail.Sent); !errors.Is(err, mail.ErrNoFolder) || !strings.Contains(err.Error(), "make it in your mail program") {
		t.Errorf("%v", err)
	}
	if names, err := Open(b.root, Options{Names: map[mail.Folder]string{mail.Sent: "Archive/Sent", mail.Queue: "INBOX"}}); err != nil {
		t.Error(err)
	} else if names.dirs[mail.Sent] != filepath.Join(b.root, ".Archive.Sent") || names.dirs[mail.Queue] != b.root {
		t.Errorf("%v", names.dirs)
	}
}

// A real Dovecot on the same files sees what we write, and we see what it does.
func TestWithDovecot(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	root := s.Maildir("alice")
	c, err := imapclient.DialTLS(s.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("alice", "pw").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("Drafts", nil).Wait(); err != nil { // makes the folders
		t.Fatal(err)
	}
	if err := Create(root); err != nil {
		t.Fatal(err)
	}
	b, err := Open(root, Options{Poll: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ref, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(1), mail.Flags{Draft: true, Flagged: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Own(root); err != nil {
		t.Fatal(err)
	}

	// it reads ours
	if err := c.Noop().Wait(); err != nil {
		t.Fatal(err)
	}
	section := &imap.FetchItemBodySection{Peek: true}
	got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{Flags: true, UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	if fmt.Sprint(got[0].Flags) != `[\Flagged \Draft]` && fmt.Sprint(got[0].Flags) != `[\Draft \Flagged]` && !strings.Contains(fmt.Sprint(got[0].Flags), `\Draft`) {
		t.Errorf("flags %v", got[0].Flags)
	}
	want, _ := letter.Read(mailboxtest.Sample(1))
	if m, err := letter.Read(got[0].FindBodySection(section)); err != nil || m.ContentHash() != want.ContentHash() {
		t.Errorf("dovecot reads another message: %v", err)
	}

	// it changes a flag: the Ref stays
	if err := c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	hs, err := b.List(ctx, mail.Drafts)
	if err != nil || len(hs) != 1 || hs[0].Ref != ref || !hs[0].Flags.Seen {
		t.Errorf("after a flag: %+v, %v", hs, err)
	}

	// it moves the draft into the queue, as a person does
	for range 2 { // the first Watch tells that it began
		if err := b.Watch(ctx, mail.Queue); err != nil {
			t.Fatal(err)
		}
		if _, err := b.List(ctx, mail.Queue); err != nil {
			t.Fatal(err)
		}
		if ref.IsZero() {
			break
		}
		ref = mail.Ref{}
		if _, err := c.Move(imap.SeqSetNum(1), "Headsup").Wait(); err != nil {
			t.Fatal(err)
		}
	}
	hs, err = b.List(ctx, mail.Queue)
	if err != nil || len(hs) != 1 || hs[0].ID != "n1@example.com" || !hs[0].Flags.Flagged {
		t.Fatalf("queue: %+v, %v", hs, err)
	}
	if left, err := b.List(ctx, mail.Drafts); err != nil || len(left) != 0 {
		t.Errorf("drafts: %+v, %v", left, err)
	}
	// and one delivered by it comes back unchanged
	if _, err := b.Move(ctx, hs[0].Ref, mail.Sent); err != nil {
		t.Fatal(err)
	}
	if err := s.Own(root); err != nil {
		t.Fatal(err)
	}
	if d, err := c.Select("Sent", nil).Wait(); err != nil || d.NumMessages != 1 {
		t.Errorf("dovecot sees %+v in Sent, %v", d, err)
	}
	if strings.Contains(s.Log(), "Error") {
		t.Errorf("dovecot complains:\n%s", s.Log())
	}
}

func TestNoLeak(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := openNew(t)
	if err := b.Watch(t.Context(), mail.Drafts); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// Without notices of the file system, looking finds the change.
func TestWatchByLooking(t *testing.T) {
	b := openNew(t)
	b.poll = 10 * time.Millisecond
	b.watch.tried = true // as where no notices can be had
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := b.Watch(ctx, mail.Drafts); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- b.Watch(ctx, mail.Drafts) }()
	if _, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(1), mail.Flags{}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// BenchmarkSince reads a folder of many messages, then once more when nothing is new.
func BenchmarkSince(b *testing.B) {
	const n = 100_000
	box := openNew(b)
	dir := box.dirs[mail.Sent]
	for i := range n {
		name := filepath.Join(dir, "cur", fmt.Sprintf("17%08d.M%d.host:2,S", i, i))
		if err := os.WriteFile(name, mailboxtest.Sample(i), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	read := func(c mail.Cursor) (mail.Cursor, int) {
		count := 0
		c, err := box.Since(b.Context(), mail.Sent, c, func(mail.Header) error { count++; return nil })
		if err != nil {
			b.Fatal(err)
		}
		return c, count
	}
	start := time.Now()
	took := func() float64 { d := time.Since(start).Seconds(); start = time.Now(); return d }
	cursor, count := read("")
	if count != n {
		b.Fatalf("%d messages", count)
	}
	first := took()
	var find [2]float64
	for i := range find {
		if refs, err := box.Find(b.Context(), mail.Sent, mail.Query{ID: mail.MessageID(fmt.Sprintf("n%d@example.com", n-1-i))}); err != nil || len(refs) != 1 {
			b.Fatal(refs, err)
		}
		find[i] = took()
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for b.Loop() {
		if _, count := read(cursor); count != 0 {
			b.Fatal(count)
		}
	}
	b.ReportMetric(first, "s/first")
	b.ReportMetric(find[0], "s/find")
	b.ReportMetric(find[1], "s/find-again")
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB/kept")
}
