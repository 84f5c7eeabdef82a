package ledger

import (
	"strconv"
	"time"

	"headsup/mail"
	"headsup/rules"
)

// ID numbers a message in the ledger. People type it, so it is short.
type ID int64

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Origin says where a message came from.
type Origin string

// The origins. Own and CLI messages were written by the user; their people are the
// ones that the user addressed.
const (
	FromNote    Origin = "note"    // headsup wrote it from a note
	FromCommand Origin = "command" // headsup wrote it for `headsup queue add`
	FromMailbox Origin = "mailbox" // the user wrote it and moved it into the queue folder
)

// Hold keeps a message where it is, beside its state. The zero value is no hold.
type Hold struct {
	Code string `json:"code,omitempty"` // HoldUser, HoldEvidence, …
	Text string `json:"text,omitempty"` // for a person
}

// Codes of holds.
const (
	HoldUser      = "user"           // a person said hold
	HoldAnswered  = "answered-first" // the manager wrote first
	HoldEvidence  = "evidence"       // whether it was sent cannot be known
	HoldJournal   = "journal"        // the journal knows a gate that the ledger does not
	HoldRecipient = "recipient"      // the server refused one of the recipients
	HoldContent   = "content"        // the stored bytes are not what was approved
	HoldAccount   = "account"        // its account is no longer configured
	HoldLookAlike = "look-alike"     // an address that resembles a known one
	HoldFault     = "fault"          // headsup has a fault that shows with this message
)

// NoWindow is the code of the hold of a message for which no time was found. It ends by
// itself when there is one.
const NoWindow = "no-window"

// Message is one mail in headsup's care: what is known about it, without its bytes.
type Message struct {
	ID          ID
	Version     int64 // grows with every change; a guard against acting on an old view
	State       State
	Hold        Hold
	Origin      Origin
	Note        string   // hash of the note it was made from, "" if none
	Account     string   // submission account it belongs to
	Managers    []string // keys of the managers in To, in order; the first one's rhythm counts
	Kind        rules.Kind
	Priority    rules.Priority
	Because     []rules.Reason // rules that set kind, priority, approval
	From        mail.Address
	Recipients  []mail.Address // envelope as approved, or as drafted
	Subject     string
	MessageID   mail.MessageID
	Token       string
	Draft       mail.Ref  // where the draft lies in the mailbox, zero if nowhere
	Starred     bool      // the draft carried a star at the last look
	Content     mail.Hash // of the content as it is now
	Approval    Approval  // zero unless somebody said yes
	NotBefore   time.Time // set by the user, zero if not
	By          time.Time // deadline set by the user, zero if none
	Choice      *rules.Choice
	Moves       int       // times planned again today
	MovesDay    string    // the day that Moves counts
	Attempt     int       // number of the last attempt
	RetryAt     time.Time // not before, after a temporary failure
	Waits       string    // why it did not go although it was due, "" if it was not put off
	WireHash    mail.Hash // of the bytes of the last attempt
	RcptHash    mail.Hash // of the envelope of the last attempt
	Gated       bool      // the last attempt passed its gate
	Replan      bool      // the user's wishes changed; the choice is void until the planner chose again
	Doubted     time.Time // since when it is uncertain
	Looks       int       // searches for evidence since then
	CancelAsked time.Time
	Created     time.Time
	Changed     time.Time
	Baseline    mail.Hash        // content as the mailbox gave it back when the draft was put there
	AutoRule    string           // the rule of the user that approves it, "" asks
	Thread      []mail.MessageID // In-Reply-To and References of its content
	Series      string           // the calendar event, with all its repetitions, that it is about; "" if none
}

// Held reports whether the message is kept back.
func (m Message) Held() bool { return m.Hold.Code != "" }

// Approval is the yes of a person or of a rule that a person wrote.
type Approval struct {
	Content mail.Hash // what was approved
	By      string    // "move", "flag", "command", "rule:NAME"
	At      time.Time
}

// Who says yes: the values of Approval.By. A rule is "rule:" and its name.
const (
	ByMove    = "move"
	ByStar    = "flag"
	ByCommand = "command"
)

// Wakes are the earliest moments at which each part of the outbox has something to do;
// zero if it has nothing.
type Wakes struct {
	Send time.Time // a scheduled message is due
	Look time.Time // evidence is to be sought
	Tidy time.Time // a task is due
}

// Attempt is one try to hand a message over, written before the network is touched.
type Attempt struct {
	Message  ID
	N        int
	Started  time.Time
	WireHash mail.Hash
	RcptHash mail.Hash
	Ended    time.Time
	Outcome  mail.Outcome
	Stage    mail.Stage
	Code     int
	Reply    string
	Err      string
}

// Receipt is evidence about a message that left.
type Receipt struct {
	Message ID
	Kind    ReceiptKind
	At      time.Time
	Text    string // reply of the server, folder where it was found, diagnostic code
	Ref     mail.Ref
}

// ReceiptKind says what the evidence is.
type ReceiptKind string

// The kinds of receipts.
const (
	ReceiptAccepted ReceiptKind = "accepted" // the server's 2xx
	ReceiptFiled    ReceiptKind = "filed"    // seen in Sent
	ReceiptByHand   ReceiptKind = "by-hand"  // the user sent the draft
	ReceiptSaid     ReceiptKind = "said"     // a person says it arrived
	ReceiptBounced  ReceiptKind = "bounced"
	ReceiptAnswered ReceiptKind = "answered"
)

// Entry is one line of the trail: append-only, searchable, exportable.
type Entry struct {
	Seq     int64
	At      time.Time
	Message ID     // 0: not about a message
	Note    string // "": not about a note
	Actor   string // "headsup", "user", "rule:NAME", "server"
	Event   string // "approved", "scheduled", "sent", "recorded", …
	Text    string
	Hash    string // chain over all entries
}

// Sighting is what is kept of a manager's mail: when, in which offset, and how fast it
// answered. No content, no subject.
type Sighting struct {
	Manager string
	At      time.Time
	Offset  int           // minutes east of UTC that the client wrote
	Delay   time.Duration // from the mail that it answers, 0 if it answers none of ours
	Ref     string        // Message-ID hash, so that one mail counts once
}
