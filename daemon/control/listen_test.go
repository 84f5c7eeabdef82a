package control

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestListenMakesAClosedFolder(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(shortDir(t), "a", "b", "control.sock")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Stat(filepath.Dir(path))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestListenReplacesADeadSocket(t *testing.T) {
	dir := filepath.Join(shortDir(t), "run")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "control.sock")
	leaveSocket(t, path)
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket outlives its listener: %v", err)
	}
}

func TestListenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir, path string)
		want    string
	}{
		"open folder": {func(t *testing.T, dir, _ string) { must(t, os.Chmod(dir, 0o755)) }, "is open to others"},
		"file":        {func(t *testing.T, _, path string) { must(t, os.WriteFile(path, []byte("keep me"), 0o600)) }, "not a socket"},
		"folder":      {func(t *testing.T, _, path string) { must(t, os.Mkdir(path, 0o700)) }, "not a socket"},
		"link to a socket": {func(t *testing.T, dir, path string) {
			leaveSocket(t, filepath.Join(dir, "other"))
			must(t, os.Symlink("other", path))
		}, "not a socket"},
		"running": {func(t *testing.T, _, path string) {
			ln, err := Listen(path)
			must(t, err)
			t.Cleanup(func() { ln.Close() })
		}, "another headsup is running"},
		"folder is a link": {func(t *testing.T, dir, _ string) {
			must(t, os.Rename(dir, dir+"2"))
			must(t, os.Symlink(dir+"2", dir))
		}, "is not a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(shortDir(t), "run")
			must(t, os.Mkdir(dir, 0o700))
			path := filepath.Join(dir, "control.sock")
			c.prepare(t, dir, path)
			before, _ := os.Lstat(path)
			ln, err := Listen(path)
			if err == nil {
				ln.Close()
				t.Fatal("listens")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if after, _ := os.Lstat(path); before != nil && (after == nil || after.Mode() != before.Mode()) {
				t.Errorf("what lay there was changed: %v, %v", before, after)
			}
		})
	}
	if _, err := Listen("/" + strings.Repeat("x", maxSocketPath)); err == nil || !strings.Contains(err.Error(), "shorter --state") {
		t.Errorf("long path: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
