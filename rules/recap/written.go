package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// edgeOwner: "Kim - send it", "kim: send it", "Kim sends it", "send it - Kim", "send it -> Kim",
// "send it: Kim", "send it (Kim and Sam)", "send it **Kim**".
func (n *note) edgeOwner(s *statement, u *layout.Unit) string {
	t := s.tokens
	if !n.called(s, u) || len(t) < 3 {
		return ""
	}
	for _, sep := range [...]string{": ", " - ", " – ", " — "} {
		who, rest, ok := strings.Cut(s.text, sep)
		first, _, _ := strings.Cut(rest, " ")
		if ok && len(strings.Fields(who)) < 4 && nameOf(who, true) && prose.Verbs[strings.ToLower(first)] {
			return layout.OwnerName(who)
		}
	}
	if t[0].Upper && nameOf(s.text[t[0].At:t[0].End], false) && !prose.Verbs[t[0].Low] && !notNameAtStart(t[0].Low) && (doing(t[1].Low) || prose.Verbs[t[1].Low] && pointing[t[2].Low]) {
		return s.text[t[0].At:t[0].End]
	}
	text := strings.TrimRight(s.text, " .")
	for _, sep := range [...]string{" - ", " -- ", " – ", " — ", " -> ", " => ", " → ", ": ", ", "} {
		if i := strings.LastIndex(text, sep); i > 8 && nameOf(text[i+len(sep):], false) {
			return layout.OwnerName(text[i+len(sep):])
		}
	}
	for _, mark := range [...]string{"**", "*", "__", "_"} {
		if raw, ok := strings.CutSuffix(strings.TrimRight(u.Raw, " ."), mark); ok && s.last == u.Last {
			if i := strings.LastIndex(raw, mark); i > 8 && nameOf(raw[i+len(mark):], false) {
				return layout.OwnerName(raw[i+len(mark):])
			}
		}
	}
	return ""
}

// nameOf reports whether a text is a name, or several: "Kim", "Kim/Sam", "Kim and Sam Okafor". A
// nick has no capital.
func nameOf(text string, nick bool) bool {
	parts := strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(text, " and ", "/"), " or ", "/"), func(r rune) bool { return r == '/' || r == '&' || r == ',' || r == '+' })
	for _, p := range parts {
		p = strings.TrimPrefix(strings.TrimSpace(p), "@")
		words := strings.Fields(p)
		if len(words) == 0 || len(words) > 2 || layout.OwnerHeading(p) == "" && !layout.InitialsLike(p) || strings.Contains(strings.TrimSuffix(p, "."), ".") {
			return false
		}
		for _, w := range words {
			low := strings.ToLower(w)
			if prose.NotNames[low] && !layout.InitialsLike(w) || prose.Verbs[low] || notNameAtStart(low) || prose.Groups[low] && !nick || !nick && strings.ToLower(w) == w && text[0] != '@' {
				return false
			}
		}
	}
	return len(parts) > 0
}

// bracketOwner: "... (Dana)", "... (owner: Dana, Fri)", "... [DR]", "... - Dana".
func (n *note) bracketOwner(s *statement, u *layout.Unit) string {
	text := strings.TrimRight(s.text, " .")
	if len(text) > 2 && (text[len(text)-1] == ')' || text[len(text)-1] == ']') {
		if open := strings.LastIndexAny(text, "(["); open >= 0 {
			in := text[open+1 : len(text)-1]
			if label, rest, ok := strings.Cut(in, ":"); ok && strings.EqualFold(strings.Trim(label, "@ "), "owner") {
				in = rest
			}
			in, _, _ = strings.Cut(in, " if ") // "[Kim if able]"
			if prose.Groups[strings.ToLower(in)] && n.called(s, u) {
				return in
			}
			if listed := u.Topic == layout.TopicAction || s.mark.kind == kAction || u.Box == ' '; listed && open > 0 && nameOf(in, true) {
				return layout.OwnerName(in)
			}
			var who []string
			for _, p := range strings.FieldsFunc(in, func(r rune) bool { return strings.ContainsRune(",;/&", r) }) {
				p = strings.TrimSpace(p)
				if n.people.knows(p) || strings.HasPrefix(p, "@") && !strings.Contains(p, " ") {
					who = append(who, strings.TrimPrefix(p, "@"))
				}
			}
			if len(who) > 0 {
				return strings.Join(who, ", ")
			}
		}
	}
	if open := strings.Index(text, " ["); open > 0 { // "The fair: [Kim] Write the plan"
		who, rest, _ := strings.Cut(text[open+2:], "] ")
		if first, _, _ := strings.Cut(strings.ToLower(rest), " "); prose.Verbs[first] && nameOf(who, false) {
			return who
		}
	}
	if i := strings.LastIndex(text, " - "); i > 0 && n.people.knows(text[i+3:]) {
		return text[i+3:]
	}
	if open := strings.IndexByte(text, '('); open == 0 {
		if close := strings.IndexByte(text, ')'); close > 0 && n.people.knows(text[1:close]) {
			return text[1:close]
		}
	}
	return ""
}

// possessive returns the name in "Dana's update".
func possessive(s string) string {
	who, rest, ok := strings.Cut(s, "'s ")
	if !ok || strings.Contains(who, " ") && len(strings.Fields(who)) > 2 || !layout.NameLike(who) {
		return ""
	}
	if r := strings.ToLower(rest); strings.HasPrefix(r, "update") || strings.HasPrefix(r, "task") || strings.HasPrefix(r, "action") || strings.HasPrefix(r, "item") || strings.HasPrefix(r, "todo") {
		return who
	}
	return ""
}

// called reports whether the note itself calls the statement an action: then a name is
// looked for also where nobody is known.
func (n *note) called(s *statement, u *layout.Unit) bool {
	return u.Topic == layout.TopicAction || s.mark.kind == kAction || u.Box == ' '
}
