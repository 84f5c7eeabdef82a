package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/zalando/go-keyring"
)

// Limits of what a source of secrets may do.
const (
	maxSecret      = 4 << 10
	secretPatience = 10 * time.Second
)

// Secret is a password or a token. However it is printed, it shows as [secret]; only
// [Secret.Reveal] gives it out.
type Secret struct{ value string }

// NewSecret keeps a value from being printed.
func NewSecret(value string) Secret { return Secret{value: value} }

const hidden = "[secret]"

// Reveal is the secret itself, for the line of a protocol that needs it and nothing else.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

func (s Secret) String() string { return hidden }

// GoString keeps %#v from looking inside.
func (s Secret) GoString() string { return hidden }

// Format keeps every other verb from looking inside.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText keeps encoders from looking inside; it covers JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue keeps log handlers from looking inside.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Vault fetches secrets. The zero value asks this system.
type Vault struct {
	Getenv  func(string) string                        // nil: the process environment
	Keyring func(service, user string) (string, error) // nil: the keyring of the desktop
}

// Resolve fetches a secret. It is called when a connection needs it, not before, and
// the errors say where it was looked for but never what was found.
func (v Vault) Resolve(ctx context.Context, s SecretSource) (Secret, error) {
	var value string
	var err error
	switch {
	case len(s.Command) > 0:
		value, err = v.fromCommand(ctx, s.Command)
	case s.File != "":
		value, err = fromFile(s.File, os.Getuid())
	case s.Keyring != "":
		value, err = v.fromKeyring(s.Keyring)
	case s.Credential != "":
		value, err = v.fromCredential(s.Credential)
	default:
		return Secret{}, errors.New("no secret is configured; name one by secret = { command = […] }, { file = … } or { keyring = … }")
	}
	if err != nil {
		return Secret{}, err
	}
	value, _, _ = strings.Cut(value, "\n")
	if value = strings.TrimSuffix(value, "\r"); value == "" {
		return Secret{}, fmt.Errorf("%s: the first line is empty", s.place())
	}
	return Secret{value: value}, nil
}

// place says where a secret is kept.
func (s SecretSource) place() string {
	switch {
	case len(s.Command) > 0:
		return "secret command " + s.Command[0]
	case s.File != "":
		return "secret file " + s.File
	case s.Keyring != "":
		return "keyring entry " + s.Keyring
	}
	return "credential " + s.Credential
}

func (v Vault) getenv(key string) string {
	if v.Getenv == nil {
		return os.Getenv(key)
	}
	return v.Getenv(key)
}

// fromCommand runs a program without a shell. It gets no input, a small environment and
// ten seconds; what it says on stderr is thrown away, because it may be the secret.
func (v Vault) fromCommand(ctx context.Context, argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = v.cleanEnv()
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out := &limited{stop: cancel}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case out.over:
		return "", fmt.Errorf("secret command %s: its output is larger than %d bytes", argv[0], maxSecret)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", fmt.Errorf("secret command %s: it did not end within %s; does it ask for something?", argv[0], secretPatience)
	case err != nil:
		return "", fmt.Errorf("secret command %s: %w; run it by hand to see what it says", argv[0], err)
	}
	return out.buf.String(), nil
}

// cleanEnv is what a program that asks a keyring or an agent needs, and no more.
func (v Vault) cleanEnv() []string {
	var env []string
	for _, key := range []string{"HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_ALL", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
		"DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_AGENT_INFO", "SSH_AUTH_SOCK", "PASSWORD_STORE_DIR", "DISPLAY", "WAYLAND_DISPLAY", "CREDENTIALS_DIRECTORY"} {
		if val := v.getenv(key); val != "" {
			env = append(env, key+"="+val)
		}
	}
	return env
}

// limited keeps the first bytes and ends the program when there are more.
type limited struct {
	buf  bytes.Buffer
	over bool
	stop func()
}

func (l *limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > maxSecret {
		l.over = true
		l.stop()
		return 0, errors.New("too much output")
	}
	return l.buf.Write(p)
}

func (v Vault) fromKeyring(entry string) (string, error) {
	service, user, ok := strings.Cut(entry, "/")
	if !ok {
		return "", fmt.Errorf("keyring entry %q: want service/user", entry)
	}
	get := v.Keyring
	if get == nil {
		get = keyring.Get
	}
	value, err := get(service, user)
	if err != nil {
		return "", fmt.Errorf("keyring entry %s: %w; a service without a desktop session has no keyring, use a file there", entry, err)
	}
	return value, nil
}

// fromCredential reads what systemd put into the credentials folder of the service. It
// owns the folder and its modes.
func (v Vault) fromCredential(name string) (string, error) {
	dir := v.getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", fmt.Errorf("credential %s: this process was given none; it needs LoadCredential= in the systemd unit", name)
	}
	if name != filepath.Base(name) {
		return "", fmt.Errorf("credential %q: want a name without slashes", name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return "", fmt.Errorf("credential: %w", err)
	}
	defer f.Close()
	buf := make([]byte, maxSecret+1)
	n, err := readAtMost(f, buf)
	if err != nil || n > maxSecret {
		return "", fmt.Errorf("credential %s: cannot be read, or is larger than %d bytes", name, maxSecret)
	}
	return string(buf[:n]), nil
}
