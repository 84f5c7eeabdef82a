package recap

import "strings"

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
