package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// standing looks at where the statement stands.
func (n *note) standing(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	first := s.order == 0
	s.set("marked action", s.mark.kind == kAction && s.opens)
	s.set("marked decision", s.mark.kind == kDecision && s.opens)
	s.set("marked question", s.mark.kind == kQuestion && s.opens)
	s.set("marked risk", s.mark.kind == kRisk && s.opens)
	s.set("open box", u.Box == ' ' && first)
	shallow := u.Under == 0 || n.belowName(u) || u.Parent >= 0 && u.Under == 1 && n.names(u.Parent)
	below := u.Kind == layout.Paragraph && n.afterList(s.unit)
	s.set("below a list", below && u.Topic == layout.TopicAction)
	if u.Topic == layout.TopicAction && !shallow && first && n.bracketOwner(s, u) != "" {
		shallow = true // "update the links" has points that each name somebody
	}
	s.set("under actions", first && (u.Topic == layout.TopicAction && shallow && !below || n.toDo(u)))
	s.set("one of several orders", first && u.Kind != layout.Paragraph && u.Box == 0 && u.First*4 > n.lastLine && !planned[s.low()] && !strings.Contains(u.Raw, "](") && imperative(s.tokens) && n.ordered(s.unit))
	s.set("ordered below a name", first && u.Box == 0 && n.nameOver(u) && imperative(s.tokens))
	s.set("slot of time", timeSlot(s.text))
	s.set("under decisions", u.Topic == layout.TopicDecision && first && shallow)
	s.set("under questions", u.Topic == layout.TopicQuestion && first && shallow)
	s.set("under risks", u.Topic == layout.TopicRisk && first && shallow && !strings.HasSuffix(s.text, "?"))
	s.set("under agenda", u.Topic == layout.TopicAgenda)
	s.set("under backlog", u.Topic == layout.TopicBacklog)
	s.set("under the frame of the meeting", u.Topic == layout.TopicFrame)
	s.set("late in the note", u.First*4 > n.lastLine*3)
	s.set("vote table follows", n.votes(s.unit) > 0)
	s.set("starting weight", true)
}

// listsActions: the heading speaks of the actions of the last meeting, not of the meeting.
func (n *note) listsActions(u *layout.Unit) bool {
	if u.Head < 0 {
		return false
	}
	low := strings.ToLower(n.units[u.Head].Text)
	return strings.Contains(low, "action") || strings.Contains(low, "todo") || strings.Contains(low, "task")
}

// belowName: the list item above is only a person ("- Dana" with a list below it).
func (n *note) belowName(u *layout.Unit) bool {
	if u.Named != "" && u.Depth < 2 {
		return n.people.knows(u.Named) || u.Topic == layout.TopicAction && !nounLike(u.Named)
	}
	return n.nameAbove(u) != ""
}

// toDo: the list item above gives somebody what is listed here: "Kim and Sam to:".
func (n *note) toDo(u *layout.Unit) bool {
	if u.Parent < 0 {
		return false
	}
	who, ok := strings.CutSuffix(strings.TrimRight(n.units[u.Parent].Text, ": "), " to")
	return ok && nameOf(who, false)
}

// nameAbove is the name that alone stands on the list item above, or above that one.
func (n *note) nameAbove(u *layout.Unit) string {
	for p, up := u.Parent, 0; p >= 0 && up < 3; p, up = n.units[p].Parent, up+1 {
		name := strings.TrimSuffix(layout.OwnerName(n.units[p].Text), " to")
		if n.people.knows(name) || u.Topic == layout.TopicAction && layout.OwnerHeading(name) != "" && !nounLike(name) || strings.HasSuffix(layout.OwnerName(n.units[p].Text), " to") && nameOf(name, false) {
			return name
		}
	}
	return ""
}

