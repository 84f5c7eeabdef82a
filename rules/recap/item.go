package recap

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// Above show a statement is an item that is asked about, above sure it may enter the
// mail unasked. The order is that of the kinds.
var (
	show = [kinds]float64{0.35, 0.33, 0.3, 0.25}
	sure = [kinds]float64{0.6, 0.5, 0.55, 0.5}
)

// items makes items of what weighs enough, in the order of the note.
func (n *note) items() []Item {
	var out []Item
	for i := range n.statements {
		s := &n.statements[i]
		for k := range s.sum {
			p := 1 / (1 + math.Exp(-s.sum[k]))
			if p < show[k] || n.weaker(i, k) {
				continue
			}
			out = append(out, n.item(s, k, p))
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].Line < out[b].Line })
	return out
}

// weaker: of the sentences of one line that are items of one kind only the heaviest
// stays, unless another names another owner.
func (n *note) weaker(i, k int) bool {
	s := &n.statements[i]
	for _, step := range [...]int{-1, 1} {
		for j := i + step; j >= 0 && j < len(n.statements); j += step {
			o := &n.statements[j]
			if o.unit != s.unit || o.last < s.first || o.first > s.last {
				break
			}
			if o.sum[k] > s.sum[k] || o.sum[k] == s.sum[k] && j < i {
				return true
			}
		}
	}
	return false
}

func (n *note) item(s *statement, k int, p float64) Item {
	u := &n.units[s.unit]
	it := Item{
		Kind: kindOf[k], Text: s.text, Line: s.first, EndLine: s.last, At: u.at,
		Confidence: math.Round(p*100) / 100, Cues: strongest(cues, s.hit, k),
		Marked: s.mark.kind == k || k == kAction && (u.box == ' ' || u.topic == topicAction) || k == kDecision && u.topic == topicDecision ||
			k == kQuestion && u.topic == topicQuestion || k == kRisk && u.topic == topicRisk,
	}
	if last := n.votes(s.unit); k == kDecision && last > 0 {
		it.EndLine = last
	}
	if k == kAction {
		n.assign(&it, s)
	}
	it.Unasked = p >= sure[k] && it.Ask == ""
	if !it.Unasked && it.Ask == "" {
		it.Ask = fmt.Sprintf("not sure that this is %s %s", article(it.Kind), it.Kind)
	}
	return it
}

func article(k ItemKind) string {
	if k == Action {
		return "an"
	}
	return "a"
}

// assign finds the owner and the day of an action, and what about them must be asked.
func (n *note) assign(it *Item, s *statement) {
	it.Owner = strings.TrimPrefix(n.ownerOf(s), "@")
	if who := n.people.find(it.Owner); len(who) == 1 {
		it.Person, it.OwnerKey = n.people.people[who[0]].name, n.people.people[who[0]].key
	} else if len(who) > 1 {
		var names []string
		for _, w := range who {
			names = append(names, n.people.people[w].name)
		}
		it.Ask = fmt.Sprintf("%q can be %s", it.Owner, strings.Join(names, " or "))
	}
	text, tokens := s.text, s.tokens
	if s.due != "" {
		text = "by " + s.due
		tokens = tokenize(text)
	}
	if d, ok := n.due.find(text, tokens); ok {
		it.Due, it.DueDate = d.text, d.day.String()
		if d.ask != "" && it.Ask == "" {
			it.Ask = d.ask
		}
	}
}
