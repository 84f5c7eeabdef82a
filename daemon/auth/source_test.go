package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// person is somebody who logged in.
func person(t *testing.T, p *provider, store Store) *Source {
	t.Helper()
	p.refresh["refresh-0"] = true
	c := p.client(t)
	if err := store.Save(c.Name, Grant{Refresh: "refresh-0"}); err != nil {
		t.Fatal(err)
	}
	return source(t, p, store, epoch)
}

func source(t *testing.T, p *provider, store Store, now time.Time) *Source {
	tr := &http.Transport{DisableKeepAlives: true}
	return &Source{Client: p.client(t), Store: store, Now: func() time.Time { return now }, HTTP: &http.Client{Transport: tr, Timeout: 5 * time.Second}}
}

func access(t *testing.T, s *Source) string {
	t.Helper()
	a, err := s.Access(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// F4: the access token ends, and is exchanged without a word.
func TestRefresh(t *testing.T) {
	for name, store := range map[string]Store{"files": Files{t.TempDir()}, "keyring": mockKeyring(t)} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			s := person(t, p, store)
			if a := access(t, s) + " " + access(t, s); a != "access-1 access-1" || p.requests() != 1 {
				t.Errorf("got %s by %d requests", a, p.requests())
			}
			s.Now = func() time.Time { return epoch.Add(56 * time.Minute) }
			if a := access(t, s); a != "access-2" {
				t.Errorf("got %s near the end of the first", a)
			}
			s.Reject("access-2")
			if a := access(t, s); a != "access-3" {
				t.Errorf("got %s after the second was not taken", a)
			}
			s.Reject("access-2") // late news
			if a := access(t, s); a != "access-3" {
				t.Errorf("got %s", a)
			}
			again := source(t, p, store, epoch.Add(57*time.Minute))
			if a := access(t, again); a != "access-3" || p.requests() != 3 {
				t.Errorf("after a restart: %s by %d requests", a, p.requests())
			}
			if tok, err := again.TokenSource(t.Context()).Token(); err != nil || tok.AccessToken != "access-3" {
				t.Errorf("%v, %v", tok, err)
			}
		})
	}
}

func mockKeyring(t *testing.T) Store {
	keyring.MockInit()
	return Keyring{Locks: Files{t.TempDir()}}
}

// F5: the grant is revoked. One clear message, and no hammering with the same token.
func TestRevoked(t *testing.T) {
	p := newProvider(t)
	s := person(t, p, Files{t.TempDir()})
	delete(p.refresh, "refresh-0")
	_, err := s.Access(t.Context())
	if !errors.Is(err, ErrRevoked) || !strings.Contains(err.Error(), "headsup auth google") || strings.Contains(err.Error(), "refresh-0") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("got %q", err)
	}
	empty := source(t, p, Files{t.TempDir()}, epoch)
	if _, err := empty.Access(t.Context()); !errors.Is(err, ErrNoGrant) || !strings.Contains(err.Error(), "headsup auth google") {
		t.Errorf("never logged in: %v", err)
	}
}

// F6: the token endpoint is ill. What still holds is used; nothing is lost.
func TestRefreshServerIll(t *testing.T) {
	rows := map[string]func(url.Values) (int, string){
		"500":       func(url.Values) (int, string) { return 500, "oops" },
		"503 html":  func(url.Values) (int, string) { return 503, "<html>" },
		"200 html":  func(url.Values) (int, string) { return 200, "<html>" },
		"200 empty": func(url.Values) (int, string) { return 200, "{}" },
	}
	for name, fail := range rows {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			s := person(t, p, Files{t.TempDir()})
			first := access(t, s)
			p.fail = fail
			s.Now = func() time.Time { return epoch.Add(58 * time.Minute) }
			if a := access(t, s); a != first {
				t.Errorf("got %s while the old one still holds", a)
			}
			s.Now = func() time.Time { return epoch.Add(2 * time.Hour) }
			_, err := s.Access(t.Context())
			if err == nil || errors.Is(err, ErrRevoked) {
				t.Errorf("got %v", err)
			}
			p.fail = nil
			if a := access(t, s); a == first {
				t.Error("not well again")
			}
		})
	}
}

