package rhythm

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	_ "time/tzdata"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// office is n mails of somebody who works Mon-Fri 9-17 in a zone, over the weeks before a
// moment.
func office(n int, until time.Time, offset int) []Seen {
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]Seen, 0, n)
	for len(out) < n {
		back := time.Duration(rnd.IntN(20*7)+1) * 24 * time.Hour
		at := until.Truncate(24 * time.Hour).Add(-back).Add(time.Duration(9*60-offset)*time.Minute + time.Duration(rnd.IntN(8*3600))*time.Second)
		local := at.Add(time.Duration(offset) * time.Minute)
		if wd := local.Weekday(); wd != time.Saturday && wd != time.Sunday {
			out = append(out, Seen{At: at, Offset: offset})
		}
	}
	return out
}

func learned(loc *time.Location, seen []Seen) *Rhythm {
	r := New(Neutral(), loc)
	for _, s := range seen {
		r.Observe(s)
	}
	return r
}

func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	seen := office(300, monday, 60)
	seen = append(seen, Seen{At: seen[0].At, Offset: 120}, Seen{At: seen[5].At.Add(30 * time.Second), Offset: 60})
	want := learned(time.UTC, seen)
	rnd := rand.New(rand.NewPCG(2, 3))
	for range 20 {
		rnd.Shuffle(len(seen), func(i, j int) { seen[i], seen[j] = seen[j], seen[i] })
		got := learned(time.UTC, seen)
		for _, s := range seen[:50] {
			got.Observe(s)
		}
		if got.Version() != want.Version() || got.N() != want.N() {
			t.Fatalf("version %s with %d events, want %s with %d", got.Version(), got.N(), want.Version(), want.N())
		}
		if !reflect.DeepEqual(got.Forecast(monday, time.Hour*24), want.Forecast(monday, time.Hour*24)) {
			t.Fatal("another order gives another forecast")
		}
	}
}

func TestBurstIsOneEvent(t *testing.T) {
	r := New(Neutral(), time.UTC)
	for i := range 5 {
		r.Observe(Seen{At: monday.Add(time.Duration(i) * 50 * time.Second)})
	}
	if r.N() != 1 {
		t.Errorf("five mails 50 s apart are %d events, want 1", r.N())
	}
	r.Observe(Seen{At: monday.Add(4*50*time.Second + 61*time.Second)})
	if r.N() != 2 || !r.Last().Equal(monday.Add(261*time.Second)) {
		t.Errorf("%d events, last %v: want 2, the last a minute and a second after the burst", r.N(), r.Last())
	}
}

func TestVersionChangesWithWhatIsLearned(t *testing.T) {
	r := New(Neutral(), time.UTC)
	seenVersions := map[string]string{r.Version(): "nothing"}
	steps := []struct {
		name string
		do   func()
	}{
		{"a mail", func() { r.Observe(Seen{At: monday}) }},
		{"another", func() { r.Observe(Seen{At: monday.Add(time.Hour)}) }},
		{"one before", func() { r.Observe(Seen{At: monday.Add(-time.Hour)}) }},
		{"since", func() { r.Since(monday.Add(-1000 * time.Hour)) }},
	}
	for _, s := range steps {
		s.do()
		if old, ok := seenVersions[r.Version()]; ok {
			t.Errorf("%s gives the version of %s", s.name, old)
		}
		seenVersions[r.Version()] = s.name
	}
	v := r.Version()
	r.Observe(Seen{At: monday})
	if r.Version() != v {
		t.Error("a mail that was known changes the version")
	}
}

func TestForecastKnowsTheHours(t *testing.T) {
	for _, n := range []int{0, 5, 300} {
		r := learned(time.UTC, office(n, monday, 0))
		f := r.Forecast(monday, 24*time.Hour)
		night, morning := f.Chance(3*12, Quiet), f.Chance(10*12+6, Quiet)
		if morning < 5*night {
			t.Errorf("%d mails: chance %.4f at 3:00, %.4f at 10:30: want much more", n, night, morning)
		}
	}
}

// Somebody who writes several mails in a row is likely to go on; somebody whose mails
// come one by one is not.
func TestForecastKnowsTheSpells(t *testing.T) {
	var rows []Seen
	for _, s := range office(60, monday, 0) {
		for i := range 4 {
			rows = append(rows, Seen{At: s.At.Add(time.Duration(i) * 8 * time.Minute)})
		}
	}
	for _, c := range []struct {
		name        string
		seen        []Seen
		least, most float64
	}{{"nothing seen", nil, 1.5, 20}, {"in rows", rows, 2, 20}, {"one by one", office(240, monday, 0), .5, 1.5}} {
		f := learned(time.UTC, c.seen).Forecast(monday, 24*time.Hour)
		ratio := f.Chance(10*12, 0) / f.Chance(10*12, Quiet)
		if ratio < c.least || ratio > c.most {
			t.Errorf("%s: just after a mail the chance is %.2f times that when quiet, want %.1f to %.1f", c.name, ratio, c.least, c.most)
		}
	}
}

