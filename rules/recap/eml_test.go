package recap

import (
	"reflect"
	"strings"
	"testing"
)

func TestMailToOneself(t *testing.T) {
	head := "From: Sam <sam@example.com>\nTo: eve@example.net\nSubject: =?UTF-8?Q?Call_with_Zo=C3=AB?=\nDate: Wed, 4 Mar 2026 15:04:05 +0100 (CET)\n"
	body := "\nACTION: Sam to pay the caf=C3=A9 by Friday\n\nOn Tue, 3 Mar 2026 Dana wrote:\n> ACTION: Kim to resign\n\n-----Original Message-----\nACTION: Dana to move\n\n-- \nTODO: Sam Okafor, Example Ltd\n"
	for name, mail := range map[string]string{
		"quoted-printable": head + "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=\"utf-8\"\n" + body,
		"plain":            head + "X-One: 1\nContent-Type: text/plain;\n charset=utf-8\n" + strings.ReplaceAll(body, "=C3=A9", "é"),
		"crlf":             strings.ReplaceAll(head+"X-One: 1\nX-Two: 2\n"+strings.ReplaceAll(body, "=C3=A9", "é"), "\n", "\r\n"),
		"latin1":           head + "X-One: 1\nContent-Type: text/plain; charset=iso-8859-1\n" + strings.ReplaceAll(body, "=C3=A9", "\xE9"),
	} {
		r := mustRead(t, "note.eml", mail, Options{})
		if r.Title != "Call with Zoë" || r.Date != "2026-03-04" || len(r.To) > 0 {
			t.Errorf("%s: title %q, date %q, to %q", name, r.Title, r.Date, r.To)
		}
		if len(r.Items) != 1 || r.Items[0].Text != "Pay the café by Friday" || r.Items[0].DueDate != "2026-03-06" {
			t.Errorf("%s: items %+v", name, r.Items)
		}
		if name != "plain" && name != "latin1" && len(r.Items) == 1 && r.Items[0].Line != 8 {
			t.Errorf("%s: line %d, want 8", name, r.Items[0].Line)
		}
	}
}

func TestMailBase64(t *testing.T) {
	mail := "Subject: x\nContent-Transfer-Encoding: base64\n\nQUNUSU9OOiBTYW0gdG8g\ncGF5\n"
	r := mustRead(t, "note.eml", mail, Options{})
	if len(r.Items) != 1 || r.Items[0].Text != "Pay" {
		t.Errorf("items %+v", r.Items)
	}
}

const meetbot = `============================
#widgets: Widgets weekly
============================


Meeting started by dana at 15:00:05 UTC on 2026-03-04.


Meeting summary
---------------
* release  (dana, 15:04:00)
  * AGREED: ship 2.0 without the importer  (dana, 15:09:12)
  * ACTION: sam to write the release notes by Friday  (dana, 15:10:01)
  * the importer is blocked on the new parser  (kim, 15:11:30)

Action items
------------
* sam to write the release notes by Friday

Action items, by person
-----------------------
* sam
  * sam to write the release notes by Friday

People present (lines said)
---------------------------
* dana (40)
* sam (22)
`

func TestMeetBot(t *testing.T) {
	r := mustRead(t, "widgets.txt", meetbot, Options{})
	if r.Title != "#widgets: Widgets weekly" || r.Date != "2026-03-04" || !reflect.DeepEqual(r.Attendees, []string{"dana", "sam"}) {
		t.Errorf("title %q, date %q, attendees %q", r.Title, r.Date, r.Attendees)
	}
	want := []string{"decision 12-12  - -", "risk 14-14  - -", "action 23-23  sam 2026-03-06"}
	if got := spokenLines(r.Items); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChatLog(t *testing.T) {
	log := "15:00:01 <dana> #agreed ship without the importer\n[15:00] <@sam> I'll write the notes by Friday\n15:01 <kim> fine\n"
	r := mustRead(t, "2026-03-04.txt", log, Options{})
	want := []string{"decision 1-1 15:00:01 - -", "action 2-2 15:00 sam 2026-03-06"}
	if got := spokenLines(r.Items); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the note-takers of Meet and Zoom write.
func TestNoteTakers(t *testing.T) {
	for name, note := range map[string]string{
		"meet": "# Notes: Budget call\n\nMar 4, 2026\n\n## Summary\n\nThe budget was discussed.\n\n## Suggested next steps\n\n- [ ] Sam Okafor will send the figures by Friday.\n- [ ] [Kim Novak] Book the room: find a room for ten.\n",
		"zoom": "# Meeting summary for Budget call (03/04/2026)\n\n## Quick recap\n\nThe budget was discussed.\n\n## Next steps\n\n- Sam Okafor: Send the figures by Friday.\n- Kim Novak: Book the room.\n",
	} {
		r := mustRead(t, "note.md", note, Options{})
		var got []string
		for _, it := range r.Items {
			got = append(got, string(it.Kind)+" "+it.Owner+" "+it.DueDate)
		}
		if want := []string{"action Sam Okafor 2026-03-06", "action Kim Novak "}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if r.Context != "The budget was discussed." {
			t.Errorf("%s: context %q", name, r.Context)
		}
	}
}
