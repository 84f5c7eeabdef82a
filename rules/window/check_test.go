package window

import (
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
)

// TestCheck is the time part of the pre-flight and gate checks (docs/faults.md, rows E3,
// E4, E12, F8).
func TestCheck(t *testing.T) {
	at := func(clock string, day int) time.Time { return tue(t, clock, day) }
	d := dana(t, at("08:00", 0), nil, entry(t, 0, "11:00", "12:00", "Board"), focus(entry(t, 0, "13:00", "15:00", "Focus time")), leave(t, 1, 2))
	mine := d
	mine.Earliest, mine.Latest = 10*60, 16*60
	night := d
	night.UrgentAtNight = true
	slot := &rules.Choice{At: at("10:30", 0), Until: at("23:59", 1)}
	for _, c := range []struct {
		name string
		now  time.Time
		m    Message
		mg   Manager
		code string
		text string
	}{
		{"inside", at("10:35", 0), Message{}, d, "ok", "inside its window, which ends 23:59"},
		{"at the first instant", at("10:30", 0), Message{}, d, "ok", "inside its window, which ends 23:59"},
		{"too early", at("10:29", 0), Message{}, d, "too-early", "its time is Tue 10:30"},
		{"not before", at("10:35", 0), Message{NotBefore: at("10:40", 0)}, d, "too-early", "its time is Tue 10:30"},
		{"meeting", at("11:20", 0), Message{}, d, "meeting", `Dana: in "Board" until Tue 12:00`},
		{"just before a meeting", at("10:58", 0).Add(time.Second), Message{}, d, "meeting", `Dana: in "Board" from 11:00, less than 2 minutes away`},
		{"two minutes before a meeting", at("10:58", 0).Add(-time.Second), Message{}, d, "ok", "inside its window, which ends 23:59"},
		{"focus", at("13:00", 0), Message{}, d, "focus", "Dana: focus time until Tue 15:00"},
		{"urgent in focus", at("13:00", 0), Message{Priority: rules.Urgent}, d, "ok", "inside its window, which ends 23:59"},
		{"woken at night", at("03:00", 1), Message{}, d, "away", "Dana: away until Thu 00:00"},
		{"night", at("21:00", 0), Message{}, d, "quiet", "Dana: quiet hours until Wed 06:30"},
		{"just before the night", at("20:59", 0), Message{}, d, "quiet", "Dana: quiet hours from 21:00, less than 2 minutes away"},
		{"urgent at night", at("21:30", 0), Message{Priority: rules.Urgent}, d, "quiet", "Dana: quiet hours until Wed 06:30"},
		{"urgent at night, allowed", at("21:30", 0), Message{Priority: rules.Urgent}, night, "ok", "inside its window, which ends 23:59"},
		{"urgent on leave", at("12:00", 1), Message{Priority: rules.Urgent}, night, "away", "Dana: away until Thu 00:00"},
		{"the user's own hours", at("16:00", 0), Message{}, mine, "quiet", "Dana: outside the hours in which you allow mail until Wed 00:00"},
		{"deadline", at("10:35", 0), Message{By: at("10:35", 0)}, d, "deadline", "the deadline Tue 10:35 has passed"},
		{"a person said now", at("21:30", 0), Message{Now: true}, d, "ok", "you said now"},
		{"slept over the window", at("10:35", 2), Message{}, d, "missed", "its window ended Wed 23:59"},
		{"nobody managed", at("23:00", 0), Message{Managers: []string{}}, d, "ok", "inside its window, which ends 21:59"},
		{"unknown manager", at("10:35", 0), Message{Managers: []string{"lee"}}, d, "unknown", `no manager is called "lee"`},
	} {
		c.m.Previous = slot
		if c.m.Managers == nil {
			c.m.Managers = []string{"dana"}
		}
		got := Check(c.now, map[string]Manager{"dana": c.mg}, c.m)
		if got.Why.Code != c.code || got.Why.Text != c.text || got.Go != (c.code == "ok") {
			t.Errorf("%s: go %v, %s, %q; want %s, %q", c.name, got.Go, got.Why.Code, got.Why.Text, c.code, c.text)
		}
	}
	if got := Check(at("10:35", 0), nil, Message{}); got.Go || got.Why.Code != "no-choice" {
		t.Errorf("nothing chosen: %+v", got)
	}
}

// TestCheckSeesShortEntries: an entry shorter than the guard is not stepped over.
func TestCheckSeesShortEntries(t *testing.T) {
	now := tue(t, "10:00", 0)
	e := entry(t, 0, "10:00", "10:01", "Call")
	e.Start, e.End = now.Add(30*time.Second), now.Add(60*time.Second)
	d := dana(t, now, nil, e)
	m := Message{Managers: []string{"dana"}, Previous: &rules.Choice{At: now, Until: now.Add(time.Hour)}}
	if got := Check(now, map[string]Manager{"dana": d}, m); got.Go {
		t.Errorf("let go half a minute before a call: %+v", got)
	}
}

// TestClockChange: a slot never lies in the hour that does not exist, and the doubled
// hour is quiet twice (rows E1, E2).
func TestClockChange(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	for _, day := range []string{"2026-03-28", "2026-10-24"} {
		now, err := time.ParseInLocation("2006-01-02 15:04", day+" 22:00", loc)
		if err != nil {
			t.Fatal(err)
		}
		quiet := timeline.QuietHours{From: 21 * 60, To: 2*60 + 30} // ends inside the change
		m := Manager{Name: "Dana", Zone: loc, Timeline: timeline.Build(timeline.Input{Zone: loc, Now: now, Quiet: quiet,
			Range: calendar.Span{Start: now, End: now.AddDate(0, 0, 20)}, Hours: timeline.DefaultHours()})}
		d := Choose(one(now, m, Message{Priority: rules.Urgent}))[0]
		want := map[string]string{"2026-03-28": "2026-03-29T03:00:00+02:00", "2026-10-24": "2026-10-25T02:30:00+02:00"}[day]
		if got := d.Choice.At.In(loc).Format(time.RFC3339); got != want {
			t.Errorf("night of %s: %s, want %s", day, got, want)
		}
	}
}

