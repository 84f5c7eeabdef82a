package maildir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// List is [mail.Mailbox.List].
func (b *Box) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	var out []mail.Header
	err := b.walk(ctx, f, func(_ *index, e entry, h mail.Header) error {
		out = append(out, h)
		return nil
	}, 0)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", f, err)
	}
	return out, nil
}

// walk reads the headers of all messages past a number, oldest first. A message that
// goes away meanwhile is passed over.
func (b *Box) walk(ctx context.Context, f mail.Folder, fn func(*index, entry, mail.Header) error, after uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, err := b.dir(f)
	if err != nil {
		return err
	}
	ix, entries, err := b.refresh(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.seq <= after {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := b.header(f, dir, ix.validity, e)
		if errors.Is(err, mail.ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(ix, e, h); err != nil {
			return err
		}
	}
	return nil
}

// header reads what a message says of itself. One that cannot be understood still has
// a place, a size and a time.
func (b *Box) header(f mail.Folder, dir, validity string, e entry) (mail.Header, error) {
	var h mail.Header
	found, err := b.openEntry(dir, e, func(r io.Reader, info fs.FileInfo) error {
		var err error
		if h, err = letter.ReadHeader(r); err != nil && !errors.Is(err, letter.ErrLimit) {
			return err
		}
		h.Size, h.Received = info.Size(), info.ModTime()
		return nil
	})
	if err != nil {
		return mail.Header{}, err
	}
	h.Ref = mail.Ref{Folder: f, Validity: validity, UID: e.base()}
	h.Flags = found.flags()
	return h, nil
}

// openEntry opens a message whose flags, and so whose name, may change at any moment.
func (b *Box) openEntry(dir string, e entry, fn func(io.Reader, fs.FileInfo) error) (entry, error) {
	for range 5 {
		path := filepath.Join(dir, e.sub, e.name)
		info, err := b.disk.stat(path)
		if err == nil && !info.Mode().IsRegular() {
			return e, mail.ErrGone
		}
		var r io.ReadCloser
		if err == nil {
			r, err = b.disk.open(path)
		}
		if err == nil {
			err = fn(r, info)
			r.Close()
			return e, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
		if e, err = b.locate(dir, e.base()); err != nil {
			return e, err
		}
	}
	return e, mail.ErrGone
}

// locate finds the file of a base name.
func (b *Box) locate(dir, base string) (entry, error) {
	if !isBase(base) {
		return entry{}, mail.ErrGone
	}
	for range 2 { // it may be on its way from new to cur
		if _, err := b.disk.stat(filepath.Join(dir, "new", base)); err == nil {
			return entry{sub: "new", name: base}, nil
		}
		for _, sub := range []string{"cur", "new"} {
			names, err := b.disk.list(filepath.Join(dir, sub))
			if err != nil {
				return entry{}, err
			}
			for _, name := range names {
				if baseOf(name) == base {
					return entry{sub: sub, name: name}, nil
				}
			}
		}
	}
	return entry{}, mail.ErrGone
}

// resolve checks a Ref and finds its file.
func (b *Box) resolve(ctx context.Context, r mail.Ref) (string, entry, error) {
	if err := ctx.Err(); err != nil {
		return "", entry{}, err
	}
	dir, err := b.dir(r.Folder)
	if err != nil {
		return "", entry{}, err
	}
	validity, err := b.validity(dir)
	if err != nil {
		return "", entry{}, err
	}
	if r.Validity != validity {
		return "", entry{}, mail.ErrGone
	}
	e, err := b.locate(dir, r.UID)
	return dir, e, err
}

// validity of a folder, which is begun if it has none yet. Only the first line of the
// numbering is read: this is asked for at every step.
func (b *Box) validity(dir string) (string, error) {
	if f, err := b.disk.open(filepath.Join(dir, indexName)); err == nil {
		head, _ := bufio.NewReaderSize(f, 256).ReadString('\n')
		f.Close()
		if v, ok := headValidity(head); ok {
			return v, nil
		}
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return "", err
	}
	defer unlock()
	ix, err := b.loadIndex(dir)
	if err != nil {
		return "", err
	}
	if ix.lines < 0 {
		err = b.saveIndex(dir, ix, "")
	}
	return ix.validity, err
}

// Read is [mail.Mailbox.Read].
func (b *Box) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	dir, e, err := b.resolve(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", r.Folder, err)
	}
	var raw []byte
	_, err = b.openEntry(dir, e, func(rd io.Reader, info fs.FileInfo) error {
		var err error
		raw, err = io.ReadAll(io.LimitReader(rd, letter.MaxSize+1))
		if err == nil && len(raw) > letter.MaxSize {
			err = letter.ErrLimit
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", r.Folder, err)
	}
	return raw, nil
}

// calm remembers that a folder was read to its end and did not change since.
type calm struct {
	newer, cur time.Time
	cursor     mail.Cursor
}

// settled is how old a change of a folder must be before the time of the folder proves
// that no other followed: clocks of file systems tick slowly.
const settled = 2 * time.Second

// Since is [mail.Mailbox.Since].
func (b *Box) Since(ctx context.Context, f mail.Folder, c mail.Cursor, fn func(mail.Header) error) (mail.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return c, fmt.Errorf("read new mail in %s: %w", f, err)
	}
	dir, err := b.dir(f)
	if err != nil {
		return c, fmt.Errorf("read new mail in %s: %w", f, err)
	}
	now := b.stamp(dir)
	b.mu.Lock()
	known := b.calm[dir]
	b.mu.Unlock()
	if c != "" && known.cursor == c && known.newer.Equal(now.newer) && known.cur.Equal(now.cur) {
		return c, nil
	}
	validity, err := b.validity(dir)
	if err != nil {
		return c, fmt.Errorf("read new mail in %s: %w", f, err)
	}
	of, number, _ := strings.Cut(string(c), ":")
	after, err := strconv.ParseUint(number, 10, 63)
	if of != validity || err != nil {
		after, c = 0, cursor(validity, 0)
	}
	stopped := false
	err = b.walk(ctx, f, func(ix *index, e entry, h mail.Header) error {
		if err := fn(h); err != nil {
			stopped = true
			return err
		}
		c = cursor(ix.validity, e.seq)
		return nil
	}, after)
	if err != nil {
		if stopped {
			return c, err
		}
		return c, fmt.Errorf("read new mail in %s: %w", f, err)
	}
	now.cursor = c
	b.mu.Lock()
	if time.Since(now.newer) > settled && time.Since(now.cur) > settled {
		b.calm[dir] = now
	} else {
		delete(b.calm, dir)
	}
	b.mu.Unlock()
	return c, nil
}

func cursor(validity string, seq uint64) mail.Cursor {
	return mail.Cursor(validity + ":" + strconv.FormatUint(seq, 10))
}

func (b *Box) stamp(dir string) calm {
	var out calm
	if info, err := b.disk.stat(filepath.Join(dir, "new")); err == nil {
		out.newer = info.ModTime()
	}
	if info, err := b.disk.stat(filepath.Join(dir, "cur")); err == nil {
		out.cur = info.ModTime()
	}
	return out
}

// Find is [mail.Mailbox.Find].
func (b *Box) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	if q == (mail.Query{}) {
		return nil, fmt.Errorf("find in %s: nothing is asked for", f)
	}
	dir, err := b.dir(f)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", f, err)
	}
	ix, entries, err := b.refresh(dir)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", f, err)
	}
	var out []mail.Ref
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("find in %s: %w", f, err)
		}
		if !b.cache.may(e.base(), q) {
			continue
		}
		h, err := b.header(f, dir, ix.validity, e)
		if errors.Is(err, mail.ErrGone) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find in %s: %w", f, err)
		}
		b.cache.put(e.base(), h)
		if (q.ID == "" || q.ID == h.ID) && (q.Token == "" || q.Token == h.Token) {
			out = append(out, h.Ref)
		}
	}
	return out, nil
}
