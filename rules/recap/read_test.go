package recap

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"headsup/rules"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// wednesday is the day of the examples.
var wednesday = when.Day{Year: 2026, Month: time.March, Dom: 4}

func mustRead(t *testing.T, name, note string, opt Options) Recap {
	t.Helper()
	r, err := Read(name, []byte(note), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFrontMatter(t *testing.T) {
	for name, note := range map[string]string{
		"yaml":    "---\ntitle: \"Budget call\" # with Dana\ndate: 2026-03-04\nattendees:\n  - Dana Reyes\n  - Sam Okafor\nto: [dana, kim]\nkind: heads-up\npriority: high\nby: Friday\nunknown:\n  deep:\n    deeper: x\n---\n\nACTION: Sam to call\n",
		"toml":    "+++\ntitle = \"Budget call\"\ndate = 2026-03-04\nattendees = [\"Dana Reyes\", \"Sam Okafor\"]\nto = [\"dana\", \"kim\"]\nkind = \"heads-up\"\npriority = \"high\"\nby = \"Friday\"\n+++\n\n\n\n\n\n\nACTION: Sam to call\n",
		"windows": strings.ReplaceAll("---\ntitle: Budget call\ndate: 2026-03-04\nattendees: Dana Reyes, Sam Okafor\nto: dana, kim\nkind: heads-up\npriority: high\nby: Friday\n---\n\n\n\n\n\n\nACTION: Sam to call\n", "\n", "\r\n"),
	} {
		r := mustRead(t, "note.md", note, Options{})
		if r.Title != "Budget call" || r.Date != "2026-03-04" || !reflect.DeepEqual(r.Attendees, []string{"Dana Reyes", "Sam Okafor"}) {
			t.Errorf("%s: title %q, date %q, attendees %q", name, r.Title, r.Date, r.Attendees)
		}
		if !reflect.DeepEqual(r.To, []string{"dana", "kim"}) || r.Kind != rules.HeadsUp || r.Priority != rules.High || r.By != "Friday" || r.ByDate != "2026-03-06" {
			t.Errorf("%s: to %q, kind %q, priority %q, by %q %q", name, r.To, r.Kind, r.Priority, r.By, r.ByDate)
		}
		if len(r.Items) != 1 || r.Items[0].Person != "Sam Okafor" || r.Items[0].Line != 16 {
			t.Errorf("%s: items %+v", name, r.Items)
		}
		if len(r.Problems) > 0 {
			t.Errorf("%s: problems %v", name, r.Problems)
		}
	}
}

// No address of the body, and none of the front matter, becomes a recipient.
func TestRecipientsComeFromKeysOnly(t *testing.T) {
	r := mustRead(t, "note.md", "---\nto: dana, eve@example.net\ncc: eve@example.net\n---\nTo: eve@example.net\nACTION: also send this to eve@example.net\n", Options{})
	if !reflect.DeepEqual(r.To, []string{"dana"}) {
		t.Errorf("to %q, want dana alone", r.To)
	}
}

func TestPrivateNeverLeaves(t *testing.T) {
	note := strings.Join([]string{
		"# Call 2026-03-04", "",
		"ACTION: Dana to book the room %%because secret1%% today", "",
		"## Private", "", "ACTION: secret2 to be fired", "### Deeper", "DECISION: secret3", "",
		"## Notes", "", "%%", "ACTION: secret4 to call", "%%", "DECISION: we paint it blue", "",
		"-----BEGIN PGP MESSAGE-----", "secret5 to do", "-----END PGP MESSAGE-----", "ACTION: Kim to pay", "",
		"# Private: pay", "RISK: secret6 may leave",
	}, "\n")
	r := mustRead(t, "note.md", note, Options{})
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	public, err := Public("note.md", []byte(note))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "secret") || strings.Contains(public, "secret") {
		t.Errorf("a private word left:\n%s\n%s", out, public)
	}
	if strings.Count(public, "\n") != strings.Count(note, "\n") {
		t.Error("the public text has other lines than the note")
	}
	var lines []int
	for _, it := range r.Items {
		lines = append(lines, it.Line)
	}
	if want := []int{3, 16, 21}; !reflect.DeepEqual(lines, want) {
		t.Errorf("items on lines %v, want %v", lines, want)
	}
}

func TestDateOfTheMeeting(t *testing.T) {
	late := Options{Fallback: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)}
	tests := []struct {
		name, note string
		opt        Options
		want       string
	}{
		{"a.md", "# Sync 2026-03-04", late, "2026-03-04"},
		{"a.md", "# Sync, 4 March 2026", late, "2026-03-04"},
		{"a.md", "# Sync\n\nDate: March 4th, 2026", late, "2026-03-04"},
		{"a.md", "---\ndate: 2026-03-04\n---\n# Sync", late, "2026-03-04"},
		{"2026-03-04-sync.md", "# Sync", late, "2026-03-04"},
		{"notes/20260304 sync.md", "# Sync", late, "2026-03-04"},
		{"a.md", "# Sync\n\nWhen: March 4, 10:00", late, "2026-03-04"},
		{"a.md", "# Sync of December 28", Options{Fallback: time.Date(2027, 1, 3, 9, 0, 0, 0, time.UTC)}, "2026-12-28"},
		{"a.md", "# Sync", late, "2026-03-05"},
		{"a.md", "# Sync\n\nTime: 3/4/2026 10:00", late, "2026-03-04"},
		{"a.md", "# Sync\n\nTime: 3/4/2026 10:00", Options{DayFirst: true}, "2026-04-03"},
		{"a.md", "# Sync", Options{}, ""},
	}
	for _, tt := range tests {
		if r := mustRead(t, tt.name, tt.note, tt.opt); r.Date != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.name, tt.note, r.Date, tt.want)
		}
	}
}

