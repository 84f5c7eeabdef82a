package recap

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads the notes of testdata/notes, which are written for this purpose, and
// compares every item with the golden file beside it.
func TestGolden(t *testing.T) {
	notes, err := filepath.Glob("testdata/notes/*.*")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range notes {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		seen++
		t.Run(filepath.Base(path), func(t *testing.T) {
			note, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			opt := Options{Fallback: wednesday.Noon(), Self: "Sam Okafor", Contacts: []Contact{{Name: "Dana Reyes", Key: "dana"}}}
			got := golden(mustRead(t, filepath.Base(path), string(note), opt))
			if *update {
				if err := os.WriteFile(path+".golden", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if seen < 7 {
		t.Errorf("only %d notes", seen)
	}
}

// golden is a recap in lines that can be read and compared.
func golden(r Recap) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s\n", r.Title, r.Date, strings.Join(r.Attendees, "; "))
	if r.Context != "" {
		fmt.Fprintf(&b, "context: %s\n", r.Context)
	}
	for _, it := range r.Items {
		mark := "?"
		if it.Unasked {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s%s %d-%d %s | %s | %s", mark, it.Kind, it.Line, it.EndLine, dash(it.Owner), dash(it.DueDate), it.Text)
		if it.Way != "" {
			fmt.Fprintf(&b, " | way out: %s", it.Way)
		}
		b.WriteByte('\n')
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "problem %d: %s\n", p.Line, p.Text)
	}
	return b.String()
}
