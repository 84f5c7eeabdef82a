package letter

import (
	"encoding/base64"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
)

// maxWord is the length of an encoded word. RFC 2047 section 2 allows 75 in a line of 76;
// this leaves room for the name of the field.
const maxWord = 62

// maxPlain is how long an ASCII word may be before it is encoded, so that the field
// can be folded everywhere.
const maxPlain = 66

// encodeWords writes a cleaned text as the words of an unstructured field or of a
// phrase: as it is, or as encoded words. The caller folds between the words.
func encodeWords(s string) []string {
	words := strings.Fields(s)
	plain := !strings.Contains(s, "=?")
	for _, w := range words {
		plain = plain && len(w) <= maxPlain && isASCII(w)
	}
	if plain {
		return words
	}
	if foreign(s) {
		return splitWord(s, "b", func(b []byte) string { return base64.StdEncoding.EncodeToString(b) })
	}
	return splitWord(s, "q", qEncode)
}

// splitWord cuts s between characters into encoded words that are short enough.
func splitWord(s, encoding string, encode func([]byte) string) []string {
	prefix := "=?utf-8?" + encoding + "?"
	var out []string
	start := 0
	for i := 0; i <= len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		if i == len(s) || len(prefix)+len(encode([]byte(s[start:i+n])))+2 > maxWord {
			out = append(out, prefix+encode([]byte(s[start:i]))+"?=")
			start = i
		}
		if i == len(s) {
			break
		}
		i += n
	}
	return out
}

// qEncode is the Q encoding with the few characters that may stand in a phrase (RFC
// 2047 section 5 rule 3).
func qEncode(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		switch {
		case c == ' ':
			out.WriteByte('_')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!*+-/", c) >= 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "=%02X", c)
		}
	}
	return out.String()
}

// decodeWords reads a text with encoded words in it; what cannot be decoded stays as
// it is. The result is clean.
func decodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: charset.Reader}
	if out, err := d.DecodeHeader(s); err == nil {
		return Clean(out)
	}
	// One word that cannot be decoded must not hide the others.
	words := strings.Fields(s)
	for i, w := range words {
		if out, err := d.Decode(w); err == nil {
			words[i] = out
		}
	}
	return Clean(strings.Join(words, " "))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// foreign reports whether most of a text is beyond ASCII, where B is the shorter
// encoding.
func foreign(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			n++
		}
	}
	return 2*n > len(s)
}
