package submit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// errDesync: the server answered a command that was not given yet. What it says from
// now on cannot be told apart, so nothing it says is believed.
var errDesync = errors.New("the server sent a reply to a command that was not given")

// wire is the connection under go-smtp. It reads one strict, bounded reply at a time and
// refuses to write a command while an unread one is waiting. From the body on go-smtp is
// not asked any more.
type wire struct {
	net.Conn
	raw   net.Conn // what is closed: TLS would first say goodbye and wait for it
	in    *bufio.Reader
	ready []byte // of a reply that go-smtp has not read yet
}

func newWire(conn, raw net.Conn) *wire {
	return &wire{Conn: conn, raw: raw, in: bufio.NewReaderSize(conn, maxReplyLine)}
}

// Close ends the connection without another byte.
func (w *wire) Close() error { return w.raw.Close() }

// Read gives go-smtp the next reply, in a form that it reads without surprises.
func (w *wire) Read(p []byte) (int, error) {
	if len(w.ready) == 0 {
		r, err := readReply(w.in)
		if err != nil {
			return 0, err
		}
		w.ready = r.wire()
	}
	n := copy(p, w.ready)
	w.ready = w.ready[n:]
	return n, nil
}

// Write passes a command on, unless an unasked reply is waiting.
func (w *wire) Write(p []byte) (int, error) {
	if len(w.ready) > 0 || w.in.Buffered() > 0 {
		return 0, errDesync
	}
	return w.Conn.Write(p)
}

// ask gives one command and reads its reply.
func (w *wire) ask(command string, patience time.Duration) (reply, error) {
	w.SetDeadline(time.Now().Add(patience))
	defer w.SetDeadline(time.Time{})
	if _, err := io.WriteString(w, command+"\r\n"); err != nil {
		return reply{}, err
	}
	return readReply(w.in)
}

// listen is how long the server may speak up before the gate. It costs every message as
// much, and finds a connection that is already dead or out of step.
const listen = 20 * time.Millisecond

// settled makes sure that the server has nothing to say while the message is on its way:
// a reply that came early would be taken for the answer to the dot.
func (w *wire) settled() error {
	w.SetReadDeadline(time.Now().Add(listen))
	defer w.SetReadDeadline(time.Time{})
	_, err := w.in.Peek(1)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case err != nil:
		return err
	}
	r, err := readReply(w.in)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errDesync, err)
	case r.code >= 400:
		return r.err()
	}
	return errDesync
}

// login goes through one SASL exchange (RFC 4954 section 4). It is not go-smtp's: that
// one answers a refusal with another line and waits for the reply to it.
func (w *wire) login(mech string, initial []byte, c sasl.Client, patience time.Duration) error {
	command := "AUTH " + mech
	if initial != nil {
		command += " " + encode(initial)
	}
	r, err := w.ask(command, patience)
	for err == nil && r.code == 334 {
		var challenge, answer []byte
		if challenge, err = base64.StdEncoding.DecodeString(strings.TrimSpace(r.lines[0])); err != nil {
			return fmt.Errorf("%w: a challenge that is not base64", errGarbage)
		}
		if answer, err = c.Next(challenge); err != nil {
			// The mechanism itself says no (RFC 7628 section 3.2.2: the challenge says
			// why). The star ends the exchange, the connection ends right after.
			_, _ = w.ask("*", time.Second)
			return &loginError{err}
		}
		r, err = w.ask(encode(answer), patience)
	}
	switch {
	case err != nil:
		return err
	case r.code != 235:
		return r.err()
	}
	return nil
}

// encode is base64 as RFC 4954 wants it: the empty response is "=".
func encode(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// chunk is how much of a body leaves under one deadline, so that a slow line is no
// reason to give up as long as it moves.
const chunk = 8 << 10

// sendBody writes the message without its last line end, dots doubled (RFC 5321 section
// 4.5.2).
func (w *wire) sendBody(body []byte, patience time.Duration) error {
	defer w.SetWriteDeadline(time.Time{})
	out := bufio.NewWriterSize(writerFunc(func(p []byte) (int, error) {
		w.SetWriteDeadline(time.Now().Add(patience))
		return w.Conn.Write(p)
	}), chunk)
	for len(body) > 0 {
		line, rest := body, []byte(nil)
		if i := bytes.IndexByte(body, '\n'); i >= 0 {
			line, rest = body[:i+1], body[i+1:]
		}
		if line[0] == '.' {
			out.WriteByte('.')
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		body = rest
	}
	return out.Flush()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// dot writes the five bytes that matter and waits for the one reply to them.
func (w *wire) dot(patience time.Duration) (reply, error) {
	w.SetWriteDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(w.Conn, "\r\n.\r\n"); err != nil {
		return reply{}, err
	}
	w.SetReadDeadline(time.Now().Add(patience))
	r, err := readReply(w.in)
	if err == nil && w.in.Buffered() > 0 {
		return reply{}, errDesync
	}
	return r, err
}
