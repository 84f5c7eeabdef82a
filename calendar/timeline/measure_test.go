package timeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
)

// measured is the label of one calendar of testdata/measured; its README says what the
// words mean.
type measured struct {
	Manager, Zone, Hours, From, To string
	Events                         []struct {
		UID, Title, Expect, Why, Kind string
		Start, End                    time.Time
		AllDay                        bool `json:"all_day"`
		Cancelled                     bool
		Also                          []string
	}
}

// input makes of a folder what the daemon would have: the file as it is read, the mail
// that was seen, the working hours.
func (m measured) input(t *testing.T, dir string) Input {
	t.Helper()
	loc, err := time.LoadLocation(m.Zone)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Zone: loc, Range: calendar.Span{Start: dateIn(t, m.From, loc), End: dateIn(t, m.To, loc)}, Now: dateIn(t, m.To, loc)}
	in.Hours = weekHours(t, m.Hours)
	file := &ics.File{Path: filepath.Join(dir, "calendar.ics"), Owner: ics.Owner{Addresses: []string{m.Manager}}, Now: func() time.Time { return in.Now }}
	all := calendar.Span{Start: in.Range.Start.AddDate(0, 0, -8*7), End: in.Range.End.AddDate(0, 0, 5*7)}
	snap, err := file.Events(t.Context(), all, loc)
	if err != nil {
		t.Fatal(err)
	}
	in.Calendars = []Calendar{{Name: "work", Snapshot: snap}}
	mail, err := os.ReadFile(filepath.Join(dir, "mail.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(mail)) {
		if at, err := time.Parse(time.RFC3339, line); err == nil {
			in.Sightings = append(in.Sightings, at)
		} else if line != "sent" {
			t.Fatalf("mail.csv: %q", line)
		}
	}
	return in
}

// weekHours reads "Mon-Fri 09:00-17:30" and lists of such, parted by semicolons or commas.
func weekHours(t *testing.T, s string) (h Hours) {
	t.Helper()
	names := []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	day := func(name string) int {
		for i, n := range names {
			if n == name {
				return i
			}
		}
		t.Fatalf("hours %q: no weekday %q", s, name)
		return 0
	}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' }) {
		days, clocks, ok := strings.Cut(strings.TrimSpace(part), " ")
		from, to, ok2 := strings.Cut(clocks, "-")
		first, last, span := strings.Cut(days, "-")
		if !ok || !ok2 {
			t.Fatalf("hours %q", s)
		}
		if !span {
			last = first
		}
		for d := day(first); ; d = (d + 1) % 7 {
			h[d] = DaySpan{clockIn(t, from), clockIn(t, to)}
			if d == day(last) {
				break
			}
		}
	}
	return h
}

// TestFocusMeasured measures the detector on calendars that were written and labelled
// by somebody who had not seen it, against their labels as they are. What is unclear to a
// person is not counted.
//
//	go test ./calendar/timeline -run FocusMeasured -v
func TestFocusMeasured(t *testing.T) {
	dirs, err := filepath.Glob("testdata/measured/*/expected.json")
	if err != nil || len(dirs) < 24 {
		t.Fatalf("%d calendars, %v", len(dirs), err)
	}
	var hit, wrong, missed int
	for _, file := range dirs {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var m measured
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		tl := Build(m.input(t, filepath.Dir(file)))
		h, w, miss := 0, 0, 0
		for _, e := range m.Events {
			if e.Expect == "unclear" {
				continue
			}
			said := false
			for _, s := range tl.Over(calendar.Span{Start: e.Start, End: e.End}) {
				said = said || s.Kind == Focus && s.Title == e.Title
			}
			when := e.Start.In(tl.Zone).Format("Mon 2006-01-02 15:04")
			switch {
			case said && e.Expect == "focus":
				h++
			case said:
				w++
				t.Logf("  wrongly focus: %q %s, %s: %s", e.Title, when, e.Expect, e.Why)
			case e.Expect == "focus":
				miss++
				t.Logf("  missed: %q %s, %s: %s", e.Title, when, e.Kind, e.Why)
			}
		}
		t.Logf("%-4s %-20s precision %s recall %s", filepath.Base(filepath.Dir(file)), m.Zone, share(h, h+w), share(h, h+miss))
		hit, wrong, missed = hit+h, wrong+w, missed+miss
	}
	t.Logf("%-25s precision %s recall %s", "all measured", share(hit, hit+wrong), share(hit, hit+missed))
	if hit*100 < (hit+wrong)*floorMeasuredPrecision || hit*100 < (hit+missed)*floorMeasuredRecall {
		t.Errorf("precision below 0.%d or recall below 0.%d", floorMeasuredPrecision, floorMeasuredRecall)
	}
}

// The floors, in hundredths, stand a little below what the first look gave (0.99 and 0.92).
const floorMeasuredPrecision, floorMeasuredRecall = 96, 90
