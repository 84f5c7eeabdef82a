package setup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"headsup/mail"
)

// Measured is what a send test found out, as it is kept for the service. Mailbox and
// Account say with what it was measured: another account is another provider.
type Measured struct {
	Mailbox string    `json:"mailbox"`
	Account string    `json:"account"`
	At      time.Time `json:"at"`
	Provides
}

// measuredFile is its name in the state folder.
const measuredFile = "provider.json"

// Save keeps it in the state folder, readable by its owner alone.
func (m Measured) Save(state string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = os.MkdirAll(state, 0o700)
	}
	if err == nil {
		err = replaceFile(filepath.Join(state, measuredFile), append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep what the send test found: %w", err)
	}
	return nil
}

// maxMeasured is far more than the file needs.
const maxMeasured = 64 << 10

// LoadMeasured reads what was kept of this mailbox and this account. Nothing kept, or of
// another one, is no error.
func LoadMeasured(state, mailbox, account string) (Measured, bool, error) {
	path := filepath.Join(state, measuredFile)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Measured{}, false, nil
	case err == nil && (!info.Mode().IsRegular() || info.Size() > maxMeasured):
		err = errors.New("not a small regular file")
	}
	var m Measured
	if err == nil {
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			err = json.Unmarshal(data, &m)
		}
	}
	if err != nil {
		return Measured{}, false, fmt.Errorf("read what the send test found: %s: %w; remove it and run: headsup doctor --send-test", path, err)
	}
	if m.Mailbox != mailbox || m.Account != account || !known(m.Profile.FilesSent) || !known(m.Profile.KeepsID) {
		return Measured{}, false, nil
	}
	return m, true, nil
}

func known(a mail.Answer) bool { return a == mail.Yes || a == mail.No || a == mail.Unknown }
