package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"headsup/daemon/wizard"
)

// person answers the wizard: by flags, at a terminal, or by lines of standard input.
type person struct {
	app      *app
	command  *cobra.Command
	yes      bool
	in       *bufio.Reader
	terminal *os.File // nil: nobody can be asked again
}

func newPerson(a *app, c *cobra.Command, yes bool) *person {
	p := &person{app: a, command: c, yes: yes, in: bufio.NewReader(a.stdin)}
	if f, ok := a.stdin.(*os.File); ok && a.interactive() {
		p.terminal = f
	}
	return p
}

// errNoAnswer means that standard input has no more lines.
var errNoAnswer = errors.New("no answer")

// Patient implements [wizard.Person].
func (p *person) Patient() bool { return p.terminal != nil }

// Given implements [wizard.Person].
func (p *person) Given(flag string) bool {
	f := p.command.Flags().Lookup(flag)
	return f != nil && f.Changed
}

// Say implements [wizard.Person].
func (p *person) Say(text string) { fmt.Fprintln(p.app.stdout, escapeLines(text)) }

// Ask implements [wizard.Person].
func (p *person) Ask(ctx context.Context, q wizard.Question) (string, error) {
	switch {
	case !q.Again && p.Given(q.Flag):
		return strings.TrimSpace(p.command.Flags().Lookup(q.Flag).Value.String()), nil
	case p.yes && !q.Again && (q.Default != "" || q.Empty):
		return "", nil
	}
	prompt := p.app.paint(bold, escape(q.Text))
	if q.Default != "" {
		prompt += " [" + escape(q.Default) + "]"
	}
	fmt.Fprint(p.app.stdout, prompt+": ")
	line, err := p.line(ctx, q.Secret)
	if p.terminal == nil || q.Secret || err != nil {
		fmt.Fprintln(p.app.stdout) // what was typed did not end the line
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w to: %s", errNoAnswer, q.Text)
		if p.command.Flags().Lookup(q.Flag) != nil {
			err = fmt.Errorf("%w (--%s)", err, q.Flag)
		}
	}
	return line, err
}

// line reads one line. The end of the context ends the wait: the reader is left behind,
// and the terminal as it was.
func (p *person) line(ctx context.Context, secret bool) (string, error) {
	read := func() (string, error) { return p.in.ReadString('\n') }
	if secret && p.terminal != nil {
		fd := int(p.terminal.Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return "", fmt.Errorf("ask for a password: %w", err)
		}
		defer term.Restore(fd, before)
		read = func() (string, error) {
			b, err := term.ReadPassword(fd)
			return string(b), err
		}
	}
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := read()
		if errors.Is(err, io.EOF) && text != "" {
			err = nil // a last line without its end
		}
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		if secret {
			return strings.TrimRight(a.text, "\r\n"), a.err
		}
		return strings.TrimSpace(a.text), a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
