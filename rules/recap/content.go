package recap

import "strings"

// content is the set of words that say what a text is about, reduced to stems.
func content(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range tokenize(text) {
		if len(t.low) < 2 || stops[t.low] || negations[t.low] {
			continue
		}
		out[stem(t.low)] = true
	}
	return out
}

// stem takes the endings off that tell "send", "sends", "sending" and "moved", "move"
// apart. It is rough on purpose: it only ever compares a note with itself.
func stem(w string) string {
	for _, end := range [...]string{"'s", "ing", "ed", "es", "s", "e"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 3 {
			return rest
		}
	}
	return w
}

// likeness is the share of the words of the smaller text that the other has too; texts
// that share fewer than two words are not alike.
func likeness(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	shared := 0
	for w := range a {
		if b[w] {
			shared++
		}
	}
	if shared < 2 {
		return 0
	}
	return float64(shared) / float64(len(a))
}

var negations = set("not no never don't doesn't won't can't cannot shouldn't isn't aren't didn't without neither none nobody against")
