package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/zalando/go-keyring"
	"golang.org/x/oauth2"
	"golang.org/x/sys/unix"
)

// Grant is what is stored. Old is the refresh token before the last exchange, kept until
// the new one has worked.
type Grant struct {
	Refresh string    `json:"refresh_token"`
	Old     string    `json:"old_refresh_token,omitempty"`
	Access  string    `json:"access_token,omitempty"`
	Expiry  time.Time `json:"expiry,omitzero"`
	Scopes  []string  `json:"scopes,omitempty"`
}

// FromToken is the grant behind a fresh login.
func FromToken(t *oauth2.Token, c Client) Grant {
	return Grant{Refresh: t.RefreshToken, Access: t.AccessToken, Expiry: t.Expiry.Round(0), Scopes: c.Scopes}
}

// String keeps the secrets out of logs and errors.
func (g Grant) String() string { return "[grant]" }

// GoString does the same for %#v.
func (g Grant) GoString() string { return "[grant]" }

// ErrNoGrant means that nobody logged in yet.
var ErrNoGrant = errors.New("not logged in")

// Store keeps grants by name. Save is durable when it returns.
type Store interface {
	Load(name string) (Grant, error) // [ErrNoGrant] if there is none
	Save(name string, g Grant) error
	// Lock keeps other processes from exchanging the same grant meanwhile.
	Lock(name string) (unlock func() error, err error)
}

var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)

// Files keeps each grant in a file that only its owner can read.
type Files struct{ Dir string }

func (f Files) path(name, ending string) (string, error) {
	if !names.MatchString(name) {
		return "", fmt.Errorf("the grant %q: not a name", name)
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(f.Dir, name+ending), nil
}

// Load implements [Store]. A file that somebody else can read or could have written is
// refused.
func (f Files) Load(name string) (Grant, error) {
	path, err := f.path(name, ".json")
	if err != nil {
		return Grant{}, err
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Grant{}, fmt.Errorf("%s: %w", name, ErrNoGrant)
	}
	if err != nil {
		return Grant{}, &os.PathError{Op: "token file", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Grant{}, fmt.Errorf("token file: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return Grant{}, fmt.Errorf("token file %s is not a regular file; remove it and log in again", path)
	case !ok || int(st.Uid) != os.Getuid():
		return Grant{}, fmt.Errorf("token file %s belongs to somebody else; remove it and log in again", path)
	case info.Mode().Perm()&0o077 != 0:
		return Grant{}, fmt.Errorf("token file %s can be read by others (mode %04o); remove it, take headsup's access away at the provider, and log in again", path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(file, 64<<10))
	if err != nil {
		return Grant{}, fmt.Errorf("token file: %w", err)
	}
	return decode(path, data)
}

func decode(where string, data []byte) (Grant, error) {
	var g Grant
	if err := json.Unmarshal(data, &g); err != nil || g.Refresh == "" {
		return Grant{}, fmt.Errorf("%s does not hold a grant; remove it and log in again", where)
	}
	return g, nil
}

// Save implements [Store].
func (f Files) Save(name string, g Grant) error {
	path, err := f.path(name, ".json")
	if err != nil {
		return err
	}
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.Dir, "."+name+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("store the grant: %w", err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("store the grant: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	dir, err := os.Open(f.Dir)
	if err != nil {
		return fmt.Errorf("store the grant: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Lock implements [Store] by flock, which ends with the process.
func (f Files) Lock(name string) (func() error, error) {
	path, err := f.path(name, ".lock")
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the grant: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock the grant: %w", errors.Join(err, file.Close()))
	}
	return file.Close, nil
}

// Keyring keeps grants in the desktop's keyring. A service that runs without a desktop
// has none. The locks lie in a folder all the same.
type Keyring struct{ Locks Files }

const keyringService = "headsup"

// Load implements [Store].
func (k Keyring) Load(name string) (Grant, error) {
	text, err := keyring.Get(keyringService, name)
	if errors.Is(err, keyring.ErrNotFound) {
		return Grant{}, fmt.Errorf("%s: %w", name, ErrNoGrant)
	}
	if err != nil {
		return Grant{}, fmt.Errorf("read the keyring: %w", err)
	}
	return decode("the keyring's entry "+name, []byte(text))
}

// Save implements [Store].
func (k Keyring) Save(name string, g Grant) error {
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if err := keyring.Set(keyringService, name, string(data)); err != nil {
		return fmt.Errorf("write to the keyring: %w", err)
	}
	return nil
}

// Lock implements [Store].
func (k Keyring) Lock(name string) (func() error, error) { return k.Locks.Lock(name) }
