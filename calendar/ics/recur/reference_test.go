package recur

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// slow lists a rule the long way, as a second opinion: it builds the set of every period
// from DTSTART on out of all its seconds or days, with package time for the calendar,
// and shares no code with the engine but the parser's lists.
type slow struct {
	freq                                                                  string
	interval, count                                                       int
	months, monthDays, yearDays, weekNos, hours, minutes, seconds, setPos []int
	days                                                                  []slowDay
	weekStart                                                             time.Weekday
}

type slowDay struct {
	n   int
	day time.Weekday
}

var slowNames = map[time.Weekday]string{0: "SU", 1: "MO", 2: "TU", 3: "WE", 4: "TH", 5: "FR", 6: "SA"}

// String is the rule as text.
func (s slow) String() string {
	out := []string{"FREQ=" + s.freq, fmt.Sprintf("INTERVAL=%d", s.interval), "WKST=" + slowNames[s.weekStart]}
	list := func(name string, ns []int) {
		if len(ns) > 0 {
			out = append(out, name+"="+strings.Trim(strings.ReplaceAll(fmt.Sprint(ns), " ", ","), "[]"))
		}
	}
	list("BYMONTH", s.months)
	list("BYMONTHDAY", s.monthDays)
	list("BYYEARDAY", s.yearDays)
	list("BYWEEKNO", s.weekNos)
	list("BYHOUR", s.hours)
	list("BYMINUTE", s.minutes)
	list("BYSECOND", s.seconds)
	list("BYSETPOS", s.setPos)
	if len(s.days) > 0 {
		var days []string
		for _, d := range s.days {
			if d.n == 0 {
				days = append(days, slowNames[d.day])
			} else {
				days = append(days, fmt.Sprint(d.n, slowNames[d.day]))
			}
		}
		out = append(out, "BYDAY="+strings.ReplaceAll(strings.Join(days, ","), " ", ""))
	}
	if s.count > 0 {
		out = append(out, fmt.Sprintf("COUNT=%d", s.count))
	}
	return strings.Join(out, ";")
}

// period is the start of the period that t lies in, and the start of the next.
func (s slow) period(t time.Time) (time.Time, time.Time) {
	y, m, d := t.Date()
	switch s.freq {
	case "YEARLY":
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(y+1, 1, 1, 0, 0, 0, 0, time.UTC)
	case "MONTHLY":
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
	case "WEEKLY":
		back := (int(t.Weekday()) - int(s.weekStart) + 7) % 7
		return time.Date(y, m, d-back, 0, 0, 0, 0, time.UTC), time.Date(y, m, d-back+7, 0, 0, 0, 0, time.UTC)
	case "DAILY":
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	case "HOURLY":
		return t.Truncate(time.Hour), t.Truncate(time.Hour).Add(time.Hour)
	case "MINUTELY":
		return t.Truncate(time.Minute), t.Truncate(time.Minute).Add(time.Minute)
	}
	return t, t.Add(time.Second)
}

func has1(ns []int, n, size int) bool {
	return slices.Contains(ns, n) || slices.Contains(ns, n-size-1)
}

// weekOf counts weeks by walking: week 1 begins on the first week start whose fourth
// day is in the year.
func (s slow) weekOf(t time.Time) (no, of int) {
	first := func(year int) time.Time {
		d := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		for d.Weekday() != s.weekStart {
			d = d.AddDate(0, 0, -1)
		}
		return d
	}
	y := t.Year() + 1
	for first(y).After(t) {
		y--
	}
	return int(t.Sub(first(y)).Hours())/24/7 + 1, int(first(y+1).Sub(first(y)).Hours()) / 24 / 7
}

