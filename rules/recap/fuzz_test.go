package recap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"headsup/rules/recap/when"
)

// seeds adds the own examples and the bad notes to a corpus, and fails if there are none.
func seeds(f *testing.F, add func(name, note string)) {
	f.Helper()
	n := 0
	for _, tt := range language {
		add("note.md", frame+tt.note)
		n++
	}
	bad, err := filepath.Glob("testdata/bad/*.note")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range bad {
		note, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(note) < 4096 {
			add(strings.TrimSuffix(filepath.Base(path), ".note"), string(note))
			n++
		}
	}
	add("call.vtt", vtt)
	add("widgets.txt", meetbot)
	if n < 60 || len(bad) < 15 {
		f.Fatalf("the corpus has %d seeds, %d of them bad notes", n, len(bad))
	}
}

// FuzzRead: whatever the bytes are, every item lies on lines of the note, is one line of
// valid text, and is either unasked or says why it is asked about.
func FuzzRead(f *testing.F) {
	seeds(f, func(name, note string) { f.Add(name, []byte(note)) })
	f.Fuzz(func(t *testing.T, name string, note []byte) {
		r, err := Read(name, note, Options{Fallback: wednesday.Noon(), Self: "Sam Okafor", Contacts: []Contact{{Name: "Dana Reyes", Key: "dana"}}})
		if err != nil {
			if len(r.Items) > 0 {
				t.Error("an error came with items")
			}
			return
		}
		checkRecap(t, r)
		if _, err := r.JSON(name); err != nil {
			t.Error(err)
		}
		for _, it := range Carry(r, Recap{}) {
			if it.Kind == Decision {
				t.Error("a decision was carried")
			}
		}
		for _, p := range keysOnly(r.To) {
			if strings.Contains(p, "@") {
				t.Errorf("recipient %q", p)
			}
		}
	})
}

func checkRecap(t *testing.T, r Recap) {
	t.Helper()
	for _, it := range r.Items {
		switch {
		case it.Line < 1 || it.EndLine < it.Line:
			t.Errorf("lines %d to %d", it.Line, it.EndLine)
		case it.Text == "" || strings.ContainsAny(it.Text, "\r\n\x00") || !utf8.ValidString(it.Text):
			t.Errorf("text %q", it.Text)
		case it.Unasked == (it.Ask != ""):
			t.Errorf("unasked %v, ask %q", it.Unasked, it.Ask)
		case it.Confidence < 0 || it.Confidence > 1:
			t.Errorf("confidence %v", it.Confidence)
		}
		if _, ok := when.IsoDay(it.DueDate); it.DueDate != "" && !ok {
			t.Errorf("due date %q", it.DueDate)
		}
	}
}

// FuzzAccept: what is accepted rests on lines of the note and is asked about.
func FuzzAccept(f *testing.F) {
	f.Add("- the old logo stays\n", []byte(`{"items":[{"line":1,"kind":"decision","text":"the old logo stays"}]}`))
	f.Fuzz(func(t *testing.T, note string, answer []byte) {
		items, _, err := Accept(note, answer, Options{})
		if err != nil {
			return
		}
		checkRecap(t, Recap{Items: items})
		for _, it := range items {
			if it.EndLine > strings.Count(note, "\n")+1 || !it.Suggested || it.Unasked {
				t.Errorf("accepted %+v", it)
			}
		}
	})
}

// FuzzPrivate: a word between comment marks or below "## Private" never comes out.
func FuzzPrivate(f *testing.F) {
	f.Add("ACTION: Dana to call", "# Next\n\nmore")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "xqzv7"
		if strings.Contains(before, "%%") || strings.Contains(before, "-----") || strings.Contains(before, secret) || strings.Contains(after, secret) || strings.Contains(after, "%%") {
			return
		}
		for _, note := range []string{before + " %% ACTION: " + secret + " %% " + after, before + "\n# Private\n\nACTION: " + secret + "\n"} {
			if public, err := Public("note.md", []byte(note)); err == nil && strings.Contains(public, secret) {
				t.Errorf("%q kept the secret", note)
			}
		}
	})
}

// bombs are notes that are made to cost more than they are long.
func bombs() map[string]string {
	const size = 1 << 18
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	deep := &strings.Builder{}
	for i := 0; deep.Len() < size; i++ {
		deep.WriteString(strings.Repeat(" ", i%1500) + "- x\n")
	}
	return map[string]string{
		"brackets":    fill("["),
		"links":       fill("[a]("),
		"images":      fill("![a]("),
		"stars":       fill("*_`~"),
		"quotes":      fill(">"),
		"quote lines": fill("> > > > > x\n"),
		"tags":        fill("<a "),
		"escapes":     fill("\\"),
		"bullets":     fill("- x\n"),
		"deep":        deep.String(),
		"headings":    fill("# x\n"),
		"labels":      fill("Actions:\n"),
		"cells":       fill("| a "),
		"rows":        fill("| Action | Owner |\n|---|---|\n| a | b |\n"),
		"fences":      fill("```\n"),
		"comments":    fill("%% x\n"),
		"html":        fill("<!-- \n"),
		"votes":       "Vote\n" + fill("SF: 1\n"),
		"colons":      fill("a: "),
		"names":       fill("Dana, "),
		"present":     "Present: " + fill("Dana A, "),
		"people":      "## Attendees\n" + fill("- Dana Reyes\n"),
		"front":       "---\na: " + fill("[") + "\n---\n",
		"laughs":      "---\n" + fill("a: &a [*a,*a,*a]\n") + "---\n",
		"actions":     fill("ACTION: Dana to send the price list to Kim by Friday\n"),
		"decisions":   fill("We agreed not to ship the importer in June\nWe agreed to ship the importer in June\n"),
		"questions":   fill("Who pays? "),
		"points":      fill(". "),
		"to":          fill("Dana and Sam to "),
		"dates":       fill("by Friday, March 6, 2026 "),
		"times":       "WEBVTT\n\n" + fill("00:00 --> 00:01\n"),
		"voices":      "WEBVTT\n\n00:00 --> 00:01\n" + fill("<v Dana>x"),
		"karaoke":     "WEBVTT\n\n00:00 --> 00:01\n" + fill("<0"),
		"turns":       "WEBVTT\n\n" + fill("00:00 --> 00:01\n<v A>x\n\n00:00 --> 00:01\n<v B>x\n\n"),
		"chat":        fill("15:00 <dana> #action sam to pay\n"),
	}
}

// TestBombs: what is made to cost more than it is long costs what it is long.
func TestBombs(t *testing.T) {
	for name, note := range bombs() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			r, err := Read("bomb.md", []byte(note), Options{Fallback: wednesday.Noon()})
			if err != nil {
				t.Fatal(err)
			}
			checkRecap(t, r)
			took := time.Since(start)
			t.Logf("%s, %d items", took.Round(time.Millisecond), len(r.Items))
			if took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
