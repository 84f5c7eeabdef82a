package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The rules of the house that a machine can see.

// goPackage is what `go list -json` says of one package.
type goPackage struct {
	ImportPath   string
	Dir          string
	Doc          string
	Standard     bool
	Module       *struct{ Path string }
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
}

// room is the path inside of the module: "mail/letter".
func (p goPackage) room() string { return strings.TrimPrefix(p.ImportPath, "headsup/") }

func (p goPackage) files(withTests bool) []string {
	list := p.GoFiles
	if withTests {
		list = slices.Concat(list, p.TestGoFiles, p.XTestGoFiles)
	}
	var out []string
	for _, f := range list {
		out = append(out, filepath.Join(p.Dir, f))
	}
	return out
}

// listing runs `go list` once for all tests of this file.
var listing = sync.OnceValues(func() ([]goPackage, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Standard,Module,GoFiles,TestGoFiles,XTestGoFiles,Imports", "headsup/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var list []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
})

func house(t *testing.T) []goPackage {
	t.Helper()
	list, err := listing()
	if err != nil || len(list) < 10 {
		t.Fatalf("go list: %d packages, %v", len(list), err)
	}
	return list
}

// rule is one row of the table in docs/rooms.md.
type rule struct {
	who  []string // "mail/*", "rules/window"
	not  []string // "calendar/timeline"
	text string   // what it may import
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	extOnly = regexp.MustCompile(`ext \(([^)]*)\)`)
)

// modulesOf are the modules that a row names by what they are for.
var modulesOf = map[string]string{
	"Markdown reader only":     "github.com/yuin/goldmark",
	"expression language only": "github.com/expr-lang/expr",
}

func readRooms(t *testing.T) []rule {
	t.Helper()
	b, err := os.ReadFile("../../docs/rooms.md")
	if err != nil {
		t.Fatal(err)
	}
	var rules []rule
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		who, not, _ := strings.Cut(cells[1], "(") // "(not `timeline`)", or a remark
		r := rule{text: strings.TrimSpace(cells[2])}
		for _, m := range quoted.FindAllStringSubmatch(who, -1) {
			r.who = append(r.who, m[1])
		}
		for _, m := range quoted.FindAllStringSubmatch(strings.TrimPrefix(not, "not "), -1) {
			r.not = append(r.not, path.Join(path.Dir(r.who[0]), m[1]))
		}
		rules = append(rules, r)
	}
	if len(rules) < 10 {
		t.Fatalf("docs/rooms.md has %d rows", len(rules))
	}
	return rules
}

// ruleFor finds the row of a room; an exact name beats a pattern.
func ruleFor(rules []rule, room string) (rule, bool) {
	for _, exact := range []bool{true, false} {
		for _, r := range rules {
			for _, who := range r.who {
				if ok, _ := path.Match(who, room); ok && (who == room) == exact && !slices.Contains(r.not, room) {
					return r, true
				}
			}
		}
	}
	return rule{}, false
}

// allows reports whether a row allows an import.
func (r rule) allows(imported string) bool {
	room, own := strings.CutPrefix(imported, "headsup/")
	std := !strings.Contains(strings.Split(imported, "/")[0], ".")
	switch {
	case strings.HasPrefix(r.text, "everything but"):
		return !own || !strings.HasPrefix(room, "cmd")
	case r.text == "everything", std && !own:
		return true
	case !own:
		return r.allowsModule(imported)
	}
	adapter := (strings.HasPrefix(room, "mail/") || strings.HasPrefix(room, "calendar/")) && !strings.HasPrefix(room, "calendar/timeline")
	if strings.Contains(r.text, "adapters") && adapter {
		return true
	}
	if strings.Contains(r.text, "roots") && slices.Contains([]string{"mail", "calendar", "rules"}, room) {
		return true
	}
	for _, m := range quoted.FindAllStringSubmatch(r.text, -1) {
		if ok, _ := path.Match(m[1], room); ok {
			return true
		}
	}
	return false
}

func (r rule) allowsModule(imported string) bool {
	m := extOnly.FindStringSubmatch(r.text)
	if m == nil {
		return strings.Contains(r.text, "ext")
	}
	module := modulesOf[m[1]]
	if q := quoted.FindStringSubmatch(m[1]); q != nil {
		module = q[1]
	}
	return module != "" && (imported == module || strings.HasPrefix(imported, module+"/"))
}

// TestImportsFollowTheTable compares what every package imports with docs/rooms.md.
func TestImportsFollowTheTable(t *testing.T) {
	rules := readRooms(t)
	for _, p := range house(t) {
		r, ok := ruleFor(rules, p.room())
		if !ok {
			t.Errorf("%s has no row in docs/rooms.md", p.room())
			continue
		}
		for _, imported := range p.Imports {
			if !r.allows(imported) {
				t.Errorf("%s imports %s; docs/rooms.md allows %s", p.room(), imported, r.text)
			}
		}
	}
}

