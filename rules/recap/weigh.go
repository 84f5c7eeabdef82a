package recap

import (
	"math"
	"strings"
)

// words is the compiled table of cues.
var words = compile(cues)

// statement is a sentence of the note with the cues that it holds.
type statement struct {
	unit   int
	order  int // within the unit
	text   string
	first  int
	last   int
	start  int // offset in the unit's text
	mark   marker
	row    bool   // of a table that lists items
	owner  string // the table's cell
	due    string
	index  int
	done   bool // it reports something as finished
	tokens []token
	hit    []bool
	sum    [kinds]float64
}

// notes is one note on its way: its units and what is known about it as a whole.
type note struct {
	units      []unit
	people     *roster
	due        dueGrammar
	statements []statement
	talk       bool // a conversation: most lines name their speaker
	actionList bool
	markers    bool
	lastLine   int
	problems   []Problem
	words      []token // scratch: the words and the cues of the statement that is being weighed
	hits       []bool
}

// weigh cuts the units into statements and weighs each.
func (n *note) weigh() {
	n.survey()
	for i := range n.units {
		n.cut(i)
	}
	n.tables()
	n.hits = make([]bool, len(cues))
	for i := range n.statements {
		n.cues(i)
		n.statements[i].add()
		n.settle(&n.statements[i])
	}
}

// add sums the weights of the cues that hit.
func (s *statement) add() {
	for c, h := range s.hit {
		if h {
			for k := range s.sum {
				s.sum[k] += cues[c].weight[k]
			}
		}
	}
}

// settle keeps words and cues of what may be an item. Of all other statements only the
// sums stay, so that a transcript of ten megabytes costs little more than its text.
func (n *note) settle(s *statement) {
	s.done = !s.row && s.hit[words.index["done"]] && s.mark.kind < 0 && !s.hit[words.index["asks"]]
	for k, sum := range s.sum {
		if chance(sum) >= show[k] {
			s.hit = append([]bool(nil), s.hit...)
			s.tokens = append([]token(nil), s.tokens...)
			return
		}
	}
	s.hit, s.tokens = nil, nil
}

// chance turns log odds into a probability.
func chance(sum float64) float64 { return 1 / (1 + math.Exp(-sum)) }

// survey learns what the note is like.
func (n *note) survey() {
	speakers, said := 0, 0
	for i := range n.units {
		u := &n.units[i]
		n.lastLine = u.last
		if u.kind == heading {
			continue
		}
		said++
		if u.speaker == "" {
			n.setSpeaker(u)
		}
		if u.speaker != "" {
			speakers++
		}
		if u.topic == topicAction {
			n.actionList = true
		}
		if readMarker(u.text).kind >= 0 {
			n.markers = true
		}
	}
	n.talk = speakers*5 > said*2
}

// setSpeaker finds who says the unit: "Dana: ...", and for people of the roster also
// "Dana, ..." and "Dana - ...".
func (n *note) setSpeaker(u *unit) {
	if who, rest := speakerPrefix(u.text); rest != u.text {
		u.speaker = who
		return
	}
	if raw, ok := strings.CutPrefix(u.raw, "**"); ok { // "**Dana, Sam** write the plan"
		if who, rest, ok := strings.Cut(raw, "**"); ok && speakerLike(who) && strings.TrimSpace(rest) != "" {
			u.speaker = who
			return
		}
	}
	i := strings.IndexAny(u.text, ",-–")
	if i <= 0 || i > 40 {
		return
	}
	who := strings.TrimSpace(u.text[:i])
	rest := strings.TrimLeft(u.text[i:], "-–, ")
	if rest == "" || !n.people.knows(who) {
		return
	}
	if c := rest[0]; c >= 'a' && c <= 'z' && !strings.HasPrefix(rest, "and ") && !called(rest) {
		u.speaker = who
	}
}

// called: "Dana, can you ..." speaks to Dana.
func called(rest string) bool {
	for _, w := range [...]string{"can you", "could you", "would you", "will you", "please"} {
		if strings.HasPrefix(rest, w) {
			return true
		}
	}
	return false
}

// afterSpeaker returns the offset of what is said in u.text.
func afterSpeaker(u *unit) int {
	if u.speaker == "" || !strings.Contains(u.text[:min(len(u.text), 60)], u.speaker) {
		return 0
	}
	i := strings.Index(u.text, u.speaker) + len(u.speaker)
	if i > 44 {
		return 0
	}
	for i < len(u.text) && strings.IndexByte(" :,-()*", u.text[i]) >= 0 {
		i++
	}
	if strings.HasPrefix(u.text[i:], "–") {
		i += len("–") + 1
	}
	return min(i, len(u.text))
}

