package imapbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

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
	validity := strconv.FormatUint(uint64(s.selected.data.UIDValidity), 10)
	found := map[imap.UID]mail.Header{}
	err := s.run(ctx, 5*s.timeout, func() error {
		cmd := s.client.Fetch(imap.UIDSetNum(uids...), options)
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			uid, h, ok := readMessage(m)
			if _, asked := slices.BinarySearch(uids, uid); ok && asked {
				h.Ref = mail.Ref{Folder: part, Validity: validity, UID: strconv.FormatUint(uint64(uid), 10)}
				found[uid] = h
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("read headers in %q: %w", s.selected.name, err)
	}
	out := make([]mail.Header, 0, len(found))
	for _, u := range uids {
		if h, ok := found[u]; ok {
			out = append(out, h)
		}
	}
	return out, nil
}

// readMessage takes one answer apart; ok is false for one that says nothing of the
// header, such as a flag that just changed.
func readMessage(m *imapclient.FetchMessageData) (uid imap.UID, h mail.Header, ok bool) {
	var flags mail.Flags
	var size int64
	var received imapclient.FetchItemDataInternalDate
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataFlags:
			flags = fromFlags(item.Flags)
		case imapclient.FetchItemDataInternalDate:
			received = item
		case imapclient.FetchItemDataRFC822Size:
			size = item.Size
		case imapclient.FetchItemDataBodySection:
			ok = true
			if item.Literal != nil {
				h, _ = letter.ReadHeader(item.Literal) // what is too big says nothing, and is there
				io.Copy(io.Discard, item.Literal)
			}
		}
	}
	h.Flags, h.Size, h.Received = flags, size, received.Time
	return uid, h, ok && uid != 0
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

// header reads a batch and, where a response costs the connection, halves it until the
// message that nobody can read is alone. That one is known by its UID only.
func (b *Box) headers(ctx context.Context, part mail.Folder, validity uint32, uids []imap.UID) ([]mail.Header, error) {
	tries := 0
	var read func(uids []imap.UID) ([]mail.Header, error)
	read = func(uids []imap.UID) ([]mail.Header, error) {
		uids, out := b.setAside(part, validity, uids)
		if len(uids) == 0 {
			return out, nil
		}
		var hs []mail.Header
		reached := false
		err := b.with(ctx, b.work, true, func(s *session) error {
			reached = true
			if err := b.reopen(ctx, s, part, validity); err != nil {
				return err
			}
			var err error
			hs, err = s.headers(ctx, part, uids)
			return err
		})
		var refusal *Refusal
		if tries++; err == nil {
			return merge(out, hs), nil
		} else if !reached || ctx.Err() != nil || errors.Is(err, errClosed) || errors.Is(err, mail.ErrGone) || errors.As(err, &refusal) || errors.Is(err, errTimeout) || tries > 60 {
			return nil, err
		}
		if len(uids) > 1 {
			first, err := read(uids[:len(uids)/2])
			if err != nil {
				return nil, err
			}
			second, err := read(uids[len(uids)/2:])
			return merge(out, append(first, second...)), err
		}
		if again := b.once(ctx, part, validity, uids); again != nil {
			b.config.Log.Warn("message cannot be read", "folder", string(part), "uid", uint32(uids[0]), "error", again)
			b.mu.Lock()
			b.broken[ref(part, validity, uids[0])] = true
			b.mu.Unlock()
		}
		return read(uids)
	}
	return read(uids)
}

// once tries a single message a second time, so that a lost connection is not taken
// for the fault of a message.
func (b *Box) once(ctx context.Context, part mail.Folder, validity uint32, uids []imap.UID) error {
	return b.with(ctx, b.work, false, func(s *session) error {
		if err := b.reopen(ctx, s, part, validity); err != nil {
			return err
		}
		_, err := s.headers(ctx, part, uids)
		return err
	})
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

func merge(a, b []mail.Header) []mail.Header {
	out := append(a, b...)
	slices.SortFunc(out, func(x, y mail.Header) int { return cmp.Compare(number(x.Ref), number(y.Ref)) })
	return out
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
