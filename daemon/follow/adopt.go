package follow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
	"headsup/rules/policy"
)

// approve takes the content as it lies there as approved, unless something about it must
// be asked first.
func (s *Service) approve(ctx context.Context, m ledger.Message, g Gesture, c ledger.Content, now time.Time) error {
	by := ledger.ByMove
	if !inQueue(g.Place.Ref.Folder) {
		by = ledger.ByStar
	}
	do := func(st ledger.Step) (err error) {
		m, err = s.opt.Store.Apply(ctx, now, m.ID, st)
		return err
	}
	if by == ledger.ByMove && !s.opt.Move {
		return do(ledger.Edit(c, "user"))
	}
	// What must be asked is asked before the yes is stored, so that nothing goes unasked
	// if headsup ends in between.
	asked := m
	asked.Content, asked.Recipients, asked.Subject = c.Hash, c.Recipients, c.Subject
	if err := s.question(ctx, asked, now); err != nil {
		return err
	}
	if g.Place.Ref.Folder == mail.QueueNow || g.Place.Importance == mail.ImportanceHigh && m.Origin == ledger.FromMailbox {
		p := rules.Urgent
		if err := do(ledger.Change(ledger.Set{Priority: &p}, "user", g.Why)); err != nil {
			return err
		}
	}
	yes := ledger.Approval{Content: c.Hash, By: by, At: now}
	if m.State != ledger.Drafted { // approved before; an edit makes it a draft again
		if err := do(ledger.Edit(c, "user")); err != nil {
			return err
		}
	}
	step := ledger.Approve(yes, "user")
	if m.State == ledger.Drafted {
		step = ledger.Agree(c, yes, "user")
	}
	if err := do(step); err != nil {
		return err
	}
	s.opt.Log.Info("approved", "id", m.ID, "by", by)
	return nil
}

// question holds an approved message about which something must be asked once: an
// address that looks like a known one, a sender that is not the user.
func (s *Service) question(ctx context.Context, m ledger.Message, now time.Time) error {
	hold := func(code, text string) error {
		s.opt.Tell(ctx, fmt.Sprintf("%s %s %s", code, m.ID, m.Content), fmt.Sprintf("%q is held: %s", m.Subject, text))
		_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(ledger.Hold{Code: code, Text: text}, "headsup"))
		return err
	}
	known := s.opt.Known()
	for _, a := range m.Recipients {
		if like, ok := mail.LookAlike(a, known); ok {
			return hold("look-alike", fmt.Sprintf("%s looks like %s but is another address; if it is right: headsup queue release %s", a, like, m.ID))
		}
	}
	if m.Origin == ledger.FromMailbox {
		return nil
	}
	for _, a := range m.Recipients {
		if s.opt.Managers[a.Key()] == "" && !containsKey(s.opt.User, a) && !containsKey(known, a) {
			return hold("stranger", fmt.Sprintf("%s is in no manager's entry and no cc of a rule, and headsup's own messages go to configured people only; take the address out, or send the mail yourself", a))
		}
	}
	return nil
}

func containsKey(list []mail.Address, a mail.Address) bool {
	for _, b := range list {
		if a.Key() == b.Key() {
			return true
		}
	}
	return false
}

// adopt takes a message of the user's own into care: moving it into Headsup was the
// approval.
func (s *Service) adopt(ctx context.Context, h mail.Header, now time.Time) error {
	if !s.opt.Move {
		return nil
	}
	refuse := func(why string) error {
		s.opt.Tell(ctx, "adopt "+string(h.ID)+h.Ref.UID, fmt.Sprintf("the message %q in the folder Headsup is not queued: %s", h.Subject, why))
		return nil
	}
	c, err := s.content(ctx, h)
	switch {
	case errors.Is(err, mail.ErrGone):
		return nil
	case err != nil && !errors.As(err, new(*garbled)):
		return err
	case err != nil:
		return refuse("it cannot be read as a mail to be sent: " + err.Error())
	case !containsKey(s.opt.User, c.From):
		return refuse(fmt.Sprintf("it is from %s and not from you", c.From))
	case len(c.Recipients) == 0:
		return refuse("it has no recipient")
	}
	old, err := s.knownAs(ctx, h, c)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return s.take(ctx, h, c, now)
	case err != nil:
		return err
	case old.Draft == h.Ref:
		return s.leftover(ctx, old, now)
	}
	return refuse(fmt.Sprintf("it is message %s, which is %s; copy its text into a new mail to send it again", old.ID, old.State))
}

