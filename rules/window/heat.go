package window

import (
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// Heat is a manager's week for the eye: every quarter hour with the chance that he or
// she is at the mail within half an hour, and what the timeline says about it.
type Heat struct {
	Manager string           `json:"manager"`
	Zone    string           `json:"zone"`
	Start   time.Time        `json:"start"` // Monday, first instant of the civil day
	Mails   int              `json:"mails"` // learned from; below twenty it is the working week of anyone
	Days    [7][96]HeatPoint `json:"days"`  // by wall clock, Monday first
	Stale   []string         `json:"stale,omitempty"`
}

// HeatPoint is one quarter hour.
type HeatPoint struct {
	Chance float64       `json:"chance"`
	Kind   timeline.Kind `json:"kind"`
}

// HeatOf looks at the week in which an instant lies, as it is expected by now. The
// wall clock counts: on the day that a clock changes, a skipped quarter hour shows what
// comes after it.
func HeatOf(m Manager, now, week time.Time) Heat {
	m = m.ready(now)
	loc := m.zone()
	r := m.Rhythm
	if r == nil {
		r = rhythm.New(rhythm.Neutral(), loc)
	}
	c := calendar.CivilOf(week.In(loc))
	c.Day -= (int(week.In(loc).Weekday()) + 6) % 7
	start, _ := calendar.Resolve(civilDay(c, 0, 0), loc)
	h := Heat{Manager: m.Name, Zone: loc.String(), Start: start.UTC(), Mails: r.N(), Stale: m.Timeline.Stale}
	for d := range h.Days {
		for q := range h.Days[d] {
			t, _ := calendar.Resolve(civilDay(c, d, q*15), loc)
			h.Days[d][q].Kind = m.Timeline.At(t).Kind
		}
	}
	chances(&h, r, now, c, loc)
	return h
}

// civilDay is a wall-clock time some days and minutes after the day of c.
func civilDay(c calendar.Civil, days, minutes int) calendar.Civil {
	t := time.Date(c.Year, c.Month, c.Day+days, 0, minutes, 0, 0, time.UTC)
	return calendar.CivilOf(t)
}

// chances fills the chances from a forecast of one week from now; the week repeats.
func chances(h *Heat, r *rhythm.Rhythm, now time.Time, c calendar.Civil, loc *time.Location) {
	f := r.Forecast(now.Truncate(15*time.Minute), 7*24*time.Hour)
	for k := 0; k < f.Steps; k += int(15 * time.Minute / rhythm.Step) {
		t := f.At(k).In(loc)
		d := (int(t.Weekday()) + 6) % 7
		h.Days[d][t.Hour()*4+t.Minute()/15].Chance = round(f.Chance(k, rhythm.Quiet))
	}
}

// Outlook is what `headsup windows` shows of a manager.
type Outlook struct {
	Heat  Heat
	Basis []rules.Reason // how sure this is, in words
	Next  []rules.Choice // the next moments that a message would take
}

// mostWindows is how many moments an outlook lists at most.
const mostWindows = 12

// OutlookOf looks some days ahead, for a message of a priority.
func OutlookOf(now time.Time, key string, m Manager, days int, p rules.Priority) Outlook {
	o := Outlook{Heat: HeatOf(m, now, now)}
	switch n := o.Heat.Mails; {
	case n < trusted:
		o.Basis = append(o.Basis, rules.Reason{Code: "unknown-rhythm", Text: "I don't know enough yet (" + count(n, "mail") + "): this is the working week of anyone"})
	default:
		o.Basis = append(o.Basis, rules.Reason{Code: "rhythm", Text: "learned from " + count(n, "mail")})
	}
	if m.Timeline.HoursWhy != "" {
		o.Basis = append(o.Basis, rules.Reason{Code: "hours", Text: m.Timeline.HoursWhy})
	}
	for _, s := range m.Timeline.Stale {
		o.Basis = append(o.Basis, rules.Reason{Code: "stale", Text: s})
	}
	o.Next = next(now, key, m, now.AddDate(0, 0, max(days, 1)), p)
	return o
}

// next asks again and again when a message would go if it might not go before the
// window found last was over.
func next(now time.Time, key string, m Manager, end time.Time, p rules.Priority) []rules.Choice {
	var out []rules.Choice
	for at := now; at.Before(end) && len(out) < mostWindows; {
		d := Choose(Input{Now: now, Managers: map[string]Manager{key: m}, Messages: []Message{{
			ID: 1, Managers: []string{key}, Kind: rules.Update, Priority: p, Approved: now, NotBefore: at}}})[0]
		if d.Choice == nil || !d.Choice.At.Before(end) {
			break
		}
		c := *d.Choice
		if at.After(now) { // that the question had to wait is no reason
			c.Reasons = withoutCode(c.Reasons, "not-before")
		}
		out = append(out, c)
		at = c.Until.Add(time.Hour)
	}
	return out
}

func withoutCode(rs []rules.Reason, code string) []rules.Reason {
	var out []rules.Reason
	for _, r := range rs {
		if r.Code != code {
			out = append(out, r)
		}
	}
	return out
}
