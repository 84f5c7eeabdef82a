package rhythm

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Times that shape what is counted.
const (
	weekSeconds   = 7 * 86400
	halfLifeWeeks = 10      // a week ten weeks ago weighs half
	burst         = 60      // seconds; mails this close are one event
	follow        = 30 * 60 // seconds; a mail within it counts as a follow-up
	maxMarks      = 16384   // beyond it the older half is dropped; by then it weighs nothing
)

// mark is one sighting as it is kept: when, and in which offset.
type mark struct {
	at     int64
	offset int16
}

// believable keeps weights, which double every ten weeks, within what a float can hold.
func (m mark) believable() bool {
	const from, to = 631152000, 4102444800 // 1990 and 2100
	return m.at >= from && m.at < to
}

func (m mark) hash() uint64 { return uint64(m.at)*0x9e3779b97f4a7c15 + uint64(uint16(m.offset)) }

// insert keeps a mark in order of time and reports whether it was new. Two mails in one
// second are one sighting.
func (r *Rhythm) insert(m mark) bool {
	n := len(r.marks)
	if n > 0 && m.at <= r.marks[n-1].at {
		return r.squeeze(m)
	}
	r.marks = append(r.marks, m)
	r.sum += m.hash()
	r.trim()
	return true
}

// squeeze puts a mark between earlier ones.
func (r *Rhythm) squeeze(m mark) bool {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].at >= m.at })
	old := r.marks[i]
	if old.at == m.at && old.offset <= m.offset {
		return false // of two offsets the smaller wins, so that the order does not matter
	}
	if r.lent {
		r.marks, r.lent = slices.Clone(r.marks), false
	}
	r.stale = true
	r.sum += m.hash()
	if old.at == m.at {
		r.sum -= old.hash()
		r.marks[i] = m
		return false
	}
	r.marks = slices.Insert(r.marks, i, m)
	r.trim()
	return true
}

// trim drops the older half when there is too much.
func (r *Rhythm) trim() {
	if len(r.marks) <= maxMarks {
		return
	}
	r.marks, r.lent = append(make([]mark, 0, maxMarks), r.marks[len(r.marks)-maxMarks/2:]...), false
	r.sum = 0
	for _, m := range r.marks {
		r.sum += m.hash()
	}
	r.since = max(r.since, r.marks[0].at)
	r.stale = true
}

// knowledge is everything that is derived from the marks, one by one in order of time.
// Weights grow with time instead of old counts shrinking, so that nothing has to be
// touched when time passes: the weight of an event at t is 2^((t-anchor)/half-life).
type knowledge struct {
	zone      zone
	anchor    int64
	events    int
	lastMark  int64
	lastEvent int64
	lastBlock int64   // quarter hour, in local time, of the last counted event
	smooth    week    // counts, smoothed, in growing weights
	total     float64 // sum of the same
	mails     float64 // events, in growing weights
	followed  float64 // of those, followed by another within half an hour
	recent    [recentKept]int64
}

func newKnowledge(home *time.Location) knowledge {
	return knowledge{zone: newZone(home), lastBlock: math.MinInt64}
}

// learn takes the next mark in order of time.
func (k *knowledge) learn(m mark) {
	if k.events == 0 {
		k.anchor = m.at
	}
	k.zone.see(m)
	near := k.events > 0 && m.at-k.lastMark <= burst
	k.lastMark = m.at
	if near {
		return
	}
	w := k.weight(m.at)
	if k.events > 0 && m.at-k.lastEvent <= follow {
		k.followed += k.weight(k.lastEvent)
	}
	k.mails += w
	k.events++
	k.lastEvent = m.at
	copy(k.recent[1:], k.recent[:])
	k.recent[0] = m.at
	k.count(m.at, w)
}

// count adds an event to its quarter hour, once however many there are in it.
func (k *knowledge) count(at int64, w float64) {
	block := floorDiv(at/60+int64(k.zone.offset(at)), slotMinutes)
	if block == k.lastBlock {
		return
	}
	k.lastBlock = block
	k.total += w
	k.smooth.spread(slotOfBlock(block), w)
}

func (k *knowledge) weight(at int64) float64 {
	return math.Exp2(float64(at-k.anchor) / (weekSeconds * halfLifeWeeks))
}

// fade turns growing weights into weights as of now.
func (k *knowledge) fade(now int64) float64 {
	if k.events == 0 {
		return 0
	}
	return math.Exp2(-float64(now-k.anchor) / (weekSeconds * halfLifeWeeks))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// seenIn reports whether a mail was seen in a stretch of time.
func (r *Rhythm) seenIn(from, seconds int64) bool {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].at >= from })
	return i < len(r.marks) && r.marks[i].at < from+seconds
}
