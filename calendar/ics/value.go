package ics

import (
	"fmt"
	"strings"
	"time"

	"headsup/calendar/ics/recur"
)

// form is how a time was written.
type form uint8

const (
	formDate     form = iota // a DATE
	formFloating             // a DATE-TIME without a zone
	formUTC                  // with Z
	formZoned                // with TZID
)

// stamp is a DATE or DATE-TIME as written: a wall clock and what it is on.
type stamp struct {
	wall recur.Wall
	form form
	zone *zone // of formZoned
}

func (s stamp) date() bool { return s.form == formDate }

// readWall reads "20260315", "20260315T093000" or the same with Z. Extended ISO 8601
// with hyphens and colons is read too: some exporters write it.
func readWall(s string) (w recur.Wall, date, utc bool, err error) {
	v := strings.TrimSpace(s)
	if len(v) > 8 && strings.ContainsAny(v, "-:") && v[0] != '-' {
		v = strings.NewReplacer("-", "", ":", "").Replace(v)
	}
	if n := len(v); n > 0 && (v[n-1] == 'Z' || v[n-1] == 'z') {
		v, utc = v[:n-1], true
	}
	if len(v) == 13 && (v[8] == 'T' || v[8] == 't') {
		v += "00" // without seconds
	}
	if len(v) != 8 && (len(v) != 15 || v[8] != 'T' && v[8] != 't') {
		return 0, false, false, notA("date or time", s)
	}
	y, m, d, ok := digits(v[:4]), digits(v[4:6]), digits(v[6:8]), true
	day := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 0 || m < 1 || m > 12 || d < 1 || day.Day() != d {
		return 0, false, false, notA("date or time", s)
	}
	w = recur.Wall(day.Unix())
	if len(v) == 8 {
		return w, true, false, nil
	}
	hh, mm, ss := digits(v[9:11]), digits(v[11:13]), digits(v[13:15])
	if hh == 24 && mm == 0 && ss == 0 {
		return w + recur.Day, false, utc, nil // ISO 8601 end of day, seen in the wild
	}
	ok = hh >= 0 && hh < 24 && mm >= 0 && mm < 60 && ss >= 0 && ss <= 60
	if !ok {
		return 0, false, false, notA("date or time", s)
	}
	return w + recur.Wall(hh*3600+mm*60+min(ss, 59)), false, utc, nil
}

// digits reads a number of digits only; anything else is -1.
func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// length is a DURATION: days are nominal, seconds exact (RFC 5545 section 3.3.6).
type length struct {
	days int
	secs int64
}

// readLength reads a DURATION such as P15DT5H0M20S or P7W.
func readLength(s string) (length, error) {
	v := strings.ToUpper(strings.TrimSpace(s))
	sign := 1
	if strings.HasPrefix(v, "-") {
		sign = -1
	}
	v, ok := strings.CutPrefix(strings.TrimLeft(v, "+-"), "P")
	if !ok || v == "" || v == "T" {
		return length{}, notA("duration", s)
	}
	var l length
	clock := false
	for v != "" {
		if v[0] == 'T' && !clock {
			clock, v = true, v[1:]
			continue
		}
		i := strings.IndexFunc(v, func(r rune) bool { return r < '0' || r > '9' })
		if i < 1 || i > 9 || !l.add(v[i], digits(v[:i]), clock) {
			return length{}, notA("duration", s)
		}
		v = v[i+1:]
	}
	if l.days > 40_000 || l.secs > 40_000*86400 {
		return length{}, notA("duration", s)
	}
	return length{sign * l.days, int64(sign) * l.secs}, nil
}

func (l *length) add(unit byte, n int, clock bool) bool {
	switch {
	case unit == 'W' && !clock:
		l.days += 7 * n
	case unit == 'D' && !clock:
		l.days += n
	case unit == 'H' && clock:
		l.secs += int64(n) * 3600
	case unit == 'M' && clock:
		l.secs += int64(n) * 60
	case unit == 'S' && clock:
		l.secs += int64(n)
	default:
		return false
	}
	return true
}

// notA is the error of a value of the wrong form.
func notA(what, s string) error { return fmt.Errorf("%q is not a %s", clip(s), what) }

// clip keeps a quoted value short in a message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}
