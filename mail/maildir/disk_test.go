package maildir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// broken lets the nth call of one operation fail.
type broken struct {
	disk
	op    string
	after int
	err   error
	hit   bool
}

func (b *broken) fails(op string) bool {
	if b.op != op {
		return false
	}
	b.after--
	b.hit = b.hit || b.after < 0
	return b.after < 0
}

func (b *broken) wrap() disk {
	d := b.disk
	open := func(f file, err error) (file, error) {
		if err == nil {
			f = &brokenFile{f, b}
		}
		return f, err
	}
	return disk{
		create: func(name string) (file, error) {
			if b.fails("create") {
				return nil, b.err
			}
			return open(d.create(name))
		},
		extend: func(name string) (file, error) {
			if b.fails("extend") {
				return nil, b.err
			}
			return open(d.extend(name))
		},
		open: func(name string) (io.ReadCloser, error) {
			if b.fails("open") {
				return nil, b.err
			}
			return d.open(name)
		},
		rename: func(from, to string) error {
			if b.fails("rename") {
				return b.err
			}
			return d.rename(from, to)
		},
		remove: func(name string) error {
			if b.fails("remove") {
				return b.err
			}
			return d.remove(name)
		},
		syncDir: func(name string) error {
			if b.fails("syncdir") {
				return b.err
			}
			return d.syncDir(name)
		},
		list: func(dir string) ([]string, error) {
			if b.fails("list") {
				return nil, b.err
			}
			return d.list(dir)
		},
		stat: func(name string) (fs.FileInfo, error) {
			if b.fails("stat") {
				return nil, b.err
			}
			return d.stat(name)
		},
	}
}

type brokenFile struct {
	file
	b *broken
}

func (f *brokenFile) Write(p []byte) (int, error) {
	if f.b.fails("write") {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, f.b.err
	}
	return f.file.Write(p)
}

func (f *brokenFile) Sync() error {
	if f.b.fails("sync") {
		return f.b.err
	}
	return f.file.Sync()
}

func (f *brokenFile) Close() error {
	err := f.file.Close()
	if f.b.fails("close") {
		return f.b.err
	}
	return err
}

// Whatever fails, at whichever call: the caller is told, no half message is seen, what
// was there stays, and afterwards everything works.
func TestDiskFaults(t *testing.T) {
	ops := []string{"create", "extend", "open", "rename", "remove", "syncdir", "list", "stat", "write", "sync", "close"}
	for _, op := range ops {
		for after := range 3 {
			t.Run(fmt.Sprintf("%s %d", op, after), func(t *testing.T) { testFault(t, op, after) })
		}
	}
}

func testFault(t *testing.T, op string, after int) {
	b := openNew(t)
	ctx := t.Context()
	keep, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(1), mail.Flags{Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(2), mail.Flags{})
	if err != nil {
		t.Fatal(err)
	}
	whole := b.disk
	f := &broken{disk: whole, op: op, after: after, err: fmt.Errorf("test: %w", syscall.ENOSPC)}
	b.disk = f.wrap()

	calls := map[string]func() error{
		"append": func() error {
			_, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(3), mail.Flags{Draft: true})
			return err
		},
		"move":   func() error { _, err := b.Move(ctx, keep, mail.Queue); return err },
		"remove": func() error { return b.Remove(ctx, gone) },
		"list":   func() error { _, err := b.List(ctx, mail.Drafts); return err },
		"find":   func() error { _, err := b.Find(ctx, mail.Queue, mail.Query{ID: "n1@example.com"}); return err },
		"since": func() error {
			_, err := b.Since(ctx, mail.Drafts, "", func(mail.Header) error { return nil })
			return err
		},
	}
	failed := map[string]bool{}
	for _, name := range []string{"list", "append", "move", "remove", "find", "since"} {
		f.hit = false
		err := calls[name]()
		if f.hit && err == nil && op != "remove" && op != "stat" {
			t.Errorf("%s: the fault was not told", name)
		}
		if err != nil && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, mail.ErrGone) {
			t.Errorf("%s: the cause is lost: %v", name, err)
		}
		if errors.Is(err, mail.ErrUnknownOutcome) && op != "syncdir" {
			t.Errorf("%s: outcome unknown: %v", name, err)
		}
		failed[name] = err != nil
	}

	b.disk = whole
	again, err := Open(b.root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	count := map[string]int{}
	for _, folder := range []mail.Folder{mail.Drafts, mail.Queue} {
		hs, err := again.List(ctx, folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hs {
			count[h.Subject]++
			raw, err := again.Read(ctx, h.Ref)
			if err != nil || !strings.HasSuffix(string(raw), "From here on.\n") {
				t.Errorf("half a message: %q, %v", raw, err)
			}
		}
	}
	if count["number 1"] != 1 {
		t.Errorf("the moved message is there %d times", count["number 1"])
	}
	if !failed["append"] && count["number 3"] != 1 || failed["append"] && op != "syncdir" && count["number 3"] != 0 {
		t.Errorf("append failed: %v, and the message is there %d times", failed["append"], count["number 3"])
	}
	if !failed["remove"] && count["number 2"] != 0 {
		t.Error("what was removed is there")
	}
	if left, _ := os.ReadDir(filepath.Join(b.root, ".Drafts", "tmp")); len(left) > 1 || len(left) == 1 && op != "remove" && op != "close" {
		t.Errorf("left in tmp: %v", left)
	}
}

// The numbering survives being cut at every byte: either it goes on, or the folder
// gets another validity; it never gives a number twice.
func TestTornIndex(t *testing.T) {
	b := openNew(t)
	ctx := t.Context()
	for n := range 3 {
		if _, err := b.Append(ctx, mail.Sent, mailboxtest.Sample(n), mail.Flags{Seen: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.List(ctx, mail.Sent); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(b.root, ".Sent", indexName)
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := b.Since(ctx, mail.Sent, "", func(mail.Header) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(full) {
		if err := os.WriteFile(path, full[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b.calm = map[string]calm{}
		seen := map[string]bool{}
		c, err := b.Since(ctx, mail.Sent, cursor, func(h mail.Header) error { seen[h.Subject] = true; return nil })
		if err != nil {
			t.Fatal(err)
		}
		// messages whose numbers were cut off may be told again, but then all of them are
		if before, _, _ := strings.Cut(string(cursor), ":"); !strings.HasPrefix(string(c), before+":") && len(seen) != 3 {
			t.Fatalf("cut at %d: a new validity and only %v", cut, seen)
		}
		if _, err := b.Append(ctx, mail.Sent, mailboxtest.Sample(100+cut), mail.Flags{Seen: true}); err != nil {
			t.Fatal(err)
		}
		hs, err := b.List(ctx, mail.Sent)
		if err != nil || len(hs) != 4 {
			t.Fatalf("cut at %d: %d messages, %v", cut, len(hs), err)
		}
		for _, h := range hs {
			if h.Subject == fmt.Sprintf("number %d", 100+cut) {
				if err := b.Remove(ctx, h.Ref); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func FuzzIndex(f *testing.F) {
	f.Add("headsup-uids 1 v\n+1 a\n+2 b\n-a\n+5 -\n")
	f.Add("headsup-uids 1 v\n+1 a\n+1 b\n")
	f.Fuzz(func(t *testing.T, s string) {
		ix, err := readIndex(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		if ix == nil {
			return
		}
		for base, n := range ix.seq {
			if n >= ix.next || !isBase(base) {
				t.Fatalf("%q has number %d, next is %d", base, n, ix.next)
			}
		}
	})
}
