package wizard

import (
	"slices"
	"strconv"
	"strings"

	"headsup/mail"
)

// TLS is how a connection is protected, in the words of the configuration.
type TLS string

// The ways.
const (
	Implicit TLS = "implicit"
	StartTLS TLS = "starttls"
)

// Host is one server.
type Host struct {
	Name string
	Port int
	TLS  TLS
}

// Provider is what is known of a mail provider: enough to write a configuration for it
// and to say where its password comes from.
type Provider struct {
	Name      string
	Domains   []string // of its addresses
	MX        []string // ends of the names of its mail exchangers, for domains of its customers
	IMAP      Host
	SMTP      Host
	Auth      string // as the configuration says it
	FilesSent mail.Answer
	Username  string // how the name to log in with is made, if it is not the address: "local"
	Login     string // what a person has to do first
}

// Providers is the table. What a provider does by itself is only said where it says so
// in its own documents; the rest is found out by `headsup doctor --send-test`.
func Providers() []Provider {
	return []Provider{
		{
			Name: "Gmail", Domains: []string{"gmail.com", "googlemail.com"}, MX: []string{"google.com", "googlemail.com"},
			IMAP: Host{"imap.gmail.com", 993, Implicit}, SMTP: Host{"smtp.gmail.com", 465, Implicit}, Auth: "password", FilesSent: mail.Yes,
			Login: "Turn on 2-step verification in your Google account and make an app password at myaccount.google.com/apppasswords; or use kind = \"gmail\" with `headsup auth google`.",
		},
		{
			Name: "Microsoft 365", Domains: []string{"outlook.com", "hotmail.com", "live.com", "msn.com"}, MX: []string{"mail.protection.outlook.com", "olc.protection.outlook.com"},
			IMAP: Host{"outlook.office365.com", 993, Implicit}, SMTP: Host{"smtp.office365.com", 587, StartTLS}, Auth: "xoauth2", FilesSent: mail.Yes,
			Login: "Passwords do not work there any more: run `headsup auth microsoft`. Your administrator may have to allow IMAP and authenticated SMTP.",
		},
		{
			Name: "Fastmail", Domains: []string{"fastmail.com", "fastmail.fm"}, MX: []string{"messagingengine.com"},
			IMAP: Host{"imap.fastmail.com", 993, Implicit}, SMTP: Host{"smtp.fastmail.com", 465, Implicit}, Auth: "password",
			Login: "Make an app password for mail in Settings, Privacy & Security.",
		},
		{
			Name: "iCloud", Domains: []string{"icloud.com", "me.com", "mac.com"}, MX: []string{"mail.icloud.com"},
			IMAP: Host{"imap.mail.me.com", 993, Implicit}, SMTP: Host{"smtp.mail.me.com", 587, StartTLS}, Auth: "password",
			Login: "Make an app-specific password at account.apple.com.",
		},
		{
			Name: "Proton Mail Bridge", Domains: []string{"proton.me", "protonmail.com", "pm.me"}, MX: []string{"protonmail.ch"},
			IMAP: Host{"127.0.0.1", 1143, StartTLS}, SMTP: Host{"127.0.0.1", 1025, StartTLS}, Auth: "password", FilesSent: mail.Yes,
			Login: "Start Proton Mail Bridge, take the password and the ports that it shows, and export its certificate: ca_file names it.",
		},
		{
			Name: "mailbox.org", Domains: []string{"mailbox.org"}, MX: []string{"mailbox.org"},
			IMAP: Host{"imap.mailbox.org", 993, Implicit}, SMTP: Host{"smtp.mailbox.org", 465, Implicit}, Auth: "password",
			Login: "Your password works, or with two factors an application password.",
		},
		{
			Name: "Yahoo", Domains: []string{"yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr"}, MX: []string{"yahoodns.net"},
			IMAP: Host{"imap.mail.yahoo.com", 993, Implicit}, SMTP: Host{"smtp.mail.yahoo.com", 465, Implicit}, Auth: "password",
			Login: "Make an app password in Account security.",
		},
	}
}

func byDomain(domain string) (Provider, bool) {
	for _, p := range Providers() {
		if slices.Contains(p.Domains, domain) {
			return p, true
		}
	}
	return Provider{}, false
}

// byMX recognises the provider of a domain of one's own.
func byMX(host string) (Provider, bool) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, p := range Providers() {
		for _, end := range p.MX {
			if host == end || strings.HasSuffix(host, "."+end) {
				return p, true
			}
		}
	}
	return Provider{}, false
}

// String names a server in words: "imap.example.com:993 (implicit)".
func (h Host) String() string {
	return h.Name + ":" + strconv.Itoa(h.Port) + " (" + string(h.TLS) + ")"
}
