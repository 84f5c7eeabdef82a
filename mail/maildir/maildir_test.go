package maildir

import (
	"testing"

	"headsup/mail"
	"headsup/mail/mailboxtest"
)

func openNew(t testing.TB) *Box {
	t.Helper()
	root := t.TempDir()
	if err := Create(root); err != nil {
		t.Fatal(err)
	}
	b, err := Open(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestSuite(t *testing.T) {
	mailboxtest.Run(t, func(t *testing.T) mail.Mailbox { return openNew(t) })
}
