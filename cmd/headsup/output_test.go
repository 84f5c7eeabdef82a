package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
)

// TestEscape is row I-10: nothing from a mail steers the terminal.
func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain ä 日本":           "plain ä 日本",
		"\x1b[31mred\x1b[0m":   `\x1b[31mred\x1b[0m`,
		"a\r\nb\tc\x00":        `a\x0d\x0ab\x09c\x00`,
		"\u202eevil\u2066":     `\u202eevil\u2066`,
		"\u0085next\u2028line": `\u0085next\u2028line`,
		"bad \xff\xfe":         `bad \xff\xfe`,
		"zero\u200bwidth":      `zero\u200bwidth`,
	} {
		if got := escape(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a", "\x1b]0;title\a", "\u202e", "\xff", "\x9b31m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range escape(s) {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%q leaves %q", s, r)
			}
		}
	})
}

func TestAlignRows(t *testing.T) {
	rows := [][]cell{
		{{text: "id"}, {text: "state"}, {text: "subject"}},
		{{text: "7"}, {text: "drafted"}, {text: "Überraschung\n"}},
		{{text: "12"}, {text: "held"}, {text: strings.Repeat("long ", 20)}},
	}
	want := `id  state    subject
7   drafted  Überraschung\x0a
12  held     long long long long long l…
`
	if got := alignRows(rows, 40, func(_ paint, s string) string { return s }); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestReport(t *testing.T) {
	var b bytes.Buffer
	faults := config.Faults{{File: "c.toml", Line: 3, Key: "user.zone", Problem: "is wrong", Hint: "mend it"}}
	if code := report(&b, configError(faults)); code != exitConfig {
		t.Errorf("code %d", code)
	}
	report(&b, failed(errors.New("subject \x1b[2J was refused"), "look at `headsup queue`"))
	want := `headsup: one fault in the configuration
c.toml:3: user.zone: is wrong
    hint: mend it
hint: ` + "`headsup check`" + ` looks again
headsup: subject \x1b[2J was refused
hint: look at ` + "`headsup queue`\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 27, 14, 0, 0, 0, berlin) // a Friday, two days before summer time
	for in, want := range map[string]string{
		"2026-04-01T10:00:00Z":      "2026-04-01T12:00:00+02:00",
		"2026-04-01T10:00:00-05:00": "2026-04-01T17:00:00+02:00",
		"2026-04-01 10:00":          "2026-04-01T10:00:00+02:00",
		"2026-04-01":                "2026-04-01T00:00:00+02:00",
		"2026-03-29 02:30":          "2026-03-29T03:00:00+02:00", // does not exist: the first moment after the gap
		"17:00":                     "2026-03-27T17:00:00+01:00",
		"13:00":                     "2026-03-28T13:00:00+01:00", // over for today
		"Fri 17:00":                 "2026-03-27T17:00:00+01:00",
		"mon 9:00":                  "2026-03-30T09:00:00+02:00",
		"tomorrow 9:00":             "2026-03-28T09:00:00+01:00",
		"2h":                        "2026-03-27T16:00:00+01:00",
		"in 2h":                     "2026-03-27T16:00:00+01:00",
		" 3d ":                      "2026-03-30T15:00:00+02:00",
	} {
		got, err := parseTime(&cobra.Command{}, in, now, berlin)
		if err != nil || got.In(berlin).Format(time.RFC3339) != want {
			t.Errorf("%q: got %s, %v, want %s", in, got.In(berlin).Format(time.RFC3339), err, want)
		}
	}
	for _, in := range []string{"", "soon", "25:00", "due-1d", "2026-13-01", "next week", "17"} {
		if got, err := parseTime(&cobra.Command{}, in, now, berlin); err == nil {
			t.Errorf("%q: got %s", in, got)
		}
	}
}

func TestSplitSubject(t *testing.T) {
	for _, c := range []struct{ flag, text, subject, body string }{
		{"", "Subject: Supplier\n\nIt is late.\n", "Supplier", "It is late.\n"},
		{"", "subject:Supplier\r\n\r\nIt is late.", "Supplier", "It is late."},
		{"Given", "Subject: Supplier\n\nIt is late.", "Given", "Subject: Supplier\n\nIt is late."},
		{"", "Hello: you\n\nText", "", "Hello: you\n\nText"},
		{"", "Subject: a\nBcc: x@example.net\n\nText", "", "Subject: a\nBcc: x@example.net\n\nText"},
		{"", "Text", "", "Text"},
	} {
		if s, b := splitSubject(c.flag, c.text); s != c.subject || b != c.body {
			t.Errorf("%q: got %q, %q", c.text, s, b)
		}
	}
}

// TestLogIsOneLine is S29: no value begins a line of its own or reaches the terminal,
// by hand and under systemd.
func TestLogIsOneLine(t *testing.T) {
	for _, invocation := range []string{"", "a1b2"} {
		var b bytes.Buffer
		log := newLogger(&b, "debug", func(key string) string {
			if key == "INVOCATION_ID" {
				return invocation
			}
			return ""
		})
		log.Debug("one", "path", "a\nlevel=ERROR msg=forged")
		log.With("id", "7\x1b[2J").Info("two", "err", errors.New("b\r\n<3>forged"))
		log.WithGroup("g").Warn("three", "key", "\u202e", "secret", config.NewSecret("hunter2"))
		log.Error("four\nfive", slog.Group("x", "y\nz", "w"))
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != 4 {
			t.Fatalf("%d lines:\n%s", len(lines), b.String())
		}
		if strings.ContainsAny(b.String(), "\r\x1b\u202e") || strings.Contains(b.String(), "hunter2") {
			t.Errorf("something got through:\n%q", b.String())
		}
		for i, prefix := range []string{"<7>", "<6>", "<4>", "<3>"} {
			if got := strings.HasPrefix(lines[i], prefix); got != (invocation != "") {
				t.Errorf("line %q, prefix %s: %t", lines[i], prefix, got)
			}
			if invocation != "" && strings.Contains(lines[i], "time=") {
				t.Errorf("journald has its own time: %q", lines[i])
			}
		}
	}
}

func TestLogLevel(t *testing.T) {
	var b bytes.Buffer
	log := newLogger(&b, "warn", func(string) string { return "" })
	log.Info("quiet")
	if log.Warn("loud"); strings.Contains(b.String(), "quiet") || !strings.Contains(b.String(), "loud") {
		t.Errorf("got %s", b.String())
	}
}
