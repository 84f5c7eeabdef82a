package recap

import (
	"fmt"
	"strings"
)

// A unit is a piece of the note that stands for itself.
type unitKind uint8

const (
	paragraph unitKind = iota
	heading
	bullet
	ordered
	row  // of a table
	turn // of a transcript
)

// unit is one heading, paragraph, list item, table row or spoken turn.
type unit struct {
	kind    unitKind
	level   int // of a heading
	depth   int // of a list item, 1 is outermost; 0 otherwise
	indent  int
	first   int // source lines, from 1
	last    int
	raw     string   // the first line after the list mark, with its markup
	parts   []string // plain text, one a source line
	text    string   // the parts, joined by a space
	nos     []int    // of a turn: the line of each part; others follow each other
	size    int      // of a turn: bytes of text so far
	parent  int      // the list item above it, -1 if none
	head    int      // the heading above it, -1 if none
	kids    int      // list items directly below
	label   bool     // a short line that names what follows
	box     byte     // ' ' open, 'x' ticked, 0 none
	struck  bool
	quoted  bool
	speaker string // who says it, "" if the note does not say
	at      string // transcript: when
	topic   topic  // what it stands under
	named   string // the name that alone stands on the line above the list ("**Dana**")
	under   int    // how many units lie between it and what named the topic
}

// lineAt returns the source line of the byte at offset of u.text.
func (u *unit) lineAt(offset int) int {
	for i, p := range u.parts {
		if offset <= len(p) || i == len(u.parts)-1 {
			if u.nos != nil {
				return u.nos[i]
			}
			return u.first + i
		}
		offset -= len(p) + 1
	}
	return u.last
}

// Limits of the block reader: what is deeper or longer than any minutes are.
const (
	maxDepth = 12
	maxParts = 200
)

// blocks is the reader of Markdown and plain text. It goes line by line, so that every
// unit knows its lines exactly, and never backtracks.
type blocks struct {
	units   []unit
	open    bool  // the last unit may go on in the next line
	list    []int // the open list items, outermost first
	fence   string
	comment bool
	head    int
}

// readBlocks cuts lines into units. A line that is
// hidden (front matter, private parts) is empty.
func readBlocks(lines []string) []unit {
	b := &blocks{head: -1}
	for i, l := range lines {
		b.line(i+1, l)
	}
	for i := range b.units {
		u := &b.units[i]
		u.text = strings.Join(u.parts, " ")
		if u.parent >= 0 {
			b.units[u.parent].kids++
		}
	}
	return b.units
}

