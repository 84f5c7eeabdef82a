package window

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// crowd is some managers with a month of meetings and 200 messages each; the messages
// carry the choices of a first plan.
func crowd(t testing.TB, now time.Time, managers int) Input {
	in := Input{Now: now, Managers: map[string]Manager{}}
	for i := range managers {
		key := fmt.Sprintf("m%02d", i)
		in.Managers[key] = busyManager(t, now, i, 0)
		for j := range 200 {
			in.Messages = append(in.Messages, Message{ID: int64(i*200 + j + 1), Managers: []string{key},
				Priority: rules.Priorities()[j%3], Approved: now.Add(-time.Duration(j) * time.Minute)})
		}
	}
	return stored(in, Choose(in))
}

// stored puts the choices of a plan into its messages.
func stored(in Input, ds []Decision) Input {
	in.Messages = append([]Message(nil), in.Messages...)
	for i := range in.Messages {
		in.Messages[i].Previous = ds[i].Choice
	}
	return in
}

// busyManager has three meetings a day and a focus block; shift moves one of the meetings.
func busyManager(t testing.TB, now time.Time, n int, shift time.Duration) Manager {
	var events []calendar.Event
	for day := range 28 {
		for k := range 3 {
			from := 9 + k*3 + (n+day)%2
			e := entry(t, day, fmt.Sprintf("%02d:00", from), fmt.Sprintf("%02d:45", from), fmt.Sprint("Meeting ", k))
			if day == 0 && k == 0 {
				e.Start, e.End = e.Start.Add(shift), e.End.Add(shift)
			}
			events = append(events, e)
		}
	}
	m := dana(t, now, office(t, now, 9, 10, 11, 14, 16), events...)
	m.Name = fmt.Sprint("Manager ", n)
	m.MaxPerDay, m.MinGap = 8, 20*time.Minute
	return m
}

// cpu reports the processor time of an operation beside the time on the wall, which on a
// machine that does other work says little.
func cpu(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	return func() { b.ReportMetric(float64(used()-start)/float64(b.N), "cpu-ns/op") }
}

func BenchmarkNothingChanged10000(b *testing.B) {
	now := tue(b, "08:00", 0)
	in := crowd(b, now, 50)
	in.Now = now.Add(20 * time.Second)
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		for i, d := range Choose(in) {
			if d.Choice != in.Messages[i].Previous {
				b.Fatal("moved without news")
			}
		}
	}
}

// BenchmarkAfterNews10000 is the tick after every manager was seen once: all was judged
// and kept, and the planner remembers.
func BenchmarkAfterNews10000(b *testing.B) {
	now := tue(b, "19:00", 0)
	in := crowd(b, now, 50)
	for _, m := range in.Managers {
		m.Rhythm.Observe(rhythm.Seen{At: now.Add(-3 * time.Hour), Offset: 120})
	}
	var p Planner
	p.Choose(in)
	in = stored(in, p.Choose(in))
	p.Choose(in)
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		p.Choose(in)
	}
}

func BenchmarkOneEventMoved10000(b *testing.B) {
	now := tue(b, "08:00", 0)
	in := crowd(b, now, 50)
	in.Now = now.Add(20 * time.Second)
	in.Managers["m07"] = busyManager(b, now, 7, 30*time.Minute)
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		Choose(in)
	}
}

func BenchmarkFromNothing10000(b *testing.B) {
	in := crowd(b, tue(b, "08:00", 0), 50)
	for i := range in.Messages {
		in.Messages[i].Previous = nil
	}
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		Choose(in)
	}
}

func BenchmarkOneMessage(b *testing.B) {
	now := tue(b, "19:00", 0)
	in := one(now, busyManager(b, now, 1, 0), Message{})
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		Choose(in)
	}
}

func BenchmarkBuildTimeline(b *testing.B) {
	now := tue(b, "08:00", 0)
	var in timeline.Input
	in.Zone, in.Now, in.Hours = zone(b, "Europe/Berlin"), now, timeline.DefaultHours()
	in.Range = calendar.Span{Start: now, End: now.AddDate(0, 0, 35)}
	var events []calendar.Event
	for day := range 28 {
		for k := range 4 {
			events = append(events, entry(b, day, fmt.Sprintf("%02d:00", 9+2*k), fmt.Sprintf("%02d:45", 9+2*k), fmt.Sprint("Meeting ", k)))
		}
	}
	in.Calendars = []timeline.Calendar{{Name: "work", Snapshot: calendar.Snapshot{Events: events, AsOf: now}}}
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		timeline.Build(in)
	}
}

