package ledger

import (
	"time"

	"headsup/mail"
)

// Note is a file of the intake: what was read, and what became of it.
type Note struct {
	Hash     mail.Hash // of the bytes; names the note
	Path     string    // relative to the folder, as data
	State    NoteState
	Why      string // for a person: why it was skipped, what is missing
	Message  ID     // the message that was made of it, 0 if none yet
	Bytes    []byte // as read; empty in lists
	Size     int64
	Modified time.Time // of the file
	Seen     time.Time // taken in
	Gone     time.Time // the file was found missing; zero: it is there
}

// NoteState says what became of a note. Every note is in exactly one state.
type NoteState string

// The states of a note.
const (
	NoteSeen    NoteState = "seen"    // stored, nothing made of it yet
	NoteDrafted NoteState = "drafted" // a message was made of it
	NoteSkipped NoteState = "skipped" // nothing to be made of it, see Why
	NoteAsks    NoteState = "asks"    // a person must say something first
)
