package imapbox

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail"
)

// Watch is [mail.Mailbox.Watch]. The server tells of changes in the first folder at once
// (IDLE can wait in one folder only); the others are looked at every Poll, and the
// first too, because networks swallow notices. It also returns for changes since the
// last Watch of the same folders returned, and once at the very first.
//
// One caller at a time has IDLE; another one meanwhile only looks.
func (b *Box) Watch(ctx context.Context, folders ...mail.Folder) error {
	if len(folders) == 0 {
		return errors.New("watch: no folder")
	}
	l := b.work
	select {
	case b.waiting <- struct{}{}:
		defer func() { <-b.waiting }()
		l = b.idle
	default:
	}
	for {
		changed, waited := false, false
		err := b.with(ctx, l, true, func(s *session) (err error) {
			if changed, err = b.changed(ctx, s, folders); changed || err != nil {
				return err
			}
			if waited = l == b.idle && s.canIdle(); waited {
				err = s.idle(ctx, b.ctx, b.config.Poll)
			}
			return err
		})
		if err == nil && !changed && !waited {
			err = b.sleep(ctx, b.config.Poll)
		}
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		if changed {
			return nil
		}
	}
}

func (b *Box) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ctx.Done():
		return errClosed
	}
}

// changed compares the folders with what they were when this was asked last. The first
// one is open afterwards.
func (b *Box) changed(ctx context.Context, s *session, folders []mail.Folder) (bool, error) {
	select {
	case <-s.notices: // what it told is seen now
	default:
	}
	var state strings.Builder
	for i := len(folders) - 1; i >= 0; i-- {
		name, err := b.name(ctx, s, folders[i])
		if err != nil {
			return false, err
		}
		one, err := s.state(ctx, name, i == 0)
		if errors.Is(err, mail.ErrNoFolder) {
			b.forget(folders[i])
		}
		if err != nil {
			return false, err
		}
		state.WriteString(one + "\n")
	}
	key := fmt.Sprint(folders)
	b.mu.Lock()
	defer b.mu.Unlock()
	before, told := b.known[key]
	b.known[key] = state.String()
	return !told || before != state.String(), nil
}

// state describes a folder so that any change gives another description.
func (s *session) state(ctx context.Context, name string, open bool) (string, error) {
	if !open && s.caps.Has(imap.CapCondStore) && s.selected.name != name {
		var data *imap.StatusData
		err := s.run(ctx, s.timeout, func() (err error) {
			data, err = s.client.Status(name, &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, HighestModSeq: true}).Wait()
			return err
		})
		if err != nil {
			return "", fmt.Errorf("look at folder %q: %w", name, noFolder(err))
		}
		if data.HighestModSeq != 0 && data.NumMessages != nil {
			return fmt.Sprintf("%d %d %d %d", data.UIDValidity, data.UIDNext, *data.NumMessages, data.HighestModSeq), nil
		}
	}
	data, err := s.open(ctx, name, true)
	if err != nil {
		return "", err
	}
	flags := uint64(0)
	if data.HighestModSeq == 0 && data.NumMessages > 0 && data.NumMessages <= batch {
		if flags, err = s.flags(ctx); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d %d %d %d", data.UIDValidity, data.UIDNext, data.NumMessages, data.HighestModSeq+flags), nil
}

// flags sums up the flags of a small folder, on servers that do not count changes.
func (s *session) flags(ctx context.Context) (uint64, error) {
	sum := fnv.New64a()
	err := s.run(ctx, s.timeout, func() error {
		cmd := s.client.Fetch(imap.SeqSet{imap.SeqRange{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true, Flags: true})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					fmt.Fprintln(sum, item.UID)
				case imapclient.FetchItemDataFlags:
					fmt.Fprintln(sum, fromFlags(item.Flags))
				}
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return 0, err
	}
	return sum.Sum64(), nil
}

func (s *session) canIdle() bool { return s.caps.Has(imap.CapIdle) || s.caps.Has(imap.CapIMAP4rev2) }

// idle waits for a notice of the open folder, at most for limit; what it was about is
// found by looking. A context that ends costs the connection: it is in the middle of
// something.
func (s *session) idle(ctx, closing context.Context, limit time.Duration) error {
	var cmd *imapclient.IdleCommand
	err := s.run(ctx, s.timeout, func() (err error) {
		cmd, err = s.client.Idle()
		return err
	})
	if err != nil {
		return fmt.Errorf("wait for notices: %w", err)
	}
	s.conn.allow(maxQuiet)
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-s.notices:
	case <-t.C:
	case <-s.client.Closed():
	case <-ctx.Done():
		s.close()
		return ctx.Err()
	case <-closing.Done():
		s.close()
		return errClosed
	}
	err = s.run(ctx, s.timeout, func() error { return errors.Join(cmd.Close(), cmd.Wait()) })
	if err != nil {
		return fmt.Errorf("wait for notices: %w", err)
	}
	return nil
}
