package letter

import (
	"errors"
	"io"
	"time"

	"headsup/mail"
)

var errSoon = errors.New("letter: being built")

// Build writes a draft. See doc.
func Build(m mail.Message) ([]byte, error) { return nil, errSoon }

// Read takes a message apart.
func Read(raw []byte) (mail.Message, error) { return mail.Message{}, errSoon }

// ReadHeader reads a header block and nothing behind it.
func ReadHeader(r io.Reader) (mail.Header, error) { return mail.Header{}, errSoon }

// ParseParties reads the value of an address field.
func ParseParties(field string) ([]mail.Party, error) { return nil, errSoon }

// WireOptions is what is only known at sending.
type WireOptions struct {
	Date time.Time
	ID   mail.MessageID
}

// Wire makes the bytes that leave from the approved message.
func Wire(approved []byte, w WireOptions) ([]byte, error) { return nil, errSoon }

// CheckStrict refuses bytes that must not be given to a submission server: a bare CR or
// LF, a line of more than 998 bytes, no line end at the end.
func CheckStrict(wire []byte) error { return errSoon }

// Style is how much a letter says.
type Style string

// The styles.
const (
	Brief    Style = "brief"
	Detailed Style = "detailed"
)

// Content is what a letter says, in the order in which it says it. Empty parts are left out.
type Content struct {
	Greeting  string // "Hi Dana,"
	Context   string // one line: which call, when, who
	Sections  []Section
	Closing   string // the invitation to correct
	Signature string
	Style     Style
}

// Section is one block of a letter.
type Section struct {
	Title string // "Decided", "To do", "Open", "At risk"
	Lines []Line
}

// Line is one item of a section.
type Line struct {
	Text string
	Who  string // the owner, "" if nobody
	Due  string // for people, "Fri 27 Nov"; "" if open
	Way  string // the proposed way out of a risk
	Ask  bool   // an answer is wanted
}

// Templates words letters.
type Templates struct{}

// DefaultTemplates are those of headsup.
func DefaultTemplates() *Templates { return &Templates{} }

// LoadTemplates takes the files of a folder in place of the default ones: text.tmpl
// and html.tmpl, either of which may be missing.
func LoadTemplates(dir string) (*Templates, error) { return nil, errSoon }

// Compose returns the parts of a letter: text/plain, then text/html.
func (t *Templates) Compose(c Content) ([]mail.Part, error) { return nil, errSoon }

// Fields are the header fields that [ReadHeader] looks at, for servers that send only
// those that are asked for.
func Fields() []string { return nil }
