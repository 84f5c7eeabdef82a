package imapbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail"
	"headsup/mail/letter"
)

// batch is how many messages are asked for at once.
const batch = 500

// maxMessages bounds what a folder may hold.
const maxMessages = 5_000_000

// uids lists the messages of the open folder from a UID on, in order. A server that
// names more than it said to have is not believed.
func (s *session) uids(ctx context.Context, from imap.UID) ([]imap.UID, error) {
	if s.selected.data.NumMessages == 0 {
		return nil, nil
	}
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: from, Stop: 0}}}}
	found, err := s.search(ctx, criteria)
	if err != nil {
		return nil, err
	}
	most := min(int(s.selected.data.NumMessages)+1000, maxMessages)
	var out []imap.UID
	for _, r := range found {
		if r.Start == 0 || r.Stop < r.Start || int64(r.Stop-r.Start) >= int64(most-len(out)) {
			s.dead = true
			return nil, fmt.Errorf("the server names more messages than there are: %w", ErrLimit)
		}
		for u := r.Start; ; u++ {
			if u >= from { // "n:*" always names the last one
				out = append(out, u)
			}
			if u == r.Stop {
				break
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (s *session) search(ctx context.Context, criteria *imap.SearchCriteria) (imap.UIDSet, error) {
	var options *imap.SearchOptions
	if s.caps.Has(imap.CapESearch) || s.caps.Has(imap.CapIMAP4rev2) {
		options = &imap.SearchOptions{ReturnAll: true}
	}
	var set imap.UIDSet
	err := s.run(ctx, s.timeout, func() error {
		data, err := s.client.UIDSearch(criteria, options).Wait()
		if err == nil {
			set, _ = data.All.(imap.UIDSet)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search in %q: %w", s.selected.name, err)
	}
	return set, nil
}

// headers fetches what [letter.ReadHeader] wants of some messages of the open folder.
func (s *session) headers(ctx context.Context, part mail.Folder, uids []imap.UID) ([]mail.Header, error) {
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: letter.Fields(), Peek: true}
	options := &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}}
	found, err := s.fetch(ctx, uids, options)
	if err != nil {
		return nil, fmt.Errorf("read headers in %q: %w", s.selected.name, err)
	}
	out := make([]mail.Header, 0, len(found))
	for _, u := range uids {
		f, ok := found[u]
		if !ok {
			continue // it went away meanwhile
		}
		h, err := letter.ReadHeader(bytes.NewReader(f.body))
		if err != nil {
			h = mail.Header{} // too big to say anything, and there all the same
		}
		h.Ref, h.Flags, h.Size, h.Received = ref(part, s.selected.data.UIDValidity, u), f.flags, f.size, f.received
		out = append(out, h)
	}
	return out, nil
}

// fetched is one answer to FETCH.
type fetched struct {
	uid      imap.UID
	flags    mail.Flags
	size     int64
	received time.Time
	body     []byte
	full     bool // body was in it
	err      error
}

// strayWait is how long an answer that went astray may be on its way.
const strayWait = 200 * time.Millisecond

// fetch asks for a body section of some messages, which must be in order. The library
// hands an answer to whom it thinks it belongs: one that comes after a notice for the
// same message, or has its UID after the body, is taken for a notice itself and comes
// by way of strays.
func (s *session) fetch(ctx context.Context, uids []imap.UID, options *imap.FetchOptions) (map[imap.UID]fetched, error) {
	for len(s.strays) > 0 {
		<-s.strays
	}
	found := map[imap.UID]fetched{}
	take := func(f fetched) error {
		if _, asked := slices.BinarySearch(uids, f.uid); f.full && asked {
			found[f.uid] = f
		}
		return f.err
	}
	err := s.run(ctx, 5*s.timeout, func() error {
		var readErr error
		cmd := s.client.Fetch(imap.UIDSetNum(uids...), options)
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			readErr = errors.Join(readErr, take(readMessage(m)))
		}
		return errors.Join(cmd.Close(), readErr)
	})
	if err != nil {
		return nil, err
	}
	t := time.NewTimer(strayWait)
	defer t.Stop()
	for len(found) < len(uids) {
		select {
		case f := <-s.strays:
			if err := take(f); err != nil {
				return nil, err
			}
		case <-t.C:
			return found, nil
		}
	}
	return found, nil
}

// readMessage takes one answer apart.
func readMessage(m *imapclient.FetchMessageData) fetched {
	var f fetched
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			f.uid = item.UID
		case imapclient.FetchItemDataFlags:
			f.flags = fromFlags(item.Flags)
		case imapclient.FetchItemDataInternalDate:
			f.received = item.Time
		case imapclient.FetchItemDataRFC822Size:
			f.size = item.Size
		case imapclient.FetchItemDataBodySection:
			f.full = true
			if item.Literal == nil {
				continue
			}
			if item.Literal.Size() > letter.MaxSize {
				f.err = fmt.Errorf("a message of %d bytes: %w", item.Literal.Size(), letter.ErrLimit)
				continue
			}
			f.body, f.err = io.ReadAll(item.Literal)
		}
	}
	return f
}

