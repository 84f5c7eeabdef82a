package title

// Memo remembers what titles mean: the instances of a series share one, and a calendar is
// looked at again and again. It is not for several goroutines at once.
type Memo struct{ known map[string]Kind }

// Read is [Read], once for each title.
func (m *Memo) Read(s string) Kind {
	const enough = 10_000
	k, ok := m.known[s]
	if ok {
		return k
	}
	if m.known == nil || len(m.known) >= enough {
		m.known = map[string]Kind{}
	}
	k = Read(s)
	m.known[s] = k
	return k
}
