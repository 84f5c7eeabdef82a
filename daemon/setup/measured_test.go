package setup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon/setup"
	"headsup/mail"
)

func TestMeasured(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	load := func() (setup.Measured, bool, error) {
		return setup.LoadMeasured(state, "imap:sam@host", "smtp:sam@host")
	}
	if _, ok, err := load(); ok || err != nil {
		t.Errorf("nothing kept: %t, %v", ok, err)
	}
	m := setup.Measured{Mailbox: "imap:sam@host", Account: "smtp:sam@host", At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
		Provides: setup.Provides{Profile: mail.Profile{FilesSent: mail.Yes, KeepsID: mail.No}, Searched: true, FiledAfter: 3 * time.Second, Arrived: time.Second, Reply: "queued"}}
	if err := m.Save(state); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := load(); !ok || err != nil || got != m {
		t.Errorf("kept %+v, %t, %v", got, ok, err)
	}
	file := filepath.Join(state, "provider.json")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, other := range [][2]string{{"imap:kim@host", "smtp:sam@host"}, {"imap:sam@host", "smtp:sam@elsewhere"}} {
		if _, ok, err := setup.LoadMeasured(state, other[0], other[1]); ok || err != nil {
			t.Errorf("%v: taken for its own: %v", other, err)
		}
	}
	for name, text := range map[string]string{"not JSON": "{", "another kind": `[1]`, "too large": `"` + strings.Repeat("x", 1<<17) + `"`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := load(); ok || err == nil || !strings.Contains(err.Error(), "headsup doctor --send-test") {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
	if err := os.WriteFile(file, []byte(`{"mailbox":"imap:sam@host","account":"smtp:sam@host","profile":{"FilesSent":"perhaps"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := load(); ok || err != nil {
		t.Errorf("a word that does not exist: %t, %v", ok, err)
	}
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := load(); err == nil {
		t.Error("a folder was read")
	}
}
