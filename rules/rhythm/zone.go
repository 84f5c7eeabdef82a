package rhythm

import "time"

// Travel: a changed offset is believed when it lasts.
const (
	maxOffset   = 14 * 60 // minutes; nobody lives further from UTC
	travelMails = 3
	summerTime  = 60 // minutes; a change this small is believed at once: it costs little if it is wrong
)

// clampOffset keeps what cannot be an offset recognisable in 16 bits.
func clampOffset(minutes int) int {
	const unreadable = 1 << 14
	if minutes > maxOffset || minutes < -maxOffset {
		return unreadable
	}
	return minutes
}

// zone is where the person lives now: a home zone, and how far they are from it.
type zone struct {
	home    *time.Location // nil: unknown
	away    int            // minutes that are added to the home offset
	settled bool           // some offset was believed
	rival   int            // an offset that is not yet believed
	mails   int            // that carried it, in a row
	firstAt int64          // first of them
}

func newZone(home *time.Location) zone { return zone{home: home, settled: home != nil} }

// offset is the offset at an instant, in minutes east of UTC.
func (z *zone) offset(at int64) int {
	if z.home == nil {
		return z.away
	}
	_, sec := time.Unix(at, 0).In(z.home).Zone()
	return sec/60 + z.away
}

// see weighs the offset of one mail: three mails on two days make a move, one mail is
// enough to come home.
func (z *zone) see(m mark) {
	off := int(m.offset)
	if off > maxOffset || off < -maxOffset {
		return
	}
	change := off - z.offset(m.at)
	away := z.away + change
	switch {
	case change == 0:
		z.mails = 0
	case !z.settled, z.home != nil && away == 0, -summerTime <= change && change <= summerTime:
		z.away, z.settled, z.mails = away, true, 0
	case z.mails > 0 && z.rival == away:
		z.mails++
		if z.mails >= travelMails && m.at/86400 != z.firstAt/86400 {
			z.away, z.mails = away, 0
		}
	default:
		z.rival, z.mails, z.firstAt = away, 1, m.at
	}
}
