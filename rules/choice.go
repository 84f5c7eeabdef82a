package rules

import "time"

// Choice is a chosen time with everything that explains it. It is made once, stored,
// and then only read.
type Choice struct {
	At          time.Time    `json:"at"`     // UTC
	Until       time.Time    `json:"until"`  // the window ends here; a later moment is planned again
	Zone        string       `json:"zone"`   // IANA zone in which the manager's day was judged
	Chance      float64      `json:"chance"` // that the manager is at the mail within 30 minutes; -1: unknown
	Reasons     []Reason     `json:"reasons"`
	RunnerUp    *Alternative `json:"runner_up,omitempty"`
	WouldChange []Reason     `json:"would_change,omitempty"`
	Basis       string       `json:"basis"` // versions of the timelines, rhythm and policy that it rests on
}

// Alternative is a time that was not chosen, and why.
type Alternative struct {
	At     time.Time `json:"at"`
	Chance float64   `json:"chance"`
	Text   string    `json:"text"`
}