// skipped units say nothing that a meeting decided.
func skipped(u *unit) bool {
	switch u.topic {
	case topicPeople:
		if len(strings.Fields(u.text)) < 8 {
			return true
		}
	case topicDone:
		return true
	}
	return u.kind == heading || u.box == 'x' || u.struck || u.quoted || u.label || len(u.text) < 4
}

func (n *note) cut(i int) {
	u := &n.units[i]
	if skipped(u) || u.kind == row || voteCount(u.text) || n.reportedDone(i) || u.parent >= 0 && n.reportedDone(u.parent) {
		return
	}
	start := afterSpeaker(u)
	mark := readMarker(u.text)
	if mark.kind >= 0 {
		start = len(u.text) - len(mark.rest)
	} else if m := readMarker(u.text[start:]); m.kind >= 0 {
		mark = m
		start = len(u.text) - len(mark.rest)
	}
	if mark.kind >= 0 && strings.TrimSpace(mark.rest) == "" {
		n.bareMark(i, mark)
		return
	}
	order := 0
	from := start
	for _, rel := range sentences(u.text[start:]) {
		to := start + rel
		text := strings.TrimSpace(u.text[from:to])
		if text != "" {
			lead := strings.Index(u.text[from:to], text)
			n.statements = append(n.statements, statement{
				unit: i, order: order, text: text, start: from + lead,
				first: u.lineAt(from + lead), last: u.lineAt(max(from+lead, to-1)), mark: mark,
			})
			order++
		}
		from = to
	}
}

// bareMark: a line that is only "TODO" marks the line above it.
func (n *note) bareMark(i int, m marker) {
	if p := n.units[i].parent; p >= 0 && p == i-1 {
		for k := len(n.statements) - 1; k >= 0 && n.statements[k].unit == p; k-- {
			m.rest = n.statements[k].mark.rest
			n.statements[k].mark = m
		}
	}
}

// cues finds what speaks for and against statement i.
func (n *note) cues(i int) {
	s := &n.statements[i]
	s.index = i
	n.words = tokenizeInto(n.words[:0], s.text)
	clear(n.hits)
	s.tokens, s.hit = n.words, n.hits
	n.markPeople(s.tokens)
	if s.row {
		s.set("row of a table of "+string(kindOf[s.mark.kind])+"s", true)
		s.set("starting weight", true)
		return
	}
	words.match(s.tokens, s.hit)
	n.standing(i)
	n.asking(i)
	n.shape(i)
}

func (s *statement) set(name string, on bool) {
	if on {
		s.hit[words.index[name]] = true
	}
}

// markPeople tells which words are people: those of the roster, and a capitalised word
// of no other meaning where a person would stand ("Kim to ...", "Kim will ...").
func (n *note) markPeople(t []token) {
	for i := range t {
		if !t[i].upper && !strings.HasPrefix(t[i].low, "@") {
			// A nick is a person where a duty follows: "sam to write".
			t[i].person = len(t[i].low) > 2 && i+1 < len(t) && (t[i+1].low == "to" || t[i+1].low == "will") && !notNames[t[i].low] && n.people.knows(t[i].low)
			continue
		}
		if n.people.knows(t[i].low) {
			t[i].person = true
			continue
		}
		if notNames[t[i].low] || len(t[i].low) < 2 || i+1 >= len(t) || strings.ContainsAny(t[i].low, "0123456789/.#") || i == 0 && notNameAtStart(t[i].low) {
			continue
		}
		switch t[i+1].low {
		case "to":
			t[i].person = i+2 < len(t) && (verbs[t[i+2].low] || t[i+2].low == "also") && (i == 0 || !verbs[t[i-1].low])
		case "will":
			t[i].person = i+2 < len(t) && t[i+2].low != "be"
		case "'ll", "is", "should", "can", "volunteered", "volunteers", "agreed", "needs", "and", "going", "offered", "must", "plans", "wants":
			t[i].person = true
		}
	}
}

// notNameAtStart: a word that only starts a sentence: a verb, or one with the ending of
// an adjective, a noun of action, a participle.
func notNameAtStart(low string) bool {
	if verbs[low] || verbs[strings.TrimSuffix(low, "s")] {
		return true
	}
	for _, end := range [...]string{"ing", "ed", "ment", "ness", "ful", "tion", "able", "ible", "ous", "ive", "ials", "ents"} {
		if len(low) > len(end)+2 && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}

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
