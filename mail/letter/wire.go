package letter

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"
	"unicode/utf8"

	"headsup/mail"
)

// WireOptions is what is only known when a message leaves.
type WireOptions struct {
	Date time.Time      // the real time, in the zone that the reader should see
	ID   mail.MessageID // ours, whatever the draft carries
}

// Wire makes, once, the bytes that leave from the approved message: the content that
// was approved, the given date and id, and nothing that belongs to a draft (Bcc,
// tokens, the notes of mail programs). Fields with people, subject and thread are
// written anew from what [Read] understood, so that what was shown is what goes.
//
// The result is strict (see [CheckStrict]) and ASCII, but for the inside of signed
// parts and attached messages, which must not be touched. Its content hash is that of
// the approved message without Bcc; Wire looks before it returns.
func Wire(approved []byte, o WireOptions) ([]byte, error) {
	n, err := parseTree(approved)
	if err != nil {
		return nil, fmt.Errorf("make wire bytes: %w", err)
	}
	m, err := readFields(n.fields)
	if err != nil {
		return nil, fmt.Errorf("make wire bytes: %w", err)
	}
	switch {
	case m.From.Address.IsZero():
		return nil, errors.New("make wire bytes: nobody in From")
	case o.Date.IsZero() || o.ID == "":
		return nil, errors.New("make wire bytes: date and Message-ID are needed")
	}
	m.Date, m.ID = o.Date, o.ID
	var out bytes.Buffer
	for _, f := range headFields(m) {
		out.WriteString(f)
	}
	if len(m.To)+len(m.Cc) == 0 {
		out.WriteString("To: undisclosed-recipients:;\r\n")
	}
	out.WriteString("MIME-Version: 1.0\r\n")
	header, body, err := n.render(false)
	if err != nil {
		return nil, fmt.Errorf("make wire bytes: %w", err)
	}
	for _, f := range header {
		if keepField(f.name) {
			out.WriteString(rewrite(f))
		}
	}
	out.WriteString("\r\n")
	out.Write(body)
	if !bytes.HasSuffix(out.Bytes(), []byte("\r\n")) {
		out.WriteString("\r\n")
	}
	if err := checkWire(approved, out.Bytes()); err != nil {
		return nil, fmt.Errorf("make wire bytes: %w", err)
	}
	return out.Bytes(), nil
}

// checkWire is the last look: strict, and still what was approved.
func checkWire(approved, wire []byte) error {
	if err := CheckStrict(wire); err != nil {
		return err
	}
	want, err := Read(approved)
	if err != nil {
		return err
	}
	got, err := Read(wire)
	if err != nil {
		return err
	}
	want.Bcc = nil
	if got.ContentHash() != want.ContentHash() {
		return errors.New("the message cannot be written without changing what it says")
	}
	return nil
}

// drafty are the fields and families of fields that stay here: what [Wire] writes
// itself, what a mail program or a server notes on a draft, and what only the way of a
// message may add.
var drafty = []string{
	"date", "from", "reply-to", "to", "cc", "bcc", "subject", "message-id", "in-reply-to", "references", "mime-version", "sender",
	"fcc", "return-path", "received", "delivered-to", "envelope-to", "apparently-to", "status", "lines", "content-length",
	"resent-*", "x-headsup*", "x-mozilla-*", "x-identity-key", "x-account-key", "x-template", "x-enigmail-*", "x-status", "x-uid", "x-uidl", "x-keywords",
	"x-imap*", "x-fcc*", "x-bcc*", "x-gm-*", "x-google-*", "x-kmail-*", "x-evolution*", "x-claws-*", "x-sylpheed-*", "x-mutt-*", "x-apple-*", "x-aerc-*",
	"x-uniform-type-identifier", "x-universally-unique-identifier", "x-ms-exchange-*", "x-ms-has-attach", "x-ms-tnef-*", "x-unsent", "x-draft*",
	"x-tuid", "x-offlineimap*", "x-kde-*", "x-kontact-*", "x-mew-*", "x-vm-*", "x-gnus-*", "x-cmae-*", "x-original-to", "autocrypt-draft-state", "x-forwarded-message-id", "x-reply-*",
}

func keepField(name string) bool {
	name = strings.ToLower(name)
	for _, d := range drafty {
		if family, ok := strings.CutSuffix(d, "*"); ok && strings.HasPrefix(name, family) || name == d {
			return false
		}
	}
	return true
}

// rewrite writes a field that is passed on: as it was where that is proper, cleaned and
// encoded anew where it is not.
func rewrite(f field) string {
	switch strings.ToLower(f.name) {
	case "content-type", "content-disposition":
		if kind, params := mediaType(f.value, "attachment"); !isASCII(f.value) {
			for k, v := range params {
				params[k] = decodeWords(v)
			}
			f.value = mime.FormatMediaType(kind, params)
		}
	}
	words := strings.Fields(Clean(f.value))
	for _, w := range words {
		if !isASCII(w) || len(w) > maxLine-len(f.name)-2 {
			return text(f.name, decodeWords(f.value))
		}
	}
	return fold(f.name, words)
}

