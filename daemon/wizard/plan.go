package wizard

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Plan is what is to be put on disk when every answer is given.
type Plan struct {
	Config  string            // path of the configuration
	Text    string            // of it
	Secrets map[string]string // path to password
	Folders []string          // to be made, if they are not there
}

// ErrExists means that there is a configuration already; the wizard replaces none.
var ErrExists = errors.New("there is a configuration already")

// Free makes sure that there is no configuration yet.
func Free(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%w: %s; move it away first, or edit it", ErrExists, path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("look for a configuration: %w", err)
	}
}

// Place puts everything into place, readable by its owner alone, the configuration last.
// It replaces nothing. If a part fails, what was made is taken away again; undo does the
// same later.
func (p Plan) Place() (undo func() error, err error) {
	var made []string
	undo = func() error {
		var errs []error
		for _, path := range slices.Backward(made) {
			errs = append(errs, os.Remove(path))
		}
		made = nil
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the configuration: %w", errors.Join(err, undo()))
		}
	}()
	for _, dir := range append([]string{filepath.Dir(p.Config)}, p.Folders...) {
		if err := makeFolder(dir, &made); err != nil {
			return undo, err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.Secrets)) {
		if err := create(path, p.Secrets[path]+"\n", &made); err != nil {
			return undo, err
		}
	}
	if err := create(p.Config, p.Text, &made); err != nil {
		return undo, err
	}
	return undo, syncFolder(filepath.Dir(p.Config))
}

// makeFolder makes a folder and those above it, and notes which were not there.
func makeFolder(dir string, made *[]string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", dir)
		}
		return nil
	}
	if up := filepath.Dir(dir); up != dir {
		if err := makeFolder(up, made); err != nil {
			return err
		}
	}
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		*made = append(*made, dir)
	}
	return err
}

// create writes a file that is not there yet.
func create(path, text string, made *[]string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s; move it away first, or edit it", ErrExists, path)
	}
	if err != nil {
		return err
	}
	*made = append(*made, path)
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// freeName finds a name in a folder that no file has.
func freeName(dir, name string) string {
	path := filepath.Join(dir, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) || n > 99 {
			return path
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d", name, n))
	}
}
