package ics

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"headsup/calendar"
)

// Limits bound what a file may ask for: in one place, and over the whole of it, since a
// thousand events that each stay below their own bound are a bomb as well.
type Limits struct {
	Bytes      int64 // of the whole file
	Line       int   // bytes of one physical line; an unfolded line may have as many
	Lines      int   // physical lines
	Depth      int   // components within components
	Entries    int   // events, to-dos, journals, free/busy answers
	Components int   // of every kind, time zones and alarms included
	Zones      int   // names of time zones
	Lookups    int   // of such names in the database of zones
	Properties int   // of one component
	Kept       int   // properties of all components that are read at all
	Attendees  int   // of one event
	Dates      int   // RDATE and EXDATE values of one event
	AllDates   int   // of all events, and periods of free/busy answers
	People     int   // attendees of all events
	Instances  int   // of one event within one window
	Total      int   // of all events within one window; see [Calendar.most]
	Steps      int   // of work for one window over the whole file
}

// DefaultLimits let any calendar pass that a person could fill.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 10 << 20, Line: 64 << 10, Lines: 600_000, Depth: 8, Entries: 20_000, Components: 200_000, Zones: 100, Lookups: 40,
		Properties: 25_000, Kept: 250_000, Attendees: 2_000, Dates: 20_000, AllDates: 60_000, People: 100_000,
		Instances: 50_000, Total: 250_000, Steps: 2_500_000,
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
	var text gathered
	if s, ok := r.(interface{ Len() int }); ok {
		text.known = true
		text.b.Grow(int(min(int64(s.Len()), lim.Bytes)))
	}
	line, column := 1, 0
	for {
		chunk := text.room()
		n, err := io.ReadFull(r, chunk)
		if int64(text.n+n) > lim.Bytes {
			return "", tooLarge(lim)
		}
		line, column = measure(chunk[:n], line, column, lim.Line)
		switch {
		case column > lim.Line:
			return "", tooLong(line, lim)
		case line > lim.Lines:
			return "", tooManyLines(lim)
		}
		text.took(chunk[:n])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return text.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read calendar: %w", err)
		}
	}
}

// gathered is a text that is being read. One whose length is known is written where it
// stays; of another the pieces are kept, since a buffer that grows copies itself again
// and again.
type gathered struct {
	known  bool
	b      strings.Builder
	chunk  []byte
	pieces [][]byte
	n      int
}

func (g *gathered) room() []byte {
	if g.chunk == nil || !g.known {
		g.chunk = make([]byte, 64<<10)
	}
	return g.chunk
}

func (g *gathered) took(piece []byte) {
	g.n += len(piece)
	if g.known {
		g.b.Write(piece)
	} else {
		g.pieces = append(g.pieces, piece)
	}
}

func (g *gathered) String() string {
	if !g.known {
		g.b.Grow(g.n)
		for _, p := range g.pieces {
			g.b.Write(p)
		}
	}
	return g.b.String()
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

func tooManyLines(lim Limits) error {
	return syntax(lim.Lines, "the file has more than %d lines; export a shorter range", lim.Lines)
}

func tooLarge(lim Limits) error {
	return syntax(0, "the file is larger than %d MB; export a shorter range", lim.Bytes>>20)
}
