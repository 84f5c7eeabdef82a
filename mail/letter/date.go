package letter

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateLayout is the date-time of RFC 5322 section 3.3.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// ParseDate reads a Date field and keeps the offset in which it was written: it says
// where the sender was. The obsolete forms of RFC 5322 section 4.3 are read too, and
// the order that ctime(3) prints.
func ParseDate(s string) (time.Time, error) {
	fail := func() (time.Time, error) { return time.Time{}, fmt.Errorf("read date %q: not a date", s) }
	w := dateWords(s)
	if len(w) > 0 && monthOf(w[0]) == 0 && !isDigit(w[0][0]) {
		w = w[1:] // the day of the week says nothing new
	}
	if len(w) < 4 {
		return fail()
	}
	if monthOf(w[0]) != 0 {
		w[0], w[1] = w[1], w[0] // ctime: month before day
	}
	if strings.Contains(w[2], ":") {
		w[2], w[3] = w[3], w[2] // ctime: time before year
		if len(w) > 4 && monthOf(w[1]) != 0 && !isYear(w[2]) {
			w[2], w[4] = w[4], w[2] // and a zone between
		}
	}
	day, err := strconv.Atoi(w[0])
	month := monthOf(w[1])
	year, ok := yearOf(w[2])
	clock, okClock := clockOf(w[3])
	if err != nil || month == 0 || !ok || !okClock {
		return fail()
	}
	zone := time.UTC
	if len(w) > 4 {
		zone = zoneOf(w[4])
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Day() != day {
		return fail()
	}
	return t.Add(clock), nil
}

// dateWords splits a date and drops comments.
func dateWords(s string) []string {
	if i := strings.IndexByte(s, '('); i >= 0 {
		s = s[:i]
	}
	if len(s) > 100 {
		return nil
	}
	return strings.Fields(strings.ReplaceAll(s, ",", " "))
}

func monthOf(s string) time.Month {
	if len(s) < 3 {
		return 0
	}
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(s[:3]))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return time.Month(i/3 + 1)
}

func isYear(s string) bool { _, ok := yearOf(s); return ok }

// yearOf reads a year; two and three digits as in RFC 5322 section 4.3.
func yearOf(s string) (int, bool) {
	y, err := strconv.Atoi(s)
	switch {
	case err != nil || len(s) < 2 || len(s) > 4 || y < 0:
		return 0, false
	case len(s) == 2 && y < 50:
		y += 2000
	case len(s) < 4:
		y += 1900
	}
	return y, y >= 1900
}

func clockOf(s string) (time.Duration, bool) {
	var d time.Duration
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		limit := []int{23, 59, 60}[i]
		if err != nil || n < 0 || n > limit {
			return 0, false
		}
		d += time.Duration(n) * []time.Duration{time.Hour, time.Minute, time.Second}[i]
	}
	return d, true
}

// zoneOf reads an offset or one of the zone names of RFC 5322 section 4.3; an unknown
// name means an unknown offset and is read as UTC.
func zoneOf(s string) *time.Location {
	if hours, ok := map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}[strings.ToUpper(s)]; ok {
		return time.FixedZone("", hours*3600)
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return time.UTC
	}
	n, err := strconv.Atoi(s[1:])
	if err != nil || n < 0 || n/100 > 15 || n%100 > 59 || n == 0 {
		return time.UTC
	}
	seconds := (n/100*60 + n%100) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
