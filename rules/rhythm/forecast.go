package rhythm

import (
	"math"
	"time"
)

// Forecast holds two chances for every step from Start on and every class of states.
type Forecast struct {
	Start time.Time
	Steps int
	// H is the chance that the person is active within 30 minutes of the step, Q that a
	// mail of theirs is seen before the next step; by class of state (see [Forecast.Class]).
	H, Q [][]float64
	Runs []Run // how the states lead into each other
}

// Class is the row of H and Q that holds for a state.
func (f *Forecast) Class(s State) int { return ClassOf(s) }

// Chance is the chance that the person is active within 30 minutes of a step.
func (f *Forecast) Chance(k int, s State) float64 { return f.H[classes[s]][k] }

// At is the instant of a step.
func (f *Forecast) At(k int) time.Time { return f.Start.Add(time.Duration(k) * Step) }

// Scale multiplies both chances of a step, in every state: what the timeline says about
// the step (see [Factors]).
func (f *Forecast) Scale(k int, factor float64) {
	for c := range f.H {
		f.H[c][k] = min(1, f.H[c][k]*factor)
		f.Q[c][k] = min(1, f.Q[c][k]*factor)
	}
}

// Forecast looks ahead from now. The horizon is cut to whole steps; step 0 is now.
func (r *Rhythm) Forecast(now time.Time, horizon time.Duration) Forecast {
	var f Forecast
	r.ForecastInto(&f, now, horizon)
	return f
}

// ForecastInto is [Rhythm.Forecast] into memory that was used before.
func (r *Rhythm) ForecastInto(f *Forecast, now time.Time, horizon time.Duration) {
	steps := int(horizon/Step) + 1
	f.reset(now, steps)
	m := r.model(now)
	m.active, m.visible = m.open(&r.prior.Active), m.open(&r.prior.Visible)
	last, until := -1, int64(0)
	var off int64
	for k := range steps {
		at := now.Unix() + int64(k)*int64(Step/time.Second)
		if at >= until {
			off = int64(r.know.zone.offset(at))
			until = at - at%900 + 900 // no zone changes its offset but on a quarter hour
		}
		slot := slotOf(at/60 + off + 5)
		if slot == last {
			f.repeat(k)
			continue
		}
		last = slot
		x := m.x(slot)
		m.active.fill(f.H, k, x)
		m.visible.fill(f.Q, k, x)
	}
}

func (f *Forecast) reset(now time.Time, steps int) {
	f.Start, f.Steps = now, steps
	if f.Runs == nil {
		f.Runs = runs()
	}
	if len(f.H) == Classes && cap(f.H[0]) >= steps {
		for c := range f.H {
			f.H[c], f.Q[c] = f.H[c][:steps], f.Q[c][:steps]
		}
		return
	}
	back := make([]float64, 2*Classes*steps)
	rows := make([][]float64, 2*Classes)
	for i := range rows {
		rows[i] = back[i*steps : (i+1)*steps : (i+1)*steps]
	}
	f.H, f.Q = rows[:Classes], rows[Classes:]
}

func (f *Forecast) repeat(k int) {
	for c := range f.H {
		f.H[c][k], f.Q[c][k] = f.H[c][k-1], f.Q[c][k-1]
	}
}

// model is what holds for all steps of one forecast.
type model struct {
	shape           week
	rate            float64 // ln of the visible quarter hours a week
	echo            float64 // logit of the share of mails that are followed by another
	active, visible openEquations
}

// openEquations are equations of which only x is open: the odds of each class at x = 0.
type openEquations struct {
	odds  [Classes]float64
	slope *[Moods]Slopes
}

// fill writes the chances of one step. Classes of a mood share the exponential.
func (e *openEquations) fill(rows [][]float64, k int, x float64) {
	var grown [Moods]float64
	for m := range grown {
		grown[m] = math.Exp(e.slope[m][0]*x + e.slope[m][1]*x*x/4)
	}
	for c := range rows {
		odds := e.odds[c] * grown[moodOf(c)]
		rows[c][k] = odds / (1 + odds)
	}
}

func (r *Rhythm) model(now time.Time) *model {
	r.settle()
	k, t := &r.know, now.Unix()
	fade := k.fade(t)
	m := &model{
		shape: r.prior.shape(&k.smooth, fade, k.total),
		echo:  logit((k.followed*fade + 3) / (k.mails*fade + 15)),
	}
	m.rate = math.Log((k.total*fade + 1) / (r.exposure(t) + 2))
	return m
}

// open puts everything but x into the equations.
func (m *model) open(e *Equations) (o openEquations) {
	o.slope = &e.Slope
	for c := range o.odds {
		s := &e.Slope[moodOf(c)]
		o.odds[c] = math.Exp(e.Const[c] + s[2]*m.rate + s[3]*m.echo)
	}
	return o
}

// x is how much more than average is expected of the half hour that a slot begins, on a
// log scale.
func (m *model) x(slot int) float64 { return m.shape.lift(slot) }

func (w *week) lift(slot int) float64 {
	return max(-6, math.Log(weekSlots/2*(w[slot]+w[(slot+1)%weekSlots])))
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
