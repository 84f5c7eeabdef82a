package ics

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headsup/calendar"
)

// TestBadCalendars holds every broken calendar to the exact words that it gives: the
// error if nothing of it may be used, else the faults and what is left.
func TestBadCalendars(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.ics")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 15 {
		t.Fatalf("only %d fixtures: the folder is not complete", len(files))
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := verdict(t, raw)
		golden := strings.TrimSuffix(path, ".ics") + ".want"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	}
}

// verdict is what a person sees of a calendar.
func verdict(t *testing.T, raw []byte) string {
	cal, err := Read(bytes.NewReader(raw), DefaultLimits())
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	events, faults := cal.Events(calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-05")}, berlin(t), Owner{})
	var b bytes.Buffer
	for _, f := range faults {
		b.WriteString("fault: " + f + "\n")
	}
	if err := WriteRows(&b, events); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
