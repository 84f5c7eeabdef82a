package submit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"headsup/mail"
)

// Patience for what happens before the first command.
const (
	connectPatience = time.Minute
	manners         = 5 * time.Second // for RSET, before a connection that is closed anyway
)

// errInjected: the attack of CVE-2011-0411 and its forty sisters, or a broken server.
var errInjected = errors.New("bytes came in the clear behind the answer to STARTTLS: somebody may be between you and the server")

// noTLSError is a server that will not protect the connection.
type noTLSError struct{ err error }

func (e *noTLSError) Error() string {
	return fmt.Sprintf("the server does not offer protection by STARTTLS (%v), and without it nothing is said", e.err)
}
func (e *noTLSError) Unwrap() error { return e.err }

// connect opens a protected connection. The server's greeting waits to be read, or, after
// STARTTLS, a stand-in for it: the server does not greet again (RFC 3207 section 4.2).
func (s *SMTP) connect(ctx context.Context) (*wire, *stop) {
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	raw, err := s.o.Dial(ctx, "tcp", net.JoinHostPort(s.o.Host, strconv.Itoa(s.o.Port)))
	if err != nil {
		return nil, &stop{stage: mail.StageConnect, err: err}
	}
	if s.o.Security == None {
		if err := local(raw); err != nil {
			raw.Close()
			return nil, &stop{stage: mail.StageTLS, err: &loginError{err}}
		}
		return newWire(raw, raw), nil
	}
	if s.o.Security == StartTLS {
		if st := startTLS(ctx, raw, s.o.Hello); st != nil {
			raw.Close()
			return nil, st
		}
	}
	conn := tls.Client(raw, &tls.Config{ServerName: s.o.Host, RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12})
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &stop{stage: mail.StageTLS, err: err}
	}
	w := newWire(conn, raw)
	if s.o.Security == StartTLS {
		w.ready = []byte("220 protected\r\n")
	}
	return w, nil
}

// local makes sure that a connection without TLS ends on this machine, whatever the
// name of the host said.
func local(conn net.Conn) error {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		return fmt.Errorf("%s is not this machine, and without TLS only this machine may be used; set submission.tls to \"implicit\" or \"starttls\"", a.IP)
	}
	return nil
}

// startTLS asks for protection in the clear. Nothing that is said before the handshake
// is remembered.
func startTLS(ctx context.Context, conn net.Conn, hello string) *stop {
	disarm := context.AfterFunc(ctx, func() { conn.Close() })
	defer disarm()
	w := newWire(conn, conn)
	conn.SetDeadline(time.Now().Add(connectPatience))
	r, err := readReply(w.in)
	if st := wanted(mail.StageGreeting, r, err, 220); st != nil {
		return st
	}
	r, err = w.ask("EHLO "+hello, connectPatience)
	if st := wanted(mail.StageGreeting, r, err, 250); st != nil {
		return st
	}
	if !slices.ContainsFunc(r.lines[1:], func(l string) bool { return strings.EqualFold(strings.TrimSpace(l), "STARTTLS") }) {
		return &stop{stage: mail.StageTLS, err: &noTLSError{errors.New("it is not among its extensions")}}
	}
	r, err = w.ask("STARTTLS", connectPatience)
	if st := wanted(mail.StageTLS, r, err, 220); st != nil {
		if r.code >= 500 {
			st.err = &noTLSError{st.err}
		}
		return st
	}
	if w.in.Buffered() > 0 {
		return &stop{stage: mail.StageTLS, err: errInjected}
	}
	conn.SetDeadline(time.Time{})
	return nil
}

// wanted turns any reply but the hoped for into a stop.
func wanted(stage mail.Stage, r reply, err error, code int) *stop {
	switch {
	case err != nil:
		return &stop{stage: stage, err: err}
	case r.code != code:
		return &stop{stage: stage, err: r.err()}
	}
	return nil
}
