// Package config reads the one TOML file that tells headsup who you are, where your
// mail lies and whose attention you look after.
//
// The way of a file: [Load] reads it, TOML makes a tree, a walker lays the tree over
// [Default] and [Config.Validate] looks at the whole. Nobody stops at the first
// mistake: all faults come at once, each with its line, its key, its value, what is
// allowed and, where one can be guessed, what was probably meant. An unknown key is a
// fault, because a mistyped limit that is silently ignored is a limit that does not
// hold. Reading has no effects: no file is made, no secret is fetched, nothing is
// logged. Secrets are named by a [SecretSource] and fetched when they are needed.
//
// [ResolvePaths] is the only function that knows where the files of headsup lie.
package config

import (
	"time"

	"headsup/mail"
	"headsup/rules"
)

// Config is everything that the user can set, checked and complete. Every field has
// the name of its key; config.example.toml explains each.
type Config struct {
	User       User
	Mailbox    Mailbox
	Submission Submission
	Managers   []Manager
	Calendars  []Calendar
	Notes      Notes
	Quiet      Quiet
	Limits     Limits
	Daemon     Daemon
	Google     OAuth
	Microsoft  OAuth
	Rules      []Rule
}

// User is the person that headsup works for.
type User struct {
	Name      string
	Address   mail.Address
	Aliases   []mail.Address // other addresses that mail is written from or sent to
	Zone      *time.Location
	Signature string
	DateOrder DateOrder
}

// Mailbox is where drafts, sent mail and the manager's mail are.
type Mailbox struct {
	Kind      MailboxKind
	Path      string // maildir
	Server    Server // imap
	Folders   Folders
	Approve   []Gesture
	History   time.Duration // how far back the first scan reads
	Poll      time.Duration // how often to look where the server does not tell
	FilesSent mail.Answer   // the server puts a submitted message into Sent by itself
}

// Folders names the folders of the mailbox. Empty: found by special use, or the name
// that the kind of mailbox gives it.
type Folders struct {
	Inbox    string
	Drafts   string
	Sent     string
	Queue    string
	QueueNow string
	All      string
}

// Server is how to reach one server and who to be there.
type Server struct {
	Host     string
	Port     int
	TLS      TLSMode
	CAFile   string // further trusted roots, PEM
	Username string
	Auth     AuthKind
	Secret   SecretSource
}

// Submission is how mail leaves.
type Submission struct {
	Kind    SubmissionKind
	Server  Server      // smtp
	Command []string    // sendmail: program and first arguments
	KeepsID mail.Answer // the server keeps our Message-ID
}

// Manager is a person whose attention is looked after.
type Manager struct {
	Key           string // stands in the ledger and in [[calendar]]; made from Name if not set
	Name          string
	Greeting      string
	Addresses     []mail.Address // the first is the one that headsup writes to
	Zone          *time.Location
	Style         Style
	Hours         Hours     // working hours until the rhythm is known
	Earliest      TimeOfDay // never before, whatever the rhythm says; NoTime: no limit
	Latest        TimeOfDay // never after; NoTime: no limit
	Quiet         *Quiet    // nil: the common quiet hours
	UrgentAtNight bool      // urgent mail may go in quiet hours
	MaxPerDay     int       // mails a day
	MinGap        time.Duration
	Region        string // public holidays: "de-by", "us"; empty: none
}

// Hours are a stretch of the day on some days of the week.
type Hours struct {
	Declared bool // the user wrote them; otherwise calendar and mail may know better
	From     TimeOfDay
	To       TimeOfDay
	Days     []time.Weekday
}

// Calendar is one calendar of one manager.
type Calendar struct {
	Name         string
	Manager      string // key
	Kind         CalendarKind
	Path         string // file
	URL          string // url, caldav
	ID           string // google, graph: which calendar; caldav: which of several, by its name
	FreeBusy     bool   // caldav, google, graph: only free and busy is shared
	Username     string
	Secret       SecretSource
	CAFile       string
	AllowPrivate bool          // url, caldav: the server may be on this machine or network
	MaxAge       time.Duration // 0: never too old
	Poll         time.Duration
	Owner        []mail.Address // the manager's addresses as the calendar writes them
	Tentative    Treatment
	Declined     Treatment
	FocusTitles  []string // titles that mean focus time, compared without case
}

// Notes is where call notes come from and what happens to them.
type Notes struct {
	Folder           string // empty: no notes are read
	Extensions       []string
	DefaultManager   string // key; empty: the note must name one
	Templates        string // folder with the user's own templates
	ExtractCommand   []string
	MaxDraftsPerHour int
}

// Quiet is when nothing goes out that is not allowed at night.
type Quiet struct {
	From     TimeOfDay
	To       TimeOfDay
	Weekends bool // Saturdays and Sundays are quiet as a whole
}

// Limits hold for everything together.
type Limits struct {
	MaxPerDay   int // mails a day to one manager
	MinGap      time.Duration
	MinFreeDisk int64 // bytes; below, nothing is sent
}

// Daemon is how the service itself behaves.
type Daemon struct {
	LogLevel    string
	MetricsAddr string // loopback address for /metrics, empty: only on the control socket
	PlanFile    string // the plan as a calendar, empty: none is written
	PlanDetails bool   // reasons and addresses in it too
}

// OAuth is the client that the user registered with a provider.
type OAuth struct {
	ClientID     string
	ClientSecret SecretSource
	Tenant       string // Microsoft only
}

// Rule is one [[rules]] entry, as written. rules/policy gives it meaning.
type Rule struct {
	Name      string
	When      string
	Priority  rules.Priority // empty: not set
	Approval  Approval       // empty: not set
	CC        []mail.Address
	NotBefore string
	By        string
	Style     Style // empty: not set
}

// ManagerByKey finds a manager.
func (c Config) ManagerByKey(key string) (Manager, bool) {
	for _, m := range c.Managers {
		if m.Key == key {
			return m, true
		}
	}
	return Manager{}, false
}

// ManagerName is what a manager is called, the key where nobody has it.
func (c Config) ManagerName(key string) string {
	if m, ok := c.ManagerByKey(key); ok {
		return m.Name
	}
	return key
}

// ManagerByAddress finds the manager that an address belongs to.
func (c Config) ManagerByAddress(a mail.Address) (Manager, bool) {
	for _, m := range c.Managers {
		for _, own := range m.Addresses {
			if own.Key() == a.Key() {
				return m, true
			}
		}
	}
	return Manager{}, false
}

// QuietFor is the quiet time that holds for a manager.
func (c Config) QuietFor(m Manager) Quiet {
	if m.Quiet != nil {
		return *m.Quiet
	}
	return c.Quiet
}

// Account names the way that mail leaves, so that a message stays with the account it
// was queued for when the configuration changes.
func (c Config) Account() string {
	name := string(c.Submission.Kind) + ":" + c.User.Address.Key()
	if c.Submission.Kind == SubmissionSMTP {
		name += "@" + c.Submission.Server.Host
	}
	return name
}
