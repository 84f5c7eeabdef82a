// Package draft turns notes into drafts. It reads a note with rules/recap, words it
// with mail/letter, writes the message into the ledger, and puts it into the Drafts
// folder, where its writer-to-be finds it beside everything else that waits to be sent.
//
// The order of writes is what makes one note one draft. The message, with its bytes,
// its Message-ID and its token, is in the ledger before the mailbox is touched. Then it is
// appended; then it is fetched back, because servers rewrite, and what came back is
// the baseline that a later edit is compared with. When the answer of the mailbox is
// lost, the token is searched for before anything is appended again.
//
// Whom a recap goes to is never read from the text of a note: the front matter names a
// manager by key, or a known manager was in the meeting, or the configuration has a
// default. Where that leaves a doubt, the note is held and the user is asked.
//
// A note belongs to an event of its readers' calendars if time, title and people say so.
// The event gives the subject and the thread; its end decides when a note is drafted,
// because what was written before a meeting is not what was said in it. What the last
// recap of the same series left open goes on in the next.
package draft

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules/policy"
	"headsup/rules/recap"
)

// Store is what drafting needs of the ledger.
type Store interface {
	// Notes lists notes in a state (or in any), oldest first, without their bytes.
	Notes(ctx context.Context, s ledger.NoteState) ([]ledger.Note, error)
	// NoteBytes returns the bytes of a note.
	NoteBytes(ctx context.Context, hash mail.Hash) ([]byte, error)
	// AddNote stores a note, once for each content.
	AddNote(ctx context.Context, n ledger.Note) error
	// SetNote moves a note to a state, for a reason in words.
	SetNote(ctx context.Context, now time.Time, hash mail.Hash, s ledger.NoteState, why string) error
	// Create adds a message with its bytes and moves its note, if it has one, to drafted,
	// in one transaction.
	Create(ctx context.Context, now time.Time, m ledger.Message, raw []byte) (ledger.Message, error)
	// Record adds a line to the trail.
	Record(ctx context.Context, e ledger.Entry) error
	// ByNote finds the message that was made from a note.
	ByNote(ctx context.Context, hash string) (ledger.Message, error)
	// List lists messages.
	List(ctx context.Context, f ledger.Filter) ([]ledger.Message, error)
	// Bytes returns one of the byte strings that are kept of a message.
	Bytes(ctx context.Context, id ledger.ID, c ledger.Copy) ([]byte, error)
	// Apply carries out a step.
	Apply(ctx context.Context, now time.Time, id ledger.ID, s ledger.Step) (ledger.Message, error)
}

// Manager is what drafting must know of a person whose attention is managed.
type Manager struct {
	Key      string
	Name     string
	Aliases  []string
	Greeting string
	Address  mail.Address
	Style    letter.Style
	Zone     *time.Location
}

// Options configure a [Service].
type Options struct {
	User      mail.Party
	Zone      *time.Location
	Signature string
	Account   string
	DayFirst  bool
	Managers  []Manager
	Default   string // key of the manager for notes that name none; "" asks
	PerHour   int    // new drafts from notes an hour; 0: no limit
	Templates *letter.Templates
	Store     Store
	Mailbox   mail.Mailbox
	Random    io.Reader // for Message-IDs and tokens
	Policy    *policy.Policy
	Events    func(ctx context.Context, manager string, around time.Time) []calendar.Event // of a manager's calendars about a moment; nil: none
	Extract   func(ctx context.Context, public []byte) ([]byte, error)                     // notes.extract_command, see Command.Run; nil: none
	CcName    func(mail.Address) string                                                    // the display name of somebody whom a rule adds, may be ""
	Tell      func(ctx context.Context, cause, text string)
	Log       *slog.Logger
	Contain   ledger.Contain // keeps a fault with one note or message from the others
}

// Service makes drafts. Step belongs to one goroutine; Add and Note may be called from
// others.
type Service struct {
	opt   Options
	mu    sync.Mutex  // one note is drafted at a time, so that it is drafted once
	made  []time.Time // drafts of notes in this hour
	rests time.Time   // notes.extract_command failed and is not asked before
}

