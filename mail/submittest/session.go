package submittest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// session is one connection.
type session struct {
	s      *Server
	conn   net.Conn
	in     *bufio.Reader
	id     int
	counts map[Stage]int
	from   string
	to     []string
	login  string
}

var errEnd = errors.New("end of the conversation")

// ServeTLS is ServeConn with TLS from the first byte.
func (s *Server) ServeTLS(conn net.Conn) { s.ServeConn(s.protect(conn)) }

// protect speaks TLS without session tickets: they are written unasked, and on a pipe
// without a buffer both ends would write and nobody read.
func (s *Server) protect(conn net.Conn) *tls.Conn {
	c := s.TLS.Clone()
	c.SessionTicketsDisabled = true
	return tls.Server(conn, c)
}

// ServeConn holds one conversation and closes the connection.
func (s *Server) ServeConn(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	s.conns++
	id := s.conns
	s.mu.Unlock()
	c := &session{s: s, conn: conn, in: bufio.NewReader(conn), id: id, counts: map[Stage]int{}}
	if c.answer(Greeting, "", "220 mx.example.com ESMTP") != nil {
		return
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasSuffix(line, "\r\n") {
			s.violation("command %q without CRLF", line)
		}
		if c.command(strings.TrimRight(line, "\r\n")) != nil {
			return
		}
	}
}

// answer lets the script decide and sends the reply.
func (c *session) answer(stage Stage, arg, good string) error {
	_, err := c.decide(stage, arg, good)
	return err
}

func (c *session) decide(stage Stage, arg, good string) (Act, error) {
	c.counts[stage]++
	var a Act
	if c.s.Script != nil {
		a = c.s.Script(Event{Stage: stage, Conn: c.id, Arg: arg, N: c.counts[stage]})
	}
	if a.Reply == "" {
		a.Reply = good
	}
	return a, c.play(a)
}

// play carries an act out and sends its reply.
func (c *session) play(a Act) error {
	if a.Wait > 0 {
		if err := c.idle(a.Wait); err != nil {
			return err
		}
	}
	switch {
	case a.Close:
		return errEnd
	case a.Hang:
		_, _ = io.Copy(io.Discard, c.in)
		return errEnd
	case a.Reply == "":
		return nil
	}
	text := a.Reply + "\r\n" + a.Extra
	if a.Cut > 0 && a.Cut < len(text) {
		if err := c.send(text[:a.Cut], a.Bytes); err != nil {
			return err
		}
		text = text[a.Cut:]
		if err := c.idle(a.Pause); err != nil {
			return err
		}
	}
	return c.send(text, a.Bytes)
}

// idle waits, but no longer than the client stays: nothing may be left behind.
func (c *session) idle(d time.Duration) error {
	until := time.Now().Add(d)
	c.conn.SetReadDeadline(until)
	_, err := c.in.Peek(c.in.Buffered() + 1)
	c.conn.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, bufio.ErrBufferFull):
		return nil
	case err != nil:
		return err
	}
	pause(time.Until(until)) // the client talks on meanwhile
	return nil
}

func (c *session) send(text string, bytewise bool) error {
	if !bytewise {
		_, err := io.WriteString(c.conn, text)
		return err
	}
	for i := range len(text) {
		if _, err := c.conn.Write([]byte{text[i]}); err != nil {
			return err
		}
	}
	return nil
}

// command carries out one line.
func (c *session) command(line string) error {
	verb, arg, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.answer(Ehlo, arg, c.greeting())
	case "STARTTLS":
		return c.startTLS(arg)
	case "AUTH":
		return c.auth(arg)
	case "MAIL":
		c.from, c.to = path(arg), nil
		return c.answer(MailFrom, c.from, "250 2.1.0 Ok")
	case "RCPT":
		return c.rcpt(arg)
	case "DATA":
		return c.data()
	case "RSET":
		c.from, c.to = "", nil
		return c.answer(Rset, "", "250 2.0.0 Ok")
	case "NOOP":
		return c.send("250 2.0.0 Ok\r\n", false)
	case "QUIT":
		_ = c.answer(Quit, "", "221 2.0.0 Bye")
		return errEnd
	}
	return c.send("502 5.5.2 not understood\r\n", false)
}

func (c *session) greeting() string {
	offers := c.s.Offers
	if offers == nil {
		offers = []string{"PIPELINING", "SIZE 26214400", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN XOAUTH2"}
	}
	lines := append([]string{"mx.example.com"}, offers...)
	if _, secure := c.conn.(*tls.Conn); c.s.TLS != nil && !secure {
		lines = append(lines, "STARTTLS")
	}
	var b strings.Builder
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		fmt.Fprintf(&b, "250%s%s\r\n", sep, l)
	}
	return strings.TrimSuffix(b.String(), "\r\n")
}

