package ledger

import (
	"errors"
	"fmt"
)

// ErrFault says that the work on one item ended in a panic: a fault of headsup, not of the
// item, of which nothing else is known. The log has the stack.
var ErrFault = errors.New("a fault in headsup, see its log")

// Contain does the work on one item and turns a panic into an error that is [ErrFault],
// so that one bad item cannot keep the others from their turn. The item is named without
// private words. nil does the work and contains nothing.
//
// The way from the claim of a message to its result is not contained: a panic there ends
// the process, and the gate decides at the restart.
type Contain func(item string, work func() error) error

// Do does the work.
func (c Contain) Do(item string, work func() error) error {
	if c == nil {
		return work()
	}
	return c(item, work)
}

// Faulty holds a message with which a fault of headsup shows. doing says what could not be
// done with it.
func Faulty(id ID, doing string) Hold {
	return Hold{Code: HoldFault, Text: fmt.Sprintf("it could not be %s because of a fault in headsup, which its log describes; "+
		"to try it again: headsup queue release %s", doing, id)}
}
