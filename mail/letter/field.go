package letter

import (
	"bytes"
	"strings"
)

// A field is one header field; its value is unfolded and still encoded.
type field struct {
	name  string
	value string
}

func (f field) is(name string) bool { return strings.EqualFold(f.name, name) }

// fields is a header block in its order.
type fields []field

// get is the value of the first field of a name.
func (fs fields) get(name string) string {
	for _, f := range fs {
		if f.is(name) {
			return f.value
		}
	}
	return ""
}

// all joins the values of all fields of a name, as for address lists that a client
// wrote in pieces.
func (fs fields) all(name string) string {
	var out []string
	for _, f := range fs {
		if f.is(name) && f.value != "" {
			out = append(out, f.value)
		}
	}
	return strings.Join(out, ", ")
}

// splitHeader reads the header block at the start of raw and returns it with what
// follows. A line that is no field ends the block, as it does for other readers,
// and the line that mbox files put first is passed over.
func splitHeader(raw []byte) (fs fields, header, body []byte) {
	rest := raw
	for first := true; len(rest) > 0; first = false {
		line, next := cutLine(rest)
		text := string(bytes.TrimRight(line, "\r\n"))
		name, value, ok := strings.Cut(text, ":")
		name = strings.TrimRight(name, " \t")
		switch {
		case text == "":
			return fs, raw[:len(raw)-len(next)], next
		case first && (strings.HasPrefix(text, "From ") || strings.HasPrefix(text, ">From ")):
		case (text[0] == ' ' || text[0] == '\t') && len(fs) > 0:
			f := &fs[len(fs)-1]
			f.value = joinFolded(f.value, text)
		case ok && isFieldName(name):
			fs = append(fs, field{name: name, value: strings.TrimSpace(value)})
		default:
			return fs, raw[:len(raw)-len(rest)], rest
		}
		rest = next
	}
	return fs, raw, nil
}

func joinFolded(value, more string) string {
	more = strings.TrimSpace(more)
	if value == "" || more == "" {
		return value + more
	}
	return value + " " + more
}

// isFieldName checks ftext (RFC 5322 section 3.6.8).
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

// lineWidth is where lines are folded (RFC 5322 section 2.1.1).
const lineWidth = 76

// fold writes a field from words between which it may be folded.
func fold(name string, words []string) string {
	var b strings.Builder
	b.WriteString(name + ":")
	width := b.Len()
	for i, w := range words {
		if i > 0 && width+1+len(w) > lineWidth {
			b.WriteString("\r\n")
			width = 0
		}
		b.WriteString(" " + w)
		width += 1 + len(w)
	}
	b.WriteString("\r\n")
	return b.String()
}

// text writes an unstructured field.
func text(name, value string) string { return fold(name, encodeWords(Clean(value))) }
