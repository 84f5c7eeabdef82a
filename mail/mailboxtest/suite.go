package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// wait is how long the suite waits for what must happen; longer than any server needs.
const wait = 30 * time.Second

// Run holds a mailbox to its contract. open gives a new, empty mailbox and closes what
// it stands on when the test ends; the suite closes the mailbox.
func Run(t *testing.T, open func(t *testing.T) mail.Mailbox) { run(t, open, false) }

// RunLabels is [Run] for a mailbox in which the server alone says what is a draft, as
// Gmail does: there the flag Draft of the suite's messages is not looked at.
func RunLabels(t *testing.T, open func(t *testing.T) mail.Mailbox) { run(t, open, true) }

func run(t *testing.T, open func(t *testing.T) mail.Mailbox, labels bool) {
	for name, test := range map[string]func(*testing.T, *peer){
		"append":     testAppend,
		"odd":        testOdd,
		"since":      testSince,
		"since stop": testSinceStop,
		"find":       testFind,
		"move":       testMove,
		"remove":     testRemove,
		"validity":   testValidity,
		"watch":      testWatch,
		"watch ends": testWatchEnds,
		"concurrent": testConcurrent,
		"context":    testContext,
		"close":      testClose,
		"no folder":  testNoFolder,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			box := open(t)
			t.Cleanup(func() { box.Close() })
			test(t, &peer{Mailbox: box, ctx: ctx, labels: labels})
		})
	}
}

// peer is the mailbox under test with the calls that must succeed.
type peer struct {
	mail.Mailbox
	ctx    context.Context
	labels bool // see RunLabels
}

// Sample is a message that can be told from others by n.
func Sample(n int) []byte {
	return []byte(fmt.Sprintf("From: Sam Okafor <sam@example.com>\r\nTo: Dana Reyes <dana@example.com>\r\nSubject: number %d\r\n"+
		"Date: Tue, 24 Nov 2026 10:35:00 +0100\r\nMessage-ID: <n%d@example.com>\r\nX-Headsup-Token: token-%d\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDie Zahl %d für Dana.\r\n.\r\nFrom here on.\r\n", n, n, n, n))
}

func (p *peer) append(t *testing.T, f mail.Folder, raw []byte, flags mail.Flags) mail.Ref {
	t.Helper()
	ref, err := p.Append(p.ctx, f, raw, flags)
	if err != nil {
		t.Fatal(err)
	}
	if ref.Folder != f || ref.UID == "" || ref.Validity == "" {
		t.Fatalf("appended to %s as %+v", f, ref)
	}
	return ref
}

