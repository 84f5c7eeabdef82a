package imapbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"

	"headsup/mail"
)

// look opens a part of the mailbox for reading and lists its messages from a UID on.
// from is asked for when the validity is known.
func (b *Box) look(ctx context.Context, part mail.Folder, from func(validity uint32) imap.UID) (validity uint32, uids []imap.UID, err error) {
	err = b.with(ctx, b.work, true, func(s *session) error {
		name, err := b.name(ctx, s, part)
		if err != nil {
			return err
		}
		data, err := s.open(ctx, name, true)
		if errors.Is(err, mail.ErrNoFolder) {
			b.forget(part)
		}
		if err != nil {
			return err
		}
		validity = data.UIDValidity
		first := from(validity)
		if data.UIDNext != 0 && first >= data.UIDNext {
			return nil
		}
		uids, err = s.uids(ctx, first)
		return err
	})
	return validity, uids, err
}

// List is [mail.Mailbox.List].
func (b *Box) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	validity, uids, err := b.look(ctx, f, func(uint32) imap.UID { return 1 })
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", f, err)
	}
	var out []mail.Header
	for len(uids) > 0 {
		n := min(batch, len(uids))
		hs, err := b.headers(ctx, f, validity, uids[:n])
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", f, err)
		}
		out = append(out, hs...)
		uids = uids[n:]
	}
	return out, nil
}

// Since is [mail.Mailbox.Since]. The connection is free while fn runs.
func (b *Box) Since(ctx context.Context, f mail.Folder, c mail.Cursor, fn func(mail.Header) error) (mail.Cursor, error) {
	of, last := readCursor(c)
	validity, uids, err := b.look(ctx, f, func(validity uint32) imap.UID {
		if of != validity {
			last, c = 0, writeCursor(validity, 0)
		}
		return last + 1
	})
	if err != nil {
		return c, fmt.Errorf("read new mail in %s: %w", f, err)
	}
	for len(uids) > 0 {
		n := min(batch, len(uids))
		hs, err := b.headers(ctx, f, validity, uids[:n])
		if err != nil {
			return c, fmt.Errorf("read new mail in %s: %w", f, err)
		}
		for _, h := range hs {
			if err := fn(h); err != nil {
				return c, err
			}
			c = writeCursor(validity, number(h.Ref))
		}
		c = writeCursor(validity, uids[n-1])
		uids = uids[n:]
	}
	return c, nil
}

func writeCursor(validity uint32, last imap.UID) mail.Cursor {
	return mail.Cursor(fmt.Sprintf("%d:%d", validity, last))
}

// readCursor gives zeros for what is no cursor of ours: no folder has validity 0.
func readCursor(c mail.Cursor) (validity uint32, last imap.UID) {
	v, u, _ := strings.Cut(string(c), ":")
	a, errA := strconv.ParseUint(v, 10, 32)
	n, errN := strconv.ParseUint(u, 10, 32)
	if errA != nil || errN != nil || n >= 1<<32-1 {
		return 0, 0
	}
	return uint32(a), imap.UID(n)
}

// Read is [mail.Mailbox.Read].
func (b *Box) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	var raw []byte
	err := b.at(ctx, r, true, true, func(s *session, u imap.UID) error {
		section := &imap.FetchItemBodySection{Peek: true}
		found, err := s.fetch(ctx, []imap.UID{u}, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		if err != nil {
			return err
		}
		f, ok := found[u]
		if !ok {
			return mail.ErrGone
		}
		if raw = f.body; raw == nil {
			return errors.New("the server gives no text for the message")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", r.Folder, err)
	}
	return raw, nil
}

// at gives fn a session in which the folder of a Ref is open and its UID means what it
// meant.
func (b *Box) at(ctx context.Context, r mail.Ref, readOnly, again bool, fn func(*session, imap.UID) error) error {
	u := number(r)
	return b.with(ctx, b.work, again, func(s *session) error {
		name, err := b.name(ctx, s, r.Folder)
		if err != nil {
			return err
		}
		if s.selected.name != name || s.selected.readOnly && !readOnly {
			if _, err := s.open(ctx, name, readOnly); err != nil {
				if errors.Is(err, mail.ErrNoFolder) {
					b.forget(r.Folder)
				}
				return err
			}
		}
		if u == 0 || r.Validity != strconv.FormatUint(uint64(s.selected.data.UIDValidity), 10) {
			return mail.ErrGone
		}
		return fn(s, u)
	})
}

// maxHits is how many messages one search may find before it is not believed to have
// found anything.
const maxHits = 1000

// Find is [mail.Mailbox.Find]. Servers search for parts of fields, so what they find is
// looked at.
func (b *Box) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	criteria := &imap.SearchCriteria{}
	if q.ID != "" {
		criteria.Header = append(criteria.Header, imap.SearchCriteriaHeaderField{Key: "Message-ID", Value: string(q.ID)})
	}
	if q.Token != "" {
		criteria.Header = append(criteria.Header, imap.SearchCriteriaHeaderField{Key: "X-Headsup-Token", Value: q.Token})
	}
	if len(criteria.Header) == 0 {
		return nil, fmt.Errorf("find in %s: nothing is asked for", f)
	}
	hits, validity, err := b.hits(ctx, f, criteria)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", f, err)
	}
	if len(hits) == 0 {
		return nil, nil
	}
	hs, err := b.headers(ctx, f, validity, hits)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", f, err)
	}
	var out []mail.Ref
	for _, h := range hs {
		if (q.ID == "" || q.ID == h.ID) && (q.Token == "" || q.Token == h.Token) {
			out = append(out, h.Ref)
		}
	}
	return out, nil
}

func (b *Box) hits(ctx context.Context, f mail.Folder, criteria *imap.SearchCriteria) (uids []imap.UID, validity uint32, err error) {
	err = b.with(ctx, b.work, true, func(s *session) error {
		name, err := b.name(ctx, s, f)
		if err != nil {
			return err
		}
		data, err := s.open(ctx, name, true)
		if err != nil {
			return err
		}
		validity = data.UIDValidity
		set, err := s.search(ctx, criteria)
		if err != nil {
			return err
		}
		uids = nil
		for _, r := range set {
			if r.Start == 0 || r.Stop < r.Start || int(r.Stop-r.Start) >= maxHits-len(uids) {
				return fmt.Errorf("the search finds more than %d messages, which says nothing", maxHits)
			}
			for u := r.Start; u <= r.Stop; u++ {
				uids = append(uids, u)
			}
		}
		return nil
	})
	return uids, validity, err
}
