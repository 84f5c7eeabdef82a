package daemon_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/smtp"
	"os"
	"slices"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail/dovecot"
)

// phone is another mail client on the same account.
type phone struct {
	t   testing.TB
	box *dovecot.Server
	c   *imapclient.Client
}

func newPhone(t testing.TB, s *dovecot.Server) *phone {
	t.Helper()
	p := &phone{t: t, box: s}
	p.connect()
	return p
}

// connect logs in, once more if the server was away.
func (p *phone) connect() {
	p.t.Helper()
	c, err := imapclient.DialTLS(p.box.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: p.box.Roots, ServerName: "localhost"}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	p.must(c.Login("alice", "pw").Wait())
	p.c = c
}

func (p *phone) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// list returns the UIDs of a folder and leaves it open.
func (p *phone) list(folder string) []imap.UID {
	p.t.Helper()
	_, err := p.c.Select(folder, nil).Wait()
	if err != nil {
		// A folder was deleted and made again while others have it open: sessions that
		// remember the old one fail in several ways. A client logs in again, once.
		p.t.Logf("select %s: %v; logging in again", folder, err)
		p.connect()
		_, err = p.c.Select(folder, nil).Wait()
	}
	if err != nil {
		p.t.Fatalf("select %s: %v", folder, err)
	}
	found, err := p.c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	p.must(err)
	return found.AllUIDs()
}

// left says in which folders drafts lie, one word for each.
func (p *phone) left() []string {
	p.t.Helper()
	var out []string
	for _, folder := range []string{"Drafts", "Headsup", "Headsup/Now"} {
		out = append(out, slices.Repeat([]string{folder}, len(p.list(folder)))...)
	}
	return out
}

// read fetches a message of the open folder.
func (p *phone) read(uid imap.UID) []byte {
	p.t.Helper()
	all := &imap.FetchItemBodySection{Peek: true}
	got, err := p.c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{all}}).Collect()
	if err != nil || len(got) != 1 {
		p.t.Fatalf("fetch %d: %d messages, %v", uid, len(got), err)
	}
	return got[0].FindBodySection(all)
}

// put stores a message in a folder.
func (p *phone) put(folder string, raw []byte, flags ...imap.Flag) {
	p.t.Helper()
	cmd := p.c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: flags})
	_, err := cmd.Write(raw)
	p.must(err)
	p.must(cmd.Close())
	_, err = cmd.Wait()
	p.must(err)
}

// flag adds or takes away a flag in the open folder.
func (p *phone) flag(uid imap.UID, op imap.StoreFlagsOp, f imap.Flag) {
	p.t.Helper()
	p.must(p.c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: op, Flags: []imap.Flag{f}, Silent: true}, nil).Close())
}

// remove deletes a message of the open folder.
func (p *phone) remove(uid imap.UID) {
	p.t.Helper()
	p.flag(uid, imap.StoreFlagsAdd, imap.FlagDeleted)
	p.must(p.c.UIDExpunge(imap.UIDSetNum(uid)).Close())
}

// edit saves another text of the draft and deletes the old one, as clients do, and
// returns where the new one is.
func (p *phone) edit(uid imap.UID, from, to string) imap.UID {
	p.t.Helper()
	was := p.read(uid)
	raw := bytes.ReplaceAll(was, []byte(from), []byte(to))
	if bytes.Equal(raw, was) {
		p.t.Fatalf("the draft does not say %q:\n%s", from, was)
	}
	p.put("Drafts", raw, imap.FlagDraft, imap.FlagSeen)
	p.remove(uid)
	left := p.list("Drafts")
	if len(left) != 1 {
		p.t.Fatalf("%d drafts after the edit", len(left))
	}
	return left[0]
}

// move takes a message of the open folder to another one, and opens that.
func (p *phone) move(uid imap.UID, folder string) imap.UID {
	p.t.Helper()
	_, err := p.c.Move(imap.UIDSetNum(uid), folder).Wait()
	p.must(err)
	there := p.list(folder)
	return there[len(there)-1]
}

// submit hands a mail to the submission server, without headsup.
func (a *account) submit(raw []byte) {
	a.t.Helper()
	pem, err := os.ReadFile(a.server.ca)
	if err != nil {
		a.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.server.port), &tls.Config{RootCAs: roots, ServerName: "localhost"})
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		a.t.Fatal(err)
	}
	defer c.Close()
	data := func() error {
		w, err := c.Data()
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return errors.Join(err, w.Close())
	}
	for _, err := range []error{c.Mail("sam@example.com"), c.Rcpt("dana@example.com"), data(), c.Quit()} {
		if err != nil {
			a.t.Fatalf("send by hand: %v", err)
		}
	}
}
