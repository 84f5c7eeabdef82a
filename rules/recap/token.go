package recap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a sentence. Clitics stand alone: "we'll" is "we", "'ll".
type token struct {
	low    string // lower case
	at     int    // byte offset in the sentence
	end    int
	upper  bool // starts with a capital
	person bool // of the roster, or looks like a name where it stands
}

// maxTokens bounds a sentence; what is longer is weighed by its start.
const maxTokens = 400

func tokenize(s string) []token { return tokenizeInto(nil, s) }

// tokenizeInto appends the words of s to out.
func tokenizeInto(out []token, s string) []token {
	most := len(out) + maxTokens
	for i := 0; i < len(s) && len(out) < most; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !wordRune(r) && r != '@' && r != '+' {
			if r == '?' || r == '!' || r == ':' || r == ',' || r == '(' {
				out = append(out, token{low: s[i : i+n], at: i, end: i + n})
			}
			i += n
			continue
		}
		j := i + n
		for j < len(s) {
			r2, m := utf8.DecodeRuneInString(s[j:])
			if !wordRune(r2) && !(innerRune(r2) && j+m < len(s) && isWordByte(s[j+m])) {
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

func appendWord(out []token, s string, i, j int, upper bool) []token {
	low := strings.ToLower(s[i:j])
	if k := strings.LastIndexByte(low, '\''); k > 0 && !strings.HasSuffix(low, "n't") {
		switch low[k:] {
		case "'ll", "'s", "'re", "'m", "'ve", "'d":
			out = append(out, token{low: low[:k], at: i, end: i + k, upper: upper})
			return append(out, token{low: low[k:], at: i + k, end: j})
		}
	}
	return append(out, token{low: low, at: i, end: j, upper: upper})
}

// abbreviations end with a point and do not end a sentence.
var abbreviations = set(`e.g. i.e. vs. etc. cf. dr. mr. mrs. ms. st. no. approx. jr. sr. incl. resp. ca. jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec.`)

// sentences cuts text where a sentence ends, and returns the offsets of their ends.
func sentences(text string) []int {
	var ends []int
	for i := 0; i+1 < len(text); i++ {
		c := text[i]
		if c != '.' && c != '?' && c != '!' || text[i+1] != ' ' {
			continue
		}
		if c == '.' {
			start := strings.LastIndexByte(text[:i], ' ') + 1
			word := strings.ToLower(strings.TrimLeft(text[start:i+1], "("))
			if abbreviations[word] || len(word) == 2 && word[0] >= 'a' && word[0] <= 'z' {
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
