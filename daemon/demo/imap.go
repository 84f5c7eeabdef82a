package demo

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/daemon/config"
	"headsup/mail/dovecot"
)

const (
	imapUser     = "sam"
	imapPassword = "demo"
)

// imapServer is the Dovecot of the demo with Sam's own mail client on it, which is not
// the one of the daemon.
type imapServer struct {
	server *dovecot.Server
	client *imapclient.Client
	secret string // a file
}

// startIMAP runs the server in a folder of its own: its sockets need a short path that
// another user can enter.
func startIMAP() (*imapServer, error) {
	server, err := dovecot.Start("", dovecot.Options{Users: map[string]string{imapUser: imapPassword}})
	if err != nil {
		return nil, err
	}
	s := &imapServer{server: server}
	if err := s.connect(); err != nil {
		return nil, errors.Join(fmt.Errorf("connect the demo's mail client: %w", err), s.close())
	}
	return s, nil
}

func (s *imapServer) connect() error {
	dir, err := os.MkdirTemp("", "headsup-demo-secret-")
	if err != nil {
		return err
	}
	s.secret = filepath.Join(dir, "password")
	if err := os.WriteFile(s.secret, []byte(imapPassword+"\n"), 0o600); err != nil {
		return err
	}
	s.client, err = imapclient.DialTLS(s.server.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: s.server.Roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}})
	if err != nil {
		return err
	}
	return s.client.Login(imapUser, imapPassword).Wait()
}

func (s *imapServer) close() error {
	var err error
	if s.client != nil {
		err = s.client.Close()
	}
	if s.secret != "" {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(s.secret)))
	}
	return errors.Join(err, s.server.Close())
}

// config is what the daemon needs to get in.
func (s *imapServer) config() config.Server {
	_, port, _ := net.SplitHostPort(s.server.IMAPS)
	n, _ := strconv.Atoi(port)
	return config.Server{
		Host: "localhost", Port: n, TLS: config.TLSImplicit, CAFile: s.server.Certificate(),
		Username: imapUser, Auth: config.AuthPassword, Secret: config.SecretSource{File: s.secret},
	}
}

// put stores a message as a mail client does.
func (s *imapServer) put(folder string, raw []byte, at time.Time) error {
	cmd := s.client.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: at})
	_, err := cmd.Write(raw)
	if err = errors.Join(err, cmd.Close()); err != nil {
		return fmt.Errorf("put a message into %s: %w", folder, err)
	}
	_, err = cmd.Wait()
	return err
}

// move takes the draft with this subject to another folder.
func (s *imapServer) move(subject, folder string) error {
	if _, err := s.client.Select("Drafts", nil).Wait(); err != nil {
		return fmt.Errorf("open Drafts: %w", err)
	}
	all := imap.SeqSet{imap.SeqRange{Start: 1, Stop: 0}}
	drafts, err := s.client.Fetch(all, &imap.FetchOptions{UID: true, Envelope: true}).Collect()
	if err != nil {
		return fmt.Errorf("read Drafts: %w", err)
	}
	for _, d := range drafts {
		if d.Envelope != nil && strings.Contains(d.Envelope.Subject, subject) {
			_, err := s.client.Move(imap.UIDSetNum(d.UID), folder).Wait()
			return err
		}
	}
	return fmt.Errorf("there is no draft about %q", subject)
}
