package mail_test

import (
	"fmt"
	"testing"
	"time"

	"headsup/mail"
)

func sample(t testing.TB) mail.Message {
	return mail.Message{
		ID:         "one@example.com",
		Token:      "t1",
		Date:       time.Unix(1, 0),
		From:       mail.Party{Name: "Sam Okafor", Address: addr(t, "sam@example.com")},
		ReplyTo:    []mail.Party{{Address: addr(t, "sam@example.net")}},
		To:         []mail.Party{{Name: "Dana Reyes", Address: addr(t, "dana@example.com")}},
		Cc:         []mail.Party{{Address: addr(t, "lee@example.com")}},
		Bcc:        []mail.Party{{Address: addr(t, "kim@example.com")}},
		Subject:    "Recap: the call",
		InReplyTo:  []mail.MessageID{"zero@example.com"},
		References: []mail.MessageID{"zero@example.com"},
		Parts: []mail.Part{
			{Type: "text/plain", Body: []byte("one\ntwo\n")},
			{Type: "application/pdf", Disposition: "attachment", Filename: "a.pdf", ContentID: "c1", Body: []byte{1, 2}},
		},
	}
}

func TestContentHashSees(t *testing.T) {
	changes := map[string]func(*mail.Message){
		"from name":        func(m *mail.Message) { m.From.Name = "Sam" },
		"from address":     func(m *mail.Message) { m.From.Address = addr(t, "sam@example.org") },
		"reply-to":         func(m *mail.Message) { m.ReplyTo = nil },
		"to":               func(m *mail.Message) { m.To = append(m.To, m.Cc...) },
		"to becomes cc":    func(m *mail.Message) { m.Cc = append(m.Cc, m.To...); m.To = nil },
		"cc becomes bcc":   func(m *mail.Message) { m.Bcc = append(m.Cc, m.Bcc...); m.Cc = nil },
		"bcc":              func(m *mail.Message) { m.Bcc = nil },
		"subject":          func(m *mail.Message) { m.Subject += "!" },
		"in-reply-to":      func(m *mail.Message) { m.InReplyTo = nil },
		"references":       func(m *mail.Message) { m.References = nil },
		"importance":       func(m *mail.Message) { m.Importance = mail.ImportanceHigh },
		"text":             func(m *mail.Message) { m.Parts[0].Body = []byte("one\ntwo!\n") },
		"leading space":    func(m *mail.Message) { m.Parts[0].Body = []byte(" one\ntwo\n") },
		"blank line":       func(m *mail.Message) { m.Parts[0].Body = []byte("one\n\ntwo\n") },
		"type":             func(m *mail.Message) { m.Parts[0].Type = "text/html" },
		"part gone":        func(m *mail.Message) { m.Parts = m.Parts[:1] },
		"parts exchanged":  func(m *mail.Message) { m.Parts[0], m.Parts[1] = m.Parts[1], m.Parts[0] },
		"attachment":       func(m *mail.Message) { m.Parts[1].Body = []byte{1, 2, '\n'} },
		"file name":        func(m *mail.Message) { m.Parts[1].Filename = "b.pdf" },
		"disposition":      func(m *mail.Message) { m.Parts[1].Disposition = "inline" },
		"content id":       func(m *mail.Message) { m.Parts[1].ContentID = "c2" },
		"body across part": func(m *mail.Message) { m.Parts[1].Filename = ""; m.Parts[1].ContentID = "a.pdfc1" },
	}
	seen := map[mail.Hash]string{sample(t).ContentHash(): "nothing"}
	for name, change := range changes {
		m := sample(t)
		change(&m)
		h := m.ContentHash()
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[h] = name
	}
}

func TestContentHashDoesNotSee(t *testing.T) {
	want := sample(t).ContentHash()
	for name, change := range map[string]func(*mail.Message){
		"id":             func(m *mail.Message) { m.ID = "two@example.com" },
		"token":          func(m *mail.Message) { m.Token = "" },
		"date":           func(m *mail.Message) { m.Date = time.Time{} },
		"CRLF":           func(m *mail.Message) { m.Parts[0].Body = []byte("one\r\ntwo\r\n") },
		"end of line":    func(m *mail.Message) { m.Parts[0].Body = []byte("one \t\ntwo") },
		"final blanks":   func(m *mail.Message) { m.Parts[0].Body = []byte("one\ntwo\n\n\n") },
		"case of domain": func(m *mail.Message) { m.To[0].Address = addr(t, "dana@EXAMPLE.com") },
		"folded subject": func(m *mail.Message) { m.Subject = " Recap:\n  the call" },
	} {
		m := sample(t)
		change(&m)
		if m.ContentHash() != want {
			t.Errorf("%s changes the hash", name)
		}
	}
}

func TestHashText(t *testing.T) {
	h := sample(t).ContentHash()
	if got, err := mail.ParseHash(fmt.Sprint(h)); err != nil || got != h || got.IsZero() {
		t.Fatalf("%v, %v", got, err)
	}
	for _, s := range []string{"", "00", h.String()[1:] + "x", h.String() + "00"} {
		if _, err := mail.ParseHash(s); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
}
