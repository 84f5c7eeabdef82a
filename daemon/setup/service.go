package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Runner runs a program and returns what it wrote. It is exec, but for tests.
type Runner func(ctx context.Context, argv ...string) ([]byte, error)

// Manager installs headsup as a service of one user: with systemd on Linux, with launchd
// on macOS. It needs no rights beyond the user's.
type Manager struct {
	GOOS       string
	Home       string
	ConfigHome string // $XDG_CONFIG_HOME, or its default
	UID        int
	Run        Runner
}

// Installed says what an installation did.
type Installed struct {
	Path     string
	Open     bool     // without the sandbox
	Exposure float64  // of systemd-analyze security, 0 to 10; negative: not known
	Notes    []string // for a person
}

// ServiceStatus is what the service manager says.
type ServiceStatus struct {
	Path      string
	Installed bool
	Active    bool
	Text      string // in the manager's words
	Lingers   bool   // runs while the user is not logged in
}

// ErrNoManager means that this system has no service manager that headsup knows.
var ErrNoManager = errors.New("no service manager that headsup knows (systemd on Linux, launchd on macOS); start `headsup run` by other means")

// Path is where the unit lies.
func (m Manager) Path() (string, error) {
	switch m.GOOS {
	case "linux":
		return filepath.Join(m.ConfigHome, "systemd", "user", UnitName+".service"), nil
	case "darwin":
		return filepath.Join(m.Home, "Library", "LaunchAgents", Label+".plist"), nil
	}
	return "", ErrNoManager
}

// Install writes the unit, starts the service and arranges that it starts again. Doing
// it twice is the same as doing it once.
func (m Manager) Install(ctx context.Context, u Unit) (Installed, error) {
	path, err := m.Path()
	if err != nil {
		return Installed{}, err
	}
	out := Installed{Path: path, Open: u.Open, Exposure: -1}
	if m.GOOS == "darwin" {
		return out, m.installLaunchd(ctx, path, u)
	}
	if !u.Open {
		if err := m.probe(ctx); err != nil {
			u.Open, out.Open = true, true
			out.Notes = append(out.Notes, fmt.Sprintf("this system does not let a user's service have namespaces of its own (%v), so headsup runs without the sandbox", err))
		}
	}
	text, err := u.Systemd()
	if err != nil {
		return out, err
	}
	undo, err := placeUnit(path, u.StateDir, text)
	if err != nil {
		return out, err
	}
	for i, argv := range [][]string{
		{"systemctl", "--user", "daemon-reload"},
		{"systemctl", "--user", "enable", UnitName + ".service"},
		{"systemctl", "--user", "restart", UnitName + ".service"},
	} {
		said, err := m.Run(ctx, argv...)
		switch {
		case err == nil:
		case i == 0: // nobody read the unit
			err = failed(argv, said, err, "is there a systemd of yours (not in a container, not after su)? `systemctl --user status` says; without one, start `headsup run` by other means. Nothing was installed")
			return out, errors.Join(err, undo())
		default:
			return out, failed(argv, said, err, "look at `journalctl --user -u headsup`; the unit stays, and `headsup service uninstall` removes it")
		}
	}
	if out.Exposure, err = m.Exposure(ctx, path); err != nil {
		out.Notes = append(out.Notes, fmt.Sprintf("the exposure is not known: %v", err))
	}
	if !m.lingers(ctx) {
		out.Notes = append(out.Notes, "headsup stops when you log out; `loginctl enable-linger` lets it run on")
	}
	return out, nil
}

// probe asks whether the sandbox works here at all.
func (m Manager) probe(ctx context.Context) error {
	argv := []string{"systemd-run", "--user", "--quiet", "--wait", "--collect", "-p", "PrivateUsers=yes", "-p", "ProtectSystem=strict", "-p", "CapabilityBoundingSet=", "/bin/true"}
	said, err := m.Run(ctx, argv...)
	if err != nil {
		return fmt.Errorf("%w %s", err, bytes.TrimSpace(said))
	}
	return nil
}

func (m Manager) installLaunchd(ctx context.Context, path string, u Unit) error {
	text, err := u.Launchd()
	if err != nil {
		return err
	}
	if err := writeUnit(path, u.StateDir, text); err != nil {
		return err
	}
	domain := "gui/" + strconv.Itoa(m.UID)
	_, _ = m.Run(ctx, "launchctl", "bootout", domain+"/"+Label) // an older one, if any
	argv := []string{"launchctl", "bootstrap", domain, path}
	if said, err := m.Run(ctx, argv...); err != nil {
		return failed(argv, said, err, "look at "+filepath.Join(u.StateDir, "headsup.log"))
	}
	return nil
}

