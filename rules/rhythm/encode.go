package rhythm

import (
	"encoding/json"
	"fmt"
	"time"
)

// formatVersion is written with every saved rhythm.
const formatVersion = 1

// saved is a rhythm on disk: the sightings, from which everything is learned again.
type saved struct {
	Version int     `json:"v"`
	Zone    string  `json:"zone,omitempty"`
	Since   int64   `json:"since,omitempty"`
	At      []int64 `json:"at"`     // seconds after the one before
	Offset  []int16 `json:"offset"` // minutes
}

// MarshalJSON writes the sightings. The prior is not written: it belongs to the program.
func (r *Rhythm) MarshalJSON() ([]byte, error) {
	s := saved{Version: formatVersion, Since: r.since, At: make([]int64, len(r.marks)), Offset: make([]int16, len(r.marks))}
	if r.home != nil {
		s.Zone = r.home.String()
	}
	var last int64
	for i, m := range r.marks {
		s.At[i], s.Offset[i] = m.at-last, m.offset
		last = m.at
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote into a rhythm made by [New], whose prior
// stays.
func (r *Rhythm) UnmarshalJSON(b []byte) error {
	var s saved
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read rhythm: %w", err)
	}
	if s.Version != formatVersion || len(s.At) != len(s.Offset) {
		return fmt.Errorf("read rhythm: format %d with %d times and %d offsets is not known: learn again from the mailbox", s.Version, len(s.At), len(s.Offset))
	}
	home, err := homeOf(s.Zone)
	if err != nil {
		return err
	}
	read := Rhythm{prior: r.prior, home: home, since: s.Since}
	var at int64
	for i := range s.At {
		at += s.At[i]
		m := mark{at: at, offset: int16(clampOffset(int(s.Offset[i])))}
		if !m.believable() {
			return fmt.Errorf("read rhythm: mail %d is from second %d: learn again from the mailbox", i, at)
		}
		read.insert(m)
	}
	read.stale = true
	*r = read
	return nil
}

func homeOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("read rhythm: zone: %w", err)
	}
	return loc, nil
}
