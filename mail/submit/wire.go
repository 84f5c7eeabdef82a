package submit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	maxReply = 64 << 10 // bytes of one reply, all its lines together
	maxLine  = 998      // RFC 5322 section 2.1.1, without the line end
)

// errDesync: the server answered a command that was not given yet. What it says from
// now on cannot be told apart, so nothing it says is believed.
var errDesync = errors.New("the server sent a reply to a command that was not given")

// wireConn is the connection under go-smtp. It counts replies: at any moment exactly
// one reply per command may have come, and no reply may be endless.
type wireConn struct {
	net.Conn
	greeting []byte // replayed before the first byte of the server, behind STARTTLS
	pending  []byte // what came since the last command
	commands int    // commands written
	dotted   bool   // the five bytes are written or being written
	eightBit bool
}

func (w *wireConn) Read(p []byte) (int, error) {
	if len(w.greeting) > 0 {
		n := copy(p, w.greeting)
		w.greeting = w.greeting[n:]
		w.pending = append(w.pending, p[:n]...)
		return n, nil
	}
	n, err := w.Conn.Read(p)
	w.pending = append(w.pending, p[:n]...)
	if len(w.pending) > maxReply {
		return 0, fmt.Errorf("a reply of more than %d bytes", maxReply)
	}
	return n, err
}

// Write passes a command on, if the one before it was answered once and no more.
func (w *wireConn) Write(p []byte) (int, error) {
	if !w.dotted {
		if err := w.settled(); err != nil {
			return 0, err
		}
	}
	w.pending = w.pending[:0]
	w.commands++
	return w.Conn.Write(p)
}

// settled reports whether the last command, or the greeting, has exactly one answer.
func (w *wireConn) settled() error {
	if n := replies(w.pending); n != 1 || !bytes.HasSuffix(w.pending, []byte("\n")) {
		return errDesync
	}
	return nil
}

// replies counts finished replies: lines that have no hyphen behind their code
// (RFC 5321 section 4.2.1).
func replies(b []byte) int {
	n := 0
	for len(b) > 0 {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if found && (len(line) < 4 || line[3] != '-') {
			n++
		}
		b = rest
	}
	return n
}

// writeBody writes the message without its last line end, dots doubled (RFC 5321
// section 4.5.2). It does not go through [wireConn.Write]: it is no command.
func writeBody(w *wireConn, body []byte, patience time.Duration) error {
	w.SetWriteDeadline(time.Now().Add(patience))
	defer w.SetWriteDeadline(time.Time{})
	out := bufio.NewWriterSize(w.Conn, 16<<10)
	start := true
	for len(body) > 0 {
		line := body
		if i := bytes.IndexByte(body, '\n'); i >= 0 {
			line = body[:i+1]
		}
		if start && line[0] == '.' {
			out.WriteByte('.')
		}
		out.Write(line)
		start = line[len(line)-1] == '\n'
		body = body[len(line):]
	}
	return out.Flush()
}

// withoutLastLineEnd checks that a message can stand on the wire as it is: CRLF at the
// end of every line and nowhere else (the smuggling attacks of 2023 lived on bare LF and
// CR), no line too long, no NUL.
func withoutLastLineEnd(wire []byte) ([]byte, error) {
	rest, n := wire, 0
	for len(rest) > 0 {
		n++
		line, next, found := bytes.Cut(rest, []byte("\r\n"))
		switch {
		case !found:
			return nil, fmt.Errorf("the message does not end with a line end (line %d)", n)
		case bytes.ContainsAny(line, "\r\n\x00"):
			return nil, fmt.Errorf("a bare CR, LF or NUL in line %d of the message", n)
		case len(line) > maxLine:
			return nil, fmt.Errorf("line %d of the message is longer than %d bytes", n, maxLine)
		}
		rest = next
	}
	if n == 0 {
		return nil, errors.New("the message is empty")
	}
	return wire[:len(wire)-2], nil
}

// startTLS asks for protection in the clear. Nothing that is said before the handshake
// is remembered, and bytes that come behind the answer end the connection: they were
// put there by somebody else (CVE-2011-0411 and its forty sisters).
func startTLS(ctx context.Context, conn net.Conn, hello string) error {
	if hello == "" {
		hello = "localhost"
	}
	if d, ok := ctx.Deadline(); ok {
		conn.SetDeadline(d)
		defer conn.SetDeadline(time.Time{})
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in := bufio.NewReader(io.LimitReader(conn, maxReply))
	if _, err := plainReply(in, "220"); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	offered, err := plainCommand(conn, in, "EHLO "+hello, "250")
	if err != nil {
		return err
	}
	if !strings.Contains(strings.ToUpper(offered)+"\n", "STARTTLS\n") {
		return errors.New("the server does not offer STARTTLS, and headsup does not go on without it")
	}
	if _, err := plainCommand(conn, in, "STARTTLS", "220"); err != nil {
		return err
	}
	if in.Buffered() > 0 {
		return errors.New("bytes came in the clear behind the answer to STARTTLS: somebody is between you and the server")
	}
	return nil
}

func plainCommand(conn net.Conn, in *bufio.Reader, command, want string) (string, error) {
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	text, err := plainReply(in, want)
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	return text, nil
}

// plainReply reads one reply and returns its texts, one a line.
func plainReply(in *bufio.Reader, want string) (string, error) {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 || line[:3] != want {
			return "", fmt.Errorf("the server answered %q", line)
		}
		if len(line) > 4 {
			text.WriteString(line[4:])
		}
		text.WriteByte('\n')
		if len(line) < 4 || line[3] != '-' {
			return text.String(), nil
		}
	}
}
