package imapbox

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"headsup/mail/letter"
)

// What one server may make us read.
const (
	maxLine    = 8 << 20               // of one response without its literals: a SEARCH result of a million messages
	maxLiteral = letter.MaxSize + 1024 // of one literal
	maxNesting = 50                    // of parentheses
	maxCommand = 128 << 20             // in answer to one command
	maxQuiet   = 1 << 20               // while only waiting for notices
)

// ErrLimit is wrapped by the error of a connection that was cut because the server sent
// too much.
var ErrLimit = errors.New("the server sends more than is read")

// limiter is a connection that ends before what comes in grows without bound. It
// follows lines, quoted strings, parentheses and literals (RFC 9051 section 4.3) and
// nothing else of the grammar.
type limiter struct {
	net.Conn
	budget atomic.Int64 // bytes that may still come, set anew by allow

	err     error
	line    int64
	depth   int
	quoted  bool
	escaped bool
	digits  int64 // of "{n" at the end of a line, -1: not there
	closed  bool  // "{n}" is complete and must be followed by the end of the line
	literal int64 // bytes of a literal still to come
}

func newLimiter(c net.Conn) *limiter {
	l := &limiter{Conn: c, digits: -1}
	l.allow(maxCommand)
	return l
}

// allow says how much may come from now on.
func (l *limiter) allow(n int64) { l.budget.Store(n) }

// Read is only called by the one goroutine that reads responses.
func (l *limiter) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.Conn.Read(p)
	if l.budget.Add(-int64(n)) < 0 {
		l.err = fmt.Errorf("too many bytes at once: %w", ErrLimit)
		return 0, l.err
	}
	if scanErr := l.scan(p[:n]); scanErr != nil {
		l.err = fmt.Errorf("%w: %w", scanErr, ErrLimit)
		return 0, l.err
	}
	return n, err
}

func (l *limiter) scan(b []byte) error {
	for i := 0; i < len(b); i++ {
		if l.literal > 0 {
			skip := min(l.literal, int64(len(b)-i))
			l.literal -= skip
			i += int(skip) - 1
			continue
		}
		if l.line++; l.line > maxLine {
			return fmt.Errorf("a line of more than %d bytes", maxLine)
		}
		if err := l.byte(b[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *limiter) byte(c byte) error {
	switch {
	case c == '\n':
		if l.closed {
			l.literal = l.digits
		} else {
			l.line, l.depth = 0, 0
		}
		l.quoted, l.escaped, l.closed, l.digits = false, false, false, -1
		return nil
	case l.quoted:
		l.quoted = l.escaped || c != '"'
		l.escaped = !l.escaped && c == '\\'
		return nil
	case c == '{':
		l.digits, l.closed = 0, false
		return nil
	case l.digits >= 0 && '0' <= c && c <= '9' && !l.closed:
		if l.digits = l.digits*10 + int64(c-'0'); l.digits > maxLiteral {
			return fmt.Errorf("a literal of more than %d bytes", maxLiteral)
		}
		return nil
	case l.digits >= 0 && c == '}':
		l.closed = true
		return nil
	case c == '\r' || c == '+' && l.digits >= 0:
		return nil
	}
	l.digits, l.closed = -1, false
	switch c {
	case '"':
		l.quoted = true
	case '(':
		if l.depth++; l.depth > maxNesting {
			return fmt.Errorf("more than %d levels of lists", maxNesting)
		}
	case ')':
		l.depth--
	}
	return nil
}
