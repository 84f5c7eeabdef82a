package recap

import "strings"

// standing looks at where the statement stands.
func (n *note) standing(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	first := s.order == 0
	s.set("marked action", s.mark.kind == kAction && first)
	s.set("marked decision", s.mark.kind == kDecision && first)
	s.set("marked question", s.mark.kind == kQuestion && first)
	s.set("marked risk", s.mark.kind == kRisk && first)
	s.set("open box", u.box == ' ' && first)
	shallow := u.under == 0 || n.belowName(u)
	listed := u.topic == topicAction || u.topic == topicDecision || u.topic == topicQuestion || u.topic == topicRisk
	s.set("under actions", u.topic == topicAction && first && shallow)
	s.set("deep under actions", u.topic == topicAction && !shallow)
	s.set("under decisions", u.topic == topicDecision && first && shallow)
	s.set("under questions", u.topic == topicQuestion && first && shallow)
	s.set("under risks", u.topic == topicRisk && first && shallow)
	s.set("not first sentence of a marked line", !first && (s.mark.kind >= 0 || u.box == ' ' || listed))
	s.set("under previous", u.topic == topicPrevious)
	s.set("under agenda", u.topic == topicAgenda)
	s.set("under status", u.topic == topicStatus)
	s.set("under backlog", u.topic == topicBacklog)
	s.set("under the frame of the meeting", u.topic == topicFrame)
	s.set("below a name", n.belowName(u))
	s.set("note has an action list", n.actionList && u.topic != topicAction)
	s.set("note has markers", n.markers && s.mark.kind < 0)
	s.set("late in the note", u.first*4 > n.lastLine*3)
	s.set("vote table follows", n.votes(s.unit) > 0)
	s.set("starting weight", true)
	if u.parent >= 0 {
		s.set("above is a question", strings.HasSuffix(n.units[u.parent].text, "?"))
	}
}

// belowName: the list item above is only a person ("- Dana" with a list below it).
func (n *note) belowName(u *unit) bool {
	if u.named != "" && u.depth < 2 {
		return n.people.knows(u.named) || u.topic == topicAction
	}
	if u.parent < 0 {
		return false
	}
	name := strings.TrimRight(n.units[u.parent].text, ": ")
	return n.people.knows(name) || u.topic == topicAction && ownerHeading(name) != ""
}

// votes returns the last line of the vote count that follows unit i, 0 if there is none.
func (n *note) votes(i int) int {
	last, count := 0, 0
	for j := i + 1; j < len(n.units) && j < i+12; j++ {
		t := n.units[j].text
		switch {
		case voteCount(t):
			count++
			last = n.units[j].last
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

var voteWords = set("sf f n a sa for against neutral abstain abstained abstentions yes no aye ayes nay nays yea favor favour")

// voteCount: "SF: 11", "Against: 0", "SF | F | N | A | SA".
func voteCount(t string) bool {
	head, count, ok := strings.Cut(t, ":")
	if !ok {
		head, count, ok = strings.Cut(t, " |")
	}
	head = strings.ToLower(strings.TrimPrefix(strings.Trim(head, "* "), "in "))
	return ok && voteWords[head] && len(count) < 40 && (strings.ContainsAny(count, "0123456789") || strings.Contains(count, "|"))
}

var questionWords = set("what how who why when where which whether whose")
var auxiliaries = set("is are do does did can could should would will shall has have any anyone may might was were am isn't aren't don't doesn't shouldn't couldn't can't won't")

// asking looks at questions and at what follows them.
func (n *note) asking(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	asks := strings.HasSuffix(strings.TrimRight(s.text, `")*_ ]`), "?")
	s.set("asks", asks)
	if len(s.tokens) > 0 {
		low := s.tokens[0].low
		s.set("asks with a question word", asks && (questionWords[low] || strings.Contains(s.text, ", what ") || strings.Contains(s.text, ", how ")))
		s.set("asks yes or no", asks && auxiliaries[low])
	}
	next := n.following(i)
	answered := next >= 0 && !strings.HasSuffix(n.statements[next].text, "?")
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
	s.set("last word of its topic", u.kids == 0 && s.last >= u.last && (j >= len(n.units) || n.units[j].kind == heading || n.units[j].depth < u.depth))
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
	case a.unit == b.unit, ub.parent == a.unit:
		return i + 1
	case n.talk && ub.speaker != "" && ub.speaker != ua.speaker && ua.head == ub.head:
		return i + 1
	case ua.kind == paragraph && ub.kind == paragraph && ub.first == ua.last+1:
		return i + 1
	}
	return -1
}

var strongPast = set("was were had did went came made said got took gave saw found began brought wrote sent met ran built spent")

// shape looks at the form of the statement.
func (n *note) shape(i int) {
	s := &n.statements[i]
	u := &n.units[s.unit]
	if len(s.tokens) > 0 {
		t := &s.tokens[0]
		s.set("past", tokenIs(t, "D") && !strings.HasPrefix(t.low, "agree") && !strings.HasPrefix(t.low, "decide") || strongPast[t.low])
		s.set("starts with somebody", t.person)
	}
	for k := range s.tokens {
		s.set("names somebody", s.tokens[k].person)
	}
	if _, ok := n.due.find(s.text, s.tokens); ok {
		s.set("has a due date", true)
	}
	duty := s.hit[words.index["name will"]] || s.hit[words.index["name to do"]] || s.hit[words.index["will do"]] && u.topic == topicDecision && n.ownerOf(s) != ""
	s.set("duty under decisions", duty && u.topic == topicDecision && !s.hit[words.index["agreed"]] && !s.hit[words.index["settles it"]])
	s.set("somebody speaks", u.speaker != "")
	s.set("speaker will", u.speaker != "" && len(s.tokens) > 1 && (s.tokens[0].low == "will" || s.tokens[0].low == "to") && verbs[s.tokens[1].low])
	s.set("asks for a deed", s.hit[words.index["opens with a verb"]] && strings.HasSuffix(s.text, "?"))
	s.set("in a conversation", n.talk)
	s.set("in a list", u.depth == 1)
	s.set("deep in a list", u.depth > 2)
	s.set("heads a list", u.kids > 0)
	s.set("in a table", u.kind == row)
	s.set("in a long paragraph", u.depth == 0 && len(u.text) > 400)
	s.set("first sentence", s.order == 0)
	s.set("last sentence", s.last >= u.last && s.start+len(s.text) >= len(u.text))
	s.set("link", strings.Contains(s.text, "://"))
	s.set("very short", len(s.tokens) < 4)
	s.set("short", len(s.tokens) < 8)
	s.set("long", len(s.tokens) > 30)
	s.set("ends with a colon", strings.HasSuffix(s.text, ":"))
	s.set("in brackets", strings.HasPrefix(s.text, "(") || strings.HasPrefix(s.text, "["))
}
