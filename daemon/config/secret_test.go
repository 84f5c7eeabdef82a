package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const canary = "hunter2-canary"

// TestSecretNeverShows prints a secret in every way that there is.
func TestSecretNeverShows(t *testing.T) {
	s := NewSecret(canary)
	holder := struct {
		Name string
		S    Secret
		P    *Secret
		M    map[string]Secret
	}{"x", s, &s, map[string]Secret{"a": s}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", holder)
		fmt.Fprintf(&out, verb+"\n", []Secret{s})
	}
	fmt.Fprintln(&out, s, holder, errors.New(fmt.Sprint(s)))
	b, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "secret", s, "holder", holder)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret shows:\n%s", out.String())
		}
	}
	if strings.Count(out.String(), hidden) < 20 {
		t.Errorf("the places of the secret do not show:\n%s", out.String())
	}
	if s.Reveal() != canary {
		t.Error("the secret is lost")
	}
}

func TestSecretCommand(t *testing.T) {
	v := Vault{Getenv: func(key string) string {
		return map[string]string{"PATH": "/usr/bin:/bin", "HOME": "/home/sam", "AWS_SECRET_ACCESS_KEY": canary}[key]
	}}
	for _, c := range []struct{ script, want, err string }{
		{"echo " + canary, canary, ""},
		{"printf 'two words\\r\\nuser: sam\\n'", "two words", ""},
		{"cat; echo after-" + "stdin", "after-stdin", ""},
		{"env | grep -c AWS; true", "0", ""},
		{"exit 1", "", "exit status 1"},
		{"echo " + canary + " >&2; exit 3", "", "exit status 3"},
		{"true", "", "the first line is empty"},
		{"head -c 5000 /dev/zero", "", "larger than 4096 bytes"},
		{"yes", "", "larger than 4096 bytes"},
	} {
		got, err := v.Resolve(t.Context(), SecretSource{Command: []string{"/bin/sh", "-c", c.script}})
		switch {
		case c.err == "" && (err != nil || got.Reveal() != c.want):
			t.Errorf("%s: got %q, %v", c.script, got.Reveal(), err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %v, want %s", c.script, err, c.err)
		case err != nil && strings.Contains(err.Error(), canary):
			t.Errorf("%s: the secret shows in %v", c.script, err)
		}
	}
}

// TestSecretCommandNoShell: arguments are arguments.
func TestSecretCommandNoShell(t *testing.T) {
	got, err := Vault{}.Resolve(t.Context(), SecretSource{Command: []string{"/bin/echo", "$(id); `id` && id"}})
	if err != nil || got.Reveal() != "$(id); `id` && id" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
}

// TestSecretCommandThatHangs is ended with its children when the caller gives up.
func TestSecretCommandThatHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fifo := filepath.Join(t.TempDir(), "started")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := Vault{}.Resolve(ctx, SecretSource{Command: []string{"/bin/sh", "-c", "sleep 600 & echo > " + fifo + "; wait"}})
		done <- err
	}()
	if _, err := os.ReadFile(fifo); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