// TestOneEventMoved: only messages of the manager whose event moved change; planned alone
// that manager's queue comes out the same; judging all
// queues again gives the same plan; and forgetting the stored times of that queue changes
// only the few that were kept because the new moment is hardly better.
func TestOneEventMoved(t *testing.T) {
	now := tue(t, "08:00", 0)
	in := crowd(t, now, 4)
	in.Managers["m02"] = busyManager(t, now, 2, 30*time.Minute)
	whole := byID(Choose(in))
	var alone, blank []Message
	moved := 0
	for _, m := range in.Messages {
		d := whole[m.ID]
		if m.Managers[0] != "m02" {
			if d.Choice != m.Previous {
				t.Fatalf("message %d of %s changed: %v", m.ID, m.Managers[0], d.Because)
			}
			continue
		}
		if d.Moved {
			moved++
		}
		alone = append(alone, m)
		m.Previous = nil
		blank = append(blank, m)
	}
	if moved == 0 {
		t.Fatal("nothing moved")
	}
	for _, d := range Choose(Input{Now: now, Managers: in.Managers, Messages: alone}) {
		if w := whole[d.ID]; !w.Choice.At.Equal(d.Choice.At) || Sentence(w.Choice) != Sentence(d.Choice) {
			t.Fatalf("message %d: %v in the whole, %v alone", d.ID, w.Choice.At, d.Choice.At)
		}
	}
	// Trusting no stored basis, so that all are judged again, gives the same plan.
	distrust := in
	distrust.Messages = append([]Message(nil), in.Messages...)
	for i := range distrust.Messages {
		c := *distrust.Messages[i].Previous
		c.Basis = ""
		distrust.Messages[i].Previous = &c
	}
	for _, d := range Choose(distrust) {
		if w := whole[d.ID]; !w.Choice.At.Equal(d.Choice.At) || w.Moved != d.Moved {
			t.Fatalf("message %d: %v step by step, %v when all is judged again", d.ID, w.Choice.At, d.Choice.At)
		}
	}
	apart := 0
	for _, d := range Choose(Input{Now: now, Managers: in.Managers, Messages: blank}) {
		if w := whole[d.ID]; !w.Choice.At.Equal(d.Choice.At) {
			apart++
		}
	}
	if apart > 10 {
		t.Errorf("%d of 200 messages lie elsewhere when planned from nothing", apart)
	}
	t.Logf("%d of 200 messages moved; %d kept a time that planning from nothing would not choose", moved, apart)
}

// TestPlannerRemembers: a planner says what Choose says, and does not judge the same facts
// twice: what it kept it keeps.
func TestPlannerRemembers(t *testing.T) {
	now := tue(t, "19:00", 0)
	in := crowd(t, now, 2)
	in.Managers["m01"].Rhythm.Observe(rhythm.Seen{At: now.Add(-3 * time.Hour), Offset: 120})
	var p Planner
	want := Choose(in)
	for i, d := range p.Choose(in) {
		if !d.Choice.At.Equal(want[i].Choice.At) || d.Moved != want[i].Moved {
			t.Fatalf("message %d: %v, without memory %v", d.ID, d.Choice.At, want[i].Choice.At)
		}
	}
	in = stored(in, want)
	for i, d := range p.Choose(in) {
		if d.Choice != in.Messages[i].Previous {
			t.Fatalf("message %d was judged again: %v", d.ID, d.Because)
		}
	}
	if len(p.judged) == 0 {
		t.Fatal("nothing was kept after news")
	}
	// A wrong memory would be believed: that is how the test sees that it is used.
	m := &in.Messages[300]
	p.judged[m.ID] = judgement{basis: string((&planning{Planner: &p, in: in, groups: map[string]*group{}}).basis(m)), at: m.Previous.At}
	c := *m.Previous
	c.Basis = "older"
	m.Previous = &c
	if d := p.Choose(in)[300]; d.Choice != &c {
		t.Fatal("judged again although remembered")
	}
}
