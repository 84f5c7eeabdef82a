package letter

import (
	"strings"
	"unicode"
)

// Clean makes a text fit for one header field: valid UTF-8 on one line, without the
// characters that end a line for somebody (C0, C1, U+2028, U+2029) or that make a
// text read otherwise than it is (zero-width, direction marks, tags). Runs of
// white space become one space.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
