package imapbox

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/mail/letter"
)

// LoginError means that the server does not let the user in. Trying again with the same
// secret would only lock the account.
type LoginError struct {
	User string
	Err  error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("log in as %s: %v", e.User, e.Err)
}

// Unwrap is the cause.
func (e *LoginError) Unwrap() error { return e.Err }

// Refusal is a NO or BAD of the server, in words that can be shown.
type Refusal struct {
	Code string // response code of RFC 9051 section 7.1, "" if none
	Text string
}

func (e *Refusal) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the server says no: %q", e.Text)
	}
	return fmt.Sprintf("the server says no [%s]: %q", e.Code, e.Text)
}

// plain turns the library's error into ours: a server's text may hold anything.
func plain(err error) error {
	var e *imap.Error
	if errors.As(err, &e) {
		return &Refusal{Code: letter.Clean(string(e.Code)), Text: letter.Clean(e.Text)}
	}
	return err
}

// dial connects, encrypts and logs in.
func dial(ctx context.Context, c Config) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	conn, err := c.Dial(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.Addr, err)
	}
	tlsConn, err := encrypt(ctx, c, conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect to %s: %w", c.Addr, err)
	}
	s := newSession(tlsConn, c.Timeout)
	if err := s.login(ctx, c); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// encrypt returns a connection on which everything is encrypted and, so that there is
// one way from here, a greeting comes first.
func encrypt(ctx context.Context, c Config, conn net.Conn) (net.Conn, error) {
	if !c.StartTLS {
		config := c.tls()
		config.NextProtos = []string{"imap"}
		t := tls.Client(conn, config)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		return t, nil
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := askStartTLS(conn); err != nil {
		return nil, fmt.Errorf("STARTTLS: %w", err)
	}
	t := tls.Client(conn, c.tls())
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS after STARTTLS: %w", err)
	}
	if !stop() {
		return nil, ctx.Err()
	}
	conn.SetDeadline(time.Time{})
	return &greeted{Conn: t, greeting: strings.NewReader("* OK encrypted\r\n")}, nil
}

// greeted is a connection that begins with a greeting of its own, because the one that
// came unencrypted, and what it promised, does not count (RFC 9051 section 6.2.1).
type greeted struct {
	net.Conn
	greeting io.Reader
}

func (g *greeted) Read(p []byte) (int, error) {
	if n, err := g.greeting.Read(p); err == nil {
		return n, nil
	}
	return g.Conn.Read(p)
}

// maxPlain bounds what is read before encryption.
const maxPlain = 64 << 10

// askStartTLS speaks the few lines before encryption. Whatever the server says there
// beside "yes" and "no" is not acted on, and anything that comes with the yes is an
// attempt to smuggle (RFC 3501 would let it through; CVE-2011-0411 and its kin).
func askStartTLS(conn net.Conn) error {
	r := bufio.NewReader(io.LimitReader(conn, maxPlain))
	greeting, err := r.ReadString('\n')
	if err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") {
		return fmt.Errorf("the server greets with %q before encryption, want OK", letter.Clean(greeting))
	}
	if r.Buffered() > 0 {
		return errors.New("the server speaks before it is asked")
	}
	if _, err := io.WriteString(conn, "S1 STARTTLS\r\n"); err != nil {
		return err
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "S1" {
			continue
		}
		switch {
		case !strings.EqualFold(fields[1], "OK"):
			return fmt.Errorf("the server refuses to encrypt: %q", letter.Clean(line))
		case r.Buffered() > 0:
			return errors.New("the server sent more than its answer before encryption")
		}
		return nil
	}
}

// login waits for the greeting and proves who the user is.
func (s *session) login(ctx context.Context, c Config) error {
	err := s.run(ctx, s.timeout, s.client.WaitGreeting)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", c.Addr, err)
	}
	if s.client.State() != imap.ConnStateNotAuthenticated {
		return fmt.Errorf("connect to %s: the server takes us for somebody before we said who we are (PREAUTH)", c.Addr)
	}
	caps, err := s.capabilities(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", c.Addr, err)
	}
	secret, err := c.Login.Secret(ctx)
	if err != nil {
		return fmt.Errorf("get the password or token of %s: %w", c.User, err)
	}
	how, err := chooseLogin(caps, c, secret)
	if err == nil {
		err = s.run(ctx, s.timeout, func() error { return how(s.client) })
	}
	if err != nil {
		if isDenied(err) {
			return &LoginError{User: c.User, Err: err}
		}
		return fmt.Errorf("log in as %s: %w", c.User, err)
	}
	s.caps, err = s.capabilities(ctx)
	return err
}

// temporary reports whether a refusal says nothing about the secret (RFC 5530).
func temporary(code string) bool {
	switch imap.ResponseCode(strings.ToUpper(code)) {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeLimit:
		return true
	}
	return false
}

// capabilities asks for them once more where the server did not tell.
func (s *session) capabilities(ctx context.Context) (imap.CapSet, error) {
	var caps imap.CapSet
	err := s.run(ctx, s.timeout, func() error {
		if caps = s.client.Caps(); caps == nil {
			return errors.New("the server does not tell what it can do")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return caps, nil
}
