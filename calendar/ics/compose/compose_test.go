package compose_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/calendar/ics/compose"
)

func one(title, description string) compose.Calendar {
	at := time.Date(2026, 3, 2, 9, 35, 0, 0, time.FixedZone("", 3600))
	return compose.Calendar{Program: "-//example.com//compose//EN", Name: "Plan", Events: []compose.Event{{
		UID: "a@example.com", Sequence: 3, Stamp: at.Add(-time.Hour), Start: at, End: at.Add(25 * time.Minute), Title: title, Description: description,
	}}}
}

// odd are texts that a careless writer breaks on.
var odd = []string{
	"Recap: pricing, scope; next\nsteps \\ done", "CRLF\r\nBEGIN:VEVENT\r\nSUMMARY:injected", "\x00\x1b[31mred\x7f", "ünï" + strings.Repeat("ü", 100),
	strings.Repeat("会議", 60), "\xff\xfe broken", strings.Repeat("a", 5000), "emoji 👩‍💻 " + strings.Repeat("👩‍💻", 40), "", `"quoted":;,`,
}

// TestReadBack: our own reader finds what was written, every line is short enough, and
// nobody is busy because of it.
func TestReadBack(t *testing.T) {
	for _, title := range odd {
		raw := one(title, title+" again").Bytes()
		for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00\x1b") {
				t.Errorf("%.20q: line %q of %d", title, line, len(line))
			}
		}
		cal, err := ics.Read(bytes.NewReader(raw), ics.DefaultLimits())
		if err != nil {
			t.Fatalf("%.20q: %v", title, err)
		}
		day := calendar.Span{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}
		events, faults := cal.Events(day, time.UTC, ics.Owner{})
		if len(events) != 1 || len(faults) > 0 {
			t.Fatalf("%.20q: %v %v", title, events, faults)
		}
		ev := events[0]
		if ev.Title != cleaned(title) || ev.Show != calendar.ShowFree || ev.Start.Format("15:04") != "08:35" || ev.End.Sub(ev.Start) != 25*time.Minute {
			t.Errorf("%.20q came back as %+v", title, ev)
		}
	}
}

// cleaned is what a text may lose on the way: control characters and what was no UTF-8.
func cleaned(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s))
}

// TestPythonReads: another program reads the same (python-icalendar, where it is installed).
func TestPythonReads(t *testing.T) {
	const script = `
import sys, icalendar
for e in icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT"):
    sys.stdout.write("%s|%s|%s|%s|%s\n" % (e["UID"], e.decoded("DTSTART").isoformat(), e["TRANSP"], e["SEQUENCE"], str(e["SUMMARY"]).replace("\n", "/")))
`
	if out, err := exec.Command("/usr/bin/python3", "-c", "import icalendar").CombinedOutput(); err != nil {
		if os.Getenv("HEADSUP_REQUIRE_SERVERS") == "1" {
			t.Fatalf("python3-icalendar is needed: %s", out)
		}
		t.Skip("python3-icalendar is not installed: no other program read the file")
	}
	for _, title := range odd {
		cmd := exec.Command("/usr/bin/python3", "-c", script)
		cmd.Stdin = bytes.NewReader(one(title, title).Bytes())
		out, err := cmd.CombinedOutput()
		want := fmt.Sprintf("a@example.com|2026-03-02T08:35:00+00:00|TRANSPARENT|3|%s\n", strings.ReplaceAll(whole(title), "\n", "/"))
		if err != nil || string(out) != want {
			t.Errorf("%.20q: %v\n got %q\nwant %q", title, err, out, want)
		}
	}
}

// whole is a cleaned text with the blanks at its ends.
func whole(s string) string {
	lead := len(s) - len(strings.TrimLeft(s, " "))
	return s[:lead] + cleaned(s)
}

// FuzzText: whatever a subject holds, the file is one event that reads back.
func FuzzText(f *testing.F) {
	if len(odd) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range odd {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cal, err := ics.Read(bytes.NewReader(one(s, s).Bytes()), ics.DefaultLimits())
		if len(s) > 20_000 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		day := calendar.Span{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}
		if events, faults := cal.Events(day, time.UTC, ics.Owner{}); len(events) != 1 || len(faults) > 0 || events[0].Show != calendar.ShowFree {
			t.Fatalf("%q: %v %v", s, events, faults)
		}
	})
}
