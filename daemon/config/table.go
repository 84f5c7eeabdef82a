package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxElements is more than any list of a configuration has.
const maxElements = 1000

// walker lays a TOML tree over a configuration and keeps every fault that it meets.
type walker struct {
	lines  map[string]int
	faults Faults
	opt    Options
	schema map[string]bool // not nil: every key is asked for once, nothing is read
	keys   []string        // the schema in its order
}

// table is one TOML table on its way into the configuration. Asking for a key makes
// it known; what nobody asked for by [table.end] is a fault.
type table struct {
	w     *walker
	path  string // "manager[0]", "" for the file as a whole
	tree  map[string]any
	known []string
	hush  bool // values are not shown: one of them may be a secret
}

// at is the path of a key.
func (t *table) at(key string) string {
	if t.path == "" {
		return key
	}
	return t.path + "." + key
}

// take asks for a key.
func (t *table) take(key string) (any, bool) {
	t.known = append(t.known, key)
	if path := plainPath(t.at(key)); t.w.schema != nil && !t.w.schema[path] {
		t.w.schema[path] = true
		t.w.keys = append(t.w.keys, path)
	}
	v, ok := t.tree[key]
	return v, ok
}

// has reports whether a key was written.
func (t *table) has(key string) bool { _, ok := t.tree[key]; return ok }

// fault keeps a fault about a key; value nil: there is nothing to show.
func (t *table) fault(key string, value any, problem, allowed, hint string) {
	if len(t.w.faults) >= maxFaults {
		return
	}
	if t.hush {
		value = nil
	}
	t.w.faults = append(t.w.faults, Fault{
		Key: t.at(key), Value: show(value), Problem: problem, Allowed: allowed, Hint: hint,
	})
}

// wrongType is the fault of a value that is not of the wanted type.
func (t *table) wrongType(key string, v any, want, example string) {
	t.fault(key, v, "is "+typeName(v)+", not "+want, example, "")
}

// table asks for a table below this one; if there is none, it is empty.
func (t *table) table(key string) *table {
	sub := &table{w: t.w, path: t.at(key), tree: map[string]any{}}
	v, ok := t.take(key)
	if !ok {
		return sub
	}
	tree, ok := v.(map[string]any)
	if !ok {
		t.wrongType(key, v, "a section", "["+plainPath(t.at(key))+"]")
		return sub
	}
	sub.tree = tree
	return sub
}

// tables asks for an array of tables.
func (t *table) tables(key string) []*table {
	v, ok := t.take(key)
	if t.w.schema != nil {
		return []*table{{w: t.w, path: t.at(key) + "[0]", tree: map[string]any{}}}
	}
	if !ok {
		return nil
	}
	trees, ok := treesOf(v)
	if !ok {
		t.wrongType(key, v, "a list of sections", "[["+key+"]]")
		return nil
	}
	if len(trees) > maxElements {
		t.fault(key, nil, fmt.Sprintf("has %d elements", len(trees)), fmt.Sprintf("at most %d", maxElements), "is this the right file?")
		trees = trees[:1]
	}
	var out []*table
	for i, tree := range trees {
		out = append(out, &table{w: t.w, path: t.at(key) + "[" + strconv.Itoa(i) + "]", tree: tree})
	}
	return out
}

func treesOf(v any) ([]map[string]any, bool) {
	switch v := v.(type) {
	case []map[string]any:
		return v, true
	case []any:
		var out []map[string]any
		for _, e := range v {
			tree, ok := e.(map[string]any)
			if !ok {
				return nil, false
			}
			out = append(out, tree)
		}
		return out, true
	}
	return nil, false
}

// end says which keys nobody asked for.
func (t *table) end() {
	var unknown []string
	for key := range t.tree {
		if !slices.Contains(t.known, key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	const enough = 20 // a file of another program has thousands
	for i, key := range unknown {
		if i == enough {
			t.fault(quoteKey(key), nil, fmt.Sprintf("and %d more keys that headsup does not know", len(unknown)-i), "", "is this the right file?")
			break
		}
		t.fault(quoteKey(key), nil, "is not a key that headsup knows", "", mendKey(key, t.path, t.known))
	}
}

// unused is a fault for every key that means nothing with the chosen kind.
func (t *table) unused(kind string, wanted []string, keys ...string) {
	if slices.Contains(wanted, kind) {
		return
	}
	for _, key := range keys {
		if t.has(key) {
			t.fault(key, nil, fmt.Sprintf("means nothing with kind = %q", kind), "",
				fmt.Sprintf("remove it, or set kind = %q", strings.Join(wanted, `" or "`)))
		}
	}
}

// plainPath is a path without indices: the name of a key in the schema.
func plainPath(path string) string {
	var b strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quoteKey makes a key from the file fit to be shown in a path.
func quoteKey(key string) string {
	for _, r := range key {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return shorten(strconv.QuoteToASCII(key))
		}
	}
	if key == "" {
		return `""`
	}
	return shorten(key)
}

// show is a value as a person wrote it, shortened, on one line.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return shorten(strconv.QuoteToASCII(v))
	case float64:
		if math.Trunc(v) == v && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case int64, bool:
		return fmt.Sprint(v)
	case time.Time:
		return showMoment(v)
	case map[string]any, []map[string]any, []any:
		return ""
	default:
		return shorten(fmt.Sprint(v))
	}
}

// showMoment is a TOML date or time as it was written, more or less. The TOML reader
// says by the name of the zone which of the four kinds it was.
func showMoment(t time.Time) string {
	switch t.Location().String() {
	case "time-local":
		return t.Format(time.TimeOnly)
	case "date-local":
		return t.Format(time.DateOnly)
	case "datetime-local":
		return t.Format(time.DateTime)
	}
	return t.Format(time.RFC3339)
}

// visible shows what other readers quote from the file without letting it act.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

func shorten(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case bool:
		return "true or false"
	case []any, []map[string]any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return "a date or time"
}
