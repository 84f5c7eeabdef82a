// Package layout reads how a note is laid out: Markdown and plain text, transcripts
// (WebVTT, SubRip), mails to oneself, chat logs. It takes the front matter off, hides
// what is private, and cuts the rest into units (a heading, a list item, a paragraph, a
// table row, a spoken turn), each with its source lines and the topic that it stands
// under. What a unit means is not its business.
package layout

import (
	"fmt"
	"strings"

	"headsup/rules/recap/prose"
)

// UnitKind says what a unit is.
type UnitKind uint8

// The kinds of units.
const (
	Paragraph UnitKind = iota
	Heading
	bullet
	ordered
	Row  // of a table
	Turn // of a transcript
)

// Unit is one heading, paragraph, list item, table row or spoken turn.
type Unit struct {
	Kind    UnitKind
	level   int // of a heading
	Depth   int // of a list item, 1 is outermost; 0 otherwise
	indent  int
	First   int // source lines, from 1
	Last    int
	Raw     string   // the first line after the list mark, with its markup
	Parts   []string // plain text, one a source line
	Text    string   // the parts, joined by a space
	nos     []int    // of a turn: the line of each part; others follow each other
	size    int      // of a turn: bytes of text so far
	Parent  int      // the list item above it, -1 if none
	Head    int      // the heading above it, -1 if none
	Kids    int      // list items directly below
	Label   bool     // a short line that names what follows
	Cells   []string // of a row
	Box     byte     // ' ' open, 'x' ticked, 0 none
	Struck  bool
	Quoted  bool
	Speaker string // who says it, "" if the note does not say
	At      string // transcript: when
	Topic   topic  // what it stands under
	Named   string // the name that alone stands on the line above the list ("**Dana**")
	Under   int    // how many units lie between it and what named the topic
}

// LineAt returns the source line of the byte at offset of u.text.
func (u *Unit) LineAt(offset int) int {
	for i, p := range u.Parts {
		if offset <= len(p) || i == len(u.Parts)-1 {
			if u.nos != nil {
				return u.nos[i]
			}
			return u.First + i
		}
		offset -= len(p) + 1
	}
	return u.Last
}

// Limits of the block reader: what is deeper or longer than any minutes are.
const (
	maxDepth = 12
	maxParts = 200
)

// blocks is the reader of Markdown and plain text. It goes line by line, so that every
// Unit knows its lines exactly, and never backtracks.
type blocks struct {
	units   []Unit
	open    bool  // the last unit may go on in the next line
	list    []int // the open list items, outermost first
	fence   string
	comment bool
	bare    bool // within a table without outer bars
	head    int
}

// ReadBlocks cuts lines into units. A line that is
// hidden (front matter, private parts) is empty.
func ReadBlocks(lines []string) []Unit {
	b := &blocks{head: -1}
	for i, l := range lines {
		b.bare = bareRow(lines, i, b.bare)
		b.line(i+1, l)
	}
	for i := range b.units {
		u := &b.units[i]
		u.Text = strings.Join(u.Parts, " ")
		if u.Parent >= 0 {
			b.units[u.Parent].Kids++
		}
		u.Label = hint(b.units, i)
	}
	return b.units
}

// bareRow reports whether a line is a row of a table without outer bars: its head is
// known by the rule below it, its end by a line without a bar.
func bareRow(lines []string, i int, within bool) bool {
	t := strings.TrimSpace(lines[i])
	if !strings.Contains(t, "|") || t[0] == '|' {
		return false
	}
	return within || i+1 < len(lines) && strings.Contains(lines[i+1], "|") && strings.Contains(lines[i+1], "-") && strings.Trim(lines[i+1], "-:| \t") == ""
}

// hint: a line in italics right below a heading is what a form says about its section.
func hint(units []Unit, i int) bool {
	u := &units[i]
	if u.Kind != Paragraph || u.Head != i-1 || u.Head < 0 || len(u.Parts) != 1 || len(u.Raw) < 3 || plainLabel(strings.TrimRight(u.Text, ":")) {
		return false
	}
	c := u.Raw[0]
	return (c == '*' || c == '_') && u.Raw[1] != c && u.Raw[len(u.Raw)-1] == c && strings.Count(u.Raw, string(c)) == 2
}