// render returns header fields and body of a node as they may leave. What is frozen is
// signed or somebody else's and stays as it is.
func (n *node) render(frozen bool) (fields, []byte, error) {
	if len(n.kids) > 0 {
		return n.renderKids(frozen)
	}
	if frozen || isClean(n.body) {
		return n.fields, n.body, nil
	}
	if strings.HasPrefix(n.kind, "message/") || strings.HasPrefix(n.kind, "multipart/") {
		if longestLine(n.body) > maxLine || bytes.IndexByte(n.body, 0) >= 0 {
			return nil, nil, fmt.Errorf("an attached message (%s) has lines of more than %d bytes: attach it as a file", n.kind, maxLine)
		}
		return n.fields, n.body, nil
	}
	return n.encode()
}

// encode gives a leaf a transfer encoding that makes it ASCII in short lines.
func (n *node) encode() (fields, []byte, error) {
	decoded := n.decoded()
	if n.encoding() == "" && strings.Contains(strings.ToLower(n.fields.get("Content-Transfer-Encoding")), "binary") && !strings.HasPrefix(n.kind, "text/") {
		return nil, nil, errors.New("an attachment is in binary form, which mail cannot carry: attach it again")
	}
	out := n.fields.without("Content-Transfer-Encoding")
	if cs := strings.ToLower(n.params["charset"]); strings.HasPrefix(n.kind, "text/") && (cs == "" || cs == "us-ascii") {
		params := map[string]string{}
		for k, v := range n.params {
			params[k] = v
		}
		params["charset"] = n.charset(decoded)
		if v := mime.FormatMediaType(n.kind, params); v != "" {
			out = append(out.without("Content-Type"), field{"Content-Type", v})
		}
	}
	if strings.HasPrefix(n.kind, "text/") && n.encoding() != "base64" && bytes.IndexByte(decoded, 0) < 0 {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Write(decoded) // a bytes.Buffer does not fail
		w.Close()
		return append(out, field{"Content-Transfer-Encoding", "quoted-printable"}), b.Bytes(), nil
	}
	return append(out, field{"Content-Transfer-Encoding", "base64"}), base64Lines(decoded), nil
}

func (n *node) renderKids(frozen bool) (fields, []byte, error) {
	boundary := n.params["boundary"]
	if !isASCII(boundary) || len(boundary) > 200 {
		return nil, nil, errors.New("a delimiter between parts cannot be sent")
	}
	if frozen {
		return n.fields, n.body, nil
	}
	frozen = n.kind == "multipart/signed" || n.kind == "multipart/encrypted"
	var out bytes.Buffer
	for _, k := range n.kids {
		header, body, err := k.render(frozen)
		if err != nil {
			return nil, nil, err
		}
		out.WriteString("--" + boundary + "\r\n")
		if frozen {
			out.Write(k.header)
		} else {
			for _, f := range header {
				out.WriteString(rewrite(f))
			}
			out.WriteString("\r\n")
		}
		out.Write(body)
		out.WriteString("\r\n")
	}
	out.WriteString("--" + boundary + "--\r\n")
	return n.fields.without("Content-Transfer-Encoding"), out.Bytes(), nil
}

func (fs fields) without(name string) fields {
	var out fields
	for _, f := range fs {
		if !f.is(name) {
			out = append(out, f)
		}
	}
	return out
}

func base64Lines(b []byte) []byte {
	const width = 57 // 76 characters
	var out bytes.Buffer
	for len(b) > 0 {
		n := min(width, len(b))
		out.WriteString(base64.StdEncoding.EncodeToString(b[:n]) + "\r\n")
		b = b[n:]
	}
	return out.Bytes()
}

func longestLine(b []byte) int {
	longest := 0
	for len(b) > 0 {
		line, rest := cutLine(b)
		longest = max(longest, len(bytes.TrimRight(line, "\r\n")))
		b = rest
	}
	return longest
}

// maxLine is the length of a line without its end (RFC 5322 section 2.1.1).
const maxLine = 998

// CheckStrict refuses what must not be given to a submission server, where two servers
// might read it as two different things (SMTP smuggling): a bare CR or LF, a NUL, a line
// of more than 998 bytes, no line end at the end, a header that is not UTF-8.
func CheckStrict(wire []byte) error {
	if !bytes.HasSuffix(wire, []byte("\r\n")) {
		return errors.New("no line end at the end")
	}
	for at, number := 0, 1; at < len(wire); number++ {
		line, _ := cutLine(wire[at:])
		at += len(line)
		content, ok := bytes.CutSuffix(line, []byte("\r\n"))
		switch {
		case !ok:
			return fmt.Errorf("line %d ends in a bare LF", number)
		case bytes.IndexByte(content, '\r') >= 0:
			return fmt.Errorf("line %d holds a bare CR", number)
		case bytes.IndexByte(content, 0) >= 0:
			return fmt.Errorf("line %d holds a NUL", number)
		case len(content) > maxLine:
			return fmt.Errorf("line %d has %d bytes, at most %d are allowed", number, len(content), maxLine)
		}
	}
	if head, _, _ := bytes.Cut(wire, []byte("\r\n\r\n")); !utf8.Valid(head) {
		return errors.New("a header field is not UTF-8")
	}
	return nil
}
