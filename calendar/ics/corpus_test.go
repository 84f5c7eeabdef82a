package ics

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// dataDir is the folder of public suites, kept out of the project.
func dataDir(t testing.TB) string {
	dir := os.Getenv("HEADSUP_DATA")
	if dir == "" {
		t.Skip("HEADSUP_DATA does not name the folder of public test data: this comparison was not made")
	}
	return filepath.Join(dir, "ical")
}

// corpus calls f for every calendar of the public suites.
func corpus(t testing.TB, f func(name string, raw []byte)) int {
	root := filepath.Join(dataDir(t), "calendars")
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		name, _ := filepath.Rel(root, path)
		f(filepath.ToSlash(name), raw)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCorpusDoesNotPanic reads every calendar there is and expands it over windows in
// the past, the present and the whole of time.
func TestCorpusDoesNotPanic(t *testing.T) {
	refused, faulty := 0, 0
	n := corpus(t, func(name string, raw []byte) {
		began := time.Now()
		cal, err := Read(strings.NewReader(string(raw)), DefaultLimits())
		if err != nil {
			refused++
			t.Logf("%s: %v", name, err)
			return
		}
		for _, w := range []calendar.Span{
			{Start: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)},
			{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
			{Start: time.Time{}, End: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		} {
			_, faults := cal.Events(w, time.UTC, Owner{})
			if len(faults) > 0 && w.Start.Year() == 1 {
				faulty++
				t.Logf("%s: %s", name, strings.Join(faults, " | "))
			}
		}
		if d := time.Since(began); d > 50*time.Millisecond {
			t.Logf("%s: slow: %v", name, d)
		}
	})
	t.Logf("%d calendars: %d refused as a whole, %d with faults", n, refused, faulty)
	if n < 400 {
		t.Errorf("only %d calendars found: the data folder is not the one that was meant", n)
	}
}
