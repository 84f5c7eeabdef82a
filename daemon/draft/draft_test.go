package draft

import (
	"bytes"
	"context"
	"crypto/sha256"
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
	"headsup/rules/recap"
)

// desk is a service with a real ledger, a mailbox in memory and a clock that the test
// moves.
type desk struct {
	t    *testing.T
	s    *Service
	st   *store.Store
	box  *mailboxtest.Memory
	now  time.Time
	told []string
}

func newDesk(t *testing.T, rulesOf ...policy.Rule) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)}
	d.box = mailboxtest.NewMemory(mailboxtest.Provider{}, func() time.Time { return d.now })
	st, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(t.TempDir(), "state")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	d.st = st
	pol, faults := policy.Compile(rulesOf)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d.s = New(Options{
		User: mail.Party{Name: "Sam Okafor", Address: addr(t, "sam@example.com")}, Zone: time.UTC, Account: "test",
		Managers: []Manager{
			{Key: "dana", Name: "Dana Reyes", Aliases: []string{"DR"}, Address: addr(t, "dana@example.com"), Style: letter.Brief, Zone: time.UTC},
			{Key: "anna-k", Name: "Anna Kovac", Address: addr(t, "anna.k@example.com"), Style: letter.Brief, Zone: time.UTC},
			{Key: "anna-l", Name: "Anna Lind", Address: addr(t, "anna.l@example.com"), Style: letter.Brief, Zone: time.UTC},
		},
		Templates: letter.DefaultTemplates(), Store: st, Mailbox: d.box, Random: &counter{}, Policy: pol,
		CcName: func(mail.Address) string { return "" }, Log: slog.New(slog.DiscardHandler),
		Tell: func(_ context.Context, cause, text string) { d.told = append(d.told, cause+": "+text) },
	})
	return d
}

// counter is randomness that never repeats and is the same in every run.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

