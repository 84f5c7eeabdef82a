package letter_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"headsup/mail"
	"headsup/mail/letter"
)

func show(list []mail.Party) string {
	var out []string
	for _, p := range list {
		out = append(out, fmt.Sprintf("%s|%s", p.Name, p.Address))
	}
	return strings.Join(out, " ; ")
}

func TestParseParties(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		" , ,":                             "",
		"dana@example.com":                 "|dana@example.com",
		"<dana@example.com>":               "|dana@example.com",
		"Dana Reyes <dana@example.com>":    "Dana Reyes|dana@example.com",
		"Dana Reyes<dana@example.com>":     "Dana Reyes|dana@example.com",
		`"Reyes, Dana" <dana@EXAMPLE.com>`: "Reyes, Dana|dana@example.com",
		`"Dana \"D\" Reyes" <d@example.com>, sam@example.com`:          `Dana "D" Reyes|d@example.com ; |sam@example.com`,
		"=?utf-8?q?J=C3=B6rg?= <j@example.com>":                        "Jörg|j@example.com",
		"=?utf-8?q?J=C3=B6?= =?utf-8?q?rg?= <j@example.com>":           "Jörg|j@example.com",
		"=?iso-8859-1?q?J=F6rg?= <j@example.com>":                      "Jörg|j@example.com",
		"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= <j@example.com>":           "日本|j@example.com",
		"=?no-such-charset?q?x?= =?utf-8?q?=C3=B6?= <j@example.com>":   "=?no-such-charset?q?x?= ö|j@example.com",
		"Jörg <j@example.com>":                                         "Jörg|j@example.com",
		"dana@example.com (Dana Reyes)":                                "Dana Reyes|dana@example.com",
		"Dana (the (real) one) <dana@example.com> (home)":              "Dana|dana@example.com",
		"undisclosed-recipients:;":                                     "",
		"team: dana@example.com, Sam <sam@example.com>; k@example.com": "|dana@example.com ; Sam|sam@example.com ; |k@example.com",
		"J. R. Ewing <j@example.com>":                                  "J. R. Ewing|j@example.com",
		// a name that is an address misleads (fault I-5)
		`"boss@example.com" <evil@example.net>`:                 "|evil@example.net",
		`"Boss (boss@example.com)" <evil@example.net>`:          "|evil@example.net",
		`=?utf-8?q?boss=40example=2Ecom?= <evil@example.net>`:   "|evil@example.net",
		`boss＠example.com <evil@example.net>`:                   "|evil@example.net",
		`"Dana @ Acme" <dana@example.com>`:                      "Dana @ Acme|dana@example.com",
		`=?utf-8?q?Dana=0D=0ABcc=3A_x?= <dana@example.com>`:     "Dana Bcc: x|dana@example.com",
		"=?utf-8?q?Da=E2=80=AEna?= <dana@example.com>":          "Dana|dana@example.com",
		"\"=?utf-8?q?J=C3=B6rg?=\" <j@example.com>":             "Jörg|j@example.com",
		"\tDana\tReyes\t<dana@example.com>\t,\tsam@example.com": "Dana Reyes|dana@example.com ; |sam@example.com",
	} {
		got, err := letter.ParseParties(in)
		if err != nil || show(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", in, show(got), err, want)
		}
	}
}

func TestParsePartiesRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"dana":                                    `address "dana": no "@"`,
		"Dana Reyes":                              `"Dana Reyes" is a name without an address`,
		"Dana dana@example.com":                   `"Dana dana@example.com" is a name without an address`,
		`"dana reyes"@example.com`:                `"dana reyes @example.com" is a name without an address`,
		`"dana@example.com"`:                      `"dana@example.com" is quoted and no address`,
		"<dana@example.com":                       `"<" without ">"`,
		"dana@example.com>":                       `an unexpected ">"`,
		"<dana@example.com>>":                     "something after <dana@example.com>",
		"<dana@example.com> x":                    "something after <dana@example.com>",
		"<dana@example.com> <sam@example.com>":    "something after <dana@example.com>",
		"Dana <dana(x)@example.com>":              `address "dana(x)@example.com": character '(' before "@" is not allowed`,
		"<@a.example,@b.example:c@example.com>":   `address "@a.example,@b.example:c@example.com": nothing before "@"`,
		"dana@[192.0.2.1]":                        `address "dana@[192.0.2.1]": character '[' in the domain is not allowed (international domains: use the xn-- form)`,
		"dana@exa\u2028mple.com":                  `address "dana@exa\u2028mple.com": character '\u2028' in the domain is not allowed (international domains: use the xn-- form)`,
		"<da na@example.com>":                     `address "da na@example.com": character ' ' before "@" is not allowed`,
		"<dana@example.com,sam@example.com>":      `address "dana@example.com,sam@example.com": character ',' in the domain is not allowed (international domains: use the xn-- form)`,
		"dana@example.com; sam@example.com":       `an unexpected ";"`,
		"mailto:dana@example.com":                 `a group without ";" at its end`,
		"a: b: dana@example.com;":                 `an unexpected ":"`,
		`"Dana <dana@example.com>`:                "a quote that does not end",
		"(Dana dana@example.com":                  "a comment that does not end",
		"dana@example.com\r\nBcc: x@example.net":  `control character '\r'`,
		"dana@example.com\x00":                    `control character '\x00'`,
		strings.Repeat("a@b,", 2001):              "more than 2000 people",
		"mailto:dana@example.com?bcc=x@y.example": `address "dana@example.com?bcc=x@y.example": character '?' in the domain is not allowed (international domains: use the xn-- form)`,
	} {
		got, err := letter.ParseParties(in)
		if err == nil || err.Error() != "read address list: "+want || got != nil {
			t.Errorf("%.60s\n got %s, %v\nwant %s", in, show(got), err, want)
		}
	}
	var pe *mail.ParseError
	if _, err := letter.ParseParties("x@@y"); !errors.As(err, &pe) {
		t.Errorf("the cause is lost: %v", err)
	}
}
