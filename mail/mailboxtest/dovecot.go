package mailboxtest

import (
	"errors"
	"os"
	"testing"

	"headsup/mail/dovecot"
)

// StartDovecot runs a private Dovecot until the test ends. Where none is installed the
// test is skipped, or fails if HEADSUP_REQUIRE_SERVERS is 1.
func StartDovecot(t testing.TB, o dovecot.Options) *dovecot.Server {
	t.Helper()
	s, err := dovecot.Start("", o)
	if errors.Is(err, dovecot.ErrMissing) && os.Getenv("HEADSUP_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
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
	return s
}
