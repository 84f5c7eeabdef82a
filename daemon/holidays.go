package daemon

import (
	"time"

	"headsup/calendar"
	"headsup/calendar/holidays"
	"headsup/calendar/timeline"
)

// holidaysOf lists the public holidays of a manager's region around now. An unknown
// region was refused with the configuration, so it has none here.
func holidaysOf(region string, now time.Time, zone *time.Location) []timeline.Holiday {
	if region == "" {
		return nil
	}
	days, err := holidays.Days(region, calendar.Span{Start: now.AddDate(0, -3, 0), End: now.AddDate(2, 0, 0)}, zone)
	if err != nil {
		return nil
	}
	out := make([]timeline.Holiday, len(days))
	for i, d := range days {
		out[i] = timeline.Holiday{Span: d.Span, Name: d.Name}
	}
	return out
}