// votes returns the last line of the vote count that follows unit i, 0 if there is none.
func (n *note) votes(i int) int {
	last, count := 0, 0
	for j := i + 1; j < len(n.units) && j < i+12; j++ {
		t := n.units[j].Text
		switch {
		case voteCount(t):
			count++
			last = n.units[j].Last
		default:
			if count > 0 || j > i+1 {
				j = len(n.units)
			}
		}
	}
	if count < 1 {
		return 0
	}
	return last
}

var voteWords = prose.Set("sf f n a sa for against neutral abstain abstained abstentions yes no aye ayes nay nays yea favor favour")

// voteCount: "SF: 11", "Against: 0", "SF | F | N | A | SA".
func voteCount(t string) bool {
	head, count, ok := strings.Cut(t, ":")
	if !ok {
		head, count, ok = strings.Cut(t, " |")
	}
	head = strings.ToLower(strings.TrimPrefix(strings.Trim(head, "* "), "in "))
	return ok && voteWords[head] && len(count) < 40 && (strings.ContainsAny(count, "0123456789") || strings.Contains(count, "|"))
}

var questionWords = prose.Set("what how who why when where which whether whose")

// asking looks at questions and at what follows them.
func (n *note) asking(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	asks := strings.HasSuffix(strings.TrimRight(s.text, `")*_ ]`), "?")
	s.set("asks", asks)
	if len(s.tokens) > 0 {
		low := s.tokens[0].Low
		s.set("asks with a question word", asks && (questionWords[low] || strings.Contains(s.text, ", what ") || strings.Contains(s.text, ", how ")))
	}
	next := n.following(i)
	answered := next >= 0 && !strings.HasSuffix(n.statements[next].text, "?")
	if next >= 0 {
		settled := consent(strings.ToLower(n.statements[next].text))
		s.set("met with consent", settled && !asks)
		s.set("question met with consent", settled && asks)
	}
	if asks && next >= 0 {
		s.set("is accepted", n.accepter(s, next) != "" && s.hit[words.index["can you"]])
	}
	if asks {
		s.set("is answered", answered)
		s.set("asks either or", strings.Contains(s.text, " or "))
		if next >= 0 {
			s.set("is left open", leftOpen(strings.ToLower(n.statements[next].text)))
		}
		if next >= 0 {
			t := strings.ToLower(n.statements[next].text)
			for _, yes := range [...]string{"yes", "no ", "no,", "no.", "yeah", "yep", "nope", "answer", "decision", "ok", "agreed", "probably"} {
				s.set("answered by yes or no", strings.HasPrefix(t, yes))
			}
		}
	}
	j := s.unit + 1
	s.set("last word of its topic", u.Kids == 0 && s.last >= u.Last && (j >= len(n.units) || n.units[j].Kind == layout.Heading || n.units[j].Depth < u.Depth))
}

// accepter is who takes on what statement s asks for: the next speaker, who says "Will do".
func (n *note) accepter(s *statement, next int) string {
	a, b := &n.units[s.unit], &n.units[n.statements[next].unit]
	if b.Speaker == "" || b.Speaker == a.Speaker {
		return ""
	}
	low := strings.ToLower(n.statements[next].text)
	for _, w := range [...]string{"will do", "sure", "yes", "yeah", "ok", "i will", "i'll", "i can", "on it", "happy to", "no problem", "of course", "absolutely", "leave it to me"} {
		if strings.HasPrefix(low, w) && len(low) < 60 {
			return b.Speaker
		}
	}
	return ""
}

// consent: a short reaction that settles what was asked or proposed.
func consent(low string) bool {
	if len(low) > 80 {
		return false
	}
	for _, w := range [...]string{"no objection", "no concerns", "nobody objects", "no one object", "works for all", "works for everyone", "works for everybody", "all agree", "everyone agree", "everybody agree",
		"all in favor", "all in favour", "sounds good", "general agreement", "fine with everyone", "ok for everyone", "everyone is fine", "lgtm"} {
		if strings.HasPrefix(low, w) || strings.Contains(low, " "+w) && !strings.Contains(low, "not ") {
			return true
		}
	}
	for _, w := range [...]string{"agreed", "unanimous", "motion carried", "carried", "approved", "passed", "thumbs up", "seconded"} {
		if strings.HasPrefix(low, w) && len(low) < 40 {
			return true
		}
	}
	return false
}

