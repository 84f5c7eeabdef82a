package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxFile is far more than a configuration needs.
const maxFile = 256 << 10

// maxFaults is more than anybody mends at once.
const maxFaults = 200

// Options is what the reading of a configuration depends on beside the file.
type Options struct {
	File string         // where the file lies; relative paths in it start at its folder
	Home string         // what "~" is
	Zone *time.Location // of this system, with its IANA name; nil: the file must say it
}

func (o Options) dir() string { return filepath.Dir(o.File) }

// Load reads the file that the options name. The error is of type [Faults] if the file
// could be read and something in it is wrong.
func Load(opt Options) (Config, error) {
	data, err := readFile(opt.File)
	if err != nil {
		return Config{}, err
	}
	c, faults := Parse(data, opt)
	if len(faults) > 0 {
		return Config{}, faults
	}
	return c, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not be waited for
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read configuration: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read configuration: %s is not a file", path)
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("read configuration: others can write to %s (mode %04o), and it names programs that headsup runs; `chmod go-w %s`", path, info.Mode().Perm(), path)
	case owner(info) != os.Getuid() && owner(info) != 0:
		return nil, fmt.Errorf("read configuration: %s belongs to somebody else", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}

// Parse reads a configuration from memory. Without faults it is complete.
func Parse(data []byte, opt Options) (Config, Faults) {
	one := func(line int, problem, hint string) (Config, Faults) {
		return Config{}, Faults{{File: opt.File, Line: line, Problem: visible(problem), Hint: hint}}
	}
	switch {
	case len(data) > maxFile:
		return one(0, fmt.Sprintf("the file is larger than %d kB", maxFile>>10), "is this the right file?")
	case !utf8.Valid(data):
		return one(0, "the file is not UTF-8 text", "save it as UTF-8")
	}
	lines, err := indexLines(string(data))
	if err != nil {
		return one(0, err.Error(), "")
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(data, &tree); err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return one(pe.Position.Line, "is not TOML: "+pe.Message, "text needs quotes; a section is [name], one of several [[name]]")
		}
		return one(0, "is not TOML: "+err.Error(), "")
	}
	w := &walker{lines: lines, opt: opt}
	c := w.walk(tree)
	w.join(c.Validate())
	w.place()
	return c, w.faults
}

// join adds what is wrong with the whole, unless the same was said before: a key that
// was written wrongly, or under a wrong name, is not missing.
func (w *walker) join(more Faults) {
	said := w.faults
	for _, f := range more[:min(len(more), maxFaults)] {
		known := slices.ContainsFunc(w.faults, func(g Fault) bool { return g.Key == f.Key && g.Problem == f.Problem })
		if !known && (f.Problem != missing || !explains(said, f.Key)) {
			w.faults = append(w.faults, f)
		}
	}
}

// explains reports whether a fault tells why there is no value at key.
func explains(said Faults, key string) bool {
	section, last := cutLast(key)
	return slices.ContainsFunc(said, func(f Fault) bool {
		return f.Key == key || strings.HasPrefix(f.Key, key+"[") || strings.HasPrefix(f.Key, key+".") ||
			strings.HasPrefix(f.Key, section+".") && f.Hint == fmt.Sprintf("did you mean %q?", last)
	})
}

// place gives every fault its file and line. A key that is missing has the line of its
// section.
func (w *walker) place() {
	for i := range w.faults {
		f := &w.faults[i]
		f.File = w.opt.File
		f.Problem, f.Hint = visible(f.Problem), visible(f.Hint)
		for path := f.Key; path != "" && f.Line == 0; path = parentPath(path) {
			f.Line = w.lines[path]
		}
	}
	w.faults.order()
}

// parentPath cuts the last index or the last key off a path.
func parentPath(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// Schema lists every key that a configuration may have, without indices, in the order
// in which they are read.
func Schema() []string {
	w := &walker{schema: map[string]bool{}, opt: Options{File: "/"}}
	w.walk(map[string]any{})
	return w.keys
}
