package recap

import "strings"

// ownerOf says who is to do what a statement asks for, as written, "" if nobody is named.
func (n *note) ownerOf(s *statement) string {
	if s.row {
		return s.owner
	}
	u := &n.units[s.unit]
	for _, find := range [...]func(*statement, *unit) string{n.markedOwner, n.calledOwner, n.subjectOwner, n.bracketOwner, n.handleOwner, n.ownVoice, n.listedOwner} {
		if who := find(s, u); who != "" {
			return who
		}
	}
	return ""
}

// markedOwner: "AI(Dana): ...", "ACTION: Dana: ...", "ACTION: Dana - ...".
func (n *note) markedOwner(s *statement, u *unit) string {
	if s.mark.owner != "" {
		return s.mark.owner
	}
	if s.mark.kind != kAction && u.topic != topicAction && u.box == 0 {
		return ""
	}
	if who, rest := speakerPrefix(s.text); rest != s.text {
		return who
	}
	if who := groupPrefix(s.text); who != "" {
		return who
	}
	if strings.HasPrefix(s.text, "[") || strings.HasPrefix(s.text, "(") { // "[Dana Reyes] Send it"
		if end := strings.IndexAny(s.text, "])"); end > 0 && end < 50 && (n.people.knows(s.text[1:end]) || ownerHeading(s.text[1:end]) != "") {
			return s.text[1:end]
		}
	}
	for _, sep := range [...]string{" - ", " – ", " — ", ", "} {
		if who, _, ok := strings.Cut(s.text, sep); ok && len(who) < 40 && n.people.knows(strings.TrimSpace(who)) {
			return strings.TrimSpace(who)
		}
	}
	return ""
}

// pronouns name a group and nobody in it.
var pronouns = set("we us all anyone someone somebody")

// calledOwner: who is spoken to, "Dana, can you send it?", "could you send it, Dana".
func (n *note) calledOwner(s *statement, _ *unit) string {
	t := s.tokens
	for i := range t {
		asks := (t[i].low == "can" || t[i].low == "could" || t[i].low == "would" || t[i].low == "will") && i+1 < len(t) && t[i+1].low == "you"
		if !asks && t[i].low != "please" {
			continue
		}
		if i > 1 && t[i-1].low == "," && t[i-2].person {
			return s.text[t[i-2].at:t[i-2].end]
		}
		if i == 1 && t[0].person {
			return s.text[t[0].at:t[0].end]
		}
		for k := i + 2; k < len(t); k++ {
			if t[k].low == "," && k+1 < len(t) && t[k+1].person && (k+2 == len(t) || t[k+2].low == "?") {
				return s.text[t[k+1].at:t[k+1].end]
			}
		}
	}
	return ""
}

// groupPrefix: "Community: ...", "Team leads: ...".
func groupPrefix(text string) string {
	who, _, ok := strings.Cut(text, ":")
	words := strings.Fields(strings.ToLower(who))
	if !ok || len(words) == 0 || len(words) > 3 || !groups[words[len(words)-1]] {
		return ""
	}
	return who
}

// duties follow the name of who has them.
var duties = set("to will 'll should must can could volunteered volunteers agreed needs offered plans intends promised takes wants going has shall might may would is are")

// subjectOwner: the people right before "to send", "will send", "is going to send".
func (n *note) subjectOwner(s *statement, _ *unit) string {
	t := s.tokens
	for i := 1; i < len(t); i++ {
		if !duties[t[i].low] || !n.duty(t, i) {
			continue
		}
		end := i
		for end > 0 && (t[end-1].low == "also" || t[end-1].low == "both" || t[end-1].low == "then" || t[end-1].low == "please") {
			end--
		}
		if start := n.namesBefore(t, end); start < end && !(start > 0 && t[start-1].low == "for") {
			return strings.Trim(s.text[t[start].at:t[end-1].end], " ,;:")
		}
	}
	if s.mark.kind == kAction && len(t) > 1 && (t[0].person || initialsLike(s.text[t[0].at:t[0].end])) {
		end := 1
		for end < len(t) && t[end].person {
			end++
		}
		return s.text[t[0].at:t[end-1].end]
	}
	return ""
}

