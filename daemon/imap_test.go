package daemon_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/daemon/ledger"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

// phone is another mail client on the same account.
type phone struct {
	t *testing.T
	c *imapclient.Client
}

func newPhone(t *testing.T, s *dovecot.Server) *phone {
	t.Helper()
	c, err := imapclient.DialTLS(s.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login("alice", "pw").Wait(); err != nil {
		t.Fatal(err)
	}
	return &phone{t: t, c: c}
}

// list returns the UIDs of a folder.
func (p *phone) list(folder string) []imap.UID {
	p.t.Helper()
	if _, err := p.c.Select(folder, nil).Wait(); err != nil {
		p.t.Fatalf("select %s: %v", folder, err)
	}
	found, err := p.c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	if err != nil {
		p.t.Fatal(err)
	}
	return found.AllUIDs()
}

// read fetches a message of the selected folder.
func (p *phone) read(uid imap.UID) []byte {
	p.t.Helper()
	all := &imap.FetchItemBodySection{Peek: true}
	got, err := p.c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{all}}).Collect()
	if err != nil || len(got) != 1 {
		p.t.Fatalf("fetch %d: %d messages, %v", uid, len(got), err)
	}
	return got[0].FindBodySection(all)
}

// save appends an edited draft and deletes the old one, as clients do.
func (p *phone) save(folder string, raw []byte, old imap.UID) {
	p.t.Helper()
	cmd := p.c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagDraft, imap.FlagSeen}})
	if _, err := cmd.Write(raw); err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		p.t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		p.t.Fatal(err)
	}
	del := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true}
	if err := p.c.Store(imap.UIDSetNum(old), del, nil).Close(); err != nil {
		p.t.Fatal(err)
	}
	if err := p.c.UIDExpunge(imap.UIDSetNum(old)).Close(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) move(uid imap.UID, folder string) {
	p.t.Helper()
	if _, err := p.c.Move(imap.UIDSetNum(uid), folder).Wait(); err != nil {
		p.t.Fatal(err)
	}
}

// TestWholePathOnIMAP is the main job on a real IMAP server: the draft is seen, edited and
// moved by another client.
func TestWholePathOnIMAP(t *testing.T) {
	box := mailboxtest.StartDovecot(t, dovecot.Options{})
	host, port, _ := strings.Cut(box.IMAPS, ":")
	s := viaOwn(t)
	s.mailbox = fmt.Sprintf("kind = \"imap\"\nserver = %q\nport = %s\nca_file = %q\nusername = \"alice\"\nsecret = { file = \"PASSWORD\" }\nfiles_sent = \"no\"",
		host, port, certificateOf(t, atoi(t, port), box.Roots))
	p := settle(t, s)
	p.run()
	p.note("pilot.md", wholeNote)
	p.pass(2 * time.Minute)
	client := newPhone(t, box)
	drafts := client.list("Drafts")
	if len(drafts) != 1 {
		t.Fatalf("%d drafts on the server; ledger %+v", len(drafts), p.only())
	}
	raw := client.read(drafts[0])
	client.save("Drafts", bytes.ReplaceAll(raw, []byte("until June"), []byte("until July")), drafts[0])
	edited := client.list("Drafts")
	if len(edited) != 1 {
		t.Fatalf("%d drafts after the edit", len(edited))
	}
	client.move(edited[0], "Headsup")
	p.pass(2 * time.Minute)
	m := p.only()
	if m.State != ledger.Scheduled || m.ApprovedBy != ledger.ByMove {
		t.Fatalf("state %s, approved by %q", m.State, m.ApprovedBy)
	}
	p.pass(m.Choice.At.Sub(p.clock.Wall()) + 20*time.Minute)
	if m := p.only(); m.State != ledger.Sent {
		t.Fatalf("state %s", m.State)
	}
	got := s.arrive()
	if len(got) != 1 || !bytes.Contains(got[0], []byte("until July")) || bytes.Contains(got[0], []byte("reorganisation")) {
		t.Fatalf("the server received %d mails: %s", len(got), bytes.Join(got, []byte("\n\n")))
	}
	if sent := client.list("Sent"); len(sent) != 1 {
		t.Errorf("%d copies in Sent, want 1", len(sent))
	}
	if left := len(client.list("Drafts")) + len(client.list("Headsup")); left != 0 {
		t.Errorf("%d drafts left", left)
	}
}
