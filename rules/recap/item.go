package recap

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// Above show a statement is an item that is asked about, above sure it may enter the
// mail unasked. What the note itself does not name must be surer. The order is that of the
// kinds.
var (
	show      = [kinds]float64{0.33, 0.31, 0.27, 0.26}
	sureNamed = [kinds]float64{0.55, 0.4, 0.6, 0.5}
	sure      = [kinds]float64{0.74, 0.55, 0.8, 0.52}
)

// maxItems is more than any meeting decides.
const maxItems = 1000

// items makes items of what weighs enough, in the order of the note.
func (n *note) items() []Item {
	var out []Item
	for i := range n.statements {
		s := &n.statements[i]
		for k := range s.sum {
			p := chance(s.sum[k])
			if p < show[k] || n.weaker(i, k) || n.named(s, k) || s.mark.kind < 0 && len(s.text) < 40 && len(prose.Content(s.text)) == 0 { // "Will do."
				continue
			}
			out = append(out, n.item(s, k, p))
		}
	}
	if len(out) > maxItems {
		out = out[:maxItems]
		n.problems = append(n.problems, Problem{Line: out[maxItems-1].EndLine, Text: fmt.Sprintf("more than %d items were found; what comes after this line was left out", maxItems)})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].Line < out[b].Line })
	return out
}

// weaker: of the sentences of one line that may be items of one kind only the heaviest
// stays, beside those that are sure.
func (n *note) weaker(i, k int) bool {
	s := &n.statements[i]
	if chance(s.sum[k]) >= sure[k] {
		return false
	}
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

// named: the note itself calls the sentence another kind of item. A question may stand in
// a list of actions, but what is called an action is neither a decision nor a risk.
func (n *note) named(s *statement, k int) bool {
	action := s.opens && (s.mark.kind == kAction || n.units[s.unit].Box == ' ')
	return action && (k == kDecision || k == kRisk) && s.sum[kAction] > s.sum[k]
}

func (n *note) item(s *statement, k int, p float64) Item {
	u := &n.units[s.unit]
	it := Item{
		Kind: kindOf[k], Text: withoutLabel(s.text), Line: s.first, EndLine: s.last, At: u.At,
		Confidence: math.Round(p*100) / 100, Cues: strongest(cues, s.hit, k),
		Marked: s.mark.kind == k || k == kAction && (u.Box == ' ' || u.Topic == layout.TopicAction) || k == kDecision && u.Topic == layout.TopicDecision ||
			k == kQuestion && u.Topic == layout.TopicQuestion || k == kRisk && u.Topic == layout.TopicRisk,
	}
	if last := n.votes(s.unit); k == kDecision && last > 0 {
		it.EndLine = last
	}
	switch k {
	case kAction:
		n.assign(&it, s)
	case kRisk:
		it.Way = n.wayOut(s)
	}
	least := sure[k]
	if it.Marked {
		least = sureNamed[k]
	}
	it.Unasked = p >= least && it.Ask == "" && !n.doubted(s, &it)
	if !it.Unasked && it.Ask == "" {
		it.Ask = fmt.Sprintf("not sure that this is %s %s", article(it.Kind), it.Kind)
	}
	return it
}

// doubted: what weighs enough and still is not sent unasked: what stands in a list of
// actions and says nothing of a deed, a day or an owner, and a decision in a sentence that
// hedges.
func (n *note) doubted(s *statement, it *Item) bool {
	switch {
	case s.row || s.hit == nil:
		return false
	case it.Kind == Decision:
		return !it.Marked && s.hit[words.index["hedge"]]
	case it.Kind != Action || s.mark.kind >= 0 || n.units[s.unit].Box == ' ':
		return false
	case it.Marked:
		return it.Owner == "" && it.Due == "" && !n.foreign && !s.deed()
	}
	return false
}

// deed: something in the sentence itself speaks for an action, not only where it stands.
func (s *statement) deed() bool {
	for c, hit := range s.hit {
		if hit && cues[c].weight[kAction] > 0.35 && !places[cues[c].name] {
			return true
		}
	}
	return false
}

// places are the cues that tell of where a sentence stands.
var places = map[string]bool{"under actions": true, "under open actions": true, "last word of its topic": true}

// labels announce an item without being part of what it says.
var labels = [...]string{"poll:", "vote:", "motion:", "conclusion:", "straw poll:", "informal poll:", "result:", "proposed:"}

func withoutLabel(text string) string {
	for _, l := range labels {
		if len(text) > len(l) && strings.EqualFold(text[:len(l)], l) {
			return strings.TrimSpace(text[len(l):])
		}
	}
	return text
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
		tokens = prose.Tokenize(text)
	}
	it.Text = deed(it.Text, it.Owner)
	if d, ok := n.due.Find(text, tokens); ok {
		it.Due, it.DueDate = d.Text, d.Day.String()
		if d.Ask != "" && it.Ask == "" {
			it.Ask = d.Ask
		}
	}
}

