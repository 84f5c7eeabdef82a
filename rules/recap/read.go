package recap

import (
	"fmt"
	"path"
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// Read turns a note into a recap. The reader is picked by the name's extension and the
// Content: .md and .txt, .vtt, .srt, .eml. An error means that nothing of the note can
// be used, and says what to do; smaller trouble is in Problems.
func Read(name string, data []byte, opt Options) (Recap, error) {
	text, remark, err := open(name, data)
	if err != nil {
		return Recap{}, fmt.Errorf("read note: %w", err)
	}
	var r Recap
	if remark != "" {
		r.Problems = append(r.Problems, Problem{Text: remark})
	}
	var problems []Problem
	n, err := r.weighed(name, text, opt)
	if err != nil {
		return Recap{}, fmt.Errorf("read note: %w", err)
	}
	r.Items, problems = lastWord(n.items())
	r.Problems = append(append(r.Problems, n.problems...), problems...)
	r.Problems = append(r.Problems, Contradictions(r, opt.Previous)...)
	r.Done = n.done()
	return r, nil
}

// open decodes a note within its limit.
func open(name string, data []byte) (text, remark string, err error) {
	limit := prose.MaxNote
	if f := formatOf(name, ""); f == formatVTT || f == formatSRT {
		limit = prose.MaxTranscript
	}
	if len(data) > limit {
		return "", "", fmt.Errorf("%d bytes, at most %d are read: %w; split it", len(data), limit, prose.ErrTooLarge)
	}
	return prose.Decode(data)
}

type format uint8

const (
	formatText format = iota
	formatVTT
	formatSRT
	formatMail
)

// formatOf picks the reader: by the first line where that is beyond doubt, else by name.
func formatOf(name, text string) format {
	if strings.HasPrefix(text, "WEBVTT") {
		return formatVTT
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".vtt":
		return formatVTT
	case ".srt":
		return formatSRT
	case ".eml":
		return formatMail
	}
	return formatText
}

// weighed fills in what the note says of itself and weighs its statements.
func (r *Recap) weighed(name, text string, opt Options) (*note, error) {
	lines := strings.Split(text, "\n")
	f := layout.Front{}
	switch kind := formatOf(name, text); kind {
	case formatVTT, formatSRT:
		r.Problems = append(r.Problems, layout.HidePrivate(lines)...)
		units, problems := layout.ReadCaptions(lines, kind == formatVTT)
		r.Problems = append(r.Problems, problems...)
		return r.finish(name, units, f, opt), nil
	case formatMail:
		l, err := layout.ReadLetter(text)
		if err != nil {
			return nil, err
		}
		lines = l.Lines
		r.Title, r.Date = l.Subject, l.Said.String()
	default:
		var problems []Problem
		f, problems = layout.ReadFront(lines)
		r.Problems = append(r.Problems, problems...)
		for i := range lines[:f.End] {
			lines[i] = ""
		}
	}
	r.Problems = append(r.Problems, layout.HidePrivate(lines)...)
	r.Problems = append(r.Problems, layout.CutLong(lines)...)
	units := layout.ReadBlocks(lines)
	layout.SetTopics(units)
	return r.finish(name, units, f, opt), nil
}

// finish is the way that all formats share: who, when, what.
func (r *Recap) finish(name string, units []layout.Unit, f layout.Front, opt Options) *note {
	n := &note{units: units}
	if dayFirst, known := when.Order(dated(units)); known {
		opt.DayFirst = dayFirst
	}
	title := firstTitle(units)
	said, ok := when.IsoDay(r.Date) // a mail says when it was written
	if !ok {
		said = noteDay(f, title, units, name, opt)
	}
	n.due = when.Grammar{Said: said, DayFirst: opt.DayFirst}
	r.fill(f, n.due)
	if r.Title == "" {
		r.Title = title
	}
	if r.Title == "" {
		r.Title = titleOf(name)
	}
	if r.Date == "" {
		r.Date = said.String()
	}
	names := append(commaList(f.Values["attendees"]), attendees(units)...)
	if len(names) == 0 {
		names = speakers(units)
	}
	for _, a := range names {
		who, handle := splitHandle(a)
		if who == "" {
			who = handle
		}
		if !contains(r.Attendees, who) {
			r.Attendees = append(r.Attendees, who)
		}
	}
	r.Context = contextOf(units)
	n.people = newRoster(names, opt)
	n.weigh()
	return n
}

// dated yields the words of the units that may hold a date with slashes.
func dated(units []layout.Unit) func(yield func([]prose.Token) bool) {
	return func(yield func([]prose.Token) bool) {
		for i := range units {
			if strings.Contains(units[i].Text, "/") && !yield(prose.Tokenize(units[i].Text)) {
				return
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}

// Public is the text of a note without what never leaves, line for line: what may be
// handed to notes.extract_command.
func Public(name string, data []byte) (string, error) {
	text, _, err := open(name, data)
	if err != nil {
		return "", fmt.Errorf("read note: %w", err)
	}
	lines := strings.Split(text, "\n")
	layout.HidePrivate(lines)
	return strings.Join(lines, "\n"), nil
}
