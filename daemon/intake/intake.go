// Package intake takes notes in: it watches a folder, waits until a file has come to
// rest, and writes its bytes into the ledger, once for each content. What a note says
// is none of its business.
//
// A save is rarely one event. Editors write in pieces, write beside and rename, leave
// backups; sync tools leave conflict copies. So events only wake the service, and what
// counts is what a scan finds: a regular file with an accepted ending whose size and
// time were the same at two looks at least [settle] apart. The folder is read
// through [os.Root], so no link leads out of it.
package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

const (
	settle   = 2 * time.Second // a file at rest looks the same this much later
	rescan   = 5 * time.Minute // without any event
	perStep  = 200             // notes taken in one step, so that a flood does not starve the rest
	maxNote  = 2 << 20         // bytes of a note
	maxMedia = 16 << 20        // bytes of a transcript
)

// Store is what intake needs of the ledger.
type Store interface {
	// HasNote reports whether these bytes were taken in before.
	HasNote(ctx context.Context, hash mail.Hash) (bool, error)
	// AddNote stores a note with its trail entry, once for each content.
	AddNote(ctx context.Context, n ledger.Note) error
	// NotePaths lists the paths of notes whose files were there at the last look.
	NotePaths(ctx context.Context) ([]string, error)
}

// Options configure a [Service].
type Options struct {
	Dir        string        // folder of notes
	Extensions []string      // ".md", ".txt", …
	MaxAge     time.Duration // older files are recorded and not drafted; 0: no limit
	Store      Store
	Log        *slog.Logger
	Problem    func(ctx context.Context, p Problem)                        // told once per file and cause
	Gone       func(ctx context.Context, path string, now time.Time) error // the file of a note is not there any more
	Contain    ledger.Contain                                              // keeps a fault with one file from the others
}

// Problem is a file that was not taken in, in words for a person.
type Problem struct {
	Path string
	Text string
}

// Service takes in the notes of one folder. It is used by one goroutine.
type Service struct {
	opt     Options
	files   map[string]look   // what the last scans saw
	refused map[string]string // path to the problem that was already told
	lost    bool              // the folder was not there at the last look
	started bool              // the paths of the last run were read
}

// look is what a file looked like, and since when.
type look struct {
	size  int64
	mtime time.Time
	since time.Time // first seen like this
	done  bool      // taken in, or refused
}

// New makes a service. It performs no I/O.
func New(o Options) *Service {
	return &Service{opt: o, files: map[string]look{}, refused: map[string]string{}}
}

// Step scans the folder once and takes in what is at rest. It returns when it wants to
// look again.
func (s *Service) Step(ctx context.Context, now time.Time) (time.Time, error) {
	root, err := os.OpenRoot(s.opt.Dir)
	if err != nil {
		if !s.lost {
			s.lost = true
			s.tell(ctx, s.opt.Dir, "the notes folder cannot be read: "+errText(err)+"; headsup looks again every 20 s")
		}
		return now.Add(20 * time.Second), nil
	}
	defer root.Close()
	s.lost = false
	delete(s.refused, s.opt.Dir)

	found, err := s.scan(ctx, root, now)
	if err != nil {
		return now.Add(20 * time.Second), fmt.Errorf("scan notes folder %q: %w", s.opt.Dir, err)
	}
	next, err := s.settleAll(ctx, root, found, now)
	if err != nil {
		return next, err
	}
	return next, s.forgetGone(ctx, found, now)
}

// scan lists the candidates below the folder.
func (s *Service) scan(ctx context.Context, root *os.Root, now time.Time) (map[string]fs.FileInfo, error) {
	device, err := deviceOf(root)
	if err != nil {
		return nil, err
	}
	found := map[string]fs.FileInfo{}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.tell(ctx, name, "cannot be read: "+errText(err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case name == ".":
			return nil
		case d.IsDir():
			if skipDir(d.Name()) {
				return fs.SkipDir
			}
			return nil
		case !s.wanted(d.Name()):
			return nil
		}
		info, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if why := refuse(info, device); why != "" {
			s.tell(ctx, name, why)
			return nil
		}
		found[name] = info
		return nil
	})
	return found, err
}

