// Package prose knows the written language that minutes are made of: it decodes bytes
// ([Decode]), takes inline markup away ([Plain]), cuts a text into sentences and words
// ([Sentences], [Tokenize]), and compares what two texts are about ([Content],
// [Likeness]). It knows words (verbs that people promise, words that are no names), but
// nothing of meetings.
package prose

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is a word of a sentence. Clitics stand alone: "we'll" is "we", "'ll".
type Token struct {
	Low    string // lower case
	At     int    // byte offset in the sentence
	End    int
	Upper  bool // starts with a capital
	Person bool // of the roster, or looks like a name where it stands
}

// maxTokens bounds a sentence; what is longer is weighed by its start.
const maxTokens = 400

// Tokenize returns the words of s.
func Tokenize(s string) []Token { return TokenizeInto(nil, s) }

// TokenizeInto appends the words of s to out.
func TokenizeInto(out []Token, s string) []Token {
	most := len(out) + maxTokens
	for i := 0; i < len(s) && len(out) < most; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !wordRune(r) && r != '@' && r != '+' {
			if r == '?' || r == '!' || r == ':' || r == ',' || r == '(' {
				out = append(out, Token{Low: s[i : i+n], At: i, End: i + n})
			}
			i += n
			continue
		}
		j := i + n
		for j < len(s) {
			r2, m := utf8.DecodeRuneInString(s[j:])
			if !wordRune(r2) && !(innerRune(r2) && j+m < len(s) && IsWordByte(s[j+m])) {
				break
			}
			j += m
		}
		out = appendWord(out, s, i, j, unicode.IsUpper(r))
		i = j
	}
	return out
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// innerRune may stand within a word: don't, follow-up, v4.2, a/b, me@example.com.
func innerRune(r rune) bool {
	return r == '\'' || r == '-' || r == '.' || r == '/' || r == '@' || r == '#'
}

func appendWord(out []Token, s string, i, j int, upper bool) []Token {
	low := strings.ToLower(s[i:j])
	if k := strings.LastIndexByte(low, '\''); k > 0 && !strings.HasSuffix(low, "n't") {
		switch low[k:] {
		case "'ll", "'s", "'re", "'m", "'ve", "'d":
			out = append(out, Token{Low: low[:k], At: i, End: i + k, Upper: upper})
			return append(out, Token{Low: low[k:], At: i + k, End: j})
		}
	}
	return append(out, Token{Low: low, At: i, End: j, Upper: upper})
}

// abbreviations end with a point and do not end a sentence.
var abbreviations = Set(`e.g. i.e. vs. etc. cf. dr. mr. mrs. ms. st. no. approx. jr. sr. incl. resp. ca.`)

// shortMonths end with a point, and go on with a number: "Feb. 12".
var shortMonths = Set(`jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec.`)

// numberedMonths follow a number with a point: "10. März".
var numberedMonths = Set("januar februar märz april mai juni juli august september oktober november dezember")

func dayOf(number, rest string) bool {
	month, _, _ := strings.Cut(rest, " ")
	return len(number) < 4 && number[0] >= '0' && number[0] <= '9' && numberedMonths[strings.ToLower(strings.TrimRight(month, ".,;:)"))]
}

// Sentences cuts text where a sentence ends, and returns the offsets of their ends.
func Sentences(text string) []int {
	var ends []int
	for i := 0; i+1 < len(text); i++ {
		c := text[i]
		if c != '.' && c != '?' && c != '!' || text[i+1] != ' ' {
			continue
		}
		if c == '.' {
			start := strings.LastIndexByte(text[:i], ' ') + 1
			word := strings.ToLower(strings.TrimLeft(text[start:i+1], "("))
			if abbreviations[word] || len(word) == 2 && word[0] >= 'a' && word[0] <= 'z' || dayOf(word, text[i+2:]) ||
				shortMonths[word] && i+2 < len(text) && text[i+2] >= '0' && text[i+2] <= '9' {
				continue
			}
		}
		r, _ := utf8.DecodeRuneInString(text[i+2:])
		if unicode.IsLower(r) && c == '.' {
			continue
		}
		ends = append(ends, i+1)
	}
	return append(ends, len(text))
}
