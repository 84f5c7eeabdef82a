package letter

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"headsup/mail"
)

// Style is how much a letter says.
type Style string

// The styles. Brief has one line for an item, Detailed numbers the items so that they
// can be answered one by one.
const (
	Brief    Style = "brief"
	Detailed Style = "detailed"
)

// Content is what a letter says, in the order in which it says it. Empty pieces are
// left out. Values are text and nothing else: markup and template braces in them are
// shown as they stand.
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

// Asks reports whether an answer is wanted from the reader.
func (s Section) Asks() bool {
	for _, l := range s.Lines {
		if l.Ask && l.Who == "" {
			return true
		}
	}
	return false
}

// Line is one item of a section.
type Line struct {
	Number int    // counts through the letter, set by Compose
	Text   string // the item itself
	Who    string // the owner, "" if nobody
	Due    string // for people, "Fri 27 Nov"; "" if open
	Way    string // the proposed way out of a risk
	Ask    bool   // an answer is wanted
}

// Templates words letters: a text/template and an html/template, which both get a
// [Content].
type Templates struct {
	text *template.Template
	html *htmltemplate.Template
}

//go:embed words/text.tmpl words/html.tmpl
var ours embed.FS

// DefaultTemplates are those of headsup.
func DefaultTemplates() *Templates {
	t, err := parseTemplates(func(name string) ([]byte, error) { return ours.ReadFile("words/" + name) })
	if err != nil {
		panic(err) // they are part of the program
	}
	return t
}

// LoadTemplates takes the files text.tmpl and html.tmpl of a folder in place of those of
// headsup; either may be missing. Both are tried on a letter at once, so that a fault
// in them is found when the service starts and not when a letter is due.
func LoadTemplates(dir string) (*Templates, error) {
	found := false
	t, err := parseTemplates(func(name string) ([]byte, error) {
		b, err := readLimited(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return ours.ReadFile("words/" + name)
		}
		found = true
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("load letter templates from %s: %w", dir, err)
	}
	if !found {
		return nil, fmt.Errorf("load letter templates from %s: neither text.tmpl nor html.tmpl is there", dir)
	}
	for _, style := range []Style{Brief, Detailed} {
		try := Content{Greeting: "Hi,", Context: "A try.", Closing: "Bye.", Signature: "Me", Style: style,
			Sections: []Section{{Title: "To do", Lines: []Line{{Text: "try", Who: "Me", Due: "today", Way: "so", Ask: true}}}}}
		if _, err := t.Compose(try); err != nil {
			return nil, fmt.Errorf("load letter templates from %s: %w", dir, err)
		}
	}
	return t, nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const most = 1 << 20
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return b, err
}

func parseTemplates(read func(name string) ([]byte, error)) (*Templates, error) {
	funcs := map[string]any{"sentence": sentence, "upper": upperFirst, "lines": func(s string) []string { return strings.Split(s, "\n") }}
	text, err := read("text.tmpl")
	if err != nil {
		return nil, err
	}
	html, err := read("html.tmpl")
	if err != nil {
		return nil, err
	}
	var t Templates
	if t.text, err = template.New("text.tmpl").Funcs(funcs).Option("missingkey=error").Parse(string(text)); err != nil {
		return nil, err
	}
	if t.html, err = htmltemplate.New("html.tmpl").Funcs(funcs).Option("missingkey=error").Parse(string(html)); err != nil {
		return nil, err
	}
	return &t, nil
}

// Compose returns the parts of a letter: text/plain, then text/html.
func (t *Templates) Compose(c Content) ([]mail.Part, error) {
	c = c.tidy()
	var text, html bytes.Buffer
	if err := t.text.Execute(&text, c); err != nil {
		return nil, fmt.Errorf("word the text: %w", err)
	}
	if err := t.html.Execute(&html, c); err != nil {
		return nil, fmt.Errorf("word the HTML: %w", err)
	}
	return []mail.Part{
		{Type: "text/plain", Body: append(bytes.TrimSpace(text.Bytes()), '\n')},
		{Type: "text/html", Body: append(bytes.TrimSpace(html.Bytes()), '\n')},
	}, nil
}

// tidy brings every value into the form in which the templates can use it without
// looking: one line each (Closing and Signature may have several), items numbered,
// nothing empty.
func (c Content) tidy() Content {
	if c.Style != Detailed {
		c.Style = Brief
	}
	c.Greeting, c.Context = Clean(c.Greeting), upperFirst(Clean(c.Context))
	c.Closing, c.Signature = cleanLines(c.Closing), cleanLines(c.Signature)
	var sections []Section
	number := 0
	for _, s := range c.Sections {
		var lines []Line
		for _, l := range s.Lines {
			l.Text, l.Who, l.Due, l.Way = Clean(l.Text), Clean(l.Who), Clean(l.Due), Clean(l.Way)
			if l.Text == "" {
				continue
			}
			number++
			l.Number = number
			lines = append(lines, l)
		}
		if len(lines) > 0 {
			sections = append(sections, Section{Title: Clean(s.Title), Lines: lines})
		}
	}
	c.Sections = sections
	return c
}

func cleanLines(s string) string {
	var out []string
	for l := range strings.Lines(s) {
		if l = Clean(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// sentence ends a text with a stop, so that another sentence can follow.
func sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?:;") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
