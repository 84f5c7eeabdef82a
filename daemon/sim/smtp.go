package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// accept is one message that the server took: the only truth about what was sent.
type accept struct {
	id   mail.MessageID
	wire string
	rcpt []string
	at   time.Duration
	lied bool // the server said no and kept it all the same
}

// session is one conversation of the server, fed with what the client writes. It is a
// state machine without a goroutine, so that a run has one order.
type session struct {
	w     *world
	n     int
	fault string
	delay time.Duration // of each answer

	line    strings.Builder
	inBody  bool
	body    strings.Builder
	rcpts   []string
	out     []answer
	dead    bool // the client sees no more
	nRcpt   int
	fragile int // bytes of the body after which the connection breaks
}

// answer is what the client can read from a moment on.
type answer struct {
	at   time.Duration
	text string
	err  error
}

// dial opens a conversation. Its fault is drawn here and nowhere else.
func (w *world) dial() (net.Conn, error) {
	w.dials++
	if w.locked {
		w.violate("I9", "", "tries again although the server refused the password and nobody has mended it")
	}
	if n := len(w.starts); n >= 10 && w.starts[n-1]-w.starts[n-10] < 5*time.Minute {
		w.violate("I9", "", "sends after ten starts in five minutes")
	}
	r := stream(w.seed, fmt.Sprintf("dial %d", w.dials))
	s := &session{w: w, n: w.dials, delay: between(r, 5*time.Millisecond, 400*time.Millisecond)}
	where := fmt.Sprintf("dial %d", w.dials)
	if !w.calm && chance(r, 0.45) {
		if k := w.swarm.pick(r, conversation); k != "" && w.swarm.fire(k, where) {
			s.fault = k
		}
	}
	if s.fault == "all: slow" {
		s.delay = between(r, 5*time.Second, 30*time.Second)
	}
	s.fragile = -1
	if s.fault == "body: reset" {
		s.fragile = 40
	}
	w.killStage = ""
	if !w.calm && chance(r, 0.10) && w.swarm.fire("process: killed in the conversation", where) {
		w.killStage = []string{"EHLO", "AUTH", "MAIL", "RCPT", "DATA", "body", "dot", "answer"}[r.IntN(8)]
	}
	w.pass(w.now + s.delay)
	switch s.fault {
	case "connect: refused":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case "connect: lost name":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "submission.example.com", IsNotFound: true}}
	case "connect: black hole":
		w.pass(w.now + 30*time.Second)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	s.greet()
	return &conn{s: s}, nil
}

func (s *session) say(text string) { s.out = append(s.out, answer{at: s.w.now + s.delay, text: text}) }

func (s *session) breaks(err error) {
	s.out = append(s.out, answer{at: s.w.now + s.delay, err: err})
	s.dead = true
}

// trouble carries out the fault of a stage if this conversation has it, and reports
// whether it answered in the place of the server.
func (s *session) trouble(stage string) bool {
	what, ok := strings.CutPrefix(s.fault, stage+": ")
	if !ok {
		return false
	}
	switch what {
	case "reset":
		s.breaks(syscall.ECONNRESET)
	case "silence":
		s.dead = true
	case "garbage":
		s.say("%&/ not smtp at all\r\n")
	case "answered twice":
		s.say("250 2.1.0 ok\r\n250 2.1.0 ok again\r\n")
	case "endless line":
		s.say("220 " + strings.Repeat("x", 70000) + "\r\n")
	default:
		if len(what) == 3 {
			s.say(what + " 4.3.0 trouble as planned\r\n")
			return true
		}
		return false
	}
	return true
}

func (s *session) greet() {
	if !s.trouble("greeting") {
		s.say("220 submission.example.com ESMTP\r\n")
	}
}

