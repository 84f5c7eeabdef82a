package wizard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headsup/daemon/config"
	"headsup/mail"
)

func parse(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Every provider's configuration, with every way to keep a password and every kind of
// calendar, is one that headsup takes, and no text of a person changes its meaning.
func TestTextIsUnderstood(t *testing.T) {
	secrets := []Secret{{Name: "mail", Typed: `p"w\`}, {File: `~/a "b"\c`}, {Command: []string{"pass", "show", "mail"}}}
	calendars := []Calendar{{}, {Kind: "file", Where: "~/dana.ics"}, {Kind: "url", Where: "https://example.com/d.ics"}, {Kind: "google", Where: "dana@example.com"}, {Kind: "graph", Where: "dana@example.com"},
		{Kind: "caldav", Where: "https://example.com/dav", Login: Login{Username: "sam", Secret: Secret{Name: "calendar", Typed: "x"}}}}
	n := 0
	for _, p := range Providers() {
		for _, secret := range secrets {
			for _, calendar := range calendars {
				a := Answers{Address: parse(t, "sam@example.com"), Name: "Sam \"S\" Okafor", Zone: "Europe/Berlin", Managers: []Manager{{Address: parse(t, "dana@example.com"), Name: "Dana", Zone: "UTC"}},
					Account: Account{Provider: p, How: "because\nuser.address = 1"}, Login: Login{Secret: secret}, Notes: `/home/sam/not"es`, Calendar: calendar,
					Folders: map[mail.Folder]string{mail.Drafts: `Entwürfe "neu"`, mail.Sent: "Gesendet"}, Google: Client{ID: "id", Secret: secret}, Tenant: Client{ID: "id"}}
				a.Measured = mail.Profile{FilesSent: mail.No, KeepsID: mail.Yes}
				for _, files := range []map[string]string{nil, {"mail": "/home/sam/secret", "calendar": "/home/sam/other"}} {
					text, err := Text(a, files)
					if err != nil {
						t.Fatal(err)
					}
					if n++; strings.Contains(text, `p"w`) {
						t.Errorf("%s: the password is in the text:\n%s", p.Name, text)
					}
					cfg, faults := config.Parse([]byte(text), config.Options{File: "/home/sam/config.toml", Home: "/home/sam"})
					if len(faults) > 0 {
						t.Errorf("%s:\n%v\n%s", p.Name, faults, text)
						continue
					}
					if cfg.Submission.Server.Host != p.SMTP.Name || cfg.Submission.Server.Port != p.SMTP.Port || cfg.Mailbox.Server.Host != p.IMAP.Name || string(cfg.Submission.Server.Auth) != p.Auth ||
						cfg.Mailbox.Folders.Drafts != a.Folders[mail.Drafts] || cfg.Mailbox.FilesSent != mail.No || cfg.Submission.KeepsID != mail.Yes || cfg.User.Name != a.Name || (len(cfg.Calendars) == 1) != (calendar.Kind != "") {
						t.Errorf("%s: read as %+v", p.Name, cfg)
					}
				}
			}
		}
	}
	for _, a := range []Answers{
		{Maildir: "~/Maildir"},
		{Gmail: true, Google: Client{ID: "id", Secret: Secret{Name: "google", Typed: "x"}}},
		{Account: Account{Provider: Providers()[2]}, Login: Login{Secret: secrets[1]}, Sending: &Login{Username: "other", Secret: secrets[2]}},
	} {
		a.Address, a.Zone, a.Managers = parse(t, "sam@example.com"), "UTC", []Manager{{Address: parse(t, "dana@example.com")}, {Address: parse(t, "kim@example.com")}}
		text, err := Text(a, nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg, faults := config.Parse([]byte(text), config.Options{File: "/home/sam/config.toml", Home: "/home/sam"})
		if len(faults) > 0 || len(cfg.Managers) != 2 {
			t.Errorf("%v\n%s", faults, text)
		}
	}
	if _, err := Text(Answers{}, nil); err == nil {
		t.Error("a configuration for nobody")
	}
	t.Logf("%d configurations", n)
}

