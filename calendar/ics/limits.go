package ics

import (
	"fmt"
	"io"
	"strings"
)

// Limits bound what a file may ask for. They hold before anything is interpreted.
type Limits struct {
	Bytes      int64 // of the whole file
	Line       int   // bytes of one physical line; an unfolded line may have as many
	Depth      int   // components within components
	Entries    int   // events, to-dos, journals, free/busy answers
	Components int   // of every kind, time zones and alarms included
	Attendees  int   // of one event
	Dates      int   // RDATE and EXDATE values of one event
	Instances  int   // of one event within one window
	Steps      int   // of the recurrence engine, for one window over the whole file
}

// DefaultLimits let any calendar pass that a person could fill.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 10 << 20, Line: 64 << 10, Depth: 8, Entries: 20_000, Components: 200_000,
		Attendees: 2_000, Dates: 20_000, Instances: 10_000, Steps: 2_500_000,
	}
}

// SyntaxError is a fault of the file itself, at a line counted from 1.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return "read calendar: " + e.Text
	}
	return fmt.Sprintf("read calendar: line %d: %s", e.Line, e.Text)
}

func syntax(line int, format string, args ...any) error {
	return &SyntaxError{Line: line, Text: fmt.Sprintf(format, args...)}
}

// slurp reads all of r as one string, which every value then shares, or refuses a
// file above the limit having read no more than that.
func slurp(r io.Reader, lim Limits) (string, error) {
	var b strings.Builder
	if s, ok := r.(interface{ Len() int }); ok && int64(s.Len()) > lim.Bytes {
		return "", tooLarge(lim)
	} else if ok {
		b.Grow(s.Len())
	}
	n, err := io.Copy(&b, io.LimitReader(r, lim.Bytes+1))
	if err != nil {
		return "", fmt.Errorf("read calendar: %w", err)
	}
	if n > lim.Bytes {
		return "", tooLarge(lim)
	}
	return b.String(), nil
}

func tooLarge(lim Limits) error {
	return syntax(0, "the file is larger than %d MB; export a shorter range", lim.Bytes>>20)
}
