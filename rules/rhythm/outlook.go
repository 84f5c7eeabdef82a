package rhythm

import (
	"math"
	"time"
)

// Outlook is [Forecast.Chance] in the state Quiet alone, for so many steps from now: what a
// look beyond the next hours needs, at a fraction of the work.
func (r *Rhythm) Outlook(now time.Time, steps int) []float64 {
	out := make([]float64, steps)
	m := r.model(now)
	e := m.open(&r.prior.Active)
	odds, slope := e.odds[Classes-1], e.slope[moodOf(Classes-1)]
	last, until := -1, int64(0)
	var off int64
	for k := range out {
		at := now.Unix() + int64(k)*int64(Step/time.Second)
		if at >= until {
			off = int64(r.know.zone.offset(at))
			until = at - at%900 + 900
		}
		slot := slotOf(at/60 + off + 5)
		if slot == last {
			out[k] = out[k-1]
			continue
		}
		last = slot
		x := m.x(slot)
		o := odds * math.Exp(slope[0]*x+slope[1]*x*x/4)
		out[k] = o / (1 + o)
	}
	return out
}
