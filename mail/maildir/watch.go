package maildir

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"headsup/mail"
)

// watcher collects notices of the file system between calls of Watch, so that a change
// while nobody waits is told at the next call. Where notices cannot be had (limits of
// the system, network file systems) a look at the folders' times every now and then
// does as well, only later.
type watcher struct {
	box *Box

	mu      sync.Mutex
	notify  *fsnotify.Watcher // nil: not begun, or not to be had
	tried   bool
	done    chan struct{} // closed when the goroutine of notify has ended
	folders map[string]*watched
	changed chan struct{} // closed and replaced at every notice
}

// watched is what is known of a folder.
type watched struct {
	dirty bool
	stamp calm
}

func newWatcher(b *Box) *watcher {
	return &watcher{box: b, folders: map[string]*watched{}, changed: make(chan struct{})}
}

// Watch is [mail.Mailbox.Watch]. It also returns for changes since the last Watch
// returned, and once at the very first.
func (b *Box) Watch(ctx context.Context, folders ...mail.Folder) error {
	var dirs []string
	for _, f := range folders {
		dir, err := b.dir(f)
		if err != nil {
			return fmt.Errorf("watch %s: %w", f, err)
		}
		dirs = append(dirs, dir)
	}
	tick := time.NewTicker(b.poll)
	defer tick.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed, told := b.watch.look(dirs)
		if told {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.closed:
			return fmt.Errorf("watch: %w", errClosed)
		case <-changed:
		case <-tick.C:
		}
	}
}

// look reports whether one of the folders changed, else what to wait for.
func (w *watcher) look(dirs []string) (<-chan struct{}, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	told := false
	for _, dir := range dirs {
		f := w.folders[dir]
		if f == nil {
			f = &watched{dirty: true}
			w.folders[dir] = f
			w.add(dir)
		}
		stamp := w.box.stamp(dir)
		if f.dirty || !stamp.newer.Equal(f.stamp.newer) || !stamp.cur.Equal(f.stamp.cur) {
			told = true
		}
		f.dirty, f.stamp = false, stamp
	}
	return w.changed, told
}

// begin starts to listen. It is tried once: a system without notices stays without.
func (w *watcher) begin() {
	if w.tried {
		return
	}
	w.tried = true
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return
	}
	w.notify, w.done = notify, make(chan struct{})
	go w.listen(notify)
}

func (w *watcher) add(dir string) {
	if w.notify == nil {
		return
	}
	for _, sub := range []string{"new", "cur"} {
		w.notify.Add(filepath.Join(dir, sub)) // what fails is found by looking
	}
}

func (w *watcher) listen(notify *fsnotify.Watcher) {
	defer close(w.done)
	for {
		select {
		case e, ok := <-notify.Events:
			if !ok {
				return
			}
			if e.Op&(fsnotify.Create|fsnotify.Rename|fsnotify.Remove) != 0 {
				w.mark(filepath.Dir(filepath.Dir(e.Name)))
			}
		case _, ok := <-notify.Errors:
			if !ok {
				return
			}
			w.mark("") // notices were lost
		}
	}
}

// mark notes a change of one folder, or of all of them.
func (w *watcher) mark(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for d, f := range w.folders {
		if dir == "" || d == dir {
			f.dirty = true
		}
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watcher) close() error {
	w.mu.Lock()
	notify := w.notify
	w.notify, w.tried = nil, true
	w.mu.Unlock()
	if notify == nil {
		return nil
	}
	err := notify.Close()
	<-w.done
	return err
}
