package recap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headsup/rules/recap/prose"
)

// TestBadNotes holds every bad note to the exact words that it must give.
func TestBadNotes(t *testing.T) {
	notes, err := filepath.Glob("testdata/bad/*.note")
	if err != nil || len(notes) < 15 {
		t.Fatalf("testdata/bad has %d notes: %v", len(notes), err)
	}
	for _, path := range notes {
		name := strings.TrimSuffix(filepath.Base(path), ".note")
		t.Run(name, func(t *testing.T) {
			note, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(path, ".note") + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if got := told(name, note); got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// told is what the writer of a note gets to see.
func told(name string, note []byte) string {
	r, err := Read(name, note, Options{})
	if err != nil {
		return fmt.Sprintf("error: %v\n", err)
	}
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "problem %d: %s\n", p.Line, p.Text)
	}
	return b.String()
}

func TestTooLarge(t *testing.T) {
	_, err := Read("note.md", make([]byte, prose.MaxNote+1), Options{})
	if want := "read note: 2097153 bytes, at most 2097152 are read: too large; split it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Read("talk.vtt", make([]byte, prose.MaxTranscript+1), Options{})
	if want := "read note: 16777217 bytes, at most 16777216 are read: too large; split it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
