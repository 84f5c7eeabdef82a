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
// go-smtp does the talking. Its data writer sends the dot when it is closed, even when
// nothing was written; so the body goes to the connection directly, without its last
// line end, and closing the writer writes exactly the five bytes that matter. When the
// gate refuses, the writer is never closed, only the connection is.
package submit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
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
	body, err := withoutLastLineEnd(wire)
	if err != nil {
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageBody, Permanent: true, Err: err}
	}
	reply, st := s.converse(ctx, e, body, gate)
	if st == nil {
		return mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: 250, Enhanced: enhancedOf(reply), Reply: reply}
	}
	return outcome(*st, s.o.Host)
}

// converse goes through the whole conversation. It returns the text of the acceptance,
// or where and why it stopped.
func (s *SMTP) converse(ctx context.Context, e mail.Envelope, body []byte, gate func(context.Context) error) (string, *stop) {
	conn, st := s.connect(ctx)
	if st != nil {
		return "", st
	}
	defer conn.Close()
	conn.eightBit = slices.ContainsFunc(body, func(b byte) bool { return b >= 0x80 })
	// Until the gate, the end of the context is the end of the connection.
	disarm := context.AfterFunc(ctx, func() { conn.Close() })
	defer disarm()

	c := smtp.NewClient(conn)
	c.CommandTimeout, c.SubmissionTimeout = s.o.Command, s.o.Answer
	if st := s.greet(ctx, c); st != nil {
		return "", st
	}
	if st := address(c, conn, e, int64(len(body))); st != nil {
		return "", st
	}
	data, err := c.Data()
	if err != nil {
		return "", &stop{stage: mail.StageData, err: err}
	}
	if err := writeBody(conn, body, s.o.Command); err != nil {
		return "", &stop{stage: mail.StageBody, err: err}
	}
	if err := conn.settled(); err != nil {
		return "", &stop{stage: mail.StageBody, err: err}
	}
	if !disarm() {
		return "", &stop{stage: mail.StageBody, err: context.Cause(ctx)}
	}
	if err := s.pass(ctx, gate); err != nil {
		return "", &stop{stage: mail.StageGate, err: err} // conn is closed, data is not: no dot
	}
	return dot(c, conn, data)
}

// pass goes through the gate, unless the process stood still behind it.
func (s *SMTP) pass(ctx context.Context, gate func(context.Context) error) error {
	before := s.o.Boot()
	if err := gate(ctx); err != nil {
		return err
	}
	if stood := s.o.Boot() - before; stood > frozen {
		return fmt.Errorf("%w: the process stood still for %s behind the gate", errFrozen, stood.Round(time.Millisecond))
	}
	return nil
}

var errFrozen = errors.New("too late to write the last byte")

// dot writes the last five bytes and waits for the answer.
func dot(c *smtp.Client, conn *wireConn, data *smtp.DataCommand) (string, *stop) {
	conn.SetWriteDeadline(time.Now().Add(time.Minute))
	conn.dotted = true
	answer, err := data.CloseWithResponse()
	if err != nil {
		return "", &stop{stage: mail.StageDot, err: err, sent: true}
	}
	// The answer is there. What becomes of the connection does not matter any more, and
	// nothing may stand between the answer and its commit: no wait for QUIT.
	conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
	conn.Write([]byte("QUIT\r\n"))
	return answer.StatusText, nil
}

// greet says hello and logs in.
func (s *SMTP) greet(ctx context.Context, c *smtp.Client) *stop {
	hello := s.o.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := c.Hello(hello); err != nil {
		return &stop{stage: mail.StageGreeting, err: err}
	}
	if s.o.Auth == nil {
		return nil
	}
	login, err := s.o.Auth(ctx)
	if err != nil {
		return &stop{stage: mail.StageAuth, err: &loginError{err}}
	}
	mech, _, err := login.Start()
	if err != nil {
		return &stop{stage: mail.StageAuth, err: &loginError{err}}
	}
	if !c.SupportsAuth(mech) {
		return &stop{stage: mail.StageAuth, err: &loginError{fmt.Errorf("the server does not offer login by %s", mech)}}
	}
	if err := c.Auth(login); err != nil {
		return &stop{stage: mail.StageAuth, err: err}
	}
	return nil
}

// loginError is a login that cannot work until a person changes something here.
type loginError struct{ err error }

func (e *loginError) Error() string { return e.err.Error() }
func (e *loginError) Unwrap() error { return e.err }

// address gives the envelope. A single refused recipient refuses the message for all.
func address(c *smtp.Client, conn *wireConn, e mail.Envelope, size int64) *stop {
	opts := &smtp.MailOptions{Size: size}
	if ok, _ := c.Extension("SIZE"); !ok {
		opts.Size = 0
	}
	if limit, ok := c.MaxMessageSize(); ok && limit > 0 && size > int64(limit) {
		return &stop{stage: mail.StageMail, err: &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4},
			Message: fmt.Sprintf("the message has %d bytes and the server takes %d", size, limit)}}
	}
	if ok, _ := c.Extension("8BITMIME"); ok {
		opts.Body = smtp.Body8BitMIME
	} else if conn.eightBit {
		return &stop{stage: mail.StageMail, err: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 3}, Message: "the message has 8-bit text and the server takes 7-bit text only"}}
	}
	if err := c.Mail(e.From.String(), opts); err != nil {
		return &stop{stage: mail.StageMail, err: err}
	}
	if len(e.To) == 0 {
		return &stop{stage: mail.StageRcpt, err: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 5, 1}, Message: "the message has no recipient"}}
	}
	var refused *stop
	for _, to := range e.To {
		if err := c.Rcpt(to.String(), nil); err != nil {
			if refused == nil || !permanent(refused.err) && permanent(err) {
				refused = &stop{stage: mail.StageRcpt, err: err, rcpt: rcptOf(refused)}
			}
			refused.rcpt = append(refused.rcpt, to)
			if !answered(err) {
				return refused // the connection is gone; there is nothing to reset
			}
		}
	}
	if refused != nil {
		_ = c.Reset() // the connection is closed right after; this is manners
	}
	return refused
}

func rcptOf(s *stop) []mail.Address {
	if s == nil {
		return nil
	}
	return s.rcpt
}

// connect opens a protected connection.
func (s *SMTP) connect(ctx context.Context) (*wireConn, *stop) {
	dialCtx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	raw, err := s.o.Dial(dialCtx, "tcp", net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)))
	if err != nil {
		return nil, &stop{stage: mail.StageConnect, err: err}
	}
	conf := &tls.Config{ServerName: s.o.Host, RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12}
	switch s.o.Security {
	case None:
		return &wireConn{Conn: raw}, nil
	case StartTLS:
		if err := startTLS(dialCtx, raw, s.o.Hello); err != nil {
			raw.Close()
			return nil, &stop{stage: mail.StageTLS, err: err}
		}
	}
	conn := tls.Client(raw, conf)
	if err := conn.HandshakeContext(dialCtx); err != nil {
		raw.Close()
		return nil, &stop{stage: mail.StageTLS, err: err}
	}
	w := &wireConn{Conn: conn}
	if s.o.Security == StartTLS {
		w.greeting = []byte("220 ready\r\n") // RFC 3207 section 4.2: the server does not greet again
	}
	return w, nil
}