// promises stand between who does it and what is done.
var promises = [...]string{" to ", " will ", "'ll ", " is going to ", " are going to ", " agreed to ", " agrees to ", " volunteered to ", " volunteers to ", " offered to ", " needs to ", " has to ", " must ", " please "}

// requests stand between who is spoken to and what is asked for.
var requests = [...]string{", can you please ", ", could you please ", ", can you ", ", could you ", ", would you ", ", will you ", ", please ", " please "}

// deed takes the owner off the start of an action, who stands beside it: "Dana to send
// the list" becomes "Send the list". What would not begin with a verb stays as it is.
func deed(text, owner string) string {
	for _, yes := range [...]string{"Sure, ", "Ok, ", "OK, ", "Okay, ", "Yes, ", "Yeah, ", "Fine, ", "Great, ", "So ", "And "} {
		if r, ok := strings.CutPrefix(text, yes); ok && strings.HasPrefix(r, "I") {
			text = r
		}
	}
	rest := strings.TrimPrefix(text, "@")
	if r, ok := strings.CutPrefix(rest, owner); ok && owner != "" {
		rest = r
	} else if r, ok := strings.CutPrefix(rest, "I"); ok && owner != "" {
		rest = r
	} else {
		return text
	}
	for _, p := range requests {
		if r, ok := strings.CutPrefix(rest, p); ok {
			if word, _, _ := strings.Cut(r, " "); prose.Verbs[word] {
				return capital(strings.TrimSuffix(r, "?"))
			}
		}
	}
	for _, p := range promises {
		if r, ok := strings.CutPrefix(rest, p); ok {
			if word, _, _ := strings.Cut(r, " "); prose.Verbs[word] {
				return capital(r)
			}
		}
	}
	if r, ok := strings.CutPrefix(rest, ": "); ok && r != "" {
		return capital(r)
	}
	return text
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// ways lead to the proposed way out of a risk.
var ways = [...]string{"mitigation", "way out", "workaround", "work around", "fallback", "fall back", "plan b", "backup", "we could", "could ", "propose", "proposal", "suggest", "instead", "mitigate", "contingency", "if not", "otherwise", "will ", "plan is", "option"}

// wayOut returns the sentence after a risk, or the point below it, that says what could be
// done about it.
func (n *note) wayOut(s *statement) string {
	for j := s.index + 1; j < len(n.statements) && j <= s.index+3; j++ {
		o := &n.statements[j]
		low := strings.ToLower(o.text)
		if o.unit != s.unit && n.units[o.unit].Parent != s.unit {
			if o.unit == s.unit+1 && o.order == 0 && offers(low) {
				return o.text
			}
			break
		}
		for _, w := range ways {
			if strings.Contains(low, w) && !strings.HasSuffix(low, "?") {
				return o.text
			}
		}
	}
	return ""
}

// offers: the next point begins as a way out.
func offers(low string) bool {
	for _, w := range [...]string{"could ", "we could", "option", "plan b", "fallback", "workaround", "mitigation", "alternative", "way out"} {
		if strings.HasPrefix(low, w) {
			return true
		}
	}
	return false
}

// maxDone bounds what is kept for comparing with the last recap.
const maxDone = 2000

// done collects what the note reports as finished.
func (n *note) done() []Item {
	var out []Item
	for i := range n.units {
		u := &n.units[i]
		if len(out) < maxDone && u.Kind != layout.Heading && (u.Box == 'x' || u.Struck || u.Topic == layout.TopicDone || n.reportedDone(i)) {
			out = append(out, Item{Kind: Action, Text: u.Text, Line: u.First, EndLine: u.Last})
		}
	}
	for i := range n.statements {
		s := &n.statements[i]
		if len(out) < maxDone && s.done {
			out = append(out, Item{Kind: Action, Text: s.text, Line: s.first, EndLine: s.last})
		}
	}
	return out
}

// reportedDone: the first point below says only that it is done.
func (n *note) reportedDone(i int) bool {
	if i+1 >= len(n.units) || n.units[i+1].Parent != i {
		return false
	}
	t := prose.Tokenize(n.units[i+1].Text)
	return len(t) > 0 && len(t) <= 5 && (t[0].Low == "done" || t[0].Low == "completed" || t[0].Low == "complete" || t[0].Low == "finished")
}

// maxContext bounds the line that says what the meeting was about.
const maxContext = 240

// contextOf takes the first sentences of an overview, if the note has one.
func contextOf(units []layout.Unit) string {
	for i := range units {
		u := &units[i]
		if u.Kind != layout.Paragraph || u.Head < 0 || u.Head != i-1 || u.Quoted {
			continue
		}
		title := strings.ToLower(strings.Trim(units[u.Head].Text, ": "))
		switch title {
		case "overview", "summary", "quick recap", "context", "purpose", "goal", "tl;dr", "meeting summary", "executive summary":
		default:
			continue
		}
		end := 0
		for _, e := range prose.Sentences(u.Text) {
			if e > maxContext {
				break
			}
			end = e
		}
		return strings.TrimSpace(u.Text[:end])
	}
	return ""
}
