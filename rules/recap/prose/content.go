package prose

import "strings"

// Content is the set of words that say what a text is about, reduced to stems.
func Content(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range Tokenize(text) {
		if len(t.Low) < 2 || stops[t.Low] || Negations[t.Low] {
			continue
		}
		out[Stem(t.Low)] = true
	}
	return out
}

// Stem takes the endings off that tell "send", "sends", "sending" and "moved", "move"
// apart. It is rough on purpose: it only ever compares a note with itself.
func Stem(w string) string {
	for _, end := range [...]string{"'s", "ing", "ed", "es", "s", "e"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 3 {
			return rest
		}
	}
	return w
}

// Likeness is the share of the words of the smaller text that the other has too; texts
// that share fewer than two words are not alike.
func Likeness(a, b map[string]bool) float64 {
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

// Negations turn a statement round.
var Negations = Set("not no never don't doesn't won't can't cannot shouldn't isn't aren't didn't without neither none nobody against")
