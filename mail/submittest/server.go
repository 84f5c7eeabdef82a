// Package submittest holds a submission server that does what a test tells it to, and
// the suite that every [mail.Submitter] passes.
//
// The server is also the oracle: what it accepted is what was sent, whatever anybody's
// ledger says. It speaks over any connection, so it runs on loopback with TLS and over
// [net.Pipe] in a bubble of virtual time; it starts no goroutine of its own but those
// that a caller starts with ServeConn.
package submittest

import (
	"crypto/tls"
	"fmt"
	"sync"
	"time"
)

// Stage is a moment at which the server can be told to misbehave.
type Stage string

// The stages, in the order of a conversation.
const (
	Greeting Stage = "greeting"
	Ehlo     Stage = "ehlo"
	StartTLS Stage = "starttls"
	Auth     Stage = "auth"
	MailFrom Stage = "mail"
	RcptTo   Stage = "rcpt"
	Data     Stage = "data"
	Body     Stage = "body" // after the first bytes of the message
	Dot      Stage = "dot"
	Rset     Stage = "rset"
	Quit     Stage = "quit"
)

// Event is a moment of a conversation.
type Event struct {
	Stage Stage
	Conn  int    // number of the connection, from 1
	Arg   string // the command line, or the address
	N     int    // how often the stage came in this connection, from 1
}

// Act is what the server does at an event. The zero value is to behave well.
type Act struct {
	Reply string        // in place of the good reply; lines are separated by \r\n
	Extra string        // sent right behind the reply, unasked
	Wait  time.Duration // before the reply
	Cut   int           // with Pause: the reply goes out in two pieces, the first of Cut bytes
	Pause time.Duration // between the pieces
	Hang  bool          // no reply; the connection stays open until the client leaves
	Close bool          // the connection ends instead of a reply
	Keep  bool          // at the dot: the message is taken, whatever the reply says
	Bytes bool          // the reply goes out byte by byte
}

// Accepted is a message that the server took.
type Accepted struct {
	From  string
	To    []string
	Data  []byte // as it came, dots undone, with its last line end
	At    time.Time
	Conn  int
	Login string // what was said with AUTH, "" if nothing
}

// Server is a submission server. Its fields are set before it is used.
type Server struct {
	Script func(Event) Act  // nil: behaves well
	Offers []string         // lines of the EHLO answer; nil: the usual ones
	TLS    *tls.Config      // for [Server.ServeTLS] and STARTTLS; nil: not offered
	Now    func() time.Time // nil: time.Now
	Taken  func(Accepted)   // hears of each acceptance; may be nil

	mu       sync.Mutex
	accepted []Accepted
	faults   []string
	logins   int
	conns    int
}

// Accepted returns what was taken so far.
func (s *Server) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Accepted(nil), s.accepted...)
}

// Violations returns what clients did against the protocol: bare CR or LF, lines that
// are too long, commands in the wrong order.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.faults...)
}

// Logins counts AUTH commands, good or bad.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Conns counts connections.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

func (s *Server) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}
