package recap

import (
	"fmt"
	"strings"

	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// alike is how much of two texts must agree to be about the same thing.
const alike = 0.6

// opposites decide a thing the other way round.
var opposites = [][2]string{
	{"accept", "reject"}, {"approve", "reject"}, {"approve", "decline"}, {"keep", "drop"}, {"keep", "remove"}, {"add", "remove"}, {"enable", "disable"},
	{"start", "stop"}, {"allow", "forbid"}, {"allow", "ban"}, {"open", "close"}, {"increase", "reduce"}, {"increase", "decrease"}, {"raise", "lower"},
	{"before", "after"}, {"continue", "stop"}, {"merge", "split"}, {"include", "exclude"}, {"public", "private"}, {"buy", "rent"}, {"hire", "freeze"},
	{"internal", "external"}, {"on", "off"}, {"join", "leave"}, {"keep", "cancel"}, {"hold", "cancel"}, {"go", "wait"}, {"now", "later"},
}

// opposed says how two decisions about the same thing contradict each other, "" if they
// do not: one is negated, they use opposite words, or they name different days.
func opposed(a, b string) string {
	if prose.Likeness(prose.Content(a), prose.Content(b)) < alike {
		return ""
	}
	ta, tb := prose.Tokenize(a), prose.Tokenize(b)
	if negated(ta) != negated(tb) {
		return "the opposite"
	}
	for _, o := range opposites {
		if has(ta, o[0]) && !has(tb, o[0]) && has(tb, o[1]) && !has(ta, o[1]) || has(tb, o[0]) && !has(ta, o[0]) && has(ta, o[1]) && !has(tb, o[1]) {
			return "the opposite"
		}
	}
	g := when.Grammar{Said: when.Day{Year: 2024, Month: 1, Dom: 1}}
	da, okA := g.Find(a, ta)
	db, okB := g.Find(b, tb)
	if okA && okB && da.Day.OK() && db.Day.OK() && da.Day != db.Day {
		return "another day"
	}
	return ""
}

func negated(t []prose.Token) bool {
	n := 0
	for i := range t {
		if prose.Negations[t[i].Low] && !(t[i].Low == "no" && i+1 < len(t) && strings.HasPrefix(t[i+1].Low, "objection")) {
			n++
		}
	}
	return n%2 == 1
}

func has(t []prose.Token, w string) bool {
	for i := range t {
		if t[i].Low == w || prose.Stem(t[i].Low) == prose.Stem(w) && len(w) > 3 {
			return true
		}
	}
	return false
}

// Contradictions compares the decisions of a recap with those of earlier ones and tells
// what was decided differently before.
func Contradictions(now Recap, previous []Recap) []Problem {
	var out []Problem
	for _, it := range now.Items {
		if it.Kind != Decision {
			continue
		}
		for i := len(previous) - 1; i >= 0; i-- {
			if p, how := contradicts(it, previous[i]); how != "" {
				out = append(out, Problem{Line: it.Line, Text: fmt.Sprintf("%s you recorded %s: %q", onDay(previous[i]), how, p.Text)})
				break
			}
		}
	}
	return out
}

func contradicts(it Item, r Recap) (Item, string) {
	for _, p := range r.Items {
		if p.Kind == Decision {
			if how := opposed(p.Text, it.Text); how != "" {
				return p, how
			}
		}
	}
	return Item{}, ""
}

func onDay(r Recap) string {
	d, ok := when.IsoDay(r.Date)
	if !ok {
		return fmt.Sprintf("in %q", r.Title)
	}
	return d.Noon().Format("on 2 January 2006")
}

// Gaps tells which actions nobody owns or that have no day: what to look at before the
// mail is approved.
func Gaps(r Recap) []Problem {
	var out []Problem
	for _, it := range r.Items {
		if it.Kind != Action {
			continue
		}
		switch {
		case it.Owner == "" && it.Due == "":
			out = append(out, Problem{Line: it.Line, Text: fmt.Sprintf("nobody owns %q and it has no date", it.Text)})
		case it.Owner == "":
			out = append(out, Problem{Line: it.Line, Text: fmt.Sprintf("nobody owns %q", it.Text)})
		case it.Due == "":
			out = append(out, Problem{Line: it.Line, Text: fmt.Sprintf("%q has no date", it.Text)})
		}
	}
	return out
}

// Carry returns what an earlier recap left open and the new one neither closes nor says
// again: actions, questions and risks. They keep their words; their lines are those of
// the earlier note.
func Carry(previous, now Recap) []Item {
	var said, done []map[string]bool
	for _, it := range now.Items {
		said = append(said, prose.Content(it.Text))
	}
	for _, d := range now.Done {
		done = append(done, prose.Content(d.Text))
	}
	var out []Item
	for _, it := range previous.Items {
		if it.Kind == Decision {
			continue
		}
		words := prose.Content(it.Text)
		if !anyAlike(words, said, alike) && !anyAlike(words, done, closing) {
			out = append(out, it)
		}
	}
	return out
}

// closing is how much of an open item a report must name to close it.
const closing = 0.5

func anyAlike(words map[string]bool, sets []map[string]bool, least float64) bool {
	for _, s := range sets {
		if prose.Likeness(words, s) >= least {
			return true
		}
	}
	return false
}

// lastWord drops a decision that a later line reverses, and an action that the same note
// states again in its list. The problems tell what was dropped.
func lastWord(items []Item) ([]Item, []Problem) {
	words := make([]map[string]bool, len(items))
	for i := range items {
		words[i] = prose.Content(items[i].Text)
	}
	drop := make([]bool, len(items))
	var problems []Problem
	for i := range items {
		for j := i + 1; j < len(items) && j < i+400; j++ {
			a, b := &items[i], &items[j]
			if drop[i] || drop[j] || a.Kind != b.Kind {
				continue
			}
			like := prose.Likeness(words[i], words[j])
			switch {
			case like < alike:
			case a.Kind == Decision && a.EndLine < b.Line && opposed(a.Text, b.Text) != "":
				drop[i] = true
				problems = append(problems, Problem{Line: a.Line, Text: fmt.Sprintf("%q was decided differently on line %d; the last word counts", a.Text, b.Line)})
			case like >= same && len(words[i]) > 2 && len(words[j]) > 2 && (a.Owner == b.Owner || a.Owner == "" || b.Owner == "") && lean(words[i], words[j]):
				merge(a, b, drop, i, j)
			}
		}
	}
	out := items[:0]
	for i := range items {
		if !drop[i] {
			out = append(out, items[i])
		}
	}
	return out, problems
}

// same is how much of two items must agree to be one item said twice.
const same = 0.9

// lean: neither text says much more than the other.
func lean(a, b map[string]bool) bool {
	return 2*len(a) >= len(b) && 2*len(b) >= len(a)
}

// merge keeps the one that the note marks, else the later; the owner and the day that only
// the other has are taken over.
func merge(a, b *Item, drop []bool, i, j int) {
	keep, gone, k := b, a, i
	if a.Marked && !b.Marked {
		keep, gone, k = a, b, j
	}
	if keep.Owner == "" {
		keep.Owner, keep.Person, keep.OwnerKey = gone.Owner, gone.Person, gone.OwnerKey
	}
	if keep.Due == "" {
		keep.Due, keep.DueDate = gone.Due, gone.DueDate
	}
	drop[k] = true
}
