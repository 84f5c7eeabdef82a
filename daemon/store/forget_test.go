package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
)

// TestForget erases a person and looks for what is left, in the tables and in the bytes
// on disk.
func TestForget(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, now := t.Context(), time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	for _, who := range []string{"dana", "ines"} {
		err := s.AddSightings(ctx, []ledger.Sighting{{Manager: who, At: now, Ref: "r1"}, {Manager: who, At: now.Add(time.Hour), Ref: "r2"}})
		if err != nil {
			t.Fatal(err)
		}
		c := ledger.Calendar{Manager: who, Name: "work", Snapshot: calendar.Snapshot{Version: "1", AsOf: now, Events: []calendar.Event{{Title: "marker-" + who}}}}
		if err := s.SetCalendar(ctx, now, c); err != nil {
			t.Fatal(err)
		}
		if err := s.SetFocusAnswer(ctx, now, ledger.FocusAnswer{Manager: who, Block: "b", Focus: true, At: now}); err != nil {
			t.Fatal(err)
		}
		if err := s.Record(ctx, ledger.Entry{At: now, Actor: "headsup", Event: "told", Text: "about " + who + "@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := s.ForgetPreview(ctx, "dana", "dana@example.com")
	if err != nil || before.Sightings != 2 || len(before.Values) == 0 || before.Trail != 1 {
		t.Fatalf("preview %+v, %v", before, err)
	}
	if done, err := s.Forget(ctx, now, "dana", "dana@example.com"); err != nil || done.Sightings != 2 {
		t.Fatalf("forget %+v, %v", done, err)
	}
	after, err := s.ForgetPreview(ctx, "dana", "dana@example.com")
	if err != nil || after.Sightings != 0 || len(after.Values) != 0 || after.Trail != 0 {
		t.Errorf("left %+v, %v", after, err)
	}
	other, err := s.ForgetPreview(ctx, "ines", "ines@example.com")
	if err != nil || other.Sightings != 2 || other.Trail != 1 {
		t.Errorf("somebody else lost something: %+v, %v", other, err)
	}
	if found, err := s.Search(ctx, "dana", 0); err != nil || len(found) != 0 {
		t.Errorf("the search finds %+v, %v", found, err)
	}
	if err := s.VerifyTrail(ctx); err != nil {
		t.Errorf("the chain is broken by it: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for _, word := range []string{"dana@example.com", "marker-dana"} {
			if bytes.Contains(data, []byte(word)) {
				t.Errorf("%s still holds %q", filepath.Base(f), word)
			}
		}
	}
}