// duty reports whether t[i] gives a duty to who stands before it.
func (n *note) duty(t []token, i int) bool {
	switch t[i].low {
	case "to":
		return i+1 < len(t) && (verbs[t[i+1].low] || t[i+1].low == "also" || t[i+1].low == "please" || t[i+1].low == "be" || i+2 < len(t) && verbs[t[i+2].low])
	case "is", "are":
		return i+2 < len(t) && (t[i+1].low == "going" || t[i+1].low == "to" || t[i+1].low == "happy" || t[i+1].low == "planning")
	case "has":
		return i+1 < len(t) && t[i+1].low == "to"
	case "should", "can", "could", "might", "may", "would":
		return i+1 < len(t) && t[i+1].low != "not"
	}
	return true
}

// namesBefore walks back over "Dana", "Dana Reyes", "Dana, Sam and Kim", "Dana/Sam",
// "Sam @ Example" and returns where it starts.
func (n *note) namesBefore(t []token, end int) int {
	start := end
	for i := end - 1; i >= 0; i-- {
		tok := &t[i]
		switch {
		case n.nameToken(tok), groups[tok.low] && !pronouns[tok.low] && (i == 0 && tok.upper || i > 0 && t[i-1].upper && !notNames[t[i-1].low]):
			start = i
		case (tok.low == "and" || tok.low == "," || tok.low == "@" || tok.low == "+" || tok.low == "or") && start == i+1 && i > 0 && n.nameToken(&t[i-1]):
		default:
			return start
		}
		if end-start > 12 {
			break
		}
	}
	return start
}

func (n *note) nameToken(t *token) bool {
	if t.person || strings.HasPrefix(t.low, "@") {
		return true
	}
	if t.low == "others" || t.low == "everyone" {
		return true
	}
	return t.upper && !notNames[t.low] && !verbs[t.low] && !strings.ContainsAny(t.low, "0123456789#.")
}

// bracketOwner: "... (Dana)", "... (owner: Dana, Fri)", "... [DR]", "... - Dana".
func (n *note) bracketOwner(s *statement, _ *unit) string {
	text := strings.TrimRight(s.text, " .")
	if len(text) > 2 && (text[len(text)-1] == ')' || text[len(text)-1] == ']') {
		if open := strings.LastIndexAny(text, "(["); open >= 0 {
			in := text[open+1 : len(text)-1]
			in = strings.TrimPrefix(strings.TrimPrefix(in, "owner:"), "Owner:")
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

// handleOwner: "@dana please review".
func (n *note) handleOwner(s *statement, _ *unit) string {
	for _, t := range s.tokens {
		if len(t.low) > 1 && t.low[0] == '@' {
			return s.text[t.at+1 : t.end]
		}
	}
	return ""
}

// ownVoice: "I will", said by the speaker or else by the one who writes.
func (n *note) ownVoice(s *statement, u *unit) string {
	me := false
	for i, t := range s.tokens {
		if t.low == "i" && t.upper && i+1 < len(s.tokens) || t.low == "me" && i == 1 {
			me = true
		}
	}
	if !me && !(u.speaker != "" && len(s.tokens) > 0 && (s.tokens[0].low == "will" || s.tokens[0].low == "to")) {
		return ""
	}
	if u.speaker != "" {
		return u.speaker
	}
	if n.people.self >= 0 && me {
		return n.people.people[n.people.self].name
	}
	return ""
}

// listedOwner: in a list of actions the name before the colon; a heading or a list item
// that is only a name.
func (n *note) listedOwner(s *statement, u *unit) string {
	if (u.topic == topicAction || s.mark.kind == kAction || u.box == ' ') && u.speaker != "" {
		return u.speaker
	}
	if u.named != "" && n.belowName(u) {
		return u.named
	}
	if n.belowName(u) {
		return ownerName(n.units[u.parent].text)
	}
	if u.head >= 0 {
		if who := ownerHeading(n.units[u.head].text); who != "" && (n.people.knows(who) || u.topic == topicAction) {
			return who
		}
		if who := possessive(n.units[u.head].text); who != "" {
			return who
		}
	}
	return ""
}

// possessive returns the name in "Dana's update".
func possessive(s string) string {
	who, rest, ok := strings.Cut(s, "'s ")
	if !ok || strings.Contains(who, " ") && len(strings.Fields(who)) > 2 || !nameLike(who) {
		return ""
	}
	if r := strings.ToLower(rest); strings.HasPrefix(r, "update") || strings.HasPrefix(r, "task") || strings.HasPrefix(r, "action") || strings.HasPrefix(r, "item") || strings.HasPrefix(r, "todo") {
		return who
	}
	return ""
}
