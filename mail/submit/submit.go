// Package submit hands one message to a submission server (RFC 6409) and says exactly
// what became of it. [SMTP] speaks to a server, [Sendmail] to a local program.
//
// The promise of [mail.Submitter] rests on one line of the conversation: the final dot.
// Everything before it can be taken back by closing the connection, so every failure
// there is certain: not sent. From the dot on there are two parties and one message that
// can be lost (RFC 1047 calls it the synchronization gap), so every failure there is
// uncertain, whatever it looks like. [outcome] is the only place that decides between
// the two.
//
// go-smtp does the talking up to DATA. Its data writer sends the dot when it is closed,
// even by a deferred call behind a refused gate; so from there on this package has the
// connection for itself: [wire] writes the body without its last line end, and behind the
// gate the five bytes that matter. When the gate refuses, the connection is closed and
// nothing else. Under go-smtp, too, [wire] reads: one strict reply for each command.
package submit

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"headsup/mail"

	"github.com/emersion/go-sasl"
	smtp "github.com/emersion/go-smtp"
)

// Security says how a connection is protected.
type Security string

// The protections. Anything but the first must be asked for; None is for loopback only.
const (
	ImplicitTLS Security = "tls"      // RFC 8314 section 3.3
	StartTLS    Security = "starttls" // RFC 3207, and then required
	None        Security = "none"
)

// Options say which server to use and how.
type Options struct {
	Host     string
	Port     int
	Security Security
	Roots    *x509.CertPool // nil: the system's
	Hello    string         // name for EHLO; "" says localhost
	// Auth returns the login for one connection; nil: none is tried. It is called after
	// the connection is protected.
	Auth func(ctx context.Context) (sasl.Client, error)
	// Dial connects; nil: a dialer that prefers what answers first (RFC 8305).
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Boot is a clock that runs on while the machine sleeps. A process that was frozen
	// behind its gate does not write the dot when it is thawed.
	Boot func() time.Duration

	Command time.Duration // patience for one reply before the dot; 0: 5 minutes
	Answer  time.Duration // patience for the reply to the dot; 0: 10 minutes
}

// SMTP submits by way of a server. It opens a connection for each message.
type SMTP struct{ o Options }

var _ mail.Submitter = (*SMTP)(nil)

// NewSMTP makes a submitter. It performs no I/O.
func NewSMTP(o Options) (*SMTP, error) {
	if o.Boot == nil {
		return nil, errors.New("make a submitter: no boot clock")
	}
	if o.Security == None && !loopback(o.Host) {
		return nil, fmt.Errorf("submission to %q without TLS: only a server on this machine may be used without; set tls = \"implicit\" or \"starttls\"", o.Host)
	}
	if o.Hello == "" {
		o.Hello = "localhost"
	}
	if o.Dial == nil {
		d := &net.Dialer{Timeout: 30 * time.Second}
		o.Dial = d.DialContext
	}
	if o.Command == 0 {
		o.Command = 5 * time.Minute
	}
	if o.Answer == 0 {
		o.Answer = 10 * time.Minute
	}
	return &SMTP{o: o}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// frozen is how long a process may have stood still between its gate and the dot.
const frozen = 2 * time.Second

// stop is a failure at a stage of the conversation.
type stop struct {
	stage mail.Stage
	err   error
	sent  bool // the dot may have left
	rcpt  []mail.Address
}

// Submit implements [mail.Submitter].
func (s *SMTP) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	r, st := s.converse(ctx, e, wire, gate)
	if st != nil {
		return outcome(*st, net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)))
	}
	status, text := splitEnhanced(r.text())
	return mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: r.code, Enhanced: status, Reply: text}
}

// converse goes through the whole conversation. It returns the acceptance, or where and
// why it stopped.
func (s *SMTP) converse(ctx context.Context, e mail.Envelope, message []byte, gate func(context.Context) error) (reply, *stop) {
	n, err := inspect(message)
	if err == nil && len(e.To) == 0 {
		err = errors.New("the message has no recipient")
	}
	if err != nil {
		return reply{}, &stop{stage: mail.StageBody, err: &serverError{Code: 554, Text: err.Error(), Local: true}}
	}
	conn, st := s.connect(ctx)
	if st != nil {
		return reply{}, st
	}
	defer conn.Close()
	// Until the gate, the end of the context is the end of the connection.
	disarm := context.AfterFunc(ctx, func() { conn.Close() })
	defer disarm()
	if st := s.prepare(ctx, conn, e, n); st != nil {
		return reply{}, cancelled(ctx, st)
	}
	if err := conn.sendBody(message[:len(message)-2], s.o.Command); err != nil {
		return reply{}, cancelled(ctx, &stop{stage: mail.StageBody, err: err})
	}
	if err := conn.settled(); err != nil {
		return reply{}, cancelled(ctx, &stop{stage: mail.StageBody, err: err})
	}
	if !disarm() {
		return reply{}, &stop{stage: mail.StageBody, err: context.Cause(ctx)}
	}
	if err := pass(ctx, gate, s.o.Boot); err != nil {
		return reply{}, &stop{stage: mail.StageGate, err: err} // the connection is closed: no dot
	}
	return finish(conn, s.o.Answer)
}

