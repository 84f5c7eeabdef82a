// Package follow watches the mailbox: what became of drafts, what the manager wrote and
// when, who answered, what bounced. It turns what it sees into steps and facts of the
// ledger and decides nothing else.
//
// Two walks make a step. The first looks at the small folders (Drafts, Headsup,
// Headsup/Now) and compares where each message lies with where it lay: that is how a
// person approves, withdraws, edits and cancels without another program. The second reads
// the headers that came into the inbox since the last time: times of the manager's mail
// for the rhythm, answers, reports of failure.
//
// A draft that is nowhere is looked for in Sent first (the user may have sent it by
// hand), and is missed only after a second look some seconds later, because a client
// that saves a draft deletes the old one and writes a new one, in either order.
package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
	"headsup/rules/policy"
)

// Store is what following needs of the ledger.
type Store interface {
	// List lists messages, oldest first.
	List(ctx context.Context, f ledger.Filter) ([]ledger.Message, error)
	// ByMessageID finds a message, or [ledger.ErrNotFound].
	ByMessageID(ctx context.Context, id mail.MessageID) (ledger.Message, error)
	// ByDraft finds the message whose draft lies there, ByContent one that says the same.
	ByDraft(ctx context.Context, r mail.Ref) (ledger.Message, error)
	ByContent(ctx context.Context, h mail.Hash) (ledger.Message, error)
	// Apply carries out a step.
	Apply(ctx context.Context, now time.Time, id ledger.ID, s ledger.Step) (ledger.Message, error)
	// Create adds a message with its bytes.
	Create(ctx context.Context, now time.Time, m ledger.Message, raw []byte) (ledger.Message, error)
	// AddReceipt stores evidence; a second one of the same kind and time changes nothing.
	AddReceipt(ctx context.Context, now time.Time, r ledger.Receipt) error
	// AddSightings stores times of managers' mail, each mail once.
	AddSightings(ctx context.Context, list []ledger.Sighting) error
	// Cursor and SetCursor keep how far a folder was read.
	Cursor(ctx context.Context, box string, f mail.Folder) (mail.Cursor, error)
	SetCursor(ctx context.Context, now time.Time, box string, f mail.Folder, c mail.Cursor) error
}

// Options configure a [Service].
type Options struct {
	User     []mail.Address    // addresses of the user, the first is the one to write from
	Managers map[string]string // address key to manager key
	Account  string            // submission account of new messages
	Box      string            // names the mailbox, so that a cursor is never used for another one
	Star     bool              // a star on a draft approves it
	Move     bool              // moving a draft into Headsup approves it
	Since    time.Time         // older mail is history for nobody; zero: everything
	Store    Store
	Mailbox  mail.Mailbox
	Policy   *policy.Policy
	Zone     func(manager string) *time.Location                           // of a manager, or the user's for ""
	Known    func() []mail.Address                                         // addresses that a look-alike could imitate
	Seen     func(ledger.Sighting)                                         // a new time of a manager's mail
	Away     func(context.Context, ledger.Absence) error                   // what an automatic reply of a manager says; may be nil
	Back     func(ctx context.Context, manager string, at time.Time) error // the manager wrote then; may be nil
	DayFirst bool                                                          // how 5/3 is read in it
	Tell     func(ctx context.Context, cause, text string)
	Progress func(n int) // headers read in a long walk; may be nil
	Random   io.Reader   // for the Message-ID of a message that has none yet
	Log      *slog.Logger
	Contain  ledger.Contain // keeps a fault with one mail or draft from the others
}

// Service follows one mailbox. Step belongs to one goroutine; Catch may be called from
// others.
type Service struct {
	opt     Options
	missing map[ledger.ID]time.Time // since when a draft is nowhere
	walk    sync.Mutex              // one walk through the inbox at a time
	faulty  map[mail.Ref]bool       // what lies in Headsup and shows a fault of headsup
}

// New makes a service. It performs no I/O.
func New(o Options) *Service {
	return &Service{opt: o, missing: map[ledger.ID]time.Time{}, faulty: map[mail.Ref]bool{}}
}

const (
	grace = 10 * time.Second // between missing a draft and saying so
	again = 20 * time.Second // without a notice of the mailbox
)

// Step looks at the mailbox once.
func (s *Service) Step(ctx context.Context, now time.Time) (time.Time, error) {
	next := now.Add(again)
	if err := s.drafts(ctx, now); err != nil {
		return next, fmt.Errorf("look at drafts: %w", err)
	}
	if err := s.Catch(ctx, now); err != nil {
		return next, err
	}
	for _, since := range s.missing {
		if t := since.Add(grace); t.Before(next) {
			next = t
		}
	}
	return next, nil
}

// Catch reads what came into the inbox up to now: the sender calls it before a message
// leaves, because the manager may have answered a moment ago.
func (s *Service) Catch(ctx context.Context, now time.Time) error {
	s.walk.Lock()
	defer s.walk.Unlock()
	if err := s.history(ctx, now); err != nil {
		return fmt.Errorf("read the inbox: %w", err)
	}
	return nil
}

