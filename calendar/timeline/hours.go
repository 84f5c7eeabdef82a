package timeline

import (
	"fmt"
	"sort"
	"time"

	"headsup/calendar"
)

// offeredHours are the hours that calendars themselves offer (VAVAILABILITY, Google
// working hours), by civil day. A day within the range of such a calendar that offers
// nothing is a day off.
func offeredHours(in Input) map[string][]calendar.Span {
	out := map[string][]calendar.Span{}
	if !in.Hours.IsZero() {
		return out
	}
	for _, c := range in.Calendars {
		var spans []calendar.Span
		for _, e := range c.Snapshot.Events {
			if e.Type == calendar.TypeHours && e.Status != calendar.Cancelled && !e.Empty() {
				spans = append(spans, e.Span)
			}
		}
		if len(spans) == 0 {
			continue
		}
		within := c.Snapshot.Range
		for day := dayStart(later(within.Start, in.Range.Start), in.Zone); day.Before(within.End) && day.Before(in.Range.End); day = nextDay(day, in.Zone) {
			name := day.In(in.Zone).Format(time.DateOnly)
			out[name] = append(out[name], clip(spans, calendar.Span{Start: day, End: nextDay(day, in.Zone)})...)
		}
	}
	for name, spans := range out {
		out[name] = union(spans)
	}
	return out
}

func clip(spans []calendar.Span, to calendar.Span) []calendar.Span {
	out := []calendar.Span{} // not nil: a day that offers nothing
	for _, s := range spans {
		if p := (calendar.Span{Start: later(s.Start, to.Start), End: earlier(s.End, to.End)}); !p.Empty() {
			out = append(out, p)
		}
	}
	return out
}

func union(spans []calendar.Span) []calendar.Span {
	sort.Slice(spans, func(i, j int) bool { return spans[i].Start.Before(spans[j].Start) })
	out := []calendar.Span{}
	for _, s := range spans {
		if n := len(out); n > 0 && !s.Start.After(out[n-1].End) {
			out[n-1].End = later(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Below these numbers working hours are not inferred from mail.
const (
	hoursMails = 60
	hoursDays  = 20
)

// workingHours are the declared ones, else what the mail of the manager shows, else
// Mon-Fri 9-17; and where they come from, in words.
func workingHours(in Input, offered bool) (Hours, string) {
	switch {
	case !in.Hours.IsZero():
		return in.Hours, "working hours as you declared them"
	case offered:
		return DefaultHours(), "working hours from the calendar, Mon-Fri 9-17 where it is silent"
	}
	if h, n, ok := inferHours(in); ok {
		return h, fmt.Sprintf("working hours inferred from %d mails", n)
	}
	return DefaultHours(), "working hours Mon-Fri 9-17, because nothing is declared and too little mail was seen"
}

// inferHours takes the middle four fifths of the times of day at which mail was sent,
// widened to half hours, for the days on which mail is usual. People work longer than
// they write mail, so the stretch is never less than from 9:00, or the later start of
// somebody who starts late, to 17:00; and it stays within 8:00-19:00, because an
// evening mail is not an evening at work, and who may be written to before eight is for
// the rhythm to show.
func inferHours(in Input) (Hours, int, bool) {
	var minutes []int
	var perDay [7]int
	days := map[string]bool{}
	for _, at := range in.Sightings {
		if at.After(in.Now) {
			continue
		}
		t := at.In(in.Zone)
		perDay[t.Weekday()]++
		days[t.Format(time.DateOnly)] = true
		minutes = append(minutes, t.Hour()*60+t.Minute())
	}
	if len(minutes) < hoursMails || len(days) < hoursDays {
		return Hours{}, 0, false
	}
	sort.Ints(minutes)
	from := max(Clock(minutes[len(minutes)/10]/30*30), 8*60)
	if minutes[len(minutes)/4] < 10*60+30 {
		from = min(from, 9*60)
	}
	to := min(max(Clock((minutes[len(minutes)*9/10]+29)/30*30), 17*60), 19*60)
	if to-from < 4*60 {
		return Hours{}, 0, false
	}
	var h Hours
	for d, n := range perDay {
		if n*20 >= len(minutes) { // a twentieth of the mail: a fifth of the share of a working day, roughly
			h[d] = DaySpan{from, to}
		}
	}
	return h, len(minutes), true
}
