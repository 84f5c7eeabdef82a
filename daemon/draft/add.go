package draft

import (
	"context"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// Request asks for a message in the user's own words to configured people.
type Request struct {
	To        []string // keys of managers
	Kind      rules.Kind
	Priority  rules.Priority
	Subject   string // "" takes the first line of the text
	Text      string
	NotBefore time.Time
	By        time.Time
}

// Add writes a message for `headsup queue add` into the ledger; the next step puts it
// into Drafts. It waits for approval like every other.
func (s *Service) Add(ctx context.Context, r Request, now time.Time) (ledger.Message, error) {
	to, why := s.named(r.To)
	if why != "" || len(to) == 0 {
		return ledger.Message{}, fmt.Errorf("unknown recipient %q: want one of %s", strings.Join(r.To, ", "), keys(s.opt.Managers))
	}
	text := strings.TrimSpace(strings.ReplaceAll(r.Text, "\r\n", "\n"))
	if text == "" {
		return ledger.Message{}, fmt.Errorf("the message is empty: give its text in the file or on standard input")
	}
	if r.Subject == "" {
		r.Subject, text = firstLine(text)
	}
	v := s.Rule(Facts{
		Kind: r.Kind, Manager: to[0].Key, Priority: r.Priority, Subject: r.Subject, Text: text,
		HasRisk: r.Kind == rules.HeadsUp, DueIn: until(now, r.By), Recipients: addresses(to),
	})
	if !r.NotBefore.IsZero() {
		v.NotBefore = r.NotBefore
	}
	if !r.By.IsZero() {
		v.By = r.By
	}
	m := ledger.Message{
		Origin: ledger.FromCommand, Managers: managerKeys(to), Kind: r.Kind, Priority: v.Priority,
		Because: v.Because, NotBefore: v.NotBefore, By: v.By,
	}
	if v.Auto {
		m.AutoRule = v.Rule
	}
	body := greeting(to) + "\n\n" + text + "\n\n" + s.signature() + "\n"
	return s.create(ctx, Letter{Message: m, Mail: mail.Message{
		Subject: r.Subject, To: parties(to), Cc: v.Cc,
		Parts: []mail.Part{{Type: "text/plain", Body: []byte(body)}},
	}}, now)
}

// firstLine splits a text into its first line, for the subject, and the rest; a text of
// one line is both.
func firstLine(text string) (subject, rest string) {
	subject, rest, _ = strings.Cut(text, "\n")
	subject = strings.TrimSpace(strings.TrimLeft(subject, "# "))
	if rest = strings.TrimSpace(rest); rest == "" {
		rest = text
	}
	return subject, rest
}

func until(now, t time.Time) time.Duration {
	if t.IsZero() || t.Before(now) {
		return -1
	}
	return t.Sub(now)
}

func addresses(ms []Manager) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Address.String()
	}
	return out
}
