package window

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

var update = flag.Bool("update", false, "write the golden files anew")

// situation is one moment at which a message waits.
type situation struct {
	name string
	in   Input
}

// situations lists them. The steady manager writes mail in the middle of the day, the early
// one from seven on.
func situations(t *testing.T) []situation {
	var out []situation
	add := func(name string, in Input) { out = append(out, situation{name, in}) }
	at := func(clock string, day int) time.Time { return tue(t, clock, day) }
	steady := func(now time.Time) *rhythm.Rhythm { return office(t, now, 9, 10, 11, 14, 16) }
	early := func(now time.Time) *rhythm.Rhythm { return office(t, now, 7, 8, 10, 16) }
	plain := func(clock string, day int, m Message, events ...calendar.Event) Input {
		now := at(clock, day)
		return one(now, dana(t, now, steady(now), events...), m)
	}
	standUp := entry(t, 0, "10:00", "10:30", "Stand-up")
	deep := focus(entry(t, 0, "13:00", "15:00", "Focus time"))

	add("free in office hours", plain("10:20", 0, Message{}))
	now := at("10:20", 0)
	add("free, nothing known", one(now, dana(t, now, nil), Message{}))
	add("free, seven mails known", one(now, dana(t, now, few(t, 7, now)), Message{}))
	add("evening, seven mails known", one(at("19:00", 0), dana(t, at("19:00", 0), few(t, 7, now)), Message{}))
	seen := steady(now)
	seen.Observe(rhythm.Seen{At: now.Add(-4 * time.Minute), Offset: 120})
	add("just seen", one(now, dana(t, now, seen), Message{}))
	add("in a stand-up", plain("10:05", 0, Message{}, standUp, deep))
	add("in focus time", plain("13:30", 0, Message{}, standUp, deep))
	add("between two meetings, no real gap", plain("10:31", 0, Message{}, standUp, entry(t, 0, "10:40", "11:30", "Budget")))
	add("back-to-back day", plain("08:55", 0, Message{}, entry(t, 0, "09:00", "12:10", "Board"), entry(t, 0, "12:30", "14:00", "Client"), entry(t, 0, "14:10", "17:00", "Review")))
	add("evening", plain("19:00", 0, Message{}))
	add("night", plain("23:30", 0, Message{}))
	add("early riser, at night", one(at("22:00", 0), dana(t, at("22:00", 0), early(at("22:00", 0))), Message{}))
	add("Friday evening", plain("18:00", 3, Message{}))
	add("Friday evening, high", plain("18:00", 3, Message{Priority: rules.High}))
	add("weekend", plain("11:00", 4, Message{Priority: rules.Low}))
	add("urgent in a meeting", plain("10:05", 0, Message{Priority: rules.Urgent}, standUp))
	add("urgent in focus time", plain("13:30", 0, Message{Priority: rules.Urgent}, deep))
	add("urgent at night", plain("23:05", 0, Message{Priority: rules.Urgent}))
	nightly := plain("23:05", 0, Message{Priority: rules.Urgent})
	m := nightly.Managers["dana"]
	m.UrgentAtNight = true
	nightly.Managers["dana"] = m
	add("urgent at night, allowed", nightly)
	add("urgent during leave", plain("10:00", 0, Message{Priority: rules.Urgent}, leave(t, -1, 3)))
	add("leave", plain("10:00", 0, Message{}, leave(t, -1, 10)))
	add("leave, high", plain("10:00", 0, Message{Priority: rules.High}, leave(t, -1, 10)))
	add("evening before a leave", plain("18:00", 1, Message{}, leave(t, 3, 13)))
	add("deadline tomorrow at noon", plain("18:05", 0, Message{By: at("12:00", 1)}, entry(t, 1, "10:00", "12:30", "Board")))
	add("deadline inside a meeting", plain("10:05", 0, Message{By: at("12:00", 0)}, entry(t, 0, "10:00", "12:30", "Board")))
	add("deadline in half an hour", plain("16:20", 0, Message{By: at("17:00", 0)}))
	add("deadline passed", plain("16:20", 0, Message{By: at("16:00", 0)}))
	add("not before Thursday", plain("10:00", 0, Message{NotBefore: at("08:00", 2)}))
	full := plain("10:20", 0, Message{})
	m = full.Managers["dana"]
	m.MaxPerDay = 2
	full.Managers["dana"], full.Sent = m, []Sent{{Managers: []string{"dana"}, At: at("09:02", 0)}, {Managers: []string{"dana"}, At: at("09:40", 0)}}
	add("budget of the day used up", full)
	close := plain("10:20", 0, Message{})
	m = close.Managers["dana"]
	m.MinGap = time.Hour
	close.Managers["dana"], close.Sent = m, []Sent{{Managers: []string{"dana"}, At: at("10:02", 0)}}
	add("a mail left twenty minutes ago", close)
	two := plain("10:05", 0, Message{Managers: []string{"dana", "kim"}}, standUp)
	kim := dana(t, at("10:05", 0), nil, entry(t, 0, "10:30", "11:30", "Interviews"))
	kim.Name = "Kim"
	two.Managers["kim"] = kim
	add("two managers", two)
	old := plain("10:20", 0, Message{})
	m = old.Managers["dana"]
	m.Timeline = timeline.Build(timeline.Input{Zone: m.Zone, Now: at("10:20", 0), Hours: timeline.DefaultHours(), Range: calendar.Span{Start: at("00:00", 0), End: at("00:00", 20)},
		Calendars: []timeline.Calendar{{Name: "work", MaxAge: 2 * time.Hour, Snapshot: calendar.Snapshot{AsOf: at("06:00", 0), Events: []calendar.Event{entry(t, 0, "10:00", "11:00", "Board")}}}}})
	old.Managers["dana"] = m
	add("stale calendar", old)
	add("moved into a new meeting", plain("09:00", 0, Message{Previous: stale(at("10:35", 0))}, entry(t, 0, "10:00", "12:00", "Board")))
	add("window missed while asleep", plain("14:20", 0, Message{Previous: stale(at("09:35", 0))}))
	add("moved five times today", plain("09:00", 0, Message{Previous: stale(at("10:35", 0)), Moves: 5}, entry(t, 0, "09:00", "12:00", "Board")))
	add("a person said now", plain("23:00", 0, Message{Now: true}))
	add("nobody managed in To", plain("23:00", 0, Message{Managers: []string{}}))
	add("unknown manager", plain("10:00", 0, Message{Managers: []string{"lee"}}))
	return out
}

