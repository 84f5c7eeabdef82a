package ics

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"

	"headsup/calendar"
)

// yearZones are the zones of the large calendar with their present rules.
const yearZones = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\n" +
	"BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
	"BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:DAYLIGHT\r\nDTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\n" +
	"BEGIN:STANDARD\r\nDTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"

// largeCalendar is n events as a full account has them; a quarter recurs.
func largeCalendar(n int) string {
	r := rand.New(rand.NewPCG(20, 26))
	days := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.com//large//EN\r\n" + yearZones)
	for i := range n {
		at := time.Date(2024+r.IntN(3), time.Month(1+r.IntN(12)), 1+r.IntN(28), 6+r.IntN(14), 15*r.IntN(4), 0, 0, time.UTC)
		zone := []string{"Europe/Berlin", "America/New_York"}[r.IntN(2)]
		end := at.Add(time.Duration(1+r.IntN(8)) * 15 * time.Minute)
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d@example.com\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=%s:%s\r\nDTEND;TZID=%s:%s\r\n",
			i, zone, at.Format("20060102T150405"), zone, end.Format("20060102T150405"))
		if i%4 == 0 {
			d := days[at.Weekday()]
			rules := []string{
				"FREQ=WEEKLY;BYDAY=" + d, "FREQ=WEEKLY;INTERVAL=2;BYDAY=" + d, "FREQ=DAILY;COUNT=" + strconv.Itoa(20+r.IntN(200)),
				"FREQ=MONTHLY;BYMONTHDAY=" + strconv.Itoa(at.Day()), "FREQ=MONTHLY;BYDAY=" + strconv.Itoa((at.Day()-1)/7+1) + d,
				"FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=" + d + ";UNTIL=20261101T000000Z", "FREQ=DAILY;INTERVAL=3",
			}
			fmt.Fprintf(&b, "RRULE:%s\r\n", rules[r.IntN(len(rules))])
			if i%20 == 0 {
				fmt.Fprintf(&b, "EXDATE;TZID=%s:%s\r\n", zone, at.AddDate(0, 0, 21).Format("20060102T150405"))
			}
		}
		fmt.Fprintf(&b, "SUMMARY:Meeting %d about the plan\r\nLOCATION:Room %d\r\nORGANIZER;CN=Sam Okafor:mailto:sam@example.com\r\n"+
			"ATTENDEE;CN=Dana Reyes;PARTSTAT=ACCEPTED:mailto:dana@example.com\r\nDESCRIPTION:%s\r\nEND:VEVENT\r\n", i, i%40, strings.Repeat("words of no weight ", 3))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

func year2026() calendar.Span {
	return calendar.Span{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
}

var eventCount = flag.Int("events", 2_000, "events of the large calendar; the figures are made with 20000")

// TestThroughput expands a large calendar over a year beside libical and go-ical, in one
// run. The instances must be those of libical, and neither may be faster.
func TestThroughput(t *testing.T) {
	text := largeCalendar(*eventCount)
	w := year2026()
	var mine []calendar.Event
	best := time.Hour
	for range 3 {
		began := time.Now()
		cal, err := Read(strings.NewReader(text), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		var faults []string
		mine, faults = cal.Events(w, time.UTC, Owner{Addresses: []string{"dana@example.com"}})
		best = min(best, time.Since(began))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
	}
	t.Logf("headsup: %6.3f s  %d instances of %d events, %.1f MB", best.Seconds(), len(mine), *eventCount, float64(len(text))/(1<<20))
	began := time.Now()
	n := goIcal(t, text, w)
	spent := time.Since(began)
	t.Logf("go-ical: %6.3f s  %d instances", spent.Seconds(), n)
	if spent < best && !raceDetector {
		t.Errorf("go-ical is faster")
	}
	beside(t, text, w, mine, best)
}

// goIcal counts instances the way go-ical's documentation shows.
func goIcal(t *testing.T, text string, w calendar.Span) int {
	cal, err := goical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, ev := range cal.Events() {
		start, err := ev.DateTimeStart(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		end, err := ev.DateTimeEnd(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		set, err := ev.RecurrenceSet(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if set == nil {
			if start.Before(w.End) && end.After(w.Start) {
				n++
			}
			continue
		}
		n += len(set.Between(w.Start, w.End, true))
	}
	return n
}

// beside runs libical over the same calendar and compares every instance.
func beside(t *testing.T, text string, w calendar.Span, mine []calendar.Event, best time.Duration) {
	dir := t.TempDir()
	program, file := filepath.Join(dir, "libical"), filepath.Join(dir, "large.ics")
	if out, err := exec.Command("gcc", "-O2", "-o", program, "testdata/libical.c", "-lical").CombinedOutput(); err != nil {
		if os.Getenv("HEADSUP_REQUIRE_SERVERS") == "1" {
			t.Fatalf("gcc and libical-dev are needed: %v\n%s", err, out)
		}
		t.Skip("gcc or libical-dev is not installed: the comparison with libical was not made")
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, file, strconv.FormatInt(w.Start.Unix(), 10), strconv.FormatInt(w.End.Unix(), 10))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(stderr.String()), 64)
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Fields(strings.ReplaceAll(stdout.String(), " ", "/"))
	ours := make([]string, 0, len(mine))
	for _, ev := range mine {
		ours = append(ours, fmt.Sprintf("%s/%d/%d", ev.UID, ev.Start.Unix(), ev.End.Unix()))
	}
	slices.Sort(theirs)
	slices.Sort(ours)
	t.Logf("libical: %6.3f s  %d instances", seconds, len(theirs))
	if !slices.Equal(ours, theirs) {
		i := 0
		for i < min(len(ours), len(theirs)) && ours[i] == theirs[i] {
			i++
		}
		t.Errorf("the instances differ: %d here, %d of libical; first at %v and %v", len(ours), len(theirs), ours[i:min(i+3, len(ours))], theirs[i:min(i+3, len(theirs))])
	}
	if seconds < best.Seconds() && !raceDetector {
		t.Errorf("libical is faster")
	}
}
