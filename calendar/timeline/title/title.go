// Package title reads what the title of a calendar entry says about the time that it
// takes: that it is kept for undisturbed work, that somebody does a piece of work, that the
// time is merely taken, that people meet, or that it belongs to private life.
//
// It knows words of a dozen European languages and a few of Japanese, Chinese and Korean.
// Languages that join words into one are matched by stems. Lists of words have an end, so
// a title in none of them is [Unknown] and says nothing either way; the caller has other
// evidence. Where two kinds of words meet in one title, private life wins over all
// (lunch is lunch, even "focus lunch"), and a deed that begins the title over the meeting
// that it is done for: "Prepare board meeting" is work.
package title

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// Kind is what a title says.
type Kind uint8

// The kinds of titles.
const (
	Unknown    Kind = iota
	Nothing         // no title, or the word that stands in place of a hidden one
	Focus           // undisturbed work, if nobody else is invited
	NoMeetings      // a time without meetings, whoever is invited to it
	Tool            // made by a focus tool, for focus
	Deed            // a piece of work: writing, planning, analysis
	Taken           // blocked, without a word for what
	Meeting         // people meet, or mail is answered
	Private
)

// Read says what a title means.
func Read(s string) Kind {
	mark := toolMark().MatchString(s)
	t := toolTail().ReplaceAllString(fold(Plain(s)), "")
	switch {
	case t == "" && signs().MatchString(s):
		return Taken
	case t == "" || nothing().MatchString(t):
		return Nothing
	case noMeetings().MatchString(t):
		return NoMeetings
	case private().MatchString(t):
		return Private
	case mark && !meeting().MatchString(t):
		return Tool
	case !notFocus().MatchString(t) && saysFocus(t):
		return Focus
	}
	return work(t)
}

// Meets reports whether a title has a word for people who meet, whatever else it says.
func Meets(s string) bool {
	t := fold(Plain(s))
	return meeting().MatchString(t) || body().MatchString(t)
}

// saysFocus looks at the beginning of each part of a title: "Budget - heads down".
func saysFocus(t string) bool {
	for _, part := range parts().Split(t, -1) {
		if focus().MatchString(strings.TrimSpace(part)) {
			return true
		}
	}
	return false
}

// parts end at a dash, a colon, a bar or a bracket.
var parts = compile(`\s[-|·/]\s|: |[(\[]`)

// work tells deeds from meetings. The order decides where a title has words of both.
func work(t string) Kind {
	switch {
	case begins().MatchString(t) || ends().MatchString(t):
		return Deed
	case meeting().MatchString(t):
		return Meeting
	case deed().MatchString(t):
		return Deed
	case body().MatchString(t):
		return Meeting
	case taken().MatchString(t):
		return Taken
	}
	return Unknown
}

// Plain is a title in lower case without the signs and emoji before it.
func Plain(s string) string {
	s = strings.TrimLeftFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(strings.Fields(s), " ")
}

// Among reports whether a title is one of the words, or begins with one.
func Among(s string, words []string) bool {
	s = Plain(s)
	for _, w := range words {
		if w = Plain(w); w != "" && (s == w || strings.HasPrefix(s, w+" ")) {
			return true
		}
	}
	return false
}

// accents takes off the marks that people leave off when they type: acute, grave,
// circumflex, tilde, caron, ogonek. Dots and rings stay, since they make other letters.
var accents = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ą", "a", "è", "e", "é", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ò", "o", "ó", "o", "ô", "o", "õ", "o", "ù", "u", "ú", "u", "û", "u", "ç", "c", "ć", "c", "č", "c", "ñ", "n", "ń", "n", "ł", "l", "ś", "s", "š", "s",
	"ź", "z", "ż", "z", "ž", "z", "ý", "y", "ß", "ss", "’", "'", "–", "-", "—", "-",
)

func fold(s string) string { return accents.Replace(s) }

// compile makes a pattern when it is first asked for: together they cost more than the
// rest of a start, and whoever has no calendar never asks.
func compile(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// words matches any of the patterns as whole words.
func words(patterns ...string) func() *regexp.Regexp {
	return compile(`(^|[^\pL])(` + fold(strings.Join(patterns, "|")) + `)($|[^\pL])`)
}

// start matches any of the patterns as the first words.
func start(patterns ...string) func() *regexp.Regexp {
	return compile(`^(` + fold(strings.Join(patterns, "|")) + `)($|[^\pL])`)
}
