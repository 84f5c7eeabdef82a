package layout

import (
	"strings"
)

// rule reports a thematic break or a setext underline.
func rule(t string) bool {
	c := t[0]
	if len(t) < 3 || c != '-' && c != '=' && c != '*' && c != '_' {
		return false
	}
	return strings.Trim(t, string(c)+" ") == ""
}

func headingLevel(t string) int {
	n := 0
	for n < len(t) && t[n] == '#' {
		n++
	}
	if n > 6 || n < len(t) && t[n] != ' ' && t[n] != '\t' {
		return 0
	}
	return n
}

// withoutArrow takes what only points off the start of a line: "=> Kim to call".
func withoutArrow(t string) string {
	for _, a := range [...]string{"=> ", "-> ", "--> ", "==> ", "⇒ ", "➡ ", "➡️ ", "👉 ", "» ", "➔ ", ":point_right: ", ":arrow_right: "} {
		if rest, ok := strings.CutPrefix(t, a); ok {
			return strings.TrimSpace(rest)
		}
	}
	return t
}

func indentOf(raw string) int {
	n := 0
	for _, c := range raw {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4 - n%4
		default:
			return n
		}
	}
	return n
}

// listMark returns the length of a list mark with its space, 0 if there is none.
func listMark(t string) (int, UnitKind) {
	for _, m := range [...]string{"- ", "* ", "+ ", "• ", "– ", "— ", "-\t", "*\t", "◦ ", "▪ ", "‣ ", "→ "} {
		if strings.HasPrefix(t, m) {
			return len(m), bullet
		}
	}
	if strings.HasPrefix(t, "-[ ]") || strings.HasPrefix(t, "-[x]") {
		return 1, bullet
	}
	if t == "-" || t == "*" || t == "•" {
		return len(t), bullet
	}
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	if n == 0 && len(t) > 2 && (t[0]|0x20) >= 'a' && (t[0]|0x20) <= 'z' && t[1] == ')' {
		n = 1
	}
	if n > 0 && n <= 3 && n+1 < len(t) && (t[n] == '.' || t[n] == ')') && (t[n+1] == ' ' || t[n+1] == '\t') {
		return n + 2, ordered
	}
	return 0, 0
}

func checkbox(t string) (byte, string) {
	if len(t) >= 3 && t[0] == '[' && t[2] == ']' {
		switch t[1] {
		case ' ', '_':
			return ' ', strings.TrimSpace(t[3:])
		case 'x', 'X', '-', '/':
			return 'x', strings.TrimSpace(t[3:])
		}
	}
	for _, m := range [...]string{"☐", "⬜", "🔲", "▢", "◻", "[] "} {
		if rest, ok := strings.CutPrefix(t, m); ok {
			return ' ', strings.TrimSpace(rest)
		}
	}
	for _, m := range [...]string{"☑", "☒", "✅", "✔", "✓"} {
		if rest, ok := strings.CutPrefix(t, m); ok {
			return 'x', strings.TrimSpace(rest)
		}
	}
	return 0, t
}

// labelled: a line that begins with one or two words and a colon says a thing of its own.
func labelled(t string) bool {
	label, rest, ok := strings.Cut(t, ": ")
	return ok && rest != "" && label != "" && len(label) < 24 && len(strings.Fields(label)) < 3 && label[0] >= 'A' && label[0] <= 'Z' && !strings.ContainsAny(label, ".,;(")
}

// unstamped takes the times away with which meeting assistants refer to their recording:
// "... free of charge (00:11:40)."
func unstamped(s string) string {
	for from := 0; ; {
		open := strings.IndexByte(s[from:], '(')
		if open < 0 {
			return s
		}
		open += from
		end := strings.IndexByte(s[open:], ')')
		if end < 0 {
			return s
		}
		if stamp := s[open+1 : open+end]; strings.Count(stamp, ":") == 2 {
			if _, ok := parseClock(stamp); ok {
				s = strings.TrimRight(s[:open], " ") + s[open+end+1:]
				from = 0
				continue
			}
		}
		from = open + 1
	}
}