// leftOpen: a reaction that answers nothing.
func leftOpen(low string) bool {
	for _, w := range [...]string{"not sure", "unknown", "don't know", "don't have", "no answer", "need to talk", "need to discuss", "maybe", "perhaps", "might", "unclear", "to be ", "tbd", "good question", "depends", "we'll see", "will look", "will check"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// following returns the statement that reacts to statement i: the next sentence of the
// unit, what is listed below it, the next speaker; -1 if none does.
func (n *note) following(i int) int {
	if i+1 >= len(n.statements) {
		return -1
	}
	a, b := &n.statements[i], &n.statements[i+1]
	ua, ub := &n.units[a.unit], &n.units[b.unit]
	switch {
	case a.unit == b.unit, ub.Parent == a.unit:
		return i + 1
	case n.talk && ub.Speaker != "" && ub.Speaker != ua.Speaker && ua.Head == ub.Head:
		return i + 1
	case ua.Kind == layout.Paragraph && ub.Kind == layout.Paragraph && ub.First == ua.Last+1:
		return i + 1
	}
	return -1
}

var strongPast = prose.Set("was were had did went came made said got took gave saw found began brought wrote sent met ran built spent")

// shape looks at the form of the statement.
func (n *note) shape(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	if len(s.tokens) > 0 {
		t := &s.tokens[0]
		s.set("past", tokenIs(t, "D") && !strings.HasPrefix(t.Low, "agree") && !strings.HasPrefix(t.Low, "decide") || strongPast[t.Low])
	}
	for k := range s.tokens {
		s.set("names somebody", s.tokens[k].Person)
	}
	if _, ok := n.due.Find(s.text, s.tokens); ok {
		s.set("has a due date", true)
	}
	if u.Topic == layout.TopicDecision { // "Dana agreed to wait": there it is settled, not promised
		s.hit[words.index["name takes it on"]] = false
	}
	duty := s.hit[words.index["name will"]] || s.hit[words.index["name to do"]] || s.hit[words.index["will do"]] && u.Topic == layout.TopicDecision && n.ownerOf(s) != ""
	s.set("duty under decisions", duty && (u.Topic == layout.TopicDecision || s.mark.kind == kDecision && s.order > 0) && !s.hit[words.index["agreed"]] && !s.hit[words.index["settles it"]])
	s.set("somebody speaks", u.Speaker != "")
	s.set("speaker opens with a verb", u.Speaker != "" && s.order == 0 && s.hit[words.index["opens with a verb"]] && !strings.HasSuffix(s.text, "?"))
	s.set("speaker will", u.Speaker != "" && len(s.tokens) > 1 && (s.tokens[0].Low == "will" || s.tokens[0].Low == "to") && prose.Verbs[s.tokens[1].Low])
	s.set("under open actions", u.Topic == layout.TopicPrevious && s.order == 0 && u.Depth == 1 && u.Box == 0 && !s.hit[words.index["done"]] &&
		(u.Speaker != "" || s.hit[words.index["opens with a verb"]] || s.hit[words.index["names somebody"]]) && n.listsActions(u))
	s.set("verb under previous", u.Topic == layout.TopicPrevious && s.hit[words.index["opens with a verb"]])
	s.set("asks for a deed", s.hit[words.index["opens with a verb"]] && strings.HasSuffix(s.text, "?"))
	s.set("deep in a list", u.Depth > 2)
	s.set("last sentence", s.last >= u.Last && s.start+len(s.text) >= len(u.Text))
	s.set("link", strings.Contains(s.text, "://"))
	s.set("short", len(s.tokens) < 8)
	s.set("ends with a colon", strings.HasSuffix(s.text, ":"))
}
