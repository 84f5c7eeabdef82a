package mail_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"headsup/mail"
)

func TestNewMessageID(t *testing.T) {
	id, err := mail.NewMessageID(bytes.NewReader(make([]byte, 20)), "example.com")
	if err != nil || id != mail.MessageID(strings.Repeat("a", 32)+".headsup@example.com") {
		t.Fatalf("%q, %v", id, err)
	}
	if id.Field() != "<"+string(id)+">" {
		t.Errorf("field %q", id.Field())
	}
	if _, err := mail.NewMessageID(bytes.NewReader(make([]byte, 19)), "example.com"); err == nil {
		t.Error("made an id from too little randomness")
	}
	if _, err := mail.NewMessageID(bytes.NewReader(make([]byte, 20)), "exa mple"); err == nil {
		t.Error("took a domain with a space")
	}
}

func TestParseMessageID(t *testing.T) {
	for in, want := range map[string]mail.MessageID{
		"<a@example.com>":             "a@example.com",
		" <a@example.com> ":           "a@example.com",
		"a@example.com":               "a@example.com",
		"<CAF+x=y_z@mail.example>":    "CAF+x=y_z@mail.example",
		"<no-at-sign>":                "no-at-sign",
		"<a@[192.0.2.1]>":             "a@[192.0.2.1]",
		"":                            "",
		"<>":                          "",
		"<a b@example.com>":           "",
		"<a@example.com\r\nBcc: x@y>": "",
		"<a@example.com> <b@c>":       "",
		"<é@example.com>":             "",
		strings.Repeat("x", 901):      "",
	} {
		got, err := mail.ParseMessageID(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
		var pe *mail.ParseError
		if err != nil && !errors.As(err, &pe) {
			t.Errorf("%q: untyped error %v", in, err)
		}
	}
}

func FuzzParseMessageID(f *testing.F) {
	for _, s := range []string{"<a@example.com>", "a\r\nb", "<<x>>", " <x> "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := mail.ParseMessageID(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(string(id), " \t\r\n<>\x00") || len(id.Field()) > 998 {
			t.Fatalf("%q accepted as %q", s, id)
		}
		if again, err := mail.ParseMessageID(id.Field()); err != nil || again != id {
			t.Fatalf("%q does not come back: %q, %v", id, again, err)
		}
	})
}
