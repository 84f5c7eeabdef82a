package layout

import (
	"fmt"
	"strings"

	"headsup/rules/recap/prose"
)

// Limits of the front matter. It is read as plain "key: value" lines and "- value"
// lists; anchors, nesting and types are not, so nothing in it can grow.
const (
	maxFrontLines = 200
	maxFrontValue = 4096
	maxFrontList  = 200
)

// Front is what stands between "---" or "+++" lines at the head of a note.
type Front struct {
	Values map[string][]string
	Lines  map[string]int
	End    int // lines used, 0 if there is no front matter
}

// One is the first value of a key, "" if it has none.
func (f Front) One(key string) string {
	if v := f.Values[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// ReadFront reads the front matter of lines. One that never ends is none: the lines are
// text, and the writer is told.
func ReadFront(lines []string) (Front, []Problem) {
	f := Front{Values: map[string][]string{}, Lines: map[string]int{}}
	if len(lines) == 0 {
		return f, nil
	}
	fence := strings.TrimRight(lines[0], " \t")
	if fence != "---" && fence != "+++" {
		return f, nil
	}
	end := 0
	for i := 1; i < len(lines) && i <= maxFrontLines; i++ {
		if t := strings.TrimRight(lines[i], " \t"); t == fence || fence == "---" && t == "..." {
			end = i
			break
		}
	}
	if end == 0 {
		if !looksLikeKey(lines, 1) {
			return f, nil // a rule at the head of the text
		}
		return f, []Problem{{1, fmt.Sprintf("the front matter that starts with %q has no closing %q within %d lines; it was read as text", fence, fence, maxFrontLines)}}
	}
	f.End = end + 1
	return f, f.body(lines[1:end], fence == "+++")
}

func looksLikeKey(lines []string, i int) bool {
	if i >= len(lines) {
		return false
	}
	k, _, ok := strings.Cut(lines[i], ":")
	return ok && k != "" && !strings.ContainsAny(k, " \t")
}

func (f *Front) body(lines []string, toml bool) []Problem {
	var problems []Problem
	key, block := "", false
	for i, l := range lines {
		no := i + 2
		t := strings.TrimSpace(l)
		if t == "" || t[0] == '#' {
			continue
		}
		if item, ok := strings.CutPrefix(t, "- "); ok && key != "" && !toml {
			f.append(key, item)
			continue
		}
		if indented := l[0] == ' ' || l[0] == '\t'; indented {
			if block && key != "" {
				f.append(key, t)
			}
			continue // nesting is not read
		}
		sep := ":"
		if toml {
			sep = "="
		}
		k, v, ok := strings.Cut(t, sep)
		if !ok {
			problems = append(problems, Problem{no, fmt.Sprintf("front matter: %q is not \"key%s value\"; the line is ignored", Short(t), sep)})
			continue
		}
		key = strings.ToLower(strings.Trim(strings.TrimSpace(k), `"'`))
		if _, twice := f.Values[key]; twice {
			problems = append(problems, Problem{no, fmt.Sprintf("front matter: %q is given twice; the first one counts", Short(key))})
			key = ""
			continue
		}
		v = strings.TrimSpace(v)
		if len(v) > maxFrontValue {
			problems = append(problems, Problem{no, fmt.Sprintf("front matter: the value of %q is longer than %d bytes and is ignored", Short(key), maxFrontValue)})
			v = ""
		}
		f.Lines[key] = no
		f.Values[key] = nil
		block = v == "|" || v == ">"
		if !block {
			f.inline(key, v)
		}
	}
	return problems
}

// inline reads "value", "'value'" or "[a, b]".
func (f *Front) inline(key, v string) {
	if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
		for _, p := range strings.Split(v[1:len(v)-1], ",") {
			f.append(key, p)
		}
		return
	}
	f.append(key, v)
}

func (f *Front) append(key, v string) {
	v = strings.TrimSpace(v)
	if len(v) > 1 && (v[0] == '"' || v[0] == '\'') {
		if end := strings.LastIndexByte(v, v[0]); end > 0 {
			v = v[1:end]
		}
	} else if c := strings.Index(v, " #"); c >= 0 {
		v = strings.TrimSpace(v[:c])
	}
	if v != "" && v != "null" && v != "~" && len(f.Values[key]) < maxFrontList {
		f.Values[key] = append(f.Values[key], prose.Tidy(v))
	}
}

// Short cuts a text that is shown in a message.
func Short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
