package maildir

import (
	"io"
	"io/fs"
	"os"
)

// disk is what the package does to the file system, so that tests can let each of it
// fail.
type disk struct {
	create  func(name string) (file, error) // exclusive, 0600
	extend  func(name string) (file, error) // to append to
	open    func(name string) (io.ReadCloser, error)
	rename  func(from, to string) error
	remove  func(name string) error
	syncDir func(name string) error
	list    func(dir string) ([]string, error) // names, in any order
	stat    func(name string) (fs.FileInfo, error)
}

// file is one that is being written.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

func osDisk() disk {
	return disk{
		create: func(name string) (file, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		},
		extend: func(name string) (file, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		},
		open:    func(name string) (io.ReadCloser, error) { return os.Open(name) },
		rename:  os.Rename,
		remove:  os.Remove,
		syncDir: syncDir,
		list:    listDir,
		stat:    os.Stat,
	}
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func listDir(name string) ([]string, error) {
	d, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// write makes a file with all that a crash needs: content synced before the name is
// there. On an error nothing is left.
func (d disk) write(name string, content []byte) error {
	f, err := d.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		d.remove(name)
	}
	return err
}
