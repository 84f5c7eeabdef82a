package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// escape makes a text safe for a terminal: control characters, directional overrides
// and broken UTF-8 are shown, not obeyed.
func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r < 0x80 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// printJSON writes one object on one line, for scripts.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print json: %w", err)
	}
	return nil
}

// printLines writes one object on a line for each of a list.
func printLines[T any](a *app, list []T) error {
	for _, v := range list {
		if err := printJSON(a.stdout, v); err != nil {
			return err
		}
	}
	return nil
}

// terminal reports whether w shows what is printed to a person, and how wide it is.
func terminal(w io.Writer) (width int, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 40 {
		width = 80
	}
	return width, true
}

// colour reports whether colours are wanted (https://no-color.org).
func (a *app) colour() bool {
	_, ok := terminal(a.stdout)
	return ok && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}

// A paint is an SGR sequence.
type paint string

// The paints. Words carry the meaning; colour only helps to find them.
const (
	plain  paint = ""
	bold   paint = "\x1b[1m"
	dim    paint = "\x1b[2m"
	red    paint = "\x1b[31m"
	green  paint = "\x1b[32m"
	yellow paint = "\x1b[33m"
)

// paint colours a text that was escaped before.
func (a *app) paint(p paint, s string) string {
	if p == plain || !a.colour() {
		return s
	}
	return string(p) + s + "\x1b[0m"
}

// cell is one field of a table.
type cell struct {
	text  string
	paint paint
}

// table prints rows. On a terminal the columns are aligned and the last one is cut to
// the width; in a pipe the fields are separated by tabs and nothing is cut.
func (a *app) table(head []string, rows [][]cell) {
	width, onTerminal := terminal(a.stdout)
	if !onTerminal {
		for _, row := range rows {
			fmt.Fprintln(a.stdout, strings.Join(escaped(row), "\t"))
		}
		return
	}
	titles := make([]cell, len(head))
	for i, h := range head {
		titles[i] = cell{h, dim}
	}
	fmt.Fprint(a.stdout, alignRows(append([][]cell{titles}, rows...), width, a.paint))
}

func escaped(row []cell) []string {
	var out []string
	for _, c := range row {
		out = append(out, escape(c.text))
	}
	return out
}

// alignRows lays rows out in columns of at most width runes altogether.
func alignRows(rows [][]cell, width int, paint func(paint, string) string) string {
	var wide []int
	for _, row := range rows {
		for i, text := range escaped(row) {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		left := width
		for i, text := range escaped(row) {
			pad := wide[i] - utf8.RuneCountInString(text)
			if i == len(row)-1 {
				text, pad = cut(text, left), 0
			}
			b.WriteString(paint(row[i].paint, text))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", pad+2))
				left -= wide[i] + 2
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// cut shortens a text to n runes, but never below ten.
func cut(s string, n int) string {
	if n = max(n, 10); utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
