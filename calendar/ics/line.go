package ics

import (
	"strings"
	"unicode/utf8"
)

// property is one content line. Its strings are parts of the file's one string unless
// the line was folded.
type property struct {
	name   string // upper case
	params string // as written, from the first semicolon
	value  string
	line   int32
}

// lexer cuts a file into logical lines (RFC 5545 section 3.1).
type lexer struct {
	rest  string
	line  int // of the physical line that comes next
	limit int
}

func newLexer(text string, lim Limits) *lexer {
	text = strings.TrimPrefix(text, "\ufeff")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // line ends of old Mac files
	}
	return &lexer{rest: text, line: 1, limit: lim.Line}
}

// physical takes one line off the text, without its end.
func (l *lexer) physical() (string, error) {
	var s string
	if i := strings.IndexByte(l.rest, '\n'); i >= 0 {
		s, l.rest = l.rest[:i], l.rest[i+1:]
	} else {
		s, l.rest = l.rest, ""
	}
	if len(s) > l.limit {
		return "", tooLong(l.line, Limits{Line: l.limit})
	}
	l.line++
	for len(s) > 0 && s[len(s)-1] == '\r' {
		s = s[:len(s)-1]
	}
	return s, nil
}

// folded reports whether the next physical line continues the one before. Empty lines
// in between, which a file whose line ends were doubled has, are passed over.
func (l *lexer) folded() bool {
	blank := 0
	for blank < len(l.rest) && (l.rest[blank] == '\n' || l.rest[blank] == '\r') {
		blank++
	}
	if blank == len(l.rest) || (l.rest[blank] != ' ' && l.rest[blank] != '\t') {
		return false
	}
	if blank > 0 {
		l.line += strings.Count(l.rest[:blank], "\n")
		l.rest = l.rest[blank:]
	}
	return true
}

// next gives the next logical line that is not empty. A line that unfolds to more
// than the limit, as a picture within an event does, comes without its tail and with
// cut set.
func (l *lexer) next() (s string, line int, cut, ok bool, err error) {
	for l.rest != "" {
		line = l.line
		if s, err = l.physical(); err != nil {
			return "", line, false, false, err
		}
		if !l.folded() {
			if s == "" || s[0] <= ' ' && strings.TrimSpace(s) == "" {
				continue
			}
			return s, line, false, true, nil
		}
		s, cut, err = l.unfold(s)
		if err != nil || strings.TrimSpace(s) != "" {
			return s, line, cut, err == nil, err
		}
	}
	return "", l.line, false, false, nil
}

func (l *lexer) unfold(first string) (string, bool, error) {
	var b strings.Builder
	b.WriteString(first)
	cut := false
	for l.folded() {
		s, err := l.physical()
		if err != nil {
			return "", false, err
		}
		if cut = cut || b.Len()+len(s) > l.limit; !cut {
			b.WriteString(s[1:])
		}
	}
	return b.String(), cut, nil
}

// nameOf is the property name at the start of a logical line and where it ends.
func nameOf(s string) (string, int) {
	for i := 0; i < len(s); i++ {
		if s[i] == ':' || s[i] == ';' {
			return upper(strings.TrimSpace(s[:i])), i
		}
	}
	return "", -1
}

// split cuts a logical line into name, parameters and value. The first colon outside
// quotes ends the parameters.
func split(s string, line int) (property, bool) {
	name, i := nameOf(s)
	if i < 0 || name == "" {
		return property{}, false
	}
	p := property{name: name, line: int32(line)}
	if s[i] == ':' {
		p.value = s[i+1:]
		return p, true
	}
	quoted := false
	for j := i; j < len(s); j++ {
		switch s[j] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				p.params, p.value = s[i:j], s[j+1:]
				return p, true
			}
		}
	}
	// A quote that never closes: take the first colon.
	if j := strings.IndexByte(s, ':'); j >= 0 {
		p.params, p.value = s[i:j], s[j+1:]
		return p, true
	}
	return property{}, false
}

// param is the value of a parameter, without quotes and with the escapes of RFC 6868
// undone; "" if it is not there.
func (p property) param(name string) string {
	rest := p.params
	for rest != "" {
		rest = rest[1:] // the semicolon
		end := paramEnd(rest)
		key, value, _ := strings.Cut(rest[:end], "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return paramValue(value)
		}
		rest = rest[end:]
	}
	return ""
}

// paramEnd is where a parameter ends: at a semicolon outside quotes.
func paramEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quoted = !quoted
		} else if s[i] == ';' && !quoted {
			return i
		}
	}
	return len(s)
}

func paramValue(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	if strings.Contains(s, "^") {
		s = strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^").Replace(s)
	}
	return s
}

// unescape undoes the escapes of a TEXT value (RFC 5545 section 3.3.11).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n").Replace(s)
}

// text is a TEXT value for people: without escapes, and without the control bytes that
// no text has.
func text(s string) string {
	s = unescape(s)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s))
}

// texts appends a list of TEXT values, as CATEGORIES has.
func texts(out []string, s string) []string {
	const most = 100
	start := 0
	for i := 0; i <= len(s) && len(out) < most; i++ {
		switch {
		case i < len(s) && s[i] == '\\':
			i++
		case i >= len(s) || s[i] == ',':
			if v := text(s[start:min(i, len(s))]); v != "" {
				out = append(out, v)
			}
			start = i + 1
		}
	}
	return out
}

// upper is strings.ToUpper without a new string when there is nothing to do.
func upper(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'a' && s[i] <= 'z' {
			return strings.ToUpper(s)
		}
	}
	return s
}
