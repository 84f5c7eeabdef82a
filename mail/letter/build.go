package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"

	"headsup/mail"
)

// maxFilename is what file systems take and what fits into one line when encoded.
const maxFilename = 255

// Build writes a message as a draft: with Bcc and the token, which [Wire] takes out
// again. The same message gives the same bytes. Text parts at the start become the
// alternatives of one another, inline parts with a Content-ID stand beside them, the
// rest is attached; [Read] gives the parts back in the same order.
func Build(m mail.Message) ([]byte, error) {
	if m.From.Address.IsZero() {
		return nil, errors.New("build letter: nobody in From")
	}
	if len(m.Parts) > MaxParts {
		return nil, fmt.Errorf("build letter: %d parts: %w", len(m.Parts), ErrLimit)
	}
	e, err := assemble(m)
	if err != nil {
		return nil, fmt.Errorf("build letter: %w", err)
	}
	head := headFields(m)
	if len(m.Bcc) > 0 {
		head = append(head, people("Bcc", m.Bcc))
	}
	if m.Importance != mail.ImportanceNormal {
		head = append(head, text("Importance", string(m.Importance)))
	}
	if m.Token != "" {
		head = append(head, text(tokenField, m.Token))
	}
	head = append(head, "MIME-Version: 1.0\r\n")
	for i := len(head) - 1; i >= 0; i-- {
		e.header.AddRaw([]byte(head[i]))
	}
	var buf bytes.Buffer
	w, err := message.CreateWriter(&buf, e.header)
	if err != nil {
		return nil, fmt.Errorf("build letter: %w", err)
	}
	if err := e.write(w); err != nil {
		return nil, fmt.Errorf("build letter: %w", err)
	}
	if buf.Len() > MaxSize {
		return nil, fmt.Errorf("build letter: %d bytes: %w", buf.Len(), ErrLimit)
	}
	if !bytes.HasSuffix(buf.Bytes(), []byte("\r\n")) {
		buf.WriteString("\r\n")
	}
	return buf.Bytes(), nil
}

// headFields are the fields that a draft and the mail that leaves have in common.
func headFields(m mail.Message) []string {
	var out []string
	if !m.Date.IsZero() {
		out = append(out, fold("Date", []string{m.Date.Format(dateLayout)}))
	}
	out = append(out, people("From", []mail.Party{m.From}))
	for _, f := range []struct {
		name string
		list []mail.Party
	}{{"Reply-To", m.ReplyTo}, {"To", m.To}, {"Cc", m.Cc}} {
		if len(f.list) > 0 {
			out = append(out, people(f.name, f.list))
		}
	}
	out = append(out, text("Subject", m.Subject))
	if m.ID != "" {
		out = append(out, ids("Message-ID", m.ID))
	}
	if len(m.InReplyTo) > 0 {
		out = append(out, ids("In-Reply-To", m.InReplyTo...))
	}
	if len(m.References) > 0 {
		out = append(out, ids("References", m.References...))
	}
	return out
}

func ids(name string, list ...mail.MessageID) string {
	var words []string
	for _, id := range list {
		if id, err := mail.ParseMessageID(string(id)); err == nil {
			words = append(words, id.Field())
		}
	}
	return fold(name, words)
}

// An entity is a piece of a message that is being built.
type entity struct {
	header message.Header
	body   []byte
	kids   []*entity
}

func (e *entity) write(w *message.Writer) error {
	for _, k := range e.kids {
		kw, err := w.CreatePart(k.header)
		if err != nil {
			return err
		}
		if err := k.write(kw); err != nil {
			return err
		}
	}
	if len(e.kids) == 0 {
		if _, err := w.Write(e.body); err != nil {
			return err
		}
	}
	return w.Close()
}

