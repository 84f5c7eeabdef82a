package follow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules/absence"
)

const (
	tick     = 500            // headers between two notices of progress
	maxQuote = 256 << 10      // bytes of a report that are searched for the message it is about
	believe  = 36 * time.Hour // a Date further from the arrival is not believed
)

// history reads the headers that came into the inbox since the last step.
func (s *Service) history(ctx context.Context, now time.Time) error {
	from, err := s.opt.Store.Cursor(ctx, s.opt.Box, mail.Inbox)
	if err != nil {
		return fmt.Errorf("how far the inbox was read: %w", err)
	}
	n := 0
	to, walkErr := s.opt.Mailbox.Since(ctx, mail.Inbox, from, func(h mail.Header) error {
		if n++; n%tick == 0 && s.opt.Progress != nil {
			s.opt.Progress(n)
		}
		err := s.opt.Contain.Do("mail in the inbox", func() error { return s.header(ctx, h, now) })
		if errors.Is(err, ledger.ErrFault) {
			s.opt.Tell(ctx, "fault inbox "+h.Ref.UID, fmt.Sprintf("the mail of %s in your inbox could not be looked at because of a fault in headsup, which its log describes; whether it answers one of yours is not known", h.Received.Format("Mon 2 Jan 15:04")))
			return nil
		}
		return err
	})
	if to != from && to != "" {
		// Who is stopped in the middle of a long first walk goes on from there.
		if err := s.opt.Store.SetCursor(context.WithoutCancel(ctx), now, s.opt.Box, mail.Inbox, to); err != nil {
			return fmt.Errorf("store how far the inbox was read: %w", err)
		}
	}
	return walkErr
}

// header takes the facts out of one header. It must accept what it saw before.
func (s *Service) header(ctx context.Context, h mail.Header, now time.Time) error {
	if h.Report {
		return s.report(ctx, h, now)
	}
	key := s.opt.Managers[h.From.Address.Key()]
	switch {
	case key == "" || h.List || h.Calendar:
		return nil
	case h.Auto || absence.Automatic(h.Subject):
		return s.automatic(ctx, key, h, now)
	}
	at := written(h)
	if at.Before(s.opt.Since) {
		return nil
	}
	answered, err := s.answers(ctx, h, at, now)
	if err != nil {
		return err
	}
	if err := s.sight(ctx, key, h, at, answered); err != nil {
		return err
	}
	return s.first(ctx, key, h, at, now)
}

// written is when a mail was written: what its Date says, if that is believable.
func written(h mail.Header) time.Time {
	if h.Date.IsZero() || h.Date.Sub(h.Received).Abs() > believe && !h.Received.IsZero() {
		return h.Received
	}
	return h.Date
}

// sight keeps the time of a manager's mail, once, and nothing else of it.
func (s *Service) sight(ctx context.Context, key string, h mail.Header, at time.Time, answered *ledger.Message) error {
	_, offset := at.Zone()
	sum := sha256.Sum256([]byte(h.ID + "\x00" + mail.MessageID(at.UTC().Format(time.RFC3339))))
	sighting := ledger.Sighting{Manager: key, At: at, Offset: offset / 60, Ref: hex.EncodeToString(sum[:12])}
	if answered != nil && at.After(answered.Changed) {
		sighting.Delay = at.Sub(answered.Changed)
	}
	if err := s.opt.Store.AddSightings(ctx, []ledger.Sighting{sighting}); err != nil {
		return fmt.Errorf("store a time of the manager's mail: %w", err)
	}
	if s.opt.Seen != nil {
		s.opt.Seen(sighting)
	}
	if s.opt.Back != nil {
		return s.opt.Back(ctx, key, at)
	}
	return nil
}

