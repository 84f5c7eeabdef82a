package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// ownerOf says who is to do what a statement asks for, as written, "" if nobody is named.
func (n *note) ownerOf(s *statement) string {
	if s.owner != "" || s.told {
		return s.owner
	}
	u := &n.units[s.unit]
	for _, find := range [...]func(*statement, *layout.Unit) string{n.markedOwner, n.assignedOwner, n.calledOwner, n.subjectOwner, n.groupOwner, n.acceptedOwner, n.bracketOwner, n.edgeOwner, n.handleOwner, n.ownVoice, n.listedOwner} {
		if who := find(s, u); who != "" && !things[strings.ToLower(who)] {
			return who
		}
	}
	return ""
}

// things stand before a colon as a speaker would: "Website: check the draft".
var things = prose.Set("website site docs documentation undefined unassigned frontend backend hosting app server database logo ui ux rfc spec blog newsletter")

// markedOwner: "AI(Dana): ...", "ACTION: Dana: ...", "ACTION: Dana - ...".
func (n *note) markedOwner(s *statement, u *layout.Unit) string {
	if s.mark.owner != "" {
		return s.mark.owner
	}
	if s.mark.kind != kAction && u.Topic != layout.TopicAction && u.Box == 0 {
		return ""
	}
	if who, rest := layout.SpeakerPrefix(s.text); rest != s.text {
		return who
	}
	if who := groupPrefix(s.text); who != "" {
		return who
	}
	if strings.HasPrefix(s.text, "[") || strings.HasPrefix(s.text, "(") { // "[Dana Reyes] Send it"
		if end := strings.IndexAny(s.text, "])"); end > 0 && end < 50 && (n.people.knows(s.text[1:end]) || layout.OwnerHeading(s.text[1:end]) != "") {
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
var pronouns = prose.Set("we us all anyone someone somebody")

// calledOwner: who is spoken to, "Dana, can you send it?", "could you send it, Dana".
func (n *note) calledOwner(s *statement, _ *layout.Unit) string {
	t := s.tokens
	for i := range t {
		asks := (t[i].Low == "can" || t[i].Low == "could" || t[i].Low == "would" || t[i].Low == "will") && i+1 < len(t) && t[i+1].Low == "you"
		if !asks && t[i].Low != "please" {
			continue
		}
		if i > 1 && t[i-1].Low == "," && t[i-2].Person {
			return s.text[t[i-2].At:t[i-2].End]
		}
		if i == 1 && t[0].Person {
			return s.text[t[0].At:t[0].End]
		}
		for k := i + 2; k < len(t); k++ {
			if t[k].Low == "," && k+1 < len(t) && t[k+1].Person && (k+2 == len(t) || t[k+2].Low == "?") {
				return s.text[t[k+1].At:t[k+1].End]
			}
		}
	}
	return ""
}

// assignedOwner: "assigned to Kim and Lee", "Kim is assigned".
func (n *note) assignedOwner(s *statement, _ *layout.Unit) string {
	t := s.tokens
	for i := 1; i+1 < len(t); i++ {
		if t[i].Low != "to" || t[i-1].Low != "assigned" || !n.nameToken(&t[i+1]) {
			continue
		}
		end := i + 2
		for end < len(t) && (n.nameToken(&t[end]) || (t[end].Low == "," || t[end].Low == "and") && end+1 < len(t) && n.nameToken(&t[end+1])) {
			end++
		}
		return s.text[t[i+1].At:t[end-1].End]
	}
	return ""
}

// groupOwner: "Everybody please look it over", "Each team to name two people".
func (n *note) groupOwner(s *statement, _ *layout.Unit) string {
	t := s.tokens
	for end := 1; end < len(t) && end < 4 && !prose.Verbs[t[0].Low]; end++ {
		last := t[end-1].Low
		group := prose.Groups[last] && (!pronouns[last] || last == "all") || t[0].Low == "each" || t[0].Low == "every"
		if group && (t[end].Low == "please" || duties[t[end].Low] && n.duty(t, end)) {
			return s.text[t[0].At:t[end-1].End]
		}
	}
	return ""
}

// acceptedOwner: "Could somebody call the bank?", and Kim says "Will do".
func (n *note) acceptedOwner(s *statement, _ *layout.Unit) string {
	if s.hit == nil || !s.hit[words.index["is accepted"]] {
		return ""
	}
	return n.accepter(s, n.following(s.index))
}

// groupPrefix: "Community: ...", "Team leads: ...".
func groupPrefix(text string) string {
	who, _, ok := strings.Cut(text, ":")
	words := strings.Fields(strings.ToLower(who))
	if !ok || len(words) == 0 || len(words) > 3 || !prose.Groups[words[len(words)-1]] {
		return ""
	}
	return who
}

// duties follow the name of who has them.
var duties = prose.Set("to will 'll should must can could volunteered volunteers agreed need needs offered plans intends promised takes going has shall might may would is are")

// subjectOwner: the people right before "to send", "will send", "is going to send".
func (n *note) subjectOwner(s *statement, _ *layout.Unit) string {
	t := s.tokens
	if s.mark.kind == kAction && len(t) > 2 && t[0].Upper && n.nameToken(&t[0]) && !notNameAtStart(t[0].Low) && prose.Verbs[t[1].Low] && pointing[t[2].Low] { // "Kim own this"
		return s.text[t[0].At:t[0].End]
	}
	for i := 1; i < len(t); i++ {
		if !duties[t[i].Low] && t[i].Low != "have" || !n.duty(t, i) {
			continue
		}
		if t[i].Low == "have" { // "we will have Kim draft it"
			if i+2 < len(t) && t[i+1].Person && prose.Verbs[t[i+2].Low] {
				return s.text[t[i+1].At:t[i+1].End]
			}
			continue
		}
		end := i
		if end > 2 && (t[end-1].Low == "he" || t[end-1].Low == "she" || t[end-1].Low == "they") && (t[end-2].Low == "says" || t[end-2].Low == "said") {
			end -= 2 // "Kim says she will"
		}
		for end > 0 && (t[end-1].Low == "also" || t[end-1].Low == "both" || t[end-1].Low == "then" || t[end-1].Low == "please") {
			end--
		}
		if t[i].Low == "to" && i > 3 && imperative(t) && t[end-1].Low != t[0].Low && n.namesBefore(t, end) > 1 {
			continue // "Ask around in Sales to learn more"
		}
		if start := n.namesBefore(t, end); start < end && !(start > 0 && (t[start-1].Low == "for" || t[i].Low == "to" && prose.Verbs[t[start-1].Low] && !t[start].Person)) {
			return strings.Trim(s.text[t[start].At:t[end-1].End], " ,;:")
		}
	}
	if nick := n.nickBefore(s, t); nick != "" {
		return nick
	}
	for i := 1; i < len(t) && i < 6; i++ { // "Sam checks with legal"
		if doing(t[i].Low) && t[i-1].Person {
			if start := n.namesBefore(t, i); start == 0 || start > 0 && t[start-1].Low == "," {
				return strings.Trim(s.text[t[start].At:t[i-1].End], " ,;:")
			}
		}
	}
	if s.mark.kind == kAction && len(t) > 1 && (t[0].Person || layout.InitialsLike(s.text[t[0].At:t[0].End])) {
		end := 1
		for end < len(t) && t[end].Person {
			end++
		}
		return s.text[t[0].At:t[end-1].End]
	}
	return ""
}

// pointing words begin what a verb is about.
var pointing = prose.Set("the this that these those a an it them our")

// nickBefore: in a list of actions "boats to write it up" names somebody by a nick.
func (n *note) nickBefore(s *statement, t []prose.Token) string {
	u := &n.units[s.unit]
	if u.Topic != layout.TopicAction && s.mark.kind != kAction && u.Box != ' ' || len(t) < 3 {
		return ""
	}
	low := t[0].Low
	if (t[1].Low == "to" || t[1].Low == "will") && prose.Verbs[t[2].Low] && !prose.Verbs[low] && !prose.NotNames[low] && !prose.Groups[low] && len(low) > 1 && !notNameAtStart(low) {
		return s.text[t[0].At:t[0].End]
	}
	return ""
}

// duty reports whether t[i] gives a duty to who stands before it.
func (n *note) duty(t []prose.Token, i int) bool {
	switch t[i].Low {
	case "to":
		return i+1 < len(t) && (prose.Verbs[t[i+1].Low] || t[i+1].Low == "also" || t[i+1].Low == "please" || t[i+1].Low == "be" && t[i-1].Person || i+2 < len(t) && prose.Verbs[t[i+2].Low])
	case "is", "are":
		return i+2 < len(t) && (t[i+1].Low == "going" || t[i+1].Low == "to" || t[i+1].Low == "happy" || t[i+1].Low == "planning")
	case "has", "need", "needs":
		return i+1 < len(t) && t[i+1].Low == "to"
	case "should", "can", "could", "might", "may", "would":
		passive := i+2 < len(t) && t[i+1].Low == "be" && (tokenIs(&t[i+2], "D") || t[i+2].Low == "done" || t[i+2].Low == "made")
		return i+1 < len(t) && t[i+1].Low != "not" && (t[i-1].Person || !passive)
	}
	return true
}

// namesBefore walks back over "Dana", "Dana Reyes", "Dana, Sam and Kim", "Dana/Sam",
// "Sam @ Example" and returns where it starts.
func (n *note) namesBefore(t []prose.Token, end int) int {
	start := end
	for i := end - 1; i >= 0; i-- {
		tok := &t[i]
		switch {
		case n.nameToken(tok), prose.Groups[tok.Low] && !pronouns[tok.Low] && (i == 0 && tok.Upper || i > 0 && t[i-1].Upper && !prose.NotNames[t[i-1].Low]):
			start = i
		case (tok.Low == "and" || tok.Low == "," || tok.Low == "@" || tok.Low == "+" || tok.Low == "or") && start == i+1 && i > 0 && n.nameToken(&t[i-1]):
		default:
			return start
		}
		if end-start > 12 {
			break
		}
	}
	return start
}

func (n *note) nameToken(t *prose.Token) bool {
	if t.Person || strings.HasPrefix(t.Low, "@") {
		return true
	}
	if t.Low == "others" || t.Low == "everyone" {
		return true
	}
	return t.Upper && !prose.NotNames[t.Low] && !prose.Verbs[t.Low] && !strings.ContainsAny(t.Low, "0123456789#.")
}

// handleOwner: "@dana please review".
func (n *note) handleOwner(s *statement, _ *layout.Unit) string {
	for _, t := range s.tokens {
		if len(t.Low) > 1 && t.Low[0] == '@' {
			return s.text[t.At+1 : t.End]
		}
	}
	return ""
}

// ownVoice: "I will", said by the speaker or else by the one who writes.
func (n *note) ownVoice(s *statement, u *layout.Unit) string {
	me := false
	for i, t := range s.tokens {
		if t.Low == "i" && t.Upper && i+1 < len(s.tokens) || t.Low == "me" && i == 1 {
			me = true
		}
	}
	if !me && !n.talk && s.hit != nil && s.hit[words.index["speaker opens with a verb"]] { // "Kim: send the list"
		return u.Speaker
	}
	if !me && !(u.Speaker != "" && len(s.tokens) > 0 && (s.tokens[0].Low == "will" || s.tokens[0].Low == "to" || s.tokens[0].Low == "should" || s.tokens[0].Low == "must")) {
		return ""
	}
	if u.Speaker != "" {
		return u.Speaker
	}
	if n.people.self >= 0 && me {
		return n.people.people[n.people.self].name
	}
	return ""
}

// listedOwner: in a list of actions the name before the colon; a heading or a list item
// that is only a name.
func (n *note) listedOwner(s *statement, u *layout.Unit) string {
	if (u.Topic == layout.TopicAction || u.Topic == layout.TopicPrevious || s.mark.kind == kAction || u.Box == ' ') && u.Speaker != "" && !s.mark.asks {
		return u.Speaker
	}
	if u.Named != "" && (n.belowName(u) || s.mark.kind == kAction || u.Box == ' ' || s.hit != nil && s.hit[words.index["ordered below a name"]]) {
		return u.Named
	}
	if who := n.nameAbove(u); who != "" {
		return who
	}
	if u.Head >= 0 {
		if who := layout.OwnerHeading(n.units[u.Head].Text); who != "" && (n.people.knows(who) || n.units[u.Head].Topic == layout.TopicAction && u.Topic == layout.TopicAction) {
			return who
		}
		if who := possessive(n.units[u.Head].Text); who != "" {
			return who
		}
	}
	return ""
}
