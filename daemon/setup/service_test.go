package setup

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func unit() Unit {
	return Unit{Program: "/usr/local/bin/headsup", StateDir: "/home/sam/.local/state/headsup", Writable: []string{"/home/sam/Maildir"}}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the difference:\n%s", name, got)
	}
}

func TestUnitTexts(t *testing.T) {
	odd := Unit{Program: "/opt/my tools/headsup", Config: `/home/sam/100%/a"b\c.toml`, State: "/home/sam/$STATE;x", StateDir: "/home/sam/$STATE;x", Open: true}
	for name, u := range map[string]Unit{"sandboxed": unit(), "open": odd} {
		text, err := u.Systemd()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".service", text)
		if text, err = u.Launchd(); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".plist", text)
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("the property list is no XML: %v", err)
			}
		}
	}
}

func TestUnitRefusesOddPaths(t *testing.T) {
	for name, u := range map[string]Unit{
		"no program": {StateDir: "/s"},
		"relative":   {Program: "headsup", StateDir: "/s"},
		"newline":    {Program: "/bin/headsup", StateDir: "/s", Config: "/home/a\nExecStartPre=/bin/evil"},
		"quoted":     {Program: `/opt/"x"/headsup`, StateDir: "/s"},
		"no state":   {Program: "/bin/headsup"},
	} {
		if text, err := u.Systemd(); err == nil {
			t.Errorf("%s: made\n%s", name, text)
		}
		if _, err := u.Launchd(); err == nil {
			t.Errorf("%s: made a property list", name)
		}
	}
}

// S31: the exposure of the sandboxed unit, as systemd itself sees it.
func TestExposure(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed: the exposure of the unit is not measured")
	}
	path := filepath.Join(t.TempDir(), "headsup.service")
	text, err := unit().Systemd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	m := Manager{GOOS: "linux", Run: func(ctx context.Context, argv ...string) ([]byte, error) {
		return exec.CommandContext(ctx, analyze, argv[1:]...).CombinedOutput()
	}}
	got, err := m.Exposure(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("exposure %.1f", got)
	if got > 1.5 || got < 0 {
		t.Errorf("exposure %.1f, want at most 1.5", got)
	}
}

// systemd reads the quoted words as we meant them.
func TestUnitIsUnderstood(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed: nobody checks the syntax of the unit")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "my odd; to%ls", "head up")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, open := range []bool{true, false} {
		u := Unit{Program: program, StateDir: dir, Config: dir + `/a "b" $HOME\.toml`, Open: open}
		text, err := u.Systemd()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "headsup.service")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "headsup.service") && !strings.Contains(line, "RuntimeDirectory") {
				t.Errorf("systemd does not understand the unit (%v): %s", err, line)
			}
		}
	}
}

// machine plays a service manager.
type machine struct {
	ran  []string
	fail map[string]string // first words of a command: what it says
	says map[string]string
}

func (m *machine) run(_ context.Context, argv ...string) ([]byte, error) {
	line := strings.Join(argv, " ")
	m.ran = append(m.ran, line)
	for prefix, text := range m.fail {
		if strings.HasPrefix(line, prefix) {
			return []byte(text), errors.New("exit status 1")
		}
	}
	for prefix, text := range m.says {
		if strings.HasPrefix(line, prefix) {
			return []byte(text), nil
		}
	}
	return nil, nil
}

func manager(t *testing.T, goos string) (Manager, *machine, Unit) {
	home := t.TempDir()
	mach := &machine{fail: map[string]string{}, says: map[string]string{
		"systemd-analyze":              "→ Overall exposure level for headsup.service: 1.2 OK :-)",
		"loginctl":                     "Linger=no\n",
		"systemctl --user is-active":   "active\n",
		"launchctl print gui/1000/hea": "headsup = {\n\tstate = running\n",
	}}
	u := unit()
	u.StateDir = filepath.Join(home, "state")
	return Manager{GOOS: goos, Home: home, ConfigHome: filepath.Join(home, ".config"), UID: 1000, Run: mach.run}, mach, u
}

func TestInstallSystemd(t *testing.T) {
	m, mach, u := manager(t, "linux")
	for range 2 { // twice is the same as once
		got, err := m.Install(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		if got.Exposure != 1.2 || got.Open || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "enable-linger") {
			t.Errorf("got %+v", got)
		}
	}
	want, _ := u.Systemd()
	path, _ := m.Path()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("%v, unit:\n%s", err, text)
	}
	if info, err := os.Stat(u.StateDir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v, %v", info, err)
	}
	s, err := m.Status(t.Context())
	if err != nil || !s.Installed || !s.Active || s.Lingers || s.Text != "active" {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := m.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unit is still there: %v", err)
	}
	if err := m.Uninstall(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("uninstalled twice: %v", err)
	}
	if s, err := m.Status(t.Context()); err != nil || s.Installed {
		t.Errorf("status %+v, %v", s, err)
	}
	t.Logf("ran:\n%s", strings.Join(mach.ran, "\n"))
}

func TestInstallWithoutNamespaces(t *testing.T) {
	m, mach, u := manager(t, "linux")
	mach.fail["systemd-run"] = "Failed to set up user namespacing"
	got, err := m.Install(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := m.Path()
	text, _ := os.ReadFile(path)
	if !got.Open || strings.Contains(string(text), "PrivateUsers") || !strings.Contains(string(text), "LimitCORE=0") || !strings.Contains(strings.Join(got.Notes, " "), "without the sandbox") {
		t.Errorf("got %+v\n%s", got, text)
	}
}

func TestInstallFails(t *testing.T) {
	for command, says := range map[string]string{
		"systemctl --user daemon-reload": "Failed to connect to bus: No medium found",
		"systemctl --user restart":       "Job failed",
	} {
		m, mach, u := manager(t, "linux")
		mach.fail[command] = says
		_, err := m.Install(t.Context(), u)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", command, err)
		}
		path, _ := m.Path()
		_, there := os.Stat(path)
		switch strings.HasSuffix(command, "daemon-reload") {
		case true: // there is no systemd to run it
			if !errors.Is(there, fs.ErrNotExist) || !strings.Contains(err.Error(), "Nothing was installed") {
				t.Errorf("%s: the unit: %v, said %v", command, there, err)
			}
			if err := os.WriteFile(path, []byte("an older one"), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Install(t.Context(), u); err == nil {
				t.Errorf("%s: no error", command)
			}
			if text, err := os.ReadFile(path); string(text) != "an older one" {
				t.Errorf("%s: the unit that was there is %q now, %v", command, text, err)
			}
		case false: // its log is worth a look
			if there != nil || !strings.Contains(err.Error(), "journalctl --user") || !strings.Contains(err.Error(), "service uninstall") {
				t.Errorf("%s: the unit: %v, said %v", command, there, err)
			}
		}
	}
	m, _, u := manager(t, "plan9")
	if _, err := m.Install(t.Context(), u); !errors.Is(err, ErrNoManager) {
		t.Errorf("on another system: %v", err)
	}
}

func TestInstallLaunchd(t *testing.T) {
	m, mach, u := manager(t, "darwin")
	if _, err := m.Install(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(m.Home, "Library/LaunchAgents/headsup.plist")
	if want := []string{"launchctl bootout gui/1000/headsup", "launchctl bootstrap gui/1000 " + path}; strings.Join(mach.ran, "|") != strings.Join(want, "|") {
		t.Errorf("ran %q, want %q", mach.ran, want)
	}
	if s, err := m.Status(t.Context()); err != nil || !s.Installed || !s.Active {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := m.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
}
