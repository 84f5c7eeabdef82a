package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCalendarShow lists a file as a script would read it, with the faults on standard
// error, and says what is wrong with a window or a name.
func TestCalendarShow(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "dana.ics")
	text := "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Stand-up\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:b\nDTSTART;VALUE=DATE:20260303\nTRANSP:TRANSPARENT\nSUMMARY:Fair\nEND:VEVENT\nBEGIN:VEVENT\nUID:c\nSUMMARY:When?\nEND:VEVENT\nEND:VCALENDAR\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, args, stdout, stderr, err string
	}{
		{"rows", "calendar show " + file + " --from 2026-03-03 --to 2026-03-04 --zone Europe/Berlin --json",
			`{"uid":"b","recurrence_id":"","start":"2026-03-03","end":"2026-03-04","zone":"","all_day":true,"state":"free","title":"Fair"}
{"uid":"a","recurrence_id":"20260303T090000","start":"2026-03-03T09:00:00+01:00","end":"2026-03-03T09:30:00+01:00","zone":"Europe/Berlin","all_day":false,"state":"busy","title":"Stand-up"}
`, "headsup: line 15: event \"When?\" was left out: it has no DTSTART\n", ""},
		{"for a person", "calendar show " + file + " --from yesterday --to 2026-03-04 --zone Europe/Berlin",
			"Mon 2026-03-02 09:00\t09:30\t\tbusy\tStand-up\nTue 2026-03-03\tall day\t\tfree\tFair\nTue 2026-03-03 09:00\t09:30\t\tbusy\tStand-up\n",
			"headsup: line 15: event \"When?\" was left out: it has no DTSTART\n", ""},
		{"from another zone", "calendar show " + file + " --from tomorrow --to 2026-03-04", "Tue 2026-03-03\tall day\t\tfree\tFair\nTue 2026-03-03 09:00\t09:30\tEurope/Berlin\tbusy\tStand-up\n",
			"headsup: line 15: event \"When?\" was left out: it has no DTSTART\n", ""},
		{"nothing for a person", "calendar show " + file + " --from 2027-01-01", "nothing from Fri 2027-01-01 00:00 to Fri 2027-01-08 00:00\n", "headsup: line 15: event \"When?\" was left out: it has no DTSTART\n", ""},
		{"nothing in a week", "calendar show " + file + " --from 2027-01-01 --json", "", "headsup: line 15: event \"When?\" was left out: it has no DTSTART\n", ""},
		{"backwards", "calendar show " + file + " --from 2026-03-04 --to 2026-03-03", "", "", "--to must be later than --from"},
		{"no file", "calendar show " + filepath.Join(dir, "none.ics"), "", "", "no such file or directory"},
		{"no zone", "calendar show " + file + " --zone Middle/Earth", "", "", `"Middle/Earth" is not a time zone`},
	} {
		var stdout, stderr bytes.Buffer
		err := run(t.Context(), world{
			args: strings.Fields(c.args), stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
			getenv: func(name string) string { return map[string]string{"HOME": dir, "TZ": "UTC"}[name] },
			now:    func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }, uid: 1000,
		})
		if stdout.String() != c.stdout || stderr.String() != c.stderr || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v\nstdout %s\nstderr %s", c.name, err, stdout.String(), stderr.String())
		}
	}
}
