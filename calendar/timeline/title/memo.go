package title

import "strings"

// Memo remembers what titles mean: the instances of a series share one, and a calendar is
// looked at again and again. It is not for several goroutines at once.
type Memo struct{ known map[string]Kind }

// What is remembered: so many titles, of at most so many bytes.
const (
	enough  = 10_000
	longest = 200
)

// Read is [Read], once for each title.
func (m *Memo) Read(s string) Kind {
	k, ok := m.known[s]
	if ok {
		return k
	}
	if len(s) > longest {
		return Read(s)
	}
	if m.known == nil || len(m.known) >= enough {
		m.known = map[string]Kind{}
	}
	k = Read(s)
	m.known[strings.Clone(s)] = k // s may be a piece of a whole calendar, which would stay with it
	return k
}
