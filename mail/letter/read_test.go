package letter_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

func TestReadCharsets(t *testing.T) {
	for name, c := range map[string]struct{ header, body, want string }{
		"utf-8 qp":      {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n", "=C3=BC=\n x=0Ay\n", "ü x\ny\n"},
		"latin1":        {"Content-Type: text/plain; charset=ISO-8859-1\n", "\xfc\n", "ü\n"},
		"1252":          {"Content-Type: text/plain; charset=windows-1252\n", "\x93x\x94\n", "“x”\n"},
		"koi8-r base64": {"Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: BASE64\n", "8NLJ18XU\n", "Привет"},
		"iso-2022-jp":   {"Content-Type: text/plain; charset=iso-2022-jp\n", "\x1b$BF|K\\\x1b(B\n", "日本\n"},
		"gb2312":        {"Content-Type: text/plain; charset=gb2312\n", "\xc4\xe3\n", "你\n"},
		"utf-16":        {"Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n", "aABpAA==\n", "hi"},
		"none, utf-8":   {"", "ü\n", "ü\n"},
		"none, latin1":  {"", "\xfc\n", "ü\n"},
		"unknown":       {"Content-Type: text/plain; charset=x-none-such\n", "a\xfcb\n", "a\ufffdb\n"},
		"broken qp":     {"Content-Transfer-Encoding: quoted-printable\n", "a=ZZb\n", "a=ZZb\n"},
		"broken base64": {"Content-Transfer-Encoding: base64\n", "!!!!\n", "!!!!\n"},
		"uuencode":      {"Content-Transfer-Encoding: x-uuencode\n", "begin 644 x\n", "begin 644 x\n"},
		"odd type":      {"Content-Type: text/plain; charset = \"utf-8\n", "ü\n", "ü\n"},
		"no type":       {"Content-Type: nonsense\n", "x\n", "x\n"},
		"comment":       {"Content-Transfer-Encoding: base64 (really)\n", "aGk=\n", "hi"},
	} {
		m, err := letter.Read([]byte("From: a@example.com\n" + c.header + "\n" + c.body))
		if err != nil || len(m.Parts) != 1 || string(m.Parts[0].Body) != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, m.Parts, err, c.want)
		}
	}
}

func TestReadOddities(t *testing.T) {
	m, err := letter.Read([]byte("From sam@example.com Mon Nov 23\nFrom: Sam <sam@example.com>\nsubject : spaced\nTo: bad address, Dana <dana@example.com>\n" +
		"X-Priority: 1 (Highest)\nIn-Reply-To: your mail of Monday <a@b> (Sam's)\nReferences: <x@y><z@w> junk <q\n r@s>\nMessage-ID: <m@example.com>\n" +
		"Content-Type: multipart/mixed; boundary=\"B\"\n\n--B\nContent-Type: text/plain\n\none\n--B\nContent-Type: application/x; name=\"=?utf-8?q?=C3=BC.bin?=\"\n" +
		"Content-ID: <cid@x>\nContent-Disposition: whatever\n\nraw\n--B--\nignored\n"))
	var fe *letter.FieldError
	if !errors.As(err, &fe) || fe.Field != "To" {
		t.Errorf("error %v", err)
	}
	if show(m.To) != "Dana|dana@example.com" || m.Subject != "spaced" || m.Importance != mail.ImportanceHigh || m.ID != "m@example.com" {
		t.Errorf("%+v", m)
	}
	if len(m.InReplyTo) != 1 || m.InReplyTo[0] != "a@b" || len(m.References) != 3 || m.References[2] != "qr@s" {
		t.Errorf("thread %q %q", m.InReplyTo, m.References)
	}
	want := mail.Part{Type: "application/x", Disposition: "attachment", Filename: "ü.bin", ContentID: "cid@x", Body: []byte("raw")}
	if len(m.Parts) != 2 || string(m.Parts[0].Body) != "one" || m.Parts[1].Filename != want.Filename || m.Parts[1].ContentID != want.ContentID ||
		m.Parts[1].Disposition != want.Disposition || !bytes.Equal(m.Parts[1].Body, want.Body) {
		t.Errorf("parts %q", m.Parts)
	}
}