// few is a rhythm of n mails.
func few(t *testing.T, n int, until time.Time) *rhythm.Rhythm {
	r := rhythm.New(rhythm.Neutral(), zone(t, "Europe/Berlin"))
	for i := range n {
		r.Observe(rhythm.Seen{At: until.AddDate(0, 0, -1-7*(i/2)).Add(-time.Duration(i) * 31 * time.Minute), Offset: 120})
	}
	return r
}

// stale is a stored choice that rests on an older timeline.
func stale(at time.Time) *rules.Choice {
	return &rules.Choice{At: at.UTC(), Until: at.Add(30 * time.Minute).UTC(), Basis: "older"}
}

// TestSituations compares the exact words of every situation with testdata/situations.golden.
func TestSituations(t *testing.T) {
	const file = "testdata/situations.golden"
	var b strings.Builder
	for _, s := range situations(t) {
		fmt.Fprintf(&b, "# %s (%s)\n", s.name, s.in.Now.In(zone(t, "Europe/Berlin")).Format("Mon 15:04"))
		told(&b, s.in, Choose(s.in)[0])
		b.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, old := strings.Split(b.String(), "\n\n"), strings.Split(string(want), "\n\n")
	if len(got) != len(old) {
		t.Errorf("%d situations, want %d", len(got), len(old))
	}
	for i := range min(len(got), len(old)) {
		if got[i] != old[i] {
			t.Errorf("got\n%s\nwant\n%s", got[i], old[i])
		}
	}
}

func told(b *strings.Builder, in Input, d Decision) {
	if c := d.Choice; c != nil {
		loc, _ := time.LoadLocation(c.Zone)
		fmt.Fprintf(b, "%s\n  until %s\n", Sentence(c), moment(c.Until, in.Now, loc))
		if c.RunnerUp != nil {
			fmt.Fprintf(b, "  runner-up %s\n", c.RunnerUp.Text)
		}
		for _, r := range c.WouldChange {
			fmt.Fprintf(b, "  %s\n", r.Text)
		}
	}
	for _, r := range d.Because {
		fmt.Fprintf(b, "  because %s\n", r.Text)
	}
}