func TestParseHost(t *testing.T) {
	for _, row := range []struct{ service, text, want string }{
		{"imap", "Mail.example.com", "mail.example.com:993 (implicit)"},
		{"smtp", "mail.example.com", "mail.example.com:465 (implicit)"},
		{"imap", "mail.example.com:143", "mail.example.com:143 (starttls)"},
		{"smtp", "mail.example.com:587", "mail.example.com:587 (starttls)"},
		{"smtp", "mail.example.com starttls", "mail.example.com:587 (starttls)"},
		{"imap", "mail.example.com:1143 starttls", "mail.example.com:1143 (starttls)"},
		{"imap", "127.0.0.1:1143 starttls", "127.0.0.1:1143 (starttls)"},
		{"imap", "localhost:993 implicit", "localhost:993 (implicit)"},
		{"imap", "mail.example.com 1993", "mail.example.com:1993 (implicit)"},
		{"smtp", "mail.example.com 587", "mail.example.com:587 (starttls)"},
		{"imap", "", ""}, {"imap", "a b c", ""}, {"imap", "mail.example.com:0", ""}, {"imap", "mail.example.com:x", ""}, {"imap", "mail.example.com plain", ""},
		{"imap", "https://mail.example.com", ""}, {"imap", "mail_.example.com\x1b", ""}, {"imap", "sam@example.com", ""},
	} {
		h, err := parseHost(row.service, row.text)
		if got := h.String(); err == nil && got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s %q: %s, %v", row.service, row.text, got, err)
		}
	}
}

// All or nothing: whatever is in the way, what was made before is taken away again, and
// nothing that was there is touched.
func TestPlace(t *testing.T) {
	plan := func(home string) Plan {
		dir := filepath.Join(home, ".config", "headsup")
		return Plan{Config: filepath.Join(dir, "config.toml"), Text: "text", Secrets: map[string]string{filepath.Join(dir, "secret-mail"): "pw"}, Folders: []string{filepath.Join(home, "Notes", "Calls")}}
	}
	for name, prepare := range map[string]func(home string, p Plan) error{
		"a configuration": func(_ string, p Plan) error { return write(p.Config, "old") },
		"a link to nowhere": func(_ string, p Plan) error {
			return errors.Join(os.MkdirAll(filepath.Dir(p.Config), 0o700), os.Symlink("nowhere", p.Config))
		},
		"a secret": func(home string, p Plan) error {
			return write(filepath.Join(home, ".config/headsup/secret-mail"), "old")
		},
		"a file for the folder": func(home string, _ Plan) error { return write(filepath.Join(home, "Notes"), "old") },
	} {
		home := t.TempDir()
		p := plan(home)
		if err := prepare(home, p); err != nil {
			t.Fatal(err)
		}
		before := tree(t, home)
		if _, err := p.Place(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if after := tree(t, home); after != before {
			t.Errorf("%s: %q became %q", name, before, after)
		}
	}
	home := t.TempDir()
	undo, err := plan(home).Place()
	if err != nil {
		t.Fatal(err)
	}
	if got := tree(t, home); !strings.Contains(got, "config.toml -rw------- text") || !strings.Contains(got, "secret-mail -rw------- pw\n") {
		t.Errorf("made %q", got)
	}
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, home); got != "" {
		t.Errorf("left %q", got)
	}
}

func write(path, text string) error {
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
}

// tree is everything below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == dir {
			return err
		}
		b, _ := os.ReadFile(path)
		out.WriteString(strings.TrimPrefix(path, dir) + " " + info.Mode().String() + " " + string(b) + "|")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A path is meant from where the person is; one in the home stays as it was written.
func TestPathStartsWhereThePersonIs(t *testing.T) {
	w := Wizard{Here: "/home/sam/mail", Home: "/home/sam", Config: "/home/sam/.config/headsup/config.toml"}
	for in, want := range map[string]string{"ca.pem": "/home/sam/mail/ca.pem", "../Mail": "/home/sam/Mail", "/etc/ca.pem": "/etc/ca.pem", "~/Maildir": "~/Maildir", "~": "~"} {
		if got, err := w.path(in); got != want || err != nil {
			t.Errorf("%q is %q (%v), want %q", in, got, err, want)
		}
	}
	if _, err := w.path("a\x1bb"); err == nil {
		t.Error("control characters were taken")
	}
}
