package ledger

import "time"

// Note is a file of call notes as it was taken in.
type Note struct {
	Hash     string // SHA-256 of the bytes, in hexadecimal; names the note
	Path     string // relative to the folder
	Data     []byte
	Modified time.Time
	Taken    time.Time
	State    NoteState
	Why      string // for a person: why it is where it is
	Gone     bool   // the file is no longer there
}

// NoteState is where a note stands. Every note is in exactly one.
type NoteState string

// The states of a note.
const (
	NoteNew     NoteState = "new"     // taken in, no draft yet
	NoteDrafted NoteState = "drafted" // a message was made from it
	NoteEmpty   NoteState = "empty"   // nothing in it to recap
	NoteOld     NoteState = "old"     // older than headsup; not drafted unless asked
	NoteHeld    NoteState = "held"    // a person must decide something first; Why says what
	NoteBad     NoteState = "bad"     // cannot be read as a note; Why says why
)
