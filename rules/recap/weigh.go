package recap

import (
	"math"
	"strings"
	"unicode"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
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
	opens  bool   // the mark, the box or the list names this very sentence
	row    bool   // of a table that lists items
	told   bool   // the table has a column for owners, even if this cell is empty
	owner  string // the table's cell, or what a line below says
	due    string
	index  int
	done   bool // it reports something as finished
	tokens []prose.Token
	hit    []bool
	sum    [kinds]float64
}

// note is one note on its way: its units and what is known about it as a whole.
type note struct {
	units      []layout.Unit
	people     *roster
	due        when.Grammar
	statements []statement
	talk       bool // a conversation: most lines name their speaker
	lastLine   int
	foreign    bool // a heading is not in English: nothing is known of its verbs
	namedLists int  // lines that are only a name, with a list below
	problems   []Problem
	words      []prose.Token // scratch: the words and the cues of the statement that is being weighed
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
			s.tokens = append([]prose.Token(nil), s.tokens...)
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
		n.lastLine = u.Last
		if u.Kind == layout.Heading {
			continue
		}
		said++
		if u.Speaker == "" {
			n.setSpeaker(u)
		}
		if u.Speaker != "" {
			speakers++
		}
	}
	n.talk = speakers*5 > said*2
	for i := range n.units {
		n.foreign = n.foreign || (n.units[i].Kind == layout.Heading || n.units[i].Label) && layout.Foreign(n.units[i].Text)
		if i > 0 && n.units[i].Named != "" && n.units[i].Named != n.units[i-1].Named {
			n.namedLists++
		}
	}
	n.openAgenda()
}

// openAgenda: below a heading of the agenda where people speak the talk was written into
// the plan.
func (n *note) openAgenda() {
	said := map[int]int{}
	for i := range n.units {
		if u := &n.units[i]; u.Topic == layout.TopicAgenda && u.Kind == layout.Paragraph && u.Speaker != "" {
			said[u.Head]++
		}
	}
	for i := range n.units {
		if u := &n.units[i]; u.Topic == layout.TopicAgenda && said[u.Head] > 1 && u.Kind != layout.Heading {
			u.Topic = layout.TopicNone
		}
	}
}

// names reports whether unit i only names what is listed or tabled below it.
func (n *note) names(i int) bool {
	u := &n.units[i]
	words := strings.Fields(strings.ToLower(u.Text))
	if len(words) == 0 || prose.Verbs[strings.Trim(words[0], ".,:")] {
		return false
	}
	if u.Kids > 0 && u.Topic == layout.TopicAction && len(words) < 7 && u.Box == 0 && u.Speaker == "" && n.nounOnly(u.Text) {
		return true // "Relaunch of the website", with its tasks below
	}
	return u.Kids > 0 && (len(words) < 3 || len(words) < 6 && (words[0] == "for" || words[0] == "about" || words[0] == "regarding")) || strings.HasSuffix(u.Text, ":") && len(words) < 6 && i+1 < len(n.units) && n.units[i+1].Kind == layout.Row
}

// nounOnly: nobody does anything in it.
func (n *note) nounOnly(text string) bool {
	t := prose.Tokenize(text)
	n.markPeople(t)
	for i := range t {
		if t[i].Person || i > 0 && duties[t[i].Low] || strings.HasPrefix(t[i].Low, "@") || t[i].Low == ":" && i+1 < len(t) {
			return false
		}
	}
	return true
}

// skipped units say nothing that a meeting decided.
func skipped(u *layout.Unit) bool {
	if words := strings.Fields(u.Text); u.Box == ' ' && len(words) > 1 && len(words) < 5 && layout.NameLike(u.Text) && titled(words) {
		return true // a box beside a name tells who was there
	}
	switch u.Topic {
	case layout.TopicPeople:
		if len(strings.Fields(u.Text)) < 8 {
			return true
		}
	case layout.TopicDone:
		return true
	}
	return u.Kind == layout.Heading || u.Box == 'x' || u.Struck || u.Quoted || u.Label || len(u.Text) < 4 || toolTalk(u.Text)
}

// titled: every word begins with a capital, none is a verb.
func titled(words []string) bool {
	for _, w := range words {
		if !unicode.IsUpper([]rune(w)[0]) || prose.Verbs[strings.ToLower(w)] {
			return false
		}
	}
	return true
}

