package daemon_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail/submittest"
)

// mutt runs the mail client of that name on a folder and presses keys, in a terminal that
// script(1) of util-linux makes for it.
func (a *account) mutt(folder, keys string) {
	a.t.Helper()
	for _, program := range []string{"mutt", "script"} {
		if _, err := exec.LookPath(program); err != nil {
			submittest.Missing(a.t, "%s is not installed (Debian: apt-get install mutt bsdutils)", program)
		}
	}
	dir := a.t.TempDir()
	_, port, _ := strings.Cut(a.box.IMAPS, ":")
	store := "imaps://localhost:" + port + "/"
	text := fmt.Sprintf("set imap_user=alice imap_pass=pw folder=%q spoolfile=%q\nset ssl_force_tls=yes ssl_ca_certificates_file=%q\n"+
		"set copy=no confirmappend=no confirmcreate=no delete=yes move=no quit=yes wait_key=no mark_old=no sleep_time=0\nunset record postponed mbox\npush %q\n",
		store, store+folder, a.box.Certificate(), keys)
	rc := filepath.Join(dir, "muttrc")
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	cmd := exec.Command("script", "-qec", fmt.Sprintf("mutt -n -F %s -f %s%s", rc, store, folder), "/dev/null")
	cmd.Env = append(os.Environ(), "TERM=vt100", "COLUMNS=80", "LINES=24")
	stuck := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer stuck.Stop()
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("mutt: %v\n%q", err, out)
	}
}

// TestMutt: a person reads mail in mutt, which copies and deletes where others move. A star
// approves, taking it away withdraws, and saving the draft into Headsup sends it.
func TestMutt(t *testing.T) {
	a := onIMAP(t, viaPostfix(t), filesItself)
	a.draft()
	a.mutt("Drafts", "<flag-message><sync-mailbox><quit>")
	if m := a.becomes(ledger.Scheduled); m.ApprovedBy != ledger.ByStar {
		t.Errorf("approved by %q", m.ApprovedBy)
	}
	a.mutt("Drafts", "<flag-message><sync-mailbox><quit>")
	a.becomes(ledger.Drafted)
	a.mutt("Drafts", "<save-message><kill-line>=Headsup<enter><sync-mailbox><quit>")
	if there := a.phone.left(); len(there) != 1 || there[0] != "Headsup" {
		t.Fatalf("mutt left drafts in %q", there)
	}
	m := a.becomes(ledger.Scheduled)
	if m.ApprovedBy != ledger.ByMove {
		t.Errorf("approved by %q", m.ApprovedBy)
	}
	a.over(m)
	a.becomes(ledger.Sent)
	a.expect(1, 1, 0)
}