// feed takes what the client wrote.
func (s *session) feed(b []byte) error {
	if s.dead {
		return syscall.EPIPE
	}
	for _, c := range b {
		s.line.WriteByte(c)
		if c != '\n' {
			continue
		}
		line := s.line.String()
		s.line.Reset()
		if s.inBody {
			if err := s.bodyLine(line); err != nil {
				return err
			}
			continue
		}
		s.command(strings.TrimRight(line, "\r\n"))
	}
	return nil
}

func (s *session) command(line string) {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	s.w.maybeKill(verb)
	switch verb {
	case "EHLO", "HELO":
		switch {
		case s.fault == "ehlo: without auth":
			s.say("250-submission.example.com\r\n250 8BITMIME\r\n")
		case !s.trouble("ehlo"):
			s.say("250-submission.example.com\r\n250-8BITMIME\r\n250-SIZE 30000000\r\n250 AUTH PLAIN\r\n")
		}
	case "AUTH":
		if s.fault == "auth: 535" {
			s.w.locked = true
		}
		if !s.trouble("auth") {
			s.say("235 2.7.0 welcome\r\n")
		}
	case "MAIL":
		if !s.trouble("mail") {
			s.say("250 2.1.0 ok\r\n")
		}
	case "RCPT":
		s.rcpt(line)
	case "DATA":
		if !s.trouble("data") {
			s.inBody = true
			s.say("354 go on\r\n")
		}
	case "QUIT":
		if !s.trouble("quit") {
			s.say("221 bye\r\n")
		}
	default:
		s.say("250 ok\r\n")
	}
}

func (s *session) rcpt(line string) {
	s.nRcpt++
	addr := strings.Trim(strings.TrimPrefix(line[len("RCPT TO:"):], " "), "<>")
	if addr, _, ok := strings.Cut(addr, ">"); ok {
		_ = addr
	}
	switch {
	case s.fault == "rcpt: one of all 550" && s.nRcpt == 2:
		s.say("550 5.1.1 no such user\r\n")
	case s.fault == "rcpt: one of all 451" && s.nRcpt == 2:
		s.say("451 4.2.0 not now\r\n")
	case s.trouble("rcpt"):
	default:
		s.rcpts = append(s.rcpts, addr)
		s.say("250 2.1.5 ok\r\n")
	}
}

func (s *session) bodyLine(line string) error {
	s.w.maybeKill("body")
	if line == ".\r\n" {
		s.w.maybeKill("dot")
		s.inBody = false
		s.dot()
		return nil
	}
	line = strings.TrimPrefix(line, ".")
	s.body.WriteString(line)
	if s.fragile >= 0 && s.body.Len() > s.fragile || s.fault == "body: reset at the end" && s.body.Len() > 200 {
		s.breaks(syscall.ECONNRESET)
		return syscall.ECONNRESET
	}
	return nil
}

// dot is the end of the message: what the server does and what it says can differ.
func (s *session) dot() {
	what := strings.TrimPrefix(s.fault, "dot: ")
	if what == s.fault {
		what = ""
	}
	took := !strings.Contains(what, "not accepted") && !strings.HasSuffix(what, "then 451") && what != "451" && what != "554" && !strings.HasPrefix(what, "garbage, not")
	if took {
		s.w.accepted(s, strings.Contains(what, "and yet"))
	}
	s.w.maybeKill("answer")
	switch {
	case what == "":
		s.say("250 2.0.0 queued as " + fmt.Sprint(s.n) + "\r\n")
	case strings.HasPrefix(what, "reset"):
		s.breaks(syscall.ECONNRESET)
	case strings.HasPrefix(what, "closed"):
		s.breaks(io.EOF)
	case strings.HasPrefix(what, "silence"):
		s.dead = true
	case what == "5 minutes, then 451":
		s.w.impatient(fmt.Sprint("dial ", s.n))
		s.out = append(s.out, answer{at: s.w.now + 5*time.Minute, text: "451 4.3.0 not queued, at last\r\n"})
	case strings.HasPrefix(what, "5 minutes"):
		s.out = append(s.out, answer{at: s.w.now + 5*time.Minute, text: "250 2.0.0 queued, at last\r\n"})
	case what == "11 minutes, accepted":
		s.out = append(s.out, answer{at: s.w.now + 11*time.Minute, text: "250 2.0.0 queued, at last\r\n"})
	case what == "11 minutes, not accepted":
		s.out = append(s.out, answer{at: s.w.now + 11*time.Minute, text: "451 4.3.0 not queued, at last\r\n"})
	case strings.HasPrefix(what, "451"):
		s.say("451 4.3.0 try again later\r\n")
	case strings.HasPrefix(what, "554"):
		s.say("554 5.6.0 refused\r\n")
	case strings.HasPrefix(what, "garbage"):
		s.say("what? no number here\r\n")
	case what == "long text":
		s.say("250 2.0.0 " + strings.Repeat("queued ", 60) + "\r\n")
	case what == "in pieces":
		for i, c := range "250 2.0.0 queued\r\n" {
			s.out = append(s.out, answer{at: s.w.now + time.Duration(i+1)*time.Second, text: string(c)})
		}
	}
}

