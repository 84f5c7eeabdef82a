package letter_test

import (
	"bytes"
	"errors"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"headsup/mail/letter"
)

var wireOptions = letter.WireOptions{Date: time.Date(2026, 11, 24, 10, 35, 0, 0, time.FixedZone("", 3600)), ID: "wire.headsup@example.com"}

// drafts are messages as the programs of people leave them in a folder.
var drafts = map[string]string{
	"lf": "From: sam@example.com\nTo: dana@example.com\nSubject: x\n\nline\n.\nFrom me\n",
	"thunderbird": "X-Mozilla-Status: 0001\r\nX-Mozilla-Draft-Info: internal/draft\r\nX-Identity-Key: id1\r\nFCC: imap://sam@mail.example.com/Sent\r\n" +
		"Message-ID: <draft@example.com>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\nUser-Agent: Mail\r\nContent-Language: en\r\n" +
		"To: Dana Reyes <dana@example.com>\r\nBcc: kim@example.com,\r\n lee@example.com\r\nFrom: Sam Okafor <sam@example.com>\r\nSubject: x\r\n" +
		"Content-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\nX-Headsup-Token: t\r\n\r\nGrüße \r\nund so weiter\r\n",
	"long line":      "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\n\r\n" + strings.Repeat("0123456789", 1000) + "\r\n",
	"latin1":         "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n",
	"undeclared":     "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: Grüße\r\n\r\nGrüße, und auch hier\r\n",
	"undeclared1252": "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\n\r\nGr\xfc\xdfe \x93x\x94\r\n",
	"nul":            "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\n\r\na\x00b\r\n",
	"bare cr":        "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\n\r\na\rb\n.\n\r.\r\nc\r\n",
	"smuggle":        "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\n\r\na\n.\nMAIL FROM:<x@example.net>\n\r\n.\rMAIL\r\n",
	"smuggle header": "From: sam@example.com\r\nTo: dana@example.com\rBcc: x@example.net\r\nSubject: x\r\n\r\na\r\n",
	"only bcc":       "From: sam@example.com\r\nBcc: dana@example.com\r\nSubject: x\r\n\r\na\r\n",
	"folded": "From: sam@example.com\r\nTo: \"Reyes,\r\n Dana\" <dana@example.com>\r\nTo: lee@example.com\r\nSubject: a\r\n very\r\n\tfolded =?utf-8?q?subj?=\r\n =?utf-8?q?ect?=\r\n" +
		"References: <a@example.com>\r\n <b@example.com>\r\n\r\na\r\n",
	"mixed": "From: sam@example.com\r\nTo: dana@example.com\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\npreamble\r\n--b1\r\n" +
		"Content-Type: multipart/alternative; boundary=\"b 2\"\r\n\r\n--b 2\r\n\r\nplain\r\n--b 2  \r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>ü</p>" + strings.Repeat("x", 2000) + "\r\n--b 2--\r\nepilogue\r\n" +
		"--b1\r\nContent-Type: image/png; name=\"bild-ü.png\"\r\nContent-Disposition: attachment; filename=\"bild-ü.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("AAAA", 400) + "\r\n--b1--\r\n",
	"no end":      "From: sam@example.com\r\nTo: dana@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo",
	"signed":      "From: sam@example.com\r\nTo: dana@example.com\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\r\n\r\n--b\r\nX-Odd:   spaced \r\n\r\n8bit ü  \r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--b--\r\n",
	"no sentence": "From: sam@example.com\r\nTo: dana@example.com",
}

func TestWire(t *testing.T) {
	for name, draft := range drafts {
		t.Run(name, func(t *testing.T) {
			wire, err := letter.Wire([]byte(draft), wireOptions)
			if err != nil {
				t.Fatal(err)
			}
			checkWire(t, []byte(draft), wire)
			if name != "signed" && bytes.ContainsFunc(wire, func(r rune) bool { return r >= 0x80 }) {
				t.Errorf("not ASCII:\n%s", wire)
			}
		})
	}
}

