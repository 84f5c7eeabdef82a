package wizard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/daemon/config"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// script is a person who answers from a table: the beginning of a question, and the
// answer. Empty lines are answered by Enter.
type script struct {
	t       *testing.T
	answers map[string][]string
	given   []string
	patient bool
	asked   []string
	said    []string
}

func (s *script) Ask(ctx context.Context, q Question) (string, error) {
	s.asked = append(s.asked, q.Text)
	for _, start := range slices.Sorted(func(yield func(string) bool) {
		for k := range s.answers {
			if !yield(k) {
				return
			}
		}
	}) {
		if list := s.answers[start]; strings.HasPrefix(q.Text, start) && len(list) > 0 {
			s.answers[start] = list[1:]
			return list[0], nil
		}
	}
	if q.Default == "" && !q.Empty {
		return "", fmt.Errorf("nobody answers %q", q.Text)
	}
	return "", ctx.Err()
}
func (s *script) Given(flag string) bool { return slices.Contains(s.given, flag) }
func (s *script) Say(text string)        { s.said = append(s.said, text) }
func (s *script) Patient() bool          { return s.patient }

// trials tries drafts on a mailbox in memory.
type trials struct {
	box      *mailboxtest.Memory
	granted  []string
	refuse   error // of a grant
	calendar error
	submit   error
	drafts   []Draft
}

func (s *trials) Check(d Draft) error {
	if _, faults := config.Parse([]byte(d.Text), config.Options{File: "/home/sam/config.toml", Home: "/home/sam", Zone: time.UTC}); len(faults) > 0 {
		return faults
	}
	return nil
}
func (s *trials) Mailbox(_ context.Context, d Draft) (mail.Mailbox, error) {
	s.drafts = append(s.drafts, d)
	return open{s.box}, nil
}
func (s *trials) Submission(context.Context, Draft) mail.Result { return mail.Result{Err: s.submit} }
func (s *trials) Submitter(context.Context, Draft) (mail.Submitter, error) {
	return nil, errors.New("not in this test")
}
func (s *trials) Calendar(context.Context, Draft) (string, error) { return "3 events", s.calendar }
func (s *trials) Grant(_ context.Context, _ Draft, provider string) error {
	s.granted = append(s.granted, provider)
	return s.refuse
}

// open is a mailbox that outlives its Close.
type open struct{ *mailboxtest.Memory }

func (open) Close() error { return nil }

// nothing is a DNS without records.
type nothing struct{}

func (nothing) LookupSRV(_ context.Context, service, _, name string) (string, []*net.SRV, error) {
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (nothing) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
}

func runWizard(t *testing.T, p *script, s *trials) (Plan, error) {
	t.Helper()
	p.t = t
	if s.box == nil {
		s.box = mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
		t.Cleanup(func() { s.box.Close() })
	}
	w := Wizard{Person: p, Trial: s, Resolver: nothing{}, Now: time.Now, Random: strings.NewReader(strings.Repeat("random", 10)), Config: t.TempDir() + "/headsup/config.toml", Home: t.TempDir(), Zone: "Europe/Berlin"}
	return w.Run(t.Context())
}