// Check goes as far as the login and, if from is given, asks whether it may send to itself;
// then it takes that back and says goodbye. A result without an error means that this
// server would listen; its outcome is NotSent like everything before the dot.
func (s *SMTP) Check(ctx context.Context, from mail.Address) mail.Result {
	host := net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port))
	conn, st := s.connect(ctx)
	if st != nil {
		return outcome(*st, host)
	}
	defer conn.Close()
	disarm := context.AfterFunc(ctx, func() { conn.Close() })
	defer disarm()
	c := smtp.NewClient(conn)
	c.CommandTimeout = s.o.Command
	if st := s.begin(ctx, c, conn); st != nil {
		return outcome(*cancelled(ctx, st), host)
	}
	reply := host + " let us in"
	if !from.IsZero() {
		if st := envelope(c, conn, mail.Envelope{From: from, To: []mail.Address{from}}, needs{}); st != nil {
			return outcome(*cancelled(ctx, st), host)
		}
		_, _ = conn.ask("RSET", manners)
		reply += " and takes mail from " + from.String()
	}
	_, _ = conn.ask("QUIT", manners)
	return mail.Result{Outcome: mail.NotSent, Stage: mail.StageAuth, Reply: reply}
}

// cancelled puts the true cause in front when the context closed the connection.
func cancelled(ctx context.Context, st *stop) *stop {
	if cause := context.Cause(ctx); cause != nil {
		st.err = fmt.Errorf("%w (%w)", cause, st.err)
	}
	return st
}

// pass goes through the gate, unless the process stood still behind it.
func pass(ctx context.Context, gate func(context.Context) error, boot func() time.Duration) error {
	before := boot()
	if err := gate(ctx); err != nil {
		return err
	}
	if stood := boot() - before; stood >= frozen {
		return fmt.Errorf("%w: %s have gone by since the gate", errFrozen, stood.Round(time.Millisecond))
	}
	return nil
}

var errFrozen = errors.New("too late to write the last byte")

// finish writes the dot. Once the answer is there, what becomes of the connection does
// not matter any more, and nothing may stand between the answer and its commit: the
// reply to QUIT is not waited for.
func finish(conn *wire, patience time.Duration) (reply, *stop) {
	r, err := conn.dot(patience)
	switch {
	case err != nil:
		return reply{}, &stop{stage: mail.StageDot, err: err, sent: true}
	case r.code >= 300:
		return reply{}, &stop{stage: mail.StageDot, err: r.err(), sent: true}
	}
	conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = conn.Conn.Write([]byte("QUIT\r\n"))
	return r, nil
}

// prepare does everything up to the first byte of the message.
func (s *SMTP) prepare(ctx context.Context, conn *wire, e mail.Envelope, n needs) *stop {
	c := smtp.NewClient(conn)
	c.CommandTimeout = s.o.Command
	if st := s.begin(ctx, c, conn); st != nil {
		return st
	}
	if st := envelope(c, conn, e, n); st != nil {
		return st
	}
	if _, err := c.Data(); err != nil { // the writer is dropped: see the package comment
		return stopped(mail.StageData, err)
	}
	return nil
}

// begin says hello and logs in.
func (s *SMTP) begin(ctx context.Context, c *smtp.Client, conn *wire) *stop {
	if err := c.Hello(s.o.Hello); err != nil {
		return stopped(mail.StageGreeting, err)
	}
	if s.o.Auth == nil {
		return nil
	}
	if err := s.login(ctx, c, conn); err != nil {
		return stopped(mail.StageAuth, err)
	}
	return nil
}

// stopped reads what go-smtp says about a reply.
func stopped(stage mail.Stage, err error) *stop {
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		e := &serverError{Code: said.Code, Text: strings.ReplaceAll(said.Message, "\n", " ")}
		if c := said.EnhancedCode; c != smtp.NoEnhancedCode && c != smtp.EnhancedCodeNotSet {
			e.Enhanced = fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
		}
		err = e
	}
	return &stop{stage: stage, err: err}
}

// login picks the mechanism and goes through it. A password goes by PLAIN, or by LOGIN
// where the server knows nothing else.
func (s *SMTP) login(ctx context.Context, c *smtp.Client, conn *wire) error {
	client, err := s.o.Auth(ctx)
	if err != nil {
		return &loginError{err}
	}
	mech, initial, err := client.Start()
	if err != nil {
		return &loginError{err}
	}
	if parts := bytes.Split(initial, []byte{0}); mech == sasl.Plain && len(parts) == 3 && !c.SupportsAuth(mech) && c.SupportsAuth(sasl.Login) {
		client, mech, initial = &plainLogin{answers: parts[1:]}, sasl.Login, nil
	}
	if !c.SupportsAuth(mech) {
		return &loginError{fmt.Errorf("the server does not offer login by %s", mech)}
	}
	return conn.login(mech, initial, client, s.o.Command)
}

// loginError is something that cannot work until a person changes it.
type loginError struct{ err error }

func (e *loginError) Error() string { return e.err.Error() }
func (e *loginError) Unwrap() error { return e.err }
