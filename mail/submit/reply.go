package submit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Bounds of a reply. RFC 5321 section 4.5.3.1.5 allows 512 bytes a line; servers write
// more. Past these bounds it is not a reply but a flood.
const (
	maxReplyLine  = 1900 // go-smtp stops at 2000
	maxReplyLines = 128
)

// errGarbage: what came is no reply in the grammar of RFC 5321 section 4.2. Nothing is
// concluded from it.
var errGarbage = errors.New("the server answered with something that is no SMTP reply")

// reply is one answer of a server, all its lines.
type reply struct {
	code  int
	lines []string
}

// readReply reads exactly one reply. The size of the reader's buffer bounds a line.
func readReply(in *bufio.Reader) (reply, error) {
	var r reply
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = fmt.Errorf("%w: a line of more than %d bytes", errGarbage, maxReplyLine)
			}
			return reply{}, err
		}
		code, more, text, err := parseReplyLine(line)
		switch {
		case err != nil:
			return reply{}, err
		case r.code != 0 && r.code != code:
			return reply{}, fmt.Errorf("%w: code %d continued as %d", errGarbage, r.code, code)
		case len(r.lines) == maxReplyLines:
			return reply{}, fmt.Errorf("%w: more than %d lines", errGarbage, maxReplyLines)
		}
		r.code, r.lines = code, append(r.lines, text)
		if !more {
			return r, nil
		}
	}
}

// parseReplyLine reads `250-text` or `250 text` or `250`. A CR anywhere but before the
// LF makes it garbage: two readers could see two different replies in it.
func parseReplyLine(line []byte) (code int, more bool, text string, err error) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	bad := func() (int, bool, string, error) {
		return 0, false, "", fmt.Errorf("%w: %q", errGarbage, clip(string(line), 60))
	}
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || bytes.IndexByte(line, '\r') >= 0 {
		return bad()
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return bad()
		}
		code = code*10 + int(c-'0')
	}
	if len(line) == 3 {
		return code, false, "", nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return bad()
	}
	return code, line[3] == '-', printable(string(line[4:])), nil
}

// printable makes what a server says fit to be shown: no control characters, no
// terminal escapes, valid UTF-8.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}

// wire is the reply in the form in which go-smtp reads it without surprises.
func (r reply) wire() []byte {
	var b bytes.Buffer
	for i, l := range r.lines {
		sep := "-"
		if i == len(r.lines)-1 {
			sep = " "
		}
		fmt.Fprintf(&b, "%03d%s%s\r\n", r.code, sep, l)
	}
	return b.Bytes()
}

// text is all lines of the reply as one, clipped: a queue id stands at its head.
func (r reply) text() string { return clip(strings.Join(r.lines, " "), 1000) }

// serverError is a reply that is not the one that was hoped for.
type serverError struct {
	Code     int
	Enhanced string // RFC 3463, "5.1.1"
	Text     string
	Local    bool // the server did not say it: it is known from what the server offers
}

func (e *serverError) Error() string {
	if e.Local {
		return e.Text
	}
	head := fmt.Sprintf("%d", e.Code)
	if e.Enhanced != "" {
		head += " " + e.Enhanced
	}
	return fmt.Sprintf("the server said %q", strings.TrimSpace(head+" "+e.Text))
}

func (r reply) err() *serverError {
	status, text := splitEnhanced(r.text())
	return &serverError{Code: r.code, Enhanced: status, Text: text}
}

// splitEnhanced takes the status code of RFC 2034 off the head of a text.
func splitEnhanced(text string) (status, rest string) {
	word, rest, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return "", text
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return "", text
		}
	}
	return word, rest
}
