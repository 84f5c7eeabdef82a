package imapbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"

	"headsup/mail"
	"headsup/mail/letter"
)

// Append is [mail.Mailbox.Append].
func (b *Box) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	if bytes.IndexByte(raw, 0) >= 0 {
		return mail.Ref{}, fmt.Errorf("append to %s: the message holds a NUL, which IMAP cannot carry", f)
	}
	data, err := b.tryAppend(ctx, f, raw, flags)
	var refusal *Refusal
	if errors.As(err, &refusal) && (refusal.Code == "" || refusal.Code == string(imap.ResponseCodeServerBug) || errors.Is(err, mail.ErrNoFolder)) {
		// the folder may have gone or been made anew under us: look again, and make it if
		// it is ours
		b.forget(f)
		data, err = b.tryAppend(ctx, f, raw, flags)
	}
	if err != nil {
		return mail.Ref{}, fmt.Errorf("append to %s: %w", f, err)
	}
	if data.UID != 0 && data.UIDValidity != 0 {
		return ref(f, data.UIDValidity, data.UID), nil
	}
	r, err := b.appended(ctx, f, raw)
	if err != nil {
		return mail.Ref{}, fmt.Errorf("append to %s: %w: %w", f, mail.ErrUnknownOutcome, err)
	}
	return r, nil
}

