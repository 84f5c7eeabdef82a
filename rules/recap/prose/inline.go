package prose

import "strings"

// Plain removes the inline markup of Markdown from one line: emphasis, code marks,
// links and images (their text stays), HTML tags, backslash escapes. It reads every byte
// once; what does not close stays as it is. The second result is true when the whole
// line is struck out.
func Plain(s string) (text string, struck bool) {
	t := strings.TrimSpace(s)
	if len(t) > 4 && strings.HasPrefix(t, "~~") && strings.HasSuffix(t, "~~") {
		struck = true
	}
	if !strings.ContainsAny(s, "*_`[]<\\~=&") {
		return Tidy(s), struck
	}
	var b strings.Builder
	b.Grow(len(s))
	code := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '`' {
			code = !code
			continue
		}
		if code {
			b.WriteByte(c)
			continue
		}
		if n := inlineMark(s, i, &b); n > 0 {
			i += n - 1
			continue
		}
		b.WriteByte(c)
	}
	return Tidy(Entities.Replace(b.String())), struck
}

// Entities replaces the named characters of HTML that note-takers leave behind.
var Entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&nbsp;", " ", "&quot;", `"`, "&#39;", "'")

// inlineMark looks at the mark that starts at i, writes what is left of it and returns
// its length, 0 if there is none.
func inlineMark(s string, i int, b *strings.Builder) int {
	switch c := s[i]; c {
	case '\\':
		if i+1 < len(s) && strings.IndexByte("\\`*_{}[]()#+-.!$~<>|^", s[i+1]) >= 0 {
			b.WriteByte(s[i+1])
			return 2
		}
	case '*':
		return 1
	case '~':
		if strings.HasPrefix(s[i:], "~~") {
			return 2
		}
	case '=': // the highlight mark of HackMD
		if strings.HasPrefix(s[i:], "==") && !strings.HasPrefix(s[i:], "==>") && (i == 0 || s[i-1] == ' ' || i+2 == len(s) || !IsWordByte(s[i+2])) {
			return 2
		}
	case '_':
		// Within a word an underscore is a letter (snake_case).
		if i == 0 || i+1 == len(s) || !IsWordByte(s[i-1]) || !IsWordByte(s[i+1]) {
			return 1
		}
	case '!':
		if strings.HasPrefix(s[i:], "![") {
			if end := linkEnd(s, i+1); end > 0 {
				return end - i
			}
		}
	case '[':
		return link(s, i, b)
	case '<':
		return tag(s, i, b)
	}
	return 0
}

// maxLink bounds the search for the end of a link, so that a line of brackets costs no
// more than its length times a constant.
const maxLink = 2048

// linkEnd returns the index after "[text](target)" that starts at i, 0 if it is none.
func linkEnd(s string, i int) int {
	stop := min(len(s), i+maxLink)
	mid := strings.Index(s[i:stop], "](")
	if mid < 0 {
		return 0
	}
	depth := 1
	for j := i + mid + 2; j < stop; j++ {
		switch s[j] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return j + 1
			}
		}
	}
	return 0
}

func link(s string, i int, b *strings.Builder) int {
	close := strings.IndexByte(s[i:min(len(s), i+maxLink)], ']')
	if close < 0 {
		return 0
	}
	text := s[i+1 : i+close]
	if rest, ok := strings.CutPrefix(text, "name="); ok { // the speaker mark of HackMD
		b.WriteString(rest + ":")
		return close + 1
	}
	if i+close+1 < len(s) && s[i+close+1] == '(' {
		if end := linkEnd(s, i); end > 0 {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(text, "*", ""), "`", ""))
			return end - i
		}
	}
	return 0
}

// tag drops an HTML tag and keeps an autolink's target.
func tag(s string, i int, b *strings.Builder) int {
	if i+1 == len(s) || !IsWordByte(s[i+1]) && s[i+1] != '/' && s[i+1] != '!' {
		return 0
	}
	end := strings.IndexByte(s[i:min(len(s), i+maxLink)], '>')
	if end < 0 {
		return 0
	}
	inner := s[i+1 : i+end]
	if strings.Contains(inner, "://") && !strings.ContainsAny(inner, ` "`) {
		b.WriteString(inner)
	}
	return end + 1
}

// IsWordByte reports whether c may stand within a word; every byte beyond ASCII may.
func IsWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// Tidy makes one space of every run of white space and straightens apostrophes.
func Tidy(s string) string {
	s = strings.ReplaceAll(s, "’", "'")
	return strings.Join(strings.Fields(s), " ")
}
