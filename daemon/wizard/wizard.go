package wizard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headsup/mail"
)

// Draft is a configuration that is not written yet. Secrets are the passwords that were
// typed, by the names under which its text asks the [Keeper] for them.
type Draft struct {
	Text    string
	Secrets map[string]string
}

// Trial tries a draft in the way in which the service would use it.
type Trial interface {
	// Check reads the draft as the service would.
	Check(d Draft) error
	// Mailbox opens the mailbox; it need not connect yet.
	Mailbox(ctx context.Context, d Draft) (mail.Mailbox, error)
	// Submission goes as far as the login and sends nothing.
	Submission(ctx context.Context, d Draft) mail.Result
	Submitter(ctx context.Context, d Draft) (mail.Submitter, error)
	// Calendar reads the calendars and says what was found.
	Calendar(ctx context.Context, d Draft) (string, error)
	// Grant logs in at a provider with the person's browser, and keeps what it grants to
	// itself until the end.
	Grant(ctx context.Context, d Draft, provider string) error
}

// Wizard asks for a configuration.
type Wizard struct {
	Person   Person
	Trial    Trial
	Resolver Resolver
	Now      func() time.Time
	Random   io.Reader
	Config   string // where the configuration will lie
	Home     string
	Here     string                                                            // where a relative path that is answered starts; empty: at Config
	Zone     string                                                            // of this system; empty: it does not tell
	Patience time.Duration                                                     // with a mail to oneself; 0: a minute
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error) // looks whether a server answers; may be nil

	a Answers
}

// Run asks everything and returns what is to be written. Nothing is on disk then.
func (w *Wizard) Run(ctx context.Context) (Plan, error) {
	if err := Free(w.Config); err != nil {
		return Plan{}, err
	}
	if w.Person.Patient() {
		w.say("A few questions. Nothing is written before the last answer; Ctrl-C stops.")
	}
	for _, step := range []func(context.Context) error{w.you, w.managers, w.mail, w.calendar, w.notes} {
		if err := step(ctx); err != nil {
			return Plan{}, err
		}
	}
	return w.plan()
}

// plan is everything that was answered, as it will lie on disk.
func (w *Wizard) plan() (Plan, error) {
	files, secrets := map[string]string{}, map[string]string{}
	for name, typed := range w.typed() {
		path := freeName(filepath.Dir(w.Config), "secret-"+name)
		files[name], secrets[path] = path, typed
	}
	text, err := Text(w.a, files)
	if err == nil {
		err = w.Trial.Check(Draft{Text: text})
	}
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Config: w.Config, Text: text, Secrets: secrets}
	if w.a.Notes != "" {
		p.Folders = append(p.Folders, w.expand(w.a.Notes))
	}
	return p, nil
}

// path takes the path of a file or folder as a person means it: a relative one starts
// where the person is, not where the configuration lies.
func (w *Wizard) path(s string) (string, error) {
	s, err := oneLine(s)
	if err != nil || w.Here == "" || filepath.IsAbs(s) || s == "~" || strings.HasPrefix(s, "~/") {
		return s, err
	}
	return filepath.Join(w.Here, s), nil
}

// expand is a path as the configuration reads it.
func (w *Wizard) expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return filepath.Join(w.Home, path[1:])
	}
	if !filepath.IsAbs(path) {
		return filepath.Join(filepath.Dir(w.Config), path)
	}
	return path
}

// typed are the passwords that were typed, by name.
func (w *Wizard) typed() map[string]string {
	out := map[string]string{}
	list := []Secret{w.a.Login.Secret, w.a.Google.Secret, w.a.Calendar.Login.Secret}
	if w.a.Sending != nil {
		list = append(list, w.a.Sending.Secret)
	}
	for _, s := range list {
		if s.Typed != "" {
			out[s.Name] = s.Typed
		}
	}
	return out
}

// draft is what was answered up to now, as something that can be tried.
func (w *Wizard) draft() (Draft, error) {
	text, err := Text(w.a, nil)
	return Draft{Text: text, Secrets: maps.Clone(w.typed())}, err
}

