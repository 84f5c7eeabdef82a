package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headsup/daemon/control"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"headsup": main})
}

// TestScripts runs what a person could have typed, against the real main and, where a
// script starts it, the real service.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       updateScripts(),
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("TZ", "Europe/Berlin")
			env.Setenv("NOTIFY_SOCKET", filepath.Join(env.WorkDir, "notify"))
			for _, dir := range []string{".config/headsup", "Maildir/cur", "Maildir/new", "Maildir/tmp", "Maildir/.Drafts/cur", "Maildir/.Drafts/new", "Maildir/.Drafts/tmp",
				"Maildir/.Sent/cur", "Maildir/.Sent/new", "Maildir/.Sent/tmp", "Notes/Calls"} {
				if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
					return err
				}
			}
			conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(env.WorkDir, "notify")})
			if err != nil {
				return err
			}
			env.Values[notifyKey{}] = conn
			env.Defer(func() { conn.Close() })
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"notified": notified,
			"setvar":   setvar,
			"signal":   sendSignal,
			"refused":  refusedReload,
		},
	})
}

type notifyKey struct{}

// notified waits until the service says a state to systemd: notified READY=1.
func notified(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: notified STATE")
	}
	conn := ts.Value(notifyKey{}).(*net.UnixConn)
	ts.Check(conn.SetReadDeadline(time.Now().Add(30 * time.Second)))
	for buf := make([]byte, 4096); ; {
		n, err := conn.Read(buf)
		if err != nil {
			ts.Fatalf("wait for %s: %v", args[0], err)
		}
		for _, line := range strings.Split(string(buf[:n]), "\n") {
			if line == args[0] {
				return
			}
		}
	}
}

// setvar puts the rest of the first output line that follows a text into a variable:
// setvar HASH 'content:  '.
func setvar(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setvar NAME TEXT")
	}
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile("stdout")))
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), args[1]); ok {
			ts.Setenv(args[0], strings.TrimSpace(rest))
			return
		}
	}
	ts.Fatalf("%q is not in the output", args[1])
}

// sendSignal sends a signal to the running service: signal HUP.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}
	if neg || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal HUP|TERM")
	}
	client := control.NewClient(filepath.Join(ts.Getenv("HOME"), ".local/state/headsup/run/control.sock"))
	defer client.Close()
	info, err := client.Info(context.Background())
	ts.Check(err)
	ts.Check(syscall.Kill(info.PID, signals[args[0]]))
}

// refusedReload asks the service itself, past the check that the command makes, to read a
// faulty configuration: refused TEXT.
func refusedReload(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: refused TEXT")
	}
	client := control.NewClient(filepath.Join(ts.Getenv("HOME"), ".local/state/headsup/run/control.sock"))
	defer client.Close()
	if err := client.Reload(context.Background()); err == nil || !strings.Contains(err.Error(), args[0]) {
		ts.Fatalf("reload: %v, want %q", err, args[0])
	}
}

// world of a test: a home of its own, nothing of this machine.
func testWorld(t *testing.T, args ...string) (world, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	home := t.TempDir()
	stdout, stderr := &bytes.Buffer{}, &bytes.Buffer{}
	env := map[string]string{"HOME": home, "TZ": "Europe/Berlin"}
	return world{
		args: args, stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, uid: 1000,
		getenv: func(key string) string { return env[key] },
		now:    func() time.Time { return time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC) },
	}, stdout, stderr
}

// TestExitCodes: scripts rely on them.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"version"}, exitOK},
		{[]string{"--help"}, exitOK},
		{nil, exitOK},
		{[]string{"frobnicate"}, exitUsage},
		{[]string{"version", "--nope"}, exitUsage},
		{[]string{"version", "x"}, exitUsage},
		{[]string{"queue", "aprove", "1"}, exitUsage},
		{[]string{"queue", "show"}, exitUsage},
		{[]string{"queue", "show", "x"}, exitUsage},
		{[]string{"queue", "add", "-", "--kind", "update"}, exitUsage},
		{[]string{"pause", "--until", "whenever"}, exitUsage},
		{[]string{"forget", "Dana <dana@example.com>"}, exitUsage},
		{[]string{"check"}, exitConfig},
		{[]string{"check", "--config", "testdata/none.toml"}, exitConfig},
		{[]string{"run"}, exitConfig},
		{[]string{"status"}, exitNoRun},
		{[]string{"queue"}, exitNoRun},
		{[]string{"why", "3"}, exitNoRun},
		{[]string{"queue", "add", "testdata/none.txt", "--to", "dana", "--kind", "update"}, exitFailed},
	} {
		w, _, stderr := testWorld(t, c.args...)
		if got := report(stderr, run(t.Context(), w)); got != c.want {
			t.Errorf("headsup %s: exit code %d, want %d\n%s", strings.Join(c.args, " "), got, c.want, stderr)
		}
	}
}

// TestRootIsRefused is S33: run, and only run, refuses uid 0.
func TestRootIsRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"run"}, exitFailed},
		{[]string{"run", "--allow-root"}, exitConfig}, // it got as far as the configuration
		{[]string{"version"}, exitOK},
	} {
		w, _, stderr := testWorld(t, c.args...)
		w.uid = 0
		if got := report(stderr, run(t.Context(), w)); got != c.want {
			t.Errorf("headsup %v as root: exit code %d, want %d\n%s", c.args, got, c.want, stderr)
		}
	}
}

// updateScripts: HEADSUP_UPDATE=1 writes what the commands print into the scripts.
func updateScripts() bool { return os.Getenv("HEADSUP_UPDATE") == "1" }

// TestExitCodesAreDocumented compares the table of docs/config.md with the constants.
func TestExitCodesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []int
	for _, m := range regexp.MustCompile(`(?m)^\| (\d) \|`).FindAllStringSubmatch(string(b), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, n)
	}
	want := []int{exitOK, exitFailed, exitUsage, exitConfig, exitNoRun, exitNo}
	if !slices.Equal(codes, want) {
		t.Errorf("docs/config.md has %v, the code %v", codes, want)
	}
}
