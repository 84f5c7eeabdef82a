package window

import (
	"time"

	"headsup/calendar/timeline"
	"headsup/rules"
	"headsup/rules/rhythm"
)

// Input is everything that a plan is made of.
type Input struct {
	Now      time.Time
	Managers map[string]Manager
	Messages []Message
	Sent     []Sent // what left lately, for the budget of the day and the gap
}

// Manager is one manager as the planner sees him or her.
type Manager struct {
	Name          string // as sentences use it: "Dana"
	Zone          *time.Location
	Timeline      timeline.Timeline
	Rhythm        *rhythm.Rhythm // nil: nothing is known yet
	MaxPerDay     int            // mails a day; 0: no budget
	MinGap        time.Duration  // between two mails; 0: none
	Earliest      timeline.Clock // the user's own limits, in the manager's zone; 0, 0: none
	Latest        timeline.Clock
	UrgentAtNight bool
}

// Message is what the planner must know of an approved message. It sees no text.
type Message struct {
	ID        int64
	Managers  []string // keys of Input.Managers in To, in order; the rhythm of the first counts
	Kind      rules.Kind
	Priority  rules.Priority
	Approved  time.Time // when it could first have gone
	NotBefore time.Time // zero: at once
	By        time.Time // zero: no deadline
	Now       bool      // a person said "now": every limit is skipped, and that is said
	Previous  *rules.Choice
	Moves     int // times it was planned again today
}

// Sent is a message that left.
type Sent struct {
	Managers []string
	At       time.Time
}

// Decision is what the plan says about one message.
type Decision struct {
	ID      int64
	Choice  *rules.Choice  // nil: nothing fits, Because says why
	Expired bool           // the deadline passed
	Moved   bool           // Choice differs from Previous in its time
	Because []rules.Reason // why it moved, expired, or found no time
}

// Verdict is the answer of Check.
type Verdict struct {
	Go  bool
	Why rules.Reason // why not, or that all holds
}
