package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"headsup/mail"
)

// Question is one question to a person.
type Question struct {
	Flag    string // that answers it on the command line; empty: none does
	Text    string
	Default string // for an empty answer; empty: there must be one
	Secret  bool   // what is typed is not shown
	Empty   bool   // no answer is an answer
	Again   bool   // something did not work: nothing that was said before answers it
}

// Person answers questions.
type Person interface {
	// Ask returns one line without spaces around it.
	Ask(ctx context.Context, q Question) (string, error)
	// Given reports whether the command line answers the question of a flag.
	Given(flag string) bool
	// Say tells something.
	Say(text string)
	// Patient reports whether a wrong answer can be given again: by a person at a
	// terminal it can, in a script the next line answers the next question.
	Patient() bool
}

// AnswerError is an answer that will not do.
type AnswerError struct {
	Question Question
	Err      error
}

func (e *AnswerError) Error() string {
	if e.Question.Flag == "" {
		return fmt.Sprintf("%s: %v", e.Question.Text, e.Err)
	}
	return fmt.Sprintf("%s (--%s): %v", e.Question.Text, e.Question.Flag, e.Err)
}

// Unwrap is what is wrong with it.
func (e *AnswerError) Unwrap() error { return e.Err }

// ErrStopped means that the person does not want to go on.
var ErrStopped = errors.New("stopped, and nothing was written")

func (w *Wizard) say(format string, args ...any) { w.Person.Say(fmt.Sprintf(format, args...)) }

// ask asks until the answer can be read.
func ask[T any](ctx context.Context, w *Wizard, q Question, read func(string) (T, error)) (T, error) {
	for {
		text, err := w.Person.Ask(ctx, q)
		if err != nil {
			return *new(T), err
		}
		if text == "" {
			text = q.Default
		}
		var v T
		if text == "" && !q.Empty {
			err = errors.New("an answer is needed")
		} else {
			v, err = read(text)
		}
		if err == nil {
			return v, nil
		}
		if !w.Person.Patient() {
			return v, &AnswerError{Question: q, Err: err}
		}
		w.say("  %v", err)
		if q.Again = true; errors.Is(err, errNoReach) {
			q.Default = text // Enter tries again
		}
	}
}

// choose asks for one of a few words; the beginning of one is enough.
func (w *Wizard) choose(ctx context.Context, q Question, words ...string) (string, error) {
	q.Text += " (" + strings.Join(words, ", ") + ")"
	return ask(ctx, w, q, func(s string) (string, error) {
		s = strings.ToLower(s)
		if slices.Contains(words, s) {
			return s, nil
		}
		var like []string
		for _, word := range words {
			if strings.HasPrefix(word, s) {
				like = append(like, word)
			}
		}
		if len(like) != 1 {
			return "", fmt.Errorf("%q is none of: %s", s, strings.Join(words, ", "))
		}
		return like[0], nil
	})
}

// agree asks for a yes.
func (w *Wizard) agree(ctx context.Context, q Question) (bool, error) {
	word, err := w.choose(ctx, q, "yes", "no")
	return word == "yes", err
}

// addresses reads addresses with commas or spaces between them.
func addresses(s string) ([]mail.Address, error) {
	var out []mail.Address
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		a, err := mail.ParseAddress(word)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil, errors.New("an address is needed, such as dana@example.com")
	}
	return out, nil
}
