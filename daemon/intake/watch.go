package intake

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Watch sends on wake whenever something changed below dir, until the context ends. It
// is only a hint: what it misses, the next scan finds. An error means that the system
// would not watch (inotify limits, a network file system) and scanning must do.
func Watch(ctx context.Context, dir string, wake chan<- struct{}, log *slog.Logger) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch notes folder: %w", err)
	}
	defer w.Close()
	if err := addAll(w, dir); err != nil {
		return fmt.Errorf("watch notes folder %q: %w", dir, err)
	}
	kick := func() {
		select {
		case wake <- struct{}{}:
		default: // one is waiting already
		}
	}
	kick()
	for {
		select {
		case <-ctx.Done():
			return nil
		case ev, ok := <-w.Events:
			if !ok {
				return nil
			}
			if ev.Has(fsnotify.Create) {
				if info, err := os.Lstat(ev.Name); err == nil && info.IsDir() {
					if err := addAll(w, ev.Name); err != nil {
						log.Warn("sub-folder not watched", "path", ev.Name, "err", err)
					}
				}
			}
			if ev.Name == dir && ev.Has(fsnotify.Remove|fsnotify.Rename) {
				kick()
				return fmt.Errorf("watch notes folder %q: it was moved or removed", dir)
			}
			kick()
		case err, ok := <-w.Errors:
			if !ok {
				return nil
			}
			log.Warn("watch overflow, scanning", "err", err)
			kick()
		}
	}
}

// addAll watches a folder and those below it.
func addAll(w *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == dir {
				return err
			}
			return nil
		}
		if !d.IsDir() {
			return nil
		}
		if p != dir && skipDir(d.Name()) {
			return fs.SkipDir
		}
		return w.Add(p)
	})
}