func (b *Box) tryAppend(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (data imap.AppendData, err error) {
	err = b.with(ctx, b.work, false, func(s *session) error {
		name, err := b.name(ctx, s, f)
		if err == nil {
			data, err = s.append(ctx, name, raw, flags)
		}
		return err
	})
	return data, err
}

// append sends one message. Once the command has begun, only the server's answer tells
// what became of it.
func (s *session) append(ctx context.Context, name string, raw []byte, flags mail.Flags) (imap.AppendData, error) {
	var data imap.AppendData
	if err := ctx.Err(); err != nil {
		return data, err
	}
	err := s.run(ctx, 5*s.timeout, func() error {
		cmd := s.client.Append(name, int64(len(raw)), &imap.AppendOptions{Flags: toFlags(flags)})
		_, writeErr := cmd.Write(raw)
		closeErr := cmd.Close()
		broken := errors.Join(writeErr, closeErr)
		got, err := cmd.Wait()
		if err == nil && broken == nil {
			data = *got
		}
		return cmp.Or(err, broken)
	})
	if err == nil {
		return data, nil
	}
	if s.dead {
		return imap.AppendData{}, fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
	}
	s.dead = true // refused before the bytes went, the library ends the connection
	return imap.AppendData{}, noFolder(err)
}

// appended finds what was just stored on a server that does not tell where (no UIDPLUS):
// by our marks, the newest if there are several.
func (b *Box) appended(ctx context.Context, f mail.Folder, raw []byte) (mail.Ref, error) {
	h, err := letter.ReadHeader(bytes.NewReader(raw))
	if err != nil {
		return mail.Ref{}, err
	}
	q := mail.Query{Token: h.Token}
	if q.Token == "" {
		q.ID = h.ID
	}
	if q == (mail.Query{}) {
		return mail.Ref{}, errors.New("the server does not tell where the message is, and it carries nothing to find it by")
	}
	refs, err := b.Find(ctx, f, q)
	if err == nil && len(refs) == 0 {
		err = errors.New("the message is not found where it was put")
	}
	if err != nil {
		return mail.Ref{}, err
	}
	return refs[len(refs)-1], nil
}

// exists makes sure that a UID is there: MOVE and STORE of a missing one succeed.
func (s *session) exists(ctx context.Context, u imap.UID) (mail.Header, error) {
	hs, err := s.headers(ctx, "", []imap.UID{u})
	if err == nil && len(hs) == 0 {
		err = mail.ErrGone
	}
	if err != nil {
		return mail.Header{}, err
	}
	return hs[0], nil
}

// Move is [mail.Mailbox.Move]. On a server without MOVE the message is copied and the old
// one removed as [Box.Remove] does.
func (b *Box) Move(ctx context.Context, r mail.Ref, to mail.Folder) (mail.Ref, error) {
	var moved mail.Ref
	var header mail.Header
	err := b.at(ctx, r, false, false, func(s *session, u imap.UID) error {
		target, err := b.name(ctx, s, to)
		if err != nil {
			return err
		}
		if header, err = s.exists(ctx, u); err != nil {
			return err
		}
		validity, dest, err := s.move(ctx, u, target)
		if err == nil && dest != 0 {
			moved = ref(to, validity, dest)
		}
		return err
	})
	if err == nil && moved.IsZero() {
		moved, err = b.arrived(ctx, to, header)
	}
	if err != nil {
		return mail.Ref{}, fmt.Errorf("move from %s to %s: %w", r.Folder, to, err)
	}
	return moved, nil
}

// arrived finds a moved message where the server does not tell its new UID.
func (b *Box) arrived(ctx context.Context, to mail.Folder, h mail.Header) (mail.Ref, error) {
	q := mail.Query{ID: h.ID, Token: h.Token}
	if q == (mail.Query{}) {
		return mail.Ref{}, fmt.Errorf("the server does not tell where the message is now: %w", mail.ErrUnknownOutcome)
	}
	refs, err := b.Find(ctx, to, q)
	if err != nil || len(refs) == 0 {
		return mail.Ref{}, fmt.Errorf("the message is not found where it was moved: %w: %w", mail.ErrUnknownOutcome, err)
	}
	return refs[len(refs)-1], nil
}

func (s *session) move(ctx context.Context, u imap.UID, target string) (validity uint32, dest imap.UID, err error) {
	var set imap.NumSet
	err = s.run(ctx, s.timeout, func() error {
		if s.caps.Has(imap.CapMove) || s.caps.Has(imap.CapIMAP4rev2) {
			data, err := s.client.Move(imap.UIDSetNum(u), target).Wait()
			if err == nil {
				validity, set = data.UIDValidity, data.DestUIDs
			}
			return err
		}
		data, err := s.client.Copy(imap.UIDSetNum(u), target).Wait()
		if err == nil {
			validity, set = data.UIDValidity, data.DestUIDs
		}
		return err
	})
	if err != nil {
		if s.dead {
			err = fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
		}
		return 0, 0, noFolder(err)
	}
	if !s.caps.Has(imap.CapMove) && !s.caps.Has(imap.CapIMAP4rev2) {
		if err := s.remove(ctx, u); err != nil {
			return 0, 0, fmt.Errorf("copied, but the old one stays: %w: %w", mail.ErrUnknownOutcome, err)
		}
	}
	if uids, ok := set.(imap.UIDSet); ok && validity != 0 && len(uids) == 1 && uids[0].Start == uids[0].Stop {
		dest = uids[0].Start
	}
	return validity, dest, nil
}

// Remove is [mail.Mailbox.Remove]. On a server without UIDPLUS the message is only marked
// as deleted, because EXPUNGE would remove what others marked too.
func (b *Box) Remove(ctx context.Context, r mail.Ref) error {
	err := b.at(ctx, r, false, false, func(s *session, u imap.UID) error {
		if _, err := s.exists(ctx, u); err != nil {
			return err
		}
		err := s.remove(ctx, u)
		if err != nil && s.dead {
			err = fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove from %s: %w", r.Folder, err)
	}
	return nil
}

func (s *session) remove(ctx context.Context, u imap.UID) error {
	return s.run(ctx, s.timeout, func() error {
		deleted := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := s.client.Store(imap.UIDSetNum(u), deleted, nil).Close(); err != nil {
			return err
		}
		if !s.caps.Has(imap.CapUIDPlus) && !s.caps.Has(imap.CapIMAP4rev2) {
			return nil
		}
		return s.client.UIDExpunge(imap.UIDSetNum(u)).Close()
	})
}
