package imapbox

import (
	"errors"
	"fmt"
	"net"
	"strings"
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
	budget atomic.Int64          // bytes that may still come, set anew by allow
	why    atomic.Pointer[error] // why it was cut

	line    int64
	depth   int
	quoted  bool
	escaped bool
	digits  int64  // of "{n" at the end of a line, -1: not there
	closed  bool   // "{n}" is complete and must be followed by the end of the line
	literal int64  // bytes of a literal still to come
	start   []byte // first bytes of the line or of a code in it
	flat    bool   // in such a list, where no parenthesis may stand
}

func newLimiter(c net.Conn) *limiter {
	l := &limiter{Conn: c, digits: -1}
	l.allow(maxCommand)
	return l
}

// allow says how much may come from now on.
func (l *limiter) allow(n int64) { l.budget.Store(n) }

// cut is why the connection was cut, nil if it was not.
func (l *limiter) cut() error {
	if err := l.why.Load(); err != nil {
		return *err
	}
	return nil
}

// Read is only called by the one goroutine that reads responses.
func (l *limiter) Read(p []byte) (int, error) {
	if err := l.cut(); err != nil {
		return 0, err
	}
	n, err := l.Conn.Read(p)
	limit := l.scan(p[:n])
	if l.budget.Add(-int64(n)) < 0 {
		limit = errors.New("too many bytes at once")
	}
	if limit != nil {
		limit = fmt.Errorf("%w: %w", limit, ErrLimit)
		l.why.Store(&limit)
		return 0, limit
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
		l.start, l.flat = l.start[:0], false
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
	l.capabilities(c)
	switch c {
	case '"':
		l.quoted = true
	case '(':
		if l.flat {
			return errors.New("a list among capabilities")
		}
		if l.depth++; l.depth > maxNesting {
			return fmt.Errorf("more than %d levels of lists", maxNesting)
		}
	case ')':
		l.depth--
	}
	return nil
}

// capabilities notes where a list of capabilities begins and ends: the library reads a
// parenthesis in it for ever.
func (l *limiter) capabilities(c byte) {
	switch {
	case c == ']':
		l.flat = false
	case c == '[':
		l.start = append(l.start[:0], c)
	case len(l.start) < len("* CAPABILITY"):
		l.start = append(l.start, c)
		for _, list := range []string{"* CAPABILITY", "* ENABLED", "[CAPABILITY"} {
			l.flat = l.flat || strings.EqualFold(string(l.start), list)
		}
	}
}
