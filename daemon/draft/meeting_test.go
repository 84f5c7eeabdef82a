package draft

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules/policy"
)

// meets gives managers one event each week at ten, an hour long.
func (d *desk) meets(title string, managers ...string) {
	d.s.opt.Events = func(_ context.Context, manager string, around time.Time) []calendar.Event {
		if !slices.Contains(managers, manager) {
			return nil
		}
		start := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
		for around.Sub(start) > 4*24*time.Hour {
			start = start.AddDate(0, 0, 7)
		}
		return []calendar.Event{{
			UID: "pilot-weekly@example.com", Span: calendar.Span{Start: start, End: start.Add(time.Hour)}, Recurring: true, Title: title,
			Attendees: []calendar.Attendee{{Name: "Dana Reyes", Address: "dana@example.com"}, {Name: "Mia Berg", Address: "mia@example.net"}, {Address: "x@example.net"}},
		}}
	}
}

func (d *desk) at(day, hour, minute int) {
	d.now = time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
}

// send approves a message and lets the user send it by hand.
func (d *desk) send(m ledger.Message) {
	d.t.Helper()
	for _, step := range []ledger.Step{
		ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByMove, At: d.now}, "user"),
		ledger.Prove(ledger.Receipt{Message: m.ID, Kind: ledger.ReceiptByHand, At: d.now, Text: "seen in Sent"}),
	} {
		if _, err := d.st.Apply(d.t.Context(), d.now, m.ID, step); err != nil {
			d.t.Fatal(err)
		}
	}
}

// last returns the newest message and what it says.
func (d *desk) last() (ledger.Message, mail.Message, string) {
	d.t.Helper()
	ms := d.messages()
	if len(ms) == 0 {
		d.t.Fatal("there is no message")
	}
	m := ms[len(ms)-1]
	raw, err := d.st.Bytes(d.t.Context(), m.ID, ledger.CopyDrafted)
	if err != nil {
		d.t.Fatal(err)
	}
	read, err := letter.Read(raw)
	if err != nil {
		d.t.Fatal(err)
	}
	return m, read, string(read.Parts[0].Body)
}

// trail returns what the trail says about a message, one line each.
func (d *desk) trail(id ledger.ID, event string) string {
	d.t.Helper()
	list, err := d.st.Trail(d.t.Context(), ledger.TrailFilter{Message: id, Event: event})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Text)
	}
	return strings.Join(out, "\n")
}

func pilot(body string) string { return "---\nto: dana\n---\n# Pilot\n\n" + body }

func TestEventGivesSubjectPeopleAndSeries(t *testing.T) {
	d := newDesk(t)
	d.meets("Pilot weekly", "dana")
	d.at(3, 11, 5)
	d.save("pilot.md", pilot("DECISION: the pilot goes on until June.\n"))
	d.step()
	m, read, text := d.last()
	if m.Series != "pilot-weekly@example.com" || read.Subject != "Recap: Pilot weekly" || len(read.InReplyTo) != 0 {
		t.Errorf("series %q, subject %q, answers %v", m.Series, read.Subject, read.InReplyTo)
	}
	if !strings.Contains(text, "our call on Tue 3 Mar with Mia Berg,") {
		t.Errorf("the text does not name day and people:\n%s", text)
	}
	if len(m.Recipients) != 1 || m.Recipients[0].String() != "dana@example.com" {
		t.Errorf("recipients %v", m.Recipients)
	}
}

// TestEventsOfOthersAreNotRead: a title from a calendar of somebody else never gets into
// the mail.
func TestEventsOfOthersAreNotRead(t *testing.T) {
	d := newDesk(t)
	d.meets("Pilot: staff cuts", "anna-k")
	d.at(3, 11, 5)
	d.save("pilot.md", pilot("DECISION: the pilot goes on until June.\n"))
	d.step()
	if m, read, _ := d.last(); m.Series != "" || !strings.HasPrefix(read.Subject, "Recap: Pilot") || strings.Contains(read.Subject, "cuts") {
		t.Errorf("series %q, subject %q", m.Series, read.Subject)
	}
}

