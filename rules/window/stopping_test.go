package window

import (
	"math/rand/v2"
	"testing"
	"time"

	"headsup/rules/rhythm"
)

var start = time.Date(2026, 3, 2, 18, 0, 0, 0, time.UTC) // a Monday evening

// seasoned is a rhythm of n mails in working hours before start.
func seasoned(n int) *rhythm.Rhythm {
	r := rhythm.New(rhythm.Neutral(), time.UTC)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		day := start.AddDate(0, 0, -1-(n-i)%200).Truncate(24 * time.Hour)
		if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
			continue
		}
		r.Observe(rhythm.Seen{At: day.Add(9*time.Hour + time.Duration(rnd.IntN(8*3600))*time.Second)})
	}
	return r
}

func TestSolveWaitsOvernight(t *testing.T) {
	f := seasoned(300).Forecast(start.Add(4*time.Hour), 24*time.Hour)
	p := Solve(f, nil, nil, .007)
	k, chance, second := p.Choice(rhythm.Quiet)
	at := f.At(k)
	if at.Day() != 3 || at.Hour() < 7 || at.Hour() > 15 {
		t.Errorf("a cheap message at 22:00 goes at %v, want the next working day", at)
	}
	if now := f.Chance(0, rhythm.Quiet); chance <= now {
		t.Errorf("chance %.3f at the chosen step, want more than now (%.3f)", chance, now)
	}
	if second < 0 || second == k {
		t.Errorf("runner-up %d for choice %d", second, k)
	}
	dear := Solve(f, nil, nil, 10)
	if !dear.At(0, rhythm.Quiet) {
		t.Error("with a price of 10 an hour the message must go now")
	}
}

func TestSolveKeepsOffForbiddenSteps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	f := seasoned(100).Forecast(start, 24*time.Hour)
	allowed := make([]bool, f.Steps)
	for range 200 {
		for k := range allowed {
			allowed[k] = rnd.IntN(4) == 0
		}
		p := Solve(f, allowed, nil, rnd.Float64()*.1)
		for k := range allowed {
			for s := range rhythm.State(rhythm.States) {
				if p.At(k, s) && !allowed[k] {
					t.Fatalf("step %d is forbidden and chosen in state %v", k, s)
				}
			}
		}
		if k, _, second := p.Choice(0); k < f.Steps && !allowed[k] || second >= 0 && !allowed[second] {
			t.Fatalf("choice %d, runner-up %d: forbidden", k, second)
		}
	}
	p := Solve(f, make([]bool, f.Steps), nil, .01)
	if k, _, second := p.Choice(0); k != f.Steps || second != -1 {
		t.Errorf("nothing is allowed: choice %d, runner-up %d", k, second)
	}
}

// The value of a plan is what following it earns on average, and no less than going now.
func TestSolveValueIsEarned(t *testing.T) {
	f := seasoned(200).Forecast(start, 12*time.Hour)
	const kappa = .01
	p := Solve(f, nil, nil, kappa)
	rnd := rand.New(rand.NewPCG(5, 6))
	const runs = 40000
	var sum float64
	for range runs {
		s := rhythm.Quiet
		k := 0
		for ; k < f.Steps-1 && !p.At(k, s); k++ {
			if rnd.Float64() < f.Q[f.Class(s)][k] {
				s = s.Seen()
			} else {
				s = s.Next()
			}
		}
		sum += f.Chance(k, s) - kappa*rhythm.Step.Hours()*float64(k)
	}
	if got, want := sum/runs, p.Value(rhythm.Quiet); got < want-.005 || got > want+.005 {
		t.Errorf("following the plan earns %.4f, its value is %.4f", got, want)
	}
	for s := range rhythm.State(rhythm.States) {
		if p.Value(s) < f.Chance(0, s) {
			t.Errorf("state %d: value %.4f is less than going now, %.4f", s, p.Value(s), f.Chance(0, s))
		}
	}
}

func TestSolvePriceMovesTheChoice(t *testing.T) {
	f := seasoned(200).Forecast(start.Add(12*time.Hour), 24*time.Hour)
	free := Solve(f, nil, nil, .005)
	k, _, _ := free.Choice(rhythm.Quiet)
	price := make([]float64, f.Steps)
	price[k] = .9
	dear := Solve(f, nil, price, .005)
	if again, _, _ := dear.Choice(rhythm.Quiet); again == k {
		t.Errorf("step %d is chosen at any price", k)
	}
}

func BenchmarkSolve24h(b *testing.B) {
	f := seasoned(300).Forecast(start, 24*time.Hour)
	var p Plan
	b.ReportAllocs()
	for b.Loop() {
		p.Solve(f, nil, nil, .01)
	}
}

func BenchmarkForecastAndSolve24h(b *testing.B) {
	r := seasoned(300)
	var f rhythm.Forecast
	var p Plan
	b.ReportAllocs()
	for b.Loop() {
		r.ForecastInto(&f, start, 24*time.Hour)
		p.Solve(f, nil, nil, .01)
	}
}
