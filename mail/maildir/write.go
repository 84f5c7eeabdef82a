package maildir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"headsup/mail"
)

// Append is [mail.Mailbox.Append]. Files of a maildir have the line ends of the system.
func (b *Box) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	ref, err := b.add(ctx, f, bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), flags)
	if err != nil {
		return mail.Ref{}, fmt.Errorf("append to %s: %w", f, err)
	}
	return ref, nil
}

func (b *Box) add(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	if err := ctx.Err(); err != nil {
		return mail.Ref{}, err
	}
	dir, err := b.dir(f)
	if err != nil {
		return mail.Ref{}, err
	}
	validity, err := b.validity(dir)
	if err != nil {
		return mail.Ref{}, err
	}
	base, err := newBase(b.now(), b.random)
	if err != nil {
		return mail.Ref{}, err
	}
	tmp := filepath.Join(dir, "tmp", base)
	if err := b.disk.write(tmp, raw); err != nil {
		return mail.Ref{}, err
	}
	sub, suffix := place(flags)
	if err := b.disk.rename(tmp, filepath.Join(dir, sub, base+suffix)); err != nil {
		b.disk.remove(tmp)
		return mail.Ref{}, err
	}
	if err := b.disk.syncDir(filepath.Join(dir, sub)); err != nil {
		return mail.Ref{}, fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
	}
	return mail.Ref{Folder: f, Validity: validity, UID: base}, nil
}

// Move is [mail.Mailbox.Move]. The message gets a new name, because it is new to the
// folder that it comes into.
func (b *Box) Move(ctx context.Context, r mail.Ref, to mail.Folder) (mail.Ref, error) {
	ref, err := b.move(ctx, r, to)
	if err != nil {
		return mail.Ref{}, fmt.Errorf("move from %s to %s: %w", r.Folder, to, err)
	}
	return ref, nil
}

func (b *Box) move(ctx context.Context, r mail.Ref, to mail.Folder) (mail.Ref, error) {
	target, err := b.dir(to)
	if err != nil {
		return mail.Ref{}, err
	}
	validity, err := b.validity(target)
	if err != nil {
		return mail.Ref{}, err
	}
	base, err := newBase(b.now(), b.random)
	if err != nil {
		return mail.Ref{}, err
	}
	dir, e, err := b.change(ctx, r, func(dir string, e entry) error {
		info := strings.TrimPrefix(e.name, e.base())
		return b.disk.rename(filepath.Join(dir, e.sub, e.name), filepath.Join(target, e.sub, base+info))
	})
	if err != nil {
		return mail.Ref{}, err
	}
	for _, d := range []string{filepath.Join(target, e.sub), filepath.Join(dir, e.sub)} {
		if err := b.disk.syncDir(d); err != nil {
			return mail.Ref{}, fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
		}
	}
	return mail.Ref{Folder: to, Validity: validity, UID: base}, nil
}

// change does something to the file of a message, wherever it is by then.
func (b *Box) change(ctx context.Context, r mail.Ref, do func(dir string, e entry) error) (string, entry, error) {
	dir, e, err := b.resolve(ctx, r)
	for range 5 {
		if err != nil {
			return "", entry{}, err
		}
		err = do(dir, e)
		if !errors.Is(err, fs.ErrNotExist) {
			return dir, e, err
		}
		e, err = b.locate(dir, r.UID)
	}
	return "", entry{}, fmt.Errorf("its name keeps changing: %w", mail.ErrGone)
}

// Remove is [mail.Mailbox.Remove].
func (b *Box) Remove(ctx context.Context, r mail.Ref) error {
	dir, e, err := b.change(ctx, r, func(dir string, e entry) error {
		return b.disk.remove(filepath.Join(dir, e.sub, e.name))
	})
	if err == nil {
		err = b.disk.syncDir(filepath.Join(dir, e.sub))
	}
	if err != nil {
		return fmt.Errorf("remove from %s: %w", r.Folder, err)
	}
	return nil
}
