package ics

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// brief lists instances as "start/end state title", for tables.
func brief(t testing.TB, text, from, to string) string {
	t.Helper()
	cal, err := Read(strings.NewReader(text), DefaultLimits())
	if err != nil {
		return err.Error()
	}
	events, _ := cal.Events(calendar.Span{Start: day(t, from), End: day(t, to)}, berlin(t), Owner{Addresses: []string{"dana@example.com"}})
	var out []string
	for _, ev := range events {
		layout := "0102T1504-07"
		if _, off := ev.Start.Zone(); off%3600 != 0 {
			layout = "0102T1504-0700"
		}
		if ev.AllDay {
			layout = "0102"
		}
		out = append(out, fmt.Sprintf("%s/%s %s", ev.Start.Format(layout), ev.End.Format(layout), State(ev)))
	}
	return strings.Join(out, ", ")
}

// TestF17Table: all-day, multi-day, midnight, transparent, tentative, declined,
// cancelled, and what the programs write for them.
func TestF17Table(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"all-day", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260303", "0302/0303 busy"},
		{"all-day without an end", "DTSTART;VALUE=DATE:20260302", "0302/0303 busy"},
		{"all-day that ends on its own day", "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260302", "0302/0303 busy"},
		{"multi-day running into the window", "DTSTART;VALUE=DATE:20260220\nDTEND;VALUE=DATE:20260304", "0220/0304 busy"},
		{"all-day in days", "DTSTART;VALUE=DATE:20260302\nDURATION:P2D", "0302/0304 busy"},
		{"over midnight into the window", "DTSTART:20260301T220000Z\nDTEND:20260302T010000Z", "0301T2200+00/0302T0100+00 busy"},
		{"ends as the window begins", "DTSTART:20260301T220000Z\nDTEND:20260301T230000Z", ""},
		{"a moment at the first instant", "DTSTART:20260301T230000Z", "0301T2300+00/0301T2300+00 busy"},
		{"starts as the window ends", "DTSTART:20260308T230000Z\nDTEND:20260309T000000Z", ""},
		{"transparent", "DTSTART:20260302T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", "0302T0900+00/0302T1000+00 free"},
		{"tentative", "DTSTART:20260302T090000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", "0302T0900+00/0302T1000+00 tentative"},
		{"cancelled", "DTSTART:20260302T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED", "0302T0900+00/0302T1000+00 cancelled"},
		{"declined", "DTSTART:20260302T090000Z\nDURATION:PT1H\nATTENDEE;PARTSTAT=DECLINED:MAILTO:Dana@Example.com", "0302T0900+00/0302T1000+00 declined"},
		{"Exchange: out of office", "DTSTART:20260302T090000Z\nDURATION:PT1H\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", "0302T0900+00/0302T1000+00 away"},
		{"Exchange: elsewhere", "DTSTART:20260302T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", "0302T0900+00/0302T1000+00 elsewhere"},
		{"Exchange: free though opaque", "DTSTART:20260302T090000Z\nDURATION:PT1H\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", "0302T0900+00/0302T1000+00 free"},
		{"Windows zone", "DTSTART;TZID=W. Europe Standard Time:20260302T090000\nDURATION:PT1H", "0302T0900+01/0302T1000+01 busy"},
		{"quoted zone", "DTSTART;TZID=\"Europe/Berlin\":20260302T090000\nDURATION:PT1H", "0302T0900+01/0302T1000+01 busy"},
		{"prefixed zone", "DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260302T090000\nDURATION:PT1H", "0302T0900-05/0302T1000-05 busy"},
		{"Lotus zone", "DTSTART;TZID=Eastern:20260302T090000\nDURATION:PT1H", "0302T0900-05/0302T1000-05 busy"},
		{"zone as Outlook shows it", "DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin, Bern\":20260302T090000\nDURATION:PT1H", "0302T0900+01/0302T1000+01 busy"},
		{"zone as Outlook shows it, by name", "DTSTART;TZID=\"(GMT-05.00) Eastern Time (US & Canada)\":20260302T090000\nDURATION:PT1H", "0302T0900-05/0302T1000-05 busy"},
		{"zone in the wrong case", "DTSTART;TZID=europe/lisbon:20260302T090000\nDURATION:PT1H", "0302T0900+00/0302T1000+00 busy"},
		{"floating", "DTSTART:20260302T090000\nDURATION:PT1H", "0302T0900+01/0302T1000+01 busy"},
		{"end in another zone", "DTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=America/New_York:20260302T050000", "0302T0900+01/0302T1100+01 busy"},
		{"UNTIL a date takes in its day", "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260303", "0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1000+00 busy"},
		{"UNTIL in UTC, DTSTART with a zone", "DTSTART;TZID=Europe/Berlin:20260302T003000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260302T233000Z", "0302T0030+01/0302T0130+01 busy, 0303T0030+01/0303T0130+01 busy"},
		{"UNTIL local", "DTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260303T085959", "0302T0900+01/0302T1000+01 busy"},
		{"EXDATE list", "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260303T090000Z,20260304T090000Z", "0302T0900+00/0302T1000+00 busy, 0305T0900+00/0305T1000+00 busy"},
		{"EXDATE by instant in another zone", "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;TZID=Europe/Berlin:20260303T100000", "0302T0900+00/0302T1000+00 busy"},
		{"RDATE with a PERIOD", "DTSTART:20260302T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260303T090000Z/PT2H,20260304T090000Z/20260304T093000Z", "0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1100+00 busy, 0304T0900+00/0304T0930+00 busy"},
		{"bounds of DURATION over a change of clocks", "DTSTART;TZID=Europe/Berlin:20260301T120000\nDURATION:P1D", "0301T1200+01/0302T1200+01 busy"},
	} {
		got := brief(t, event(strings.Split(c.lines, "\n")...), "2026-03-02", "2026-03-09")
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestE10Zones: gaps and folds of real zones, for single events and for instances. An
// instance that a rule puts into a gap does not exist and is not counted (RFC 5545
// section 3.3.10); a start that somebody wrote is read with the offset before the gap
// (section 3.3.5); a time that happens twice is the first.
func TestE10Zones(t *testing.T) {
	for _, c := range []struct{ name, lines, from, to, want string }{
		{"written into the gap", "DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H", "2026-03-28", "2026-04-01", "0329T0330+02/0329T0430+02 busy"},
		{"a rule skips the gap", "DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", "2026-03-28", "2026-04-02",
			"0328T0230+01/0328T0330+01 busy, 0330T0230+02/0330T0330+02 busy, 0331T0230+02/0331T0330+02 busy"},
		{"the first of the doubled hour", "DTSTART;TZID=Europe/Berlin:20261025T023000\nDTEND;TZID=Europe/Berlin:20261025T040000", "2026-10-25", "2026-10-26", "1025T0230+02/1025T0400+01 busy"},
		{"half-hour gap", "DTSTART;TZID=Australia/Lord_Howe:20261004T021500\nDURATION:PT1H", "2026-10-01", "2026-10-08", "1004T0245+11/1004T0345+11 busy"},
		{"skipped day", "DTSTART;TZID=Pacific/Apia:20111229T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", "2011-12-27", "2012-01-05",
			"1229T0900-10/1229T1000-10 busy, 1231T0900+14/1231T1000+14 busy, 0101T0900+14/0101T1000+14 busy"},
		{"Ramadan", "DTSTART;TZID=Africa/Casablanca:20260214T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3", "2026-02-14", "2026-02-20",
			"0214T0900+01/0214T1000+01 busy, 0215T0900+00/0215T1000+00 busy, 0216T0900+00/0216T1000+00 busy"},
		{"nominal day over a change", "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", "2026-03-28", "2026-03-30", "0328T1200+01/0329T1200+02 busy"},
		{"exact day over a change", "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H", "2026-03-28", "2026-03-30", "0328T1200+01/0329T1300+02 busy"},
		{"E13: leap day", "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", "2024-01-01", "2029-01-01", "0229/0301 busy, 0229/0301 busy"},
		{"E13: week 53", "DTSTART;VALUE=DATE:20201228\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2020-01-01", "2027-01-01", "1228/1229 busy, 1228/1229 busy"},
		{"E13: weeks from Sunday", "DTSTART;VALUE=DATE:20260301\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "2026-03-01", "2026-03-18", "0301/0302 busy, 0302/0303 busy, 0315/0316 busy, 0316/0317 busy"},
	} {
		if got := brief(t, event(strings.Split(c.lines, "\n")...), c.from, c.to); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// vtimezone is a zone that no database knows, with its summer time from April to
// September one hour ahead.
const vtimezone = "BEGIN:VTIMEZONE\nTZID:%s\nBEGIN:STANDARD\nDTSTART:19700901T030000\nRRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1\nTZOFFSETFROM:+0630\nTZOFFSETTO:+0530\nEND:STANDARD\n" +
	"BEGIN:DAYLIGHT\nDTSTART:19700401T020000\nRRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0630\nEND:DAYLIGHT\nEND:VTIMEZONE\n"

// TestF16Zones: the database wins over the file's rules for a name that it knows; a name
// that is a path is no name; a zone that only the file knows follows the file.
func TestF16Zones(t *testing.T) {
	withZone := func(define, use string) string {
		return "BEGIN:VCALENDAR\n" + fmt.Sprintf(vtimezone, define) +
			"BEGIN:VEVENT\nUID:a\nDTSTART;TZID=" + use + ":20260331T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"known name, strange rules", withZone("Europe/Berlin", "Europe/Berlin"),
			"0331T0900+02/0331T1000+02 busy, 0401T0900+02/0401T1000+02 busy, 0402T0900+02/0402T1000+02 busy"},
		{"own name, own rules", withZone("Head Office", "Head Office"),
			"0331T0900+0530/0331T1000+0530 busy, 0401T0900+0630/0401T1000+0630 busy, 0402T0900+0630/0402T1000+0630 busy"},
		{"a path", withZone("x", "../../etc/passwd"),
			"0331T0900+02/0331T1000+02 unreadable, 0401T0900+02/0401T1000+02 unreadable, 0402T0900+02/0402T1000+02 unreadable"},
	} {
		got := brief(t, c.text, "2026-03-30", "2026-04-10")
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestF15Overrides: overrides, with and without a master, and what is odd about them.
func TestF15Overrides(t *testing.T) {
	series := func(more string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260302T090000Z\nDTEND:20260302T100000Z\nRRULE:FREQ=DAILY;COUNT=4\nEND:VEVENT\n" + more + "END:VCALENDAR\n"
	}
	override := func(lines string) string {
		return "BEGIN:VEVENT\nUID:a\n" + strings.ReplaceAll(lines, " ", "\n") + "\nEND:VEVENT\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"moved", series(override("RECURRENCE-ID:20260303T090000Z DTSTART:20260303T110000Z DURATION:PT1H")),
			"0302T0900+00/0302T1000+00 busy, 0303T1100+00/0303T1200+00 busy, 0304T0900+00/0304T1000+00 busy, 0305T0900+00/0305T1000+00 busy"},
		{"cancelled", series(override("RECURRENCE-ID:20260303T090000Z DTSTART:20260303T090000Z DURATION:PT1H STATUS:CANCELLED")),
			"0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1000+00 cancelled, 0304T0900+00/0304T1000+00 busy, 0305T0900+00/0305T1000+00 busy"},
		{"this and future", series(override("RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z DTSTART:20260304T130000Z DURATION:PT30M")),
			"0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1000+00 busy, 0304T1300+00/0304T1330+00 busy, 0305T1300+00/0305T1330+00 busy"},
		{"without a master", "BEGIN:VCALENDAR\n" + override("RECURRENCE-ID:20260303T090000Z DTSTART:20260303T110000Z DURATION:PT1H") + "END:VCALENDAR\n",
			"0303T1100+00/0303T1200+00 busy"},
		{"the higher SEQUENCE", series(override("RECURRENCE-ID:20260303T090000Z SEQUENCE:2 DTSTART:20260303T120000Z DURATION:PT1H") +
			override("RECURRENCE-ID:20260303T090000Z SEQUENCE:1 DTSTART:20260303T110000Z DURATION:PT1H")),
			"0302T0900+00/0302T1000+00 busy, 0303T1200+00/0303T1300+00 busy, 0304T0900+00/0304T1000+00 busy, 0305T0900+00/0305T1000+00 busy"},
		{"in another zone", series(override("RECURRENCE-ID;TZID=Europe/Berlin:20260303T100000 DTSTART:20260303T110000Z DURATION:PT1H")),
			"0302T0900+00/0302T1000+00 busy, 0303T1100+00/0303T1200+00 busy, 0304T0900+00/0304T1000+00 busy, 0305T0900+00/0305T1000+00 busy"},
		{"ranges that name each other", series(override("RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z DTSTART:20260304T090000Z DURATION:PT1H") +
			override("RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T090000Z DTSTART:20260303T090000Z DURATION:PT1H")),
			"0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1000+00 busy, 0304T0900+00/0304T1000+00 busy, 0304T0900+00/0304T1000+00 busy"},
		{"of an event that is gone", series(override("RECURRENCE-ID:20260309T090000Z DTSTART:20260306T110000Z DURATION:PT1H")),
			"0302T0900+00/0302T1000+00 busy, 0303T0900+00/0303T1000+00 busy, 0304T0900+00/0304T1000+00 busy, 0305T0900+00/0305T1000+00 busy, 0306T1100+00/0306T1200+00 busy"},
		{"METHOD:CANCEL", "BEGIN:VCALENDAR\nMETHOD:CANCEL\n" + override("DTSTART:20260303T110000Z DURATION:PT1H") + "END:VCALENDAR\n", "0303T1100+00/0303T1200+00 cancelled"},
	} {
		if got := brief(t, c.text, "2026-03-01", "2026-03-08"); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestFreeBusyAndAvailability reads VFREEBUSY and VAVAILABILITY (RFC 7953): of two that
// overlap the one of higher priority decides for the whole of its stretch.
func TestFreeBusyAndAvailability(t *testing.T) {
	got := brief(t, "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nFREEBUSY:20260302T090000Z/PT1H,20260302T110000Z/20260302T120000Z\n"+
		"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260303T000000Z/P1D\nFREEBUSY;FBTYPE=FREE:20260304T090000Z/PT1H\n"+
		"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260304T110000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n", "2026-03-02", "2026-03-08")
	want := "0302T0900+00/0302T1000+00 busy, 0302T1100+00/0302T1200+00 busy, 0303T0000+00/0304T0000+00 away, 0304T0900+00/0304T1000+00 free, 0304T1100+00/0304T1200+00 tentative"
	if got != want {
		t.Errorf("free/busy:\n got %q\nwant %q", got, want)
	}
	available := func(lines string) string {
		return "BEGIN:AVAILABLE\nUID:h\n" + strings.ReplaceAll(lines, " ", "\n") + "\nEND:AVAILABLE\n"
	}
	got = brief(t, "BEGIN:VCALENDAR\nBEGIN:VAVAILABILITY\nUID:usual\n"+
		available("DTSTART;TZID=Europe/Berlin:20260105T090000 DTEND;TZID=Europe/Berlin:20260105T170000 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE")+
		"END:VAVAILABILITY\nBEGIN:VAVAILABILITY\nUID:trip\nPRIORITY:1\nDTSTART;TZID=Europe/Berlin:20260303T120000\nDTEND;TZID=Europe/Berlin:20260304T000000\n"+
		available("DTSTART;TZID=Europe/Berlin:20260303T200000 DTEND;TZID=Europe/Berlin:20260303T210000")+
		"END:VAVAILABILITY\nEND:VCALENDAR\n", "2026-03-02", "2026-03-08")
	want = "0302T0900+01/0302T1700+01 hours, 0303T0900+01/0303T1200+01 hours, 0303T2000+01/0303T2100+01 hours, 0304T0900+01/0304T1700+01 hours"
	if got != want {
		t.Errorf("availability:\n got %q\nwant %q", got, want)
	}
}

// TestPeople reads attendees, with the escapes of RFC 6868 in a name.
func TestPeople(t *testing.T) {
	cal, err := Read(strings.NewReader(event("DTSTART:20260302T090000Z", "ORGANIZER;CN=Sam:mailto:sam@example.com",
		"ATTENDEE;CN=\"Reyes; Dana\";PARTSTAT=TENTATIVE:mailto:dana@example.com", "ATTENDEE;CN=Lee ^'Bo^' ^^^nX:mailto:lee@example.com",
		"ATTENDEE;EMAIL=kim@example.com:urn:uuid:1", "CATEGORIES:Deep work,One\\, two")), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	events, _ := cal.Events(calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-03")}, time.UTC, Owner{Addresses: []string{"DANA@example.com"}})
	ev := events[0]
	got := fmt.Sprintf("%q %q %q %s", ev.Organizer, ev.Attendees, ev.Categories, ev.Part)
	want := `"sam@example.com" [{"Reyes; Dana" "dana@example.com"} {"Lee \"Bo\" ^\nX" "lee@example.com"} {"" "kim@example.com"}] ["Deep work" "One, two"] tentative`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestFile follows a file: unchanged, touched, rewritten, half-written, gone.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dana.ics")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	f := &File{Path: path, Now: func() time.Time { return now }}
	w := calendar.Span{Start: day(t, "2026-03-02"), End: day(t, "2026-03-09")}
	look := func() (calendar.Snapshot, error) { return f.Events(t.Context(), w, berlin(t)) }

	one, two := event("DTSTART:20260302T090000Z"), event("DTSTART:20260302T100000Z")
	write(one, now)
	a, err := look()
	if err != nil || len(a.Events) != 1 || !a.AsOf.Equal(now) {
		t.Fatalf("first look: %v %v", a, err)
	}
	held := f.held.cal
	write(one, now.Add(time.Minute))
	now = now.Add(time.Hour)
	b, err := look()
	if err != nil || b.Version != a.Version || f.held.cal != held || !b.AsOf.Equal(now) {
		t.Errorf("a touched file was read as another: %v", err)
	}
	write(two, now)
	c, err := look()
	if err != nil || c.Version == a.Version || c.Events[0].Start.Hour() != 10 {
		t.Errorf("a rewritten file: %v %v", c, err)
	}
	write(two[:len(two)-30], now.Add(time.Minute))
	d, err := look()
	if err == nil || len(d.Events) != 0 || d.Version != "" {
		t.Errorf("a half-written file was used: %v", d)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := look(); !os.IsNotExist(err) && !strings.Contains(fmt.Sprint(err), "no such file") {
		t.Errorf("a file that is gone: %v", err)
	}
}