// writeUnit puts the file into place in one step. The state folder is made here, because
// a sandbox can only open what is there.
func writeUnit(path, state, text string) error {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of the unit: %w", err)
	}
	if err := replaceFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the unit: %w", err)
	}
	return nil
}

// placeUnit is writeUnit and a way back to what was there before.
func placeUnit(path, state, text string) (undo func() error, err error) {
	before, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		undo = func() error { return os.Remove(path) }
	case err != nil:
		return nil, fmt.Errorf("read the unit that is there: %w", err)
	default:
		undo = func() error { return replaceFile(path, before, 0o644) }
	}
	return undo, writeUnit(path, state, text)
}

// Uninstall stops the service and removes the unit. Configuration and state stay.
func (m Manager) Uninstall(ctx context.Context) error {
	path, err := m.Path()
	if err != nil {
		return err
	}
	stop := []string{"systemctl", "--user", "disable", "--now", UnitName + ".service"}
	if m.GOOS == "darwin" {
		stop = []string{"launchctl", "bootout", "gui/" + strconv.Itoa(m.UID) + "/" + Label}
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("uninstall the service: there is no %s: %w", path, fs.ErrNotExist)
	}
	said, stopped := m.Run(ctx, stop...)
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("uninstall the service: %w", err)
	}
	if stopped != nil {
		return failed(stop, said, stopped, "the unit is removed; end the process by hand if it still runs")
	}
	if m.GOOS != "darwin" {
		argv := []string{"systemctl", "--user", "daemon-reload"}
		if said, err := m.Run(ctx, argv...); err != nil {
			return failed(argv, said, err, "the unit is removed")
		}
	}
	return nil
}

// Status asks the service manager.
func (m Manager) Status(ctx context.Context) (ServiceStatus, error) {
	path, err := m.Path()
	if err != nil {
		return ServiceStatus{}, err
	}
	s := ServiceStatus{Path: path}
	if _, err := os.Lstat(path); err == nil {
		s.Installed = true
	}
	if m.GOOS == "darwin" {
		said, err := m.Run(ctx, "launchctl", "print", "gui/"+strconv.Itoa(m.UID)+"/"+Label)
		s.Active = err == nil && bytes.Contains(said, []byte("state = running"))
		s.Lingers = false
		s.Text = firstMatch(said, `state = .*`)
		return s, nil
	}
	said, err := m.Run(ctx, "systemctl", "--user", "is-active", UnitName+".service")
	s.Text = strings.TrimSpace(string(said))
	s.Active = err == nil && s.Text == "active"
	s.Lingers = m.lingers(ctx)
	return s, nil
}

func (m Manager) lingers(ctx context.Context) bool {
	said, err := m.Run(ctx, "loginctl", "show-user", strconv.Itoa(m.UID), "--property=Linger")
	return err == nil && strings.TrimSpace(string(said)) == "Linger=yes"
}

// Exposure is what systemd-analyze thinks of the unit, from 0 (shut) to 10 (open).
func (m Manager) Exposure(ctx context.Context, path string) (float64, error) {
	argv := []string{"systemd-analyze", "security", "--offline=true", "--no-pager", path}
	said, err := m.Run(ctx, argv...)
	if err != nil {
		return -1, failed(argv, said, err, "systemd 250 or later has it")
	}
	return parseExposure(said)
}

var exposureLine = regexp.MustCompile(`Overall exposure level for [^:]*: ([0-9]+(?:\.[0-9]+)?)`)

func parseExposure(said []byte) (float64, error) {
	m := exposureLine.FindSubmatch(said)
	if m == nil {
		return -1, errors.New("systemd-analyze named no exposure level")
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

func firstMatch(b []byte, pattern string) string {
	return string(bytes.TrimSpace(regexp.MustCompile(pattern).Find(b)))
}

// failed words a program that did not do what it was asked.
func failed(argv []string, said []byte, err error, next string) error {
	text := strings.TrimSpace(string(said))
	if len(text) > 500 {
		text = text[:500] + "…"
	}
	return fmt.Errorf("run %q: %w: %s; %s", strings.Join(argv, " "), err, text, next)
}
