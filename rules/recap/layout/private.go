package layout

import "strings"

// HidePrivate empties the lines that never leave: "## Private" sections to the next
// Heading of the same or a higher level, "%% ... %%" comments, and armoured encrypted
// blocks. An unclosed comment or block hides the rest: of two mistakes this is the
// harmless one. The lines keep their numbers.
func HidePrivate(lines []string) []Problem {
	var problems []Problem
	level, open, sealed := 0, 0, 0
	for i, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case sealed > 0:
			if strings.HasPrefix(t, "-----END ") {
				sealed = 0
			}
			lines[i] = ""
			continue
		case open == 0 && armour(t):
			sealed = i + 1
			problems = append(problems, Problem{i + 1, "an encrypted part starts here; it is left out"})
			lines[i] = ""
			continue
		}
		was := open
		lines[i], open = withoutComments(l, open, i+1)
		if was > 0 {
			continue
		}
		if n := headingLevel(t); n > 0 {
			switch {
			case level > 0 && n > level:
			case privateTitle(t[n:]):
				level = n
			default:
				level = 0
			}
		}
		if level > 0 {
			lines[i] = ""
		}
	}
	if open > 0 {
		problems = append(problems, Problem{open, `a private comment starts with "%%" and is never closed; all that follows is left out`})
	}
	if sealed > 0 {
		problems = append(problems, Problem{sealed, "the encrypted part has no end line; all that follows is left out"})
	}
	return problems
}

func armour(t string) bool {
	return strings.HasPrefix(t, "-----BEGIN PGP MESSAGE") || strings.HasPrefix(t, "-----BEGIN PKCS7") || strings.HasPrefix(t, "-----BEGIN CMS") ||
		strings.HasPrefix(t, "-----BEGIN AGE ENCRYPTED FILE")
}

func privateTitle(t string) bool {
	t = strings.ToLower(strings.Trim(t, "# :*_\t"))
	switch t {
	case "private", "private notes", "private note", "confidential", "for me", "not for sharing":
		return true
	}
	return strings.HasPrefix(t, "private:") || strings.HasPrefix(t, "private (") || strings.HasPrefix(t, "private -")
}

// withoutComments cuts "%% ... %%" out of a line. open is the line on which an open
// comment began, 0 outside of one.
func withoutComments(l string, open, no int) (string, int) {
	if open == 0 && !strings.Contains(l, "%%") {
		return l, 0
	}
	var b strings.Builder
	for {
		i := strings.Index(l, "%%")
		if open == 0 {
			if i < 0 {
				b.WriteString(l)
				return b.String(), 0
			}
			b.WriteString(l[:i])
			open = no
		} else {
			if i < 0 {
				return b.String(), open
			}
			open = 0
		}
		l = l[i+2:]
	}
}
