package dovecot_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

func TestStart(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	for range 2 {
		c, err := imapclient.DialTLS(s.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login("alice", "pw").Wait(); err != nil {
			t.Fatal(err)
		}
		folders, err := c.List("", "*", nil).Collect()
		if err != nil || len(folders) != 4 {
			t.Errorf("folders %v, %v", folders, err)
		}
		c.Close()
		s.Stop()
		if _, err := imapclient.DialTLS(s.IMAPS, nil); err == nil {
			t.Error("it still listens")
		}
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(s.Log(), "Fatal") {
		t.Error(s.Log())
	}
}
