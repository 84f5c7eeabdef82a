package backtest

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"headsup/rules/rhythm"
)

// What comes after a decision does not change it: everything later is replaced by other
// mail, and every policy lands where it landed.
func TestNoPolicyReadsTheFuture(t *testing.T) {
	set := madeSet()
	rnd := rand.New(rand.NewPCG(1, 1))
	line := newLineup()
	waited := 0
	for _, m := range set.Managers {
		p := m.Pairs[0]
		truth := replay{set: set, manager: m, prior: rhythm.Neutral(), horizon: 24 * time.Hour, line: line}
		l := newLearner(set, m, p, truth.prior)
		for _, at := range p.Composed[60:66] {
			l.until(at)
			truth.land(l, p, at)
			for policy := range line.peers + line.prices {
				landed := truth.landings[policy]
				if landed > at {
					waited++
				}
				other, q := shuffledAfter(set, m, landed, rnd)
				again := replay{set: set, manager: other, prior: truth.prior, horizon: truth.horizon, line: line}
				l := newLearner(set, other, q, truth.prior)
				l.until(at)
				again.land(l, q, at)
				if again.landings[policy] != landed {
					t.Fatalf("%s at %d: policy %d lands at %d, with another future at %d", m.Name, at, policy, landed, again.landings[policy])
				}
			}
		}
	}
	if waited < 40 {
		t.Errorf("only %d landings were later than the writing: this proves nothing", waited)
	}
}

// shuffledAfter is a manager of whom everything later than a moment is made up.
func shuffledAfter(set *Set, m *Manager, after int64, rnd *rand.Rand) (*Manager, *Pair) {
	other := &Manager{Name: m.Name, Zone: m.Zone}
	for _, at := range m.Activity {
		if at <= after {
			other.Activity = append(other.Activity, at)
		}
	}
	p := &Pair{Employee: m.Pairs[0].Employee}
	for _, v := range m.Pairs[0].Visible {
		if v.at <= after {
			p.Visible = append(p.Visible, v)
		}
	}
	for range 50 {
		at := after + 1 + rnd.Int64N(3*86400)
		other.Activity = append(other.Activity, at)
		p.Visible = append(p.Visible, sighting{at, rnd.IntN(1440) - 720})
	}
	sort.Slice(other.Activity, func(i, j int) bool { return other.Activity[i] < other.Activity[j] })
	sort.Slice(p.Visible, func(i, j int) bool { return p.Visible[i].at < p.Visible[j].at })
	other.Pairs = []*Pair{p}
	return other, p
}

