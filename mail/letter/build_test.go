package letter_test

import (
	"bytes"
	netmail "net/mail"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/emersion/go-message"
	"pgregory.net/rapid"

	"headsup/mail"
	"headsup/mail/letter"
)

func TestBuild(t *testing.T) {
	m := sample(t)
	raw := build(t, m)
	golden(t, "build.eml", raw)
	if !bytes.Equal(raw, build(t, m)) {
		t.Error("the same message gives other bytes")
	}
	if err := letter.CheckStrict(raw); err != nil {
		t.Error(err)
	}
	for i, l := range strings.Split(string(raw), "\r\n") {
		if len(l) > 78 {
			t.Errorf("line %d is %d long: %s", i+1, len(l), l)
		}
	}
	got, err := letter.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Date.Equal(m.Date) {
		t.Errorf("date %v", got.Date)
	}
	got.Date = m.Date
	if !reflect.DeepEqual(got, m) {
		t.Errorf("read back:\n%+v\nwant:\n%+v", got, m)
	}
}

// Two other readers must see the same people and subject.
func TestBuildForOthers(t *testing.T) {
	m := sample(t)
	nm, err := netmail.ReadMessage(bytes.NewReader(build(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	cc, err := nm.Header.AddressList("Cc")
	if err != nil || len(cc) != 2 || cc[0].Name != "Müller, Jörg" || cc[0].Address != "joerg@example.net" || cc[1].Address != "team@example.org" {
		t.Errorf("net/mail reads Cc as %v, %v", cc, err)
	}
	if d, err := nm.Header.Date(); err != nil || !d.Equal(m.Date) {
		t.Errorf("net/mail reads %v, %v", d, err)
	}
	e, err := message.Read(bytes.NewReader(build(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := e.Header.Text("Subject"); err != nil || s != m.Subject {
		t.Errorf("go-message reads %q, %v", s, err)
	}
	var kinds []string
	e.Walk(func(path []int, e *message.Entity, err error) error {
		kind, _, _ := e.Header.ContentType()
		kinds = append(kinds, kind)
		return err
	})
	if got := strings.Join(kinds, " "); got != "multipart/mixed multipart/alternative text/plain text/html application/pdf" {
		t.Errorf("structure %s", got)
	}
}

func TestBuildRefuses(t *testing.T) {
	for want, change := range map[string]func(*mail.Message){
		"build letter: nobody in From":                                                     func(m *mail.Message) { m.From = mail.Party{} },
		"build letter: part 1: text is not UTF-8":                                          func(m *mail.Message) { m.Parts[0].Body = []byte{0xff} },
		"build letter: part 2: multipart/mixed is no leaf":                                 func(m *mail.Message) { m.Parts[1].Type = "multipart/mixed" },
		`build letter: part 2: media type "text html" is not one`:                          func(m *mail.Message) { m.Parts[1].Type = "text html" },
		"build letter: part 3: a file name of 256 bytes, at most 255 are possible":         func(m *mail.Message) { m.Parts[2].Filename = strings.Repeat("x", 256) },
		`build letter: part 3: disposition "x\r\nBcc: a@b" is not one`:                     func(m *mail.Message) { m.Parts[2].Disposition = "x\r\nBcc: a@b" },
		"build letter: part 3: message/rfc822 holds lines that are too long or not ASCII":  func(m *mail.Message) { m.Parts[2].Type = "message/rfc822" },
		`build letter: part 3: content id: message id "a b": character ' ' is not allowed`: func(m *mail.Message) { m.Parts[2].ContentID = "a b" },
		"build letter: 201 parts: message is past a limit":                                 func(m *mail.Message) { m.Parts = make([]mail.Part, 201) },
	} {
		m := sample(t)
		change(&m)
		if _, err := letter.Build(m); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Nothing in a value can become a field of its own, neither on the wire nor after
// decoding (faults I-1 and I-2).
func TestBuildInjection(t *testing.T) {
	nasty := []string{
		"x\r\nBcc: evil@example.net", "x\nBcc: evil@example.net", "x\rBcc: evil@example.net", "x\r\n\r\nbody", "x\u2028Bcc: evil@example.net",
		"x\u0085Bcc: evil@example.net", "x\x00y", "x\x1b[31m", "\u202egpj.exe", "a\u200bb", "=?utf-8?q?x=0D=0ABcc:_evil@example.net?=", `"; filename="evil`,
		strings.Repeat("ä", 3000), strings.Repeat("x", 5000), "{{.}} %s %d", "=?", "?=", `back\slash "quote"`, "boss@example.com", "\"boss@example.com\" <evil@example.net>",
	}
	for _, s := range nasty {
		m := sample(t)
		m.Subject, m.From.Name, m.To[0].Name, m.Token = s, s, s, s
		if len(s) <= 200 {
			m.Parts[2].Filename = s
		}
		raw := build(t, m)
		if err := letter.CheckStrict(raw); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		nm, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if n := len(nm.Header); n != 13 {
			t.Errorf("%q: %d fields: %v", s, n, nm.Header)
		}
		if got := nm.Header["Bcc"]; len(got) != 1 || got[0] != "Kim <kim@example.com>" {
			t.Errorf("%q: Bcc %q", s, got)
		}
		got, err := letter.Read(raw)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if got.Subject != letter.Clean(s) {
			t.Errorf("%q: subject read as %q", s, got.Subject)
		}
		for _, v := range []string{got.Subject, got.From.Name, got.To[0].Name, got.Parts[2].Filename} {
			if strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' }) {
				t.Errorf("%q: read as %q", s, v)
			}
		}
		if got.To[0].Address != m.To[0].Address || len(got.To) != 1 {
			t.Errorf("%q: to %v", s, got.To)
		}
	}
}

// Any subject, name and text comes back as it was, cleaned (fault I-12).
func TestBuildReadProperty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := sample(t)
		m.Subject = letter.Clean(rapid.String().Draw(r, "subject"))
		name := letter.Clean(rapid.String().Draw(r, "name"))
		m.To = []mail.Party{{Name: name, Address: m.To[0].Address}}
		m.Parts[0].Body = []byte(strings.ReplaceAll(rapid.String().Draw(r, "text"), "\r", ""))
		m.Parts[2].Body = rapid.SliceOf(rapid.Byte()).Draw(r, "attachment")
		m.Importance = rapid.SampledFrom([]mail.Importance{"", "high", "low"}).Draw(r, "importance")
		raw, err := letter.Build(m)
		if err != nil {
			r.Fatal(err)
		}
		got, err := letter.Read(raw)
		if err != nil {
			r.Fatal(err)
		}
		if got.Subject != m.Subject || got.ContentHash() != m.ContentHash() && got.To[0].Name == name {
			r.Fatalf("read back %+v, want %+v", got, m)
		}
		if got.To[0].Name != name && got.To[0].Name != "" {
			r.Fatalf("name %q, want %q", got.To[0].Name, name)
		}
		wire, err := letter.Wire(raw, letter.WireOptions{Date: time.Unix(1e9, 0).UTC(), ID: "w@example.com"})
		if err != nil {
			r.Fatal(err)
		}
		if bytes.Contains(wire, []byte("kim@")) || bytes.Contains(wire, []byte("tok-1")) {
			r.Fatalf("Bcc or token on the wire:\n%s", wire)
		}
	})
}