// assemble arranges the parts (RFC 2046 section 5.1, RFC 2387).
func assemble(m mail.Message) (*entity, error) {
	var leaves []*entity
	for i, p := range m.Parts {
		e, err := leafEntity(p)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		leaves = append(leaves, e)
	}
	texts := 0
	for texts < len(m.Parts) && m.Parts[texts].Disposition == "" && strings.HasPrefix(m.Parts[texts].Type, "text/") {
		texts++
	}
	inline := texts
	for texts > 0 && inline < len(m.Parts) && m.Parts[inline].Disposition == "inline" && m.Parts[inline].ContentID != "" {
		inline++
	}
	b := boundaries{seed: string(m.ID) + "\x00" + m.Token + "\x00" + m.ContentHash().String()}
	all := b.group("multipart/alternative", leaves[:texts])
	all = b.group("multipart/related", append(all, leaves[texts:inline]...))
	all = b.group("multipart/mixed", append(all, leaves[inline:]...))
	if len(all) == 0 {
		return leafEntity(mail.Part{Type: "text/plain"})
	}
	return all[0], nil
}

// boundaries hands out delimiters. "=_" can stand in no quoted-printable or base64
// body, and the sum in no message that was not made from this one.
type boundaries struct {
	seed string
	n    int
}

func (b *boundaries) group(kind string, kids []*entity) []*entity {
	if len(kids) < 2 {
		return kids
	}
	b.n++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", b.seed, b.n))
	e := &entity{kids: kids}
	e.header.Set("Content-Type", mime.FormatMediaType(kind, map[string]string{"boundary": "=_headsup-" + hex.EncodeToString(sum[:12])}))
	return []*entity{e}
}

func leafEntity(p mail.Part) (*entity, error) {
	e := &entity{}
	params := map[string]string{}
	encoding := "base64"
	e.body = p.Body
	switch {
	case strings.HasPrefix(p.Type, "text/"):
		if !utf8.Valid(p.Body) {
			return nil, errors.New("text is not UTF-8")
		}
		encoding = "quoted-printable"
		params["charset"] = "utf-8"
	case strings.HasPrefix(p.Type, "multipart/"):
		return nil, fmt.Errorf("%s is no leaf", p.Type)
	case strings.HasPrefix(p.Type, "message/"):
		encoding = "7bit" // RFC 2046 section 5.2.1 allows nothing else
		e.body = toCRLF(p.Body)
		if !isClean(e.body) {
			return nil, fmt.Errorf("%s holds lines that are too long or not ASCII", p.Type)
		}
	}
	name := Clean(p.Filename)
	if len(name) > maxFilename {
		return nil, fmt.Errorf("a file name of %d bytes, at most %d are possible", len(name), maxFilename)
	}
	if name != "" && p.Disposition == "" {
		params["name"] = name
	}
	kind := mime.FormatMediaType(p.Type, params)
	if kind == "" {
		return nil, fmt.Errorf("media type %q is not one", p.Type)
	}
	if id, err := mail.ParseMessageID(p.ContentID); err == nil {
		e.header.Set("Content-ID", id.Field())
	} else if p.ContentID != "" {
		return nil, fmt.Errorf("content id: %w", err)
	}
	switch p.Disposition {
	case "":
	case "inline", "attachment":
		params := map[string]string{}
		if name != "" {
			params["filename"] = name
		}
		e.header.Set("Content-Disposition", mime.FormatMediaType(p.Disposition, params))
	default:
		return nil, fmt.Errorf("disposition %q is not one", p.Disposition)
	}
	e.header.Set("Content-Transfer-Encoding", encoding)
	e.header.Set("Content-Type", kind)
	return e, nil
}

// isClean reports whether a body may leave as it is: ASCII without NUL in lines of at
// most 998 bytes.
func isClean(b []byte) bool {
	for len(b) > 0 {
		line, rest := cutLine(b)
		if len(bytes.TrimRight(line, "\r\n")) > maxLine {
			return false
		}
		for _, c := range line {
			if c >= 0x80 || c == 0 {
				return false
			}
		}
		b = rest
	}
	return true
}
