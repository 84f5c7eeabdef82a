package main

import (
	"fmt"
	"time"

	"headsup/calendar"
)

// civil is a wall-clock time in a zone, gaps and folds resolved.
func civil(t time.Time, loc *time.Location) time.Time {
	at, _ := calendar.Resolve(calendar.CivilOf(t), loc)
	return at
}

// showTime is a time as a person says it, with as much of the date as is needed.
func showTime(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(loc), now.In(loc)
	if t.Year() == now.Year() {
		return t.Format("Mon 2 Jan 15:04")
	}
	return t.Format("Mon 2 Jan 2006 15:04")
}

// showAge is how long ago something was, in its largest unit.
func showAge(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}
