package follow

import (
	"context"
	"strings"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// raw delivers a mail as it stands.
func (b *bench) raw(lines ...string) {
	b.t.Helper()
	if _, err := b.box.Deliver(mail.Inbox, []byte(strings.Join(lines, "\r\n")+"\r\n"), mail.Flags{}); err != nil {
		b.t.Fatal(err)
	}
}

// Automatic replies as servers of several makes write them: never an answer of the
// manager, never a time for the rhythm, never a reason to hold; but an absence, where
// they say one.
func TestAutomaticReplies(t *testing.T) {
	const out = "I am out of office until 5 March."
	for _, row := range []struct {
		name   string
		fields []string
		text   string
		until  string // "": no absence
	}{
		{"RFC 3834", []string{"Subject: Auto: Budget", "Auto-Submitted: auto-replied"}, out, "2026-03-06"},
		{"Exchange", []string{"Subject: Automatic reply: Budget", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"}, out, "2026-03-06"},
		{"vacation(1)", []string{"Subject: away from my mail", "Precedence: bulk"}, out, "2026-03-06"},
		{"X-Autoreply", []string{"Subject: Re: Budget", "X-Autoreply: yes"}, out, "2026-03-06"},
		{"nothing but the subject", []string{"Subject: Out of Office: Budget"}, out, "2026-03-06"},
		{"German", []string{"Subject: Automatische Antwort: Budget", "Auto-Submitted: auto-replied"}, "Ich bin bis 5. April im Urlaub.", "2026-04-06"},
		{"no day", []string{"Subject: Automatic reply", "Auto-Submitted: auto-replied"}, "I am currently out of office.", "2026-03-04"},
		{"no absence", []string{"Subject: Automatic reply", "Auto-Submitted: auto-replied"}, "We have got your message.", ""},
		{"HTML only", []string{"Subject: Automatic reply: out of office", "Auto-Submitted: auto-replied", "Content-Type: text/html"}, "<html><style>until 9 May</style><p>until&nbsp;<b>5</b> March</p>", "2026-03-06"},
		{"a mailing list", []string{"Subject: Automatic reply", "Auto-Submitted: auto-replied", "List-Id: <x.example.com>"}, out, ""},
		{"somebody else's", []string{"Subject: Automatic reply", "Auto-Submitted: auto-replied", "From: kim@example.com"}, out, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t)
			var got []ledger.Absence
			b.s.opt.Away = func(_ context.Context, a ledger.Absence) error { got = append(got, a); return nil }
			b.s.opt.DayFirst = true
			b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget") // waits, approved
			b.step(time.Second)
			if m := b.all()[0]; m.State != ledger.Approved {
				t.Fatalf("state %s", m.State)
			}
			b.step(time.Minute)
			from := "From: Dana Reyes <dana@example.com>"
			if strings.HasPrefix(row.fields[len(row.fields)-1], "From:") {
				from = "X-Nothing: x"
			}
			fields := append([]string{from, "To: sam@example.com", "Message-ID: <auto@example.com>", "Date: " + b.now.Format(time.RFC1123Z), "In-Reply-To: <Budget@example.com>"}, row.fields...)
			b.raw(append(fields, "", row.text)...)
			b.step(time.Second)
			b.step(time.Minute) // a second walk sees it no more
			if m := b.all()[0]; m.Held() || m.State != ledger.Approved || len(b.seen) != 0 || len(b.told) != 0 {
				t.Errorf("state %s, held %v, %d times seen, told %q", m.State, m.Hold, len(b.seen), b.told)
			}
			switch {
			case row.until == "" && len(got) != 0, row.until != "" && len(got) != 1:
				t.Fatalf("absences: %+v", got)
			case row.until != "" && (got[0].End.Format(time.DateOnly) != row.until || got[0].Manager != "dana" || got[0].Confidence == 0 || got[0].Ref == "" || strings.Contains(got[0].Why, "office until")):
				t.Errorf("absence %+v", got[0])
			}
		})
	}
}

// A mail that a person wrote says that the manager is there; an old automatic reply says
// nothing any more.
func TestBackAndOld(t *testing.T) {
	b := newBench(t)
	var back []time.Time
	away := 0
	b.s.opt.Back = func(_ context.Context, _ string, at time.Time) error { back = append(back, at); return nil }
	b.s.opt.Away = func(context.Context, ledger.Absence) error { away++; return nil }
	old := b.now.AddDate(0, 0, -80)
	b.raw("From: dana@example.com", "To: sam@example.com", "Message-ID: <old@example.com>", "Date: "+old.Format(time.RFC1123Z), "Subject: Automatic reply", "Auto-Submitted: auto-replied", "", "On leave until 30 June.")
	b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "Hello")
	b.step(time.Second)
	if len(back) != 1 || !back[0].Equal(time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("back %v, away %d", back, away)
	}
	// The Date of the old one is not believed, because it has just arrived; so it counts.
	if away != 1 {
		t.Errorf("away %d", away)
	}
}