// TestTableItself: the reading of the table forbids what it must.
func TestTableItself(t *testing.T) {
	rules := readRooms(t)
	for _, c := range []struct {
		room, imported string
		want           bool
	}{
		{"mail", "strings", true},
		{"mail", "github.com/emersion/go-message", false},
		{"mail", "headsup/rules", false},
		{"mail/letter", "github.com/emersion/go-message", true},
		{"mail/letter", "headsup/rules", false},
		{"mail/letter", "headsup/daemon/ledger", false},
		{"calendar/timeline", "headsup/rules", true},
		{"calendar/timeline", "github.com/rickar/cal/v2", false},
		{"calendar/ics", "headsup/rules", false},
		{"rules/window", "headsup/rules/rhythm", true},
		{"rules/window", "headsup/rules/recap", false},
		{"rules/policy", "github.com/expr-lang/expr/vm", true},
		{"rules/policy", "github.com/yuin/goldmark", false},
		{"daemon/outbox", "headsup/daemon/store", false},
		{"daemon/outbox", "headsup/daemon/ledger", true},
		{"daemon/control", "headsup/daemon/store", false},
		{"daemon/config", "headsup/mail/submit", true},
		{"daemon", "headsup/daemon/store", true},
		{"daemon", "headsup/cmd/headsup", false},
		{"cmd/headsup", "headsup/daemon", true},
	} {
		r, ok := ruleFor(rules, c.room)
		if !ok {
			t.Errorf("%s has no row", c.room)
		} else if got := r.allows(c.imported); got != c.want {
			t.Errorf("%s imports %s: allowed %t, want %t (%s)", c.room, c.imported, got, c.want, r.text)
		}
	}
}

// TestFolders: five top-level code folders and no others.
func TestFolders(t *testing.T) {
	for _, p := range house(t) {
		if top, _, _ := strings.Cut(p.room(), "/"); !slices.Contains([]string{"cmd", "daemon", "calendar", "mail", "rules"}, top) {
			t.Errorf("%s is in none of the five folders", p.room())
		}
	}
}

// TestPackageComments: every room tells its story.
func TestPackageComments(t *testing.T) {
	for _, p := range house(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.room())
		}
	}
}

// pure reports whether a room decides: no clock, no input, no output of its own.
func pure(room string) bool {
	return room == "rules" || strings.HasPrefix(room, "rules/") || strings.HasPrefix(room, "calendar/timeline")
}

// impure lists what a room that decides may not import.
var impure = []string{"os", "os/exec", "net", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "database/sql", "syscall", "io/ioutil", "testing"}

func TestDecisionsArePure(t *testing.T) {
	for _, p := range house(t) {
		if !pure(p.room()) {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s and is to be pure", p.room(), imported)
			}
		}
		eachCall(t, p.files(false), func(at, name string, _ *ast.CallExpr) {
			switch name {
			case "time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick", "time.Sleep":
				t.Errorf("%s: %s: the time is an argument", at, name)
			}
		})
	}
}

// TestForbidden: what the house does not do.
func TestForbidden(t *testing.T) {
	skipVerify := "InsecureSkip" + "Verify"
	for _, p := range house(t) {
		if slices.Contains(p.Imports, "net/mail") {
			t.Errorf("%s imports net/mail outside of its tests", p.room())
		}
		for _, file := range p.files(true) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), skipVerify) {
				t.Errorf("%s mentions %s", file, skipVerify)
			}
		}
		eachCall(t, p.files(true), func(at, name string, _ *ast.CallExpr) {
			if name == "time.Sleep" && strings.Contains(at, "_test.go") {
				t.Errorf("%s: a test does not sleep", at)
			}
			if name == "os.Exit" && !strings.Contains(at, "_test.go") && path.Base(strings.Split(at, ":")[0]) != "main.go" {
				t.Errorf("%s: main exits, nobody else", at)
			}
		})
	}
}

// TestLogLines: a log message is constant and its keys are from one list.
func TestLogLines(t *testing.T) {
	keys, calls := logKeys(), 0
	if !slices.IsSorted(keys) {
		t.Error("the list of keys is not sorted")
	}
	for _, p := range house(t) {
		if !slices.Contains(p.Imports, "log/slog") {
			continue
		}
		eachCall(t, p.files(false), func(at, name string, call *ast.CallExpr) {
			args := call.Args
			switch name[strings.LastIndexByte(name, '.')+1:] {
			case "DebugContext", "InfoContext", "WarnContext", "ErrorContext":
				args = args[1:]
			case "Debug", "Info", "Warn", "Error":
			default:
				return
			}
			if len(args) == 0 || !strings.Contains(strings.ToLower(name), "log") {
				return // somebody else's Error()
			}
			calls++
			if _, ok := literal(args[0]); !ok {
				t.Errorf("%s: the message of a log line is a constant", at)
			}
			for i := 1; i < len(args); i += 2 {
				if key, ok := literal(args[i]); !ok || !slices.Contains(keys, key) {
					t.Errorf("%s: log key %q is not in the list of cmd/headsup/log.go", at, key)
				}
			}
		})
	}
	if calls < 3 {
		t.Errorf("only %d log lines were found; does the test still look at them?", calls)
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// eachCall calls fn for every call of a selector in the files: "time.Now", "d.log.Warn".
func eachCall(t *testing.T, files []string, fn func(at, name string, call *ast.CallExpr)) {
	t.Helper()
	set := token.NewFileSet()
	for _, file := range files {
		f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if name := selector(call.Fun); strings.Contains(name, ".") {
					fn(set.Position(call.Pos()).String(), name, call)
				}
			}
			return true
		})
	}
}

func selector(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return selector(e.X) + "." + e.Sel.Name
	}
	return ""
}
