package window

import (
	"math"
	"time"

	"headsup/rules/rhythm"
)

// Plan says for every step and every state whether to go. It answers one question: is
// this the moment, or is a better one likely enough to be worth its price?
type Plan struct {
	f     rhythm.Forecast
	goes  []uint64  // one bit for each state, by step
	net   []float64 // less the price and the delay of each step; -Inf where nothing goes
	value [rhythm.States]float64
}

// Solve finds the plan by backward induction. At a step the choice is between the
// chance now and what waiting is worth: with the chance q a mail of the manager is
// seen before the next step and the state begins anew, otherwise the state grows older.
//
// allowed forbids steps (nil: every step may be used); nothing ever goes at a forbidden
// step. price is taken off the chance at a step (nil: none), kappa for each hour of
// delay. A message that was not sent by the last step goes at the first allowed moment
// after it, which is worth nothing but its delay.
func Solve(f rhythm.Forecast, allowed []bool, price []float64, kappa float64) Plan {
	var p Plan
	p.Solve(f, allowed, price, kappa)
	return p
}

// Solve is the function [Solve] into memory that was used before.
func (p *Plan) Solve(f rhythm.Forecast, allowed []bool, price []float64, kappa float64) {
	p.f = f
	if cap(p.goes) < f.Steps {
		p.goes, p.net = make([]uint64, f.Steps), make([]float64, f.Steps)
	}
	p.goes, p.net = p.goes[:f.Steps], p.net[:f.Steps]
	stepCost := kappa * rhythm.Step.Hours()
	var value [rhythm.States]float64
	for s := range value {
		value[s] = -stepCost * float64(f.Steps)
	}
	for k := f.Steps - 1; k >= 0; k-- {
		cost := stepCost * float64(k)
		if price != nil {
			cost += price[k]
		}
		may := allowed == nil || allowed[k]
		p.net[k] = -cost
		if !may {
			p.net[k] = math.Inf(-1)
		}
		p.goes[k] = induce(&value, &f, k, cost, may)
	}
	p.value = value
}

// induce makes the values of a step from those of the next, in place, and returns the
// states in which to go. States of one class share their chances and lie in a row, each
// followed by the one that it grows into.
func induce(value *[rhythm.States]float64, f *rhythm.Forecast, k int, cost float64, may bool) (goes uint64) {
	fresh := *value
	for _, run := range f.Runs {
		q, now := f.Q[run.Class][k], math.Inf(-1)
		if may {
			now = f.H[run.Class][k] - cost
		}
		seen := q * fresh[run.Seen]
		for s := run.First; s < run.Last; s++ {
			wait := seen + (1-q)*value[s+1]
			if now >= wait {
				wait = now
				goes |= 1 << s
			}
			value[s] = wait
		}
		wait := seen + (1-q)*fresh[run.Then]
		if now >= wait {
			wait = now
			goes |= 1 << run.Last
		}
		value[run.Last] = wait
	}
	return goes
}

// At reports whether to go at a step in a state. Past the last step it is always time.
func (p *Plan) At(k int, s rhythm.State) bool {
	return k >= len(p.goes) || p.goes[k]&(1<<s) != 0
}

// Value is the worth of the plan at its start: the expected chance less prices.
func (p *Plan) Value(s rhythm.State) float64 { return p.value[s] }

// Choice follows the plan from its start while no mail is seen: the step at which the
// message goes, the chance there, and the best step that is at least half an hour from
// it, -1 if there is none. The step is the number of steps if the horizon ends first.
func (p *Plan) Choice(s rhythm.State) (k int, chance float64, runnerUp int) {
	start := s
	for k < len(p.goes) && !p.At(k, s) {
		k++
		s = s.Next()
	}
	if k < len(p.goes) {
		chance = p.f.Chance(k, s)
	}
	return k, chance, p.second(start, k)
}

func (p *Plan) second(s rhythm.State, chosen int) int {
	const apart = int(30 * time.Minute / rhythm.Step)
	best, at := 0.0, -1
	for k := range p.goes {
		far := k <= chosen-apart || k >= chosen+apart
		if v := p.f.Chance(k, s) + p.net[k]; far && !math.IsInf(v, -1) && (at < 0 || v > best) {
			best, at = v, k
		}
		s = s.Next()
	}
	return at
}