func addr(t *testing.T, s string) mail.Address {
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// save takes a note in, as intake does.
func (d *desk) save(path, text string) mail.Hash {
	d.t.Helper()
	hash := mail.Hash(sha256.Sum256([]byte(text)))
	n := ledger.Note{Hash: hash, Path: path, Bytes: []byte(text), Size: int64(len(text)), Modified: d.now, Seen: d.now, State: ledger.NoteSeen}
	if err := d.st.AddNote(d.t.Context(), n); err != nil {
		d.t.Fatal(err)
	}
	return hash
}

func (d *desk) step() {
	d.t.Helper()
	d.now = d.now.Add(time.Minute)
	if _, err := d.s.Step(d.t.Context(), d.now); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) messages() []ledger.Message {
	d.t.Helper()
	list, err := d.st.List(d.t.Context(), ledger.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) drafts() []mail.Header {
	d.t.Helper()
	list, err := d.box.List(d.t.Context(), mail.Drafts)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

const note = "# Pilot\nDate: 2026-03-03\nPresent: Dana, Sam, Lee\n\nDECISION: the pilot goes on until June.\nACTION: @Lee send the figures by Friday\n"

func TestNoteBecomesOneDraft(t *testing.T) {
	d := newDesk(t)
	d.save("pilot.md", note)
	d.step()
	d.step()
	ms, hs := d.messages(), d.drafts()
	if len(ms) != 1 || len(hs) != 1 {
		t.Fatalf("%d messages, %d drafts, want one of each", len(ms), len(hs))
	}
	m, h := ms[0], hs[0]
	if m.State != ledger.Drafted || m.Draft != h.Ref || m.Baseline != m.Content || m.Token == "" || h.Token != m.Token || h.ID != m.MessageID {
		t.Fatalf("message %+v\ndraft %+v", m, h)
	}
	if !h.Flags.Draft || len(m.Managers) != 1 || m.Managers[0] != "dana" || m.Kind != rules.Recap {
		t.Errorf("message %+v, flags %+v", m, h.Flags)
	}
	raw, err := d.box.Read(t.Context(), h.Ref)
	if err != nil {
		t.Fatal(err)
	}
	read, err := letter.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	text := string(read.Parts[0].Body)
	for _, want := range []string{"Hi Dana,", "with Lee", "Decided", "the pilot goes on until June", "Lee: send the figures (due Fri 6 Mar)", "Sam Okafor"} {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("the draft does not say %q:\n%s", want, text)
		}
	}
	if !strings.HasPrefix(read.Subject, "Recap: Pilot, Tue 3 Mar") {
		t.Errorf("subject %q", read.Subject)
	}
}

// TestA2CrashBeforeAppend and TestA3: the ledger has the message, the mailbox may or may
// not have the draft.
func TestA2CrashBeforeAppend(t *testing.T) {
	d := newDesk(t)
	d.save("pilot.md", note)
	d.box.SetFault(func(op string, _ mail.Folder) mailboxtest.Fault {
		if op == "append" {
			return mailboxtest.Refused
		}
		return mailboxtest.NoFault
	})
	if _, err := d.s.Step(t.Context(), d.now); err == nil {
		t.Fatal("a mailbox out of reach was no error")
	}
	if len(d.messages()) != 1 || len(d.drafts()) != 0 {
		t.Fatal("want the message in the ledger and no draft yet")
	}
	d.box.SetFault(nil)
	d.step()
	d.step()
	if len(d.messages()) != 1 || len(d.drafts()) != 1 {
		t.Fatalf("%d messages, %d drafts", len(d.messages()), len(d.drafts()))
	}
}

func TestA3ReplyToAppendLost(t *testing.T) {
	d := newDesk(t)
	d.save("pilot.md", note)
	lost := true
	d.box.SetFault(func(op string, _ mail.Folder) mailboxtest.Fault {
		if op == "append" && lost {
			lost = false
			return mailboxtest.Lost
		}
		return mailboxtest.NoFault
	})
	d.step()
	d.step()
	d.step()
	if hs := d.drafts(); len(hs) != 1 || d.messages()[0].Draft != hs[0].Ref {
		t.Fatalf("%d drafts, want the one that was found by its token", len(hs))
	}
}

func TestG4NoteChanged(t *testing.T) {
	for name, c := range map[string]struct {
		before func(d *desk, m ledger.Message)
		state  ledger.State
		drafts int
	}{
		"nobody touched the draft": {func(*desk, ledger.Message) {}, ledger.Cancelled, 1},
		"approved": {func(d *desk, m ledger.Message) {
			_, err := d.st.Apply(d.t.Context(), d.now, m.ID, ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByMove, At: d.now}, "user"))
			if err != nil {
				d.t.Fatal(err)
			}
		}, ledger.Drafted, 2},
		"edited": {func(d *desk, m ledger.Message) {
			c := ledger.Content{Hash: ledger.WireHash([]byte("x")), Raw: []byte("x"), From: m.From, Recipients: m.Recipients, Subject: m.Subject, Draft: m.Draft}
			if _, err := d.st.Apply(d.t.Context(), d.now, m.ID, ledger.Edit(c, "user")); err != nil {
				d.t.Fatal(err)
			}
		}, ledger.Drafted, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.save("pilot.md", note)
			d.step()
			c.before(d, d.messages()[0])
			d.save("pilot.md", note+"DECISION: and the rollout starts in July.\n")
			d.step()
			ms := d.messages()
			if len(ms) != 2 || ms[0].State != c.state || !ms[0].Approval.Content.IsZero() || ms[1].State != ledger.Drafted {
				t.Fatalf("messages %+v", ms)
			}
			if n := len(d.drafts()); n != c.drafts {
				t.Errorf("%d drafts, want %d", n, c.drafts)
			}
		})
	}
}

func TestRecipients(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		name string
		in   recap.Recap
		want string // keys, or a part of the question
	}{
		{"named by key", recap.Recap{To: []string{"anna-l"}}, "anna-l"},
		{"named by full name", recap.Recap{To: []string{"Anna Lind"}}, "anna-l"},
		{"named and unknown", recap.Recap{To: []string{"boss@example.net"}}, `names "boss@example.net", who is not one of your managers`},
		{"named and ambiguous", recap.Recap{To: []string{"Anna"}}, `names "Anna", who is not one of your managers`},
		{"present", recap.Recap{Attendees: []string{"Lee", "Dana"}}, "dana"},
		{"present by initials", recap.Recap{Attendees: []string{"DR"}}, "dana"},
		{"two present", recap.Recap{Attendees: []string{"Dana Reyes", "Anna Kovac"}}, "dana, anna-k"},
		{"two people Anna", recap.Recap{Attendees: []string{"Anna", "Lee"}}, `"Anna" could be anna-k, anna-l`},
		{"nobody", recap.Recap{Attendees: []string{"Lee"}}, "it names no manager"},
		{"an address among the attendees", recap.Recap{Attendees: []string{"mallory@example.net"}}, "it names no manager"},
	} {
		who, why := d.s.recipients(c.in)
		if got := keys(who) + why; !strings.Contains(got, c.want) || (why != "") != strings.Contains(c.want, " ") && !strings.Contains(c.want, ", ") {
			t.Errorf("%s: got %q %q, want %q", c.name, keys(who), why, c.want)
		}
	}
}

