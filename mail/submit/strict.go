package submit

import (
	"bytes"
	"errors"
	"fmt"
)

// maxLine is the length of a line without its end (RFC 5322 section 2.1.1).
const maxLine = 998

// needs is what a message asks of a server.
type needs struct {
	eightBit bool // 8BITMIME, RFC 6152
	utf8     bool // SMTPUTF8, RFC 6531: a header with more than ASCII
	size     int64
}

// inspect checks that a message can stand on the wire as it is: CRLF at the end of every
// line and nowhere else (the smuggling attacks of 2023 lived on bare LF and CR), no line
// too long, no NUL, a header. It is the last look before the bytes leave.
func inspect(wire []byte) (needs, error) {
	n := needs{size: int64(len(wire))}
	header := true
	rest := wire
	for i := 1; len(rest) > 0; i++ {
		line, next, found := bytes.Cut(rest, []byte("\r\n"))
		switch {
		case !found:
			return n, fmt.Errorf("line %d of the message has no CRLF at its end", i)
		case bytes.ContainsAny(line, "\r\n\x00"):
			return n, fmt.Errorf("a bare CR, LF or NUL in line %d of the message", i)
		case len(line) > maxLine:
			return n, fmt.Errorf("line %d of the message is longer than %d bytes", i, maxLine)
		case header && len(line) == 0:
			header = false
		}
		if !ascii(line) {
			n.eightBit, n.utf8 = true, n.utf8 || header
		}
		rest = next
	}
	if len(wire) == 0 {
		return n, errors.New("the message is empty")
	}
	return n, nil
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