// drafts compares the ledger with the small folders.
func (s *Service) drafts(ctx context.Context, now time.Time) error {
	msgs, err := s.opt.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Drafted, ledger.Approved, ledger.Scheduled}})
	if err != nil {
		return err
	}
	headers, absent, err := s.look(ctx)
	if err != nil {
		return err
	}
	owner, err := s.owners(ctx, headers)
	if err != nil {
		return err
	}
	claimed := map[mail.Ref]bool{}
	var unclear error
	for _, m := range msgs {
		if m.Draft.IsZero() {
			continue // not in the mailbox yet
		}
		h := find(m, headers, claimed, owner)
		if h != nil {
			claimed[h.Ref] = true
		}
		if m.Hold.Code == ledger.HoldFault {
			continue // until a person lets it go on
		}
		if h == nil && absent[m.Draft.Folder] {
			// Somebody restores it, or the server has lost its mark: that deletes no draft.
			delete(s.missing, m.ID)
			unclear = fmt.Errorf("message %s: the folder of its draft (%s) is not there: %w", m.ID, m.Draft.Folder, mail.ErrNoFolder)
			continue
		}
		err := s.opt.Contain.Do("draft of message "+m.ID.String(), func() error { return s.followOne(ctx, m, h, now) })
		if errors.Is(err, ledger.ErrFault) {
			err = s.keep(ctx, m, now)
		}
		if err != nil {
			return fmt.Errorf("message %s: %w", m.ID, err)
		}
	}
	for _, h := range headers {
		if inQueue(h.Ref.Folder) && !claimed[h.Ref] && !h.Flags.Deleted && !s.faulty[h.Ref] {
			err := s.opt.Contain.Do("mail in "+string(h.Ref.Folder), func() error { return s.adopt(ctx, h, now) })
			if errors.Is(err, ledger.ErrFault) {
				s.faulty[h.Ref] = true
				s.opt.Tell(ctx, "fault "+string(h.Ref.Folder)+h.Ref.UID, "a mail that you moved into Headsup could not be read because of a fault in headsup, which its log describes; it is left where it is and not sent")
				continue
			}
			if err != nil {
				return fmt.Errorf("take in the message that you moved into Headsup: %w", err)
			}
		}
	}
	return unclear
}

// keep holds a message with which a fault of headsup shows: what became of its draft is
// not known.
func (s *Service) keep(ctx context.Context, m ledger.Message, now time.Time) error {
	h := ledger.Faulty(m.ID, "followed in your mailbox")
	s.opt.Tell(ctx, "fault "+m.ID.String(), fmt.Sprintf("%q is held: %s", m.Subject, h.Text))
	_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(h, "headsup"))
	if errors.Is(err, ledger.ErrTooLate) {
		return nil
	}
	return err
}

// owners says to which messages the Message-IDs of drafts without our mark belong.
func (s *Service) owners(ctx context.Context, headers []mail.Header) (map[mail.MessageID]ledger.ID, error) {
	out := map[mail.MessageID]ledger.ID{}
	for _, h := range headers {
		if h.Token != "" || h.ID == "" {
			continue
		}
		m, err := s.opt.Store.ByMessageID(ctx, h.ID)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[h.ID] = m.ID
	}
	return out, nil
}

// look lists the small folders, and names those that are not there.
func (s *Service) look(ctx context.Context) (out []mail.Header, absent map[mail.Folder]bool, err error) {
	absent = map[mail.Folder]bool{}
	for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow} {
		hs, err := s.opt.Mailbox.List(ctx, f)
		if errors.Is(err, mail.ErrNoFolder) {
			absent[f] = true
			continue
		}
		if err != nil {
			return nil, nil, err // it says what was being done
		}
		out = append(out, hs...)
	}
	return out, absent, nil
}

// followOne finds out what happened to one message and records it.
func (s *Service) followOne(ctx context.Context, m ledger.Message, h *mail.Header, now time.Time) error {
	if h == nil {
		return s.missed(ctx, m, now)
	}
	delete(s.missing, m.ID)
	c, err := s.content(ctx, *h)
	if errors.Is(err, mail.ErrGone) {
		return nil // moved while we looked; the next look finds it
	}
	if err != nil {
		return s.unreadable(ctx, m, err, now)
	}
	g := judge(m, &place{header: *h, content: c.Hash}, s.opt.Star)
	return s.record(ctx, m, g, c, now)
}

// tooLarge reports whether no mailbox would read a mail. It is told by its header, so that
// the attempt to read it need not fail again and again in the way of all others.
func tooLarge(h mail.Header) bool { return h.Size > letter.MaxSize }

