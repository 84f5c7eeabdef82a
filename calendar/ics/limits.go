package ics

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"headsup/calendar"
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
	Total      int   // of all events within one window
	Steps      int   // of the recurrence engine, for one window over the whole file
	Properties int   // of one component
}

// DefaultLimits let any calendar pass that a person could fill.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 10 << 20, Line: 64 << 10, Depth: 8, Entries: 20_000, Components: 200_000,
		Attendees: 2_000, Dates: 20_000, Instances: 50_000, Total: 250_000, Steps: 2_500_000, Properties: 25_000,
	}
}

// SyntaxError is a fault of the file itself, at a line counted from 1.
type SyntaxError struct {
	Line  int
	Text  string
	cause error
}

// Unwrap is [calendar.ErrDoubtful] if the text is something else than was asked for.
func (e *SyntaxError) Unwrap() error { return e.cause }

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return "read calendar: " + e.Text
	}
	return fmt.Sprintf("read calendar: line %d: %s", e.Line, e.Text)
}

func syntax(line int, format string, args ...any) error {
	return &SyntaxError{Line: line, Text: fmt.Sprintf(format, args...)}
}

// doubtful is a syntax error of an answer that is not a calendar at all.
func doubtful(format string, args ...any) error {
	return &SyntaxError{Line: 1, Text: fmt.Sprintf(format, args...), cause: calendar.ErrDoubtful}
}

// slurp reads all of r as one string, which every value then shares. It refuses a file
// above the limit, and one with a line above the limit, having read no more than that.
func slurp(r io.Reader, lim Limits) (string, error) {
	var chunks [][]byte
	var total int64
	line, column := 1, 0
	for {
		chunk := make([]byte, chunkSize(r, lim))
		n, err := io.ReadFull(r, chunk)
		chunk = chunk[:n]
		if total += int64(n); total > lim.Bytes {
			return "", tooLarge(lim)
		}
		if line, column = measure(chunk, line, column, lim.Line); column > lim.Line {
			return "", tooLong(line, lim)
		}
		chunks = append(chunks, chunk)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read calendar: %w", err)
		}
	}
	var b strings.Builder
	b.Grow(int(total))
	for _, c := range chunks {
		b.Write(c)
	}
	return b.String(), nil
}

// chunkSize is the rest of a reader that knows its length, else a megabyte.
func chunkSize(r io.Reader, lim Limits) int64 {
	const usual = 1 << 20
	if s, ok := r.(interface{ Len() int }); ok {
		return min(int64(s.Len()), lim.Bytes) + 1
	}
	return min(usual, lim.Bytes+1)
}

// measure counts lines. It stops at a line that is longer than the limit and says so by
// the column.
func measure(chunk []byte, line, column, limit int) (int, int) {
	for {
		i := bytes.IndexByte(chunk, '\n')
		if i < 0 {
			return line, column + len(chunk)
		}
		if column+i > limit+1 {
			return line, column + i
		}
		line, column, chunk = line+1, 0, chunk[i+1:]
	}
}

func tooLong(line int, lim Limits) error {
	return syntax(line, "the line is longer than %d kB", lim.Line>>10)
}

func tooLarge(lim Limits) error {
	return syntax(0, "the file is larger than %d MB; export a shorter range", lim.Bytes>>20)
}