func (s slow) dayIn(t, start time.Time) bool {
	y, m, d := t.Date()
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	year := time.Date(y, 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	none := len(s.monthDays)+len(s.yearDays)+len(s.weekNos)+len(s.days) == 0
	switch {
	case len(s.months) > 0 && !slices.Contains(s.months, int(m)),
		len(s.months) == 0 && none && s.freq == "YEARLY" && m != start.Month(),
		none && (s.freq == "YEARLY" || s.freq == "MONTHLY") && d != start.Day(),
		none && s.freq == "WEEKLY" && t.Weekday() != start.Weekday(),
		len(s.monthDays) > 0 && !has1(s.monthDays, d, last),
		len(s.yearDays) > 0 && !has1(s.yearDays, t.YearDay(), year):
		return false
	}
	if len(s.weekNos) > 0 {
		if no, of := s.weekOf(t); !has1(s.weekNos, no, of) {
			return false
		}
	}
	if len(s.days) == 0 {
		return true
	}
	return slices.ContainsFunc(s.days, func(w slowDay) bool {
		if w.day != t.Weekday() {
			return false
		}
		switch {
		case w.n == 0 || (s.freq != "YEARLY" && s.freq != "MONTHLY"):
			return true
		case s.freq == "YEARLY" && len(s.months) == 0:
			return w.n == (t.YearDay()-1)/7+1 || w.n == -((year-t.YearDay())/7+1)
		}
		return w.n == (d-1)/7+1 || w.n == -((last-d)/7+1)
	})
}

// set is the times of one period.
func (s slow) set(from, to, start time.Time) []time.Time {
	use := func(list []int, longer bool, start, n int) []int {
		switch {
		case len(list) > 0:
			out := slices.Clone(list)
			slices.Sort(out)
			return slices.Compact(out)
		case longer:
			return []int{start}
		}
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	hours := use(s.hours, slices.Contains([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}, s.freq), start.Hour(), 24)
	minutes := use(s.minutes, s.freq != "MINUTELY" && s.freq != "SECONDLY", start.Minute(), 60)
	seconds := use(s.seconds, s.freq != "SECONDLY", start.Second(), 60)
	var out []time.Time
	for day := from.Truncate(24 * time.Hour); day.Before(to); day = day.AddDate(0, 0, 1) {
		if !s.dayIn(day, start) {
			continue
		}
		for _, h := range hours {
			if to.Sub(from) <= time.Hour && h != from.Hour() {
				continue
			}
			for _, m := range minutes {
				if to.Sub(from) <= time.Minute && m != from.Minute() {
					continue
				}
				for _, sec := range seconds {
					t := day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second)
					if !t.Before(from) && t.Before(to) {
						out = append(out, t)
					}
				}
			}
		}
	}
	if len(s.setPos) == 0 {
		return out
	}
	var picked []time.Time
	for i := range out {
		if has1(s.setPos, i+1, len(out)) {
			picked = append(picked, out[i])
		}
	}
	return picked
}

// list is the times from start until end.
func (s slow) list(start, end time.Time) []Wall {
	var out []Wall
	n := 0
	for from, to := s.period(start); from.Before(end); from, to = s.period(to) {
		if n++; (n-1)%s.interval != 0 {
			continue
		}
		for _, t := range s.set(from, to, start) {
			if t.Before(start) {
				continue
			}
			if !t.Before(end) || (s.count > 0 && len(out) == s.count) {
				return out
			}
			out = append(out, Wall(t.Unix()))
		}
	}
	return out
}

// random makes a rule that gives few enough times to be listed the long way.
func random(r *rand.Rand) (slow, time.Time, time.Time) {
	freqs := []string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}
	s := slow{freq: freqs[r.IntN(len(freqs))], interval: 1 + r.IntN(5), weekStart: time.Weekday(r.IntN(7))}
	some := func(chance float64, low, high int, negative bool) []int {
		if r.Float64() > chance {
			return nil
		}
		var out []int
		for range 1 + r.IntN(4) {
			n := low + r.IntN(high-low+1)
			if negative && r.IntN(3) == 0 {
				n = -n
			}
			out = append(out, n)
		}
		return out
	}
	s.months = some(0.3, 1, 12, false)
	s.monthDays = some(0.25, 1, 31, true)
	s.yearDays = some(0.1, 1, 366, true)
	s.weekNos = some(0.1, 1, 53, true)
	s.hours, s.minutes, s.seconds = some(0.3, 0, 23, false), some(0.3, 0, 59, false), some(0.3, 0, 59, false)
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(3) {
			d := slowDay{day: time.Weekday(r.IntN(7))}
			if r.IntN(2) == 0 {
				d.n = r.IntN(11) - 5
			}
			s.days = append(s.days, d)
		}
	}
	s.setPos = some(0.2, 1, 6, true)
	if r.IntN(3) == 0 {
		s.count = 1 + r.IntN(30)
	}
	start := time.Date(1990+r.IntN(40), time.Month(1+r.IntN(12)), 1+r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
	reach := map[string]int{"YEARLY": 4000, "MONTHLY": 1500, "WEEKLY": 600, "DAILY": 400, "HOURLY": 40, "MINUTELY": 3, "SECONDLY": 1}[s.freq]
	return s, start, start.AddDate(0, 0, reach)
}

