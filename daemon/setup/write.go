package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"headsup/mail"
)

// Answers are what the wizard asked for.
type Answers struct {
	Address  mail.Address
	Name     string
	Zone     string // IANA name; empty: the system's
	Managers []mail.Address
	Account  Account
	Username string // empty: the address
	Secret   string // an inline table as the configuration has it: `{ file = "…" }`
	CAFile   string
	Notes    string // folder; empty: none yet
	Maildir  string // not empty: local mail and sendmail instead of the account
}

// ConfigText is a configuration that says what was chosen and why, and no more: what is
// not in it has its default, and config.example.toml explains it.
func ConfigText(a Answers) (string, error) {
	if a.Address.IsZero() || len(a.Managers) == 0 {
		return "", errors.New("write the configuration: your address and one of a manager are needed")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by `headsup init`. `headsup check` looks at it; config.example.toml shows every key.\n\n[user]\naddress = %s\n", quote(a.Address.String()))
	if a.Name != "" {
		fmt.Fprintf(&b, "name = %s\n", quote(comment(a.Name)))
	}
	if a.Zone != "" {
		fmt.Fprintf(&b, "zone = %s\n", quote(a.Zone))
	}
	for _, m := range a.Managers {
		fmt.Fprintf(&b, "\n[[manager]]\n# The first address is written to; add the others that mail comes from.\naddresses = [%s]\n", quote(m.String()))
	}
	if a.Maildir != "" {
		fmt.Fprintf(&b, "\n[mailbox]\nkind = \"maildir\"\npath = %s\n\n[submission]\nkind = \"sendmail\"\n", quote(a.Maildir))
	} else {
		writeAccount(&b, a)
	}
	b.WriteString("\n[notes]\n")
	if a.Notes == "" {
		b.WriteString("# The folder with your call notes. Every new file becomes a draft.\n#folder = \"~/Notes/Calls\"\n")
	} else {
		fmt.Fprintf(&b, "folder = %s\n", quote(a.Notes))
	}
	return b.String(), nil
}

func writeAccount(b *strings.Builder, a Answers) {
	p := a.Account.Provider
	user := a.Username
	if user == "" {
		user = a.Address.String()
	}
	server := func(section, kind string, h Host) {
		fmt.Fprintf(b, "\n# %s\n[%s]\nkind = %q\nserver = %s\nport = %d\ntls = %q\n", comment(a.Account.How), section, kind, quote(h.Name), h.Port, h.TLS)
		if a.CAFile != "" {
			fmt.Fprintf(b, "ca_file = %s\n", quote(a.CAFile))
		}
		fmt.Fprintf(b, "auth = %q\nusername = %s\n", p.Auth, quote(user))
		if p.Login != "" {
			fmt.Fprintf(b, "# %s\n", comment(p.Login))
		}
		if a.Secret != "" {
			fmt.Fprintf(b, "secret = %s\n", a.Secret)
		}
	}
	server("mailbox", "imap", p.IMAP)
	if p.FilesSent != mail.Unknown {
		fmt.Fprintf(b, "# %s puts sent mail into Sent by itself.\nfiles_sent = %q\n", comment(p.Name), p.FilesSent)
	}
	server("submission", "smtp", p.SMTP)
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "?") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			b.WriteString(`\u` + fmt.Sprintf("%04X", r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// comment keeps a text on its line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// SecretIn says where a secret is kept, in the words of the configuration.
func SecretIn(kind, where string) string {
	return "{ " + kind + " = " + quote(where) + " }"
}

// SecretFrom is a secret that a program prints.
func SecretFrom(argv ...string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		words[i] = quote(w)
	}
	return "{ command = [" + strings.Join(words, ", ") + "] }"
}

// ErrExists means that there is a configuration already; the wizard replaces none.
var ErrExists = errors.New("there is a configuration already")

// WriteConfig puts a configuration into place, readable by its owner alone. It never
// replaces one.
func WriteConfig(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write the configuration: %w: %s; move it away first, or edit it", ErrExists, path)
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", errors.Join(err, os.Remove(path)))
	}
	return syncFolder(filepath.Dir(path))
}

// String names a server in words: "imap.example.com:993 (implicit)".
func (h Host) String() string {
	return h.Name + ":" + strconv.Itoa(h.Port) + " (" + string(h.TLS) + ")"
}
