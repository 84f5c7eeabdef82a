package rhythm

// Prior is what is believed before the first mail: the shape of a working week, how
// many events outweigh it, and how the chances follow from shape, rate and state. The
// coefficients were fitted on people of two populations before the period on which
// they are judged; `headsup backtest --fit DIR…` prints them (docs/timing.md).
type Prior struct {
	Name       string // part of every version; changes with any number below
	PoolWeight float64
	SlotWeight float64
	Active     [Classes]Coef // active within 30 minutes
	Visible    [Classes]Coef // a visible mail in the next step
	week       week          // sums to 1
}

// Coef is one logistic equation in (1, x, x²/4, rate, echo): x is how much more than
// average is expected of the half hour, rate the log of visible quarter hours a week,
// echo the logit of the share of mails that are soon followed by another.
type Coef [5]float64

func (c *Coef) chance(x float64, m *model) float64 {
	return sigma(c[0] + c[1]*x + c[2]*x*x/4 + c[3]*m.rate + c[4]*m.echo)
}

// Classes of states that share coefficients.
const Classes = 3

// classOf puts a state in its class: engaged, recent, quiet.
func classOf(s State) uint8 {
	switch {
	case s >= Quiet:
		return 2
	case s >= recentFrom:
		return 1
	}
	return 0
}

// Neutral is the shipped prior: nine to five with soft edges.
func Neutral() Prior {
	p := Prior{
		Name:       "neutral-1",
		PoolWeight: 15,
		SlotWeight: 120,
		Active: [Classes]Coef{
			{-.120, .179, -.019, .008, .543},
			{-2.002, .520, -.076, .165, .034},
			{-3.733, 1.160, -.090, .211, -.320},
		},
		Visible: [Classes]Coef{
			{-1.233, .027, -.211, -.100, 1.137},
			{-3.939, .173, -.350, .262, .412},
			{-8.771, 1.370, .349, .896, -.440},
		},
	}
	return p.WithHours(neutralDay, neutralRest)
}

// Hours of the day relative to each other, in local time.
var (
	neutralDay = [24]float64{.08, .06, .05, .05, .06, .1, .3, 1, 2.3, 3.2, 3.5, 3.4, 3.1, 3.2,
		3.2, 3.1, 2.7, 1.8, 1, .6, .4, .3, .2, .12}
	neutralRest = [24]float64{.04, .03, .03, .03, .03, .04, .06, .1, .2, .3, .35, .35, .3, .3,
		.3, .3, .3, .28, .25, .22, .2, .16, .1, .06}
)

// WithHours replaces the shape of the week by hours that are relative to each other: one
// list for Monday to Friday, one for the weekend. Between the middles of two hours the
// shape runs straight.
func (p Prior) WithHours(work, rest [24]float64) Prior {
	var sum float64
	for d := range 7 {
		day := &work
		if dayKind(d) == 1 {
			day = &rest
		}
		for s := range daySlots {
			at := (float64(s)+.5)/4 - .5 // in hours from the middle of hour 0
			lo := int(at+24) - 24
			if at < 0 {
				lo = -1
			}
			part := at - float64(lo)
			v := day[(lo+24)%24]*(1-part) + day[(lo+25)%24]*part
			p.week[d*daySlots+s] = v
			sum += v
		}
	}
	for i := range p.week {
		p.week[i] /= sum
	}
	return p
}