func (b *blocks) line(no int, raw string) {
	trimmed := strings.TrimSpace(raw)
	if b.verbatim(trimmed) {
		b.open = false
		return
	}
	switch {
	case trimmed == "", strings.HasPrefix(trimmed, ":::"): // ":::info" opens a box of HackMD
		b.open = false
	case rule(trimmed):
		b.setext(trimmed)
	case trimmed[0] == '#' && headingLevel(trimmed) > 0:
		b.heading(no, trimmed)
	case trimmed[0] == '|', b.bare:
		b.row(no, trimmed)
	default:
		b.body(no, raw, trimmed)
	}
}

// verbatim reports whether the line belongs to code or to an HTML comment, which say
// nothing that a meeting said.
func (b *blocks) verbatim(t string) bool {
	if b.comment {
		b.comment = !strings.Contains(t, "-->")
		return true
	}
	if b.fence != "" {
		if strings.HasPrefix(t, b.fence) {
			b.fence = ""
		}
		return true
	}
	if strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
		b.fence = t[:3]
		return true
	}
	if strings.HasPrefix(t, "<!--") {
		b.comment = !strings.Contains(t, "-->")
		return true
	}
	return false
}

// setext makes a heading of the paragraph line before "====" or "----".
func (b *blocks) setext(t string) {
	if n := len(b.units); b.open && n > 0 && (t[0] == '=' || t[0] == '-') {
		u := &b.units[n-1]
		if u.Kind == Paragraph && len(u.Parts) == 1 {
			u.Kind, u.level = Heading, 1
			if t[0] == '-' {
				u.level = 2
			}
			b.head = n - 1
		}
	}
	b.open = false
	b.list = b.list[:0]
}

func (b *blocks) heading(no int, t string) {
	n := headingLevel(t)
	b.list = b.list[:0]
	b.add(Unit{Kind: Heading, level: n, First: no, Parent: -1, Raw: t[n:]}, strings.TrimRight(t[n:], "# "))
	b.head = len(b.units) - 1
	b.open = false
}

func (b *blocks) row(no int, t string) {
	cells := strings.Split(strings.Trim(t, "|"), "|")
	for i, c := range cells {
		cells[i], _ = prose.Plain(c)
	}
	if strings.Trim(strings.Join(cells, ""), "-: ") == "" {
		return
	}
	b.list = b.list[:0]
	b.add(Unit{Kind: Row, First: no, Parent: -1, Raw: t, Cells: cells}, strings.Join(cells, " | "))
	b.open = false
}

// add appends u with its first line of text.
func (b *blocks) add(u Unit, text string) {
	u.Last, u.Head = u.First, b.head
	p, struck := prose.Plain(text)
	u.Struck = u.Struck || struck
	u.Parts = []string{unstamped(p)}
	b.units = append(b.units, u)
	b.open = true
}

// body handles list items, paragraphs and what continues them.
func (b *blocks) body(no int, raw, t string) {
	if nick, at, said := chatLine(t); nick != "" {
		b.list = b.list[:0]
		b.add(Unit{Kind: Turn, First: no, Parent: -1, Raw: said, Speaker: nick, At: at}, said)
		b.open = false
		return
	}
	t = byline(t)
	if strings.HasPrefix(t, "<") {
		if text, _ := prose.Plain(t); text == "" { // "<details>"
			b.open = false
			return
		}
	}
	indent := indentOf(raw)
	quoted := false
	for depth := 0; t != "" && t[0] == '>' && depth < maxDepth; depth++ {
		quoted = true
		t = strings.TrimSpace(t[1:])
	}
	if t == "" {
		b.open = false
		return
	}
	t = withoutArrow(t)
	if strings.HasPrefix(t, "[ ] ") { // a box needs no list mark
		b.item(no, indent, t, 0, bullet, quoted)
		return
	}
	if mark, kind := listMark(t); mark > 0 {
		b.item(no, indent, t, mark, kind, quoted)
		return
	}
	if b.continues(indent, t) {
		b.extend(t)
		return
	}
	b.closeDeeper(indent)
	parent := -1
	if n := len(b.list); n > 0 && indent > b.units[b.list[n-1]].indent {
		parent = b.list[n-1]
	} else {
		b.list = b.list[:0]
	}
	u := Unit{Kind: Paragraph, First: no, indent: indent, Parent: parent, Raw: t, Quoted: quoted}
	if parent >= 0 {
		u.Depth = b.units[parent].Depth
	}
	b.add(u, t)
}

