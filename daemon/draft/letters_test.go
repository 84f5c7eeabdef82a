package draft

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/mail/letter"
	"headsup/rules/recap"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ownNotes are written for this purpose, one for each habit of those who write notes.
const ownNotes = "../../rules/recap/testdata/notes"

// TestLetters drafts every own note, brief and detailed, and compares what the manager
// would get with the golden files: subject and text in one, HTML in the other.
func TestLetters(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(ownNotes, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range names {
		if strings.HasSuffix(name, ".golden") {
			continue
		}
		seen++
		for _, style := range []letter.Style{letter.Brief, letter.Detailed} {
			t.Run(filepath.Base(name)+"/"+string(style), func(t *testing.T) { goldenLetter(t, name, style) })
		}
	}
	if seen < 20 {
		t.Errorf("only %d notes", seen)
	}
}

func goldenLetter(t *testing.T, name string, style letter.Style) {
	d := newDesk(t)
	d.s.opt.Default = "dana"
	for i := range d.s.opt.Managers {
		d.s.opt.Managers[i].Style = style
	}
	d.at(4, 18, 0)
	if before, ok := strings.CutSuffix(name, "-2.md"); ok { // a recurring meeting
		d.weekly(readFile(t, before+"-1.md"))
	}
	note := readFile(t, name)
	d.save(filepath.Base(name), note)
	d.step()
	_, read, text := d.last()
	base := filepath.Join("testdata", "letters", filepath.Base(name)+"."+string(style))
	golden(t, base+".txt", "Subject: "+read.Subject+"\n\n"+text)
	golden(t, base+".html", string(read.Parts[1].Body))
	asked(t, filepath.Base(name), note, text)
}

// weekly sends the recap of last week's meeting, so that this week's goes on from there.
func (d *desk) weekly(note string) {
	d.meets("Team weekly", "dana")
	d.at(3, 11, 5)
	d.save("last week.md", note)
	d.step()
	m, _, _ := d.last()
	d.send(m)
	d.at(10, 11, 5)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, name); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// asked holds that what is to be checked first stays out of the letter, and that the
// letter says what is sure.
func asked(t *testing.T, name, note, text string) {
	t.Helper()
	rec, err := recap.Read(name, []byte(note), recap.Options{
		Fallback: time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC), Self: "Sam Okafor",
		Contacts: []recap.Contact{{Name: "Dana Reyes", Aliases: []string{"DR"}, Key: "dana"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range rec.Items {
		words := line(it, time.UTC).Text
		said := strings.Contains(flat(text), flat(words))
		if context := flat(rec.Context); said != it.Unasked && !strings.Contains(context, flat(words)) {
			t.Errorf("%q: in the letter %v, unasked %v", words, said, it.Unasked)
		}
	}
}

// TestDayIsSaidOnce: a deadline at the end is the due date, another day stays where it is.
func TestDayIsSaidOnce(t *testing.T) {
	for _, c := range []struct{ text, owner, due, date, want, wantDue string }{
		{"Send the list by Friday", "Kim", "by Friday", "2026-03-06", "Send the list", "Fri 6 Mar"},
		{"Send the list, by Friday.", "Kim", "by Friday", "2026-03-06", "Send the list", "Fri 6 Mar"},
		{"Send the list (by Friday)", "Kim", "by Friday", "2026-03-06", "Send the list", "Fri 6 Mar"},
		{"Send the list (Fri)", "Kim", "Fri", "2026-03-06", "Send the list", "Fri 6 Mar"},
		{"Call the supplier (Kim, Fri)", "Kim", "Fri", "2026-03-06", "Call the supplier", "Fri 6 Mar"},
		{"Call the supplier (Kim)", "Kim", "", "", "Call the supplier", ""},
		{"Call the supplier (Kimberly)", "Kim", "", "", "Call the supplier (Kimberly)", ""},
		{"Ask by Thursday whether we can cancel", "Sam", "by Thursday", "2026-03-05", "Ask by Thursday (5 Mar) whether we can cancel", ""},
		{"Review it before Monday", "", "before Monday", "2026-03-09", "Review it before Monday (9 Mar)", ""},
		{"Test the network on 20 March", "Lee", "on 20 March", "2026-03-20", "Test the network on 20 March", ""},
		{"Ask the vendor next week", "Lee", "next week", "", "Ask the vendor", "next week"},
		{"Write the guide", "Kim", "20 March", "2026-03-20", "Write the guide", "Fri 20 Mar"},
		{"Write the guide", "Kim", "by next week", "", "Write the guide", "next week"},
		{"By Friday", "Kim", "By Friday", "2026-03-06", "By Friday (6 Mar)", ""},
	} {
		got := line(recap.Item{Kind: recap.Action, Text: c.text, Owner: c.owner, Due: c.due, DueDate: c.date}, time.UTC)
		if got.Text != c.want || got.Due != c.wantDue {
			t.Errorf("%q: got %q, due %q; want %q, due %q", c.text, got.Text, got.Due, c.want, c.wantDue)
		}
	}
}

func TestSubjectFitsATelephone(t *testing.T) {
	for _, c := range []struct{ title, want string }{
		{"Budget 2026-03-04", "Recap: Budget, Wed 4 Mar"},
		{"Budget call (4 March 2026)", "Recap: Budget call, Wed 4 Mar"},
		{"Minutes of March 4", "Recap: Minutes, Wed 4 Mar"},
		{"Plan for 14 March", "Recap: Plan for 14 March, Wed 4 Mar"},
		{"2026-03-04", "Recap: 2026-03-04, Wed 4 Mar"},
		{"", "Recap: our call, Wed 4 Mar"},
		{strings.Repeat("very long, ", 20), "Recap: very long, very long, very long, very long, very long, very…, Wed 4 Mar"},
		{strings.Repeat("長", 80), "Recap: " + strings.Repeat("長", 60) + "…, Wed 4 Mar"},
	} {
		st := &story{rec: recap.Recap{Title: c.title, Date: "2026-03-04"}}
		if got := st.subject(time.UTC); got != c.want {
			t.Errorf("%q: got %q, want %q", c.title, got, c.want)
		}
	}
}

// TestReadersOwnActions: what the reader is to do comes first and names nobody else.
func TestReadersOwnActions(t *testing.T) {
	rec := recap.Recap{Items: []recap.Item{
		{Kind: recap.Action, Text: "book the hall", Owner: "Lee", Unasked: true},
		{Kind: recap.Action, Text: "DR to sign the lease", Owner: "DR", Person: "Dana Reyes", OwnerKey: "dana", Unasked: true},
	}}
	dana, anna := Manager{Key: "dana"}, Manager{Key: "anna"}
	one := sections(rec, []Manager{dana}, time.UTC)
	if len(one) != 2 || one[0].Title != "For you" || one[0].Lines[0] != (letter.Line{Text: "sign the lease"}) {
		t.Errorf("to one: %+v", one)
	}
	if two := sections(rec, []Manager{dana, anna}, time.UTC); len(two) != 1 || len(two[0].Lines) != 2 || two[0].Lines[1].Who != "Dana Reyes" {
		t.Errorf("to two: %+v", two)
	}
}
