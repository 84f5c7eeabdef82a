package imapbox

import (
	"context"
	"fmt"

	"headsup/mail"
)

// What set-up needs beside a mailbox; see also [Box.Folders].

// Make makes a folder and subscribes to it: the name is a person's.
func (b *Box) Make(ctx context.Context, name string) error {
	return b.with(ctx, b.work, false, func(s *session) error { return s.create(ctx, name) })
}

// End is the cursor behind everything that is in a folder now. It reads no message.
func (b *Box) End(ctx context.Context, f mail.Folder) (mail.Cursor, error) {
	var c mail.Cursor
	err := b.with(ctx, b.work, true, func(s *session) error {
		name, err := b.name(ctx, s, f)
		if err != nil {
			return err
		}
		data, err := s.open(ctx, name, true)
		if err != nil {
			return err
		}
		next := data.UIDNext
		if next == 0 { // an old server that does not tell
			uids, err := s.uids(ctx, 1)
			if err != nil {
				return err
			}
			next = 1
			if len(uids) > 0 {
				next = uids[len(uids)-1] + 1
			}
		}
		c = writeCursor(data.UIDValidity, next-1)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("find the end of %s: %w", f, err)
	}
	return c, nil
}
