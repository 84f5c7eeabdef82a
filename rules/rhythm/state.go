package rhythm

import "time"

// Step is the grain of a forecast: how fast the daemon reacts to a mail that it sees.
const Step = 5 * time.Minute

// State is how long ago the person was last seen, in steps, up to [Quiet].
type State uint8

// The landmarks among the states. State 0 is "seen within the last step".
const (
	recentFrom State = 4  // 20 minutes
	Quiet      State = 18 // not seen for an hour and a half
	States           = int(Quiet) + 1
)

// recentKept is how many events are remembered for the state.
const recentKept = 8

func (s State) String() string {
	switch {
	case s >= Quiet:
		return "quiet"
	case s >= recentFrom:
		return "recent"
	}
	return "engaged"
}

// Next is the state one step later if no mail is seen in it.
func (s State) Next() State { return min(s+1, Quiet) }

// Seen is the state one step later if a mail is seen in it.
func (s State) Seen() State { return 0 }

// StateAt is the state at an instant, from what was seen up to it.
func (r *Rhythm) StateAt(now time.Time) State {
	r.settle()
	for _, at := range r.know.recent[:min(recentKept, r.know.events)] {
		if at <= now.Unix() {
			return stateOfAge(now.Unix() - at)
		}
	}
	return Quiet
}

func stateOfAge(seconds int64) State {
	return State(min(seconds/int64(Step/time.Second), int64(Quiet)))
}
