package letter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
)

// Limits of what is read. They hold before any nesting is followed: the readers that
// are commonly used need seconds for a few hundred kilobytes of nested parts.
const (
	MaxSize   = 25 << 20 // of a message
	MaxHeader = 1 << 20  // of one header block
	MaxDepth  = 10       // of multiparts within multiparts
	MaxParts  = 200
)

// ErrLimit is wrapped by the errors that say which limit a message breaks.
var ErrLimit = errors.New("message is past a limit")

// A node is one entity of the MIME tree (RFC 2045 section 2.4). A message inside a
// message is a leaf: nobody asked for what it says.
type node struct {
	fields fields
	header []byte // as read, with the line that ends it
	body   []byte // as read
	kind   string // media type, lower case
	params map[string]string
	kids   []*node
}

// parseTree reads a message into its tree. Line ends are CRLF in the result, whatever
// they were: a message means the same in a file, in IMAP and in SMTP.
func parseTree(raw []byte) (*node, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("read message: %d bytes, at most %d are read: %w", len(raw), MaxSize, ErrLimit)
	}
	w := treeWalk{left: MaxParts}
	n, err := w.node(toCRLF(raw), "text/plain", 0)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	return n, nil
}

type treeWalk struct{ left int }

func (w *treeWalk) node(raw []byte, kind string, depth int) (*node, error) {
	if w.left--; w.left < 0 {
		return nil, fmt.Errorf("more than %d parts: %w", MaxParts, ErrLimit)
	}
	n := &node{}
	n.fields, n.header, n.body = splitHeader(raw)
	if len(n.header) > MaxHeader {
		return nil, fmt.Errorf("a header of %d bytes: %w", len(n.header), ErrLimit)
	}
	n.kind, n.params = mediaType(n.fields.get("Content-Type"), kind)
	boundary := n.params["boundary"]
	if !strings.HasPrefix(n.kind, "multipart/") || boundary == "" {
		return n, nil
	}
	if depth++; depth > MaxDepth {
		return nil, fmt.Errorf("more than %d levels of parts: %w", MaxDepth, ErrLimit)
	}
	inner := "text/plain"
	if n.kind == "multipart/digest" {
		inner = "message/rfc822" // RFC 2046 section 5.1.5
	}
	pieces, err := splitParts(n.body, boundary, w.left)
	if err != nil {
		return nil, err
	}
	for _, piece := range pieces {
		kid, err := w.node(piece, inner, depth)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	return n, nil
}

// splitParts cuts a multipart body at its delimiter lines (RFC 2046 section 5.1.1). What
// stands before the first and after the closing one is not part of the message.
func splitParts(body []byte, boundary string, limit int) ([][]byte, error) {
	var out [][]byte
	start := -1
	delimiter := []byte("--" + boundary)
	for at := 0; at < len(body); {
		line, _ := cutLine(body[at:])
		end := at + len(line)
		rest, ok := bytes.CutPrefix(line, delimiter)
		closing := ok && bytes.HasPrefix(rest, []byte("--"))
		if closing {
			rest = rest[2:]
		}
		if ok && len(bytes.Trim(rest, " \t\r\n")) == 0 {
			if start >= 0 {
				out = append(out, bytes.TrimSuffix(body[start:max(start, at)], []byte("\r\n")))
			}
			if len(out) > limit {
				return nil, fmt.Errorf("more than %d parts: %w", MaxParts, ErrLimit)
			}
			start = end
			if closing {
				return out, nil
			}
		}
		at = end
	}
	if start >= 0 {
		out = append(out, body[start:]) // cut off on its way
	}
	return out, nil
}

// mediaType reads a Content-Type or Content-Disposition value; one that cannot be read
// counts as absent (RFC 2045 section 5.2), but a boundary or charset in it still counts.
func mediaType(value, absent string) (string, map[string]string) {
	if value == "" {
		return absent, nil
	}
	kind, params, err := mime.ParseMediaType(value)
	if err == nil && (absent == "" || strings.Contains(kind, "/")) {
		return kind, params
	}
	params = map[string]string{}
	for i, piece := range strings.Split(value, ";") {
		if i == 0 {
			kind = strings.ToLower(strings.TrimSpace(piece))
			continue
		}
		k, v, _ := strings.Cut(piece, "=")
		k = strings.ToLower(strings.TrimSpace(k))
		if _, ok := params[k]; !ok {
			params[k] = strings.Trim(v, " \t\"")
		}
	}
	if _, _, err := mime.ParseMediaType(kind); err != nil || absent != "" && !strings.Contains(kind, "/") {
		kind = absent
	}
	return kind, params
}

// decoded undoes the transfer encoding. What is not encoded as it says is taken as it
// stands.
func (n *node) decoded() []byte {
	if n.encoding() == "" {
		return n.body
	}
	var h message.Header
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Transfer-Encoding", n.encoding())
	e, err := message.New(h, bytes.NewReader(n.body))
	if err != nil {
		return n.body
	}
	out, err := io.ReadAll(e.Body)
	if err != nil {
		return n.body
	}
	return out
}

// encoding is "base64", "quoted-printable", or "" for the three that encode nothing and
// for what nobody knows.
func (n *node) encoding() string {
	e, _, _ := strings.Cut(n.fields.get("Content-Transfer-Encoding"), "(")
	switch e = strings.ToLower(strings.Trim(e, " \t;")); e {
	case "base64", "quoted-printable":
		return e
	}
	return ""
}

// text is a text leaf as a person reads it: UTF-8 with LF.
func (n *node) text() []byte {
	b := n.decoded()
	if cs := n.charset(b); cs != "utf-8" {
		if r, err := charset.Reader(cs, bytes.NewReader(b)); err == nil {
			if converted, err := io.ReadAll(r); err == nil {
				b = converted
			}
		}
	}
	b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

// charset of a text leaf. Text that says nothing, or US-ASCII, and is neither, is UTF-8
// where it can be and Windows-1252 where it cannot.
func (n *node) charset(decoded []byte) string {
	cs := strings.ToLower(n.params["charset"])
	if cs != "" && cs != "us-ascii" && cs != "utf-8" {
		return cs
	}
	if utf8.Valid(decoded) || cs == "utf-8" {
		return "utf-8"
	}
	return "windows-1252"
}

// toCRLF makes every line end CRLF (RFC 5322 section 2.3): bare CR and bare LF do not
// exist in mail.
func toCRLF(b []byte) []byte {
	if n := bytes.Count(b, []byte("\r\n")); n == bytes.Count(b, []byte("\n")) && n == bytes.Count(b, []byte("\r")) {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/32+16)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n':
			i++
			out = append(out, '\r', '\n')
		case c == '\r', c == '\n':
			out = append(out, '\r', '\n')
		default:
			out = append(out, c)
		}
	}
	return out
}
