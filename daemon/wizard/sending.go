package wizard

import (
	"context"
	"fmt"

	"headsup/mail"
)

// trySubmission logs in at the submission server. Where the mailbox's login is refused
// there, another one is asked for.
func (w *Wizard) trySubmission(ctx context.Context) error {
	for logins := 1; ; logins++ {
		d, err := w.draft()
		if err != nil {
			return err
		}
		r := w.Trial.Submission(ctx, d)
		if r.Err == nil {
			w.say("  sending: %s", r.Reply)
			return w.samePerson(ctx)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		cause := fmt.Errorf("sending: %w", r.Err)
		if !w.Person.Patient() {
			return &TrialError{Err: cause, Hint: hint(cause, w.a)}
		}
		if err := w.mendSending(ctx, cause, r, logins); err != nil {
			return err
		}
	}
}

func (w *Wizard) mendSending(ctx context.Context, cause error, r mail.Result, logins int) error {
	w.say("that did not work: %v", cause)
	first := "again"
	switch {
	case untrusted(cause):
		first = "certificate"
	case r.Stage == mail.StageAuth && logins >= maxLogins:
		first = "stop"
	case r.Stage == mail.StageAuth:
		first = "login"
	case unreachable(cause):
		first = "server"
	}
	next, err := w.choose(ctx, Question{Text: "What now", Default: first, Again: true}, "again", "login", "server", "certificate", "stop")
	if err != nil {
		return err
	}
	switch next {
	case "login":
		l, err := w.credentials(ctx, "password", "smtp", w.a.Account.Provider.SMTP.Name, w.username(), true)
		w.a.Sending = &l
		return err
	case "server":
		h, err := w.host(ctx, "smtp", "SMTP server for sending", w.a.Account.Provider.SMTP, true)
		w.a.Account.Provider.SMTP = h
		return err
	}
	return w.after(ctx, next)
}

// samePerson refuses to send as one person and to read as another (H9): drafts that one
// approves would go out in the other's name. A mail to oneself proves the rest.
func (w *Wizard) samePerson(ctx context.Context) error {
	if w.a.Sending == nil || !differ(w.username(), w.a.Sending.Username) {
		return nil
	}
	w.say("  you read as %s and send as %s", w.username(), w.a.Sending.Username)
	yes, err := w.agree(ctx, Question{Text: "Are both of them you", Default: "no", Again: true})
	if err == nil && !yes {
		err = &TrialError{Err: fmt.Errorf("the mailbox belongs to %s, and mail would be sent as %s", w.username(), w.a.Sending.Username), Hint: "headsup works for one person: use one account for both"}
	}
	return err
}

// differ reports whether two login names are certainly those of two accounts.
func differ(a, b string) bool {
	x, err1 := mail.ParseAddress(a)
	y, err2 := mail.ParseAddress(b)
	return err1 == nil && err2 == nil && x.Key() != y.Key()
}