// TestSecretFile is row D11 for secrets: every mode and owner that is not ours alone.
func TestSecretFile(t *testing.T) {
	uid := os.Getuid()
	for _, c := range []struct {
		name, err string
		prepare   func(t *testing.T, dir, path string)
		uid       int // added to ours
	}{
		{name: "0600"},
		{name: "0400", prepare: func(t *testing.T, _, p string) { chmod(t, p, 0o400) }},
		{name: "0640", err: "others can read it (mode 0640)", prepare: func(t *testing.T, _, p string) { chmod(t, p, 0o640) }},
		{name: "0604", err: "others can read it", prepare: func(t *testing.T, _, p string) { chmod(t, p, 0o604) }},
		{name: "0620", err: "others can read it", prepare: func(t *testing.T, _, p string) { chmod(t, p, 0o620) }},
		{name: "folder 0777", err: "its folder can be written by others", prepare: func(t *testing.T, d, _ string) { chmod(t, d, 0o777) }},
		{name: "folder 0770", err: "its folder can be written by others", prepare: func(t *testing.T, d, _ string) { chmod(t, d, 0o770) }},
		{name: "symlink", err: "symbolic link", prepare: func(t *testing.T, d, p string) {
			rename(t, p, p+"2")
			if err := os.Symlink(p+"2", p); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "fifo", err: "not a regular file", prepare: func(t *testing.T, _, p string) {
			rename(t, p, p+"2")
			if err := syscall.Mkfifo(p, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "missing", err: "no such file", prepare: func(t *testing.T, _, p string) { rename(t, p, p+"2") }},
		{name: "other owner", err: "belongs to somebody else", uid: 1},
		{name: "large", err: "larger than", prepare: func(t *testing.T, _, p string) {
			if err := os.WriteFile(p, make([]byte, 2*maxSecret), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "d")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "secret")
			if err := os.WriteFile(path, []byte(canary+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.prepare != nil {
				c.prepare(t, dir, path)
			}
			got, err := fromFile(path, uid+c.uid)
			switch {
			case c.err == "" && (err != nil || got != canary+"\n"):
				t.Errorf("got %q, %v", got, err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// TestSecretFileUnreadable: a file of mode 0000 is no riddle. Root can read it, so the words
// are tested by themselves too.
func TestSecretFileUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	want := "permission denied; make it readable for you alone: `chmod 600 " + path + "`"
	if err := openFault(path, syscall.EACCES); !errors.Is(err, syscall.EACCES) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	if err := openFault(path, syscall.ENOENT); strings.Contains(err.Error(), "chmod") {
		t.Errorf("a file that is not there: %v", err)
	}
	if os.Getuid() == 0 {
		return
	}
	if err := os.WriteFile(path, []byte(canary), 0o000); err != nil {
		t.Fatal(err)
	}
	if _, err := fromFile(path, os.Getuid()); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestSecretFileSwapped exchanges the file for a link while it is read, many times: what
// is read is ours or nothing.
func TestSecretFileSwapped(t *testing.T) {
	dir := t.TempDir()
	chmod(t, dir, 0o700)
	ours, theirs, path := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs"), filepath.Join(dir, "secret")
	for p, text := range map[string]string{ours: "ours", theirs: "theirs"} {
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stop, swapped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swapped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			tmp := filepath.Join(dir, "tmp")
			if i%2 == 0 {
				_ = os.Link(ours, tmp)
			} else {
				_ = os.Symlink(theirs, tmp)
			}
			_ = os.Rename(tmp, path)
			_ = os.Remove(tmp)
		}
	}()
	read := 0
	for range 5000 {
		got, err := fromFile(path, os.Getuid())
		if err == nil {
			read++
			if got != "ours" {
				t.Fatalf("read through the link: %q", got)
			}
		}
	}
	close(stop)
	<-swapped
	if read == 0 {
		t.Error("the file was never read, so nothing was tested")
	}
}

func TestSecretKeyringAndCredential(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mail"), []byte(canary), 0o400); err != nil {
		t.Fatal(err)
	}
	v := Vault{
		Getenv: func(key string) string {
			if key == "CREDENTIALS_DIRECTORY" {
				return dir
			}
			return ""
		},
		Keyring: func(service, user string) (string, error) {
			if service == "headsup" && user == "sam@example.com" {
				return canary, nil
			}
			return "", errors.New("secret not found in keyring")
		},
	}
	for _, c := range []struct {
		source SecretSource
		err    string
	}{
		{SecretSource{Keyring: "headsup/sam@example.com"}, ""},
		{SecretSource{Keyring: "headsup/dana@example.com"}, "not found in keyring"},
		{SecretSource{Keyring: "headsup"}, "want service/user"},
		{SecretSource{Credential: "mail"}, ""},
		{SecretSource{Credential: "other"}, "no such file"},
		{SecretSource{Credential: "../mail"}, "without slashes"},
		{SecretSource{}, "no secret is configured"},
	} {
		got, err := v.Resolve(t.Context(), c.source)
		switch {
		case c.err == "" && (err != nil || got.Reveal() != canary):
			t.Errorf("%v: got %q, %v", c.source, got.Reveal(), err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%v: got %v, want %s", c.source, err, c.err)
		}
	}
	if _, err := (Vault{Getenv: func(string) string { return "" }}).Resolve(t.Context(), SecretSource{Credential: "mail"}); err == nil || !strings.Contains(err.Error(), "LoadCredential") {
		t.Errorf("without a folder: %v", err)
	}
}
