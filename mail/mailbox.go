package mail

import (
	"context"
	"errors"
	"time"
)

// Folder is the part that a folder plays, whatever its name on the server is
// (special-use attributes, RFC 6154).
type Folder string

// The folders that headsup reads and writes.
const (
	Inbox    Folder = "inbox"
	Drafts   Folder = "drafts"
	Sent     Folder = "sent"
	Queue    Folder = "headsup"     // a draft moved here is approved
	QueueNow Folder = "headsup-now" // approved and urgent
	All      Folder = "all"         // Gmail: every message; elsewhere not present
)

// Ref points at exactly one message. A UID means something only together with the
// validity of its folder (UIDVALIDITY, RFC 9051 section 2.3.1.1); a store
// without UIDs uses any name that it never gives to another message.
type Ref struct {
	Folder   Folder
	Validity string
	UID      string
}

// IsZero reports whether r points at nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Flags are the system flags of RFC 9051 section 2.3.2 that matter here.
type Flags struct {
	Seen, Answered, Flagged, Draft, Deleted bool
}

// Header is what headsup reads of a message without reading its text: enough to see
// who wrote when, in which thread, and whether a person wrote it at all.
type Header struct {
	Ref        Ref
	Flags      Flags
	Size       int64
	Received   time.Time // INTERNALDATE
	Date       time.Time // Date field, in the offset that the sender's client wrote
	ID         MessageID
	InReplyTo  []MessageID
	References []MessageID
	From       Party
	To         []Party
	Cc         []Party
	Subject    string
	Importance Importance
	Token      string // X-Headsup-Token, if the client kept it
	Auto       bool   // RFC 3834 Auto-Submitted, Precedence: bulk, X-Autoreply
	List       bool   // RFC 2919 List-Id or RFC 2369 List-Unsubscribe
	Calendar   bool   // an iTIP request or answer (RFC 6047)
	Report     bool   // multipart/report: a bounce or a receipt (RFC 6522)
}

// Cursor says how far a folder was read. It is opaque, belongs to one folder of one
// mailbox, and may be stored. The empty cursor is the beginning.
type Cursor string

// Query finds messages. Empty fields do not restrict; at least one must be set.
type Query struct {
	ID    MessageID
	Token string
}

// Errors of a [Mailbox]. Everything else means that the mailbox could not be reached
// or did not understand, and nothing is known about what was asked.
var (
	// ErrGone: the message is not where the Ref says, or the validity changed.
	ErrGone = errors.New("message is no longer there")
	// ErrNoFolder: this mailbox has no such folder.
	ErrNoFolder = errors.New("no such folder")
	// ErrUnknownOutcome: a change was asked for, and whether it happened is unknown.
	ErrUnknownOutcome = errors.New("outcome unknown")
)

// Profile says what a mailbox and its provider do by themselves. It is configured or
// measured by `headsup doctor --send-test`; unknown is the careful answer.
type Profile struct {
	FilesSent Answer // the server puts a submitted message into Sent by itself
	KeepsID   Answer // the submission server keeps our Message-ID
}

// Answer is yes, no, or not known.
type Answer string

// The answers.
const (
	Unknown Answer = ""
	Yes     Answer = "yes"
	No      Answer = "no"
)

// Mailbox is one person's store of messages. Every implementation passes the suite in
// mail/mailboxtest. Methods may be called from several goroutines; each one obeys its
// context. Folders Queue and QueueNow are made when they are missing; the others are
// never created under a guessed name.
type Mailbox interface {
	// List returns the headers of all messages that are in a folder now, oldest
	// first. It is meant for small folders (Drafts, Queue).
	List(ctx context.Context, f Folder) ([]Header, error)

	// Since calls fn for every message that came into the folder after the cursor,
	// oldest first, and returns the cursor behind the last one that fn took. When the
	// folder was rebuilt (another validity) it starts again at the beginning, so fn
	// must accept what it saw before. An error of fn ends the walk and is returned.
	Since(ctx context.Context, f Folder, c Cursor, fn func(Header) error) (Cursor, error)

	// Read returns the bytes of a message. [ErrGone] if it is not there.
	Read(ctx context.Context, r Ref) ([]byte, error)

	// Append stores a message and returns where. It is durable when it returns nil.
	// [ErrUnknownOutcome] if the connection broke after the bytes left: the caller
	// searches by token before it appends again.
	Append(ctx context.Context, f Folder, raw []byte, flags Flags) (Ref, error)

	// Find returns all messages of a folder that match, oldest first.
	Find(ctx context.Context, f Folder, q Query) ([]Ref, error)

	// Move takes a message to another folder and returns its new place.
	Move(ctx context.Context, r Ref, to Folder) (Ref, error)

	// Remove deletes exactly this message and no other; [ErrGone] if it is not there.
	Remove(ctx context.Context, r Ref) error

	// Watch blocks until something may have changed in the folders, the context ends,
	// or the connection breaks. Spurious returns are allowed; a missed change is not,
	// except while Watch is not being called (callers list after it returns).
	Watch(ctx context.Context, folders ...Folder) error

	// Profile says what this mailbox does by itself.
	Profile() Profile

	// Close releases what is held. Pending calls fail.
	Close() error
}