// you asks who the person is.
func (w *Wizard) you(ctx context.Context) (err error) {
	w.a.Address, err = ask(ctx, w, Question{Flag: "address", Text: "Your mail address"}, mail.ParseAddress)
	if err != nil {
		return err
	}
	w.a.Name, err = ask(ctx, w, Question{Flag: "name", Text: "Your name", Default: nameOf(w.a.Address)}, oneLine)
	if err == nil && w.Zone == "" {
		w.a.Zone, err = ask(ctx, w, Question{Flag: "zone", Text: "Your time zone, such as Europe/Berlin"}, zone)
	}
	return err
}

// managers asks whose attention it is about.
func (w *Wizard) managers(ctx context.Context) error {
	list, err := ask(ctx, w, Question{Flag: "manager", Text: "Your manager's address (several: with commas)"}, func(s string) ([]mail.Address, error) {
		list, err := addresses(s)
		if i := slices.IndexFunc(list, func(a mail.Address) bool { return a.Key() == w.a.Address.Key() }); i >= 0 {
			return nil, errors.New("that is your own address")
		}
		return list, err
	})
	if err != nil {
		return err
	}
	for _, a := range list {
		w.a.Managers = append(w.a.Managers, Manager{Address: a})
	}
	if len(list) > 1 {
		return nil // names and zones can be added in the file
	}
	m := &w.a.Managers[0]
	if m.Name, err = ask(ctx, w, Question{Flag: "manager-name", Text: "Your manager's name", Default: nameOf(m.Address)}, oneLine); err != nil {
		return err
	}
	own := w.a.Zone
	if own == "" {
		own = w.Zone
	}
	m.Zone, err = ask(ctx, w, Question{Flag: "manager-zone", Text: "Your manager's time zone", Default: own}, zone)
	if m.Zone == own {
		m.Zone = ""
	}
	return err
}

// mail asks where the mail is and tries it until it works.
func (w *Wizard) mail(ctx context.Context) error {
	kind := "maildir"
	if !w.Person.Given("maildir") {
		var err error
		if kind, err = w.choose(ctx, Question{Flag: "mail", Text: "Where is your mail", Default: "server"}, "server", "maildir"); err != nil {
			return err
		}
	}
	if kind == "maildir" {
		return w.maildir(ctx)
	}
	if err := w.servers(ctx, false); err != nil {
		return err
	}
	if err := w.login(ctx, false); err != nil {
		return err
	}
	if err := w.tryMailbox(ctx); err != nil {
		return err
	}
	if err := w.trySubmission(ctx); err != nil {
		return err
	}
	return w.toMyself(ctx)
}

// maildir is mail on this machine.
func (w *Wizard) maildir(ctx context.Context) (err error) {
	w.a.Maildir, err = ask(ctx, w, Question{Flag: "maildir", Text: "Folder with your mail (a Maildir)", Default: "~/Maildir"}, w.path)
	if err != nil {
		return err
	}
	return w.tryMailbox(ctx)
}

// notes asks for the folder with the notes.
func (w *Wizard) notes(ctx context.Context) (err error) {
	w.a.Notes, err = ask(ctx, w, Question{Flag: "notes", Text: "Folder with your call notes", Default: "~/Notes/Calls"}, w.path)
	return err
}

func oneLine(s string) (string, error) {
	if s != comment(s) {
		return "", errors.New("it has control characters")
	}
	return s, nil
}

func zone(s string) (string, error) {
	if loc, err := time.LoadLocation(s); err != nil || s == "" || loc == time.Local {
		return "", fmt.Errorf("%q is no time zone; write it as Europe/Berlin or America/New_York", s)
	}
	return s, nil
}

// nameOf guesses a name from an address: dana.reyes@example.com is Dana Reyes.
func nameOf(a mail.Address) string {
	words := strings.FieldsFunc(a.Local(), func(r rune) bool { return strings.ContainsRune("._-+", r) })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}