// The limits hold, and quickly: the deep bomb alone costs other readers half a minute.
func TestReadLimits(t *testing.T) {
	deep := func(n int) string {
		var b strings.Builder
		b.WriteString("From: a@example.com\r\n")
		for i := range n {
			b.WriteString("Content-Type: multipart/mixed; boundary=b" + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + "\r\n\r\n--b" + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + "\r\n")
		}
		return b.String()
	}
	flat := "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\n", 1_000_000)
	chain := "From: a@example.com\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 10_000)
	for name, c := range map[string]struct{ raw, want string }{
		"deep":   {deep(10_000), "read message: more than 10 levels of parts: message is past a limit"},
		"deep 9": {deep(9), ""},
		"flat":   {flat, "read message: more than 200 parts: message is past a limit"},
		"chain":  {chain, ""},
		"size":   {strings.Repeat("x", letter.MaxSize+1), "read message: 26214401 bytes, at most 26214400 are read: message is past a limit"},
		"header": {"X: " + strings.Repeat("x", letter.MaxHeader), "read message: a header of 1048579 bytes: message is past a limit"},
	} {
		start := time.Now()
		m, err := letter.Read([]byte(c.raw))
		if errText(err) != c.want || c.want != "" && !errors.Is(err, letter.ErrLimit) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if len(m.Parts) > letter.MaxParts {
			t.Errorf("%s: %d parts", name, len(m.Parts))
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestReadHeader(t *testing.T) {
	const head = "From: Dana Reyes <dana@example.com>\r\nTo: Sam <sam@example.com>, broken\r\nCc: lee@example.com\r\nDate: Tue, 24 Nov 2026 10:35:00 -0500\r\n" +
		"Message-ID: <r@example.com>\r\nIn-Reply-To: <one@example.com>\r\nReferences: <root@example.com> <one@example.com>\r\n" +
		"Subject: =?utf-8?b?UmU6IFJlY2Fw?=\r\nX-Headsup-Token: t1\r\n"
	h, err := letter.ReadHeader(iotest.OneByteReader(strings.NewReader(head + "\r\nX-Autoreply: in the text\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	_, offset := h.Date.Zone()
	if h.From != party(t, "Dana Reyes", "dana@example.com") || show(h.To) != "Sam|sam@example.com" || show(h.Cc) != "|lee@example.com" || offset != -5*3600 ||
		h.ID != "r@example.com" || len(h.References) != 2 || h.InReplyTo[0] != "one@example.com" || h.Subject != "Re: Recap" || h.Token != "t1" ||
		h.Auto || h.List || h.Calendar || h.Report {
		t.Errorf("%+v", h)
	}
	for field, is := range map[string]func(mail.Header) bool{
		"Auto-Submitted: auto-replied (vacation)":            func(h mail.Header) bool { return h.Auto },
		"Auto-Submitted: no":                                 func(h mail.Header) bool { return !h.Auto },
		"Precedence: bulk":                                   func(h mail.Header) bool { return h.Auto },
		"Precedence: list":                                   func(h mail.Header) bool { return h.List && !h.Auto },
		"X-Autoreply: yes":                                   func(h mail.Header) bool { return h.Auto },
		"List-Id: <dev.example.org>":                         func(h mail.Header) bool { return h.List },
		"List-Unsubscribe: <https://example.org>":            func(h mail.Header) bool { return h.List },
		"Content-Type: text/calendar; method=REPLY":          func(h mail.Header) bool { return h.Calendar },
		"Content-Class: urn:content-classes:calendarmessage": func(h mail.Header) bool { return h.Calendar },
		"Content-Type: multipart/report; report-type=delivery-status; boundary=x": func(h mail.Header) bool { return h.Report },
		"Importance: High": func(h mail.Header) bool { return h.Importance == mail.ImportanceHigh },
		"X-Priority: 5":    func(h mail.Header) bool { return h.Importance == mail.ImportanceLow },
		"Priority: urgent": func(h mail.Header) bool { return h.Importance == mail.ImportanceHigh },
	} {
		h, err := letter.ReadHeader(strings.NewReader(head + field + "\n\n"))
		if err != nil || !is(h) {
			t.Errorf("%s: %+v, %v", field, h, err)
		}
	}
	if _, err := letter.ReadHeader(strings.NewReader("X: " + strings.Repeat("x", letter.MaxHeader))); !errors.Is(err, letter.ErrLimit) {
		t.Errorf("no limit: %v", err)
	}
	broken := errors.New("disk")
	if _, err := letter.ReadHeader(io.MultiReader(strings.NewReader("From: a@b\r\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("reader's error lost: %v", err)
	}
	for _, f := range letter.Fields() {
		if strings.ContainsAny(f, " :\r\n") {
			t.Errorf("%q is no field name", f)
		}
	}
}

// Real and broken mail of several public suites: nothing panics, the limits hold, and
// what can be sent is sent unchanged.
func TestRealMail(t *testing.T) {
	dir := os.Getenv("HEADSUP_DATA")
	if dir == "" {
		t.Skip("no real mail: HEADSUP_DATA is not set")
	}
	files, fieldErrors, limits, wired, refused, from, dated := 0, 0, 0, 0, map[string]int{}, 0, 0
	err := filepath.WalkDir(filepath.Join(dir, "mime"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		h, err := letter.ReadHeader(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("%s: %v", d.Name(), err)
		}
		if !h.From.Address.IsZero() {
			from++
		}
		if !h.Date.IsZero() {
			dated++
		}
		m, err := letter.Read(raw)
		var fe *letter.FieldError
		switch {
		case errors.As(err, &fe):
			fieldErrors++
			if testing.Verbose() {
				t.Logf("%s: %v", d.Name(), err)
			}
		case errors.Is(err, letter.ErrLimit):
			limits++
		case err != nil:
			t.Errorf("%s: %v", d.Name(), err)
		}
		if len(m.Parts) > letter.MaxParts {
			t.Errorf("%s: %d parts", d.Name(), len(m.Parts))
		}
		wire, err := letter.Wire(raw, wireOptions)
		if err != nil {
			_, why, _ := strings.Cut(err.Error(), ": ")
			if testing.Verbose() && !strings.Contains(why, ": ") {
				t.Logf("%s: %s", d.Name(), why)
			}
			refused[why]++
			return nil
		}
		wired++
		checkWire(t, raw, wire)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Fatalf("only %d files", files)
	}
	t.Logf("%d mails: %d with From, %d with Date, %d with a field that cannot be read, %d past a limit, %d written for the wire", files, from, dated, fieldErrors, limits, wired)
	for why, n := range refused {
		t.Logf("%4d not written: %s", n, why)
	}
}
