package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"headsup/rules/recap/prose"
)

// notSpeakers end with a colon and are not people.
var notSpeakers = prose.Set(`
action actions ai ais todo todos to-do to-dos task tasks decision decisions question questions answer note notes risk blocker agreed resolved consensus update summary
result results conclusion proposal motion poll vote date time title present attendees agenda example examples fyi tldr tl;dr status issue pr
where when what who why how mitigation workaround fallback pro con pros cons impact cause problem solution idea reason effect cost price
budget input output default error warning fix bug feature test case step phase part section chapter item items theme venue place room host
facilitator chair version release scope purpose objective evidence source sources see also ps edit updated created author owner due priority
type kind category tag tags state resolution location contact links link recording outcome plan goal goals context background followup
follow-up next sf f n sa a q re subject from to cc ask request topic options option important reminder http https yes no`)

// SpeakerPrefix takes "Dana:", "DR:", "Dana Reyes (chair):" or "@dana:" off the start of
// a line. It returns the text unchanged where nobody speaks.
func SpeakerPrefix(t string) (speaker, rest string) {
	i := strings.IndexByte(t, ':')
	if i <= 0 || i > 40 || i+1 < len(t) && t[i+1] != ' ' && t[i+1] != '*' {
		return "", t
	}
	who := strings.Trim(t[:i], "*_ ")
	if j := strings.IndexByte(who, '('); j > 0 {
		who = strings.TrimSpace(who[:j])
	}
	if !SpeakerLike(who) {
		return "", t
	}
	return who, strings.TrimLeft(t[i+1:], "* ")
}

// SpeakerLike reports whether who can be the name before a colon: a person or several.
func SpeakerLike(who string) bool {
	who = strings.TrimPrefix(who, "@")
	words := strings.FieldsFunc(who, func(r rune) bool { return r == ' ' || r == '+' || r == '/' || r == '&' || r == ',' })
	if len(words) == 0 || len(words) > 4 || who == "" {
		return false
	}
	for _, w := range words {
		low := strings.ToLower(w)
		if low == "and" {
			continue
		}
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsLetter(r) || !unicode.IsUpper(r) && len(words) > 1 || notSpeakers[low] || prose.NotNames[low] || strings.ContainsAny(w, ".?!=#`\"") {
			return false
		}
	}
	r, _ := utf8.DecodeRuneInString(who)
	return unicode.IsUpper(r) || strings.HasPrefix(who, "@")
}

// NameLike reports whether s can be a person's name: one to five words, each with a
// capital, no verbs.
func NameLike(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 6 || len(s) > 60 {
		return false
	}
	capital := false
	for _, w := range words {
		c, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsLetter(c) {
			return false
		}
		capital = capital || unicode.IsUpper(c) || c > 0x2FF
		if strings.ContainsAny(w, "/:?!=") || prose.NotNames[strings.ToLower(w)] && !(len(words) == 1 && InitialsLike(w)) {
			return false
		}
	}
	return capital || len(words) == 1
}

// InitialsLike reports whether s is two to four capitals.
func InitialsLike(s string) bool {
	if len(s) < 2 || len(s) > 4 {
		return false
	}
	for _, c := range s {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// OwnerName takes the marks around a name away.
func OwnerName(s string) string { return strings.Trim(s, ": @*") }

// OwnerHeading returns the name that is the whole of a heading or list item.
func OwnerHeading(s string) string {
	s = OwnerName(s)
	if len(s) > 30 || !NameLike(s) || notSpeakers[strings.ToLower(s)] || len(strings.Fields(s)) > 3 || TopicOf(s) != TopicNone {
		return ""
	}
	return s
}
