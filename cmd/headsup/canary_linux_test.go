package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"headsup/daemon/control"
	"headsup/mail/dovecot"
)

// forms are the ways in which a password could lie about: as it is, as SASL PLAIN and
// LOGIN send it, in UTF-16, as hexadecimal digits.
func forms(user, password string) map[string][]byte {
	wide := new(bytes.Buffer)
	_ = binary.Write(wide, binary.LittleEndian, utf16.Encode([]rune(password)))
	return map[string][]byte{
		"plain": []byte(password), "base64": []byte(base64.StdEncoding.EncodeToString([]byte(password))), "UTF-16": wide.Bytes(), "hex": fmt.Appendf(nil, "%x", password),
		"SASL PLAIN": []byte(base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))),
	}
}

// S20, S21: a password that a real service and the commands use at real servers, the
// right one and a wrong one, is nowhere but in its file: not in logs at their most
// talkative, the database, the journal, the state, the answers of the control socket, the
// output of commands, nor in what other processes can see of this one.
func TestS20Canary(t *testing.T) {
	program, err := exec.LookPath("headsup")
	if err != nil {
		t.Fatal(err)
	}
	const right, wrong = "wonderland", "canary-that-is-refused"
	s := startServers(t, dovecot.Options{}, ownAddress...)
	for name, password := range map[string]string{"right": right, "wrong": wrong} {
		t.Run(name, func(t *testing.T) {
			w, _, _ := doctorWorld(t, s, "[daemon]\nlog_level = \"debug\"\n")
			home := w.getenv("HOME")
			if err := os.WriteFile(filepath.Join(home, "secret"), []byte(password+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			config := w.args[len(w.args)-1]
			env := append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR=", "XDG_STATE_HOME=", "XDG_CONFIG_HOME=", "STATE_DIRECTORY=", "TZ=Europe/Berlin")
			seen := new(bytes.Buffer)
			service := exec.Command(program, "run", "--allow-root", "--config", config)
			service.Env, service.Stderr, service.Stdout = env, seen, seen
			if err := service.Start(); err != nil {
				t.Fatal(err)
			}
			client := control.NewClient(filepath.Join(home, ".local/state/headsup/run/control.sock"))
			defer client.Close()
			answers := waitForMailbox(t, client)
			for _, file := range []string{"cmdline", "environ"} {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", service.Process.Pid, file))
				if err != nil {
					t.Error(err)
				}
				answers = append(answers, b...)
			}
			for _, args := range [][]string{{"check"}, {"doctor"}, {"doctor", "--json"}, {"status", "--json"}, {"trail", "--json"}, {"metrics"}} {
				cmd := exec.Command(program, append(args, "--config", config)...)
				cmd.Env = env
				out, _ := cmd.CombinedOutput() // the wrong password makes some of them fail, and that is the point
				answers = append(answers, out...)
			}
			searchFiles(t, home, password) // with the log of the database beside it
			if err := service.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			if err := service.Wait(); err != nil {
				t.Errorf("the service ended with %v\n%s", err, seen)
			}
			if name == "wrong" != strings.Contains(seen.String(), "AUTHENTICATIONFAILED") {
				t.Errorf("the log does not tell of the login as it was:\n%s", seen)
			}
			search(t, "the log", seen.Bytes(), password)
			search(t, "answers and output", answers, password)
			searchFiles(t, home, password)
		})
	}
}

// waitForMailbox waits until the service has tried its mailbox, and returns what it says.
func waitForMailbox(t *testing.T, c *control.Client) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := c.Status(ctx)
		if err == nil {
			for _, v := range s.Services {
				if v.Name == "mailbox" {
					return fmt.Appendf(nil, "%+v", s)
				}
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the mailbox was not tried: %v, %+v", err, s)
		}
	}
}

func search(t *testing.T, where string, b []byte, password string) {
	t.Helper()
	if len(b) == 0 {
		t.Errorf("%s: nothing to look at", where)
	}
	for form, text := range forms("sam@example.com", password) {
		if i := bytes.Index(b, text); i >= 0 {
			t.Errorf("%s: the password is there (%s): %q", where, form, b[max(0, i-60):min(len(b), i+20)])
		}
	}
}

// searchFiles looks into every file below a home but the one that holds the password.
func searchFiles(t *testing.T, home, password string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "secret" {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && len(b) > 0 {
			n++
			search(t, strings.TrimPrefix(path, home), b, password)
		}
		return err
	})
	if err != nil || n < 2 {
		t.Errorf("looked into %d files, %v", n, err)
	}
}