func TestRunSet(t *testing.T) {
	dir := writeSet(t, madeSet())
	var bar bytes.Buffer
	rep, err := RunSet(context.Background(), dir, Options{Progress: &bar})
	if err != nil {
		t.Fatal(err)
	}
	again, err := RunSet(context.Background(), dir, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(rep, again) {
		t.Error("two runs give two reports")
	}
	if len(rep.Results) != 12 || !strings.Contains(bar.String(), "4 of 4 managers") {
		t.Fatalf("%d results, progress %q", len(rep.Results), bar.String())
	}
	for _, r := range rep.Results {
		if r.Headsup < r.Now || r.BestPeer < r.Now || r.Oracle < r.Headsup || r.Lo > r.Hi || r.Now < 0 {
			t.Errorf("%+v: want now <= headsup <= oracle", r)
		}
	}
	b, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"set":"made","horizon_h":24,"results":[{"compose":"own","budget_h":1,"now":`
	if !strings.HasPrefix(string(b), want) {
		t.Errorf("the object begins %.100s, want %s", b, want)
	}
	var text bytes.Buffer
	if err := rep.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"off-hours", "oracle", "log-loss", "to attention"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table says nothing of %q", want)
		}
	}
}

func TestRunSetWithOtherEquations(t *testing.T) {
	set := madeSet()
	priors := priorsFor(set, Options{Refit: true}.withDefaults())
	a, b := priors(set.Managers[0]), priors(set.Managers[1])
	if a.Active == b.Active || a.Active == rhythm.Neutral().Active {
		t.Error("managers of two groups share equations")
	}
	for _, e := range []rhythm.Equations{a.Active, a.Visible} {
		for _, c := range e.Const {
			if c != c || c > 10 || c < -30 {
				t.Errorf("constant %v", c)
			}
		}
	}
}

func TestRunSmall(t *testing.T) {
	rows, err := RunSmall(context.Background(), writeSet(t, madeSet()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || rows[1].Pairs != 4 || rows[4].Pairs != 0 {
		t.Fatalf("%+v", rows)
	}
	if few := rows[1]; few.Rhythm.AUC < .5 || few.Rhythm.Hit30 <= few.Histogram.Hit30 {
		t.Errorf("five mails: headsup %+v, histogram %+v", few.Rhythm, few.Histogram)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := RunSet(ctx, writeSet(t, madeSet()), Options{}); err == nil {
		t.Error("a run that was called off goes on")
	}
}

func TestLoadSetFaults(t *testing.T) {
	for _, c := range []struct {
		name, file, text, want string
	}{
		{"no head", "set.json", "", "unexpected end"},
		{"split before start", "set.json", `{"name":"x","start":9,"split":5,"end":10}`, "want start < split < end"},
		{"not zipped", "activity.csv.gz", "manager,epoch_utc", "activity.csv.gz"},
	} {
		dir := writeSet(t, madeSet())
		writeFile(t, filepath.Join(dir, c.file), []byte(c.text))
		_, err := LoadSet(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	dir := writeSet(t, madeSet())
	if err := os.Remove(filepath.Join(dir, "visible.csv.gz")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSet(dir); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("without visible.csv.gz: %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		if os.IsNotExist(err) {
			return err
		}
		err = u.Unwrap()
	}
}

func TestFrontier(t *testing.T) {
	p := func(delay, hit float64) tally { return tally{delay: delay, hit30: hit} }
	hull := frontier([]tally{p(0, .2), p(4, .4), p(2, .25), p(1, .3), p(3, .1), p(8, .4)})
	if len(hull) != 3 || hull[0] != p(0, .2) || hull[1] != p(1, .3) || hull[2] != p(4, .4) {
		t.Fatalf("envelope %+v", hull)
	}
	for _, c := range []struct{ budget, want float64 }{{0, .2}, {.5, .25}, {1, .3}, {2.5, .35}, {4, .4}, {100, .4}} {
		if got := within(hull, c.budget).hit30; got < c.want-1e-12 || got > c.want+1e-12 {
			t.Errorf("at %.1f h: %.4f, want %.4f", c.budget, got, c.want)
		}
	}
}

func TestPeers(t *testing.T) {
	at := func(day, hour, min int) int64 {
		return monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(min)*time.Minute).Unix()
	}
	var weekly [168]int
	var seen []sighting
	for week := range 3 {
		for _, h := range []int{14, 15, 15} {
			s := sighting{at: at(7*week+2, h, 10)} // Wednesdays
			seen = append(seen, s)
			weekly[weekMinute(s.at, 0)/60]++
		}
	}
	v := &view{seen: seen, weekly: &weekly}
	nothing := &view{weekly: new([168]int)}
	rules := map[string]func(*view, int64) int64{}
	for _, p := range peers() {
		rules[p.name] = p.at
	}
	for _, c := range []struct {
		rule       string
		v          *view
		when, want int64
	}{
		{"now", v, at(28, 3, 0), at(28, 3, 0)},
		{"work-hours", v, at(28, 10, 0), at(28, 10, 0)},
		{"work-hours", v, at(28, 17, 0), at(29, 9, 0)},
		{"work-hours", v, at(28, 3, 0), at(28, 9, 0)},
		{"work-hours", v, at(32, 18, 0), at(35, 9, 0)}, // Friday evening
		{"work-hours", &view{zone: 120, weekly: &weekly}, at(28, 6, 30), at(28, 7, 0)},
		{"weekday-8", v, at(28, 10, 0), at(29, 8, 0)},
		{"weekday-8", v, at(33, 7, 0), at(35, 8, 0)},
		{"best-of-168", v, at(30, 3, 20), at(30, 15, 0)},
		{"best-of-168", v, at(30, 15, 20), at(30, 15, 20)},
		{"best-of-168", nothing, at(30, 3, 20), at(30, 3, 20)},
		{"modal-hour", v, at(28, 16, 0), at(29, 15, 0)},
		{"modal-hour", v, at(28, 15, 30), at(28, 15, 30)},
		{"modal-hour", nothing, at(28, 15, 30), at(29, 10, 0)},
		{"modal-hour", v, at(280, 11, 0), at(281, 10, 0)}, // nothing in the last 90 days
		{"mean-time", v, at(28, 9, 0), at(28, 15, 0)},
		{"mean-time", nothing, at(28, 9, 0), at(28, 9, 0)},
	} {
		if got := rules[c.rule](c.v, c.when); got != c.want {
			t.Errorf("%s on %s: %s, want %s", c.rule, stamp(c.when), stamp(got), stamp(c.want))
		}
	}
	many := &view{weekly: &weekly}
	for i := range 12 {
		many.seen = append(many.seen, sighting{at: at(i, 13+i%2, 0)})
	}
	if got, want := meanTime(many, at(28, 9, 0)), at(28, 13, 30); got != want {
		t.Errorf("mean of twelve: %s, want %s", stamp(got), stamp(want))
	}
	for i := range many.seen {
		many.seen[i].at = at(i, 1+11*(i%2)*2, 0)
	}
	if got, want := meanTime(many, at(28, 9, 0)), at(28, 9, 0); got != want {
		t.Errorf("mean of times far apart: %s, want now", stamp(got))
	}
}

func stamp(at int64) string { return time.Unix(at, 0).UTC().Format("Mon 02 Jan 15:04") }

func TestMomentsAreFixed(t *testing.T) {
	m := madeSet().Managers[0]
	zone := func(int64) int { return 0 }
	from, to := monday.Unix(), monday.AddDate(0, 0, 70).Unix()
	a, b := moments(Uniform, m, m.Pairs[0], from, to, zone), moments(Uniform, m, m.Pairs[0], from, to, zone)
	if len(a) != perPair || !reflect.DeepEqual(a, b) || !sort.SliceIsSorted(a, func(i, j int) bool { return a[i] < a[j] }) {
		t.Error("uniform moments are not a fixed sorted list")
	}
	for _, at := range moments(OffHours, m, m.Pairs[0], from, to, zone) {
		if officeHours(at, 0) || at < from || at >= to {
			t.Errorf("%s is no off-hours moment", stamp(at))
		}
	}
	if got := thin([]int64{0, 1, 2, 3, 4, 5}, 3); !reflect.DeepEqual(got, []int64{0, 2, 4}) {
		t.Errorf("three of six: %v", got)
	}
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		in   []scored
		want float64
	}{
		{nil, .5},
		{[]scored{{1, 1}, {2, 1}}, .5},
		{[]scored{{1, 0}, {2, 1}}, 1},
		{[]scored{{2, 0}, {1, 1}}, 0},
		{[]scored{{1, 0}, {1, 1}}, .5},
		{[]scored{{1, 0}, {2, 1}, {3, 0}, {4, 1}}, .75},
	} {
		if got := auc(c.in); got != c.want {
			t.Errorf("%v: %.3f, want %.3f", c.in, got, c.want)
		}
	}
}

func TestFitFindsWhatIsThere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	var rows []row
	for range 40000 {
		x := rnd.NormFloat64()
		r := row{Sample: rhythm.Sample{Class: rhythm.Classes - 1, Terms: rhythm.Slopes{x, x * x / 4, 0, 0}}, weight: 1}
		if p := 1 / (1 + expNeg(-1+2*x)); rnd.Float64() < p {
			r.active = 1
		}
		rows = append(rows, r)
	}
	p := fit(rhythm.Neutral(), rows)
	e := p.Active
	if c, s := e.Const[rhythm.Classes-1], e.Slope[2][0]; c < -1.1 || c > -.9 || s < 1.9 || s > 2.1 {
		t.Errorf("found %.3f + %.3f x, want -1 + 2 x", c, s)
	}
}
