package draft

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
)

// Letter is a message that is about to be written into the ledger.
type Letter struct {
	Message ledger.Message
	Mail    mail.Message
	Content letter.Content // worded into the parts of Mail, unless it has some
	Said    []ledger.Entry // further lines for the trail: what was recorded, what to check
}

// create gives a letter its names and writes it into the ledger.
func (s *Service) create(ctx context.Context, l Letter, now time.Time) (ledger.Message, error) {
	id, err := mail.NewMessageID(s.opt.Random, s.opt.User.Address.Domain())
	if err != nil {
		return ledger.Message{}, err
	}
	token, err := newToken(s.opt.Random)
	if err != nil {
		return ledger.Message{}, err
	}
	l.Mail.ID, l.Mail.Token, l.Mail.From, l.Mail.Date = id, token, s.opt.User, now.In(s.opt.Zone)
	if len(l.Mail.Parts) == 0 {
		if l.Mail.Parts, err = s.opt.Templates.Compose(l.Content); err != nil {
			return ledger.Message{}, fmt.Errorf("word the message: %w", err)
		}
	}
	raw, err := letter.Build(l.Mail)
	if err != nil {
		return ledger.Message{}, fmt.Errorf("build the draft: %w", err)
	}
	// What the ledger knows is what is read back, never what was meant.
	read, err := letter.Read(raw)
	if err != nil {
		return ledger.Message{}, fmt.Errorf("read the draft back: %w", err)
	}
	m := l.Message
	m.State, m.Account = ledger.Drafted, s.opt.Account
	m.MessageID, m.Token = id, token
	m.From, m.Recipients, m.Subject = s.opt.User.Address, read.Recipients(), read.Subject
	m.Content = read.ContentHash()
	m.Baseline = m.Content
	m.Thread = slices.Concat(read.InReplyTo, read.References)
	m, err = s.opt.Store.Create(ctx, now, m, raw)
	if err != nil {
		return m, fmt.Errorf("write the message into the ledger: %w", err)
	}
	for _, e := range l.Said {
		e.Message = m.ID
		if err := s.opt.Store.Record(ctx, e); err != nil {
			return m, fmt.Errorf("write what was recorded into the trail: %w", err)
		}
	}
	s.opt.Log.Info("drafted", "id", m.ID, "kind", m.Kind)
	return m, nil
}

// newToken is the mark by which headsup finds its own draft again.
func newToken(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// house puts every drafted message that lies nowhere into Drafts.
func (s *Service) house(ctx context.Context, now time.Time) error {
	msgs, err := s.opt.Store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Drafted}})
	if err != nil {
		return fmt.Errorf("list messages without a draft: %w", err)
	}
	for _, m := range msgs {
		if !m.Draft.IsZero() || m.Hold.Code == ledger.HoldFault {
			continue
		}
		err := s.opt.Contain.Do("draft of message "+m.ID.String(), func() error { return s.houseOne(ctx, m, now) })
		if errors.Is(err, ledger.ErrFault) {
			h := ledger.Faulty(m.ID, "put into Drafts")
			s.opt.Tell(ctx, "fault "+m.ID.String(), h.Text)
			_, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Keep(h, "headsup"))
		}
		if err != nil {
			return fmt.Errorf("put draft %s into Drafts: %w", m.ID, err)
		}
	}
	return nil
}

func (s *Service) houseOne(ctx context.Context, m ledger.Message, now time.Time) error {
	ref, err := s.findOwn(ctx, m)
	if err != nil {
		return err
	}
	if ref.IsZero() {
		raw, err := s.opt.Store.Bytes(ctx, m.ID, ledger.CopyDrafted)
		if err != nil {
			return err
		}
		ref, err = s.opt.Mailbox.Append(ctx, mail.Drafts, raw, mail.Flags{Draft: true, Seen: true})
		if errors.Is(err, mail.ErrUnknownOutcome) {
			return nil // the next step searches for the token before it appends again
		}
		if err != nil {
			return err
		}
	}
	return s.baseline(ctx, m, ref, now)
}

// findOwn looks for a draft that an earlier try left in the mailbox. Of two copies of our
// own the later one is removed.
func (s *Service) findOwn(ctx context.Context, m ledger.Message) (mail.Ref, error) {
	refs, err := s.opt.Mailbox.Find(ctx, mail.Drafts, mail.Query{Token: m.Token})
	if err != nil {
		return mail.Ref{}, fmt.Errorf("search for the token: %w", err)
	}
	if len(refs) == 0 {
		return mail.Ref{}, nil
	}
	first, err := s.opt.Mailbox.Read(ctx, refs[0])
	if err != nil {
		return mail.Ref{}, err
	}
	for _, r := range refs[1:] {
		copied, err := s.opt.Mailbox.Read(ctx, r)
		if err != nil || !bytes.Equal(first, copied) {
			continue // not ours any more: somebody edited it
		}
		if err := s.opt.Mailbox.Remove(ctx, r); err != nil {
			return mail.Ref{}, fmt.Errorf("remove the second copy: %w", err)
		}
	}
	return refs[0], nil
}

// baseline takes what the mailbox made of the draft as the content from now on.
func (s *Service) baseline(ctx context.Context, m ledger.Message, ref mail.Ref, now time.Time) error {
	raw, err := s.opt.Mailbox.Read(ctx, ref)
	if err != nil {
		return fmt.Errorf("fetch the draft back: %w", err)
	}
	read, err := letter.Read(raw)
	if err != nil {
		return fmt.Errorf("read the draft as the mailbox keeps it: %w", err)
	}
	c := ledger.Content{
		Raw: raw, Hash: read.ContentHash(), From: read.From.Address,
		Recipients: read.Recipients(), Subject: read.Subject, Draft: ref,
		Thread: slices.Concat(read.InReplyTo, read.References),
	}
	_, err = s.opt.Store.Apply(ctx, now, m.ID, ledger.Baseline(c))
	return err
}
