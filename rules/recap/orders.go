package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// maxList bounds how far a list is looked at.
const maxList = 20

// imperative: the words are an order: a verb in its base form and what it is about.
func imperative(t []prose.Token) bool {
	if len(t) > 2 && (t[0].Low == "please" || t[0].Low == "also" || t[0].Low == "then") {
		t = t[1:]
	}
	return len(t) > 1 && prose.Verbs[t[0].Low] && !nounAfter[t[1].Low] && t[len(t)-1].Low != "?"
}

// nounAfter: what stands before it is a noun, not a verb: "Review of ...", "Plan: ...".
var nounAfter = prose.Set(": of is was are were has will would should ( and or for from - ? by as")

// planned begins a point of the agenda, which is done within the meeting.
var planned = prose.Set("discuss review approve open demo introduce present report talk vote comment confirm update")

// low is the first word.
func (s *statement) low() string {
	if len(s.tokens) == 0 {
		return ""
	}
	return s.tokens[0].Low
}

// ordered: most points of the list that unit i stands in are orders.
func (n *note) ordered(i int) bool {
	u, orders, all := &n.units[i], 0, 0
	look := func(j int) bool {
		o := &n.units[j]
		if o.Kind == layout.Heading || o.Head != u.Head || o.Depth < u.Depth || o.Kind == layout.Paragraph {
			return false
		}
		if o.Parent == u.Parent && o.Kind == u.Kind {
			all++
			if imperative(prose.Tokenize(o.Text[:min(len(o.Text), 40)])) {
				orders++
			}
		}
		return true
	}
	for j := i; j >= 0 && j > i-maxList && look(j); j-- {
	}
	for j := i + 1; j < len(n.units) && j < i+maxList && look(j); j++ {
	}
	return orders > 1 && orders*2 >= all
}

// nameOver: the list stands below somebody's name, and is not the only one that does.
func (n *note) nameOver(u *layout.Unit) bool {
	return u.Named != "" && u.Depth < 3 && (n.people.knows(u.Named) || n.namedLists > 1 && !nounLike(u.Named))
}

// afterList: a paragraph below a list under the same heading does not belong to the list.
func (n *note) afterList(i int) bool {
	for j := i - 1; j >= 0 && j > i-maxList && n.units[j].Head == n.units[i].Head && n.units[j].Kind != layout.Heading && !n.units[j].Label; j-- {
		if n.units[j].Kind != layout.Paragraph {
			return n.units[j].Kind != layout.Row && n.units[j].Kind != layout.Turn && n.units[j].Last < n.units[i].First-1
		}
	}
	return false
}

// timeSlot: "[0:40-0:50]", "(10 min)" at the end: a point of the agenda.
func timeSlot(text string) bool {
	text = strings.TrimRight(text, " .")
	open := strings.LastIndexAny(text, "[(")
	if open <= 0 || len(text)-open > 20 || strings.IndexByte("])", text[len(text)-1]) < 0 {
		return false
	}
	in := strings.ToLower(text[open+1 : len(text)-1])
	minutes := strings.TrimRight(in, "minutes ")
	return minutes != "" && (len(minutes) < len(in) && strings.Trim(minutes, "0123456789") == "" || strings.Trim(in, "0123456789:- –") == "" && strings.Count(in, ":") == 2)
}

// nounLike: "Hosting", "Considerations" head a list as a name would.
func nounLike(name string) bool {
	one := strings.TrimSuffix(strings.ToLower(strings.Trim(name, ": ")), "s")
	return notNameAtStart(one) || prose.NotNames[one]
}