// impatient is the person who cancels a message that hangs behind its gate.
func (w *world) impatient(where string) {
	if len(w.gates) == 0 || !w.swarm.fire("user: cancels near a send", where) {
		return
	}
	id := w.gates[len(w.gates)-1].id
	w.act(time.Minute, func() {
		for _, l := range w.mails {
			if l.id == id {
				w.cancel(l)
			}
		}
	})
}

// accepted is the server taking a message.
func (w *world) accepted(s *session, lied bool) {
	wire := s.body.String()
	a := accept{wire: wire, rcpt: append([]string(nil), s.rcpts...), at: w.now, lied: lied}
	if m, err := letter.Read([]byte(wire)); err == nil {
		a.id = m.ID
	}
	w.accepts = append(w.accepts, a)
	w.trace("server takes %s (lied %v)", a.id, lied)
	if err := w.box.Submitted([]byte(wire)); err != nil {
		w.violate("I6", a.id, "the provider cannot read what it took: "+err.Error())
	}
}

// conn is the client's end: a net.Conn whose waiting is the passing of virtual time.
type conn struct {
	s        *session
	deadline time.Duration // 0: none
	closed   bool
}

func (c *conn) Read(b []byte) (int, error) {
	s := c.s
	for {
		if c.closed {
			return 0, net.ErrClosed
		}
		if len(s.out) > 0 && s.out[0].at <= s.w.now {
			a := &s.out[0]
			if a.err != nil {
				return 0, a.err
			}
			n := copy(b, a.text)
			if a.text = a.text[n:]; a.text == "" {
				s.out = s.out[1:]
			}
			return n, nil
		}
		until := s.w.now + 24*time.Hour
		if c.deadline > 0 {
			until = c.deadline
		}
		if until <= s.w.now {
			return 0, os.ErrDeadlineExceeded
		}
		if len(s.out) > 0 {
			until = min(until, s.out[0].at)
		}
		s.w.pass(until)
	}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	if c.deadline > 0 && c.deadline <= c.s.w.now {
		return 0, os.ErrDeadlineExceeded
	}
	if err := c.s.feed(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c *conn) Close() error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	return nil
}

// SetDeadline takes a moment of the real clock, as net.Conn has it, and turns the wait
// that is meant into virtual time. Rounding takes the real time out of it that has
// passed since the caller added up.
func (c *conn) SetDeadline(t time.Time) error {
	if t.IsZero() {
		c.deadline = 0
		return nil
	}
	c.deadline = max(c.s.w.now+time.Until(t).Round(time.Second), 1)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }
func (c *conn) LocalAddr() net.Addr                { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (c *conn) RemoteAddr() net.Addr               { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 587} }

var errKilled = errors.New("killed")