var flagNames = []struct {
	flag  imap.Flag
	field func(*mail.Flags) *bool
}{
	{imap.FlagSeen, func(f *mail.Flags) *bool { return &f.Seen }},
	{imap.FlagAnswered, func(f *mail.Flags) *bool { return &f.Answered }},
	{imap.FlagFlagged, func(f *mail.Flags) *bool { return &f.Flagged }},
	{imap.FlagDraft, func(f *mail.Flags) *bool { return &f.Draft }},
	{imap.FlagDeleted, func(f *mail.Flags) *bool { return &f.Deleted }},
}

func fromFlags(list []imap.Flag) mail.Flags {
	var out mail.Flags
	for _, n := range flagNames {
		*n.field(&out) = slices.Contains(list, n.flag)
	}
	return out
}

func toFlags(f mail.Flags) []imap.Flag {
	var out []imap.Flag
	for _, n := range flagNames {
		if *n.field(&f) {
			out = append(out, n.flag)
		}
	}
	return out
}

// maxBroken is how many unreadable messages of one batch are believed in; more than
// that, or all of them, is a server that cannot be read.
const maxBroken = 10

// headers reads a batch and, where a response costs the connection, halves it until the
// message that nobody can read is alone. That one is known by its UID only.
func (b *Box) headers(ctx context.Context, part mail.Folder, validity uint32, uids []imap.UID) ([]mail.Header, error) {
	rest, out := b.setAside(part, validity, uids)
	var found []mail.Header
	var broken []imap.UID
	var read func(uids []imap.UID) error
	read = func(uids []imap.UID) error {
		if len(uids) == 0 {
			return nil
		}
		hs, err := b.askHeaders(ctx, part, validity, uids)
		if err == nil {
			found = append(found, hs...)
			return nil
		}
		if !b.blames(ctx, err) {
			return err
		}
		if len(uids) > 1 {
			half := len(uids) / 2
			return cmp.Or(read(uids[:half]), read(uids[half:]))
		}
		broken = append(broken, uids[0])
		b.config.Log.Warn("message cannot be read", "folder", string(part), "id", uint32(uids[0]), "err", err)
		if len(broken) > maxBroken || len(broken) == len(rest) && len(rest) > 1 {
			return fmt.Errorf("%d of %d messages cannot be read: %w", len(broken), len(rest), err)
		}
		return nil
	}
	if err := read(rest); err != nil {
		return nil, err
	}
	b.mu.Lock()
	for _, u := range broken {
		b.broken[ref(part, validity, u)] = true
		out = append(out, mail.Header{Ref: ref(part, validity, u)})
	}
	b.mu.Unlock()
	out = append(out, found...)
	slices.SortFunc(out, func(x, y mail.Header) int { return cmp.Compare(number(x.Ref), number(y.Ref)) })
	return out, nil
}

// askHeaders asks for one batch, twice if the connection was lost, so that the network
// is not taken for the fault of a message.
func (b *Box) askHeaders(ctx context.Context, part mail.Folder, validity uint32, uids []imap.UID) ([]mail.Header, error) {
	var hs []mail.Header
	ask := func() error {
		return b.with(ctx, b.work, true, func(s *session) error {
			if err := b.reopen(ctx, s, part, validity); err != nil {
				return err
			}
			var err error
			if hs, err = s.headers(ctx, part, uids); err != nil && s.dead {
				err = &unreadable{err}
			}
			return err
		})
	}
	err := ask()
	if err != nil && len(uids) == 1 && b.blames(ctx, err) {
		err = ask()
	}
	return hs, err
}

// unreadable is the end of a connection while messages were being read on it.
type unreadable struct{ err error }

func (e *unreadable) Error() string { return e.err.Error() }
func (e *unreadable) Unwrap() error { return e.err }

// blames reports whether an error may be the fault of a message.
func (b *Box) blames(ctx context.Context, err error) bool {
	var u *unreadable
	return errors.As(err, &u) && ctx.Err() == nil && !errors.Is(err, errTimeout) && !errors.Is(err, errClosed)
}

// setAside takes out the messages that are known to be unreadable.
func (b *Box) setAside(part mail.Folder, validity uint32, uids []imap.UID) (rest []imap.UID, aside []mail.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.broken) == 0 {
		return uids, nil
	}
	for _, u := range uids {
		if r := ref(part, validity, u); b.broken[r] {
			aside = append(aside, mail.Header{Ref: r})
		} else {
			rest = append(rest, u)
		}
	}
	return rest, aside
}

func ref(part mail.Folder, validity uint32, u imap.UID) mail.Ref {
	return mail.Ref{Folder: part, Validity: strconv.FormatUint(uint64(validity), 10), UID: strconv.FormatUint(uint64(u), 10)}
}

// number is the UID of a Ref, 0 if it is none.
func number(r mail.Ref) imap.UID {
	n, err := strconv.ParseUint(r.UID, 10, 32)
	if err != nil {
		return 0
	}
	return imap.UID(n)
}

// reopen opens a folder unless it is open, and makes sure that its UIDs still mean what
// they meant.
func (b *Box) reopen(ctx context.Context, s *session, part mail.Folder, validity uint32) error {
	name, err := b.name(ctx, s, part)
	if err != nil {
		return err
	}
	if s.selected.name != name {
		if _, err := s.open(ctx, name, true); err != nil {
			return err
		}
	}
	if s.selected.data.UIDValidity != validity {
		return fmt.Errorf("folder %q was rebuilt: %w", name, mail.ErrGone)
	}
	return nil
}
