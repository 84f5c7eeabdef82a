package draft

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
	"headsup/rules/policy"
	"headsup/rules/recap"
)

// Request asks for a message in the user's own words to configured people.
type Request struct {
	To        []string // keys of managers
	Cc        []mail.Address
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
	v := s.rule(policy.Facts{
		Kind: r.Kind, Priority: r.Priority, Subject: r.Subject, Text: text, HasRisk: r.Kind == rules.HeadsUp, Due: r.By,
	}, to, now)
	if !r.NotBefore.IsZero() {
		v.NotBefore = r.NotBefore
	}
	if !r.By.IsZero() {
		v.By = r.By
	}
	for _, a := range r.Cc {
		if !slices.ContainsFunc(v.Cc, func(b mail.Address) bool { return a.Key() == b.Key() }) {
			v.Cc = append(v.Cc, a)
		}
	}
	m := ledger.Message{
		Origin: ledger.FromCommand, Managers: managerKeys(to), Kind: r.Kind, Priority: v.Priority,
		Because: v.Because, NotBefore: v.NotBefore, By: v.By, AutoRule: auto(v),
	}
	body := greeting(to) + "\n\n" + text + "\n\n" + s.signature() + "\n"
	return s.create(ctx, Letter{Message: m, Mail: mail.Message{
		Subject: r.Subject, To: parties(to), Cc: s.copies(v, to),
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

// Note drafts a note at once, whatever its age, for `headsup recap --draft`. The same
// bytes again give the message of the first time.
func (s *Service) Note(ctx context.Context, name string, data []byte, now time.Time) (ledger.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := ledger.Note{Hash: sha256.Sum256(data), Path: name, Bytes: data, Size: int64(len(data)), Modified: now, Seen: now}
	if m, err := s.opt.Store.ByNote(ctx, n.Hash.String()); err == nil {
		return m, nil
	}
	rec, err := recap.Read(n.Path, n.Bytes, s.reading(n))
	if err != nil {
		return ledger.Message{}, err
	}
	if !worthMail(rec) {
		return ledger.Message{}, fmt.Errorf("nothing in %q is sure enough for a recap", name)
	}
	who, why := s.recipients(rec)
	if why != "" {
		return ledger.Message{}, fmt.Errorf("%q: %s", name, why)
	}
	if err := s.opt.Store.AddNote(ctx, n); err != nil {
		return ledger.Message{}, fmt.Errorf("store the note: %w", err)
	}
	st := &story{note: n, rec: rec, to: who}
	s.meet(ctx, st)
	s.introduce(st)
	return s.tell(ctx, st, now)
}
