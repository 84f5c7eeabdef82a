package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// setSpeaker finds who says the unit: "Dana: ...", and for people of the roster also
// "Dana, ..." and "Dana - ...".
func (n *note) setSpeaker(u *layout.Unit) {
	if who, rest := layout.SpeakerPrefix(u.Text); rest != u.Text {
		u.Speaker = who
		return
	}
	if who, rest, ok := strings.Cut(u.Text, ": "); ok && layout.InitialsLike(who) && n.people.knows(who) && rest != "" { // "SO: ..." of Sam Okafor
		u.Speaker = who
		return
	}
	if raw, ok := strings.CutPrefix(u.Raw, "**"); ok { // "**Dana, Sam** write the plan"
		if who, rest, ok := strings.Cut(raw, "**"); ok && layout.SpeakerLike(strings.TrimRight(who, ": ")) && strings.TrimSpace(rest) != "" {
			u.Speaker = who
			return
		}
	}
	i := strings.IndexAny(u.Text, ",-–")
	if i <= 0 || i > 40 {
		return
	}
	who := strings.TrimSpace(u.Text[:i])
	rest := strings.TrimLeft(u.Text[i:], "-–, ")
	if rest == "" || !n.people.knows(who) {
		return
	}
	if c := rest[0]; c >= 'a' && c <= 'z' && !strings.HasPrefix(rest, "and ") && !called(rest) || readMarker(rest).kind >= 0 {
		u.Speaker = who
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
func afterSpeaker(u *layout.Unit) int {
	if u.Speaker == "" || !strings.Contains(u.Text[:min(len(u.Text), 60)], u.Speaker) {
		return 0
	}
	i := strings.Index(u.Text, u.Speaker) + len(u.Speaker)
	if i > 44 {
		return 0
	}
	for i < len(u.Text) && strings.IndexByte(" :,-()*", u.Text[i]) >= 0 {
		i++
	}
	if strings.HasPrefix(u.Text[i:], "–") {
		i += len("–") + 1
	}
	return min(i, len(u.Text))
}

// markPeople tells which words are people: those of the roster, and a capitalised word
// of no other meaning where a person would stand ("Kim to ...", "Kim will ...").
func (n *note) markPeople(t []prose.Token) {
	for i := range t {
		if !t[i].Upper && !strings.HasPrefix(t[i].Low, "@") {
			// A nick is a person where a duty follows: "sam to write".
			t[i].Person = len(t[i].Low) > 2 && i+1 < len(t) && (t[i+1].Low == "to" || t[i+1].Low == "will") && !prose.NotNames[t[i].Low] && n.people.knows(t[i].Low)
			continue
		}
		if n.people.knows(t[i].Low) && (len(t[i].Low) > 2 || !prose.NotNames[t[i].Low]) {
			t[i].Person = !receives(t, i)
			continue
		}
		if prose.NotNames[t[i].Low] || len(t[i].Low) < 2 || i+1 >= len(t) || strings.ContainsAny(t[i].Low, "0123456789/.#") || i == 0 && notNameAtStart(t[i].Low) {
			continue
		}
		if i > 0 && prose.Verbs[t[i+1].Low] && (t[i-1].Low == "have" || t[i-1].Low == "let") { // "have Kim draft it"
			t[i].Person = true
			continue
		}
		switch t[i+1].Low {
		case "to":
			t[i].Person = i+2 < len(t) && (prose.Verbs[t[i+2].Low] || t[i+2].Low == "also") && (i == 0 || !prose.Verbs[t[i-1].Low]) && !receives(t, i)
		case "will":
			t[i].Person = i+2 < len(t) && t[i+2].Low != "be"
		case "should", "must", "can": // "Outlines should be done": a thing, unless it is somebody who is known
			t[i].Person = i+3 >= len(t) || t[i+2].Low != "be" || !tokenIs(&t[i+3], "D") && t[i+3].Low != "done" && t[i+3].Low != "sent" && t[i+3].Low != "made"
		case "'ll", "is", "volunteered", "volunteers", "agreed", "needs", "and", "going", "offered", "plans", "wants":
			t[i].Person = true
		}
	}
}

// receives: "we send it to Kim to sign", "(CST) to release": the verb is not Kim's.
func receives(t []prose.Token, i int) bool {
	return i > 1 && i+1 < len(t) && t[i+1].Low == "to" && before[t[i-1].Low]
}

// before stand before somebody who does nothing.
var before = prose.Set("to with from at by of in on via (")

// notNameAtStart: a word that only starts a sentence: a verb, or one with the ending of
// an adjective, a noun of action, a participle.
func notNameAtStart(low string) bool {
	if prose.Verbs[low] || prose.Verbs[strings.TrimSuffix(low, "s")] {
		return true
	}
	for _, end := range [...]string{"ing", "ed", "ment", "ness", "ful", "tion", "able", "ible", "ous", "ive", "ials", "ents"} {
		if len(low) > len(end)+2 && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
