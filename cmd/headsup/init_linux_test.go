package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/wizard"
	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
	"headsup/mail/submittest"
)

// house is a real Dovecot and a real Postfix that ask the same users for the same
// passwords, and the DNS that leads to them.
type servers struct {
	imap, smtp string // name:port
	ca         string
	box        *dovecot.Server
	post       *submittest.Postfix
	srv        map[string]*net.SRV
}

// LookupSRV implements wizard.Resolver.
func (s *servers) LookupSRV(_ context.Context, service, _, name string) (string, []*net.SRV, error) {
	if r := s.srv[service+" "+name]; r != nil {
		return "", []*net.SRV{r}, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// LookupMX implements wizard.Resolver.
func (s *servers) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// ownAddress lets everybody send under the own address only.
var ownAddress = []string{"smtpd_sender_login_maps = inline:{{sam@example.com=sam@example.com} {kim@example.com=kim@example.com}}",
	"smtpd_sender_restrictions = reject_authenticated_sender_login_mismatch"}

// startServers starts both, for sam and kim, whose passwords are wonderland and pw.
func startServers(t *testing.T, o dovecot.Options, extra ...string) *servers {
	t.Helper()
	o.Users = map[string]string{"sam@example.com": "wonderland", "kim@example.com": "pw"}
	// A wrong password is answered at once, however often it comes.
	o.Extra += "auth_failure_delay = 0 secs\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
	o.Extra += "service auth {\n  unix_listener auth-postfix {\n    mode = 0666\n  }\n}\n"
	box := mailboxtest.StartDovecot(t, o)
	socket := filepath.Join(filepath.Dir(box.Certificate()), "run", "auth-postfix")
	post := submittest.StartPostfix(t, append(extra, "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot", "smtpd_sasl_path = "+socket, "smtpd_tls_auth_only = yes")...)
	for _, user := range []string{"sam", "kim"} {
		if err := post.Into(user, box.Maildir(user+"@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	s := &servers{box: box, post: post, srv: map[string]*net.SRV{}, ca: filepath.Join(t.TempDir(), "ca.pem")}
	_, port, _ := net.SplitHostPort(box.IMAPS)
	s.imap, s.smtp = "localhost:"+port, fmt.Sprintf("localhost:%d", post.TLS)
	var both []byte
	for _, file := range []string{box.Certificate(), post.Certificate()} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, b...)
	}
	if err := os.WriteFile(s.ca, both, 0o600); err != nil {
		t.Fatal(err)
	}
	number := 0
	fmt.Sscan(port, &number)
	s.srv["imaps example.com"] = &net.SRV{Target: "localhost.", Port: uint16(number)}
	s.srv["submissions example.com"] = &net.SRV{Target: "localhost.", Port: uint16(post.TLS)}
	return s
}

// initWorld is a world with these servers and a home of its own.
func initWorld(t *testing.T, s *servers, args ...string) (world, *bytes.Buffer, *bytes.Buffer) {
	w, stdout, stderr := testWorld(t, append([]string{"init"}, args...)...)
	w.now, w.patience, w.resolver = time.Now, 3*time.Second, s
	getenv := w.getenv
	w.getenv = func(key string) string {
		if key == "NO_COLOR" {
			return "1"
		}
		return getenv(key)
	}
	return w, stdout, stderr
}

// left lists the files and folders below a home.
func left(t *testing.T, home string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if path != home && err == nil {
			info, err := d.Info()
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(home, path)
			out = append(out, fmt.Sprintf("%s %04o", rel, info.Mode().Perm()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// whole is what a wizard leaves in a home that was empty.
func whole() []string {
	return []string{".config 0700", ".config/headsup 0700", ".config/headsup/config.toml 0600", ".config/headsup/secret-mail 0600", "Notes 0700", "Notes/Calls 0700"}
}

// checked lets `headsup check` and the trial of the doctor look at what was written.
func checked(t *testing.T, w world, s *servers) config.Config {
	t.Helper()
	var out, errs bytes.Buffer
	w.stdout, w.stderr = &out, &errs
	for _, args := range [][]string{{"check"}, {"doctor"}} {
		w.args = args
		if code := report(&errs, run(t.Context(), w)); code != exitOK {
			t.Errorf("headsup %s: %d %s\n%s", args[0], code, &errs, &out)
		}
	}
	a := &app{world: w}
	cfg, _, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%s:%d", cfg.Mailbox.Server.Host, cfg.Mailbox.Server.Port); got != s.imap {
		t.Errorf("mailbox.server is %s, want %s", got, s.imap)
	}
	return cfg
}

// A person at a terminal: servers by the DNS, which are somebody else's; a certificate
// that nobody knows; a wrong password; and then all is well.
func TestInitAtATerminal(t *testing.T) {
	s := startServers(t, dovecot.Options{}, ownAddress...)
	w, _, stderr := initWorld(t, s)
	p := openPTY(t)
	w.stdin, w.stdout = p.slave, p.slave
	done := make(chan int, 1)
	go func() { done <- report(stderr, run(t.Context(), w)) }()
	p.answer("Your mail address", "sam at example.com")
	p.answer("Your mail address", "sam@example.com")
	p.answer("Your name [Sam]", "Sam Okafor")
	p.answer("Your manager's address", "sam@example.com")
	p.expect("that is your own address")
	p.answer("Your manager's address", "dana.reyes@example.com")
	p.answer("Your manager's name [Dana Reyes]", "")
	p.answer("Your manager's time zone [Europe/Berlin]", "America/New_York")
	p.answer("Where is your mail", "")
	p.expect("the DNS of example.com says so")
	p.answer("outside of example.com (localhost); does your password belong there", "")
	p.answer("does your password belong there", "y")
	p.answer("How do you log in", "")
	p.answer("Name to log in with at localhost [sam@example.com]", "")
	p.secret("Password of sam@example.com at localhost", "wonderland")
	p.expect("unknown authority")
	p.answer("What now", "")
	p.answer("certificate of the server", s.ca+".none")
	p.expect("no such file")
	p.answer("certificate of the server", s.ca)
	p.expect("logged in")
	p.expect("a draft was stored, found, read and removed")
	p.expect("takes mail from sam@example.com")
	p.answer("Send one mail to yourself", "")
	p.expect("does not file sent mail by itself")
	p.answer("Where can you read the calendar of Dana Reyes", "n")
	p.answer("Folder with your call notes", "")
	if code := <-done; code != exitOK {
		t.Fatalf("exit code %d: %s\n%s", code, stderr, p.text())
	}
	p.expect("wrote ")
	if strings.Contains(p.text(), "wonderland") {
		t.Error("the password was shown")
	}
	if !p.echo() {
		t.Error("the echo stayed off")
	}
	home := w.getenv("HOME")
	if got := left(t, home); !slices.Equal(got, whole()) {
		t.Errorf("left %q", got)
	}
	cfg := checked(t, w, s)
	if cfg.Mailbox.FilesSent != mail.No || cfg.Submission.KeepsID != mail.Yes || cfg.Managers[0].Zone.String() != "America/New_York" || cfg.User.Name != "Sam Okafor" {
		t.Errorf("read as %+v", cfg)
	}
	if b, err := os.ReadFile(filepath.Join(home, ".config/headsup/config.toml")); err != nil || bytes.Contains(b, []byte("wonderland")) {
		t.Errorf("%v, the configuration:\n%s", err, b)
	}
	t.Logf("shown:\n%s", p.text())
}

// A wrong password is asked for again, and not for ever: servers lock accounts.
func TestInitWrongPassword(t *testing.T) {
	s := startServers(t, dovecot.Options{})
	w, _, stderr := initWorld(t, s, "--yes", "--address", "sam@example.com", "--manager", "dana@example.com", "--servers", "yes", "--ca-file", s.ca)
	p := openPTY(t)
	w.stdin, w.stdout = p.slave, p.slave
	done := make(chan int, 1)
	go func() { done <- report(stderr, run(t.Context(), w)) }()
	for range 2 {
		p.secret("Password of sam@example.com", "guess")
		p.answer("What now (again, login, servers, stop) [login]", "")
		p.answer("Name to log in with", "")
	}
	p.secret("Password of sam@example.com", "guess")
	p.answer("What now (servers, stop) [stop]", "")
	if code := <-done; code != exitFailed || !strings.Contains(stderr.String(), "nothing was written") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if got := left(t, w.getenv("HOME")); len(got) != 0 {
		t.Errorf("left %q", got)
	}
}

// Answers on standard input: one on a line, in the order of the questions.
func TestInitPiped(t *testing.T) {
	s := startServers(t, dovecot.Options{})
	ca := []string{"--ca-file", s.ca}
	// you, manager, name, zone, server, servers, login, name, password, mail to myself, calendar, notes
	good := []string{"sam@example.com", "", "dana@example.com", "", "", "", "yes", "", "", "wonderland", "no", "", ""}
	with := func(i int, text string) []string {
		out := slices.Clone(good)
		out[i] = text
		return out
	}
	for _, row := range []struct {
		name  string
		lines []string
		args  []string
		code  int
		says  string
	}{
		{"all is well", good, ca, exitOK, ""},
		{"wrong password", with(9, "guess"), ca, exitFailed, "log in as sam@example.com"},
		{"no password", with(9, ""), ca, exitUsage, "an answer is needed"},
		{"address", with(0, "sam"), ca, exitUsage, `no "@"`},
		{"no to the servers", with(6, "no"), ca, exitUsage, "IMAP server (name, name:port or name:port starttls) (--imap): an answer is needed"},
		{"too few lines", good[:7], ca, exitUsage, "no answer to: How do you log in"},
		{"certificate", good, nil, exitFailed, "unknown authority"},
		{"yes to everything is no yes to other people's servers", nil, append(ca, "--yes", "--address", "sam@example.com", "--manager", "dana@example.com", "--password-command", "echo wonderland"), exitUsage, "does your password belong there"},
		{"server not found", good, append(ca, "--imap", "mail.invalid", "--smtp", s.smtp), exitFailed, "mail.invalid"},
		{"nobody listens", good[:6], append(ca, "--imap", "localhost:1", "--smtp", s.smtp, "--password-command", "echo wonderland"), exitFailed, "refused"},
		{"sending: nobody listens", good[:6], append(ca, "--imap", s.imap, "--smtp", "localhost:1", "--password-command", "echo wonderland"), exitFailed, "sending: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, stdout, stderr := initWorld(t, s, row.args...)
			lines := row.lines
			if slices.Contains(row.args, "--imap") {
				lines = slices.Delete(slices.Clone(lines), min(6, len(lines)), min(7, len(lines))) // no servers to agree to
			}
			if slices.Contains(row.args, "--password-command") {
				lines = append(lines, "", "")
			}
			w.stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
			if len(row.lines) < 8 && row.code == exitUsage {
				w.stdin = strings.NewReader(strings.Join(lines, "\n"))
			}
			code := report(stderr, run(t.Context(), w))
			if code != row.code || !strings.Contains(stderr.String(), row.says) {
				t.Errorf("exit code %d: %s\n%s", code, stderr, stdout)
			}
			want := whole()
			if row.code != exitOK {
				want = nil
			}
			if got := left(t, w.getenv("HOME")); !slices.Equal(got, want) {
				t.Errorf("left %q", got)
			}
			if row.code == exitOK {
				checked(t, w, s)
			}
			if strings.Contains(stdout.String()+stderr.String(), "wonderland") {
				t.Error("the password was shown")
			}
		})
	}
}

// A server that has nothing but an inbox: the person names the folders, and they are
// made. The names are odd on purpose.
func TestInitNoFolders(t *testing.T) {
	s := startServers(t, dovecot.Options{Bare: true})
	base := []string{"--yes", "--address", "sam@example.com", "--manager", "dana@example.com", "--servers", "yes", "--ca-file", s.ca, "--password-command", "echo wonderland", "--send-test", "no"}
	w, stdout, stderr := initWorld(t, s, base...)
	if code := report(stderr, run(t.Context(), w)); code != exitUsage || !strings.Contains(stderr.String(), "--drafts") {
		t.Errorf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	w, stdout, stderr = initWorld(t, s, append(base, "--drafts", "Inbox", "--sent", "Gesendet")...)
	if code := report(stderr, run(t.Context(), w)); code != exitUsage || !strings.Contains(stderr.String(), "inbox") {
		t.Errorf("the inbox as drafts: exit code %d: %s\n%s", code, stderr, stdout)
	}
	w, stdout, stderr = initWorld(t, s, append(base, "--drafts", "Entwürfe", "--sent", "Gesendet")...)
	if code := report(stderr, run(t.Context(), w)); code != exitOK {
		t.Fatalf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	if got := checked(t, w, s).Mailbox.Folders; got.Drafts != "Entwürfe" || got.Sent != "Gesendet" {
		t.Errorf("folders %+v", got)
	}
}

// H9: reading as one person and sending as another is refused at set-up, however it
// comes about.
func TestH9TwoPeople(t *testing.T) {
	base := []string{"--yes", "--manager", "dana@example.com", "--servers", "yes", "--address", "sam@example.com", "--username", "kim@example.com", "--password-command", "echo pw"}
	for _, row := range []struct {
		name  string
		extra []string
		says  string
	}{
		{"the submission server says no", ownAddress, "not owned by user kim@example.com"},
		{"the mail to oneself does not come", nil, "is it the mailbox of sam@example.com?"},
	} {
		s := startServers(t, dovecot.Options{}, row.extra...)
		w, stdout, stderr := initWorld(t, s, append(base, "--ca-file", s.ca)...)
		if code := report(stderr, run(t.Context(), w)); code != exitFailed || !strings.Contains(stderr.String(), row.says) {
			t.Errorf("%s: exit code %d: %s\n%s", row.name, code, stderr, stdout)
		}
		if got := left(t, w.getenv("HOME")); len(got) != 0 {
			t.Errorf("%s: left %q", row.name, got)
		}
	}
}

// A second configuration is never written, and Ctrl-C at any question leaves nothing.
func TestInitInterrupted(t *testing.T) {
	s := startServers(t, dovecot.Options{})
	program, err := exec.LookPath("headsup")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"Your name", "Password of", "Send one mail", "Folder with your call notes"} {
		t.Run(at, func(t *testing.T) {
			p := openPTY(t)
			home := t.TempDir()
			tmp := t.TempDir()
			cmd := exec.CommandContext(t.Context(), program, "init", "--manager", "dana@example.com", "--imap", s.imap, "--smtp", s.smtp, "--ca-file", s.ca)
			cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TMPDIR="+tmp, "TZ=Europe/Berlin", "NO_COLOR=1")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stop := func(question string) bool {
				if question != at {
					return false
				}
				p.expect(question)
				if question == "Password of" {
					for p.echo() {
						<-time.After(time.Millisecond)
					}
				}
				p.typed("\x03")
				return true
			}
			for _, q := range [][2]string{{"Your mail address", "sam@example.com"}, {"Your name", ""}, {"Your manager's name", ""}, {"time zone", ""}, {"Where is your mail", ""},
				{"How do you log in", ""}, {"Name to log in with", ""}, {"Password of", "wonderland"}, {"Send one mail", "n"}, {"calendar of Dana", ""}, {"Folder with your call notes", ""}} {
				if stop(q[0]) {
					break
				}
				if q[0] == "Password of" {
					p.secret(q[0], q[1])
				} else {
					p.answer(q[0], q[1])
				}
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
				t.Errorf("%v\n%s", err, p.text())
			}
			p.expect("nothing was written")
			if !p.echo() {
				t.Error("the echo stayed off")
			}
			if got := append(left(t, home), left(t, tmp)...); len(got) != 0 {
				t.Errorf("left %q", got)
			}
		})
	}
}

var _ wizard.Resolver = (*servers)(nil)
