package window

import (
	"slices"
	"strconv"
)

// group is what is asked of a list of managers for every message to it.
type group struct {
	managers []string
	version  string
	stranger string // a key that no manager has
}

func (p *planning) groupOf(m *Message) *group {
	if p.last != nil && slices.Equal(p.last.managers, m.Managers) {
		return p.last
	}
	key := groupKey(m.Managers)
	g := p.groups[key]
	if g == nil {
		g = &group{managers: m.Managers}
		for _, name := range m.Managers {
			mg, ok := p.in.Managers[name]
			if !ok {
				g.stranger = name
			}
			g.version += mg.version() + " "
		}
		p.groups[key] = g
	}
	p.last = g
	return g
}

// basis names everything that a choice rests on, into memory that the next call reuses.
func (p *planning) basis(m *Message) []byte {
	h := mix(mix(fnvStart, uint64(m.NotBefore.Unix())), uint64(m.By.Unix()))
	h = mix(h, uint64(rank(m)))
	p.buf = append(p.buf[:0], p.groupOf(m).version...)
	p.buf = append(p.buf, 'm')
	p.buf = strconv.AppendUint(p.buf, h, 36)
	return p.buf
}

// fnvStart begins a hash of numbers, mix adds one: FNV-1a by words, with the high half
// folded in so that no bit is lost.
const fnvStart = 14695981039346656037

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 1099511628211
	return h ^ h>>32
}

// version names the timeline, the rhythm and the limits of a manager.
func (m *Manager) version() string {
	v := "t:" + m.Timeline.Version()
	if m.Rhythm != nil {
		v += " " + m.Rhythm.Version()
	}
	h := uint64(fnvStart)
	for _, n := range []int64{int64(m.MaxPerDay), int64(m.MinGap), int64(m.Earliest), int64(m.Latest)} {
		h = mix(h, uint64(n))
	}
	if m.UrgentAtNight {
		h = mix(h, 1)
	}
	return v + " l:" + strconv.FormatUint(h, 36)
}
