package mail_test

import (
	"encoding/json"
	"errors"
	netmail "net/mail"
	"strings"
	"testing"

	"headsup/mail"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, s := range []string{
		"dana@example.com", "Dana.Reyes@EXAMPLE.com", "sam+work@mail.example.org", "o'neil@example.net", "a@b",
		"x@xn--bcher-kva.example", long + "@example.com", "_%{}@example.com", "1@2.example",
	} {
		a, err := mail.ParseAddress(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if !strings.EqualFold(a.String(), s) || a.Domain() != strings.ToLower(a.Domain()) {
			t.Errorf("%q printed as %q", s, a)
		}
	}
}

// What may not pass as an address (faults I-3 and I-4 of the reliability plan): each
// of these has been turned into a second recipient somewhere.
func TestParseAddressRefuses(t *testing.T) {
	for s, why := range map[string]string{
		"":                                       `no "@"`,
		"dana":                                   `no "@"`,
		"@example.com":                           `nothing before "@"`,
		"dana@":                                  `nothing after "@"`,
		"dana@example.com\r\nBcc: x@example.net": `character '\r' in the domain is not allowed (international domains: use the xn-- form)`,
		"dana\r\n@example.com":                   `character '\r' before "@" is not allowed`,
		"dana@example.com\x00":                   `character '\x00' in the domain is not allowed (international domains: use the xn-- form)`,
		"dana@x%0d%0aBcc:evil@example.net":       `character '%' in the domain is not allowed (international domains: use the xn-- form)`,
		"dana@example.com?bcc=x@example.net":     `character '?' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@example.com,b@example.com":            `character ',' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@example.com;b@example.com":            `character ';' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@example.com>":                         `character '>' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@example.com> NOTIFY=NEVER":            `character '>' in the domain is not allowed (international domains: use the xn-- form)`,
		"<a@example.com>":                        `character '<' before "@" is not allowed`,
		"Dana <a@example.com>":                   `character ' ' before "@" is not allowed`,
		" a@example.com":                         `character ' ' before "@" is not allowed`,
		"a@example.com ":                         `character ' ' in the domain is not allowed (international domains: use the xn-- form)`,
		`"a b"@example.com`:                      `character '"' before "@" is not allowed`,
		`"a"@example.com`:                        `character '"' before "@" is not allowed`,
		"a(x)@example.com":                       `character '(' before "@" is not allowed`,
		"@a.example,@b.example:c@example.com":    `nothing before "@"`,
		"a@[192.0.2.1]":                          `character '[' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@b@example.com":                        `character '@' in the domain is not allowed (international domains: use the xn-- form)`,
		"a@exa\u2028mple.com":                    `character '\u2028' in the domain is not allowed (international domains: use the xn-- form)`,
		"d\u0430na@example.com":                  `character 'Ð' before "@" is not allowed`,
		"a\u200b@example.com":                    `character 'â' before "@" is not allowed`,
		".a@example.com":                         "a dot at the start, at the end or twice in a row",
		"a.@example.com":                         "a dot at the start, at the end or twice in a row",
		"a..b@example.com":                       "a dot at the start, at the end or twice in a row",
		"a@.example.com":                         "an empty domain label",
		"a@example.com.":                         "an empty domain label",
		"a@example..com":                         "an empty domain label",
		"a@-example.com":                         "a domain label that starts or ends with a hyphen",
		"a@example-.com":                         "a domain label that starts or ends with a hyphen",
		"a@exam_ple.com":                         `character '_' in the domain is not allowed (international domains: use the xn-- form)`,
		strings.Repeat("a", 65) + "@example.com": `more than 64 bytes before "@"`,
		"a@" + strings.Repeat("b", 64) + ".com":  "a domain label of more than 63 bytes",
		"a@" + strings.Repeat("b.", 130) + "com": "longer than 254 bytes",
	} {
		_, err := mail.ParseAddress(s)
		var pe *mail.ParseError
		if !errors.As(err, &pe) {
			t.Errorf("%q: got %v", s, err)
		} else if pe.Why != why {
			t.Errorf("%q: refused because %q, want %q", s, pe.Why, why)
		}
	}
}

func TestAddressText(t *testing.T) {
	in := struct{ A, B mail.Address }{A: addr(t, "dana@example.com")}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"A":"dana@example.com","B":""}` {
		t.Fatalf("%s, %v", b, err)
	}
	out := in
	out.A = mail.Address{}
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Fatalf("%+v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"no address"}`), &out); err == nil {
		t.Fatal("no error")
	}
}

func TestRecipientsOnce(t *testing.T) {
	m := mail.Message{
		To:  []mail.Party{{Address: addr(t, "dana@example.com")}, {Address: addr(t, "lee@example.com")}},
		Cc:  []mail.Party{{Address: addr(t, "DANA@example.COM")}, {Address: addr(t, "dana+calls@example.com")}},
		Bcc: []mail.Party{{Address: addr(t, "Lee@example.com")}, {Address: addr(t, "list@example.org")}},
	}
	var got []string
	for _, a := range m.Recipients() {
		got = append(got, a.String())
	}
	want := "dana@example.com lee@example.com dana+calls@example.com list@example.org"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

// An address that is accepted stays one RCPT argument and one address for others.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"dana@example.com", "a.b+c@xn--bcher-kva.example", "a@b>\r\nRCPT TO:<c@d", `"a"@b`, "a@\u2028b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := mail.ParseAddress(s)
		if err != nil {
			if !a.IsZero() {
				t.Fatalf("%q: an error and an address", s)
			}
			return
		}
		p := a.String()
		if len(p) > 254 || !strings.EqualFold(p, s) || strings.Count(p, "@") != 1 {
			t.Fatalf("%q printed as %q", s, p)
		}
		if strings.ContainsAny(p, "\r\n\t <>()[]:;,\"\\\x00") {
			t.Fatalf("%q holds what an SMTP command could end with", p)
		}
		if b, err := mail.ParseAddress(p); err != nil || b != a || b.Key() != a.Key() {
			t.Fatalf("%q does not come back: %v", p, err)
		}
		if o, err := netmail.ParseAddress(p); err != nil || o.Address != p || o.Name != "" {
			t.Fatalf("%q is something else to another parser: %v, %v", p, o, err)
		}
	})
}

func addr(t testing.TB, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