// TestNoTimeline: a manager of whom no timeline is known is not written to at night.
func TestNoTimeline(t *testing.T) {
	night := tue(t, "23:00", 0)
	m := Manager{Name: "Dana", Zone: zone(t, "Europe/Berlin")}
	for _, p := range rules.Priorities() {
		d := Choose(one(night, m, Message{Priority: p}))[0]
		if d.Choice == nil || d.Choice.At.Before(tue(t, "06:30", 1)) {
			t.Errorf("%s: %+v", p, d)
		}
	}
	stored := &rules.Choice{At: night, Until: night.Add(time.Hour)}
	if v := Check(night, map[string]Manager{"dana": m}, Message{Managers: []string{"dana"}, Previous: stored}); v.Go {
		t.Errorf("let go at night: %+v", v)
	}
}

// TestFrozen: in the last two minutes a time moves only when it became forbidden.
func TestFrozen(t *testing.T) {
	now := tue(t, "10:33", 0)
	stored := &rules.Choice{At: tue(t, "10:35", 0).UTC(), Until: tue(t, "10:50", 0).UTC(), Basis: "older"}
	better := office(t, now, 14)
	d := Choose(one(now, dana(t, now, better), Message{Previous: stored}))[0]
	if d.Moved || !d.Choice.At.Equal(stored.At) {
		t.Errorf("a frozen time moved to %v: %v", d.Choice.At, d.Because)
	}
	d = Choose(one(now, dana(t, now, better, entry(t, 0, "10:30", "12:00", "Board")), Message{Previous: stored}))[0]
	if !d.Moved || d.Choice.At.Before(tue(t, "12:00", 0)) {
		t.Errorf("a frozen time stayed inside a meeting: %+v", d)
	}
}

func TestMergeable(t *testing.T) {
	now := tue(t, "10:00", 0)
	low := func(id int64, change func(*Message)) Message {
		m := Message{ID: id, Managers: []string{"dana"}, Kind: rules.Update, Priority: rules.Low, Approved: now.Add(-time.Duration(id) * time.Hour)}
		if change != nil {
			change(&m)
		}
		return m
	}
	in := Input{Now: now, Managers: map[string]Manager{"dana": {Name: "Dana"}, "kim": {Name: "Kim"}}, Messages: []Message{
		low(1, nil), low(2, nil), low(3, nil),
		low(4, func(m *Message) { m.Kind = rules.Recap }),
		low(5, func(m *Message) { m.Priority = rules.Normal }),
		low(6, func(m *Message) { m.By = now.Add(time.Hour) }),
		low(7, func(m *Message) { m.NotBefore = now.Add(time.Hour) }),
		low(8, func(m *Message) { m.Previous = &rules.Choice{At: now.Add(5 * time.Minute)} }),
		low(9, func(m *Message) { m.Managers = []string{"kim"} }),
	}}
	got := Mergeable(in)
	if len(got) != 1 || len(got[0].IDs) != 3 || got[0].IDs[0] != 3 || got[0].Why.Text != "3 updates of low priority wait for Dana and could go as one mail" {
		t.Errorf("%+v", got)
	}
}

func TestHeat(t *testing.T) {
	now := tue(t, "10:00", 0)
	h := HeatOf(dana(t, now, office(t, now, 10, 11), focus(entry(t, 1, "13:00", "15:00", "Focus time"))), now, now)
	if !h.Start.Equal(tue(t, "00:00", -1)) {
		t.Errorf("the week starts %v", h.Start)
	}
	if k := h.Days[2][13*4].Kind; k != timeline.Focus {
		t.Errorf("Wednesday 13:00 is %s", k)
	}
	if k := h.Days[6][40].Kind; k != timeline.Quiet {
		t.Errorf("Sunday 10:00 is %s", k)
	}
	if a, b := h.Days[1][10*4+2].Chance, h.Days[1][15*4].Chance; a < 2*b {
		t.Errorf("chance %.3f at half past ten, %.3f at three", a, b)
	}
	for d := range h.Days {
		for q, p := range h.Days[d] {
			if p.Kind == "" || p.Chance < 0 || p.Chance >= 1 {
				t.Fatalf("day %d quarter %d: %+v", d, q, p)
			}
		}
	}
}

func TestOutlook(t *testing.T) {
	now := tue(t, "10:00", 0)
	o := OutlookOf(now, "dana", dana(t, now, office(t, now, 10, 11, 14)), 3, rules.Normal)
	if len(o.Next) < 3 || !o.Next[0].At.Equal(now) {
		t.Fatalf("%+v", o.Next)
	}
	for i, c := range o.Next[1:] {
		if !c.At.After(o.Next[i].Until) || c.At.After(now.AddDate(0, 0, 3)) {
			t.Errorf("window %d begins %v, the one before ends %v", i+1, c.At, o.Next[i].Until)
		}
		for _, r := range c.Reasons {
			if r.Code == "not-before" {
				t.Errorf("window %d: %s", i+1, r.Text)
			}
		}
	}
	if o.Basis[0].Text != "learned from 120 mails" {
		t.Errorf("basis %+v", o.Basis)
	}
	if o := OutlookOf(now, "dana", dana(t, now, nil), 1, rules.Low); o.Basis[0].Text != "I don't know enough yet (0 mails): this is the working week of anyone" {
		t.Errorf("basis %+v", o.Basis)
	}
}