func (b *blocks) item(no, indent int, t string, mark int, kind UnitKind, quoted bool) {
	b.closeSame(indent, kind)
	parent, depth := -1, 1
	if n := len(b.list); n > 0 {
		parent = b.list[n-1]
		depth = min(b.units[parent].Depth+1, maxDepth)
	}
	rest := withoutArrow(strings.TrimSpace(t[min(mark, len(t)):]))
	u := Unit{Kind: kind, First: no, indent: indent, Depth: depth, Parent: parent, Quoted: quoted}
	u.Box, rest = checkbox(rest)
	u.Raw = rest
	b.add(u, rest)
	if len(b.list) < maxDepth {
		b.list = append(b.list, len(b.units)-1)
	}
}

// closeSame closes the list items that a new one at indent does not belong to. Bullets that
// stand no deeper than a number above them are listed below it all the same.
func (b *blocks) closeSame(indent int, kind UnitKind) {
	b.closeDeeper(indent)
	for n := len(b.list); n > 0 && b.units[b.list[n-1]].indent == indent; n-- {
		if kind == bullet && b.units[b.list[n-1]].Kind == ordered {
			return
		}
		b.list = b.list[:n-1]
	}
}

// closeDeeper closes the list items that stand deeper than indent.
func (b *blocks) closeDeeper(indent int) {
	for n := len(b.list); n > 0 && b.units[b.list[n-1]].indent > indent; n-- {
		b.list = b.list[:n-1]
	}
}

// continues reports whether t goes on with the sentence of the line before it.
func (b *blocks) continues(indent int, t string) bool {
	n := len(b.units)
	if !b.open || n == 0 || len(b.units[n-1].Parts) >= maxParts {
		return false
	}
	u := &b.units[n-1]
	if u.Kind == Heading || u.Kind == Row {
		return false
	}
	if _, rest := SpeakerPrefix(t); rest != t {
		return false
	}
	if field, _ := Detail(t); field != "" || labelled(t) {
		return false
	}
	if u.Kind != Paragraph && indent > u.indent {
		return true
	}
	prev := u.Parts[len(u.Parts)-1]
	if prev == "" {
		return true
	}
	if c := t[0]; c >= 'a' && c <= 'z' {
		// Below "Actions" short lines are a list, even without marks.
		listed := u.Kind == Paragraph && b.head >= 0 && len(prev) < wrapMin && TopicOf(b.units[b.head].Text) == TopicAction
		return !listed
	}
	if strings.HasSuffix(prev, ":") {
		return false
	}
	// A line that had no room for the next word was wrapped; a shorter one was ended.
	word, _, _ := strings.Cut(t, " ")
	widest := 0
	for _, p := range u.Parts {
		widest = max(widest, len(p))
	}
	return len(prev) >= wrapMin && len(prev)+1+len(word) > widest
}

// wrapMin is the shortest line that may have been wrapped.
const wrapMin = 56

func (b *blocks) extend(t string) {
	u := &b.units[len(b.units)-1]
	p, _ := prose.Plain(t)
	u.Parts = append(u.Parts, unstamped(p))
	u.Last++
}

// CutLong cuts lines that nobody typed.
func CutLong(lines []string) []Problem {
	var problems []Problem
	for i, l := range lines {
		if len(l) > prose.MaxLine {
			lines[i] = strings.ToValidUTF8(l[:prose.MaxLine], "")
			if len(problems) < maxProblems {
				problems = append(problems, Problem{i + 1, fmt.Sprintf("the line is longer than %d bytes; its end was not read", prose.MaxLine)})
			}
		}
	}
	return problems
}
