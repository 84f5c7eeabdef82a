// Package dovecot runs a private Dovecot: a real IMAP server on loopback with its own
// users, certificate and Maildirs, without a service, as any user. Tests hold headsup
// to it and the demo can run on it.
//
// The master process never runs as root: started by root it becomes nobody, because
// Dovecot refuses to touch the mail of uid 0.
package dovecot

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrMissing means that there is no Dovecot here that can be used: none, or one whose
// configuration is written in another way.
var ErrMissing = errors.New("dovecot 2.3 is not installed (Debian 12: apt-get install dovecot-imapd)")

// Options say how the server differs from a plain one.
type Options struct {
	Users      map[string]string // name to password; empty: alice with password pw
	Introspect string            // URL of an OAuth 2.0 introspection endpoint; empty: passwords only
	Extra      string            // more lines of configuration
	Bare       bool              // make no folders beside INBOX
}

// Server is a running Dovecot.
type Server struct {
	IMAP  string         // address with STARTTLS
	IMAPS string         // address with TLS from the first byte
	Roots *x509.CertPool // trusts its certificate, which is for localhost and 127.0.0.1

	dir     string
	uid     int
	gid     int
	program string
	cmd     *exec.Cmd
	ended   chan struct{}
}

// Start runs a server whose files lie in a new folder below dir, or below the system's
// place for temporary files if dir is empty.
func Start(dir string, o Options) (*Server, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	dir, err = os.MkdirTemp(dir, "dovecot")
	if err != nil {
		return nil, fmt.Errorf("start dovecot: %w", err)
	}
	s := &Server{dir: dir, program: program, uid: os.Getuid(), gid: os.Getgid()}
	if s.uid == 0 {
		s.uid, s.gid = nobody, nobody
	}
	if err := s.prepare(o); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("start dovecot: %w", err)
	}
	if err := s.Run(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

const nobody = 65534

func find() (string, error) {
	program, err := exec.LookPath("dovecot")
	if err != nil {
		program = "/usr/sbin/dovecot"
	}
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		return "", ErrMissing
	}
	return program, fits(string(out))
}

// fits reports whether a version reads our configuration. Dovecot 2.4 (Debian 13) renamed
// most settings and refuses a file of 2.3.
func fits(version string) error {
	if strings.HasPrefix(version, "2.3.") {
		return nil
	}
	number, _, _ := strings.Cut(strings.TrimSpace(version), " ")
	return fmt.Errorf("%w: version %s is here, and 2.4 reads another configuration", ErrMissing, number)
}

// Maildir is where the mail of a user lies.
func (s *Server) Maildir(user string) string { return filepath.Join(s.dir, "mail", user, "Maildir") }

// Certificate is the file with the certificate, for clients of other makes.
func (s *Server) Certificate() string { return filepath.Join(s.dir, "cert.pem") }

// Own gives files to the user that the server runs as, for those that another process
// put into a Maildir.
func (s *Server) Own(path string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(name, s.uid, s.gid)
		}
		return err
	})
}

// Log is what the server wrote.
func (s *Server) Log() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "dovecot.log"))
	return string(b)
}

// Run starts a server that was stopped, with the same files and ports.
func (s *Server) Run() error {
	s.cmd = exec.Command(s.program, "-F", "-c", filepath.Join(s.dir, "dovecot.conf"))
	s.cmd.SysProcAttr = attributes(s.uid, s.gid)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start dovecot: %w", err)
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		cmd.Wait()
		close(ended)
	}(s.cmd, s.ended)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for {
		if greets(s.IMAP) {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return fmt.Errorf("start dovecot: it ended at once: %s", s.Log())
		case <-late.C:
			s.Stop()
			return fmt.Errorf("start dovecot: not ready after 20 s: %s", s.Log())
		}
	}
}

// greets reports whether somebody answers there.
func greets(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	word := make([]byte, 4)
	_, err = io.ReadFull(c, word)
	return err == nil && string(word) == "* OK"
}

// Stop kills the server and all its children. Its files stay.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	kill(s.cmd.Process.Pid)
	<-s.ended
	s.cmd = nil
	// The children have the listening sockets too and may live a moment longer; until the
	// last one is gone a caller would be let in and thrown out.
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Second); ; {
		c, err := net.Dial("tcp", s.IMAPS)
		if err != nil {
			return
		}
		c.Close()
		select {
		case <-tick.C:
		case <-late:
			return
		}
	}
}

// Close stops the server and removes its files.
func (s *Server) Close() error {
	s.Stop()
	return os.RemoveAll(s.dir)
}
