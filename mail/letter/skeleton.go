package letter

import (
	"errors"

	"headsup/mail"
)

var errSoon = errors.New("letter: being built")

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