// startTLS protects the connection (RFC 3207), whatever the script sends in the clear
// behind its reply.
func (c *session) startTLS(arg string) error {
	if c.s.TLS == nil {
		return c.answer(StartTLS, arg, "454 4.7.0 TLS not available")
	}
	a, err := c.decide(StartTLS, arg, "220 2.0.0 go on")
	if err != nil || !strings.HasPrefix(a.Reply, "220") {
		return err
	}
	conn := c.s.protect(c.conn)
	if err := conn.Handshake(); err != nil {
		return err
	}
	c.conn, c.in = conn, bufio.NewReader(conn)
	return nil
}

// auth goes through an exchange (RFC 4954). LOGIN is asked its two questions; a script
// that answers 334 gets the client's next line as another event.
func (c *session) auth(arg string) error {
	c.s.mu.Lock()
	c.s.logins++
	c.s.mu.Unlock()
	said := []string{arg}
	if strings.EqualFold(arg, "LOGIN") {
		for _, question := range []string{"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"} {
			if err := c.send(question, false); err != nil {
				return err
			}
			line, err := c.in.ReadString('\n')
			if err != nil {
				return err
			}
			said = append(said, strings.TrimRight(line, "\r\n"))
		}
	}
	for {
		a, err := c.decide(Auth, strings.Join(said, " "), "235 2.7.0 Welcome")
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(a.Reply, "235"):
			c.login = strings.Join(said, " ")
			return nil
		case !strings.HasPrefix(a.Reply, "334"):
			return nil
		}
		line, err := c.in.ReadString('\n')
		if err != nil {
			return err
		}
		if said = []string{strings.TrimRight(line, "\r\n")}; said[0] == "*" {
			return c.send("501 5.7.0 ended\r\n", false)
		}
	}
}

func (c *session) rcpt(arg string) error {
	to := path(arg)
	a, err := c.decide(RcptTo, to, "250 2.1.5 Ok")
	if err == nil && strings.HasPrefix(a.Reply, "250") {
		c.to = append(c.to, to)
	}
	return err
}

// path is the address between the angle brackets, and nothing else may stand there.
func path(arg string) string {
	_, rest, _ := strings.Cut(arg, "<")
	addr, _, _ := strings.Cut(rest, ">")
	return addr
}

func (c *session) data() error {
	if c.from == "" || len(c.to) == 0 {
		c.s.violation("DATA without an envelope")
		return c.send("503 5.5.1 no envelope\r\n", false)
	}
	a, err := c.decide(Data, "", "354 go on")
	if err != nil || !strings.HasPrefix(a.Reply, "354") {
		return err
	}
	body, err := c.body()
	if err != nil {
		return err
	}
	return c.dot(body)
}

// body reads up to the dot, strictly: only CRLF ends a line.
func (c *session) body() ([]byte, error) {
	var b bytes.Buffer
	for first := true; ; first = false {
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if first {
			if err := c.answer(Body, "", ""); err != nil {
				return nil, err
			}
		}
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			c.s.violation("bare LF in the message: %q", line)
		}
		text := bytes.TrimSuffix(line, []byte("\r\n"))
		if bytes.ContainsAny(text, "\r\n\x00") {
			c.s.violation("bare CR, LF or NUL in the message: %q", line)
		}
		if len(text) > 998+1 {
			c.s.violation("a line of %d bytes", len(text))
		}
		if string(text) == "." {
			return b.Bytes(), nil
		}
		b.Write(bytes.TrimPrefix(line, []byte(".")))
	}
}

// dot decides about the message. It is taken before the answer goes out, as servers do.
func (c *session) dot(body []byte) error {
	c.counts[Dot]++
	a := Act{}
	if c.s.Script != nil {
		a = c.s.Script(Event{Stage: Dot, Conn: c.id, N: c.counts[Dot]})
	}
	if a.Reply == "" {
		a.Reply = fmt.Sprintf("250 2.0.0 Ok: queued as Q%d", c.id)
	}
	if a.Keep || strings.HasPrefix(a.Reply, "2") && !a.Close && !a.Hang {
		c.take(body)
	}
	c.from, c.to = "", nil
	return c.play(a)
}

func (c *session) take(body []byte) {
	now := time.Now
	if c.s.Now != nil {
		now = c.s.Now
	}
	got := Accepted{From: c.from, To: c.to, Data: body, At: now(), Conn: c.id, Login: c.login}
	c.s.mu.Lock()
	c.s.accepted = append(c.s.accepted, got)
	c.s.mu.Unlock()
	if c.s.Taken != nil {
		c.s.Taken(got)
	}
}
