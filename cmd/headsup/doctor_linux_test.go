package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon"
	"headsup/daemon/config"
	"headsup/daemon/setup"
	"headsup/mail"
	"headsup/mail/dovecot"
)

// filing lets Postfix do what Gmail does: put a copy of what sam sends into Sent by itself.
var filing = []string{"virtual_mailbox_maps = inline:{{sam@example.com=sam/} {kim@example.com=kim/} {sent@example.com=sent/}}",
	"sender_bcc_maps = inline:{{sam@example.com=sent@example.com}}"}

// doctorWorld is a world with a configuration for sam on these servers.
func doctorWorld(t *testing.T, s *servers, more string, args ...string) (world, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	w, stdout, stderr := testWorld(t, append([]string{"doctor"}, args...)...)
	w.now, w.patience = time.Now, 4*time.Second
	secret := filepath.Join(w.getenv("HOME"), "secret")
	if err := os.WriteFile(secret, []byte("wonderland\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := func(kind, section, at string) string {
		host, port, _ := strings.Cut(at, ":")
		return fmt.Sprintf("[%s]\nkind = %q\nserver = %q\nport = %s\nca_file = %q\nusername = \"sam@example.com\"\nsecret = { file = %q }\n", section, kind, host, port, s.ca, secret)
	}
	if err := os.MkdirAll(filepath.Join(w.getenv("HOME"), "Notes", "Calls"), 0o700); err != nil {
		t.Fatal(err)
	}
	authConfig(t, &w, server("imap", "mailbox", s.imap)+server("smtp", "submission", s.smtp)+more)
	return w, stdout, stderr
}

func table(t *testing.T, r io.Reader) map[string]setup.Check {
	t.Helper()
	out := map[string]setup.Check{}
	for dec := json.NewDecoder(r); ; {
		var c setup.Check
		if err := dec.Decode(&c); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out[c.Name] = c
	}
}

// What three providers do with a mail to oneself is seen, kept, and used by the service.
// All three are a real Postfix in front of a real Dovecot.
func TestDoctorSendTest(t *testing.T) {
	checks := filepath.Join(t.TempDir(), "header_checks")
	if err := os.WriteFile(checks, []byte("/^Message-ID:/ REPLACE Message-ID: <other@mx.example.com>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name         string
		extra        []string
		filed, keeps mail.Answer
		searched     bool
		state        setup.State
		says         string
	}{
		{"files nothing", nil, mail.No, mail.Yes, false, setup.Warning, "does not file sent mail by itself"},
		{"files in Sent", filing, mail.Yes, mail.Yes, true, setup.Well, "a lost answer can be cleared up"},
		{"files under another id", append(filing, "header_checks = regexp:"+checks), mail.Yes, mail.No, false, setup.Warning, "under another Message-ID"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startServers(t, dovecot.Options{}, row.extra...)
			sent := filepath.Join(s.box.Maildir("sam@example.com"), ".Sent")
			for _, sub := range []string{"cur", "new", "tmp"} {
				if err := os.MkdirAll(filepath.Join(sent, sub), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.box.Own(s.box.Maildir("sam@example.com")); err != nil {
				t.Fatal(err)
			}
			if err := s.post.Into("sent", sent); err != nil {
				t.Fatal(err)
			}
			w, stdout, stderr := doctorWorld(t, s, "", "--send-test", "--json")
			if code := report(stderr, run(t.Context(), w)); code != exitOK {
				t.Fatalf("exit code %d: %s\n%s", code, stderr, stdout)
			}
			c := table(t, stdout)["send test"]
			if c.State != row.state || !strings.Contains(c.Detail, row.says) {
				t.Errorf("got %+v", c)
			}
			a := &app{world: w, configFile: w.args[len(w.args)-1]}
			cfg, paths, err := a.load()
			if err != nil {
				t.Fatal(err)
			}
			o := daemon.Options{Config: cfg, Paths: paths, Vault: config.Vault{Getenv: w.getenv}}
			m, ok, err := daemon.Measured(o)
			if err != nil || !ok || m.Profile.FilesSent != row.filed || m.Profile.KeepsID != row.keeps || m.Searched != row.searched || m.Arrived == 0 || (m.FiledAfter > 0) != (row.filed == mail.Yes) {
				t.Errorf("kept %+v, %t, %v", m, ok, err)
			}
			box, err := daemon.OpenMailbox(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer box.Close()
			if got := box.Profile(); got != m.Profile {
				t.Errorf("the service has %+v, want %+v", got, m.Profile)
			}
			if info, err := os.Stat(filepath.Join(paths.State, "provider.json")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("provider.json: %v, %v", info, err)
			}
			w.args = []string{"doctor", "--json", "--config", a.configFile}
			stdout.Reset()
			if code := report(stderr, run(t.Context(), w)); code != exitOK {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			if c := table(t, stdout)["provider"]; c.State != row.state || !strings.Contains(c.Detail, row.says) || !strings.HasPrefix(c.Detail, "measured 20") {
				t.Errorf("later: %+v", c)
			}
		})
	}
}

// The doctor's table on real servers: what is well, and what each fault does to it.
func TestDoctorOnServers(t *testing.T) {
	s := startServers(t, dovecot.Options{}, ownAddress...)
	ics := filepath.Join(t.TempDir(), "dana.ics")
	if err := os.WriteFile(ics, []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	calendar := fmt.Sprintf("[[calendar]]\nkind = \"file\"\npath = %q\n", ics)
	for _, row := range []struct {
		name   string
		more   string
		change func(t *testing.T, w *world)
		check  string
		state  setup.State
		says   string
	}{
		{"mailbox", "", nil, "mailbox", setup.Well, "headsup-now (0)"},
		{"drafts", "", nil, "drafts", setup.Well, "stored, found, read and removed"},
		{"submission", "", nil, "submission", setup.Well, "takes mail from sam@example.com"},
		{"calendar", calendar, nil, "calendar dana", setup.Well, "no events"},
		{"clock", "", nil, "clock", setup.Well, "differs by"},
		{"clock is wrong", "", func(_ *testing.T, w *world) { w.now = func() time.Time { return time.Now().Add(time.Hour) } }, "clock", setup.Broken, "nothing is sent until it agrees"},
		{"wrong password", "", func(t *testing.T, w *world) {
			if err := os.WriteFile(filepath.Join(w.getenv("HOME"), "secret"), []byte("guess\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "submission", setup.Broken, "535"},
		{"secret that others read", "", func(t *testing.T, w *world) {
			if err := os.Chmod(filepath.Join(w.getenv("HOME"), "secret"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "mailbox.secret", setup.Broken, "others can read it"},
		{"no calendar", strings.Replace(calendar, "dana.ics", "none.ics", 1), nil, "calendar dana", setup.Broken, "none.ics"},
		{"token that others read", "", func(t *testing.T, w *world) {
			dir := filepath.Join(w.getenv("HOME"), ".local/state/headsup/tokens")
			file := filepath.Join(dir, "google.json")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, 0o640); err != nil {
				t.Fatal(err)
			}
		}, "google.json", setup.Broken, "mode 0640"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, stdout, stderr := doctorWorld(t, s, row.more, "--json")
			if row.change != nil {
				row.change(t, &w)
			}
			code := report(stderr, run(t.Context(), w))
			c := table(t, stdout)[row.check]
			if c.State != row.state || !strings.Contains(c.Detail, row.says) || (c.Mend == "") != (c.State == setup.Well) {
				t.Errorf("got %+v", c)
			}
			if want := map[bool]int{true: exitOK, false: exitFailed}[row.state == setup.Well]; code != want {
				t.Errorf("exit code %d, want %d: %s", code, want, stderr)
			}
		})
	}
}
