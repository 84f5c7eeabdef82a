package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// fromFile reads a file that its owner alone can read. Everything is asked of the open
// descriptor, so that a file which is exchanged meanwhile cannot pass.
func fromFile(path string, uid int) (string, error) {
	fail := func(why string) (string, error) { return "", fmt.Errorf("secret file %s: %s", path, why) }
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	if why := folderFault(dir, uid); why != "" {
		return fail(why)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ELOOP):
		return fail("it is a symbolic link; name the file that it points to")
	case err != nil:
		return "", openFault(path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	if why := fileFault(info, path, uid); why != "" {
		return fail(why)
	}
	buf := make([]byte, maxSecret+1)
	n, err := readAtMost(f, buf)
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	if n > maxSecret {
		return fail(fmt.Sprintf("it is larger than %d bytes", maxSecret))
	}
	return string(buf[:n]), nil
}

// openFault words why a file cannot be opened.
func openFault(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("secret file %s: %w; make it readable for you alone: `chmod 600 %s`", path, err, path)
	}
	return &os.PathError{Op: "secret file", Path: path, Err: err}
}

// owner is who a file belongs to.
func owner(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

// folderFault says why a secret in this folder could be exchanged by somebody else.
func folderFault(dir os.FileInfo, uid int) string {
	switch {
	case owner(dir) != uid && owner(dir) != 0:
		return "its folder belongs to somebody else"
	case dir.Mode().Perm()&0o022 != 0 && dir.Mode()&os.ModeSticky == 0:
		return fmt.Sprintf("its folder can be written by others (mode %04o); `chmod go-w` it", dir.Mode().Perm())
	}
	return ""
}

// fileFault says why a file is no place for a secret.
func fileFault(info os.FileInfo, path string, uid int) string {
	switch {
	case !info.Mode().IsRegular():
		return "it is not a regular file"
	case owner(info) != uid:
		return "it belongs to somebody else"
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Sprintf("others can read it (mode %04o); `chmod 600 %s` mends that, and then the secret should be changed", info.Mode().Perm(), path)
	}
	return ""
}

// readAtMost fills buf as far as there is something to read.
func readAtMost(r io.Reader, buf []byte) (int, error) {
	n, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}
