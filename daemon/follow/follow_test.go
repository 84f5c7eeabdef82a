package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
	"headsup/rules"
	"headsup/rules/policy"
)

// TestJudge is the table of gestures: a change of place or star, never a state.
func TestJudge(t *testing.T) {
	same, other := ledger.WireHash([]byte("a")), ledger.WireHash([]byte("b"))
	at := func(f mail.Folder, star bool, h mail.Hash) *place {
		return &place{header: mail.Header{Ref: mail.Ref{Folder: f, UID: "1"}, Flags: mail.Flags{Flagged: star}}, content: h}
	}
	msg := func(s ledger.State, f mail.Folder, by string, starred bool) ledger.Message {
		m := ledger.Message{State: s, Draft: mail.Ref{Folder: f, UID: "1"}, Content: same, Starred: starred}
		m.Approval.By = by
		return m
	}
	for name, c := range map[string]struct {
		m    ledger.Message
		p    *place
		want Deed
	}{
		"nothing happened":                  {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.Drafts, false, same), Nothing},
		"edited":                            {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.Drafts, false, other), Edits},
		"moved":                             {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.Queue, false, same), Approves},
		"edited and moved at once":          {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.Queue, false, other), Approves},
		"moved into the urgent one":         {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.QueueNow, false, same), Approves},
		"starred":                           {msg(ledger.Drafted, mail.Drafts, "", false), at(mail.Drafts, true, same), Approves},
		"the star was there before":         {msg(ledger.Drafted, mail.Drafts, "", true), at(mail.Drafts, true, same), Nothing},
		"edited under its old star":         {msg(ledger.Scheduled, mail.Drafts, ledger.ByStar, true), at(mail.Drafts, true, other), Takes},
		"edited where it lies in the queue": {msg(ledger.Scheduled, mail.Queue, ledger.ByMove, false), at(mail.Queue, false, other), Takes},
		"and stays there, a draft again":    {msg(ledger.Drafted, mail.Queue, "", false), at(mail.Queue, false, same), Nothing},
		"moved back":                        {msg(ledger.Scheduled, mail.Queue, ledger.ByMove, false), at(mail.Drafts, false, same), Takes},
		"star taken away":                   {msg(ledger.Approved, mail.Drafts, ledger.ByStar, true), at(mail.Drafts, false, same), Takes},
		"star of a message approved by hand": {
			msg(ledger.Approved, mail.Drafts, ledger.ByCommand, true), at(mail.Drafts, false, same), Nothing},
		"approved by command, lies in Drafts": {msg(ledger.Scheduled, mail.Drafts, ledger.ByCommand, false), at(mail.Drafts, false, same), Nothing},
		"hurried":                             {msg(ledger.Scheduled, mail.Queue, ledger.ByMove, false), at(mail.QueueNow, false, same), Hurries},
		"calmed":                              {msg(ledger.Scheduled, mail.QueueNow, ledger.ByMove, false), at(mail.Queue, false, same), Calms},
		"nowhere":                             {msg(ledger.Scheduled, mail.Queue, ledger.ByMove, false), nil, Misses},
	} {
		if got := judge(c.m, c.p, true); got.Deed != c.want {
			t.Errorf("%s: %s, want %s", name, got.Deed, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Re: Budget": "budget", "AW: Re:  Budget": "budget", "Fwd: Re: Budget plan": "budget plan", "Reply: x": "reply: x", "": "",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// bench is a service with a real ledger and a mailbox in memory.
type bench struct {
	t    *testing.T
	s    *Service
	st   *store.Store
	box  *mailboxtest.Memory
	now  time.Time
	told []string
	seen []ledger.Sighting
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)}
	b.box = mailboxtest.NewMemory(mailboxtest.Provider{}, func() time.Time { return b.now })
	st, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(t.TempDir(), "state")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	b.st = st
	pol, _ := policy.Compile(nil)
	b.s = New(Options{
		User: []mail.Address{addr(t, "sam@example.com")}, Managers: map[string]string{"dana@example.com": "dana"}, Account: "test", Box: "box",
		Star: true, Move: true, Store: st, Mailbox: b.box, Policy: pol, Zone: func(string) *time.Location { return time.UTC },
		Known: func() []mail.Address { return []mail.Address{addr(t, "dana@example.com"), addr(t, "sam@example.com")} },
		Seen:  func(s ledger.Sighting) { b.seen = append(b.seen, s) }, Random: endless{}, Log: slog.New(slog.DiscardHandler),
		Tell: func(_ context.Context, cause, text string) { b.told = append(b.told, cause+": "+text) },
	})
	return b
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func addr(t *testing.T, s string) mail.Address {
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// letter writes a mail into a folder as another program does.
func (b *bench) letter(f mail.Folder, from, to, subject string, change ...func(*mail.Message)) mail.Ref {
	b.t.Helper()
	m := mail.Message{
		ID: mail.MessageID(strings.ReplaceAll(subject, " ", "-") + "@example.com"), Date: b.now, From: mail.Party{Address: addr(b.t, from)},
		To: []mail.Party{{Address: addr(b.t, to)}}, Subject: subject, Parts: []mail.Part{{Type: "text/plain", Body: []byte("text\n")}},
	}
	for _, c := range change {
		c(&m)
	}
	raw, err := letter.Build(m)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := b.box.Deliver(f, raw, mail.Flags{})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) step(d time.Duration) {
	b.t.Helper()
	b.now = b.now.Add(d)
	if _, err := b.s.Step(b.t.Context(), b.now); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) all() []ledger.Message {
	b.t.Helper()
	list, err := b.st.List(b.t.Context(), ledger.Filter{})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func TestOwnMessageIsQueuedOnce(t *testing.T) {
	b := newBench(t)
	b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
	b.letter(mail.QueueNow, "sam@example.com", "dana@example.com", "Outage")
	b.step(time.Second)
	b.step(time.Minute)
	ms := b.all()
	if len(ms) != 2 {
		t.Fatalf("%d messages", len(ms))
	}
	for _, m := range ms {
		want := rules.Normal
		if m.Subject == "Outage" {
			want = rules.Urgent
		}
		if m.State != ledger.Approved || m.Origin != ledger.FromMailbox || m.Approval.Content != m.Content || m.Priority != want || m.Held() {
			t.Errorf("%+v", m)
		}
	}
}

// TestOwnMessageWithoutID: many clients name a message only when they send it. What lies
// in the queue while it is being sent must not be taken for a new message.
func TestOwnMessageWithoutID(t *testing.T) {
	b := newBench(t)
	raw := "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: Budget\r\nDate: Tue, 03 Mar 2026 09:00:00 +0000\r\n\r\nmay I?\r\n"
	if _, err := b.box.Deliver(mail.Queue, []byte(raw), mail.Flags{}); err != nil {
		t.Fatal(err)
	}
	b.step(time.Second)
	m := b.all()[0]
	if m.MessageID == "" {
		t.Fatal("it has no Message-ID")
	}
	if _, err := b.st.Apply(t.Context(), b.now, m.ID, ledger.Cancel("user", "no")); err != nil {
		t.Fatal(err)
	}
	b.step(time.Minute)
	b.step(time.Minute)
	if n := len(b.all()); n != 1 {
		t.Fatalf("%d messages of one", n)
	}
	if left, _ := b.box.List(t.Context(), mail.Queue); len(left) != 0 {
		t.Error("the cancelled draft still lies in the queue")
	}
}

func TestStrangersAndLookAlikes(t *testing.T) {
	b := newBench(t)
	b.letter(mail.Queue, "mallory@example.net", "dana@example.com", "Pay this")
	b.letter(mail.Queue, "sam@example.com", "dana@examp1e.com", "Figures")
	b.step(time.Second)
	ms := b.all()
	if len(ms) != 1 || ms[0].Hold.Code != "look-alike" || ms[0].Subject != "Figures" {
		t.Fatalf("%+v", ms)
	}
	told := strings.Join(b.told, "\n")
	for _, want := range []string{"it is from mallory@example.net and not from you", "dana@examp1e.com looks like dana@example.com"} {
		if !strings.Contains(told, want) {
			t.Errorf("not told: %q\n%s", want, told)
		}
	}
}

func TestTheManagerAnsweredFirst(t *testing.T) {
	b := newBench(t)
	root := mail.MessageID("root@example.com")
	b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Venue", func(m *mail.Message) { m.InReplyTo = []mail.MessageID{root} })
	b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Another thing")
	b.step(time.Second)
	b.now = b.now.Add(time.Hour)
	b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "other subject", func(m *mail.Message) { m.References = []mail.MessageID{root} })
	b.step(time.Second)
	for _, m := range b.all() {
		if held := m.Hold.Code == "answered-first"; held != (m.Subject == "Venue") {
			t.Errorf("%q: hold %+v", m.Subject, m.Hold)
		}
	}
	if len(b.seen) != 1 || b.seen[0].Manager != "dana" {
		t.Errorf("sightings %+v", b.seen)
	}
}

// TestWhatCountsAsSeen: of a manager's mail only what a person wrote counts, and only the
// time of it is kept.
func TestWhatCountsAsSeen(t *testing.T) {
	b := newBench(t)
	b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "Secret plan")
	for _, field := range []string{"Auto-Submitted: auto-replied", "List-Id: <team.example.com>", "Precedence: bulk"} {
		raw := "From: dana@example.com\r\nTo: sam@example.com\r\nSubject: x\r\nDate: Tue, 03 Mar 2026 09:00:00 +0100\r\nMessage-ID: <" + field[:4] + "@example.com>\r\n" + field + "\r\n\r\nx\r\n"
		if _, err := b.box.Deliver(mail.Inbox, []byte(raw), mail.Flags{}); err != nil {
			t.Fatal(err)
		}
	}
	b.letter(mail.Inbox, "lee@example.com", "sam@example.com", "Hello")
	b.step(time.Second)
	b.step(time.Minute)
	if len(b.seen) != 1 {
		t.Fatalf("%d sightings, want 1", len(b.seen))
	}
	kept, err := b.st.Sightings(t.Context(), "dana", time.Time{})
	if err != nil || len(kept) != 1 || strings.Contains(kept[0].Ref, "ecret") {
		t.Fatalf("kept %+v, %v", kept, err)
	}
}

// TestB31BouncedLater: a delivery report an hour after the server said yes is a receipt
// and a notice, not a reason to send again.
func TestB31BouncedLater(t *testing.T) {
	b := newBench(t)
	b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
	b.step(time.Second)
	m := b.all()[0]
	proof := ledger.Receipt{Message: m.ID, Kind: ledger.ReceiptFiled, At: b.now, Text: "seen in Sent"}
	if _, err := b.st.Apply(t.Context(), b.now, m.ID, ledger.Prove(proof)); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	report := "From: MAILER-DAEMON@example.com\r\nTo: sam@example.com\r\nSubject: Undelivered\r\nDate: Tue, 03 Mar 2026 11:00:00 +0000\r\n" +
		"Message-ID: <bounce@example.com>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + string(m.MessageID) + ">\r\nSubject: Budget\r\n--b--\r\n"
	if _, err := b.box.Deliver(mail.Inbox, []byte(report), mail.Flags{}); err != nil {
		t.Fatal(err)
	}
	b.step(time.Second)
	b.step(time.Minute)
	after, err := b.st.Get(t.Context(), m.ID)
	if err != nil || after.State != ledger.Sent {
		t.Fatalf("state %s, %v", after.State, err)
	}
	receipts, err := b.st.Receipts(t.Context(), m.ID)
	if err != nil || len(receipts) != 2 || receipts[1].Kind != ledger.ReceiptBounced {
		t.Errorf("receipts %+v, %v", receipts, err)
	}
	if len(b.told) != 1 || !strings.Contains(b.told[0], "does not send it again") {
		t.Errorf("told %q", b.told)
	}
}

// away is a mailbox whose folder Drafts can go away.
type away struct {
	mail.Mailbox
	gone bool
}

func (a *away) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	if a.gone && f == mail.Drafts {
		return nil, fmt.Errorf("list: %w", mail.ErrNoFolder)
	}
	return a.Mailbox.List(ctx, f)
}

// TestFolderAway: a folder that is not there for a while, because somebody restores it,
// deletes no draft in it. A draft that is deleted in a folder that is there is.
func TestFolderAway(t *testing.T) {
	b := newBench(t)
	box := &away{Mailbox: b.box}
	b.s.opt.Mailbox = box
	ref := b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
	b.step(time.Second)
	ref, err := b.box.Move(t.Context(), ref, mail.Drafts)
	if err != nil {
		t.Fatal(err)
	}
	b.step(time.Second)
	box.gone = true
	for range 10 {
		b.now = b.now.Add(time.Minute)
		if _, err := b.s.Step(t.Context(), b.now); !errors.Is(err, mail.ErrNoFolder) {
			t.Fatalf("the missing folder is not told: %v", err)
		}
	}
	box.gone = false
	b.step(time.Second)
	if m := b.all()[0]; m.State != ledger.Drafted {
		t.Fatalf("state %s", m.State)
	}
	if err := b.box.Remove(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	b.step(time.Second)
	b.step(time.Minute)
	if m := b.all()[0]; m.State != ledger.Cancelled {
		t.Fatalf("state %s", m.State)
	}
}
