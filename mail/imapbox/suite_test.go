package imapbox

import (
	"context"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

func password(s string) Login {
	return Login{Secret: func(context.Context) (string, error) { return s, nil }}
}

// config is for a Dovecot of the tests.
func config(s *dovecot.Server) Config {
	return Config{
		Addr: s.IMAPS, Roots: s.Roots, User: "alice", Login: password("pw"),
		Timeout: 20 * time.Second, Poll: time.Second,
	}
}

func openBox(t testing.TB, c Config) *Box {
	t.Helper()
	b, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestSuite(t *testing.T) {
	mailboxtest.Run(t, func(t *testing.T) mail.Mailbox {
		return openBox(t, config(mailboxtest.StartDovecot(t, dovecot.Options{})))
	})
}
