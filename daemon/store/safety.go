package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// prepareDir makes the state directory or checks the one that is there: a real
// directory of this user that nobody else can look into, on a local file system.
func prepareDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: it is not a directory but a %s; name the directory itself", ErrUnsafe, describe(info))
	}
	if err := checkOwner(dir, info); err != nil {
		return err
	}
	if err := checkParent(filepath.Dir(dir)); err != nil {
		return err
	}
	return checkLocal(dir)
}

func describe(info fs.FileInfo) string {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return "symbolic link"
	case info.Mode().IsRegular():
		return "file"
	}
	return "special file"
}

// checkOwner refuses what belongs to somebody else or is open to others.
func checkOwner(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%w: the owner of %s cannot be read", ErrUnsafe, path)
	}
	if uid := os.Geteuid(); int(st.Uid) != uid {
		return fmt.Errorf("%w: %s belongs to user %d, not to you (%d)", ErrUnsafe, path, st.Uid, uid)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return fmt.Errorf("%w: %s can be read or changed by others (mode %04o); run: chmod go= %s", ErrUnsafe, path, perm, path)
	}
	return nil
}

// checkParent refuses a parent in which somebody else could put another directory in
// the place of ours. A sticky directory such as /tmp is safe for that.
func checkParent(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("%w: others can write to %s (mode %04o); run: chmod go-w %s", ErrUnsafe, dir, info.Mode().Perm(), dir)
	}
	return nil
}

// checkModes looks at every file of ours in the directory.
func checkModes(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !ours(e.Name()) {
			continue
		}
		info, err := os.Lstat(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // SQLite removes its own side files
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%w: %s is a %s", ErrUnsafe, filepath.Join(dir, e.Name()), describe(info))
		}
		if err := checkOwner(filepath.Join(dir, e.Name()), info); err != nil {
			return err
		}
	}
	return nil
}

func ours(name string) bool {
	return strings.HasPrefix(name, "headsup.db") || strings.HasPrefix(name, journalFile) || name == "lock"
}

// createPrivate makes an empty file that only we can read, whatever the umask is. It
// must not exist, so that a link put there is not followed.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// syncDir makes a new or renamed name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// dirLock is held as long as its descriptor is open, so it dies with the process.
type dirLock struct{ f *os.File }

func lockDir(path string) (*dirLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if errors.Is(err, syscall.EROFS) {
		if f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0); errors.Is(err, fs.ErrNotExist) {
			return &dirLock{}, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: another headsup is running on it; stop that one first, or give this one its own directory", ErrInUse)
		}
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	return &dirLock{f}, nil
}

func (l *dirLock) release() error {
	if l == nil || l.f == nil {
		return nil
	}
	return l.f.Close()
}