// settleAll compares what was found with what was seen before and takes in what is at
// rest.
func (s *Service) settleAll(ctx context.Context, root *os.Root, found map[string]fs.FileInfo, now time.Time) (time.Time, error) {
	next, taken := now.Add(rescan), 0
	for _, name := range sortedNames(found) {
		info := found[name]
		l, seen := s.files[name]
		if !seen || l.size != info.Size() || !l.mtime.Equal(info.ModTime()) {
			s.files[name] = look{size: info.Size(), mtime: info.ModTime(), since: now}
			next = earlier(next, now.Add(settle))
			continue
		}
		if l.done {
			continue
		}
		if rest := l.since.Add(settle); now.Before(rest) {
			next = earlier(next, rest)
			continue
		}
		if taken == perStep {
			return now, nil
		}
		taken++
		err := s.opt.Contain.Do("file of the notes folder", func() error { return s.take(ctx, root, name, l, now) })
		switch {
		case errors.Is(err, ledger.ErrFault):
			s.tell(ctx, name, "could not be read because of a fault in headsup, which its log describes")
		case err != nil:
			return now.Add(20 * time.Second), err
		}
		l.done = true
		s.files[name] = l
	}
	return next, nil
}

// take reads one file and writes it into the ledger.
func (s *Service) take(ctx context.Context, root *os.Root, name string, l look, now time.Time) error {
	data, why, err := read(root, name, l)
	if err != nil {
		return fmt.Errorf("read note %q: %w", name, err)
	}
	if why != "" {
		s.tell(ctx, name, why)
		return nil
	}
	hash := mail.Hash(sha256.Sum256(data))
	known, err := s.opt.Store.HasNote(ctx, hash)
	if err != nil || known {
		return err
	}
	n := ledger.Note{Hash: hash, Path: name, Bytes: data, Size: l.size, Modified: l.mtime, Seen: now, State: ledger.NoteSeen}
	if s.opt.MaxAge > 0 && now.Sub(l.mtime) > s.opt.MaxAge {
		n.State, n.Why = ledger.NoteSkipped, fmt.Sprintf("last changed %s, before headsup looked; draft it with: headsup recap --draft %q", l.mtime.Format(time.DateOnly), name)
	}
	if err := s.opt.Store.AddNote(ctx, n); err != nil {
		return fmt.Errorf("store note %q: %w", name, err)
	}
	delete(s.refused, name)
	s.opt.Log.Info("note taken in", "note", hash.String()[:12], "state", n.State)
	return nil
}

// forgetGone drops files that are no longer there, and tells the ledger about those
// that were notes.
func (s *Service) forgetGone(ctx context.Context, found map[string]fs.FileInfo, now time.Time) error {
	if !s.started {
		paths, err := s.opt.Store.NotePaths(ctx)
		if err != nil {
			return fmt.Errorf("list known notes: %w", err)
		}
		for _, p := range paths {
			if _, ok := s.files[p]; !ok {
				s.files[p] = look{done: true}
			}
		}
		s.started = true
	}
	for name, l := range s.files {
		if _, ok := found[name]; ok {
			continue
		}
		delete(s.files, name)
		if !l.done {
			continue
		}
		if err := s.opt.Gone(ctx, name, now); err != nil {
			return fmt.Errorf("record that note %q is gone: %w", name, err)
		}
	}
	return nil
}

// tell reports a problem once for each file and cause.
func (s *Service) tell(ctx context.Context, name, text string) {
	if s.refused[name] == text {
		return
	}
	s.refused[name] = text
	s.opt.Log.Warn("note not taken in", "path", name, "why", text)
	if s.opt.Problem != nil {
		s.opt.Problem(ctx, Problem{Path: name, Text: text})
	}
}

// read returns the bytes of a file that is still what the scan saw, or why not.
func read(root *os.Root, name string, l look) (data []byte, why string, err error) {
	f, err := openNote(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "went away while it was read", nil
	}
	if err != nil {
		return nil, "cannot be opened: " + errText(err), nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	if !info.Mode().IsRegular() {
		return nil, "is not a regular file", nil
	}
	if limit := limitFor(name); info.Size() > limit {
		return nil, fmt.Sprintf("is larger than %d MiB", limit>>20), nil
	}
	data, err = io.ReadAll(io.LimitReader(f, limitFor(name)+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(data)) != l.size {
		return nil, "changed while it was read; save it once more", nil
	}
	return data, "", nil
}

func limitFor(name string) int64 {
	switch path.Ext(name) {
	case ".vtt", ".srt":
		return maxMedia
	}
	return maxNote
}
