package window

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// world is a drawn input with what an independent judge must know of it.
type world struct {
	in   Input
	hard map[string][]judged
}

// judged is a span that forbids sending, and whether it holds for urgent messages too.
type judged struct {
	calendar.Span
	urgent bool
}

func drawWorld(t *rapid.T) world {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"}
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	// The end of March and of October are in reach, so clocks change.
	base := rapid.SampledFrom([]string{"2026-03-26", "2026-10-22", "2026-06-01", "2026-04-01"}).Draw(t, "base")
	day, err := time.ParseInLocation(time.DateOnly, base, loc)
	if err != nil {
		t.Fatal(err)
	}
	now := day.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "now")) * time.Minute)
	w := world{in: Input{Now: now, Managers: map[string]Manager{}}, hard: map[string][]judged{}}
	for i := range rapid.IntRange(1, 3).Draw(t, "managers") {
		w.addManager(t, fmt.Sprint("m", i), loc, now)
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "messages") {
		w.in.Messages = append(w.in.Messages, w.drawMessage(t, int64(i+1)))
	}
	return w
}

func (w *world) addManager(t *rapid.T, key string, loc *time.Location, now time.Time) {
	var events []calendar.Event
	for i := range rapid.IntRange(0, 12).Draw(t, "events") {
		start := now.Add(time.Duration(rapid.IntRange(-24*60, 6*24*60).Draw(t, "start")) * time.Minute)
		e := calendar.Event{UID: fmt.Sprint(key, i), Title: "x", Show: calendar.ShowBusy,
			Span: calendar.Span{Start: start, End: start.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "length")) * time.Minute)}}
		j := judged{Span: e.Span}
		switch rapid.IntRange(0, 5).Draw(t, "sort") {
		case 0:
			e.Type = calendar.TypeFocus
		case 1:
			e.Show, e.End = calendar.ShowAway, start.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "days"))*24*time.Hour)
			j = judged{Span: e.Span, urgent: true}
		case 2:
			e.Show = calendar.ShowFree
			events = append(events, e)
			continue
		}
		events = append(events, e)
		w.hard[key] = append(w.hard[key], j)
	}
	m := Manager{Name: "Dana", Zone: loc, UrgentAtNight: rapid.Bool().Draw(t, "at night"), MaxPerDay: rapid.IntRange(0, 3).Draw(t, "budget"),
		MinGap: time.Duration(rapid.IntRange(0, 3).Draw(t, "gap")) * 30 * time.Minute}
	m.Timeline = timeline.Build(timeline.Input{Zone: loc, Now: now, Hours: timeline.DefaultHours(),
		Range:     calendar.Span{Start: now.AddDate(0, 0, -2), End: now.AddDate(0, 0, rapid.IntRange(8, 30).Draw(t, "range"))},
		Calendars: []timeline.Calendar{{Name: "work", Snapshot: calendar.Snapshot{Events: events, AsOf: now}}}})
	if n := rapid.IntRange(0, 60).Draw(t, "mails"); n > 0 {
		m.Rhythm = rhythm.New(rhythm.Neutral(), loc)
		for range n {
			m.Rhythm.Observe(rhythm.Seen{At: now.Add(-time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "ago")) * time.Minute)})
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "own limits") == 0 {
		m.Earliest, m.Latest = 10*60, 16*60
	}
	w.in.Managers[key] = m
}

func (w *world) drawMessage(t *rapid.T, id int64) Message {
	m := Message{ID: id, Kind: rules.Recap, Priority: rapid.SampledFrom(rules.Priorities()).Draw(t, "priority"), Approved: w.in.Now}
	for i := range len(w.in.Managers) {
		if i == 0 && rapid.Bool().Draw(t, "first") || rapid.IntRange(0, 2).Draw(t, "to") == 0 {
			m.Managers = append(m.Managers, fmt.Sprint("m", i))
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "not before?") == 0 {
		m.NotBefore = w.in.Now.Add(time.Duration(rapid.IntRange(-60, 3000).Draw(t, "not before")) * time.Minute)
	}
	if rapid.IntRange(0, 3).Draw(t, "by?") == 0 {
		m.By = w.in.Now.Add(time.Duration(rapid.IntRange(-60, 6000).Draw(t, "by")) * time.Minute)
	}
	return m
}

// forbids is the independent judge: it knows the drawn events and the clock on the wall,
// not the timeline.
func (w *world) forbids(m Message, at time.Time) string {
	urgent := m.Priority == rules.Urgent
	for _, key := range m.Managers {
		mg := w.in.Managers[key]
		for _, h := range w.hard[key] {
			if h.Contains(at) && (h.urgent || !urgent) {
				return fmt.Sprintf("inside an event of %s, %v", key, h.Span)
			}
		}
		local := at.In(mg.Zone)
		minute, wd := local.Hour()*60+local.Minute(), local.Weekday()
		if quiet := minute < 6*60+30 || minute >= 21*60 || wd == time.Saturday || wd == time.Sunday; quiet && !(urgent && mg.UrgentAtNight) {
			return "in quiet hours of " + key
		}
		if mg.Latest > 0 && (minute < int(mg.Earliest) || minute >= int(mg.Latest)) {
			return "outside the user's own hours"
		}
	}
	return ""
}

func TestNeverInsideAHardLimitNeverLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.judge(t, Choose(w.in))
	})
}

