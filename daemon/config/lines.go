package config

import (
	"fmt"
	"strconv"
	"strings"
)

// maxNesting is deeper than any key of headsup. The TOML reader needs 700 bytes of
// memory for each bracket, so depth is looked at before it sees the file.
const maxNesting = 16

// lineIndex finds the line of every key. The TOML reader knows them but does not tell,
// and one fault at a time is not enough. The index reads keys, headers, strings and
// brackets and nothing else; what the TOML reader refuses may be indexed wrongly, which
// does no harm because then there is nothing to look up.
type lineIndex struct {
	text  string
	pos   int
	line  int
	depth int
	lines map[string]int
	count map[string]int // elements of each array of tables
}

// indexLines returns the line of every key path and an error if the nesting is hostile.
func indexLines(text string) (map[string]int, error) {
	x := &lineIndex{text: text, line: 1, lines: map[string]int{}, count: map[string]int{}}
	prefix := ""
	for x.pos < len(x.text) {
		x.blank(true)
		switch c := x.peek(); {
		case c == 0:
			x.pos++
		case c == '[':
			prefix = x.header()
		default:
			x.pair(prefix)
		}
		if x.depth > maxNesting {
			return nil, fmt.Errorf("line %d: keys or lists within others, deeper than %d", x.line, maxNesting)
		}
	}
	return x.lines, nil
}

func (x *lineIndex) peek() byte {
	if x.pos < len(x.text) {
		return x.text[x.pos]
	}
	return 0
}

// blank skips spaces and comments, and ends of lines if asked.
func (x *lineIndex) blank(lines bool) {
	for x.pos < len(x.text) {
		switch x.text[x.pos] {
		case ' ', '\t', '\r':
		case '\n':
			if !lines {
				return
			}
			x.line++
		case '#':
			x.pos += len(x.text[x.pos:]) - len(strings.TrimLeft(x.text[x.pos:], "#"))
			if i := strings.IndexByte(x.text[x.pos:], '\n'); i >= 0 {
				x.pos += i
			} else {
				x.pos = len(x.text)
			}
			continue
		default:
			return
		}
		x.pos++
	}
}

// header reads [a.b] or [[a.b]] and returns the path of what follows.
func (x *lineIndex) header() string {
	line := x.line
	x.pos++
	array := x.peek() == '['
	if array {
		x.pos++
	}
	parts := x.key()
	for x.peek() == ']' {
		x.pos++
	}
	path := ""
	for i, part := range parts {
		path = join(path, part)
		if i == len(parts)-1 && array {
			path = x.element(path)
		} else if n := x.count[path]; n > 0 {
			path += "[" + strconv.Itoa(n-1) + "]"
		}
	}
	x.mark(path, line)
	return path
}

func (x *lineIndex) element(path string) string {
	n := x.count[path]
	x.count[path] = n + 1
	return path + "[" + strconv.Itoa(n) + "]"
}

func (x *lineIndex) mark(path string, line int) {
	if _, ok := x.lines[path]; !ok {
		x.lines[path] = line
	}
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}

// pair reads key = value.
func (x *lineIndex) pair(prefix string) {
	line, start := x.line, x.pos
	path := prefix
	for _, part := range x.key() {
		path = join(path, part)
		x.mark(path, line)
	}
	if x.peek() == '=' {
		x.pos++
		x.value(path)
	}
	if x.pos == start {
		x.pos++
	}
}

// key reads a key with its dots.
func (x *lineIndex) key() []string {
	var parts []string
	for {
		x.blank(false)
		start := x.pos
		var part string
		if c := x.peek(); c == '"' || c == '\'' {
			part = unquote(x.quoted())
		} else {
			for x.pos < len(x.text) && !strings.ContainsRune(" \t\r\n.=[]{}#,\"'", rune(x.text[x.pos])) {
				x.pos++
			}
			part = x.text[start:x.pos]
		}
		if x.pos == start {
			return parts
		}
		parts = append(parts, quoteKey(part))
		x.blank(false)
		if x.peek() != '.' {
			return parts
		}
		x.pos++
		if len(parts) > maxNesting { // no key of headsup has as many dots
			x.depth = len(parts)
			x.pos = len(x.text)
			return parts
		}
	}
}

func unquote(s string) string {
	if u, err := strconv.Unquote(s); err == nil && s[0] == '"' {
		return u
	}
	return strings.Trim(s, `"'`)
}

// value skips a value and marks what is inside of it.
func (x *lineIndex) value(path string) {
	x.blank(false)
	x.mark(path, x.line)
	switch x.peek() {
	case '"', '\'':
		x.quoted()
	case '[':
		x.inside(']', func(i int) { x.value(path + "[" + strconv.Itoa(i) + "]") })
	case '{':
		x.inside('}', func(int) { x.pair(path) })
	default:
		for x.pos < len(x.text) && !strings.ContainsRune(",]}#\n", rune(x.text[x.pos])) {
			x.pos++
		}
	}
}

// inside walks over a list or an inline table. Deeper than allowed it does not go; the
// depth is kept for the caller to see.
func (x *lineIndex) inside(end byte, item func(i int)) {
	x.pos++
	x.depth++
	if x.depth > maxNesting {
		x.pos = len(x.text)
		return
	}
	for i := 0; x.pos < len(x.text); i++ {
		x.blank(true)
		if x.peek() == end {
			x.pos++
			break
		}
		start := x.pos
		item(i)
		x.blank(true)
		if x.peek() == ',' {
			x.pos++
		}
		if x.pos == start {
			x.pos++
		}
	}
	if x.depth <= maxNesting {
		x.depth--
	}
}

// quoted skips a string of any of the four kinds and returns it with its quotes.
func (x *lineIndex) quoted() string {
	start, q := x.pos, x.text[x.pos:x.pos+1]
	long := strings.HasPrefix(x.text[x.pos:], q+q+q)
	if long {
		x.pos += 3
	} else {
		x.pos++
	}
	for x.pos < len(x.text) {
		switch c := x.text[x.pos]; {
		case c == '\\' && q == `"`:
			if x.pos++; x.peek() == '\n' {
				x.line++
			}
		case c == '\n' && !long:
			return x.text[start:x.pos]
		case c == '\n':
			x.line++
		case c == q[0] && !long:
			x.pos++
			return x.text[start:x.pos]
		case c == q[0] && strings.HasPrefix(x.text[x.pos:], q+q+q):
			x.pos += 3
			for x.peek() == q[0] { // up to two quotes may stand right before the end
				x.pos++
			}
			return x.text[start:x.pos]
		}
		x.pos++
	}
	x.pos = len(x.text)
	return x.text[start:]
}