func (b *blocks) line(no int, raw string) {
	trimmed := strings.TrimSpace(raw)
	if b.verbatim(trimmed) {
		b.open = false
		return
	}
	switch {
	case trimmed == "":
		b.open = false
	case rule(trimmed):
		b.setext(trimmed)
	case trimmed[0] == '#' && headingLevel(trimmed) > 0:
		b.heading(no, trimmed)
	case trimmed[0] == '|':
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

// rule reports a thematic break or a setext underline.
func rule(t string) bool {
	c := t[0]
	if len(t) < 3 || c != '-' && c != '=' && c != '*' && c != '_' {
		return false
	}
	return strings.Trim(t, string(c)+" ") == ""
}

// setext makes a heading of the paragraph line before "====" or "----".
func (b *blocks) setext(t string) {
	if n := len(b.units); b.open && n > 0 && (t[0] == '=' || t[0] == '-') {
		u := &b.units[n-1]
		if u.kind == paragraph && len(u.parts) == 1 {
			u.kind, u.level = heading, 1
			if t[0] == '-' {
				u.level = 2
			}
			b.head = n - 1
		}
	}
	b.open = false
	b.list = b.list[:0]
}

func headingLevel(t string) int {
	n := 0
	for n < len(t) && t[n] == '#' {
		n++
	}
	if n > 6 || n < len(t) && t[n] != ' ' && t[n] != '\t' {
		return 0
	}
	return n
}

func (b *blocks) heading(no int, t string) {
	n := headingLevel(t)
	b.list = b.list[:0]
	b.add(unit{kind: heading, level: n, first: no, parent: -1, raw: t[n:]}, strings.TrimRight(t[n:], "# "))
	b.head = len(b.units) - 1
	b.open = false
}

func (b *blocks) row(no int, t string) {
	cells := strings.Split(strings.Trim(t, "|"), "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	if strings.Trim(strings.Join(cells, ""), "-: ") == "" {
		return
	}
	b.list = b.list[:0]
	b.add(unit{kind: row, first: no, parent: -1, raw: t}, strings.Join(cells, " | "))
	b.open = false
}

// add appends u with its first line of text.
func (b *blocks) add(u unit, text string) {
	u.last, u.head = u.first, b.head
	p, struck := plain(text)
	u.struck = u.struck || struck
	u.parts = []string{p}
	b.units = append(b.units, u)
	b.open = true
}

// body handles list items, paragraphs and what continues them.
func (b *blocks) body(no int, raw, t string) {
	if nick, at, said := chatLine(t); nick != "" {
		b.list = b.list[:0]
		b.add(unit{kind: turn, first: no, parent: -1, raw: said, speaker: nick, at: at}, said)
		b.open = false
		return
	}
	t = byline(t)
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
	u := unit{kind: paragraph, first: no, indent: indent, parent: parent, raw: t, quoted: quoted}
	if parent >= 0 {
		u.depth = b.units[parent].depth
	}
	b.add(u, t)
}

func indentOf(raw string) int {
	n := 0
	for _, c := range raw {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4 - n%4
		default:
			return n
		}
	}
	return n
}

// listMark returns the length of a list mark with its space, 0 if there is none.
func listMark(t string) (int, unitKind) {
	for _, m := range [...]string{"- ", "* ", "+ ", "• ", "– ", "— ", "-\t", "*\t", "◦ ", "▪ ", "‣ ", "→ "} {
		if strings.HasPrefix(t, m) {
			return len(m), bullet
		}
	}
	if t == "-" || t == "*" || t == "•" {
		return len(t), bullet
	}
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	if n == 0 && len(t) > 2 && (t[0]|0x20) >= 'a' && (t[0]|0x20) <= 'z' && t[1] == ')' {
		n = 1
	}
	if n > 0 && n <= 3 && n+1 < len(t) && (t[n] == '.' || t[n] == ')') && (t[n+1] == ' ' || t[n+1] == '\t') {
		return n + 2, ordered
	}
	return 0, 0
}

func (b *blocks) item(no, indent int, t string, mark int, kind unitKind, quoted bool) {
	b.closeDeeper(indent - 1)
	parent, depth := -1, 1
	if n := len(b.list); n > 0 {
		parent = b.list[n-1]
		depth = min(b.units[parent].depth+1, maxDepth)
	}
	rest := strings.TrimSpace(t[min(mark, len(t)):])
	u := unit{kind: kind, first: no, indent: indent, depth: depth, parent: parent, quoted: quoted}
	u.box, rest = checkbox(rest)
	u.raw = rest
	b.add(u, rest)
	if len(b.list) < maxDepth {
		b.list = append(b.list, len(b.units)-1)
	}
}

// closeDeeper closes the list items that stand deeper than indent.
func (b *blocks) closeDeeper(indent int) {
	for n := len(b.list); n > 0 && b.units[b.list[n-1]].indent > indent; n-- {
		b.list = b.list[:n-1]
	}
}

func checkbox(t string) (byte, string) {
	if len(t) >= 3 && t[0] == '[' && t[2] == ']' {
		switch t[1] {
		case ' ', '_':
			return ' ', strings.TrimSpace(t[3:])
		case 'x', 'X', '-', '/':
			return 'x', strings.TrimSpace(t[3:])
		}
	}
	for _, m := range [...]string{"☐", "⬜"} {
		if rest, ok := strings.CutPrefix(t, m); ok {
			return ' ', strings.TrimSpace(rest)
		}
	}
	for _, m := range [...]string{"☑", "☒", "✅", "✔", "✓"} {
		if rest, ok := strings.CutPrefix(t, m); ok {
			return 'x', strings.TrimSpace(rest)
		}
	}
	return 0, t
}

// continues reports whether t goes on with the sentence of the line before it.
func (b *blocks) continues(indent int, t string) bool {
	n := len(b.units)
	if !b.open || n == 0 || len(b.units[n-1].parts) >= maxParts {
		return false
	}
	u := &b.units[n-1]
	if u.kind == heading || u.kind == row {
		return false
	}
	if _, rest := speakerPrefix(t); rest != t {
		return false
	}
	if u.kind != paragraph && indent > u.indent {
		return true
	}
	prev := u.parts[len(u.parts)-1]
	if prev == "" {
		return true
	}
	if c := t[0]; c >= 'a' && c <= 'z' {
		return true
	}
	if strings.HasSuffix(prev, ":") {
		return false
	}
	// A line that had no room for the next word was wrapped; a shorter one was ended.
	word, _, _ := strings.Cut(t, " ")
	widest := 0
	for _, p := range u.parts {
		widest = max(widest, len(p))
	}
	return len(prev) >= wrapMin && len(prev)+1+len(word) > widest
}

// wrapMin is the shortest line that may have been wrapped.
const wrapMin = 56

func (b *blocks) extend(t string) {
	u := &b.units[len(b.units)-1]
	p, _ := plain(t)
	u.parts = append(u.parts, p)
	u.last++
}

// cutLong cuts lines that nobody typed.
func cutLong(lines []string) []Problem {
	var problems []Problem
	for i, l := range lines {
		if len(l) > maxLine {
			lines[i] = strings.ToValidUTF8(l[:maxLine], "")
			if len(problems) < maxProblems {
				problems = append(problems, Problem{i + 1, fmt.Sprintf("the line is longer than %d bytes; its end was not read", maxLine)})
			}
		}
	}
	return problems
}
