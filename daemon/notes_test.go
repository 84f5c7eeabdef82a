package daemon_test

import (
	"strings"
	"testing"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// review is a meeting, an hour later held again, with three guests, two of one family name.
const review = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" +
	"BEGIN:VEVENT\r\nUID:review@example.com\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Review of the pilot\r\n" +
	"DTSTART;TZID=Europe/Berlin:20260303T100000\r\nDTEND;TZID=Europe/Berlin:20260303T101500\r\nRRULE:FREQ=HOURLY;COUNT=2\r\n" +
	"ATTENDEE;CN=Dana Reyes:mailto:dana@example.com\r\nATTENDEE;CN=Mia Berg:mailto:mia@example.net\r\nATTENDEE;CN=Lee Park:mailto:lee@example.net\r\nATTENDEE;CN=Lee Stern:mailto:l.stern@example.net\r\n" +
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

// model stands for the user's own program: it saw something, and it makes something up.
const model = `cat >/dev/null; echo '{"to":["mallory"],"items":[` +
	`{"kind":"action","line":9,"owner":"Lee Park","text":"the printer needs attention"},{"kind":"decision","line":9,"text":"buy 40 laptops"}]}'`

const reviewNote = `# Review of the pilot

Date: 2026-03-03
DECISION: the pilot goes on until June.
ACTION: MB to send the figures by Friday
ACTION: Lee to book the hall
ACTION: order the badges

Lee Park mentioned that the printer needs attention.
`

// TestNoteMeetsItsEvent: the running service finds the event of a note in the manager's
// calendar, waits for its end, knows its guests, and asks the user's own program; what it
// doubts it shows and does not write.
func TestNoteMeetsItsEvent(t *testing.T) {
	s := viaOwn(t)
	p := settle(t, s)
	p.write("dana.ics", review)
	p.write("config.toml", strings.Replace(p.example(s), "[notes]\n", "[notes]\nextract_command = [\"/bin/sh\", \"-c\", '''"+model+"''']\n", 1))
	p.run()
	p.pass(8 * time.Minute)
	p.note("pilot.md", reviewNote) // 10:03, the meeting ends at 10:15
	p.pass(5 * time.Minute)
	if list, err := p.c.Queue(t.Context(), control.QueueQuery{All: true}); err != nil || len(list) != 0 {
		t.Fatalf("%d messages before the end of the meeting, %v", len(list), err)
	}
	p.pass(10 * time.Minute)
	m := p.show()
	if m.Subject != "Recap: Review of the pilot" || len(m.To) != 1 || m.To[0].Address.String() != "dana@example.com" {
		t.Errorf("subject %q, to %v", m.Subject, m.To)
	}
	for _, want := range []string{"our call on Tue 3 Mar with Mia Berg, Lee Park and Lee Stern", "Mia Berg: Send the figures (due Fri 6 Mar)", "Order the badges"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.Text)
		}
	}
	checks := reasons(m, "check")
	for _, want := range []string{
		`"Lee" can be Lee Park or Lee Stern`, `nobody owns "order the badges"`, "plans or what was said",
		"action: Lee Park: the printer needs attention (pilot.md:9): suggested by notes.extract_command", `suggested "buy 40 laptops" was left out`,
	} {
		if !strings.Contains(checks, want) {
			t.Errorf("the checks do not say %q:\n%s", want, checks)
		}
	}
	for _, never := range []string{"hall", "printer", "laptops", "mallory"} {
		if strings.Contains(m.Text, never) {
			t.Errorf("the mail says %q:\n%s", never, m.Text)
		}
	}
}

// TestNextMeetingCarriesOn: what the recap of the last meeting of a series left open goes on
// in the next, and the user is told before approving, as of what contradicts it.
func TestNextMeetingCarriesOn(t *testing.T) {
	s := viaOwn(t)
	p := settle(t, s)
	p.write("dana.ics", review)
	p.run()
	p.pass(21 * time.Minute)
	p.note("one.md", reviewNote)
	p.pass(3 * time.Minute)
	first := p.show()
	if _, err := p.c.Approve(t.Context(), control.ApproveRequest{ID: first.ID, Content: first.Content}); err != nil {
		t.Fatal(err)
	}
	p.pass(50 * time.Minute)
	if first = p.show(); first.State != ledger.Sent {
		t.Fatalf("the first recap is %s", first.State)
	}
	p.pass(8 * time.Minute)
	p.note("two.md", "# Review of the pilot\n\nDate: 2026-03-03\nPresent: Dana, Sam, Mia\n\nDECISION: the pilot does not go on until June.\n- [x] order the badges\n")
	p.pass(2 * time.Minute)
	list, err := p.c.Queue(t.Context(), control.QueueQuery{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d messages wait, %v", len(list), err)
	}
	m, err := p.c.Show(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "Re: "+first.Subject || !strings.Contains(m.Text, "Still open\n- Mia Berg: Send the figures (due Fri 6 Mar)\n") || strings.Contains(m.Text, "badges") {
		t.Errorf("subject %q, text:\n%s", m.Subject, m.Text)
	}
	if got := reasons(m, "carried"); got != "still open since an earlier recap: action: Mia Berg: Send the figures by Friday" {
		t.Errorf("carried: %s", got)
	}
	if got := reasons(m, "check"); !strings.Contains(got, `on 3 March 2026 you recorded the opposite: "the pilot goes on until June."`) {
		t.Errorf("checks: %s", got)
	}
}

// show returns the single message of the ledger as `headsup queue show` gets it.
func (p *place) show() control.Detail {
	p.t.Helper()
	m, err := p.c.Show(p.t.Context(), p.only().ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func reasons(m control.Detail, code string) string {
	var out []string
	for _, r := range m.Check {
		if r.Code == code {
			out = append(out, r.Text)
		}
	}
	return strings.Join(out, "\n")
}
