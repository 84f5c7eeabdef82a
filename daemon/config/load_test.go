package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLoad reads real files: a good one, and those that are refused for what they are
// (the configuration names programs that headsup runs, so nobody else may write it).
func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    string
	}{
		{"good", func(*testing.T, string) {}, ""},
		{"group may write", func(t *testing.T, p string) { chmod(t, p, 0o620) }, "others can write to"},
		{"folder", func(t *testing.T, p string) {
			if err := errors.Join(os.Remove(p), os.Mkdir(p, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "is not a file"},
		{"missing", func(t *testing.T, p string) { rename(t, p, p+"2") }, "no such file"},
		{"not UTF-8", func(t *testing.T, p string) { write(t, p, minimal+"# \xff\n") }, "not UTF-8"},
		{"large", func(t *testing.T, p string) { write(t, p, strings.Repeat("#", maxFile+10)) }, "larger than"},
		{"faulty", func(t *testing.T, p string) { write(t, p, "[usr]\n") }, `did you mean "user"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			write(t, path, minimal)
			c.prepare(t, path)
			opt := options()
			opt.File = path
			_, err := Load(opt)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if c.name == "missing" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

// TestLoadDoesNotHang: a pipe is not waited for.
func TestLoadDoesNotHang(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	opt := options()
	opt.File = path
	if _, err := Load(opt); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFull reads a configuration in which everything is said, and looks at what came
// of it.
func TestFull(t *testing.T) {
	text := `
[user]
name = "Sam Okafor"
address = "sam@example.com"
zone = "Europe/Berlin"
date_order = "mdy"
[[manager]]
name = "Dana Reyes"
addresses = ["dana@example.com", "d.reyes@example.net"]
zone = "America/New_York"
hours = "08:30-16:00"
days = ["tue", "mon"]
earliest = "07:00"
max_per_day = 2
min_gap = "2h"
[[manager]]
key = "lee"
addresses = ["lee@example.com"]
[limits]
max_per_day = 9
[mailbox]
kind = "imap"
server = "imap.example.com"
tls = "starttls"
username = "sam"
secret = { command = ["pass", "show", "mail"] }
files_sent = "yes"
approve = ["move"]
[mailbox.folders]
queue = "To send"
[submission]
kind = "smtp"
server = "127.0.0.1"
port = 2525
tls = "plain"
auth = "none"
[[calendar]]
kind = "url"
manager = "lee"
url = "https://calendar.example.com/lee.ics"
[notes]
folder = "calls"
`
	c, faults := Parse([]byte(text), options())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	dana, lee := c.Managers[0], c.Managers[1]
	for _, check := range []struct {
		what string
		ok   bool
	}{
		{"key from the name", dana.Key == "dana-reyes"},
		{"name from the address", lee.Name == "Lee" && lee.Key == "lee"},
		{"zone of the user", lee.Zone.String() == "Europe/Berlin" && dana.Zone.String() == "America/New_York"},
		{"common limit", lee.MaxPerDay == 9 && dana.MaxPerDay == 2},
		{"days in order", len(dana.Hours.Days) == 2 && dana.Hours.Days[0] == 1 && dana.Hours.From == Clock(8, 30)},
		{"limits that were not set", dana.Latest == NoTime && dana.Earliest == Clock(7, 0)},
		{"port of starttls", c.Mailbox.Server.Port == 143},
		{"port as set", c.Submission.Server.Port == 2525},
		{"answers", c.Mailbox.FilesSent == "yes" && c.Submission.KeepsID == ""},
		{"folders", c.Mailbox.Folders.Queue == "To send" && c.Mailbox.Folders.Drafts == ""},
		{"gestures", len(c.Mailbox.Approve) == 1 && c.Mailbox.Approve[0] == GestureMove},
		{"relative path", c.Notes.Folder == "/home/sam/.config/headsup/calls"},
		{"name of a calendar", c.Calendars[0].Name == "lee" && c.Calendars[0].MaxAge.Hours() == 24},
		{"account", c.Account() == "smtp:sam@example.com@127.0.0.1"},
	} {
		if !check.ok {
			t.Errorf("%s: %+v", check.what, c)
		}
	}
}