// knownAs finds the message of the ledger that a draft in the queue is: by its place, by
// its Message-ID, or, for a client that names a message only when it sends it, by what
// it says. Taking it for a new one would send it twice.
func (s *Service) knownAs(ctx context.Context, h mail.Header, c ledger.Content) (ledger.Message, error) {
	m, err := s.opt.Store.ByDraft(ctx, h.Ref)
	if errors.Is(err, ledger.ErrNotFound) && h.ID != "" {
		m, err = s.opt.Store.ByMessageID(ctx, h.ID)
	} else if errors.Is(err, ledger.ErrNotFound) {
		m, err = s.opt.Store.ByContent(ctx, c.Hash)
	}
	return m, err
}

// leftover deals with the draft of a message that will not go any more: what was cancelled
// by command goes back to Drafts, where it waits for nothing. What was sent is removed
// elsewhere.
func (s *Service) leftover(ctx context.Context, m ledger.Message, now time.Time) error {
	if m.State != ledger.Cancelled {
		return nil
	}
	ref, err := s.opt.Mailbox.Move(ctx, m.Draft, mail.Drafts)
	if errors.Is(err, mail.ErrGone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("put the cancelled draft back into Drafts: %w", err)
	}
	_, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Place(ref, m.Starred))
	return err
}

func (s *Service) take(ctx context.Context, h mail.Header, c ledger.Content, now time.Time) error {
	read, err := letter.Read(c.Raw)
	if err != nil {
		return err
	}
	var managers []string
	for _, p := range read.To {
		if key := s.opt.Managers[p.Address.Key()]; key != "" {
			managers = append(managers, key)
		}
	}
	priority := rules.Normal
	if h.Ref.Folder == mail.QueueNow || h.Importance == mail.ImportanceHigh {
		priority = rules.Urgent
	}
	v := s.rule(read, managers, priority, now)
	id := h.ID
	if id == "" { // many clients name a message only when they send it
		if id, err = mail.NewMessageID(s.opt.Random, c.From.Domain()); err != nil {
			return err
		}
	}
	m := ledger.Message{
		State: ledger.Drafted, Origin: ledger.FromMailbox, Account: s.opt.Account, Managers: managers,
		Kind: rules.Update, Priority: v.Priority, Because: v.Because, NotBefore: v.NotBefore, By: v.By,
		From: c.From, Recipients: c.Recipients, Subject: c.Subject, MessageID: id, Draft: c.Draft,
		Content: c.Hash, Baseline: c.Hash, Starred: h.Flags.Flagged, Thread: c.Thread,
	}
	m, err = s.opt.Store.Create(ctx, now, m, c.Raw)
	if err != nil {
		return err
	}
	m, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Approve(ledger.Approval{Content: c.Hash, By: ledger.ByMove, At: now}, "user"))
	if err != nil {
		return err
	}
	s.opt.Log.Info("own message queued", "id", m.ID, "urgent", priority == rules.Urgent)
	return s.question(ctx, m, now)
}

// rule asks the user's rules about a message of his or her own. Approval and copies do
// not apply: moving it was the yes, and the people are those whom it addresses.
func (s *Service) rule(m mail.Message, managers []string, p rules.Priority, now time.Time) policy.Verdict {
	f := policy.Facts{Kind: rules.Update, Priority: p, Subject: m.Subject, Text: plainText(m)}
	if len(managers) > 0 {
		f.Manager = managers[0]
	}
	for _, a := range m.Recipients() {
		f.Recipients = append(f.Recipients, a.String())
	}
	v := s.opt.Policy.Evaluate(f, now, s.opt.Zone(f.Manager))
	if v.Priority == "" || p == rules.Urgent { // the user's own hand counts for more than a rule
		v.Priority = p
	}
	return v
}

func plainText(m mail.Message) string {
	for _, p := range m.Parts {
		if p.Type == "text/plain" && p.Disposition != "attachment" {
			return string(p.Body)
		}
	}
	return ""
}
