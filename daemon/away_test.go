package daemon_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// arrive puts a mail of the manager into the inbox.
func (p *place) arrives(id, subject, text string, fields ...string) {
	p.t.Helper()
	now := p.clock.Wall()
	head := append([]string{"From: Dana Reyes <dana@example.com>", "To: sam@example.com", "Subject: " + subject, "Message-ID: <" + id + "@example.com>", "Date: " + now.Format(time.RFC1123Z)}, fields...)
	name := fmt.Sprintf("%d.%s.example", now.Unix(), id)
	file := p.at("Maildir/tmp", name)
	if err := os.WriteFile(file, []byte(strings.Join(head, "\n")+"\n\n"+text+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chtimes(file, now, now); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(file, p.at("Maildir/new", name)); err != nil { // nobody sees half of it
		p.t.Fatal(err)
	}
}

// spans are the away times of the manager's timeline, with their source.
func (p *place) spans() []control.Span {
	p.t.Helper()
	lines, err := p.c.Timeline(p.t.Context(), control.TimelineQuery{Days: 9})
	if err != nil || len(lines) != 1 {
		p.t.Fatalf("%d timelines, %v", len(lines), err)
	}
	var out []control.Span
	for _, s := range lines[0].Spans {
		if s.State == "away" {
			out = append(out, s)
		}
	}
	return out
}

// An automatic reply is no answer. It moves what waits behind the absence, survives a
// restart, and ends early when the manager writes on its last day.
func TestOutOfOffice(t *testing.T) {
	s := viaOwn(t)
	p := settle(t, s)
	p.run()
	p.note("pilot.md", wholeNote)
	p.pass(time.Minute)
	m := p.only()
	if _, err := p.c.Approve(t.Context(), control.ApproveRequest{ID: m.ID, Content: m.Content}); err != nil {
		t.Fatal(err)
	}
	p.pass(time.Minute)
	if m = p.only(); m.State != ledger.Scheduled || m.Choice.At.Day() != 3 {
		t.Fatalf("state %s, choice %+v", m.State, m.Choice)
	}
	p.arrives("auto", "Automatic reply: Review of the pilot", "I am out of the office until Wednesday, 4 March.", "Auto-Submitted: auto-replied", "In-Reply-To: <"+string(m.MessageID)+">")
	p.pass(time.Minute)
	m = p.only()
	if m.Hold != nil || m.State != ledger.Scheduled || m.Choice.At.Day() != 5 {
		t.Fatalf("state %s, hold %v, choice %s %+v", m.State, m.Hold, m.Choice.At, m.Choice.Reasons)
	}
	away := p.spans()
	if len(away) == 0 || away[0].Source != "automatic reply" || away[0].Confidence != 0.95 || away[0].AsOf.IsZero() {
		t.Fatalf("away %+v", away)
	}
	p.glide(3*time.Hour, time.Minute) // through the time at which it would have gone
	if n := len(s.arrive()); n != 0 {
		t.Fatalf("%d mails left while the manager was away", n)
	}
	p.end()
	p.run()
	p.pass(time.Minute)
	if again := p.spans(); len(again) == 0 || again[0].Source != "automatic reply" {
		t.Fatalf("after a restart: %+v", again)
	}
	// Wednesday morning, and the manager writes after all.
	p.glide(time.Date(2026, 3, 4, 9, 30, 0, 0, p.clock.Wall().Location()).Sub(p.clock.Wall()), 5*time.Minute)
	if n := len(s.arrive()); n != 0 {
		t.Fatalf("%d mails left while the manager was away", n)
	}
	p.arrives("human", "Lunch", "Are you there?")
	p.pass(2 * time.Minute)
	if left := p.spans(); len(left) != 0 && left[len(left)-1].End.After(p.clock.Wall()) {
		t.Errorf("still away: %+v", left)
	}
	p.glide(8*time.Hour, time.Minute)
	if got := len(s.arrive()); got != 1 || p.only().State != ledger.Sent {
		t.Errorf("%d mails left on the day of the return, state %s", got, p.only().State)
	}
	p.end()
}