// checkWire holds what is true of all wire bytes.
func checkWire(t *testing.T, approved, wire []byte) {
	t.Helper()
	if err := letter.CheckStrict(wire); err != nil {
		t.Fatal(err)
	}
	want, _ := letter.Read(approved)
	got, err := letter.Read(wire)
	if err != nil {
		t.Fatalf("%v:\n%s", err, wire)
	}
	if len(got.Bcc) > 0 || got.Token != "" {
		t.Fatalf("Bcc %v or token %q left in\n%s", got.Bcc, got.Token, wire)
	}
	want.Bcc = nil
	if got.ContentHash() != want.ContentHash() {
		t.Fatalf("content changed:\n%+v\nwant\n%+v", got, want)
	}
	if got.ID != wireOptions.ID || !got.Date.Equal(wireOptions.Date) {
		t.Fatalf("id %q, date %v", got.ID, got.Date)
	}
	nm, err := netmail.ReadMessage(bytes.NewReader(wire))
	if err != nil {
		t.Fatalf("%v:\n%s", err, wire)
	}
	for field, values := range nm.Header {
		switch field {
		case "Date", "From", "To", "Subject", "Message-Id", "Mime-Version":
			if len(values) != 1 {
				t.Fatalf("%s %d times:\n%s", field, len(values), wire)
			}
		}
		low := strings.ToLower(field)
		if low == "bcc" || low == "fcc" || strings.HasPrefix(low, "x-mozilla-") || strings.HasPrefix(low, "x-headsup") {
			t.Fatalf("%s left in:\n%s", field, wire)
		}
	}
}

func TestWireKeeps(t *testing.T) {
	wire, err := letter.Wire([]byte(drafts["thunderbird"]), wireOptions)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "wire.eml", wire)
	wire, err = letter.Wire([]byte(drafts["signed"]), wireOptions)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(wire, []byte("--b\r\nX-Odd:   spaced \r\n\r\n8bit ü  \r\n--b\r\n")) {
		t.Errorf("signed bytes changed:\n%s", wire)
	}
}

func TestWireRefuses(t *testing.T) {
	head := "From: sam@example.com\r\nTo: dana@example.com\r\n"
	for draft, want := range map[string]string{
		"To: dana@example.com\r\n\r\nx":                                                                                     "make wire bytes: nobody in From",
		"From: sam@example.com\r\nTo: dana@exa mple.com\r\n\r\nx":                                                           `make wire bytes: To: "dana@exa mple.com" is a name without an address`,
		"From: sam@example.com\r\nTo: d@example.com\r\nBcc: \"a b\"@c\r\n\r\n":                                              `make wire bytes: Bcc: "a b @c" is a name without an address`,
		"From: sam@example.com, lee@example.com\r\n\r\nx":                                                                   "make wire bytes: From: 2 people, one is understood",
		head + "Content-Type: message/rfc822\r\n\r\n" + strings.Repeat("x", 999):                                            "make wire bytes: an attached message (message/rfc822) has lines of more than 998 bytes: attach it as a file",
		head + "Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n":                            "make wire bytes: an attachment is in binary form, which mail cannot carry: attach it again",
		head + "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n" + strings.Repeat("x", 999) + "\r\n--b--\r\n": "make wire bytes: line 11 has 999 bytes, at most 998 are allowed",
		head + "Content-Type: multipart/mixed; boundary=\"b\x01\"\r\n\r\n--b\x01\r\n\r\nx\r\n":                              "make wire bytes: a delimiter between parts cannot be sent",
	} {
		if _, err := letter.Wire([]byte(draft), wireOptions); err == nil || err.Error() != want {
			t.Errorf("%.100q:\n got %v\nwant %s", draft, err, want)
		}
	}
	if _, err := letter.Wire([]byte(head+"\r\nx"), letter.WireOptions{}); err == nil {
		t.Error("no date and no id were accepted")
	}
	var fe *letter.FieldError
	if _, err := letter.Wire([]byte("From: a\r\n\r\n"), wireOptions); !errors.As(err, &fe) || fe.Field != "From" {
		t.Errorf("the field is lost: %v", err)
	}
}

func TestCheckStrict(t *testing.T) {
	for wire, want := range map[string]string{
		"a: b\r\n\r\nc\r\n": "",
		"a: b\r\n\r\n" + strings.Repeat("x", 998) + "\r\n": "",
		"a: b\r\n\r\n" + strings.Repeat("x", 999) + "\r\n": "line 3 has 999 bytes, at most 998 are allowed",
		"a: b\r\n\r\nc":         "no line end at the end",
		"a: b\r\n\r\nc\n":       "no line end at the end",
		"a: b\r\n\r\nc\n.\r\n":  "line 3 ends in a bare LF",
		"a: b\r\n\r\nc\r.\r\n":  "line 3 holds a bare CR",
		"a: b\r\n\r\nc\r\r\n":   "line 3 holds a bare CR",
		"a: b\r\n\r\nc\x00\r\n": "line 3 holds a NUL",
		"a: \xff\r\n\r\nc\r\n":  "a header field is not UTF-8",
		"":                      "no line end at the end",
	} {
		err := letter.CheckStrict([]byte(wire))
		if got := errText(err); got != want {
			t.Errorf("%.40q: got %q, want %q", wire, got, want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
