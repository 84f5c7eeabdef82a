package zone

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestE11NoZoneFiles: the names of the database are in the program itself.
func TestE11NoZoneFiles(t *testing.T) {
	t.Setenv("ZONEINFO", filepath.Join(t.TempDir(), "none"))
	for line := range strings.Lines(windowsZones) {
		name, _, _ := strings.Cut(line, "\t")
		if windows(name) == nil {
			t.Errorf("the Windows zone %q leads to no zone", name)
		}
	}
}

// TestFind: the ways in which calendars name a zone, and what is no name.
func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "europe/lisbon": "Europe/Lisbon", "AMERICA/PORT-AU-PRINCE": "America/Port-au-Prince", "W. Europe Standard Time": "Europe/Berlin",
		"Eastern": "America/New_York", "/mozilla.org/20050126_1/Europe/Paris": "Europe/Paris", `"Asia/Tokyo"`: "Asia/Tokyo", "(UTC+01:00) Amsterdam, Berlin": "Europe/Amsterdam",
		"Z": "UTC", "GMT": "UTC", "(GMT-05.00) Eastern Time (US & Canada)": "America/New_York",
		"": "", "Local": "", "../../etc/passwd": "", "/etc/passwd": "", "Middle/Earth": "", "(UTC+01:00) Tokyo": "", "Europe/Berlin\x00": "",
	} {
		got := ""
		if loc := Find(name); loc != nil {
			got = loc.String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	d := &Database{Left: 2}
	for _, name := range []string{"None/One", "None/Two", "Europe/Berlin"} {
		if d.Named(name) != nil {
			t.Errorf("%s was looked up though no lookups are left", name)
		}
	}
}

// TestBuild: a zone of one's own changes, and no more than one's own.
func TestBuild(t *testing.T) {
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	loc, err := Build("Own", []Change{{At: at.Unix(), From: 3600, To: 7200, Summer: true}})
	if err != nil {
		t.Fatal(err)
	}
	for when, want := range map[time.Time]int{at.Add(-time.Second): 3600, at: 7200, at.AddDate(50, 0, 0): 7200} {
		if _, off := when.In(loc).Zone(); off != want {
			t.Errorf("%v: offset %d, want %d", when, off, want)
		}
	}
}
