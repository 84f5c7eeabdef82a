package wizard

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"headsup/mail/imapbox"
)

// maxLogins is how often a password is tried: servers lock accounts.
const maxLogins = 3

// login asks who to be and how to prove it; again, after a server said no.
func (w *Wizard) login(ctx context.Context, again bool) error {
	p := w.a.Account.Provider
	if p.Auth == "xoauth2" {
		return w.grantMail(ctx, again)
	}
	if p.Login != "" && !again {
		w.say("  %s", p.Login)
	}
	how, err := w.way(ctx)
	if err != nil {
		return err
	}
	if w.a.Gmail = how == "gmail"; w.a.Gmail {
		return w.grantGmail(ctx)
	}
	w.a.Login, err = w.credentials(ctx, how, "mail", p.IMAP.Name, w.username(), again)
	return err
}

// way asks where the password is, unless a flag has said it by the way.
func (w *Wizard) way(ctx context.Context) (string, error) {
	switch {
	case w.Person.Given("password-command"):
		return "command", nil
	case w.Person.Given("password-file"):
		return "file", nil
	}
	text, ways := "How do you log in: a password that you type now, a command that prints it, a file that holds it", []string{"password", "command", "file"}
	if w.a.Account.Provider.Name == gmailName {
		text, ways = text+", or Google's own login and the Gmail API", append(ways, "gmail")
	}
	return w.choose(ctx, Question{Flag: "login", Text: text, Default: "password"}, ways...)
}

// username is the name to log in with, as far as it can be known.
func (w *Wizard) username() string {
	switch {
	case w.a.Login.Username != "":
		return w.a.Login.Username
	case w.a.Account.Provider.Username == "local":
		return w.a.Address.Local()
	}
	return w.a.Address.String()
}

// credentials asks for a name and for a password, or for where one is.
func (w *Wizard) credentials(ctx context.Context, how, name, server, user string, again bool) (l Login, err error) {
	flag := func(s string) string {
		if name == "mail" {
			return s
		}
		return name + "-" + s
	}
	l.Username, err = ask(ctx, w, Question{Flag: flag("username"), Text: "Name to log in with at " + server, Default: user, Again: again}, oneLine)
	if err != nil {
		return l, err
	}
	l.Secret.Name = name
	switch how {
	case "command":
		q := Question{Flag: flag("password-command"), Text: "Command that prints the password, such as pass show mail", Again: again}
		l.Secret.Command, err = ask(ctx, w, q, func(s string) ([]string, error) { return strings.Fields(s), nil })
	case "file":
		q := Question{Flag: flag("password-file"), Text: "File that holds the password (mode 0600)", Again: again}
		l.Secret.File, err = ask(ctx, w, q, w.path)
	default:
		q := Question{Text: fmt.Sprintf("Password of %s at %s (it is not shown)", l.Username, server), Secret: true, Again: again}
		l.Secret.Typed, err = ask(ctx, w, q, oneLine)
	}
	return l, err
}

// tryMailbox opens the mailbox, finds its folders and stores a draft, until all of it
// works or the person has had enough.
func (w *Wizard) tryMailbox(ctx context.Context) error {
	for logins := 1; ; logins++ {
		d, err := w.draft()
		if err == nil {
			err = w.Trial.Check(d)
		}
		if err != nil {
			return err // an answer that no server has to do with
		}
		if err = w.lookInto(ctx, d); err == nil {
			return nil
		}
		if err := w.mend(ctx, err, logins); err != nil {
			return err
		}
	}
}

// lookInto tries everything about the mailbox once.
func (w *Wizard) lookInto(ctx context.Context, d Draft) error {
	box, err := w.Trial.Mailbox(ctx, d)
	if err != nil {
		return err
	}
	defer box.Close()
	if err := w.folders(ctx, box); err != nil {
		return err
	}
	// A folder that was named just now is known to a mailbox that is opened anew.
	return w.tryDraft(ctx)
}

// mend asks for what could make it work the next time. Where nobody can answer it
// returns what went wrong.
func (w *Wizard) mend(ctx context.Context, cause error, logins int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !w.Person.Patient() || logins > 20 {
		return &TrialError{Err: cause, Hint: hint(cause, w.a)}
	}
	w.say("that did not work: %v", cause)
	if h := hint(cause, w.a); h != "" {
		w.say("  %s", h)
	}
	if w.a.Maildir != "" {
		return w.another(ctx, &w.a.Maildir)
	}
	var refused *imapbox.LoginError
	ways, first := []string{"again", "login", "servers", "stop"}, "again"
	switch {
	case untrusted(cause):
		ways, first = append(ways, "certificate"), "certificate"
	case errors.As(cause, &refused) && logins >= maxLogins:
		ways, first = []string{"servers", "stop"}, "stop"
	case errors.As(cause, &refused):
		first = "login"
	case unreachable(cause):
		first = "servers"
	}
	next, err := w.choose(ctx, Question{Text: "What now", Default: first, Again: true}, ways...)
	if err != nil {
		return err
	}
	return w.after(ctx, next)
}

// after does what the person chose after a failure.
func (w *Wizard) after(ctx context.Context, next string) error {
	switch next {
	case "login":
		return w.login(ctx, true)
	case "servers":
		if err := w.servers(ctx, true); err != nil {
			return err
		}
		return w.login(ctx, true)
	case "certificate":
		return w.authority(ctx, true)
	case "stop":
		return ErrStopped
	}
	return nil
}

// authority asks for a certificate to trust, as a bridge or a company's server has one.
func (w *Wizard) authority(ctx context.Context, again bool) (err error) {
	q := Question{Flag: "ca-file", Text: "File with the certificate of the server or its authority (PEM)", Again: again}
	w.a.CAFile, err = ask(ctx, w, q, func(s string) (string, error) {
		s, err := w.path(s)
		if err != nil {
			return "", err
		}
		b, err := os.ReadFile(w.expand(s))
		if err == nil && !x509.NewCertPool().AppendCertsFromPEM(b) {
			err = errors.New("there is no certificate in that file")
		}
		return s, err
	})
	return err
}

func (w *Wizard) another(ctx context.Context, path *string) (err error) {
	*path, err = ask(ctx, w, Question{Flag: "maildir", Text: "Folder with your mail (a Maildir)", Default: *path, Again: true}, w.path)
	return err
}

// TrialError is a trial that failed where nobody can be asked what to do about it.
type TrialError struct {
	Err  error
	Hint string // what helps; may be empty
}

func (e *TrialError) Error() string { return e.Err.Error() }

// Unwrap is what went wrong.
func (e *TrialError) Unwrap() error { return e.Err }

// hint says what a person can do about a failure.
func hint(err error, a Answers) string {
	var refused *imapbox.LoginError
	switch {
	case a.Maildir != "":
		return "let your mail program make the folder (it has cur, new and tmp in it), or name another one"
	case untrusted(err):
		return "if this is your own server or a bridge, export its certificate and name the file (--ca-file)"
	case errors.As(err, &refused) && a.Account.Provider.Login != "":
		return a.Account.Provider.Login
	case errors.As(err, &refused):
		return "look at the name and the password; many providers want an app password for mail programs"
	case unreachable(err):
		return "look at the name and the port of the server (--imap, --smtp), and whether this machine is online"
	}
	return ""
}

func untrusted(err error) bool {
	return errors.As(err, new(x509.UnknownAuthorityError)) || errors.As(err, new(x509.HostnameError)) || errors.As(err, new(x509.CertificateInvalidError))
}

func unreachable(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}