func TestLineNamesThePerson(t *testing.T) {
	for _, c := range []struct {
		in   recap.Item
		want letter.Line
	}{
		{recap.Item{Text: "@Lee ask for the list", Owner: "Lee"}, letter.Line{Text: "ask for the list", Who: "Lee"}},
		{recap.Item{Text: "DR to sign it", Owner: "DR", Person: "Dana Reyes"}, letter.Line{Text: "sign it", Who: "Dana Reyes"}},
		{recap.Item{Text: "Dana will sign it", Owner: "DR", Person: "Dana Reyes"}, letter.Line{Text: "sign it", Who: "Dana Reyes"}},
		{recap.Item{Text: "sign it", Owner: "Anna"}, letter.Line{Text: "sign it", Who: "Anna"}},
	} {
		c.in.Kind = recap.Action
		if got := line(c.in, time.UTC); got.Text != c.want.Text || got.Who != c.want.Who {
			t.Errorf("%+v: got %q by %q, want %q by %q", c.in, got.Text, got.Who, c.want.Text, c.want.Who)
		}
	}
}

func TestG14AsksAndNeverGuesses(t *testing.T) {
	d := newDesk(t)
	hash := d.save("pilot.md", strings.Replace(note, "Dana", "Anna", 1))
	d.step()
	n, ok, err := d.st.Seen(t.Context(), hash)
	if err != nil || !ok || n.State != ledger.NoteAsks || !strings.Contains(n.Why, "anna-k, anna-l") {
		t.Fatalf("note %+v, %v", n, err)
	}
	if len(d.messages()) != 0 || len(d.told) != 1 {
		t.Fatalf("%d messages, told %q", len(d.messages()), d.told)
	}
}

func TestNothingToSayIsNotDrafted(t *testing.T) {
	d := newDesk(t)
	hash := d.save("empty.md", "# Lunch\n\nWe ate soup.\n")
	d.step()
	n, _, err := d.st.Seen(t.Context(), hash)
	if err != nil || n.State != ledger.NoteSkipped || len(d.messages()) != 0 {
		t.Fatalf("note %+v, %d messages, %v", n, len(d.messages()), err)
	}
}

func TestRuleApprovesWhatItNames(t *testing.T) {
	d := newDesk(t, policy.Rule{Name: "recaps go", When: `kind == "recap" and not has_risk`, Approval: "auto"})
	d.save("pilot.md", note)
	d.save("risky.md", note+"RISK: the licence ends in May.\n")
	d.step()
	d.step()
	states := map[ledger.State]int{}
	for _, m := range d.messages() {
		states[m.State]++
		if m.State == ledger.Approved && (m.Approval.By != "rule:recaps go" || m.Approval.Content != m.Content) {
			t.Errorf("approval %+v", m.Approval)
		}
	}
	if states[ledger.Approved] != 1 || states[ledger.Drafted] != 1 {
		t.Fatalf("states %v, want one approved by the rule and one that asks", states)
	}
}

func TestLimitOfAnHour(t *testing.T) {
	d := newDesk(t)
	d.s.opt.PerHour = 2
	for _, name := range []string{"a.md", "b.md", "c.md"} {
		d.save(name, strings.Replace(note, "Pilot", name, 1))
	}
	d.step()
	if len(d.messages()) != 2 || len(d.told) != 1 {
		t.Fatalf("%d messages, told %q", len(d.messages()), d.told)
	}
	d.now = d.now.Add(time.Hour)
	d.step()
	if len(d.messages()) != 3 {
		t.Fatalf("%d messages after an hour", len(d.messages()))
	}
}

func TestAddKeepsTheWordsOfTheUser(t *testing.T) {
	d := newDesk(t)
	text := "the import failed overnight.\n\n{{.}} <script> =?utf-8?q?x?=\nBcc: mallory@example.net"
	m, err := d.s.Add(t.Context(), Request{To: []string{"dana"}, Kind: rules.HeadsUp, Priority: rules.Urgent, Subject: "Import\r\nBcc: mallory@example.net", Text: text}, d.now)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := d.st.Bytes(t.Context(), m.ID, ledger.CopyDrafted)
	if err != nil {
		t.Fatal(err)
	}
	read, err := letter.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Bcc) != 0 || len(read.Recipients()) != 1 || strings.ContainsAny(read.Subject, "\r\n") || !bytes.Contains(read.Parts[0].Body, []byte("{{.}} <script>")) {
		t.Fatalf("subject %q, to %v, text:\n%s", read.Subject, read.Recipients(), read.Parts[0].Body)
	}
	if m.State != ledger.Drafted {
		t.Errorf("an urgent message is %s without a yes", m.State)
	}
	if _, err := d.s.Add(t.Context(), Request{To: []string{"mallory"}, Text: "x"}, d.now); err == nil {
		t.Error("a message to somebody who is no manager was accepted")
	}
}