func TestNoteWaitsForTheEndOfItsMeeting(t *testing.T) {
	d := newDesk(t, policy.Rule{Name: "all go", When: `kind == "recap"`, Approval: "auto"})
	d.meets("Pilot weekly", "dana")
	d.at(3, 10, 30)
	first := d.save("pilot.md", pilot("DECISION: the pilot ends.\n"))
	d.at(3, 10, 40)
	hash := d.save("pilot.md", pilot("DECISION: the pilot goes on until June.\n"))
	next, err := d.s.Step(t.Context(), d.now)
	for range 3 {
		d.step()
	}
	if err != nil || next.After(d.now.Add(again)) || len(d.messages()) != 0 {
		t.Fatalf("%d messages before the end, next look %v, %v", len(d.messages()), next, err)
	}
	n, _, err := d.st.Seen(t.Context(), hash)
	if err != nil || n.State != ledger.NoteSeen || !strings.Contains(n.Why, `before "Pilot weekly" ended`) {
		t.Fatalf("note %+v, %v", n, err)
	}
	if said := strings.Count(d.trail(0, "note-seen"), "it is drafted after"); said != 1 {
		t.Errorf("the trail says %d times that it waits, want once", said)
	}
	d.at(3, 10, 58)
	if next, err = d.s.Step(t.Context(), d.now); err != nil || !next.Equal(time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("next look %v, want the end of the meeting; %v", next, err)
	}
	d.at(3, 11, 0)
	d.step()
	d.step()
	m, _, _ := d.last()
	if len(d.messages()) != 1 || m.Note != hash.String() {
		t.Fatalf("%d messages, want one of the last content", len(d.messages()))
	}
	if n, _, _ := d.st.Seen(t.Context(), first); n.State != ledger.NoteSkipped {
		t.Errorf("the earlier content is %s", n.State)
	}
	checks := d.trail(m.ID, "check")
	if m.State != ledger.Drafted || !strings.Contains(checks, "plans or what was said") || !strings.Contains(checks, `"all go" did not approve`) {
		t.Errorf("state %s, checks:\n%s", m.State, checks)
	}
}

func TestTwinEventsAreAskedAbout(t *testing.T) {
	d := newDesk(t)
	d.s.opt.Events = func(context.Context, string, time.Time) (out []calendar.Event) {
		for i := range 2 {
			start := time.Date(2026, 3, 3, 10, 5*i, 0, 0, time.UTC)
			out = append(out, calendar.Event{UID: fmt.Sprint(i), Span: calendar.Span{Start: start, End: start.Add(time.Hour)}, Title: fmt.Sprintf("Pilot %c", 'A'+i)})
		}
		return out
	}
	d.at(3, 11, 10)
	d.save("pilot.md", pilot("DECISION: the pilot goes on until June.\n"))
	d.step()
	m, read, _ := d.last()
	if checks := d.trail(m.ID, "check"); m.Series != "" || !strings.Contains(checks, "the note fits") || strings.Contains(read.Subject, "Pilot A") {
		t.Errorf("series %q, subject %q, checks %s", m.Series, read.Subject, checks)
	}
}

// fortnight sends a recap and drafts the next one a week later.
func (d *desk) fortnight(first, second string) {
	d.t.Helper()
	d.meets("Pilot weekly", "dana", "anna-k")
	d.at(3, 11, 5)
	d.save("one.md", first)
	d.step()
	m, _, _ := d.last()
	d.send(m)
	d.at(10, 11, 5)
	d.save("two.md", second)
	d.step()
}

