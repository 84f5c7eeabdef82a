package recap

import (
	"sort"
	"strings"

	"headsup/rules/recap/prose"
)

// The kinds as indexes of a weight.
const (
	kAction = iota
	kDecision
	kQuestion
	kRisk
	kinds
)

var kindOf = [kinds]ItemKind{Action, Decision, Question, Risk}

// cue is something that speaks for or against a line being an item: phrases of the
// language, or (phrases empty) a fact of the structure that code sets by name.
//
// A phrase is words with a space between; "^" stands for the start of the sentence, P for a
// person, V for a verb in its base form, S for one in the third person ("sends"), W for I or we, D for a past participle or past
// tense in -ed, * for any word. Alternatives are separated by "|".
type cue struct {
	name    string
	phrases string
	weight  [kinds]float64 // action, decision, question, risk
}

// lexicon finds the phrases of all cues in one pass over the words of a sentence.
type lexicon struct {
	byWord map[string][]phrase // by the first plain word
	open   []phrase            // phrases that start with a class
	index  map[string]int      // cue by name
}

type phrase struct {
	cue   int
	words []string
	lead  int // words before the one that it is indexed by
}

func compile(table []cue) *lexicon {
	l := &lexicon{byWord: map[string][]phrase{}, index: map[string]int{}}
	for i, c := range table {
		l.index[c.name] = i
		if c.phrases == "" {
			continue
		}
		for _, p := range strings.Split(c.phrases, "|") {
			words := strings.Fields(p)
			ph := phrase{cue: i, words: words, lead: -1}
			for k, w := range words {
				if len(w) > 1 || w >= "a" && w <= "z" || w == "?" || w == ":" {
					ph.lead = k
					break
				}
			}
			if ph.lead < 0 {
				l.open = append(l.open, ph)
				continue
			}
			l.byWord[words[ph.lead]] = append(l.byWord[words[ph.lead]], ph)
		}
	}
	return l
}

// match marks the cues whose phrases stand in tokens.
func (l *lexicon) match(tokens []prose.Token, hit []bool) {
	for i := range tokens {
		for _, p := range l.byWord[tokens[i].Low] {
			if !hit[p.cue] && p.at(tokens, i-p.lead) {
				hit[p.cue] = true
			}
		}
		for _, p := range l.open {
			if !hit[p.cue] && p.at(tokens, i) {
				hit[p.cue] = true
			}
		}
	}
	for _, p := range l.open {
		if !hit[p.cue] && p.at(tokens, -1) {
			hit[p.cue] = true
		}
	}
}

// At reports whether the phrase stands at tokens[i]; "^" matches at -1 only.
func (p phrase) at(tokens []prose.Token, i int) bool {
	for _, w := range p.words {
		if w == "^" {
			if i != -1 {
				return false
			}
			i++
			continue
		}
		if i < 0 || i >= len(tokens) || !tokenIs(&tokens[i], w) {
			return false
		}
		i++
	}
	return true
}

func tokenIs(t *prose.Token, w string) bool {
	switch w {
	case "*":
		return true
	case "P":
		return t.Person
	case "V":
		return prose.Verbs[t.Low]
	case "S":
		return doing(t.Low)
	case "W":
		return t.Low == "i" || t.Low == "we"
	case "D":
		return len(t.Low) > 4 && strings.HasSuffix(t.Low, "ed") && t.Low != "need"
	}
	return t.Low == w
}

// telling verbs say that somebody spoke, not what somebody is to do.
var telling = prose.Set(`explains asks thanks presents suggests reports notes says thinks wants proposes seconds moves discusses agrees
prefers believes mentions argues describes reminds recommends raises shows points reviews clarifies confirms announces demonstrates
introduces expects supports answers responds comments shares volunteers offers accepts leads moderates likes hopes feels sees knows
uses is has does gets goes comes takes makes needs works helps looks feeds runs means implies requires opens starts leaves holds gives keeps
tells brings adds joins continues`)

// doing: the third person of a verb that people promise.
func doing(low string) bool {
	if len(low) < 4 || low[len(low)-1] != 's' || telling[low] {
		return false
	}
	base := low[:len(low)-1]
	return prose.Verbs[base] || strings.HasSuffix(base, "e") && prose.Verbs[base[:len(base)-1]] || strings.HasSuffix(base, "ie") && prose.Verbs[base[:len(base)-2]+"y"]
}

// strongest names the cues that spoke most for kind k, at most three.
func strongest(table []cue, hit []bool, k int) []string {
	var at []int
	for i, h := range hit {
		if h && table[i].weight[k] > 0 {
			at = append(at, i)
		}
	}
	sort.SliceStable(at, func(a, b int) bool { return table[at[a]].weight[k] > table[at[b]].weight[k] })
	var out []string
	for _, i := range at[:min(3, len(at))] {
		out = append(out, table[i].name)
	}
	return out
}