// answers finds the message of ours that a mail answers, and stores the receipt.
func (s *Service) answers(ctx context.Context, h mail.Header, at, now time.Time) (*ledger.Message, error) {
	for _, id := range slices.Concat(h.InReplyTo, h.References) {
		m, err := s.opt.Store.ByMessageID(ctx, id)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r := ledger.Receipt{Message: m.ID, Kind: ledger.ReceiptAnswered, At: at, Text: "answered by the manager"}
		if m.State == ledger.Uncertain {
			_, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Prove(r)) // nobody answers what did not arrive
		} else if m.State == ledger.Sent {
			err = s.opt.Store.AddReceipt(ctx, now, r)
		}
		return &m, err
	}
	return nil, nil
}

// first holds what waits for a manager who has just written about the same thing: what
// was approved was written without knowing that.
func (s *Service) first(ctx context.Context, key string, h mail.Header, at, now time.Time) error {
	waiting, err := s.opt.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Approved, ledger.Scheduled}, Manager: key})
	if err != nil {
		return err
	}
	for _, m := range waiting {
		if !slices.Contains(m.Managers, key) || !at.After(m.Approval.At) || m.Held() || !sameThread(m, h) {
			continue
		}
		text := fmt.Sprintf("the manager wrote in this thread at %s, before this went; read that first, then: headsup queue release %s (send it all the same) or headsup queue cancel %s", at.Format("Mon 15:04"), m.ID, m.ID)
		_, err := s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(ledger.Hold{Code: "answered-first", Text: text}, "headsup"))
		if err != nil && !errors.Is(err, ledger.ErrTooLate) {
			return err
		}
		s.opt.Log.Info("held, the manager wrote first", "id", m.ID)
		s.opt.Tell(ctx, "answered-first "+m.ID.String(), fmt.Sprintf("%q is held: %s", m.Subject, text))
	}
	return nil
}

// sameThread reports whether a mail belongs to the conversation of a message: by the
// identifiers (RFC 5322 section 3.6.4), or by the subject.
func sameThread(m ledger.Message, h mail.Header) bool {
	for _, id := range append(slices.Concat(h.InReplyTo, h.References), h.ID) {
		if id != "" && slices.Contains(m.Thread, id) {
			return true
		}
	}
	return fold(m.Subject) != "" && fold(h.Subject) == fold(m.Subject)
}

var quotedID = regexp.MustCompile(`(?im)^(?:Original-)?Message-ID:\s*(<[^<>\s]{3,900}>)`)

// report finds the message that a report of failure (RFC 3464) is about: it quotes the
// header of the original.
func (s *Service) report(ctx context.Context, h mail.Header, now time.Time) error {
	if tooLarge(h) {
		s.opt.Tell(ctx, "report "+h.Ref.UID, fmt.Sprintf("the delivery report of %s in your inbox is too large to be read: look whether one of your messages came back", h.Received.Format("Mon 2 Jan 15:04")))
		return nil
	}
	raw, err := s.opt.Mailbox.Read(ctx, h.Ref)
	if errors.Is(err, mail.ErrGone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a delivery report: %w", err)
	}
	for _, hit := range quotedID.FindAllSubmatch(raw[:min(len(raw), maxQuote)], 16) {
		id, err := mail.ParseMessageID(string(hit[1]))
		if err != nil || id == h.ID {
			continue
		}
		m, err := s.opt.Store.ByMessageID(ctx, id)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		return s.bounced(ctx, m, h, now)
	}
	return nil
}

// bounced stores that a message came back. It had left, so an uncertain one is settled.
func (s *Service) bounced(ctx context.Context, m ledger.Message, h mail.Header, now time.Time) error {
	r := ledger.Receipt{Message: m.ID, Kind: ledger.ReceiptBounced, At: h.Received, Text: "a delivery report came back", Ref: h.Ref}
	var err error
	switch m.State {
	case ledger.Uncertain:
		_, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Prove(r))
	case ledger.Sent:
		err = s.opt.Store.AddReceipt(ctx, now, r)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	s.opt.Tell(ctx, "bounced "+m.ID.String(), fmt.Sprintf("%q was sent, and a delivery report came back: the recipient may not have it. The report is in your inbox; headsup does not send it again.", m.Subject))
	return nil
}
