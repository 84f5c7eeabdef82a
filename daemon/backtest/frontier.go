package backtest

import "sort"

// tally is what one policy earned, averaged.
type tally struct {
	delay               float64 // mean, hours
	hit15, hit30, hit60 float64
	wait                float64 // hours from landing to the next sign of life, at most waitCap
	attention           float64 // hours from writing to that sign, at most waitCap more than the delay
}

// waitCap bounds a wait, in hours, so that one holiday does not make the mean.
const waitCap = 72

func (a *tally) add(b tally, w float64) {
	a.delay += w * b.delay
	a.hit15 += w * b.hit15
	a.hit30 += w * b.hit30
	a.hit60 += w * b.hit60
	a.wait += w * b.wait
	a.attention += w * b.attention
}

// frontier is the upper concave envelope of policies over mean delay: whoever has two of
// them can toss a coin for each message and gets every point between.
func frontier(points []tally) []tally {
	ps := append([]tally(nil), points...)
	sort.Slice(ps, func(i, j int) bool {
		if ps[i].delay != ps[j].delay {
			return ps[i].delay < ps[j].delay
		}
		return ps[i].hit30 > ps[j].hit30
	})
	var hull []tally
	for _, p := range ps {
		if len(hull) > 0 && p.hit30 <= hull[len(hull)-1].hit30 {
			continue // slower and no better
		}
		for len(hull) > 1 && under(hull[len(hull)-2], hull[len(hull)-1], p) {
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, p)
	}
	return hull
}

// under reports whether b lies on or below the line from a to c.
func under(a, b, c tally) bool {
	return (b.hit30-a.hit30)*(c.delay-a.delay) <= (c.hit30-a.hit30)*(b.delay-a.delay)
}

// within is the best mix of the envelope with at most this mean delay.
func within(hull []tally, budget float64) tally {
	i := sort.Search(len(hull), func(i int) bool { return hull[i].delay > budget })
	if i == 0 {
		return hull[0]
	}
	if i == len(hull) {
		return hull[i-1]
	}
	a, b := hull[i-1], hull[i]
	part := (budget - a.delay) / (b.delay - a.delay)
	var mix tally
	mix.add(a, 1-part)
	mix.add(b, part)
	return mix
}