// New makes a service. It performs no I/O.
func New(o Options) *Service { return &Service{opt: o} }

const (
	batch = 50              // notes in one step
	again = 5 * time.Minute // without an event
)

// Step drafts what is new and puts into the mailbox what is not there yet.
func (s *Service) Step(ctx context.Context, now time.Time) (time.Time, error) {
	next, err := s.draftNotes(ctx, now)
	if err != nil {
		return now.Add(20 * time.Second), err
	}
	if err := s.house(ctx, now); err != nil {
		return now.Add(20 * time.Second), err
	}
	return next, nil
}

// draftNotes makes messages of new notes. It wants to go on in a minute if the limit of
// the hour, or the batch, left some over, and when a meeting ends that a note waits for.
func (s *Service) draftNotes(ctx context.Context, now time.Time) (next time.Time, err error) {
	next = now.Add(again)
	s.mu.Lock()
	defer s.mu.Unlock()
	left := batch
	if s.opt.PerHour > 0 {
		s.made = slices.DeleteFunc(s.made, func(t time.Time) bool { return now.Sub(t) > time.Hour })
		left = min(left, s.opt.PerHour-len(s.made))
	}
	notes, err := s.opt.Store.Notes(ctx, ledger.NoteSeen)
	if err != nil {
		return next, fmt.Errorf("list new notes: %w", err)
	}
	for i, n := range notes {
		if left <= 0 {
			s.opt.Tell(ctx, "drafts-limit", fmt.Sprintf("%d notes wait: the limit of %d drafts an hour is reached (notes.max_drafts_per_hour)", len(notes)-i, s.opt.PerHour))
			return now.Add(time.Minute), nil
		}
		if slices.ContainsFunc(notes, func(o ledger.Note) bool { return o.Path == n.Path && o.Modified.After(n.Modified) }) {
			if err := s.opt.Store.SetNote(ctx, now, n.Hash, ledger.NoteSkipped, "the file was saved again before this was drafted"); err != nil {
				return next, err
			}
			continue
		}
		var made bool
		var until time.Time
		err := s.opt.Contain.Do("note "+n.Hash.String()[:12], func() (err error) { made, until, err = s.draftNote(ctx, n, now); return err })
		if errors.Is(err, ledger.ErrFault) {
			made, until, err = false, time.Time{}, s.faulty(ctx, n, now)
		}
		if err != nil {
			return next, fmt.Errorf("draft note %q: %w", n.Path, err)
		}
		if made {
			left--
			s.made = append(s.made, now)
		}
		if !until.IsZero() && until.Before(next) {
			next = until
		}
	}
	return next, nil
}

// faulty leaves a note out with which a fault of headsup shows.
func (s *Service) faulty(ctx context.Context, n ledger.Note, now time.Time) error {
	const why = "it could not be drafted because of a fault in headsup, which its log describes"
	s.opt.Tell(ctx, "note "+n.Hash.String(), fmt.Sprintf("the note %q was left out: %s", n.Path, why))
	return s.opt.Store.SetNote(ctx, now, n.Hash, ledger.NoteSkipped, why)
}