var ruleCount = flag.Int("rules", 250, "random rules to compare with the slow listing")

// TestAgainstReference compares random rules with the slow listing, whole and within
// windows: a leap to the window must not change what is in it.
func TestAgainstReference(t *testing.T) {
	rules, times := *ruleCount, 0
	for seed := range rules {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		s, start, end := random(r)
		want := s.list(start, end)
		times += len(want)
		checkWindow(t, seed, s, start, want, start.AddDate(-1, 0, 0), end)
		for range 3 {
			from := start.Add(time.Duration(r.Int64N(int64(end.Sub(start)))))
			to := from.Add(time.Duration(r.Int64N(int64(end.Sub(from)))))
			checkWindow(t, seed, s, start, want, from, to)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d rules, %d times, 4 windows each", rules, times)
	if times < rules {
		t.Errorf("the rules give only %d times: the comparison says little", times)
	}
}

func checkWindow(t *testing.T, seed int, s slow, start time.Time, all []Wall, from, to time.Time) {
	rule, err := Parse(s.String())
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, s, err)
	}
	var got, want []Wall
	for _, w := range all {
		if w >= Wall(from.Unix()) && w < Wall(to.Unix()) {
			want = append(want, w)
		}
	}
	q := Query{Start: Wall(start.Unix()), From: Wall(from.Unix()), To: Wall(to.Unix())}
	if err := rule.Each(q, &Budget{Steps: 10_000_000}, func(w Wall) bool { got = append(got, w); return true }); err != nil {
		t.Fatalf("seed %d: %s: %v", seed, s, err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("seed %d: DTSTART %s, %s, %s to %s:\n got %d: %v\nwant %d: %v", seed, start.Format("20060102T150405"), s,
			from.Format(time.DateTime), to.Format(time.DateTime), len(got), shown(got), len(want), shown(want))
	}
}

func shown(ws []Wall) []string {
	var out []string
	for _, w := range ws[:min(len(ws), 6)] {
		out = append(out, w.Civil().Format("20060102T150405"))
	}
	return out
}

// FuzzRule holds any text to the bounds: no panic, no more steps than allowed, times in
// order and within the window, and the same times again.
func FuzzRule(f *testing.F) {
	seeds := []string{
		"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2;WKST=SU", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=10",
		"FREQ=YEARLY;BYWEEKNO=53;BYDAY=1MO,-53SU", "FREQ=SECONDLY;INTERVAL=2147483647;BYSECOND=60",
		"FREQ=YEARLY;BYSETPOS=-1,366;BYHOUR=0,23;BYMINUTE=59;BYSECOND=1,2", "freq=minutely;byhour=3;bysetpos=1;",
		"FREQ=DAILY;UNTIL=20260101T000000Z", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT", "FREQ=HOURLY;BYYEARDAY=-366",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s, int64(0), int64(1_700_000_000), int64(40_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, start, from, long int64) {
		rule, err := Parse(text)
		if err != nil {
			return
		}
		const limit = 50_000
		reach := int64(1) << 38
		q := Query{Start: Wall(start % reach), From: Wall(from % reach)}
		q.To = q.From + Wall(max(long%reach, 0))
		run := func() []Wall {
			var out []Wall
			budget := &Budget{Steps: limit}
			err := rule.Each(q, budget, func(w Wall) bool {
				if w < q.From || w >= q.To || w < q.Start || (len(out) > 0 && w <= out[len(out)-1]) {
					t.Fatalf("%q: %v after %v, window %v to %v", text, w, out, q.From, q.To)
				}
				out = append(out, w)
				return true
			})
			if err != nil && budget.Steps >= 0 {
				t.Fatalf("%q: %v with %d steps left", text, err, budget.Steps)
			}
			return out
		}
		if a, b := run(), run(); !slices.Equal(a, b) || len(a) > limit {
			t.Fatalf("%q: %d times, then %d", text, len(a), len(b))
		}
	})
}