// TestNeverInsideAHardLimitAfterNews: the same when stored choices meet other calendars,
// later, and after many moves.
func TestNeverInsideAHardLimitAfterNews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		first := Choose(w.in)
		w.in.Now = w.in.Now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "later")) * time.Minute)
		w.hard = map[string][]judged{}
		for i := range len(w.in.Managers) {
			key := fmt.Sprint("m", i)
			w.addManager(t, key, w.in.Managers[key].Zone, w.in.Now)
		}
		for i := range w.in.Messages {
			w.in.Messages[i].Previous = first[i].Choice
			w.in.Messages[i].Moves = rapid.IntRange(0, 6).Draw(t, "moves")
		}
		var p Planner
		again := p.Choose(w.in)
		w.judge(t, again)
		for i, d := range again {
			prev := w.in.Messages[i].Previous
			if d.Choice == nil || prev == nil {
				continue
			}
			if d.Moved == d.Choice.At.Equal(prev.At) {
				t.Fatalf("message %d: moved %v, from %v to %v", d.ID, d.Moved, prev.At, d.Choice.At)
			}
			if d.Moved && (len(d.Because) == 0 || d.Because[0].Text == "") {
				t.Fatalf("message %d moved without a word", d.ID)
			}
		}
		for i := range w.in.Messages { // looking again moves nothing
			w.in.Messages[i].Previous = again[i].Choice
		}
		for i, d := range p.Choose(w.in) {
			if d.Moved {
				t.Fatalf("message %d moved again from %v to %v: %v", d.ID, again[i].Choice.At, d.Choice.At, d.Because)
			}
		}
	})
}

// judge holds a plan against the drawn events and the clock on the wall.
func (w *world) judge(t *rapid.T, ds []Decision) {
	for i, d := range ds {
		m := w.in.Messages[i]
		late := !m.By.IsZero() && !w.in.Now.Before(m.By)
		if d.Expired != late {
			t.Fatalf("message %d: expired %v, deadline %v at %v", m.ID, d.Expired, m.By, w.in.Now)
		}
		c := d.Choice
		if c == nil {
			if len(d.Because) == 0 || d.Because[0].Text == "" {
				t.Fatalf("message %d: nothing chosen and no reason", m.ID)
			}
			continue
		}
		from := c.At // a stored moment that is due now may lie a little back
		if from.Before(w.in.Now) {
			from = w.in.Now
		}
		if c.At != from && m.Previous == nil || from.Before(m.NotBefore) || !m.By.IsZero() && (!from.Before(m.By) || c.Until.After(m.By)) || !from.Before(c.Until) {
			t.Fatalf("message %d: %v until %v; now %v, not before %v, by %v", m.ID, c.At, c.Until, w.in.Now, m.NotBefore, m.By)
		}
		for at := from; at.Before(c.Until); at = at.Add(time.Minute) {
			if why := w.forbids(m, at); why != "" {
				t.Fatalf("message %d (%s) may go at %v: %s; %s", m.ID, m.Priority, at, why, Sentence(c))
			}
		}
		if v := Check(from, w.in.Managers, withChoice(m, c)); !v.Go {
			t.Fatalf("message %d: planned for %v, refused there: %v", m.ID, from, v.Why)
		}
		if len(c.Reasons) == 0 || c.Basis == "" || c.Zone == "" {
			t.Fatalf("message %d: choice without words: %+v", m.ID, c)
		}
	}
}

func withChoice(m Message, c *rules.Choice) Message {
	m.Previous = c
	return m
}

// TestCheckRefusesHardLimits asks the gate at any instant, whatever was planned.
func TestCheckRefusesHardLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		m := w.in.Messages[0]
		at := w.in.Now.Add(time.Duration(rapid.IntRange(0, 7*24*60*60).Draw(t, "at")) * time.Second)
		m.Previous = &rules.Choice{At: at.Add(-time.Minute), Until: at.Add(time.Hour)}
		v := Check(at, w.in.Managers, m)
		why := w.forbids(m, at)
		if why == "" {
			why = w.forbids(m, at.Add(guard))
		}
		if v.Go && why != "" {
			t.Fatalf("let go at %v: %s", at, why)
		}
	})
}

func TestOrderOfInputChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		first := byID(Choose(w.in))
		if again := byID(Choose(w.in)); !reflect.DeepEqual(first, again) {
			t.Fatal("the same input gives two plans")
		}
		shuffled := w.in
		shuffled.Messages = rapid.Permutation(w.in.Messages).Draw(t, "order")
		if got := byID(Choose(shuffled)); !reflect.DeepEqual(first, got) {
			t.Fatalf("order matters:\n%v\n%v", first, got)
		}
	})
}

// TestPlanningAgainChangesNothing: without news a stored choice is kept, a minute or an
// hour later.
func TestPlanningAgainChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		first := Choose(w.in)
		next := w.in
		next.Messages = append([]Message(nil), w.in.Messages...)
		for i := range next.Messages {
			next.Messages[i].Previous = first[i].Choice
		}
		next.Now = w.in.Now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "later")) * time.Minute)
		for i, d := range Choose(next) {
			was := first[i].Choice
			if was == nil || d.Expired || !next.Now.Before(was.Until) {
				continue
			}
			if d.Choice != was || d.Moved {
				t.Fatalf("message %d moved from %v to %v without news: %v", d.ID, was.At, d.Choice, d.Because)
			}
		}
	})
}

func byID(ds []Decision) map[int64]Decision {
	out := map[int64]Decision{}
	for _, d := range ds {
		out[d.ID] = d
	}
	return out
}
