package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	File    string
	Line    int    // 0: about something that is not there
	Key     string // "manager[0].zone"; indices count from 0 as in the file's order
	Value   string // as written, shortened; empty if there is none
	Problem string // what is wrong
	Allowed string // what would be right
	Hint    string // what was probably meant, or how to mend it
}

// String is the fault on one line, without its hint.
func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:", f.Line)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
	}
	b.WriteString(f.Problem)
	if f.Value != "" {
		fmt.Fprintf(&b, " (got %s)", f.Value)
	}
	if f.Allowed != "" {
		b.WriteString("; allowed: " + f.Allowed)
	}
	return b.String()
}

// Faults is every fault of one configuration, in the order of the file.
type Faults []Fault

// Error lists all of them, a line each, hints below.
func (fs Faults) Error() string {
	var b strings.Builder
	for i, f := range fs {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.String())
		if f.Hint != "" {
			b.WriteString("\n    hint: " + f.Hint)
		}
	}
	return b.String()
}

// order sorts by line, faults without a line last, and keeps the order otherwise.
func (fs Faults) order() {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		switch {
		case a.Line == b.Line:
			return 0
		case a.Line == 0:
			return 1
		case b.Line == 0:
			return -1
		}
		return a.Line - b.Line
	})
}