// The ways of the providers that take no password, and of their calendars.
func TestProviders(t *testing.T) {
	for _, row := range []struct {
		name    string
		answers map[string]string
		granted string
		asked   string // a question that must come
		never   string // and one that must not
		want    []string
	}{
		{"Microsoft", map[string]string{"Your mail": "sam@outlook.com", "Application": "app-id"}, "[microsoft]", "Application (client) ID", "Password", []string{`auth = "xoauth2"`, `client_id = "app-id"`, `server = "outlook.office365.com"`}},
		{"Microsoft and its calendar", map[string]string{"Your mail": "sam@outlook.com", "Application": "app-id", "Where can": "graph"}, "[microsoft microsoft]", "Which calendar", "Password", []string{`kind = "graph"`, `id = "dana@example.com"`}},
		{"Gmail by its API", map[string]string{"Your mail": "sam@gmail.com", "How do": "gmail", "Client ID": "id", "Client secret": "s3cret"}, "[google]", "Client secret", "Password", []string{`kind = "gmail"`, `client_secret = { file = `}},
		{"Gmail with an app password", map[string]string{"Your mail": "sam@gmail.com", "Password": "abcd efgh"}, "[]", "Password", "Client", []string{`server = "imap.gmail.com"`, `files_sent = "yes"`, `secret = { file = `}},
		{"Google's calendar", map[string]string{"Your mail": "sam@fastmail.com", "Password": "x", "Where can": "google", "Client ID": "id", "Client secret": "s"}, "[google]", "Which calendar", "", []string{`kind = "google"`, `[google]`}},
		{"CalDAV", map[string]string{"Your mail": "sam@mailbox.org", "Password of sam@mailbox.org at imap": "x", "Where can": "caldav", "Address": "https://dav.example.com/", "Password of sam@mailbox.org at the": "y"}, "[]", "Name to log in with at the calendar", "", []string{`kind = "caldav"`, `url = "https://dav.example.com/"`, "secret-calendar"}},
		{"a published calendar", map[string]string{"Your mail": "sam@yahoo.com", "Password": "x", "Where can": "u", "Address": "https://example.com/dana.ics"}, "[]", "Address of the published", "", []string{`kind = "url"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := map[string][]string{"Your manager's address": {"dana@example.com"}, "Send one mail": {"no"}}
			for q, a := range row.answers {
				answers[q] = []string{a}
			}
			p, s := &script{answers: answers, patient: true}, &trials{}
			plan, err := runWizard(t, p, s)
			if err != nil {
				t.Fatalf("%v\nasked %q", err, p.asked)
			}
			asked := strings.Join(p.asked, "\n")
			if fmt.Sprint(s.granted) != row.granted || !strings.Contains(asked, row.asked) || row.never != "" && strings.Contains(asked, row.never) {
				t.Errorf("granted %v; asked:\n%s", s.granted, asked)
			}
			for _, want := range row.want {
				if !strings.Contains(plan.Text, want) {
					t.Errorf("the configuration does not say %s:\n%s", want, plan.Text)
				}
			}
			for _, typed := range plan.Secrets {
				if strings.Contains(plan.Text, typed) && len(typed) > 3 {
					t.Errorf("a password is in the configuration:\n%s", plan.Text)
				}
			}
			if err := s.Check(Draft{Text: plan.Text}); err != nil {
				t.Errorf("%v\n%s", err, plan.Text)
			}
		})
	}
}

// What is refused, and by whom; a script is told at once.
func TestRefused(t *testing.T) {
	manager := map[string][]string{"Your manager's address": {"dana@example.com"}, "Send one mail": {"no"}}
	with := func(more map[string]string) map[string][]string {
		out := map[string][]string{}
		for q, a := range manager {
			out[q] = slices.Clone(a)
		}
		for q, a := range more {
			out[q] = []string{a}
		}
		return out
	}
	for _, row := range []struct {
		name    string
		answers map[string]string
		patient bool
		service trials
		says    string
	}{
		{"the grant", map[string]string{"Your mail": "sam@outlook.com", "Application": "id"}, true, trials{refuse: errors.New("no")}, "log in at microsoft"},
		{"the calendar, in a script", map[string]string{"Your mail": "sam@yahoo.com", "Password": "x", "Where can": "url", "Address": "https://example.com/x.ics"}, false, trials{calendar: errors.New("404")}, "404"},
		{"sending, in a script", map[string]string{"Your mail": "sam@yahoo.com", "Password": "x"}, false, trials{submit: errors.New("535")}, "sending: 535"},
		{"sending, and the person stops", map[string]string{"Your mail": "sam@yahoo.com", "Password": "x", "What now": "stop"}, true, trials{submit: errors.New("535")}, "nothing was written"},
		{"no servers, in a script", map[string]string{"Your mail": "sam@example.com"}, false, trials{}, "IMAP server"},
		{"two accounts", map[string]string{"Your mail": "sam@yahoo.com", "Password of sam@yahoo.com": "x", "What now": "login", "Name to log in with at smtp": "kim@yahoo.com", "Password of kim@yahoo.com": "y", "Are both": "no"}, true,
			trials{submit: errOnce}, "mail would be sent as kim@yahoo.com"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &script{answers: with(row.answers), patient: row.patient}
			s := &row.service
			var plan Plan
			var err error
			if errors.Is(s.submit, errOnce) {
				plan, err = runWizardOnce(t, p, s)
			} else {
				plan, err = runWizard(t, p, s)
			}
			if err == nil || !strings.Contains(err.Error(), row.says) || plan.Text != "" {
				t.Errorf("%v\nasked %q\nsaid %q", err, p.asked, p.said)
			}
		})
	}
}

var errOnce = errors.New("535 once")

// runWizardOnce is runWizard with a submission that refuses the first login.
func runWizardOnce(t *testing.T, p *script, s *trials) (Plan, error) {
	t.Helper()
	s.box = mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now)
	t.Cleanup(func() { s.box.Close() })
	w := Wizard{Person: p, Trial: &once{trials: s}, Resolver: nothing{}, Now: time.Now, Config: t.TempDir() + "/config.toml", Zone: "Europe/Berlin"}
	return w.Run(t.Context())
}

type once struct {
	*trials
	asked bool
}

func (o *once) Submission(context.Context, Draft) mail.Result {
	if !o.asked {
		o.asked = true
		return mail.Result{Stage: mail.StageAuth, Err: errOnce}
	}
	return mail.Result{Reply: "let us in"}
}

// Folders that were named for one server say nothing of another.
func TestOtherServersOtherFolders(t *testing.T) {
	p := &script{answers: map[string][]string{"IMAP": {"imap.example.net"}, "SMTP": {"smtp.example.net"}}, patient: true}
	w := Wizard{Person: p, a: Answers{Folders: map[mail.Folder]string{mail.Drafts: "Entwürfe"}}}
	if err := w.servers(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if len(w.a.Folders) != 0 {
		t.Errorf("the folders of %s are those of the server before: %v", w.a.Account.Provider.IMAP, w.a.Folders)
	}
}

// A server that does not answer may do so in a moment: Enter tries the same one again.
func TestServerThatDoesNotAnswer(t *testing.T) {
	p := &script{answers: map[string][]string{"IMAP": {"nonsense!", "imap.example.net:1993"}, "SMTP": {"smtp.example.net"}}, patient: true}
	var dialed []string
	w := Wizard{Person: p, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		if dialed = append(dialed, addr); len(dialed) < 3 {
			return nil, errors.New("connection refused")
		}
		near, far := net.Pipe()
		return near, far.Close()
	}}
	if err := w.servers(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	want := []string{"imap.example.net:1993", "imap.example.net:1993", "imap.example.net:1993", "smtp.example.net:465"}
	if !slices.Equal(dialed, want) {
		t.Errorf("tried %q, want %q", dialed, want)
	}
	if got := w.a.Account.Provider.IMAP; got.Name != "imap.example.net" || got.Port != 1993 {
		t.Errorf("took %v", got)
	}
}

// A DNS that could not be asked is not one that knows nothing.
func TestDiscoveryInShort(t *testing.T) {
	p := &script{answers: map[string][]string{"Your mail": {"sam@example.com"}, "Your manager's address": {"dana@example.com"}}}
	if _, err := runWizard(t, p, &trials{}); err == nil {
		t.Error("no error")
	}
	if said := strings.Join(p.said, "\n"); !strings.Contains(said, "the help pages of your provider") || strings.Contains(said, "lookup") {
		t.Errorf("said %q", said)
	}
}