// content reads what lies at a place.
func (s *Service) content(ctx context.Context, h mail.Header) (ledger.Content, error) {
	if tooLarge(h) {
		return ledger.Content{}, &garbled{fmt.Errorf("it is too large: %d MB, and at most %d MB are read", h.Size>>20, letter.MaxSize>>20)}
	}
	raw, err := s.opt.Mailbox.Read(ctx, h.Ref)
	if err != nil {
		return ledger.Content{}, err
	}
	read, err := letter.Read(raw)
	if err != nil {
		return ledger.Content{}, &garbled{err}
	}
	return ledger.Content{
		Raw: raw, Hash: read.ContentHash(), From: read.From.Address,
		Recipients: read.Recipients(), Subject: read.Subject, Draft: h.Ref,
		Thread: slices.Concat(read.InReplyTo, read.References), Starred: h.Flags.Flagged,
	}, nil
}

// garbled is a draft that was fetched and is not a mail that can be sent.
type garbled struct{ err error }

func (g *garbled) Error() string { return g.err.Error() }
func (g *garbled) Unwrap() error { return g.err }

// unreadable holds a message whose draft cannot be read as mail any more.
func (s *Service) unreadable(ctx context.Context, m ledger.Message, cause error, now time.Time) error {
	var g *garbled
	if !errors.As(cause, &g) {
		return cause
	}
	if m.Held() && m.Hold.Code != "unreadable" {
		return nil // the other hold is not to end when the draft can be read again
	}
	text := "its draft cannot be read any more: " + cause.Error() + "; mend it in your mail client"
	_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(ledger.Hold{Code: "unreadable", Text: text}, "headsup"))
	return err
}

// record turns a gesture into steps of the ledger.
func (s *Service) record(ctx context.Context, m ledger.Message, g Gesture, c ledger.Content, now time.Time) error {
	do := func(st ledger.Step) error {
		after, err := s.opt.Store.Apply(ctx, now, m.ID, st)
		if errors.Is(err, ledger.ErrTooLate) {
			return nil // it is going out; what was approved is what goes
		}
		if err == nil {
			m = after
		}
		return err
	}
	if m.Hold.Code == "unreadable" {
		if err := do(ledger.Unhold("headsup")); err != nil {
			return err
		}
	}
	// The deed goes first: once the new place is stored the next look sees no gesture any
	// more, and a crash in between would lose what the person said.
	var err error
	switch g.Deed {
	case Approves:
		return s.approve(ctx, m, g, c, now)
	case Takes:
		if c.Starred {
			err = do(ledger.Withdraw("user", g.Why))
		} else { // in one step: the next star is a new one, whatever becomes of the rest
			err = do(ledger.WithdrawStar("user", g.Why))
		}
	case Hurries, Calms:
		p := rules.Urgent
		if g.Deed == Calms {
			p = rules.Normal
		}
		err = do(ledger.Change(ledger.Set{Priority: &p}, "user", g.Why))
	}
	if err != nil || !moved(m, c) {
		return err
	}
	if c.Hash == m.Content {
		return do(ledger.Place(c.Draft, c.Starred))
	}
	return do(ledger.Edit(c, "user"))
}

// moved reports whether a draft says or lies otherwise than the ledger has it.
func moved(m ledger.Message, c ledger.Content) bool {
	return c.Hash != m.Content || c.Draft != m.Draft || c.Starred != m.Starred
}

// missed deals with a draft that is in none of the folders.
func (s *Service) missed(ctx context.Context, m ledger.Message, now time.Time) error {
	if ref, ok, err := s.inSent(ctx, m); err != nil {
		return err
	} else if ok {
		delete(s.missing, m.ID)
		r := ledger.Receipt{Message: m.ID, Kind: ledger.ReceiptByHand, At: now, Text: "the draft is in Sent: you sent it yourself", Ref: ref}
		_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Prove(r))
		return err
	}
	since, known := s.missing[m.ID]
	if !known {
		s.missing[m.ID] = now
		return nil
	}
	if now.Sub(since) < grace {
		return nil
	}
	delete(s.missing, m.ID)
	_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Cancel("user", "the draft was deleted, or moved out of Drafts and Headsup"))
	if errors.Is(err, ledger.ErrTooLate) {
		return nil
	}
	return err
}

// inSent looks for a message in Sent and, where there is one, in All.
func (s *Service) inSent(ctx context.Context, m ledger.Message) (mail.Ref, bool, error) {
	for _, q := range []mail.Query{{ID: m.MessageID}, {Token: m.Token}} {
		if q.Token == "" && q.ID == "" {
			continue
		}
		refs, err := s.opt.Mailbox.Find(ctx, mail.Sent, q)
		if errors.Is(err, mail.ErrNoFolder) {
			return mail.Ref{}, false, nil
		}
		if err != nil {
			return mail.Ref{}, false, fmt.Errorf("search Sent: %w", err)
		}
		if len(refs) > 0 {
			return refs[0], true, nil
		}
	}
	return mail.Ref{}, false, nil
}