// TestDateOrderOfTheNote: a date that can be read in one way only tells how to read the others.
func TestDateOrderOfTheNote(t *testing.T) {
	for _, tt := range []struct {
		more     string
		dayFirst bool
		want     string
	}{
		{"", true, "2026-05-03"},
		{"", false, "2026-03-05"},
		{"- the hall is free on 3/23/2026\n", true, "2026-03-05"},
		{"- the hall is free on 23/3/2026\n", false, "2026-05-03"},
		{"- the hall is free on 23/3/2026 and on 3/24/2026\n", true, "2026-05-03"}, // they disagree
		{"- pages 3/23 of the list\n", true, "2026-05-03"},
	} {
		r := mustRead(t, "note.md", frame+"- ACTION: Sam to pay by 3/5/2026\n"+tt.more, Options{DayFirst: tt.dayFirst})
		if len(r.Items) == 0 || r.Items[0].DueDate != tt.want {
			t.Errorf("%q, day first %v: %+v, want %s", tt.more, tt.dayFirst, r.Items, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	opt := Options{Self: "Sam Okafor", Contacts: []Contact{{Name: "Dana Reyes", Key: "dana", Aliases: []string{"boss", "dreyes"}}}}
	tests := []struct{ note, owner, person, key, ask string }{
		{"ACTION: Dana to call", "Dana", "Dana Reyes", "dana", ""},
		{"ACTION: DR to call", "DR", "Dana Reyes", "dana", ""},
		{"ACTION: @dreyes to call", "dreyes", "Dana Reyes", "dana", ""},
		{"ACTION: I will call", "Sam Okafor", "Sam Okafor", "", ""},
		{"ACTION: Anna to call", "Anna", "", "", `"Anna" can be Anna Berg or Anna Cole`},
		{"ACTION: Anna Cole to call", "Anna Cole", "Anna Cole", "", ""},
		{"ACTION: Berg to call", "Berg", "Anna Berg", "", ""},
		{"ACTION: Zoe to call", "Zoe", "", "", ""},
		{"ACTION: call the bank", "", "", "", ""},
	}
	for _, tt := range tests {
		r := mustRead(t, "sync.md", frame+tt.note, opt)
		if len(r.Items) != 1 {
			t.Fatalf("%q: %d items", tt.note, len(r.Items))
		}
		it := r.Items[0]
		if it.Owner != tt.owner || it.Person != tt.person || it.OwnerKey != tt.key || it.Ask != tt.ask || it.Unasked != (tt.ask == "") {
			t.Errorf("%q: owner %q, person %q, key %q, ask %q, unasked %v", tt.note, it.Owner, it.Person, it.OwnerKey, it.Ask, it.Unasked)
		}
	}
}

func TestAttendees(t *testing.T) {
	want := []string{"Dana Reyes", "Sam Okafor"}
	for name, note := range map[string]string{
		"line":    "**Present:** Dana Reyes (@dana), Sam Okafor",
		"list":    "## Attendees\n\n* Dana Reyes @dana (chair)\n* Sam Okafor - notes\n\n## Notes\n\nAll fine",
		"roles":   "## Present\n- Chair: Dana Reyes\n- Secretary: Sam Okafor\n- Apologies: Kim Novak",
		"lines":   "Attendees:\n\nDana Reyes\nSam Okafor\n\n## Notes",
		"aside":   "**Present** (add your name): Dana Reyes, Sam Okafor",
		"front":   "---\nattendees: [Dana Reyes, Sam Okafor]\n---\n",
		"sides":   "Participants: Dana Reyes and Sam Okafor\nApologies: Kim Novak",
		"ordered": "### Participants\n1. Dana Reyes\n2. Sam Okafor\n",
	} {
		if r := mustRead(t, "note.md", note, Options{}); !reflect.DeepEqual(r.Attendees, want) {
			t.Errorf("%s: %q", name, r.Attendees)
		}
	}
}

func TestLinesAreExact(t *testing.T) {
	note := "# Sync 2026-03-04\n\n- A long point that goes on and on about the venue of the autumn\n  meeting. Kim to find two\n  alternatives. All fine.\n\n1. first\n2. ACTION: Sam to pay\n   the bill\n"
	r := mustRead(t, "note.md", note, Options{})
	var got [][2]int
	for _, it := range r.Items {
		got = append(got, [2]int{it.Line, it.EndLine})
	}
	if want := [][2]int{{4, 5}, {8, 9}}; !reflect.DeepEqual(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
}

func TestLastWordWins(t *testing.T) {
	note := frame + "- We agreed to ship the importer in June\n- Lunch was good\n- After the break we agreed not to ship the importer in June\n\n## Action items\n- Kim to write the release notes\n- write the release notes\n"
	r := mustRead(t, "note.md", note, Options{})
	if len(r.Items) != 2 || r.Items[0].Line != 9 || r.Items[1].Owner != "Kim" {
		t.Errorf("items %+v", r.Items)
	}
	if len(r.Problems) != 1 || r.Problems[0].Line != 7 {
		t.Errorf("problems %v", r.Problems)
	}
}

func TestWayOut(t *testing.T) {
	note := frame + "- The release is blocked by the security review. We could ship without the importer.\n- RISK: the vendor may be late\n  - Mitigation: order from two vendors\n- RISK: nobody knows the build\n"
	r := mustRead(t, "note.md", note, Options{})
	var ways []string
	for _, it := range r.Items {
		if it.Kind == Risk {
			ways = append(ways, it.Way)
		}
	}
	want := []string{"We could ship without the importer.", "Mitigation: order from two vendors", ""}
	if !reflect.DeepEqual(ways, want) {
		t.Errorf("ways out %q, want %q", ways, want)
	}
}

func TestJSON(t *testing.T) {
	r := mustRead(t, "note.md", frame+"ACTION: Sam to pay by Friday\nDECISION: no more paper\n", Options{})
	got, err := r.JSON("note.md")
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		File  string
		Items []map[string]any
	}
	if err := json.Unmarshal(got, &line); err != nil {
		t.Fatal(err)
	}
	if len(line.Items) != 2 || line.File != "note.md" {
		t.Fatalf("got %s", got)
	}
	for _, key := range []string{"line", "end_line", "kind", "owner", "due", "due_date", "text", "confidence", "unasked"} {
		for _, it := range line.Items {
			if _, ok := it[key]; !ok {
				t.Errorf("no %q in %v", key, it)
			}
		}
	}
	if d := line.Items[1]; d["owner"] != nil || d["due"] != nil || d["due_date"] != nil || line.Items[0]["due_date"] != "2026-03-06" {
		t.Errorf("unknown is not null: %s", got)
	}
	empty, err := Recap{}.JSON("x")
	if want := `{"file":"x","title":"","date":null,"attendees":[],"items":[]}`; err != nil || string(empty) != want {
		t.Errorf("got %s, %v, want %s", empty, err, want)
	}
}

func TestSameNoteSameRecap(t *testing.T) {
	for _, tt := range language {
		a := mustRead(t, "sync.md", frame+tt.note, Options{})
		b := mustRead(t, "sync.md", frame+tt.note, Options{})
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%q: two recaps of one note differ", tt.note)
		}
	}
}

func TestErrorsCanBeTold(t *testing.T) {
	_, err := Read("a.md", []byte{0}, Options{})
	if !errors.Is(err, prose.ErrNotText) {
		t.Errorf("%v is not ErrNotText", err)
	}
	_, err = Read("a.eml", []byte("Content-Type: application/pkcs7-mime\n\nx\n"), Options{})
	if !errors.Is(err, prose.ErrSealed) {
		t.Errorf("%v is not ErrSealed", err)
	}
}
