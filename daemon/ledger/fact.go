package ledger

import (
	"time"

	"headsup/calendar"
)

// Copy names one of the byte strings that are kept of a message.
type Copy string

// The copies. Wire is what left, or was about to leave.
const (
	CopyDrafted  Copy = "drafted"
	CopyApproved Copy = "approved"
	CopyWire     Copy = "wire"
)

// Pause keeps everything from going out. The zero value is no pause.
type Pause struct {
	On    bool      `json:"on"`
	Until time.Time `json:"until"` // zero: until a person ends it
	Why   string    `json:"why"`
	By    string    `json:"by"` // "user", "account NAME", "crash loop", "disk"
}

// Active reports whether the pause holds at now.
func (p Pause) Active(now time.Time) bool {
	return p.On && (p.Until.IsZero() || now.Before(p.Until))
}

// Task is something that remains to be done about a message besides its state: to file
// a copy, to remove a draft, to tell the user. Each is a row of its own, tried again
// until it is done, and none can change what the message is.
type Task struct {
	ID      int64
	Message ID // 0: about no message
	Kind    TaskKind
	Cause   string // of a notice: told once for each cause
	Text    string // of a notice
	Due     time.Time
	Tries   int
	Done    time.Time
	Err     string
}

// TaskKind says what a task is.
type TaskKind string

// The kinds of tasks.
const (
	TaskFile   TaskKind = "file"   // find or append the copy in Sent
	TaskRemove TaskKind = "remove" // remove the draft, exactly this one
	TaskTell   TaskKind = "tell"   // one message into the user's own inbox
)

// Calendar is the last good answer of one calendar of one manager.
type Calendar struct {
	Manager  string
	Name     string
	Snapshot calendar.Snapshot
}

// FocusAnswer is what the user said about a block of time that looked like focus.
type FocusAnswer struct {
	Manager string
	Block   string // key of the block: weekday and civil times
	Focus   bool
	At      time.Time
}

// Absence is a time for which an automatic reply says that a manager is away. Nothing
// else of the reply is kept.
type Absence struct {
	Manager    string
	Ref        string // of the reply, so that one counts once
	At         time.Time
	Start, End time.Time
	Last       time.Time // first instant of a last day on which the manager may be back; zero: the end is sure
	Confidence float64
	Why        string
}

// Filter selects messages. Empty fields do not restrict.
type Filter struct {
	States  []State
	Manager string
	Held    *bool
	After   ID        // only larger ids
	Since   time.Time // only changed at or after
	Limit   int
}

// TrailFilter selects lines of the trail.
type TrailFilter struct {
	Message ID
	Event   string
	Since   time.Time
	Until   time.Time
	Newest  bool // newest first
	Limit   int
}
