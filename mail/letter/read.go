package letter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"headsup/mail"
)

// FieldError says which field of a message cannot be understood. A message with an
// address that cannot be read must not be sent: a recipient would be lost.
type FieldError struct {
	Field string
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap is the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// tokenField carries [mail.Message.Token]. It never leaves.
const tokenField = "X-Headsup-Token"

// Read takes a message apart. Mail that breaks the rules is read as far as it can be
// read; [ErrLimit] is for what is too big or too deep. When a person in it cannot be
// read the error is (or wraps) a [*FieldError] and the message holds everything
// else: good for showing, not for sending.
func Read(raw []byte) (mail.Message, error) {
	n, err := parseTree(raw)
	if err != nil {
		return mail.Message{}, err
	}
	m, err := readFields(n.fields)
	n.leaves(func(leaf *node) { m.Parts = append(m.Parts, leaf.part()) })
	return m, err
}

func (n *node) leaves(fn func(*node)) {
	if len(n.kids) == 0 {
		fn(n)
	}
	for _, k := range n.kids {
		k.leaves(fn)
	}
}

// part is a leaf as content.
func (n *node) part() mail.Part {
	p := mail.Part{Type: n.kind, ContentID: Clean(strings.Trim(n.fields.get("Content-Id"), " \t<>"))}
	disposition, params := mediaType(n.fields.get("Content-Disposition"), "")
	p.Disposition = disposition
	if p.Disposition != "" && p.Disposition != "inline" {
		p.Disposition = "attachment" // RFC 2183 section 2.8
	}
	p.Filename = decodeWords(params["filename"])
	if p.Filename == "" {
		p.Filename = decodeWords(n.params["name"])
	}
	if strings.HasPrefix(n.kind, "text/") {
		p.Body = n.text()
	} else {
		p.Body = n.decoded()
	}
	return p
}

// readFields reads the header of a message; the error joins one FieldError for each
// address field that cannot be read.
func readFields(fs fields) (mail.Message, error) {
	var errs []error
	parties := func(name string) []mail.Party {
		list, err := readParties(fs.all(name))
		if err != nil {
			errs = append(errs, &FieldError{Field: name, Err: err})
		}
		return list
	}
	m := mail.Message{
		ReplyTo:    parties("Reply-To"),
		To:         parties("To"),
		Cc:         parties("Cc"),
		Bcc:        parties("Bcc"),
		Subject:    decodeWords(fs.get("Subject")),
		InReplyTo:  messageIDs(fs.get("In-Reply-To")),
		References: messageIDs(fs.get("References")),
		Importance: importance(fs),
		Token:      Clean(fs.get(tokenField)),
	}
	if from := parties("From"); len(from) == 1 {
		m.From = from[0]
	} else if len(from) > 1 {
		m.From = from[0]
		errs = append(errs, &FieldError{Field: "From", Err: fmt.Errorf("%d people, one is understood", len(from))})
	}
	m.ID, _ = mail.ParseMessageID(fs.get("Message-Id"))
	m.Date, _ = ParseDate(fs.get("Date"))
	return m, errors.Join(errs...)
}

// maxIDs bounds a thread; the last ones are those that tell something.
const maxIDs = 500

// messageIDs reads the ids of a field and passes over everything else in it, such as
// the words that old clients put into In-Reply-To.
func messageIDs(s string) []mail.MessageID {
	var out []mail.MessageID
	for {
		_, after, ok := strings.Cut(s, "<")
		if !ok {
			break
		}
		inner, rest, ok := strings.Cut(after, ">")
		if !ok {
			break
		}
		if i := strings.LastIndexByte(inner, '<'); i >= 0 {
			inner = inner[i+1:]
		}
		if id, err := mail.ParseMessageID(strings.Join(strings.Fields(inner), "")); err == nil {
			out = append(out, id)
		}
		s = rest
	}
	return out[max(0, len(out)-maxIDs):]
}

// importance reads the field of RFC 2156 and the two that clients write in its place.
func importance(fs fields) mail.Importance {
	switch strings.ToLower(firstWord(fs.get("Importance"))) {
	case "high":
		return mail.ImportanceHigh
	case "low":
		return mail.ImportanceLow
	case "normal":
		return mail.ImportanceNormal
	}
	switch strings.ToLower(firstWord(fs.get("X-Priority"))) {
	case "1", "2":
		return mail.ImportanceHigh
	case "4", "5":
		return mail.ImportanceLow
	case "3":
		return mail.ImportanceNormal
	}
	switch strings.ToLower(firstWord(fs.get("Priority"))) {
	case "urgent":
		return mail.ImportanceHigh
	case "non-urgent":
		return mail.ImportanceLow
	}
	return mail.ImportanceNormal
}

func firstWord(s string) string {
	if w := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t(;,", r) }); len(w) > 0 {
		return w[0]
	}
	return ""
}

// Fields are the header fields that [ReadHeader] looks at, for servers that send only
// what they are asked for.
func Fields() []string {
	return []string{
		"From", "To", "Cc", "Date", "Message-Id", "In-Reply-To", "References", "Subject", "Importance", "X-Priority", "Priority", tokenField,
		"Auto-Submitted", "Precedence", "X-Autoreply", "X-Autorespond", "List-Id", "List-Unsubscribe", "List-Post", "Content-Type", "Content-Class",
	}
}

// ReadHeader reads a header block and nothing behind it. It is for looking at other
// people's mail, so it takes what it can read and leaves the rest empty; only a block
// past [MaxHeader] and a failing reader are errors. Ref, Flags, Size and Received are
// for the mailbox to fill in.
func ReadHeader(r io.Reader) (mail.Header, error) {
	block, err := readBlock(r)
	if err != nil {
		return mail.Header{}, fmt.Errorf("read header: %w", err)
	}
	fs, _, _ := splitHeader(toCRLF(block))
	m, _ := readFields(fs)
	return mail.Header{
		Date:       m.Date,
		ID:         m.ID,
		InReplyTo:  m.InReplyTo,
		References: m.References,
		From:       m.From,
		To:         m.To,
		Cc:         m.Cc,
		Subject:    m.Subject,
		Importance: m.Importance,
		Token:      m.Token,
		Auto:       isAuto(fs),
		List:       isList(fs),
		Calendar:   isCalendar(fs),
		Report:     isReport(fs),
	}, nil
}

// readBlock reads up to the first empty line.
func readBlock(r io.Reader) ([]byte, error) {
	limited := &io.LimitedReader{R: r, N: MaxHeader + 1}
	br := bufio.NewReaderSize(limited, 4096)
	var block []byte
	for {
		line, err := br.ReadSlice('\n')
		fresh := len(block) == 0 || block[len(block)-1] == '\n'
		block = append(block, line...)
		switch {
		case len(block) > MaxHeader:
			return nil, fmt.Errorf("more than %d bytes: %w", MaxHeader, ErrLimit)
		case err == io.EOF, err == nil && fresh && strings.Trim(string(line), "\r\n") == "":
			return block, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// isAuto tells mail that no person wrote just then (RFC 3834 section 5 and the fields
// that came before it).
func isAuto(fs fields) bool {
	if v := strings.ToLower(firstWord(fs.get("Auto-Submitted"))); v != "" && v != "no" {
		return true
	}
	switch strings.ToLower(firstWord(fs.get("Precedence"))) {
	case "bulk", "junk", "auto_reply":
		return true
	}
	return fs.get("X-Autoreply") != "" || fs.get("X-Autorespond") != ""
}

func isList(fs fields) bool {
	return fs.get("List-Id") != "" || fs.get("List-Unsubscribe") != "" || fs.get("List-Post") != "" ||
		strings.EqualFold(firstWord(fs.get("Precedence")), "list")
}

// isCalendar tells iTIP requests and answers (RFC 6047), also as Exchange marks them.
func isCalendar(fs fields) bool {
	kind, _ := mediaType(fs.get("Content-Type"), "")
	return kind == "text/calendar" || strings.HasPrefix(strings.ToLower(fs.get("Content-Class")), "urn:content-classes:calendar")
}

func isReport(fs fields) bool {
	kind, _ := mediaType(fs.get("Content-Type"), "")
	return kind == "multipart/report" || kind == "message/delivery-status" || kind == "message/disposition-notification"
}
