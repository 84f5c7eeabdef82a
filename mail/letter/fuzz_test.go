package letter_test

import (
	"bytes"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headsup/mail/letter"
)

// seeds adds the messages of the tests and of testdata, and fails if there are none.
func seeds(f *testing.F) {
	n := 0
	for _, d := range drafts {
		f.Add([]byte(d))
		n++
	}
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seed files: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	if n < 10 {
		f.Fatal("too few seeds")
	}
}

func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := letter.Read(raw)
		if err != nil {
			return
		}
		if len(m.Parts) > letter.MaxParts || len(m.Parts) == 0 {
			t.Fatalf("%d parts", len(m.Parts))
		}
		for _, v := range []string{m.Subject, m.From.Name, m.Token} {
			if v != letter.Clean(v) {
				t.Fatalf("%q is not clean", v)
			}
		}
		if lf, err := letter.Read(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))); err == nil && lf.ContentHash() != m.ContentHash() && !bytes.Contains(raw, []byte("\r\r")) {
			t.Fatal("the hash depends on the line ends")
		}
	})
}

func FuzzReadHeader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := letter.ReadHeader(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if m, err := letter.Read(raw); err == nil && (h.Subject != m.Subject || h.ID != m.ID || h.From != m.From || !h.Date.Equal(m.Date)) {
			t.Fatalf("Read and ReadHeader differ: %+v, %+v", h, m)
		}
	})
}

func FuzzParseParties(f *testing.F) {
	for _, s := range []string{"Dana <dana@example.com>, sam@example.com", `"a\"b" <c@d>`, "g: a@b, c@d;", "(x) a@b (y)", "=?utf-8?q?a?= <b@c>", "<a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := letter.ParseParties(s)
		if err != nil {
			if list != nil {
				t.Fatal("people beside an error")
			}
			return
		}
		for _, p := range list {
			if p.Name != letter.Clean(p.Name) || p.Address.IsZero() {
				t.Fatalf("%q: %+v", s, p)
			}
			// the address stood there: it was not put together from pieces
			if !strings.Contains(strings.ToLower(s), p.Address.Key()) {
				t.Fatalf("%q: %s does not stand there", s, p.Address)
			}
		}
		if other, err := netmail.ParseAddressList(s); err == nil && len(other) != len(list) {
			t.Fatalf("%q: %d people, another reader sees %d", s, len(list), len(other))
		}
	})
}

func FuzzWire(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		wire, err := letter.Wire(raw, wireOptions)
		if err != nil {
			return
		}
		checkWire(t, raw, wire)
		again, err := letter.Wire(wire, wireOptions)
		if err != nil || !bytes.Equal(again, wire) {
			t.Fatalf("writing twice differs: %v\n%s\n%s", err, wire, again)
		}
	})
}
