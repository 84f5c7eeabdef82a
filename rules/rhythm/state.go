package rhythm

import "time"

// Step is the grain of a forecast: how fast the daemon reacts to a mail that it sees.
const Step = 5 * time.Minute

// State is where the person stands: how many steps ago they were last seen, and in how
// lively a spell of mail. Two numbers in one, so that a plan can hold one bit for each.
type State uint8

// The limits of a state.
const (
	ages       = 12 // steps after which a person counts as quiet: an hour
	recentFrom = 4  // steps after which they are no longer engaged: 20 minutes
	levels     = 5  // one event in the spell, two, … five or more

	// Quiet: not seen for an hour.
	Quiet State = levels * ages
	// States is the number of states.
	States = int(Quiet) + 1
)

func stateOf(age, level int) State {
	if age >= ages {
		return Quiet
	}
	return State(min(level, levels)-1)*ages + State(age)
}

func (s State) age() int   { return int(s) % ages }
func (s State) level() int { return int(s)/ages + 1 }

func (s State) String() string {
	switch {
	case s >= Quiet:
		return "quiet"
	case s.age() >= recentFrom:
		return "recent"
	}
	return "engaged"
}

// Next is the state one step later if no mail is seen in it.
func (s State) Next() State {
	if s >= Quiet || s.age() == ages-1 {
		return Quiet
	}
	return s + 1
}

// Seen is the state one step later if a mail is seen in it.
func (s State) Seen() State {
	if s >= Quiet {
		return 0
	}
	return stateOf(0, s.level()+1)
}

// recentKept is how many events are remembered for the state: enough to fill a spell,
// and some that may lie after the moment asked about.
const recentKept = 8

// StateAt is the state at an instant, from what was seen up to it. A spell is a row of
// events none of which is an hour from the one before.
func (r *Rhythm) StateAt(now time.Time) State {
	r.settle()
	t, level, age := now.Unix(), 0, 0
	for _, at := range r.know.recent[:min(recentKept, r.know.events)] {
		if at > t {
			continue
		}
		gap := int((t - at) / int64(Step/time.Second))
		if gap >= ages {
			break
		}
		if level == 0 {
			age = gap
		}
		level++
		t = at
	}
	if level == 0 {
		return Quiet
	}
	return stateOf(age, level)
}

// Run is a row of states of one class: each is followed by the next, the last by Then;
// a mail that is seen leads from all of them to Seen.
type Run struct {
	First, Last State
	Class       int
	Then, Seen  State
}

// Classes of states share their chances: three spans of age while engaged and two while
// recent, in every level, and quiet. Moods are groups of classes that differ in nothing
// but a constant: engaged, recent and quiet.
const (
	Classes = (engagedSpans+recentSpans)*levels + 1
	Moods   = 3

	engagedSpans = 3 // the first step, the second, the two after
	recentSpans  = 2 // up to 45 minutes, up to an hour
)

// ClassOf puts a state in its class, MoodOf a class in its mood.
func ClassOf(s State) int { return int(classes[s]) }

// MoodOf puts a class in its mood: 0 engaged, 1 recent, 2 quiet.
func MoodOf(class int) int { return moodOf(class) }

func moodOf(class int) int {
	switch {
	case class < engagedSpans*levels:
		return 0
	case class < Classes-1:
		return 1
	}
	return 2
}

// classes lists the class of every state.
var classes = classTable()

func classTable() (t [States]uint8) {
	for s := range State(States) {
		t[s] = uint8(spanOf(s.age())*levels + s.level() - 1)
	}
	t[Quiet] = Classes - 1
	return t
}

// spanOf puts an age in its span.
func spanOf(age int) int {
	switch {
	case age >= 9:
		return 4
	case age >= recentFrom:
		return 3
	}
	return min(age, 2)
}

// runs cuts the states into rows.
func runs() (out []Run) {
	for s := range State(States) {
		if n := len(out); n > 0 && out[n-1].Class == ClassOf(s) && out[n-1].Last.Next() == s {
			out[n-1].Last, out[n-1].Then = s, s.Next()
			continue
		}
		out = append(out, Run{First: s, Last: s, Class: ClassOf(s), Then: s.Next(), Seen: s.Seen()})
	}
	return out
}
