package rhythm

import "math"

// The week in quarter hours, Monday 00:00 first, in local time.
const (
	slotMinutes = 15
	daySlots    = 24 * 60 / slotMinutes
	weekSlots   = 7 * daySlots
	workDays    = 5
	reach       = 12 // quarter hours to which an event spreads, four times the spread
	spreadSlots = 3  // standard deviation of the smoothing: 45 minutes
)

// week is one number for every quarter hour.
type week [weekSlots]float64

// kernel is the circular Gaussian by which one event is spread; it sums to 1.
var kernel = gaussian()

func gaussian() (k [2*reach + 1]float64) {
	var sum float64
	for i := range k {
		d := float64(i-reach) / spreadSlots
		k[i] = math.Exp(-d * d / 2)
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
	return k
}

func (w *week) spread(slot int, weight float64) {
	for i, g := range kernel {
		w[(slot+i-reach+weekSlots)%weekSlots] += g * weight
	}
}

// slotOfBlock is the slot of the week of a quarter hour counted from the Unix epoch,
// which was a Thursday.
func slotOfBlock(block int64) int {
	s := (block + 3*daySlots) % weekSlots
	if s < 0 {
		s += weekSlots
	}
	return int(s)
}

func slotOf(localMinute int64) int { return slotOfBlock(floorDiv(localMinute, slotMinutes)) }

// shape blends the counts with what is expected of anyone, in two steps: first the
// days of a kind together (Monday to Friday, the weekend), then each quarter hour. The
// few events of the first weeks say what hours somebody keeps long before they say
// anything about Tuesdays.
func (p *Prior) shape(smooth *week, fade, total float64) (f week) {
	n := total * fade
	var pooled [2][daySlots]float64
	for d := range 7 {
		kind := dayKind(d)
		for s := range daySlots {
			pooled[kind][s] += smooth[d*daySlots+s] * fade
		}
	}
	for d := range 7 {
		kind := dayKind(d)
		days := float64([2]int{workDays, 7 - workDays}[kind])
		for s := range daySlots {
			f1 := (pooled[kind][s]/days + p.PoolWeight*p.week[d*daySlots+s]) / (n + p.PoolWeight)
			f[d*daySlots+s] = (smooth[d*daySlots+s]*fade + p.SlotWeight*f1) / (n + p.SlotWeight)
		}
	}
	return f
}

func dayKind(day int) int {
	if day < workDays {
		return 0
	}
	return 1
}
