package wizard_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"headsup/daemon/wizard"
	"headsup/mail"
)

// dns is a resolver with a few records.
type dns struct {
	srv map[string][]*net.SRV
	mx  map[string][]*net.MX
}

func (d dns) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if list, ok := d.srv["_"+service+"._"+proto+"."+name]; ok {
		return "", list, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (d dns) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	if list, ok := d.mx[name]; ok {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func address(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDiscover(t *testing.T) {
	d := dns{srv: map[string][]*net.SRV{
		"_imaps._tcp.example.com":       {{Target: "Mail.example.com.", Port: 993}},
		"_submissions._tcp.example.com": {{Target: "mail.example.com.", Port: 465}},
		"_imap._tcp.example.net":        {{Target: "imap.hoster.example.org.", Port: 143}},
		"_imaps._tcp.example.net":       {{Target: ".", Port: 0}},
		"_submission._tcp.example.net":  {{Target: "smtp.hoster.example.org.", Port: 587}},
		"_imaps._tcp.odd.example":       {{Target: "x y\r\n.", Port: 993}},
		"_submissions._tcp.odd.example": {{Target: "mail.odd.example.", Port: 465}},
	}, mx: map[string][]*net.MX{
		"work.example":  {{Host: "work-example.mail.protection.outlook.com.", Pref: 0}},
		"notgoogle.com": {{Host: "evilgoogle.com.", Pref: 0}},
	}}
	rows := []struct{ address, imap, smtp, ask, fails string }{
		{"sam@gmail.com", "imap.gmail.com:993 (implicit)", "smtp.gmail.com:465 (implicit)", "[]", ""},
		{"sam@icloud.com", "imap.mail.me.com:993 (implicit)", "smtp.mail.me.com:587 (starttls)", "[]", ""},
		{"sam@pm.me", "127.0.0.1:1143 (starttls)", "127.0.0.1:1025 (starttls)", "[]", ""},
		{"sam@example.com", "mail.example.com:993 (implicit)", "mail.example.com:465 (implicit)", "[]", ""},
		{"sam@example.net", "imap.hoster.example.org:143 (starttls)", "smtp.hoster.example.org:587 (starttls)", "[imap.hoster.example.org smtp.hoster.example.org]", ""},
		{"sam@work.example", "outlook.office365.com:993 (implicit)", "smtp.office365.com:587 (starttls)", "[]", ""},
		{"sam@notgoogle.com", "", "", "", "nobody that headsup knows"},
		{"sam@odd.example", "", "", "", "which is no host"},
		{"sam@example.org", "", "", "", "ask your provider"},
	}
	for _, row := range rows {
		got, err := wizard.Discover(t.Context(), d, address(t, row.address))
		if row.fails != "" {
			if !errors.Is(err, wizard.ErrNotFound) || !strings.Contains(err.Error(), row.fails) {
				t.Errorf("%s: %v", row.address, err)
			}
			continue
		}
		if err != nil || got.Provider.IMAP.String() != row.imap || got.Provider.SMTP.String() != row.smtp || fmt.Sprint(got.Ask) != row.ask {
			t.Errorf("%s: %+v, %v", row.address, got, err)
		}
	}
}
