package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
)

// The exit codes. docs/config.md lists them; scripts rely on them.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // the command line makes no sense
	exitConfig = 3 // the configuration is wrong or missing
	exitNoRun  = 4 // the service is not running
	exitNo     = 5 // the answer is no: not found, refused, too late
)

// cliError is a fault that is shown to a person: what went wrong, a mend, an exit code.
// Lower case, no final full stop; the hint is a command that works where there is one.
type cliError struct {
	err  error
	hint string
	code int
}

func (e *cliError) Error() string { return e.err.Error() }

// Unwrap is the cause.
func (e *cliError) Unwrap() error { return e.err }

// usageOf is a mistake on the command line.
func usageOf(c *cobra.Command, err error) *cliError {
	return &cliError{err: err, hint: fmt.Sprintf("`%s --help` shows how", c.CommandPath()), code: exitUsage}
}

// failed is an error with a hint.
func failed(err error, hint string) error {
	return &cliError{err: err, hint: hint, code: exitFailed}
}

// noConfigHint is what helps somebody who has no configuration yet.
const noConfigHint = "`headsup init` makes one; by hand: copy config.example.toml there"

// configError gives an error of the configuration its exit code.
func configError(err error) error {
	var faults config.Faults
	if errors.Is(err, fs.ErrNotExist) && !errors.As(err, &faults) {
		return &cliError{err: err, hint: noConfigHint, code: exitConfig}
	}
	if errors.As(err, &faults) {
		err = fmt.Errorf("%s in the configuration\n%w", plural(len(faults), "fault"), faults)
	}
	return &cliError{err: err, hint: "`headsup check` looks again", code: exitConfig}
}

// report shows an error and says which exit code it means. Control characters are
// escaped: a text from a mail must not be able to steer the terminal.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "interrupted"
	}
	fmt.Fprintf(stderr, "headsup: %s\n", escapeLines(text))
	var ce *cliError
	if !errors.As(err, &ce) {
		return exitFailed
	}
	if ce.hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", escapeLines(ce.hint))
	}
	return ce.code
}

// escapeLines escapes control characters but keeps ends of lines.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = escape(l)
	}
	return strings.Join(lines, "\n")
}
