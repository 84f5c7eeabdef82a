package recap

import (
	"strings"
	"unicode"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// sentence adds a statement. A marker within a line names what follows it ("Yes! AI: Kim
// writes it up"); in brackets it names all of the sentence, with its owner ("unpack this
// (AI: Kim)"), or says a thing of its own ("rewrite it (AI: Kim to draft it)").
func (n *note) sentence(s statement) {
	if m := readMarker(s.text); (s.order > 0 || s.mark.kind < 0) && m.kind >= 0 && m.rest != "" && unicode.IsUpper(rune(s.text[0])) && strings.Contains(s.text[:len(s.text)-len(m.rest)], ":") {
		s.start += len(s.text) - len(m.rest)
		s.text, s.mark, s.opens = m.rest, m, true
	}
	if n := tail(s.text); n > 0 && s.mark.kind < 0 {
		text := strings.TrimRight(s.text, " .")
		s.text = strings.TrimRight(text[:len(text)-n], " -–")
		s.mark, s.opens = marker{kind: kAction, rest: s.text}, true
	}
	open, end := inlineMark(s.text)
	if open < 0 {
		n.statements = append(n.statements, s)
		return
	}
	m := readMarker(s.text[open+1 : end])
	m.rest = strings.TrimRight(m.rest, "] ")
	inner := s
	if rest := s.text[min(end+1, len(s.text)):]; strings.Trim(rest, " .") == "" {
		s.text = strings.TrimRight(s.text[:open], " ;-–")
	}
	owned := ownerLike(m.rest) && len(strings.Fields(m.rest)) < 4 && (m.rest[0] == '@' || unicode.IsUpper(rune(m.rest[0])))
	if owned {
		m.owner = m.rest
		s.mark, s.opens = m, true
	}
	if s.text != "" {
		n.statements = append(n.statements, s)
	}
	if !owned && m.rest != "" {
		inner.text, inner.mark, inner.opens, inner.order = m.rest, m, true, s.order+1
		inner.start = min(inner.start+end-len(m.rest), len(n.units[s.unit].Text))
		n.statements = append(n.statements, inner)
	}
}

// aside: a name in brackets after the end of a sentence, "Send it! (Kim)".
func (n *note) aside(text string) bool {
	in, ok := strings.CutPrefix(strings.TrimRight(text, " ."), "(")
	return ok && strings.HasSuffix(in, ")") && layout.OwnerHeading(in[:len(in)-1]) != ""
}

// inlineMark finds "(AI: Kim)" within a sentence: where its bracket opens and closes, -1
// if there is none.
func inlineMark(s string) (open, end int) {
	if at := trailingMark(s); at > 0 {
		return at, len(s)
	}
	for _, word := range [...]string{"AI:", "ACTION:", "TODO:"} {
		for _, bracket := range [...]string{"(", "["} {
			if open = strings.Index(s, bracket+word); open > 0 {
				if n := strings.IndexAny(s[open:], ")]"); n > len(word)+1 && readMarker(s[open+1:open+n]).kind == kAction {
					return open, open + n
				}
			}
		}
	}
	return -1, -1
}

// tails mark what stands before them.
var tails = [...]string{" todo", "(todo)", "[todo]", "(ai)", "[ai]", "#todo", "#action", "(action)", "[action]", "(action item)", "[action item]"}

// tail reports how long the mark at the end of a sentence is: "fix the footer (TODO)".
func tail(s string) int {
	s = strings.TrimRight(s, " .")
	for _, t := range tails {
		if n := len(s) - len(t); n > 4 && strings.EqualFold(s[n:], t) && (t[0] != ' ' || s[n+1:] == "TODO") {
			return len(t)
		}
	}
	return 0
}

// trailingMark finds "AI: Kim" or "[AI Kim]" at the end of a sentence, and "TODO:" behind a
// semicolon; -1 if there is none.
func trailingMark(s string) int {
	for _, word := range [...]string{"AI", "ACTION", "TODO"} {
		at := strings.LastIndex(s, " "+word)
		if b := strings.LastIndex(s, "["+word); b > at {
			at = b
		}
		if at < 4 || at+1+len(word) >= len(s) {
			continue
		}
		after := strings.Trim(s[at+1+len(word):], " :]-.")
		switch next := s[at+1+len(word)]; {
		case next != ':' && next != ' ':
		case next == ':' && strings.HasSuffix(s[:at], ";"):
			return at
		case ownerLike(after) && len(strings.Fields(after)) < 3 && unicode.IsUpper(rune(strings.TrimPrefix(after, "@")[0])) && after != "" && !prose.NotNames[strings.ToLower(after)]:
			return at
		}
	}
	return -1
}

// bareMark: a line that is only "TODO" marks the line above it.
func (n *note) bareMark(i int, m marker) {
	if p := n.units[i].Parent; p >= 0 && p == i-1 {
		for k := len(n.statements) - 1; k >= 0 && n.statements[k].unit == p; k-- {
			m.rest = n.statements[k].mark.rest
			n.statements[k].mark = m
		}
	}
}

// boldLabel takes the bold words off the start of a line: "**Risk** the vendor is late".
func boldLabel(u *layout.Unit) (word, rest string) {
	in, ok := strings.CutPrefix(u.Raw, "**")
	if !ok {
		return "", ""
	}
	word, _, ok = strings.Cut(in, "**")
	rest, found := strings.CutPrefix(u.Text, word)
	if !ok || !found {
		return "", ""
	}
	return word, strings.TrimSpace(rest)
}
