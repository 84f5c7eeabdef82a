package maildir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"headsup/mail"
)

// Options are the choices of [Open]. The zero value is good for use.
type Options struct {
	Names   map[mail.Folder]string // folders that are called otherwise, as in ".Entw&APw-rfe"; see DefaultNames
	Poll    time.Duration          // how often Watch looks by itself, 0: 20 s
	Profile mail.Profile
	Now     func() time.Time // nil: the real clock
	Random  io.Reader        // nil: crypto/rand
}

// DefaultNames are the folders of a Maildir++ as most programs name them.
func DefaultNames() map[mail.Folder]string {
	return map[mail.Folder]string{mail.Inbox: "", mail.Drafts: "Drafts", mail.Sent: "Sent", mail.Queue: "Headsup", mail.QueueNow: "Headsup.Now"}
}

// Box is a Maildir++ tree.
type Box struct {
	root    string
	dirs    map[mail.Folder]string
	poll    time.Duration
	profile mail.Profile
	now     func() time.Time
	random  io.Reader
	disk    disk
	cache   *headerCache
	watch   *watcher

	mu     sync.Mutex
	calm   map[string]calm // folders that did not change since they were read to the end
	closed chan struct{}
	once   sync.Once
}

var errClosed = errors.New("mailbox is closed")

// Create makes an empty Maildir++ with the folders that people have, for a first start
// and for tests. What is there stays.
func Create(root string) error {
	for _, name := range []string{"", ".Drafts", ".Sent"} {
		if err := makeFolder(filepath.Join(root, name), name != ""); err != nil {
			return fmt.Errorf("create maildir: %w", err)
		}
	}
	return nil
}

// Open opens the Maildir++ at root, which must exist, and makes the folders of headsup
// in it. Other folders are never made: a wrong guess would hide mail.
func Open(root string, o Options) (*Box, error) {
	if err := isMaildir(root); err != nil {
		return nil, fmt.Errorf("open maildir %s: %w", root, err)
	}
	b := &Box{
		root: root, dirs: map[mail.Folder]string{}, poll: o.Poll, profile: o.Profile, now: o.Now, random: o.Random, disk: osDisk(),
		cache: newHeaderCache(), calm: map[string]calm{}, closed: make(chan struct{}),
	}
	if b.poll <= 0 {
		b.poll = 20 * time.Second
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.random == nil {
		b.random = rand.Reader
	}
	names := DefaultNames()
	for f, name := range o.Names {
		names[f] = name
	}
	for f, name := range names {
		dir, err := folderDir(root, name)
		if err != nil {
			return nil, fmt.Errorf("open maildir %s: folder %s: %w", root, f, err)
		}
		b.dirs[f] = dir
	}
	for _, f := range []mail.Folder{mail.Queue, mail.QueueNow} {
		if err := makeFolder(b.dirs[f], true); err != nil {
			return nil, fmt.Errorf("open maildir %s: make folder %s: %w", root, f, err)
		}
	}
	b.watch = newWatcher(b)
	return b, nil
}

func isMaildir(dir string) error {
	for _, sub := range []string{"cur", "new", "tmp"} {
		info, err := os.Stat(filepath.Join(dir, sub))
		if err != nil || !info.IsDir() {
			return fmt.Errorf("it holds no folder %q, so it is not a Maildir: give the path of one, or make one with `maildirmake` or your mail program", sub)
		}
	}
	return nil
}

// folderDir is where a folder lies: Maildir++ writes the levels with dots into one
// name.
func folderDir(root, name string) (string, error) {
	if name == "" || strings.EqualFold(name, "inbox") {
		return root, nil
	}
	dotted := strings.ReplaceAll(strings.Trim(name, "./"), "/", ".")
	for _, level := range strings.Split(dotted, ".") {
		if level == "" || strings.ContainsAny(level, "\x00\n\r") {
			return "", fmt.Errorf("%q is not the name of a folder", name)
		}
	}
	return filepath.Join(root, "."+dotted), nil
}

func makeFolder(dir string, sub bool) error {
	for _, part := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o700); err != nil {
			return err
		}
	}
	if !sub {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, "maildirfolder"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dir is the path of a folder that must exist.
func (b *Box) dir(f mail.Folder) (string, error) {
	select {
	case <-b.closed:
		return "", errClosed
	default:
	}
	dir, ok := b.dirs[f]
	if !ok {
		return "", mail.ErrNoFolder
	}
	if _, err := b.disk.stat(filepath.Join(dir, "cur")); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s is not there; make it in your mail program, or name the folder in the configuration", mail.ErrNoFolder, dir)
	} else if err != nil {
		return "", err
	}
	return dir, nil
}

// Profile is [mail.Mailbox.Profile].
func (b *Box) Profile() mail.Profile { return b.profile }

// Close is [mail.Mailbox.Close].
func (b *Box) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.watch.close()
}

var _ mail.Mailbox = (*Box)(nil)
