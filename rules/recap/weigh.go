package recap

import (
	"math"
	"strings"

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
	row    bool   // of a table that lists items
	owner  string // the table's cell
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
	actionList bool
	markers    bool
	lastLine   int
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
		if u.Topic == layout.TopicAction {
			n.actionList = true
		}
		if readMarker(u.Text).kind >= 0 {
			n.markers = true
		}
	}
	n.talk = speakers*5 > said*2
}

// skipped units say nothing that a meeting decided.
func skipped(u *layout.Unit) bool {
	switch u.Topic {
	case layout.TopicPeople:
		if len(strings.Fields(u.Text)) < 8 {
			return true
		}
	case layout.TopicDone:
		return true
	}
	return u.Kind == layout.Heading || u.Box == 'x' || u.Struck || u.Quoted || u.Label || len(u.Text) < 4
}

func (n *note) cut(i int) {
	u := &n.units[i]
	if skipped(u) || u.Kind == layout.Row || voteCount(u.Text) || n.reportedDone(i) || u.Parent >= 0 && n.reportedDone(u.Parent) {
		return
	}
	start := afterSpeaker(u)
	mark := readMarker(u.Text)
	if mark.kind >= 0 {
		start = len(u.Text) - len(mark.rest)
	} else if m := readMarker(u.Text[start:]); m.kind >= 0 {
		mark = m
		start = len(u.Text) - len(mark.rest)
	}
	if mark.kind >= 0 && strings.TrimSpace(mark.rest) == "" {
		n.bareMark(i, mark)
		return
	}
	order := 0
	from := start
	for _, rel := range prose.Sentences(u.Text[start:]) {
		to := start + rel
		text := strings.TrimSpace(u.Text[from:to])
		if text != "" && !empty[strings.ToLower(strings.Trim(text, ".,:;!-* "))] {
			lead := strings.Index(u.Text[from:to], text)
			n.statements = append(n.statements, statement{
				unit: i, order: order, text: text, start: from + lead,
				first: u.LineAt(from + lead), last: u.LineAt(max(from+lead, to-1)), mark: mark,
			})
			order++
		}
		from = to
	}
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
