package letter_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

var update = flag.Bool("update", false, "write the golden files anew")

func addr(t testing.TB, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func party(t testing.TB, name, address string) mail.Party {
	return mail.Party{Name: name, Address: addr(t, address)}
}

func sample(t testing.TB) mail.Message {
	return mail.Message{
		ID:         "one.headsup@example.com",
		Token:      "tok-1",
		Date:       time.Date(2026, 11, 24, 10, 35, 0, 0, time.FixedZone("", 3600)),
		From:       party(t, "Sam Okafor", "sam@example.com"),
		To:         []mail.Party{party(t, "Dana Reyes", "dana@example.com")},
		Cc:         []mail.Party{party(t, "Müller, Jörg", "joerg@example.net"), party(t, "", "team@example.org")},
		Bcc:        []mail.Party{party(t, "Kim", "kim@example.com")},
		Subject:    "Recap: supplier call, Tue 24 Nov – two decisions, one thing at risk before Friday",
		InReplyTo:  []mail.MessageID{"zero@example.com"},
		References: []mail.MessageID{"root@example.com", "zero@example.com"},
		Importance: mail.ImportanceHigh,
		Parts: []mail.Part{
			{Type: "text/plain", Body: []byte("Hi Dana,\n\nDécidé: the tooling is ordered.\n.\nFrom here on it is Lee's.\n")},
			{Type: "text/html", Body: []byte("<p>Hi Dana,</p>\n")},
			{Type: "application/pdf", Disposition: "attachment", Filename: "offer – März.pdf", Body: []byte("%PDF\x00\xff")},
		},
	}
}

func build(t testing.TB, m mail.Message) []byte {
	t.Helper()
	raw, err := letter.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, got)
	}
}