// F6: a new refresh token came, and it does not work (a provider that rolled back), or it
// could not be stored.
func TestRotation(t *testing.T) {
	t.Run("new one refused", func(t *testing.T) {
		p := newProvider(t)
		p.grace = true
		store := Files{t.TempDir()}
		s := person(t, p, store)
		access(t, s)
		g, err := store.Load("google")
		if err != nil || g.Refresh != "refresh-1" || g.Old != "refresh-0" {
			t.Fatalf("stored %q, %q, %v", g.Refresh, g.Old, err)
		}
		delete(p.refresh, "refresh-1")
		s.Now = func() time.Time { return epoch.Add(2 * time.Hour) }
		if a := access(t, s); a != "access-2" {
			t.Errorf("got %s", a)
		}
		if g, _ = store.Load("google"); g.Refresh != "refresh-2" || g.Old != "refresh-0" {
			t.Errorf("stored %q, %q", g.Refresh, g.Old)
		}
	})
	t.Run("not stored", func(t *testing.T) {
		p := newProvider(t)
		store := &flaky{Store: Files{t.TempDir()}}
		s := person(t, p, store)
		store.broken = true
		access(t, s)
		store.broken = false
		access(t, s)
		if g, err := store.Load("google"); err != nil || g.Refresh != "refresh-1" {
			t.Errorf("stored %q, %v", g.Refresh, err)
		}
		store.broken = true
		s.Now = func() time.Time { return epoch.Add(2 * time.Hour) }
		access(t, s)
		s.Now = func() time.Time { return epoch.Add(4 * time.Hour) }
		if a := access(t, s); a != "access-3" {
			t.Errorf("locked out by a full disk: %s", a)
		}
	})
}

type flaky struct {
	Store
	broken bool
}

func (f *flaky) Save(name string, g Grant) error {
	if f.broken {
		return errors.New("no space left on device")
	}
	return f.Store.Save(name, g)
}

// F7: many goroutines of two processes. Refresh tokens are good once, so a second
// exchange of the same one would lock out.
func TestSingleFlight(t *testing.T) {
	p := newProvider(t)
	store := Files{t.TempDir()}
	a := person(t, p, store)
	b := source(t, p, store, epoch)
	var wg sync.WaitGroup
	got := make([]string, 40)
	for i := range got {
		s := a
		if i%2 == 1 {
			s = b
		}
		wg.Go(func() {
			token, err := s.Access(context.WithoutCancel(t.Context()))
			if err != nil {
				token = err.Error()
			}
			got[i] = token
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != "access-1" {
			t.Fatalf("got %q", g)
		}
	}
	if n := p.requests(); n != 1 {
		t.Errorf("%d exchanges, want 1", n)
	}
}

// D11, S22: files that others can read, links, folders.
func TestTokenFiles(t *testing.T) {
	fresh := func(t *testing.T) (Files, string) {
		f := Files{filepath.Join(t.TempDir(), "tokens")}
		if err := f.Save("google", Grant{Refresh: "canary-s3cret"}); err != nil {
			t.Fatal(err)
		}
		return f, filepath.Join(f.Dir, "google.json")
	}
	rows := map[string]struct {
		harm func(path string) error
		says string
	}{
		"0640":      {func(p string) error { return os.Chmod(p, 0o640) }, "read by others"},
		"0604":      {func(p string) error { return os.Chmod(p, 0o604) }, "read by others"},
		"0620":      {func(p string) error { return os.Chmod(p, 0o620) }, "read by others"},
		"link":      {func(p string) error { return errors.Join(os.Rename(p, p+"2"), os.Symlink(p+"2", p)) }, "token file"},
		"folder":    {func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, "not a regular file"},
		"not JSON":  {func(p string) error { return os.WriteFile(p, []byte("canary-s3cret"), 0o600) }, "does not hold a grant"},
		"no tokens": {func(p string) error { return os.WriteFile(p, []byte("{}"), 0o600) }, "does not hold a grant"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			f, path := fresh(t)
			if err := row.harm(path); err != nil {
				t.Fatal(err)
			}
			_, err := f.Load("google")
			if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v", err)
			}
		})
	}
	f, path := fresh(t)
	for file, mode := range map[string]os.FileMode{path: 0o600, f.Dir: 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if g, err := f.Load("google"); err != nil || g.Refresh != "canary-s3cret" || strings.Contains(fmt.Sprintf("%v %+v %#v %s", g, g, g, g), "canary") {
		t.Errorf("%v, %v", g, err)
	}
	if _, err := f.Load("../google"); err == nil {
		t.Error("a name that leads elsewhere")
	}
}