// toolTalk: what meeting assistants write below their notes.
func toolTalk(text string) bool {
	low := strings.ToLower(text[:min(len(text), 200)])
	for _, says := range [...]string{"review gemini's notes", "gemini takes notes", "ai-generated content", "ai can make mistakes", "generated by ai", "summary was generated", "quality of these notes", "quality of this summary",
		"feedback about using gemini", "is the summary accurate", "rate this summary", "check for accuracy"} {
		if strings.Contains(low, says) {
			return true
		}
	}
	return false
}

func (n *note) cut(i int) {
	u := &n.units[i]
	if n.detail(i) || skipped(u) || n.names(i) || u.Kind == layout.Row || voteCount(u.Text) || n.reportedDone(i) || u.Parent >= 0 && n.reportedDone(u.Parent) {
		return
	}
	start := afterSpeaker(u)
	mark := readMarker(u.Text)
	if mark.kind >= 0 {
		start = len(u.Text) - len(mark.rest)
	} else if m := readMarker(u.Text[start:]); m.kind >= 0 {
		mark = m
		start = len(u.Text) - len(mark.rest)
	} else if word, rest := boldLabel(u); rest != "" {
		if kind, ok := markerKind(strings.ToLower(word)); ok {
			mark = marker{kind: kind, rest: rest}
			start = len(u.Text) - len(rest)
		}
	}
	if mark.kind >= 0 && strings.TrimSpace(mark.rest) == "" {
		n.bareMark(i, mark)
		return
	}
	order := 0
	from := start
	for _, rel := range prose.Sentences(u.Text[start:]) {
		to := start + rel
		if text := strings.TrimSpace(u.Text[from:to]); order > 0 && n.aside(text) {
			s := &n.statements[len(n.statements)-1]
			s.text, s.last = s.text+" "+text, u.LineAt(to-1)
		} else if !nothing(text) {
			at := from + strings.Index(u.Text[from:to], text)
			n.sentence(statement{unit: i, order: order, text: text, start: at, first: u.LineAt(at), last: u.LineAt(max(at, to-1)), mark: mark, opens: order == 0})
			order++
		}
		from = to
	}
}

// detail takes up a line that says more about the item above it, "Assigned to: Kim".
func (n *note) detail(i int) bool {
	u := &n.units[i]
	field, value := layout.Detail(u.Text)
	if field == "" || u.Kind == layout.Heading || u.Kind == layout.Row || u.Speaker != "" {
		return false
	}
	k := len(n.statements) - 1
	if k < 0 || value == "" || u.Parent < 0 && n.statements[k].last < u.First-2 {
		return false
	}
	of := n.statements[k].unit
	if u.Parent >= 0 && of != u.Parent && n.units[of].Parent != u.Parent {
		return false
	}
	for k > 0 && n.statements[k-1].unit == of { // of several sentences the first is the item
		k--
	}
	s := &n.statements[k]
	switch s.last = max(s.last, u.Last); field {
	case "assigned", "owner":
		s.owner = value
	default:
		s.due = value
	}
	if (field == "assigned" || field == "deadline") && s.mark.kind < 0 {
		s.mark, s.opens = marker{kind: kAction, rest: s.text}, true
	}
	return true
}

// nothing: what forms hold where nothing was said.
func nothing(text string) bool {
	low := strings.ToLower(strings.Trim(text, ".,:;!-* "))
	if rest, ok := strings.CutPrefix(low, "no "); ok { // "No new action items."
		words := strings.Fields(rest)
		return len(words) > 0 && len(words) < 5 && listed[words[len(words)-1]]
	}
	return low == "" || empty[low]
}

// listed is what a form says that there is none of.
var listed = prose.Set("items actions action tasks decisions questions risks blockers updates update changes todos topics issues concerns")

// empty is what forms hold where nothing was said.
var empty = prose.Set("n/a none nothing nil tbd tba - todo na done ok yes no ?")

// cues finds what speaks for and against statement i.
func (n *note) cues(i int) {
	s := &n.statements[i]
	s.index = i
	n.words = prose.TokenizeInto(n.words[:0], s.text)
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
