package rhythm

import "time"

// Prior is what is believed before the first mail: the shape of a working week, how
// many events outweigh it, and how the chances follow from shape, rate and state. The
// equations were fitted on people of two populations before the period on which they
// are judged; `headsup backtest --fit DIR,…` prints them (docs/timing.md).
type Prior struct {
	Name       string    // part of every version; changes with any number below
	PoolWeight float64   // events that outweigh the shipped shape of a day
	SlotWeight float64   // events that outweigh the person's own shape of any day
	Active     Equations // active within 30 minutes
	Visible    Equations // a visible mail in the next step
	week       week      // sums to 1
}

// Equations are logistic equations for one chance: a constant for every class of states,
// slopes for every mood.
type Equations struct {
	Const [Classes]float64
	Slope [Moods]Slopes
}

// Slopes are the weights of (x, x²/4, rate, echo): x is how much more than average is
// expected of the half hour, rate the log of visible quarter hours a week, echo the logit
// of the share of mails that are soon followed by another.
type Slopes [4]float64

// Sample is one moment as the equations see it: for fitting them.
type Sample struct {
	Class int
	Terms Slopes
}

// Sample is the moment with what was known then.
func (r *Rhythm) Sample(now time.Time) Sample {
	m := r.model(now)
	at := now.Unix()
	x := m.x(slotOf(at/60 + int64(r.know.zone.offset(at)) + 5))
	return Sample{Class: ClassOf(r.StateAt(now)), Terms: Slopes{x, x * x / 4, m.rate, m.echo}}
}

// WithHours replaces the shape of the week by hours that are relative to each other: one
// list for Monday to Friday, one for the weekend. Between the middles of two hours the
// shape runs straight.
func (p Prior) WithHours(work, rest [24]float64) Prior {
	var sum float64
	for s := range p.week {
		day := &work
		if dayKind(s/daySlots) == 1 {
			day = &rest
		}
		after := s%daySlots + daySlots - 2 // quarter hours from the middle of an hour, a day on
		part := (float64(after%4) + .5) / 4
		p.week[s] = day[after/4%24]*(1-part) + day[(after/4+1)%24]*part
		sum += p.week[s]
	}
	for s := range p.week {
		p.week[s] /= sum
	}
	return p
}