// draftNote makes a message of one note, or says why not, or waits for the end of its
// meeting.
func (s *Service) draftNote(ctx context.Context, n ledger.Note, now time.Time) (made bool, until time.Time, err error) {
	set := func(st ledger.NoteState, why string) error {
		s.opt.Log.Info("note not drafted", "note", n.Hash.String()[:12], "state", st)
		return s.opt.Store.SetNote(ctx, now, n.Hash, st, why)
	}
	if n.Bytes, err = s.opt.Store.NoteBytes(ctx, n.Hash); err != nil {
		return false, until, err
	}
	rec, err := recap.Read(n.Path, n.Bytes, s.reading(n))
	if err != nil {
		s.opt.Tell(ctx, "note "+n.Hash.String(), fmt.Sprintf("the note %q cannot be read: %v", n.Path, err))
		return false, until, set(ledger.NoteSkipped, err.Error())
	}
	if !worthMail(rec) {
		return false, until, set(ledger.NoteSkipped, "nothing in it is sure enough for a recap; mark lines with ACTION:, DECISION:, Q: or RISK:")
	}
	who, why := s.recipients(rec)
	if why != "" {
		s.opt.Tell(ctx, "note "+n.Hash.String(), fmt.Sprintf("the note %q was not drafted: %s", n.Path, why))
		return false, until, set(ledger.NoteAsks, why)
	}
	st := &story{note: n, rec: rec, to: who}
	if until = s.meet(ctx, st); now.Before(until) {
		why := fmt.Sprintf("it was saved before %q ended; it is drafted after %s", st.title(), until.In(s.opt.Zone).Format("Mon 2 Jan 15:04"))
		if n.Why == why {
			return false, until, nil
		}
		if err := s.replace(ctx, n, now); err != nil {
			return false, until, err
		}
		return false, until, set(ledger.NoteSeen, why)
	}
	if s.introduce(st); !worthMail(st.rec) {
		why := "everything in it is to be checked first: " + firstAsk(st.rec)
		s.opt.Tell(ctx, "note "+n.Hash.String(), fmt.Sprintf("the note %q was not drafted: %s", n.Path, why))
		return false, time.Time{}, set(ledger.NoteAsks, why)
	}
	if err := s.replace(ctx, n, now); err != nil {
		return false, time.Time{}, err
	}
	_, err = s.tell(ctx, st, now)
	return err == nil, time.Time{}, err
}

// tell writes the letter of a story into the ledger.
func (s *Service) tell(ctx context.Context, st *story, now time.Time) (ledger.Message, error) {
	if err := s.recall(ctx, st, now); err != nil {
		return ledger.Message{}, err
	}
	s.suggest(ctx, st, now)
	st.adopt()
	return s.create(ctx, s.author(st, now), now)
}

// replace deals with the messages of an earlier content of the same file: what nobody
// touched is cancelled, what somebody edited or approved comes back as a draft and says
// why.
func (s *Service) replace(ctx context.Context, n ledger.Note, now time.Time) error {
	before, err := s.opt.Store.Notes(ctx, ledger.NoteDrafted)
	if err != nil {
		return fmt.Errorf("list earlier notes: %w", err)
	}
	for _, old := range before {
		if old.Path != n.Path || old.Hash == n.Hash {
			continue
		}
		m, err := s.opt.Store.ByNote(ctx, old.Hash.String())
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err == nil {
			err = s.outdate(ctx, m, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) outdate(ctx context.Context, m ledger.Message, now time.Time) error {
	const why = "the note was changed after this was drafted; a new draft was made from it"
	switch m.State {
	case ledger.Drafted:
		if m.Content != m.Baseline {
			_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(ledger.Hold{Code: "note-changed", Text: why}, "headsup"))
			return err
		}
		m, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Cancel("headsup", why))
		if err != nil || m.Draft.IsZero() {
			return err
		}
		if err := s.opt.Mailbox.Remove(ctx, m.Draft); err != nil && !errors.Is(err, mail.ErrGone) {
			s.opt.Log.Warn("outdated draft not removed", "id", m.ID, "err", err)
		}
		return nil
	case ledger.Approved, ledger.Scheduled, ledger.Sending:
		_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Withdraw("headsup", why))
		if errors.Is(err, ledger.ErrTooLate) {
			return nil
		}
		return err
	}
	return nil
}

func (s *Service) reading(n ledger.Note) recap.Options {
	o := recap.Options{Fallback: n.Modified.In(s.opt.Zone), Self: s.opt.User.Name, DayFirst: s.opt.DayFirst}
	for _, m := range s.opt.Managers {
		o.Contacts = append(o.Contacts, recap.Contact{Name: m.Name, Aliases: m.Aliases, Key: m.Key})
	}
	return o
}

// firstAsk is the first question that a recap raises.
func firstAsk(r recap.Recap) string {
	for _, it := range r.Items {
		if it.Ask != "" {
			return it.Ask
		}
	}
	return ""
}

func worthMail(r recap.Recap) bool {
	for _, it := range r.Items {
		if it.Unasked {
			return true
		}
	}
	return false
}
