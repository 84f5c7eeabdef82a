package prose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What is read at most. A note that is larger is not a note.
const (
	MaxNote       = 2 << 20
	MaxTranscript = 16 << 20
	MaxLine       = 64 << 10
)

// Errors that tell why a note cannot be read at all.
var (
	ErrTooLarge = errors.New("too large")
	ErrNotText  = errors.New("not a text")
	ErrSealed   = errors.New("encrypted")
)

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// Decode turns bytes into text with "\n" line ends. UTF-8 is the rule; UTF-16 is read
// when its byte order mark is there; Windows-1252 when no part of the file is UTF-8
// beyond ASCII. A mixture, or a NUL, is refused: a guess would send garbled text. The
// second result is what the writer should know, "" if nothing.
func Decode(data []byte) (text, remark string, err error) {
	switch {
	case bytes.HasPrefix(data, bomUTF8):
		data = data[len(bomUTF8):]
	case bytes.HasPrefix(data, bomUTF16LE):
		data, err = fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, bomUTF16BE):
		data, err = fromUTF16(data[2:], binary.BigEndian)
	}
	if err != nil {
		return "", "", err
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", "", fmt.Errorf("line %d holds a NUL byte: %w; save the note as UTF-8 text", lineOf(data, i), ErrNotText)
	}
	if !utf8.Valid(data) {
		if data, err = from1252(data); err != nil {
			return "", "", err
		}
		remark = "the file is not UTF-8 and was read as Windows-1252; check names with accents"
	}
	return CleanControls(string(data)), remark, nil
}

func lineOf(data []byte, offset int) int {
	return 1 + bytes.Count(data[:offset], []byte{'\n'})
}

// fromUTF16 refuses a half unit and a lone surrogate: both mean that the file is cut or
// is something else.
func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, fmt.Errorf("the UTF-16 text ends in the middle of a character: %w; save the note as UTF-8 text", ErrNotText)
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			low := utf8.RuneError
			if i+1 < len(units) {
				low = utf16.DecodeRune(r, rune(units[i+1]))
			}
			if low == utf8.RuneError {
				return nil, fmt.Errorf("line %d holds half a UTF-16 character: %w; save the note as UTF-8 text", lineOf(out, len(out)), ErrNotText)
			}
			r = low
			i++
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

// win1252 holds the runes of 0x80 to 0x9F; 0 where the code page has none.
var win1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

func from1252(data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data)+len(data)/8)
	for i := 0; i < len(data); i++ {
		b := data[i]
		if b < utf8.RuneSelf {
			out = append(out, b)
			continue
		}
		if _, n := utf8.DecodeRune(data[i:]); n > 1 {
			bad := firstInvalid(data)
			return nil, fmt.Errorf("line %d is not UTF-8, line %d is: %w; save the note as UTF-8 text", lineOf(data, bad), lineOf(data, i), ErrNotText)
		}
		r := rune(b)
		if b < 0xA0 {
			r = win1252[b-0x80]
		}
		if r == 0 {
			return nil, fmt.Errorf("line %d holds the byte 0x%02X, which is neither UTF-8 nor Windows-1252: %w; save the note as UTF-8 text", lineOf(data, i), b, ErrNotText)
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// CleanControls makes line ends "\n", drops what is invisible and turns text around
// (bidirectional controls, zero-width marks), and makes every other control a space.
// The number of lines stays what an editor shows.
func CleanControls(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case r < 0x20 || r >= 0x7F && r <= 0x9F || r == 0x2028 || r == 0x2029 || r == 0xA0:
			return ' '
		case r == 0xFEFF || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
