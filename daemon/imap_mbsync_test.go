package daemon_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"headsup/daemon/ledger"
	"headsup/mail/submittest"
)

// mbsync is a mail client that we did not write: isync of Debian, which keeps a Maildir
// the same as the account. The person edits files.
type mbsync struct {
	t       *testing.T
	dir     string
	program string
}

func newMbsync(a *account) *mbsync {
	a.t.Helper()
	program, err := exec.LookPath("mbsync")
	if err != nil {
		submittest.Missing(a.t, "mbsync is not installed (Debian: apt-get install isync)")
	}
	m := &mbsync{t: a.t, dir: a.t.TempDir(), program: program}
	_, port, _ := strings.Cut(a.box.IMAPS, ":")
	text := fmt.Sprintf("FSync no\n\nIMAPAccount a\nHost localhost\nPort %s\nUser alice\nPass pw\nSSLType IMAPS\nCertificateFile %s\n\nIMAPStore far\nAccount a\n\n"+
		"MaildirStore near\nPath %[3]s/\nInbox %[3]s/INBOX\nSubFolders Verbatim\n\n"+
		"Channel all\nFar :far:\nNear :near:\nPatterns Drafts Headsup Sent\nCreate Near\nExpunge Both\nSync All\nSyncState *\n", port, a.box.Certificate(), m.dir)
	if err := os.WriteFile(filepath.Join(m.dir, "rc"), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return m
}

func (m *mbsync) sync() {
	m.t.Helper()
	if out, err := exec.Command(m.program, "-q", "-c", filepath.Join(m.dir, "rc"), "all").CombinedOutput(); err != nil {
		m.t.Fatalf("mbsync: %v\n%s", err, out)
	}
}

// files are the messages of a folder.
func (m *mbsync) files(folder string) []string {
	m.t.Helper()
	names, err := filepath.Glob(filepath.Join(m.dir, folder, "*", "*"))
	if err != nil {
		m.t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		if sub := filepath.Base(filepath.Dir(name)); sub == "cur" || sub == "new" {
			out = append(out, name)
		}
	}
	return out
}

// uid is what mbsync writes into the name of a file that it knows. A file that is moved
// by hand must not take it along.
var uid = regexp.MustCompile(`,U=\d+`)

// TestMbsyncMoves: the draft is fetched by mbsync, edited as a file, moved as a file, and
// put back onto the server by mbsync. It is sent as it was edited, and mbsync sees it in
// Sent and nowhere else.
func TestMbsyncMoves(t *testing.T) {
	a := onIMAP(t, viaPostfix(t), filesItself)
	m := newMbsync(a)
	a.draft()
	m.sync()
	drafts := m.files("Drafts")
	if len(drafts) != 1 {
		t.Fatalf("mbsync has the drafts %q", drafts)
	}
	raw, err := os.ReadFile(drafts[0])
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.ReplaceAll(raw, []byte("until June"), []byte("until July"))
	if bytes.Equal(edited, raw) {
		t.Fatalf("the draft says something else:\n%s", raw)
	}
	if err := os.WriteFile(drafts[0], edited, 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(m.dir, "Headsup", "cur", uid.ReplaceAllString(filepath.Base(drafts[0]), ""))
	if err := os.Rename(drafts[0], to); err != nil {
		t.Fatal(err)
	}
	m.sync()
	if there := a.phone.left(); len(there) != 1 || there[0] != "Headsup" {
		t.Fatalf("mbsync left drafts in %q", there)
	}
	waits := a.becomes(ledger.Scheduled)
	if waits.ApprovedBy != ledger.ByMove {
		t.Errorf("approved by %q", waits.ApprovedBy)
	}
	m.sync() // while it waits: nothing changes
	a.over(waits)
	a.becomes(ledger.Sent)
	a.expect(1, 1, 0)
	if got := a.arrived()[0]; !bytes.Contains(got, []byte("until July")) || bytes.Contains(got, []byte("X-TUID")) {
		t.Errorf("what arrived is not the edited text:\n%s", got)
	}
	m.sync()
	if sent, left := m.files("Sent"), append(m.files("Drafts"), m.files("Headsup")...); len(sent) != 1 || len(left) != 0 {
		t.Errorf("mbsync sees in Sent %q, and left are %q", sent, left)
	}
}
