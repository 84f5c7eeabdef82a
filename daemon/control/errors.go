package control

import (
	"errors"
	"fmt"
	"net/http"
)

// Code classifies an error for scripts and exit codes.
type Code string

// The codes.
const (
	BadRequest Code = "bad-request" // what was asked makes no sense
	NotFound   Code = "not-found"
	Stale      Code = "stale"    // the content is another one now
	Refused    Code = "refused"  // not in this state
	TooLate    Code = "too-late" // the message is on its way
	Internal   Code = "internal"
)

// status is the HTTP status of each code.
var status = map[Code]int{
	BadRequest: http.StatusBadRequest,
	NotFound:   http.StatusNotFound,
	Stale:      http.StatusConflict,
	Refused:    http.StatusConflict,
	TooLate:    http.StatusConflict,
	Internal:   http.StatusInternalServerError,
}

// Error is a failure that is meant for the person who asked.
type Error struct {
	Code Code   `json:"code"`
	Text string `json:"error"`
	Hint string `json:"hint,omitempty"`
	err  error
}

// Errorf makes an error; %w keeps the cause.
func Errorf(code Code, hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Text: err.Error(), Hint: hint, err: errors.Unwrap(err)}
}

func (e *Error) Error() string { return e.Text }

// Unwrap is the cause, on the side where it happened.
func (e *Error) Unwrap() error { return e.err }

// Is makes errors with the same code equal for [errors.Is]: errors.Is(err, &Error{Code: NotFound}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Text == "" && t.Code == e.Code
}

// ErrNotRunning: nobody listens at the socket.
var ErrNotRunning = errors.New("headsup is not running")
