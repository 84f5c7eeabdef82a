// Package recap turns a note of a call into a recap: decisions, actions, open questions
// and risks, each with the lines it came from.
//
// The way of a note: its bytes become text (prose.Decode refuses what would arrive
// garbled); layout sets the front matter apart, blanks private parts and cuts the rest
// into units (a heading, a bullet, a paragraph, a table row, a spoken turn), each with its
// lines; the sentences of every unit are weighed by the cues of one table; what weighs
// enough becomes an item, gets an owner and, from when, a day, and says which cues made it.
//
// Nothing is invented: the words of every item stand on its lines. Where the weight is small,
// or a name or day could be two things, the item is asked about (Unasked is false) and
// never enters a mail by itself. The package is pure: it reads no clock and no file, and
// the same note gives the same recap.
package recap

import (
	"time"

	"headsup/rules"
	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// ItemKind says what an item is.
type ItemKind string

// The kinds of items.
const (
	Action   ItemKind = "action"
	Decision ItemKind = "decision"
	Question ItemKind = "question"
	Risk     ItemKind = "risk"
)

// Item is one thing that the note says, with the place where it says it.
type Item struct {
	Kind     ItemKind
	Text     string // one line, markup, marker and speaker removed
	Line     int    // first line of the note, from 1
	EndLine  int    // last line
	Owner    string // of an action: as the note writes it; "" if nobody is named
	Person   string // the full name of the attendee or contact that Owner means, "" if unknown or not one person
	OwnerKey string // the key of the contact that Owner means, "" if none
	Due      string // the words of the note: "by Friday"
	DueDate  string // the day that they mean, "2006-01-02", "" if they mean no single day
	Way      string // of a risk: the proposed way out
	At       string // in a transcript: when it was said, "00:12:31"

	Confidence float64  // 0 to 1
	Cues       []string // the rules that made it an item, strongest first
	Marked     bool     // the note itself names it so: a marker or a heading
	Unasked    bool     // sure enough to enter a mail without a question to the user
	Ask        string   // why it is asked about, in words; "" if Unasked
	Suggested  bool     // proposed by notes.extract_command and supported by its line
}

// Problem is something about a note that its writer should see.
type Problem = layout.Problem

// Recap is what was read in one note.
type Recap struct {
	Title     string
	Date      string // of the meeting, "2006-01-02", "" if unknown
	Attendees []string
	Items     []Item
	Done      []Item // what the note reports as done: ticked, struck out, or said; for [Carry]

	// Of the front matter only; never from the text of the note.
	To       []string       // keys of managers as written
	Kind     rules.Kind     // "" if not said
	Priority rules.Priority // "" if not said
	By       string         // the latest moment as written, "" if not said
	ByDate   string         // its day, "" if none

	Context  string // one line that says what the meeting was about, "" if the note has none
	Problems []Problem
}

// Contact is a person whom the user knows.
type Contact struct {
	Name    string
	Aliases []string // short names, initials, handles
	Key     string
}

// Options are what the note itself does not say.
type Options struct {
	Fallback time.Time // the time of the file in the user's zone, for a note without a date
	Contacts []Contact
	Self     string  // the user's name: "I will" is theirs
	DayFirst bool    // 3/4 is the third of April
	Previous []Recap // of the same meeting, newest last; for [Contradictions]
}

// What is read at most, and the errors that tell why a note cannot be read at all.
const (
	MaxNote       = prose.MaxNote
	MaxTranscript = prose.MaxTranscript
)

// Errors of [Read].
var (
	ErrTooLarge = prose.ErrTooLarge
	ErrNotText  = prose.ErrNotText
	ErrSealed   = prose.ErrSealed
)
