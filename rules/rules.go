// Package rules holds the values that decisions share: what a message is for, how
// urgent it is, and the reasons that are given for what was decided. The packages below
// are pure: they are told the time, they read nothing, and the same input gives the
// same choice in the same words.
package rules

import (
	"fmt"
	"slices"
)

// Kind says what a message is for.
type Kind string

// The kinds. The last four are reserved: they parse, but nothing makes them yet.
const (
	Recap    Kind = "recap"
	HeadsUp  Kind = "heads-up"
	Question Kind = "question"
	Update   Kind = "update"

	Report   Kind = "report"
	Agenda   Kind = "agenda"
	Nudge    Kind = "nudge"
	Feedback Kind = "feedback"
)

// Kinds lists the kinds that can be used today.
func Kinds() []Kind { return []Kind{Recap, HeadsUp, Question, Update} }

// ParseKind reads a kind by its name.
func ParseKind(s string) (Kind, error) {
	if slices.Contains(Kinds(), Kind(s)) {
		return Kind(s), nil
	}
	return "", fmt.Errorf("unknown kind %q: want recap, heads-up, question or update", s)
}

// Priority says what waiting costs.
type Priority string

// The priorities, from patient to immediate.
const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// Priorities lists them in order.
func Priorities() []Priority { return []Priority{Low, Normal, High, Urgent} }

// ParsePriority reads a priority by its name.
func ParsePriority(s string) (Priority, error) {
	if slices.Contains(Priorities(), Priority(s)) {
		return Priority(s), nil
	}
	return "", fmt.Errorf("unknown priority %q: want low, normal, high or urgent", s)
}

// Reason is one sentence that explains a decision, with the numbers in it. The code
// stays the same when the words change.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}
