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
