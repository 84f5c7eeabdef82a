package submittest

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Missing ends a test that needs a server which is not there: it is skipped, or it fails
// where HEADSUP_REQUIRE_SERVERS says that all must be there.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("HEADSUP_REQUIRE_SERVERS") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Postfix is a real mail server with its own configuration, queue and mailboxes.
type Postfix struct {
	Port  int            // smtpd, with STARTTLS, on 127.0.0.1
	TLS   int            // smtpd with TLS from the first byte
	Roots *x509.CertPool // trusts its certificate for localhost
	Dir   string         // its configuration, for sendmail -C
	mail  string
}

// The people of the Postfix. The last two are refused, for good and for now.
const (
	PostfixDana = "dana@example.com"
	PostfixKim  = "kim@example.com"
	PostfixLee  = "lee@example.com"
	PostfixBad  = "gone@example.com"
	PostfixBusy = "busy@example.com"
)

const postfixMain = `compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file = DIR/log
maillog_file_prefixes = DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.com
virtual_mailbox_maps = inline:{{dana@example.com=dana/} {kim@example.com=kim/} {lee@example.com=lee/} {sam@example.com=sam/}}
virtual_mailbox_base = DIR/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
default_transport = discard
smtpd_tls_cert_file = DIR/cert.pem
smtpd_tls_key_file = DIR/key.pem
smtpd_tls_security_level = may
smtpd_recipient_restrictions = check_recipient_access inline:{{busy@example.com=451 4.7.1 greylisted} {gone@example.com=550 5.1.1 no such user}}, permit_mynetworks, reject
`

// StartPostfix runs a Postfix until the test ends, with more lines in its main.cf. It needs
// root; a test without is treated as one without Postfix.
func StartPostfix(t testing.TB, extra ...string) *Postfix {
	t.Helper()
	program, err := exec.LookPath("postfix")
	if err != nil {
		program = "/usr/sbin/postfix"
	}
	if _, err := os.Stat(program); err != nil {
		Missing(t, "postfix is not installed (Debian: apt-get install postfix)")
	}
	if os.Getuid() != 0 {
		Missing(t, "postfix can be started by root only")
	}
	p := &Postfix{}
	if err := p.prepare(t, extra); err != nil {
		t.Fatalf("prepare postfix: %v", err)
	}
	if out, err := exec.Command(program, "-c", p.Dir, "start").CombinedOutput(); err != nil {
		t.Fatalf("start postfix: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(filepath.Dir(p.Dir), "log"))
			t.Logf("postfix wrote:\n%s", log)
		}
		if out, err := exec.Command(program, "-c", p.Dir, "stop").CombinedOutput(); err != nil {
			t.Errorf("stop postfix: %v\n%s", err, out)
		}
	})
	until(t, "postfix answers", func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return p
}

// prepare writes everything that Postfix reads.
func (p *Postfix) prepare(t testing.TB, extra []string) error {
	dir, err := os.MkdirTemp("", "postfix") // a short path: its sockets lie below
	if err != nil {
		return err
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p.Dir, p.mail = filepath.Join(dir, "etc"), filepath.Join(dir, "mail")
	for _, sub := range []string{"etc", "queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	err = errors.Join(os.Chmod(dir, 0o755), os.Chown(filepath.Join(dir, "data"), uid, -1), os.Chown(p.mail, 65534, 65534))
	if err != nil {
		return err
	}
	ports := freePorts(t, 2)
	p.Port, p.TLS = ports[0], ports[1]
	if p.Roots, err = writeCertificate(dir); err != nil {
		return err
	}
	master, err := masterFile(p.Port, p.TLS)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(p.Dir, "main.cf"), []byte(strings.ReplaceAll(postfixMain, "DIR", dir)+strings.Join(extra, "\n")+"\n"), 0o644),
		os.WriteFile(filepath.Join(p.Dir, "master.cf"), []byte(master), 0o644))
}

// masterFile is the system's table of daemons, out of its jail, on our ports.
func masterFile(port, tls int) (string, error) {
	system, err := os.ReadFile("/etc/postfix/master.cf")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "127.0.0.1:%d inet n - n - - smtpd\n127.0.0.1:%d inet n - n - - smtpd\n  -o smtpd_tls_wrappermode=yes\n", port, tls)
	skip := false
	for line := range strings.Lines(string(system)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || line[0] == '#':
		case line[0] == ' ':
			if !skip {
				out.WriteString(line)
			}
		default:
			if skip = len(f) < 8 || f[1] == "inet" || f[0] == "postlog"; skip {
				continue
			}
			f[4] = "n"
			out.WriteString(strings.Join(f, " ") + "\n")
		}
	}
	out.WriteString("postlog unix-dgram n - n - 1 postlogd\n")
	return out.String(), nil
}

// Certificate is the file with the certificate, for clients of other makes.
func (p *Postfix) Certificate() string { return filepath.Join(filepath.Dir(p.Dir), "cert.pem") }

// Into makes a Maildir that belongs to nobody the mailbox of somebody at example.com.
func (p *Postfix) Into(name, maildir string) error {
	return os.Symlink(maildir, filepath.Join(p.mail, name))
}

// Delivered waits until the queue is empty and reads all mailboxes.
func (p *Postfix) Delivered(t *testing.T) []Delivery {
	t.Helper()
	until(t, "the queue is empty", func() bool {
		out, err := exec.Command("postqueue", "-c", p.Dir, "-p").CombinedOutput()
		return err == nil && bytes.Contains(out, []byte("Mail queue is empty"))
	})
	files, err := filepath.Glob(filepath.Join(p.mail, "*", "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []Delivery
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(f, p.mail+"/"), "/")
		out = append(out, Delivery{To: name + "@example.com", Data: data})
	}
	return out
}

// until asks every 20 ms whether something outside this process has come about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited 30 s until %s", what)
		}
	}
}

// freePorts finds ports of loopback that nobody uses.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var out []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out
}

// writeCertificate puts a certificate for localhost into a folder.
func writeCertificate(dir string) (*x509.CertPool, error) {
	cert, pool, err := Certificate{Host: "localhost"}.Make()
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return nil, err
	}
	return pool, errors.Join(
		os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o644),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}
