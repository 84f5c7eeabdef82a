package wizard

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"headsup/mail"
)

// Answers are what a configuration is made of.
type Answers struct {
	Address  mail.Address
	Name     string
	Zone     string // IANA name; empty: the system's
	Managers []Manager
	Maildir  string // not empty: local mail and sendmail instead of the account
	Gmail    bool   // the Gmail API instead of IMAP and SMTP
	Account  Account
	Login    Login
	Sending  *Login // at the submission server, where it differs
	CAFile   string
	Folders  map[mail.Folder]string // that the server does not name
	Measured mail.Profile           // by a mail to oneself
	Google   Client
	Tenant   Client // Microsoft's
	Calendar Calendar
	Notes    string // folder; empty: none yet
}

// Manager is whose attention is looked after.
type Manager struct {
	Address mail.Address
	Name    string // empty: made from the address
	Zone    string // empty: the user's
}

// Login is who to be at a server.
type Login struct {
	Username string // empty: the address
	Secret   Secret
}

// Client is headsup as the user registered it with a provider.
type Client struct {
	ID     string
	Secret Secret
}

// Calendar is where the manager's calendar is.
type Calendar struct {
	Kind  string // as the configuration says it; empty: none
	Where string // path, address or id
	Login Login
}

// Secret says where a password is. It prints as [secret].
type Secret struct {
	Name    string   // of the file for one that was typed: "mail"
	Typed   string   // kept in a file of its own
	Command []string // a program prints it
	File    string   // that is there already
}

func (s Secret) String() string { return "[secret]" }

// GoString keeps %#v from looking inside.
func (s Secret) GoString() string { return "[secret]" }

func (s Secret) isZero() bool { return s.Typed == "" && len(s.Command) == 0 && s.File == "" }

// Keeper names the service of keyring entries under which a [Trial] finds the passwords
// that were typed.
const Keeper = "headsup-init"

// source says in the words of the configuration where a secret is; files has those of
// typed ones, which without it are with the [Keeper].
func (s Secret) source(files map[string]string) string {
	switch {
	case s.Typed != "" && files[s.Name] != "":
		return "{ file = " + quote(files[s.Name]) + " }"
	case s.Typed != "":
		return "{ keyring = " + quote(Keeper+"/"+s.Name) + " }"
	case s.File != "":
		return "{ file = " + quote(s.File) + " }"
	}
	words := make([]string, len(s.Command))
	for i, w := range s.Command {
		words[i] = quote(w)
	}
	return "{ command = [" + strings.Join(words, ", ") + "] }"
}

// Text is a configuration that says what was chosen and why, and no more: what is not in
// it has its default, and config.example.toml explains it. files says where the passwords
// lie that were typed.
func Text(a Answers, files map[string]string) (string, error) {
	if a.Address.IsZero() || len(a.Managers) == 0 {
		return "", errors.New("write the configuration: your address and one of a manager are needed")
	}
	b := &writer{files: files}
	b.line("# Written by `headsup init`. `headsup check` looks at it; config.example.toml shows every key.")
	b.section("user", "")
	b.text("address", a.Address.String())
	b.text("name", a.Name)
	b.text("zone", a.Zone)
	for _, m := range a.Managers {
		b.section("[manager]", "")
		b.line("# The first address is written to; add the others that mail comes from.")
		b.line("addresses = [%s]", quote(m.Address.String()))
		b.text("name", m.Name)
		b.text("zone", m.Zone)
	}
	b.mail(a)
	b.clients(a)
	b.calendar(a.Calendar)
	b.section("notes", "")
	if a.Notes == "" {
		b.line("# The folder with your call notes. Every new file becomes a draft.")
		b.line(`#folder = "~/Notes/Calls"`)
	}
	b.text("folder", a.Notes)
	return b.String(), nil
}

// writer writes TOML with comments.
type writer struct {
	strings.Builder
	files map[string]string
}

