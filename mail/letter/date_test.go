package letter_test

import (
	netmail "net/mail"
	"testing"
	"time"

	"headsup/mail/letter"
)

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"Tue, 24 Nov 2026 10:35:00 +0100":           "2026-11-24T10:35:00+01:00",
		"24 Nov 2026 10:35 +0100":                   "2026-11-24T10:35:00+01:00",
		"Tue, 24 Nov 2026 10:35:00 +0100 (CET)":     "2026-11-24T10:35:00+01:00",
		"Tue,24 Nov 2026 10:35:00 -0530":            "2026-11-24T10:35:00-05:30",
		"Tue, 24 Nov 2026 10:35:60 GMT":             "2026-11-24T10:36:00Z",
		"Tue, 24 Nov 2026 10:35:00 -0000":           "2026-11-24T10:35:00Z",
		"Tue, 24 Nov 26 10:35:00 EST":               "2026-11-24T10:35:00-05:00",
		"Tue, 24 Nov 99 10:35:00 PDT":               "1999-11-24T10:35:00-07:00",
		"24 November 2026 10:35:00 XYZ":             "2026-11-24T10:35:00Z",
		"Tue Nov 24 10:35:00 2026":                  "2026-11-24T10:35:00Z",
		"Tue Nov 24 10:35:00 +0100 2026":            "2026-11-24T10:35:00+01:00",
		"Tue, 29 Feb 2028 00:00:00 +1300":           "2028-02-29T00:00:00+13:00",
		"Tue, 24 Nov 2026 10:35:00 +9900":           "2026-11-24T10:35:00Z",
		"":                                          "",
		"now":                                       "",
		"Tue, 30 Feb 2026 10:35:00 +0100":           "",
		"Tue, 24 Nov 2026 25:35:00 +0100":           "",
		"Tue, 24 Nov 2026 10:35:00:00 +0100":        "",
		"Tue, 24 Foo 2026 10:35:00 +0100":           "",
		"Tue, 24 Nov 20261 10:35:00 +0100":          "",
		"Tue, -4 Nov 2026 10:35:00 +0100":           "",
		"Tue, 0 Nov 2026 10:35:00 +0100":            "",
		"99999999999999999999 Nov 2026 10:00 +0000": "",
	} {
		got, err := letter.ParseDate(in)
		if want == "" {
			if err == nil {
				t.Errorf("%q: read as %v", in, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %v, want %s", in, got.Format(time.RFC3339), err, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"Tue, 24 Nov 2026 10:35:00 +0100", "Tue Nov 24 10:35:00 +0100 2026", "1 Jan 70 0:0 UT", "x y z : w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := letter.ParseDate(s)
		if err != nil {
			return
		}
		if y := d.Year(); y < 1899 || y > 10000 {
			t.Fatalf("%q: year %d", s, y)
		}
		if o, err := netmail.ParseDate(s); err == nil && len(s) > 25 && !o.Equal(d) {
			t.Logf("%q: %v, net/mail reads %v", s, d, o) // the two differ in zone names only
		}
	})
}
