package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"headsup/calendar"
)

// When is a moment that a rule names: after so long ("90m", "4h", "2d"), at the next such
// time of day ("17:00"), on the next such weekday ("monday 09:00"), tomorrow ("tomorrow
// 9:00"), or before or after the due date ("due-1d", "due").
type When struct {
	text  string
	after time.Duration
	due   bool
	day   int // -1: any; 0-6: weekday, Sunday first; 7: tomorrow
	clock int // minutes after midnight, -1: none
}

// IsZero reports whether no moment is named.
func (w When) IsZero() bool { return w.text == "" }

// String is the moment as it was written.
func (w When) String() string { return w.text }

var (
	lengthForm = regexp.MustCompile(`^(\d{1,4})(m|h|d|w)$`)
	dueForm    = regexp.MustCompile(`^due(?:([+-])(\d{1,4}(?:m|h|d|w)))?$`)
	clockForm  = regexp.MustCompile(`^(\d{1,2}):(\d{2})$`)
)

// ParseWhen reads a moment; "" is none.
func ParseWhen(s string) (When, error) {
	w := When{text: strings.ToLower(strings.Join(strings.Fields(s), " ")), day: -1, clock: -1}
	if w.text == "" {
		return When{}, nil
	}
	if m := dueForm.FindStringSubmatch(w.text); m != nil {
		w.due = true
		w.after, _ = length(m[2])
		if m[1] == "-" {
			w.after = -w.after
		}
		return w, nil
	}
	if d, ok := length(w.text); ok {
		w.after = d
		return w, nil
	}
	parts := strings.Split(w.text, " ")
	if day, ok := dayOf(parts[0]); ok {
		w.day, parts = day, parts[1:]
	}
	if len(parts) == 1 {
		if w.clock = clockOf(parts[0]); w.clock >= 0 {
			return w, nil
		}
	}
	if len(parts) == 0 {
		return w, nil
	}
	return When{}, fmt.Errorf("%q: %w", s, errMoment)
}

var errMoment = errors.New(`want a length such as "4h" or "2d", a time "17:00", a day "monday 09:00", "tomorrow 9:00", or "due-1d"`)

func length(s string) (time.Duration, bool) {
	m := lengthForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, true
}

func dayOf(s string) (int, bool) {
	if s == "tomorrow" {
		return 7, true
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if s == name || s == name[:3] {
			return int(d), true
		}
	}
	return 0, false
}

func clockOf(s string) int {
	m := clockForm.FindStringSubmatch(s)
	if m == nil {
		return -1
	}
	h, _ := strconv.Atoi(m[1])
	min, _ := strconv.Atoi(m[2])
	if h > 23 || min > 59 {
		return -1
	}
	return h*60 + min
}

// At is the moment as of now, in a zone; false if it hangs on a due date that is not
// there. A day without a time begins at midnight; a weekday is the next one that is
// still to come, today counts while its time is ahead.
func (w When) At(now, due time.Time, loc *time.Location) (time.Time, bool) {
	switch {
	case w.IsZero() || w.due && due.IsZero():
		return time.Time{}, false
	case w.due:
		return due.Add(w.after), true
	case w.day < 0 && w.clock < 0:
		return now.Add(w.after), true
	}
	if loc == nil {
		loc = time.UTC
	}
	c := calendar.CivilOf(now.In(loc))
	c.Hour, c.Minute, c.Second = max(w.clock, 0)/60, max(w.clock, 0)%60, 0
	for ahead := range 9 {
		day := time.Date(c.Year, c.Month, c.Day+ahead, 0, 0, 0, 0, time.UTC)
		if w.day == 7 && ahead != 1 || w.day >= 0 && w.day < 7 && int(day.Weekday()) != w.day {
			continue
		}
		t, _ := calendar.Resolve(calendar.Civil{Year: day.Year(), Month: day.Month(), Day: day.Day(), Hour: c.Hour, Minute: c.Minute}, loc)
		if t.After(now) {
			return t, true
		}
	}
	return now, true
}