func (p *peer) list(t *testing.T, f mail.Folder) []mail.Header {
	t.Helper()
	hs, err := p.List(p.ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	return hs
}

// flags are those that the mailbox itself keeps.
func (p *peer) flags(f mail.Flags) mail.Flags {
	f.Draft = f.Draft && !p.labels
	return f
}

// same compares a stored message with what was given: servers rewrite, meaning stays.
func (p *peer) same(t *testing.T, ref mail.Ref, want []byte) {
	t.Helper()
	got, err := p.Read(p.ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := letter.Read(got)
	b, errB := letter.Read(want)
	if (errA == nil) != (errB == nil) || a.ContentHash() != b.ContentHash() {
		t.Fatalf("read back %q, want %q", got, want)
	}
}

func subjects(hs []mail.Header) string {
	var out []string
	for _, h := range hs {
		out = append(out, strings.TrimPrefix(h.Subject, "number "))
	}
	return strings.Join(out, " ")
}

func testAppend(t *testing.T, p *peer) {
	for _, f := range []mail.Folder{mail.Drafts, mail.Sent, mail.Queue, mail.QueueNow, mail.Inbox} {
		if hs := p.list(t, f); len(hs) != 0 {
			t.Fatalf("%s is not empty: %+v", f, hs)
		}
		before := time.Now().Add(-time.Hour)
		flags := mail.Flags{Seen: true, Draft: true, Flagged: f == mail.Drafts}
		ref := p.append(t, f, Sample(1), flags)
		other := p.append(t, f, Sample(2), mail.Flags{})
		if ref == other {
			t.Fatalf("two messages at %+v", ref)
		}
		hs := p.list(t, f)
		if len(hs) != 2 || hs[0].Ref != ref || hs[1].Ref != other {
			t.Fatalf("%s lists %+v, want %v and %v", f, hs, ref, other)
		}
		h := hs[0]
		if p.flags(h.Flags) != p.flags(flags) || p.flags(hs[1].Flags) != (mail.Flags{}) {
			t.Errorf("%s: flags %+v and %+v", f, h.Flags, hs[1].Flags)
		}
		if h.ID != "n1@example.com" || h.Subject != "number 1" || h.From.Name != "Sam Okafor" || len(h.To) != 1 || h.Token != "token-1" || h.Size < 100 {
			t.Errorf("%s: header %+v", f, h)
		}
		if _, offset := h.Date.Zone(); offset != 3600 || h.Date.UTC().Hour() != 9 {
			t.Errorf("%s: date %v", f, h.Date)
		}
		if h.Received.Before(before) && !h.Received.IsZero() && h.Received.Year() > 2001 {
			t.Errorf("%s: received %v", f, h.Received)
		}
		p.same(t, ref, Sample(1))
		p.same(t, other, Sample(2))
	}
}

// testOdd stores what real folders hold.
func testOdd(t *testing.T, p *peer) {
	for name, raw := range map[string]string{
		"LF":           strings.ReplaceAll(string(Sample(1)), "\r\n", "\n"),
		"no body":      "From: sam@example.com\r\nSubject: x\r\n\r\n",
		"no header":    "\r\nonly text\r\n",
		"not UTF-8":    "From: sam@example.com\r\nSubject: \xfc\r\n\r\n\xfc\xff\r\n",
		"long line":    "From: sam@example.com\r\n\r\n" + strings.Repeat("x", 20_000) + "\r\n",
		"big":          "From: sam@example.com\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 60_000),
		"bad encoding": "From: \"unended <sam@example.com\r\nSubject: =?utf-8?q?=ZZ?=\r\nContent-Type: multipart/mixed; boundary=\"\"\"\"\r\n\r\nx\r\n",
	} {
		ref := p.append(t, mail.Drafts, []byte(raw), mail.Flags{Draft: true})
		p.same(t, ref, []byte(raw))
		hs := p.list(t, mail.Drafts)
		if len(hs) == 0 || hs[len(hs)-1].Ref != ref {
			t.Errorf("%s: is not listed", name)
		}
	}
}

func testSince(t *testing.T, p *peer) {
	read := func(c mail.Cursor) (string, mail.Cursor) {
		t.Helper()
		var hs []mail.Header
		c, err := p.Since(p.ctx, mail.Sent, c, func(h mail.Header) error { hs = append(hs, h); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return subjects(hs), c
	}
	got, empty := read("")
	if got != "" {
		t.Fatalf("an empty folder gives %q", got)
	}
	first := p.append(t, mail.Sent, Sample(1), mail.Flags{})
	p.append(t, mail.Sent, Sample(2), mail.Flags{})
	got, two := read(empty)
	if got != "1 2" {
		t.Fatalf("got %q", got)
	}
	if got, _ := read(""); got != "1 2" {
		t.Fatalf("from the beginning: %q", got)
	}
	if got, same := read(two); got != "" || same != two {
		t.Fatalf("nothing new gives %q and cursor %q after %q", got, same, two)
	}
	third := p.append(t, mail.Sent, Sample(3), mail.Flags{Seen: true})
	if err := p.Remove(p.ctx, first); err != nil {
		t.Fatal(err)
	}
	p.append(t, mail.Sent, Sample(4), mail.Flags{})
	got, four := read(two)
	if got != "3 4" {
		t.Fatalf("got %q", got)
	}
	// a message that comes back is new to the folder
	back, err := p.Move(p.ctx, third, mail.Drafts)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := read(four); got != "" {
		t.Fatalf("a message that left gives %q", got)
	}
	if _, err := p.Move(p.ctx, back, mail.Sent); err != nil {
		t.Fatal(err)
	}
	if got, _ := read(four); got != "3" {
		t.Fatalf("a message that came back gives %q", got)
	}
	if len(four) > 200 {
		t.Errorf("a cursor of %d bytes", len(four))
	}
	if got, _ := read("no cursor of ours"); got != "2 4 3" {
		t.Fatalf("a cursor of another mailbox gives %q", got)
	}
}

func testSinceStop(t *testing.T, p *peer) {
	for n := range 30 {
		p.append(t, mail.Inbox, Sample(n), mail.Flags{})
	}
	stop := errors.New("stop")
	var c mail.Cursor
	n := 0
	for range 4 {
		taken := 0
		next, err := p.Since(p.ctx, mail.Inbox, c, func(h mail.Header) error {
			if taken == 10 {
				return stop
			}
			if want := fmt.Sprintf("number %d", n); h.Subject != want {
				return fmt.Errorf("got %q, want %q", h.Subject, want)
			}
			taken++
			n++
			return nil
		})
		if err != nil && (!errors.Is(err, stop) || n == 30) {
			t.Fatal(err)
		}
		c = next
	}
	if n != 30 {
		t.Fatalf("%d messages", n)
	}
}

func testFind(t *testing.T, p *peer) {
	p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	two := p.append(t, mail.Drafts, Sample(2), mail.Flags{})
	again := p.append(t, mail.Drafts, Sample(2), mail.Flags{})
	p.append(t, mail.Sent, Sample(2), mail.Flags{})
	for _, c := range []struct {
		f    mail.Folder
		q    mail.Query
		want []mail.Ref
	}{
		{mail.Drafts, mail.Query{ID: "n2@example.com"}, []mail.Ref{two, again}},
		{mail.Drafts, mail.Query{Token: "token-2"}, []mail.Ref{two, again}},
		{mail.Drafts, mail.Query{Token: "token-2", ID: "n2@example.com"}, []mail.Ref{two, again}},
		{mail.Drafts, mail.Query{Token: "token-1", ID: "n2@example.com"}, nil},
		{mail.Drafts, mail.Query{ID: "n2@example"}, nil},
		{mail.Drafts, mail.Query{Token: "token"}, nil},
		{mail.Drafts, mail.Query{ID: "n9@example.com"}, nil},
		{mail.Drafts, mail.Query{Token: `x" OR ALL`}, nil},
		{mail.Queue, mail.Query{ID: "n2@example.com"}, nil},
	} {
		got, err := p.Find(p.ctx, c.f, c.q)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("find %+v in %s: %v, %v; want %v", c.q, c.f, got, err, c.want)
		}
	}
	if _, err := p.Find(p.ctx, mail.Drafts, mail.Query{}); err == nil {
		t.Error("an empty query finds without complaint")
	}
}

func testMove(t *testing.T, p *peer) {
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{Draft: true, Flagged: true})
	stays := p.append(t, mail.Drafts, Sample(2), mail.Flags{})
	for _, to := range []mail.Folder{mail.Queue, mail.QueueNow, mail.Sent, mail.Drafts} {
		moved, err := p.Move(p.ctx, ref, to)
		if err != nil {
			t.Fatal(err)
		}
		if moved.Folder != to || moved == ref {
			t.Fatalf("moved to %s as %+v", to, moved)
		}
		p.same(t, moved, Sample(1))
		for what, err := range map[string]error{
			"read":   second(p.Read(p.ctx, ref)),
			"move":   second(p.Move(p.ctx, ref, mail.Inbox)),
			"remove": p.Remove(p.ctx, ref),
		} {
			if !errors.Is(err, mail.ErrGone) {
				t.Errorf("%s at the old place: %v", what, err)
			}
		}
		hs := p.list(t, to)
		i := slices.IndexFunc(hs, func(h mail.Header) bool { return h.Ref == moved })
		if i < 0 || p.flags(hs[i].Flags) != p.flags(mail.Flags{Draft: true, Flagged: true}) {
			t.Errorf("%s lists %+v", to, hs)
		}
		ref = moved
	}
	p.same(t, stays, Sample(2))
	if hs := p.list(t, mail.Inbox); len(hs) != 0 {
		t.Errorf("the inbox holds %+v", hs)
	}
}

func second[T any](_ T, err error) error { return err }

func testRemove(t *testing.T, p *peer) {
	a := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	b := p.append(t, mail.Drafts, Sample(1), mail.Flags{Deleted: true})
	c := p.append(t, mail.Drafts, Sample(3), mail.Flags{})
	if err := p.Remove(p.ctx, a); err != nil {
		t.Fatal(err)
	}
	hs := p.list(t, mail.Drafts)
	if len(hs) != 2 || hs[0].Ref != b || hs[1].Ref != c {
		t.Fatalf("left are %+v; only %v was to go", hs, a)
	}
	if err := p.Remove(p.ctx, a); !errors.Is(err, mail.ErrGone) {
		t.Errorf("the second time: %v", err)
	}
	if err := p.Remove(p.ctx, c); err != nil {
		t.Fatal(err)
	}
	if d := p.append(t, mail.Drafts, Sample(4), mail.Flags{}); d == a || d == c {
		t.Errorf("%v was used before", d)
	}
}

func testValidity(t *testing.T, p *peer) {
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	old := ref
	old.Validity += "0"
	none := ref
	none.UID = "999999999"
	for _, r := range []mail.Ref{old, none, {Folder: mail.Drafts}, {Folder: mail.Drafts, Validity: ref.Validity, UID: "../x"}} {
		for what, err := range map[string]error{
			"read":   second(p.Read(p.ctx, r)),
			"move":   second(p.Move(p.ctx, r, mail.Inbox)),
			"remove": p.Remove(p.ctx, r),
		} {
			if !errors.Is(err, mail.ErrGone) {
				t.Errorf("%s %+v: %v", what, r, err)
			}
		}
	}
	p.same(t, ref, Sample(1))
}

func testWatch(t *testing.T, p *peer) {
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	for name, change := range map[string]func() error{
		"append": func() error { return second(p.Append(p.ctx, mail.Queue, Sample(2), mail.Flags{})) },
		"move":   func() error { return second(p.Move(p.ctx, ref, mail.Queue)) },
	} {
		before := subjects(p.list(t, mail.Queue))
		done := make(chan error, 1)
		go func() {
			for {
				if err := p.Watch(p.ctx, mail.Drafts, mail.Queue); err != nil {
					done <- err
					return
				}
				hs, err := p.List(p.ctx, mail.Queue)
				if err != nil || subjects(hs) != before {
					done <- err
					return
				}
			}
		}()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func testWatchEnds(t *testing.T, p *peer) {
	ctx, cancel := context.WithCancel(p.ctx)
	done := make(chan error, 1)
	watch := func() {
		var err error
		for err == nil {
			err = p.Watch(ctx, mail.Drafts)
		}
		done <- err
	}
	go watch()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	ctx = p.ctx
	go watch()
	p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after close: %v", err)
	}
}

func testConcurrent(t *testing.T, p *peer) {
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for w := range 6 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range 5 {
				ref, err := p.Append(p.ctx, mail.Drafts, Sample(w*100+n), mail.Flags{})
				if err != nil {
					errs <- err
					return
				}
				if n%2 == 0 {
					_, err = p.Move(p.ctx, ref, mail.Queue)
				} else {
					_, err = p.List(p.ctx, mail.Drafts)
				}
				if err != nil {
					errs <- err
				}
			}
		}()
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if d, q := len(p.list(t, mail.Drafts)), len(p.list(t, mail.Queue)); d != 12 || q != 18 {
		t.Errorf("%d drafts and %d queued, want 12 and 18", d, q)
	}
}

func testContext(t *testing.T, p *peer) {
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	ctx, cancel := context.WithCancel(p.ctx)
	cancel()
	for what, err := range map[string]error{
		"append": second(p.Append(ctx, mail.Drafts, Sample(2), mail.Flags{})),
		"move":   second(p.Move(ctx, ref, mail.Queue)),
		"remove": p.Remove(ctx, ref),
		"read":   second(p.Read(ctx, ref)),
		"list":   second(p.List(ctx, mail.Drafts)),
		"watch":  p.Watch(ctx, mail.Drafts),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if got := subjects(p.list(t, mail.Drafts)); got != "1" {
		t.Errorf("drafts hold %q", got)
	}
}

func testClose(t *testing.T, p *peer) {
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(p.ctx, ref); err == nil {
		t.Error("a closed mailbox reads")
	}
	if _, err := p.Append(p.ctx, mail.Drafts, Sample(2), mail.Flags{}); err == nil {
		t.Error("a closed mailbox appends")
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func testNoFolder(t *testing.T, p *peer) {
	if _, err := p.List(p.ctx, "no-such-part"); !errors.Is(err, mail.ErrNoFolder) {
		t.Errorf("list: %v", err)
	}
	if _, err := p.Append(p.ctx, "no-such-part", Sample(1), mail.Flags{}); !errors.Is(err, mail.ErrNoFolder) {
		t.Errorf("append: %v", err)
	}
	ref := p.append(t, mail.Drafts, Sample(1), mail.Flags{})
	if _, err := p.Move(p.ctx, ref, "no-such-part"); !errors.Is(err, mail.ErrNoFolder) {
		t.Errorf("move: %v", err)
	}
	p.same(t, ref, Sample(1))
}
