package control

import (
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// Info says who is listening.
type Info struct {
	Name    string    `json:"name"` // always "headsup"
	Version string    `json:"version"`
	API     int       `json:"api"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Config  string    `json:"config"`
	State   string    `json:"state"`
}

// Status is how things stand.
type Status struct {
	Now      time.Time            `json:"now"`
	Started  time.Time            `json:"started"`
	Pause    Pause                `json:"pause"`
	Sending  bool                 `json:"sending"` // false: nothing goes out; Troubles says why
	Counts   map[ledger.State]int `json:"counts"`
	Held     int                  `json:"held"`
	Next     *Message             `json:"next,omitempty"` // the next message to go
	Services []Service            `json:"services"`
	Troubles []Trouble            `json:"troubles"`
	Advice   []Advice             `json:"advice,omitempty"`
}

// Advice is something that a person could do about messages that wait. headsup does not do
// it by itself.
type Advice struct {
	Text     string      `json:"text"`
	Do       string      `json:"do"` // how
	Messages []ledger.ID `json:"messages"`
}

// Service is a part of the daemon and the peer that it talks to.
type Service struct {
	Name   string    `json:"name"` // "mailbox", "submission", "calendar dana", "notes"
	OK     bool      `json:"ok"`
	Text   string    `json:"text"`
	LastOK time.Time `json:"last_ok,omitzero"`
}

// Trouble is something that the user was told about and that still holds.
type Trouble struct {
	Cause string    `json:"cause"` // stays the same while the words change
	Text  string    `json:"text"`
	Mend  string    `json:"mend,omitempty"`
	Since time.Time `json:"since"`
}

// Pause is whether sending is stopped.
type Pause struct {
	Paused bool      `json:"paused"`
	Until  time.Time `json:"until,omitzero"` // zero: until somebody resumes
}

// PauseRequest stops sending; a zero time means until somebody resumes.
type PauseRequest struct {
	Until time.Time `json:"until,omitzero"`
}

// Message is one message for a list. [View] makes it.
type Message struct {
	ID         ledger.ID      `json:"id"`
	Version    int64          `json:"version"`
	State      ledger.State   `json:"state"`
	Hold       *ledger.Hold   `json:"hold,omitempty"`
	Origin     ledger.Origin  `json:"origin"`
	Kind       rules.Kind     `json:"kind"`
	Priority   rules.Priority `json:"priority"`
	Managers   []string       `json:"managers"`
	From       mail.Address   `json:"from"`
	Recipients []mail.Address `json:"recipients"`
	Subject    string         `json:"subject"`
	MessageID  mail.MessageID `json:"message_id,omitempty"`
	Content    string         `json:"content"` // hash; a yes must repeat it
	ApprovedBy string         `json:"approved_by,omitempty"`
	ApprovedAt time.Time      `json:"approved_at,omitzero"`
	NotBefore  time.Time      `json:"not_before,omitzero"`
	By         time.Time      `json:"by,omitzero"`
	Choice     *rules.Choice  `json:"choice,omitempty"`
	RetryAt    time.Time      `json:"retry_at,omitzero"`
	Created    time.Time      `json:"created"`
	Changed    time.Time      `json:"changed"`
}

// View is a message of the ledger as it is shown.
func View(m ledger.Message) Message {
	v := Message{
		ID: m.ID, Version: m.Version, State: m.State, Origin: m.Origin,
		Kind: m.Kind, Priority: m.Priority, Managers: m.Managers,
		From: m.From, Recipients: m.Recipients, Subject: m.Subject, MessageID: m.MessageID,
		Content: m.Content.String(), ApprovedBy: m.Approval.By, ApprovedAt: m.Approval.At,
		NotBefore: m.NotBefore, By: m.By, Choice: m.Choice, RetryAt: m.RetryAt,
		Created: m.Created, Changed: m.Changed,
	}
	if m.Held() {
		hold := m.Hold
		v.Hold = &hold
	}
	return v
}

// Detail is everything about one message that a person may want to read before a yes.
type Detail struct {
	Message
	Text     string         `json:"text"` // the plain text part
	To       []Person       `json:"to"`
	CC       []Person       `json:"cc,omitempty"`
	BCC      []Person       `json:"bcc,omitempty"`
	Parts    []Part         `json:"parts,omitempty"` // further parts: attachments, HTML
	Because  []rules.Reason `json:"because,omitempty"`
	Check    []rules.Reason `json:"check,omitempty"` // what the user is asked to look at ("check"), and what goes on from earlier recaps ("carried")
	Attempts []Attempt      `json:"attempts,omitempty"`
	Receipts []Receipt      `json:"receipts,omitempty"`
}

// Person is a name with an address.
type Person struct {
	Name    string       `json:"name,omitempty"`
	Address mail.Address `json:"address"`
}

// People makes persons of the parties of a header field.
func People(list []mail.Party) []Person {
	var out []Person
	for _, p := range list {
		out = append(out, Person{Name: p.Name, Address: p.Address})
	}
	return out
}

// Attempt is one try to hand a message over.
type Attempt struct {
	N       int          `json:"n"`
	Started time.Time    `json:"started"`
	Ended   time.Time    `json:"ended,omitzero"`
	Outcome mail.Outcome `json:"outcome,omitempty"`
	Stage   mail.Stage   `json:"stage,omitempty"`
	Code    int          `json:"code,omitempty"`
	Reply   string       `json:"reply,omitempty"`
	Err     string       `json:"err,omitempty"`
}

// AttemptOf is an attempt of the ledger as it is shown.
func AttemptOf(a ledger.Attempt) Attempt {
	return Attempt{N: a.N, Started: a.Started, Ended: a.Ended, Outcome: a.Outcome, Stage: a.Stage, Code: a.Code, Reply: a.Reply, Err: a.Err}
}

// Part is a part of a message beside its text.
type Part struct {
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
	Size int    `json:"size"`
}

// Receipt is evidence about a message that left.
type Receipt struct {
	Kind ledger.ReceiptKind `json:"kind"`
	At   time.Time          `json:"at"`
	Text string             `json:"text,omitempty"`
}

// QueueQuery chooses messages. Empty fields do not restrict, but messages in a final
// state are listed only if All is set or their state is named.
type QueueQuery struct {
	States  []ledger.State
	Manager string
	All     bool
}

// AddRequest puts a message that the user wrote into the queue.
type AddRequest struct {
	Key       string         `json:"key"`      // made by the caller; a repeated request adds nothing
	Managers  []string       `json:"managers"` // keys or addresses of managers, the first counts
	CC        []mail.Address `json:"cc,omitempty"`
	Kind      rules.Kind     `json:"kind"`
	Priority  rules.Priority `json:"priority,omitempty"` // empty: the rules decide
	Subject   string         `json:"subject"`
	Text      string         `json:"text"`
	NotBefore time.Time      `json:"not_before,omitzero"`
	By        time.Time      `json:"by,omitzero"`
}

// SetRequest changes times and priority. A nil field stays as it is; a zero time
// takes the limit away.
type SetRequest struct {
	ID        ledger.ID       `json:"id"`
	Priority  *rules.Priority `json:"priority,omitempty"`
	NotBefore *time.Time      `json:"not_before,omitempty"`
	By        *time.Time      `json:"by,omitempty"`
}

// ApproveRequest is a yes to one content.
type ApproveRequest struct {
	ID      ledger.ID `json:"id"`
	Content string    `json:"content"` // hash of what the person read
}

// Verb is an order about a message.
type Verb string

// The orders.
const (
	Hold    Verb = "hold"    // keep it back
	Release Verb = "release" // end a hold
	Cancel  Verb = "cancel"  // it will not go
	Now     Verb = "now"     // treat it as urgent; it still needs a yes
	Retry   Verb = "retry"   // uncertain: send it again; failed or expired: a draft again
	Arrived Verb = "arrived" // uncertain: a person says that it was received
)

// Verbs lists the orders.
func Verbs() []Verb { return []Verb{Hold, Release, Cancel, Now, Retry, Arrived} }

// ActRequest is an order about one message.
type ActRequest struct {
	ID     ledger.ID `json:"id"`
	Do     Verb      `json:"do"`
	Reason string    `json:"reason,omitempty"`
}

// Why explains a message.
type Why struct {
	Message Message        `json:"message"`
	Because []rules.Reason `json:"because"` // rules that set kind, priority, approval
	Waiting []rules.Reason `json:"waiting"` // what keeps it from going, if anything does
	History []Entry        `json:"history"`
}

// ReceiptOf is a receipt of the ledger as it is shown.
func ReceiptOf(r ledger.Receipt) Receipt { return Receipt{Kind: r.Kind, At: r.At, Text: r.Text} }

// TrailQuery chooses entries of the trail. Empty fields do not restrict.
type TrailQuery struct {
	Text    string // words that must all occur
	Message ledger.ID
	Since   time.Time
	Until   time.Time
	Limit   int // the newest so many; 0: all
}

// Entry is one line of the trail.
type Entry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Message ledger.ID `json:"message,omitempty"`
	Note    string    `json:"note,omitempty"`
	Actor   string    `json:"actor"`
	Event   string    `json:"event"`
	Text    string    `json:"text"`
	Hash    string    `json:"hash,omitempty"`
}

// EntryOf is an entry of the ledger as it is shown.
func EntryOf(e ledger.Entry) Entry {
	return Entry{Seq: e.Seq, At: e.At, Message: e.Message, Note: e.Note, Actor: e.Actor, Event: e.Event, Text: e.Text, Hash: e.Hash}
}

// DraftRequest is a note for the daemon.
type DraftRequest struct {
	Name string `json:"name"` // of the file, for its ending and for messages
	Body []byte `json:"body"`
}

// Forgotten counts what is known about a person, or what was erased.
type Forgotten struct {
	Address   mail.Address `json:"address"`
	Sightings int          `json:"sightings"`
	Contacts  int          `json:"contacts"`
	Messages  int          `json:"messages"`
	Entries   int          `json:"entries"`
	Kept      []string     `json:"kept,omitempty"` // what stays, and why
	Done      bool         `json:"done"`
}

// ForgetRequest names the person.
type ForgetRequest struct {
	Address mail.Address `json:"address"`
}