// Nothing seen after a moment changes what is said about it.
func TestForecastDoesNotReadTheFuture(t *testing.T) {
	seen := office(200, monday, 0)
	now := monday.Add(-60 * 24 * time.Hour)
	past := New(Neutral(), time.UTC)
	for _, s := range seen {
		if !s.At.After(now) {
			past.Observe(s)
		}
	}
	if past.N() == 0 || past.N() == len(seen) {
		t.Fatal("the moment does not divide the mails")
	}
	want := past.Forecast(now, 24*time.Hour)
	again := past.Clone()
	for _, s := range seen {
		again.Observe(s)
	}
	if !reflect.DeepEqual(past.Forecast(now, 24*time.Hour), want) {
		t.Error("what a copy learned changes the original")
	}
}

func TestStates(t *testing.T) {
	r := New(Neutral(), time.UTC)
	if got := r.StateAt(monday); got != Quiet {
		t.Errorf("nothing seen: %v", got)
	}
	for _, min := range []int{0, 10, 40} {
		r.Observe(Seen{At: monday.Add(time.Duration(min) * time.Minute)})
	}
	for _, c := range []struct {
		minute int
		want   State
		word   string
	}{
		{-1, Quiet, "quiet"}, {0, stateOf(0, 1), "engaged"}, {9, stateOf(1, 1), "engaged"}, {10, stateOf(0, 2), "engaged"},
		{35, stateOf(5, 2), "recent"}, {44, stateOf(0, 3), "engaged"}, {61, stateOf(4, 3), "recent"}, {100, Quiet, "quiet"},
	} {
		got := r.StateAt(monday.Add(time.Duration(c.minute) * time.Minute))
		if got != c.want || got.String() != c.word {
			t.Errorf("minute %d: state %d (%s), want %d (%s)", c.minute, got, got, c.want, c.word)
		}
	}
	for s := range State(States) {
		if s.Next() >= State(States) || s.Seen() >= State(States) || s.Seen().age() != 0 {
			t.Errorf("state %d leads to %d and %d", s, s.Next(), s.Seen())
		}
		if MoodOf(ClassOf(s)) != map[string]int{"engaged": 0, "recent": 1, "quiet": 2}[s.String()] {
			t.Errorf("state %d is %s, its class is of mood %d", s, s, MoodOf(ClassOf(s)))
		}
	}
}

func TestRunsAreTheStates(t *testing.T) {
	covered := 0
	for _, run := range runs() {
		for s := run.First; s <= run.Last; s++ {
			covered++
			if ClassOf(s) != run.Class || s.Seen() != run.Seen || s < run.Last && s.Next() != s+1 {
				t.Errorf("state %d does not fit into %+v", s, run)
			}
		}
		if run.Last.Next() != run.Then {
			t.Errorf("%+v: the last leads to %d", run, run.Last.Next())
		}
	}
	if covered != States {
		t.Errorf("%d of %d states are in a run", covered, States)
	}
}

func TestTravel(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(d, hour int) time.Time { return monday.AddDate(0, 0, d).Add(time.Duration(hour) * time.Hour) }
	type step struct {
		at     time.Time
		offset int
		want   int
	}
	for _, c := range []struct {
		name  string
		home  *time.Location
		steps []step
	}{
		{"unknown home: the first mail decides", nil, []step{{day(0, 9), -480, -480}}},
		{"summer time of an unknown home", nil, []step{{day(0, 9), 60, 60}, {day(30, 9), 120, 120}}},
		{"a host that stamps UTC once", berlin, []step{{day(0, 9), 60, 60}, {day(1, 9), 0, 0}, {day(2, 9), 60, 60}}},
		{"one mail from afar is no journey", berlin, []step{{day(0, 9), -480, 60}, {day(0, 10), 60, 60}}},
		{"three on one day are none", berlin, []step{{day(0, 9), -480, 60}, {day(0, 10), -480, 60}, {day(0, 11), -480, 60}, {day(1, 11), -480, -480}}},
		{"home again at once", berlin, []step{{day(0, 9), 540, 60}, {day(1, 10), 540, 60}, {day(1, 11), 540, 540}, {day(3, 11), 60, 60}}},
		{"no such offset", berlin, []step{{day(0, 9), 900, 60}, {day(1, 9), 900, 60}, {day(2, 9), 900, 60}, {day(3, 9), -1439, 60}}},
		{"summer time of a known home", berlin, []step{{day(0, 9), 60, 60}, {day(40, 9), 120, 120}}},
	} {
		r := New(Neutral(), c.home)
		for i, s := range c.steps {
			r.Observe(Seen{At: s.at, Offset: s.offset})
			if got := r.Zone(s.at); got != s.want {
				t.Errorf("%s: step %d: zone %d, want %d", c.name, i, got, s.want)
			}
		}
	}
}

func TestForecastFollowsSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	r := New(Neutral(), berlin)
	before := time.Date(2026, 3, 28, 12, 0, 0, 0, berlin) // the night after, the clock jumps
	f := r.Forecast(before.AddDate(0, 0, 0), 48*time.Hour)
	at := func(x time.Time) float64 { return f.Chance(int(x.Sub(before)/Step), Quiet) }
	monday6 := time.Date(2026, 3, 30, 6, 0, 0, 0, berlin)
	monday9 := time.Date(2026, 3, 30, 9, 0, 0, 0, berlin)
	g := New(Neutral(), time.FixedZone("summer", 7200)).Forecast(monday6, 4*time.Hour)
	if got, want := at(monday9), g.Chance(int(monday9.Sub(monday6)/Step), Quiet); got != want {
		t.Errorf("chance at 9:00 of the first summer Monday %.5f, want %.5f", got, want)
	}
}

func TestSaved(t *testing.T) {
	r := learned(time.UTC, office(100, monday, 0))
	r.Since(monday.AddDate(-1, 0, 0))
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	got := New(Neutral(), nil)
	if err := json.Unmarshal(b, got); err != nil {
		t.Fatal(err)
	}
	if got.Version() != r.Version() || !reflect.DeepEqual(got.Forecast(monday, time.Hour), r.Forecast(monday, time.Hour)) {
		t.Error("what was saved and read gives another forecast")
	}
	for _, bad := range []string{`{`, `{"v":9}`, `{"v":1,"at":[1],"offset":[]}`, `{"v":1,"zone":"Nowhere/Here"}`, `{"v":1,"at":[5],"offset":[0]}`} {
		before := got.Version()
		if err := got.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
		if got.Version() != before {
			t.Errorf("%s changes what was known", bad)
		}
	}
}

func TestDescribe(t *testing.T) {
	r := New(Neutral(), time.UTC)
	var seen []Seen
	for week := range 12 {
		for day := range 5 {
			if day == 1 && week%4 == 0 {
				continue // not on every Tuesday
			}
			seen = append(seen, Seen{At: monday.AddDate(0, 0, -7*(week+1)+day).Add(10*time.Hour + 20*time.Minute)})
		}
	}
	for _, s := range seen {
		r.Observe(s)
	}
	got := r.Describe(monday.AddDate(0, 0, 1).Add(10*time.Hour + 5*time.Minute))
	if got.Weeks != 12 || got.Active != 9 || got.Events != 57 || !got.Trusted || got.Lift < 2 {
		t.Errorf("Tuesday at ten: %+v, want 9 of 12 weeks from 57 events", got)
	}
	if got.Days != 60 || got.OnDays < 55 {
		t.Errorf("Tuesday at ten: %d of %d days, want nearly all of 60", got.OnDays, got.Days)
	}
	if got := r.Describe(monday.Add(15 * time.Hour)); got.Active != 0 || got.OnDays != 0 {
		t.Errorf("Monday at three: %+v, want never", got)
	}
	if got := New(Neutral(), nil).Describe(monday); got.Trusted || got.Events != 0 {
		t.Errorf("nothing seen: %+v", got)
	}
}

func TestOldMailIsDropped(t *testing.T) {
	r := New(Neutral(), time.UTC)
	for i := range maxMarks + 1 {
		r.Observe(Seen{At: monday.Add(time.Duration(i) * time.Hour)})
	}
	if got := r.N(); got != maxMarks/2 {
		t.Errorf("%d events are kept, want %d", got, maxMarks/2)
	}
}

func FuzzUnmarshal(f *testing.F) {
	b, err := json.Marshal(learned(time.UTC, office(5, monday, 0)))
	if err != nil || len(b) < 20 {
		f.Fatalf("no seed: %s, %v", b, err)
	}
	f.Add(b)
	f.Add([]byte(`{"v":1,"zone":"Europe/Berlin","at":[1700000000,-300,9223372036854775807],"offset":[60,-32768,0]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := New(Neutral(), nil)
		if r.UnmarshalJSON(b) != nil {
			return
		}
		for _, row := range r.Forecast(monday, time.Hour).H {
			for _, h := range row {
				if !(h >= 0 && h <= 1) {
					t.Fatalf("chance %v", h)
				}
			}
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	for _, n := range []int{100, 10000} {
		b.Run(fmt.Sprintf("after%d", n), func(b *testing.B) {
			b.ReportAllocs()
			r := New(Neutral(), time.UTC)
			at := monday
			for range n {
				at = at.Add(7 * time.Minute)
				r.Observe(Seen{At: at})
			}
			for b.Loop() {
				at = at.Add(7 * time.Minute)
				r.Observe(Seen{At: at})
			}
		})
	}
}

func BenchmarkForecast24h(b *testing.B) {
	r := learned(time.UTC, office(1000, monday, 0))
	var f Forecast
	b.ReportAllocs()
	for b.Loop() {
		r.ForecastInto(&f, monday, 24*time.Hour)
	}
}

// BenchmarkRefit is learning everything again: the price of a mail out of order.
func BenchmarkRefit1000(b *testing.B) {
	r := learned(time.UTC, office(1000, monday, 0))
	b.ReportAllocs()
	for b.Loop() {
		r.stale = true
		r.settle()
	}
}

func BenchmarkClone(b *testing.B) {
	r := learned(time.UTC, office(10000, monday, 0))
	b.ReportAllocs()
	for b.Loop() {
		r.Clone()
	}
}
