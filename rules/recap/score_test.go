package recap

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestScore reads the labelled notes of HEADSUP_DATA, lets the set's own score.py judge
// and holds the figures a little below what was reached when the weights were fitted.
func TestScore(t *testing.T) {
	data := os.Getenv("HEADSUP_DATA")
	if data == "" {
		t.Skip("HEADSUP_DATA is not set: the labelled notes are not here")
	}
	folder := filepath.Join(data, "notes")
	all, sure := t.TempDir()+"/all.jsonl", t.TempDir()+"/sure.jsonl"
	writePredictions(t, folder, all, sure)
	got := runScore(t, folder, all)
	t.Logf("all items: %+v", got.Kinds["ALL"])
	for kind, strata := range got.Kinds {
		t.Logf("%-8s %+v", kind, strata["all"])
	}
	t.Logf("owners: %+v, due: %+v", got.Owner, got.Due)
	floor(t, "F1 of all items", got.Kinds["ALL"]["all"].F1, 0.72)
	floor(t, "F1 of marked items", got.Kinds["ALL"]["marked"].F1, 0.95)
	floor(t, "F1 of unmarked items", got.Kinds["ALL"]["unmarked"].F1, 0.63)
	floor(t, "owners", got.Owner.Accuracy, 0.87)
	unasked := runScore(t, folder, sure)
	t.Logf("unasked items: %+v", unasked.Kinds["ALL"]["all"])
	floor(t, "precision of unasked items", unasked.Kinds["ALL"]["all"].P, 0.87)
	floor(t, "recall of unasked items", unasked.Kinds["ALL"]["all"].R, 0.50)
}

func floor(t *testing.T, what string, got, least float64) {
	t.Helper()
	if got < least {
		t.Errorf("%s: %.3f, want at least %.2f", what, got, least)
	}
}

// writePredictions writes one JSON line a note: to all with every item, to sure with the
// unasked ones.
func writePredictions(t *testing.T, folder, all, sure string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "[0-9]*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no notes in %s: %v", folder, err)
	}
	var a, s bytes.Buffer
	for _, name := range names {
		note, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Read(name, note, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		writeLine(t, &a, r, filepath.Base(name))
		var unasked []Item
		for _, it := range r.Items {
			if it.Unasked {
				unasked = append(unasked, it)
			}
		}
		r.Items = unasked
		writeLine(t, &s, r, filepath.Base(name))
	}
	for path, b := range map[string][]byte{all: a.Bytes(), sure: s.Bytes()} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func writeLine(t *testing.T, b *bytes.Buffer, r Recap, file string) {
	t.Helper()
	line, err := r.JSON(file)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(append(line, '\n'))
}

type figures struct{ P, R, F1 float64 }

type report struct {
	Kinds map[string]map[string]figures `json:"kinds"`
	Owner struct {
		Accuracy float64 `json:"accuracy"`
		Named    float64 `json:"named_accuracy"`
		N        int     `json:"n"`
	} `json:"owner"`
	Due struct {
		Accuracy float64 `json:"accuracy"`
		Spurious float64 `json:"spurious_rate"`
		N        int     `json:"n"`
	} `json:"due_date"`
}

func runScore(t *testing.T, folder, predictions string) report {
	t.Helper()
	out, err := exec.Command("python3", filepath.Join(folder, "score.py"), "--json", filepath.Join(folder, "gold.jsonl"), predictions).CombinedOutput()
	if err != nil {
		t.Fatalf("score.py: %v\n%s", err, out)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("score.py: %v\n%s", err, out)
	}
	return r
}
