package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const budgetNote = `# Budget call 2026-03-04

Present: Dana Reyes, Sam Okafor

- DECISION: keep the old vendor
- ACTION: Sam to send the price list by Friday
- RISK: the vendor may be late
  - we could order from two
- Could be that somebody should look at the badges?
- Anna is on leave
`

func noteFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRecapForAPerson(t *testing.T) {
	a, out := screen(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC))
	if err := a.readNotes([]string{noteFile(t, "budget.md", budgetNote)}, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Budget call 2026-03-04, 2026-03-04\nwith Dana Reyes, Sam Okafor\n",
		"Decided\n  - keep the old vendor (line 5)\n",
		"To do\n  - Sam Okafor: Send the price list by Friday [2026-03-06] (line 6)\n",
		"At risk\n  - the vendor may be late (line 7); way out: we could order from two\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestRecapJSON(t *testing.T) {
	a, out := screen(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC))
	good, gone := noteFile(t, "budget.md", budgetNote), filepath.Join(t.TempDir(), "gone.md")
	err := a.readNotes([]string{gone, good, noteFile(t, "nul.md", "a\x00b")}, true)
	if err == nil || !strings.Contains(err.Error(), "gone.md") || !strings.Contains(err.Error(), "NUL") {
		t.Errorf("got error %v", err)
	}
	var line struct {
		File  string
		Items []struct{ Kind, Owner string }
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if line.File != "budget.md" || len(line.Items) < 3 || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %s", out)
	}
}

// A file that is no file is not waited for.
func TestRecapOfAFolder(t *testing.T) {
	a, _ := screen(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC))
	if err := a.readNotes([]string{t.TempDir()}, false); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("got %v", err)
	}
}
