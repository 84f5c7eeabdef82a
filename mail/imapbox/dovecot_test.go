package imapbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

// The contract holds on servers that can do less, too.
func TestSuitePoorServer(t *testing.T) {
	for name, caps := range map[string]string{
		"no MOVE, CONDSTORE, ESEARCH":  "IMAP4rev1 SASL-IR LITERAL+ IDLE UIDPLUS SPECIAL-USE NAMESPACE",
		"no IDLE, LITERAL+, NAMESPACE": "IMAP4rev1 SASL-IR UIDPLUS MOVE SPECIAL-USE",
	} {
		t.Run(name, func(t *testing.T) {
			mailboxtest.Run(t, func(t *testing.T) mail.Mailbox {
				c := config(mailboxtest.StartDovecot(t, dovecot.Options{Extra: "imap_capability = " + caps}))
				c.Poll = 50 * time.Millisecond
				return openBox(t, c)
			})
		})
	}
}

// client is another program that works on the same mailbox.
func client(t testing.TB, s *dovecot.Server) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialTLS(s.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login("alice", "pw").Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, b *Box, f mail.Folder, n int) mail.Ref {
	t.Helper()
	r, err := b.Append(t.Context(), f, mailboxtest.Sample(n), mail.Flags{Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A folder that is made anew has another validity: no old UID touches anything (C4).
func TestRebuiltFolder(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	b := openBox(t, config(s))
	old := put(t, b, mail.Drafts, 1)
	cursor, err := b.Since(t.Context(), mail.Drafts, "", func(mail.Header) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, s)
	for _, err := range []error{c.Delete("Drafts").Wait(), c.Create("Drafts", nil).Wait()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	put(t, b, mail.Drafts, 2)
	fresh, err := b.List(t.Context(), mail.Drafts)
	if err != nil || len(fresh) != 1 || fresh[0].Ref.UID != old.UID || fresh[0].Ref.Validity == old.Validity {
		t.Fatalf("%+v after %+v, %v", fresh, old, err)
	}
	if err := b.Remove(t.Context(), old); !errors.Is(err, mail.ErrGone) {
		t.Errorf("remove: %v", err)
	}
	if _, err := b.Move(t.Context(), old, mail.Sent); !errors.Is(err, mail.ErrGone) {
		t.Errorf("move: %v", err)
	}
	if _, err := b.Read(t.Context(), old); !errors.Is(err, mail.ErrGone) {
		t.Errorf("read: %v", err)
	}
	var seen int
	if _, err := b.Since(t.Context(), mail.Drafts, cursor, func(mail.Header) error { seen++; return nil }); err != nil || seen != 1 {
		t.Errorf("%d messages, %v", seen, err)
	}
	if refs, err := b.Find(t.Context(), mail.Drafts, mail.Query{Token: "token-2"}); err != nil || len(refs) != 1 {
		t.Errorf("%v, %v", refs, err)
	}
}

// Another device expunges before ours: sequence numbers shift, UIDs do not (C19).
func TestOtherDevice(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	b := openBox(t, config(s))
	var refs []mail.Ref
	for n := range 4 {
		refs = append(refs, put(t, b, mail.Drafts, n))
	}
	c := client(t, s)
	if _, err := c.Select("Drafts", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Store(imap.SeqSetNum(1, 2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(t.Context(), refs[2]); err != nil {
		t.Fatal(err)
	}
	hs, err := b.List(t.Context(), mail.Drafts)
	if err != nil || len(hs) != 1 || hs[0].Ref != refs[3] {
		t.Errorf("%+v, %v", hs, err)
	}
	if err := b.Remove(t.Context(), refs[0]); !errors.Is(err, mail.ErrGone) {
		t.Errorf("what another removed: %v", err)
	}
}

// The server goes away and comes back: calls fail, then work, without a new Open.
func TestServerRestart(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{})
	b := openBox(t, config(s))
	put(t, b, mail.Drafts, 1)
	watching := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		var err error
		for err == nil {
			err = b.Watch(ctx, mail.Drafts)
		}
		watching <- err
	}()
	s.Stop()
	if err := <-watching; err == nil || ctx.Err() != nil {
		t.Errorf("watch: %v", err)
	}
	if _, err := b.List(ctx, mail.Drafts); err == nil {
		t.Error("it lists without a server")
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		hs, err := b.List(ctx, mail.Drafts)
		if err == nil && len(hs) == 1 {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

func TestDovecotLogins(t *testing.T) {
	introspect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"active": r.FormValue("token") == "good", "username": "alice"})
	}))
	defer introspect.Close()
	s := mailboxtest.StartDovecot(t, dovecot.Options{Introspect: introspect.URL})
	for _, mechanism := range []string{"password", "xoauth2", "oauthbearer"} {
		for _, starttls := range []bool{false, true} {
			for secret, good := range map[string]bool{"good": mechanism != "password", "pw": true, "bad": false} {
				if secret == "bad" && starttls {
					continue // a refusal takes the server two seconds
				}
				if secret == "good" && !good || secret == "pw" && mechanism != "password" {
					continue // Dovecot would take the token for a password
				}
				c := config(s)
				c.Login = password(secret)
				c.Login.Mechanism = mechanism
				if c.StartTLS = starttls; starttls {
					c.Addr = s.IMAP
				}
				start := time.Now()
				b, err := Open(t.Context(), c)
				var le *LoginError
				switch {
				case good && err != nil:
					t.Errorf("%s: %v", mechanism, err)
				case good:
					b.Close()
				case !errors.As(err, &le) || time.Since(start) > 8*time.Second:
					t.Errorf("%s with %q: %v after %v", mechanism, secret, err, time.Since(start))
				}
			}
		}
	}
}

// Without folders that are marked, the user is asked; ours are made below the prefix.
func TestBareServer(t *testing.T) {
	s := mailboxtest.StartDovecot(t, dovecot.Options{Bare: true})
	b := openBox(t, config(s))
	var fe *FolderError
	if _, err := b.List(t.Context(), mail.Sent); !errors.As(err, &fe) || fe.Part != mail.Sent {
		t.Errorf("%v", err)
	}
	put(t, b, mail.QueueNow, 1)
	names, parts, err := b.Folders(t.Context())
	if err != nil || len(names) < 2 || parts[mail.QueueNow] != "Headsup/Now" || parts[mail.Sent] != "" {
		t.Errorf("%v %v %v", names, parts, err)
	}
	if _, err := os.Stat(filepath.Join(s.Maildir("alice"), ".Headsup.Now")); err != nil {
		t.Error(err)
	}
}
