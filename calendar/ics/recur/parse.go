package recur

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Parse reads the value of an RRULE or EXRULE. Letters may be lower case and a
// trailing semicolon is tolerated, because calendars in use have both. A part that
// RFC 5545 does not know makes the rule unreadable: what is not understood might
// change every date.
func Parse(s string) (*Rule, error) {
	r := &Rule{Interval: 1}
	freq := false
	for part := range strings.SplitSeq(strings.TrimSpace(s), ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("%q has no value", clip(part))
		}
		name = strings.ToUpper(strings.TrimSpace(name))
		freq = freq || name == "FREQ"
		if err := r.set(name, strings.TrimSpace(value)); err != nil {
			return nil, err
		}
	}
	if !freq {
		return nil, fmt.Errorf("FREQ is missing")
	}
	return r, nil
}

func (r *Rule) set(name, value string) error {
	switch name {
	case "FREQ":
		return r.setFreq(value)
	case "INTERVAL":
		n, err := number(name, value, 1, 1<<31-1)
		r.Interval = int64(n)
		return err
	case "COUNT":
		n, err := number(name, value, 1, 1<<31-1)
		r.Count = n
		return err
	case "UNTIL":
		return r.setUntil(value)
	case "WKST":
		d, ok := weekdayOf(value)
		if !ok {
			return fmt.Errorf("WKST=%s is not a weekday", clip(value))
		}
		r.weekStart = d
		return nil
	case "BYDAY", "BYWEEKDAY":
		return r.setDays(value)
	case "RSCALE", "SKIP":
		// RFC 7529 with its defaults is plain RFC 5545.
		if strings.EqualFold(value, "GREGORIAN") || strings.EqualFold(value, "OMIT") {
			return nil
		}
		return fmt.Errorf("%s=%s is not supported", name, clip(value))
	}
	return r.setNumbers(name, value)
}

func (r *Rule) setFreq(value string) error {
	names := [...]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}
	for i, n := range names {
		if strings.EqualFold(n, value) {
			r.Freq = Freq(i)
			return nil
		}
	}
	return fmt.Errorf("FREQ=%s is not a frequency", clip(value))
}

// setNumbers reads the BY parts that are lists of numbers.
func (r *Rule) setNumbers(name, value string) error {
	switch name {
	case "BYMONTH":
		return numbers(name, value, 1, 12, false, func(n int) { r.months |= 1 << uint(n) })
	case "BYMONTHDAY":
		r.has.monthDay = true
		return numbers(name, value, 1, 31, true, r.monthDays.add)
	case "BYYEARDAY":
		r.has.yearDay = true
		if r.yearDays == nil {
			r.yearDays = new([2]yearSet)
		}
		return numbers(name, value, 1, 366, true, func(n int) {
			if n > 0 {
				r.yearDays[0].add(n)
			} else {
				r.yearDays[1].add(-n)
			}
		})
	case "BYWEEKNO":
		r.has.weekNo = true
		return numbers(name, value, 1, 53, true, r.weekNos.add)
	case "BYHOUR":
		r.has.hour = true
		return numbers(name, value, 0, 23, false, func(n int) { r.hours |= 1 << uint(n) })
	case "BYMINUTE":
		r.has.minute = true
		return numbers(name, value, 0, 59, false, func(n int) { r.minutes |= 1 << uint(n) })
	case "BYSECOND":
		r.has.second = true
		// 60 is a leap second, which no wall clock here ever shows.
		return numbers(name, value, 0, 60, false, func(n int) {
			if n < 60 {
				r.seconds |= 1 << uint(n)
			}
		})
	case "BYSETPOS":
		return numbers(name, value, 1, 366, true, r.addSetPos)
	}
	return fmt.Errorf("%s is not a part of a rule", clip(name))
}

func (r *Rule) addSetPos(n int) {
	for _, have := range r.setPos {
		if have == n {
			return
		}
	}
	r.setPos = append(r.setPos, n)
}

func (s *signed) add(n int) {
	if n > 0 {
		s.pos |= 1 << uint(n)
	} else {
		s.neg |= 1 << uint(-n)
	}
}

// setDays reads BYDAY: weekdays, each with a number or without.
func (r *Rule) setDays(value string) error {
	r.has.day = true
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if len(item) < 2 {
			return fmt.Errorf("BYDAY=%s is not a list of weekdays", clip(value))
		}
		d, ok := weekdayOf(item[len(item)-2:])
		if !ok {
			return fmt.Errorf("BYDAY=%s is not a list of weekdays", clip(value))
		}
		if len(item) == 2 {
			r.weekdays |= 1 << uint(d)
			continue
		}
		n, err := signedNumber("BYDAY", item[:len(item)-2], 1, 53)
		if err != nil {
			return err
		}
		if r.nth == nil {
			r.nth = new([7]signed)
		}
		r.nth[d].add(n)
	}
	return nil
}

func weekdayOf(s string) (int, bool) {
	const names = "MOTUWETHFRSASU"
	if len(s) != 2 {
		return 0, false
	}
	i := strings.Index(names, strings.ToUpper(s))
	return i / 2, i >= 0 && i%2 == 0
}

// setUntil reads a DATE, a local DATE-TIME or one in UTC.
func (r *Rule) setUntil(value string) error {
	u := Until{Set: true, UTC: strings.HasSuffix(strings.ToUpper(value), "Z")}
	plain := strings.Map(func(c rune) rune {
		if c == '-' || c == ':' {
			return -1 // the extended form of ISO 8601, seen in the wild
		}
		return c
	}, strings.TrimSuffix(strings.ToUpper(value), "Z"))
	layout := "20060102T150405"
	if len(plain) == 8 {
		layout, u.Date, u.UTC = "20060102", true, false
	}
	t, err := time.Parse(layout, plain)
	if err != nil {
		return fmt.Errorf("UNTIL=%s is not a date", clip(value))
	}
	u.Wall = Wall(t.Unix())
	r.Until = u
	return nil
}

func numbers(name, value string, low, high int, negative bool, add func(int)) error {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		var n int
		var err error
		if negative {
			n, err = signedNumber(name, item, low, high)
		} else {
			n, err = number(name, item, low, high)
		}
		if err != nil {
			return err
		}
		add(n)
	}
	return nil
}

func number(name, s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s=%s is not a number from %d to %d", name, clip(s), low, high)
	}
	return n, nil
}

func signedNumber(name, s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || max(n, -n) < low || max(n, -n) > high {
		return 0, fmt.Errorf("%s=%s is not a number from %d to %d, or the same below zero", name, clip(s), low, high)
	}
	return n, nil
}

// clip keeps a quoted value short in a message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
