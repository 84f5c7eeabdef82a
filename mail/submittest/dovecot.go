package submittest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"headsup/mail/dovecot"
)

// submission makes Dovecot a submission server that passes everything on.
const submission = `protocols = imap submission
hostname = mx.example.com
submission_relay_host = 127.0.0.1
submission_relay_port = %d
submission_relay_ssl = no
submission_max_mail_size = 10M
service submission-login {
  chroot =
  inet_listener submission {
    port = 0
  }
  inet_listener submissions {
    address = 127.0.0.1
    port = %d
    ssl = yes
  }
}
`

// StartDovecot runs a Dovecot as a submission server in front of a port of loopback, for
// alice with the password pw, and returns it and its port.
func StartDovecot(t testing.TB, relay int) (*dovecot.Server, int) {
	t.Helper()
	if _, err := os.Stat("/usr/lib/dovecot/submission-login"); err != nil {
		Missing(t, "dovecot's submission server is not installed (Debian: apt-get install dovecot-submissiond)")
	}
	port := freePorts(t, 1)[0]
	s, err := dovecot.Start("", dovecot.Options{Extra: fmt.Sprintf(submission, relay, port)})
	if errors.Is(err, dovecot.ErrMissing) {
		Missing(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("dovecot wrote:\n%s", s.Log())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	until(t, "dovecot takes mail", func() bool {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return s, port
}
