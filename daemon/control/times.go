package control

import (
	"time"

	"headsup/rules"
)

// WindowsQuery asks for windows.
type WindowsQuery struct {
	Manager  string         // key; empty: all
	Days     int            // how far ahead; 0: a week
	Priority rules.Priority // empty: normal
}

// Windows is when one manager is likely to answer.
type Windows struct {
	Manager string         `json:"manager"`
	Zone    string         `json:"zone"`
	Seen    int            `json:"seen"`    // mails of the manager that the rhythm rests on
	Answers int            `json:"answers"` // how many of them answered a message of this ledger
	Basis   []rules.Reason `json:"basis"`   // how sure this is, in words
	Next    []Window       `json:"next"`
	// Week is the chance that the manager is at the mail within half an hour, by
	// quarter of an hour, from Monday 00:00 in the manager's zone: 672 values. Empty
	// if nothing is known.
	Week []float64 `json:"week,omitempty"`
}

// Window is a stretch of time in which a message may go.
type Window struct {
	Start   time.Time      `json:"start"`
	End     time.Time      `json:"end"`
	Chance  float64        `json:"chance"` // -1: unknown
	Reasons []rules.Reason `json:"reasons"`
}

// TimelineQuery asks for a stretch of the timeline.
type TimelineQuery struct {
	Manager string    // key; empty: all
	From    time.Time // zero: now
	Days    int       // 0: a week
}

// Timeline is one manager's time.
type Timeline struct {
	Manager string         `json:"manager"`
	Zone    string         `json:"zone"`
	Spans   []Span         `json:"spans"`
	Notes   []rules.Reason `json:"notes"` // what is stale, what could not be read
}

// Span is a stretch of a manager's time.
type Span struct {
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	State      string    `json:"state"` // free, meeting, focus, away, off-hours
	Source     string    `json:"source"`
	Title      string    `json:"title,omitempty"`
	Confidence float64   `json:"confidence,omitempty"`
	AsOf       time.Time `json:"as_of,omitzero"`
}

// CalendarRequest names a calendar of the configuration.
type CalendarRequest struct {
	Name string `json:"name"`
}

// Calendar is what is known of one calendar.
type Calendar struct {
	Name    string    `json:"name"`
	Manager string    `json:"manager"`
	Kind    string    `json:"kind"`
	AsOf    time.Time `json:"as_of,omitzero"` // last successful read
	Stale   bool      `json:"stale"`
	Events  int       `json:"events"`
	Faults  []string  `json:"faults,omitempty"`
	Err     string    `json:"err,omitempty"`
}

// FocusBlock is a stretch of the week that is taken for focus time.
type FocusBlock struct {
	ID         string         `json:"id"`
	Manager    string         `json:"manager"`
	Text       string         `json:"text"` // "Tuesdays 13:00-15:00"
	Declared   bool           `json:"declared"`
	Focus      bool           `json:"focus"` // taken for focus time; false: a candidate that is not
	Confidence float64        `json:"confidence"`
	Evidence   []rules.Reason `json:"evidence"`
	Answer     string         `json:"answer,omitempty"` // "yes" or "no" as the user said
}

// FocusAnswer is what the user says about a block.
type FocusAnswer struct {
	ID     string `json:"id"`
	Answer string `json:"answer"` // "yes", "no", or "" to take an answer back
}