func TestSeriesIsOneThread(t *testing.T) {
	d := newDesk(t)
	d.fortnight(pilot("DECISION: the pilot goes on until June.\n"), pilot("DECISION: we hire two people.\n"))
	one := d.messages()[0]
	two, read, _ := d.last()
	if !slices.Equal(read.InReplyTo, []mail.MessageID{one.MessageID}) || !slices.Equal(read.References, []mail.MessageID{one.MessageID}) || read.Subject != "Re: Recap: Pilot weekly" {
		t.Fatalf("answers %v, refers to %v, subject %q; want %s", read.InReplyTo, read.References, read.Subject, one.MessageID)
	}
	d.at(17, 11, 5)
	d.save("three.md", pilot("DECISION: we hire three people.\n")) // two was not sent
	d.step()
	if _, read, _ := d.last(); !slices.Equal(read.InReplyTo, []mail.MessageID{one.MessageID}) {
		t.Errorf("answers %v, want the last that was sent, %s", read.InReplyTo, one.MessageID)
	}
	two, err := d.st.Get(t.Context(), two.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.send(two)
	d.at(24, 11, 5)
	d.save("four.md", pilot("DECISION: we hire four people.\n"))
	d.step()
	if _, read, _ := d.last(); !slices.Equal(read.References, []mail.MessageID{one.MessageID, two.MessageID}) || read.Subject != "Re: Recap: Pilot weekly" {
		t.Errorf("refers to %v, subject %q", read.References, read.Subject)
	}
}

func TestOpenItemsAreCarriedForward(t *testing.T) {
	d := newDesk(t)
	d.fortnight(
		pilot("DECISION: the pilot goes on until June.\nACTION: @Lee send the figures to finance by Friday\nACTION: @Sam book the large meeting room\nQ: who pays the yearly licence?\n"),
		pilot("DECISION: we hire two people.\n- [x] book the large meeting room\n"))
	m, _, text := d.last()
	_, open, ok := strings.Cut(text, "Still open")
	if !ok || !strings.Contains(open, "Lee: Send the figures to finance (due Fri 6 Mar)") || !strings.Contains(strings.ToLower(open), "who pays the yearly licence") || strings.Contains(open, "meeting room") {
		t.Fatalf("the text carries the wrong items:\n%s", text)
	}
	if n := strings.Count(d.trail(m.ID, "carried"), "still open"); n != 2 {
		t.Errorf("%d carried in the trail, want 2", n)
	}
	// A third time: what was carried goes on, what is done ends.
	d.send(m)
	d.at(17, 11, 5)
	d.save("three.md", pilot("DECISION: we stay in Vienna.\n- [x] send the figures to finance\n"))
	d.step()
	if _, _, text = d.last(); !strings.Contains(strings.ToLower(text), "who pays the yearly licence") || strings.Contains(text, "figures") {
		t.Errorf("the third text:\n%s", text)
	}
}

// TestWhatTheUserTookOutStaysOut: the note still says it, the mail that was sent does not.
func TestWhatTheUserTookOutStaysOut(t *testing.T) {
	d := newDesk(t)
	d.meets("Pilot weekly", "dana")
	d.at(3, 11, 5)
	d.save("one.md", pilot("DECISION: the pilot goes on until June.\nACTION: @Lee send the figures to finance\nACTION: @Sam tell nobody about the merger\n"))
	d.step()
	m, read, text := d.last()
	var kept []string
	for l := range strings.Lines(text) {
		if !strings.Contains(l, "merger") {
			kept = append(kept, l)
		}
	}
	read.Parts = []mail.Part{{Type: "text/plain", Body: []byte(strings.Join(kept, ""))}}
	raw, err := letter.Build(read)
	if err != nil {
		t.Fatal(err)
	}
	edited, err := letter.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	m, err = d.st.Apply(t.Context(), d.now, m.ID, ledger.Edit(ledger.Content{Raw: raw, Hash: edited.ContentHash(), From: m.From, Recipients: m.Recipients, Subject: m.Subject, Draft: m.Draft}, "user"))
	if err != nil {
		t.Fatal(err)
	}
	d.send(m)
	d.at(10, 11, 5)
	d.save("two.md", pilot("DECISION: we hire two people.\n"))
	d.step()
	if _, _, text := d.last(); strings.Contains(text, "merger") || !strings.Contains(text, "Send the figures to finance") {
		t.Errorf("the text:\n%s", text)
	}
}

// TestOtherReadersHearNothing: what was told to one manager is not carried to another.
func TestOtherReadersHearNothing(t *testing.T) {
	d := newDesk(t)
	d.fortnight(pilot("DECISION: the pilot goes on until June.\nACTION: @Lee send the figures to finance\n"),
		strings.Replace(pilot("DECISION: the pilot does not go on until June.\n"), "dana", "anna-k", 1))
	m, read, text := d.last()
	if m.Managers[0] != "anna-k" || strings.Contains(text, "figures") || len(read.InReplyTo) != 0 || strings.Contains(d.trail(m.ID, "check"), "you recorded") {
		t.Errorf("to %v, answers %v:\n%s", m.Managers, read.InReplyTo, text)
	}
}

func TestContradictionsAndGapsAreShown(t *testing.T) {
	d := newDesk(t)
	d.fortnight(pilot("DECISION: the pilot goes on until June.\n"),
		pilot("DECISION: the pilot does not go on until June.\nACTION: send the figures to finance\n"))
	m, _, text := d.last()
	checks := d.trail(m.ID, "check")
	for _, want := range []string{"on 3 March 2026 you recorded the opposite", "nobody owns", "(two.md:"} {
		if !strings.Contains(checks, want) {
			t.Errorf("checks do not say %q:\n%s", want, checks)
		}
	}
	if strings.Contains(text, "recorded the opposite") {
		t.Errorf("a check got into the mail:\n%s", text)
	}
}

// TestNoteBeforeAMeeting: a plan waits, a note that is about something else does not.
func TestNoteBeforeAMeeting(t *testing.T) {
	for title, waits := range map[string]bool{"Pilot": true, "pilot weekly": true, "Pilot with the supplier": false, "Pricing": false} {
		d := newDesk(t)
		d.meets("Pilot weekly", "dana")
		d.at(3, 9, 50)
		d.save("note.md", "---\nto: dana\ndate: 2026-03-03\n---\n# "+title+"\n\nDECISION: the pilot goes on until June.\n")
		d.step()
		if n := len(d.messages()); n == 0 != waits {
			t.Errorf("%q: %d messages before the meeting, want it to wait: %v", title, n, waits)
		}
		d.at(3, 11, 0)
		d.step()
		if m, _, _ := d.last(); (m.Series != "") != waits || len(d.messages()) != 1 {
			t.Errorf("%q: %d messages, series %q", title, len(d.messages()), m.Series)
		}
	}
}

// TestGuestsAreKnown: who was invited is meant by initials, a first name or the name of
// an account; two of one name are asked about.
func TestGuestsAreKnown(t *testing.T) {
	guests := []calendar.Attendee{
		{Name: "D. Reyes", Address: "Dana@example.com"}, {Name: "Berg, Mia", Address: "mberg@example.net"}, {Address: "lee.park@example.net"},
		{Name: "Olga Berg", Address: "o@example.net"}, {Name: "Room 4 (12 seats)", Address: "room4@example.net"}, {Name: "olga", Address: "olga.stern@example.net"},
	}
	for _, c := range []struct{ note, want, ask string }{
		{"MB to send the figures", "Mia Berg: Send the figures", ""},
		{"Mia to send the figures", "Mia Berg: Send the figures", ""},
		{"@mberg to send the figures", "Mia Berg: Send the figures", ""},
		{"LP to send the figures", "Lee Park: Send the figures", ""},
		{"Dana to send the figures", "For you\n- Send the figures", ""},
		{"all to send the figures", "with Mia Berg, Lee Park, Olga Berg and Olga Stern,", ""},
		{"Zoe to send the figures", "Zoe: Send the figures", ""},
		{"Olga to send the figures", "", `"Olga" can be Olga Berg or Olga Stern`},
		{"Berg to send the figures", "", `"Berg" can be Mia Berg or Olga Berg`},
	} {
		d := newDesk(t)
		d.meets("Pilot weekly", "dana")
		of := d.s.opt.Events
		d.s.opt.Events = func(ctx context.Context, m string, at time.Time) []calendar.Event {
			out := of(ctx, m, at)
			out[0].Attendees = guests
			return out
		}
		d.at(3, 11, 5)
		d.save("pilot.md", pilot("DECISION: the pilot goes on until June.\nACTION: "+c.note+"\n"))
		d.step()
		m, _, text := d.last()
		if !strings.Contains(text, c.want) || !strings.Contains(d.trail(m.ID, "check"), c.ask) || c.want == "" && strings.Contains(text, "figures") {
			t.Errorf("%q: the text:\n%s\nchecks: %s", c.note, text, d.trail(m.ID, "check"))
		}
	}
}

// TestEverythingIsToBeChecked: with the guests known nothing is left that is sure.
func TestEverythingIsToBeChecked(t *testing.T) {
	d := newDesk(t)
	d.meets("Pilot weekly", "dana")
	of := d.s.opt.Events
	d.s.opt.Events = func(ctx context.Context, m string, at time.Time) []calendar.Event {
		out := of(ctx, m, at)
		out[0].Attendees = []calendar.Attendee{{Name: "Mia Berg", Address: "m@example.net"}, {Name: "Mia Stern", Address: "s@example.net"}}
		return out
	}
	d.at(3, 11, 5)
	hash := d.save("pilot.md", pilot("ACTION: Mia to send the figures\n"))
	d.step()
	n, _, err := d.st.Seen(t.Context(), hash)
	if err != nil || n.State != ledger.NoteAsks || !strings.Contains(n.Why, `"Mia" can be Mia Berg or Mia Stern`) || len(d.messages()) != 0 {
		t.Errorf("note %+v, %d messages, %v", n, len(d.messages()), err)
	}
}