func (b *writer) line(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

// text writes a key that has a value.
func (b *writer) text(key, value string) {
	if value != "" {
		b.line("%s = %s", key, quote(value))
	}
}

// section begins a table, with a line that says why it is as it is.
func (b *writer) section(name, why string) {
	b.line("")
	if why != "" {
		b.line("# %s", comment(why))
	}
	b.line("[%s]", name)
}

func (b *writer) secret(key string, s Secret) {
	if !s.isZero() {
		b.line("%s = %s", key, s.source(b.files))
	}
}

func (b *writer) mail(a Answers) {
	switch {
	case a.Maildir != "":
		b.section("mailbox", "")
		b.text("kind", "maildir")
		b.text("path", a.Maildir)
		b.section("submission", "")
		b.text("kind", "sendmail")
		return
	case a.Gmail:
		b.section("mailbox", a.Account.How)
		b.text("kind", "gmail")
		b.section("submission", "")
		b.text("kind", "gmail")
		return
	}
	b.section("mailbox", a.Account.How)
	b.text("kind", "imap")
	b.server(a, a.Account.Provider.IMAP, a.Login)
	p, name := a.Account.Provider, a.Account.Provider.Name
	switch filed := a.Measured.FilesSent; {
	case filed != mail.Unknown:
		b.line("# Whether the server puts sent mail into Sent by itself: measured by a mail to yourself.")
		b.text("files_sent", string(filed))
	case p.FilesSent != mail.Unknown:
		b.line("# %s puts sent mail into Sent by itself.", comment(name))
		b.text("files_sent", string(p.FilesSent))
	}
	b.folders(a.Folders)
	b.section("submission", "")
	b.text("kind", "smtp")
	login := a.Login
	if a.Sending != nil {
		login = *a.Sending
	}
	b.server(a, p.SMTP, login)
	if a.Measured.KeepsID != mail.Unknown {
		b.line("# Whether the server keeps the Message-ID: measured by a mail to yourself.")
		b.text("keeps_id", string(a.Measured.KeepsID))
	}
}

func (b *writer) server(a Answers, h Host, l Login) {
	p := a.Account.Provider
	b.text("server", h.Name)
	b.line("port = %d", h.Port)
	b.text("tls", string(h.TLS))
	b.text("ca_file", a.CAFile)
	b.text("auth", p.Auth)
	if l.Username == "" {
		l.Username = a.Address.String()
	}
	b.text("username", l.Username)
	if p.Login != "" {
		b.line("# %s", comment(p.Login))
	}
	b.secret("secret", l.Secret)
}

// folderKeys are the keys of the folders that a server may leave unclear.
var folderKeys = []struct {
	part mail.Folder
	key  string
}{{mail.Drafts, "drafts"}, {mail.Sent, "sent"}, {mail.Queue, "queue"}}

func (b *writer) folders(names map[mail.Folder]string) {
	if len(names) == 0 {
		return
	}
	b.section("mailbox.folders", "Your choice, because the server does not say it.")
	for _, f := range folderKeys {
		b.text(f.key, names[f.part])
	}
}

func (b *writer) clients(a Answers) {
	if a.Google.ID != "" {
		b.section("google", "headsup as you registered it with Google; `headsup auth google` logs in again.")
		b.text("client_id", a.Google.ID)
		b.secret("client_secret", a.Google.Secret)
	}
	if a.Tenant.ID != "" {
		b.section("microsoft", "headsup as you registered it with Microsoft; `headsup auth microsoft` logs in again.")
		b.text("client_id", a.Tenant.ID)
	}
}

func (b *writer) calendar(c Calendar) {
	if c.Kind == "" {
		b.line("\n# The manager's calendar, if you may read it: kind is \"file\", \"url\", \"caldav\", \"google\" or \"graph\".")
		b.line("#[[calendar]]\n#kind = \"url\"\n#url = \"https://calendar.example.com/dana.ics\"")
		return
	}
	b.section("[calendar]", "")
	b.text("kind", c.Kind)
	b.text(map[string]string{"file": "path", "url": "url", "caldav": "url", "google": "id", "graph": "id"}[c.Kind], c.Where)
	if !c.Login.Secret.isZero() {
		b.text("username", c.Login.Username)
		b.secret("secret", c.Login.Secret)
	}
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
