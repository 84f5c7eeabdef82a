package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// backtestWorld is a home with a mailbox in which Dana writes in the morning and Sam in
// the evening, for so many weeks.
func backtestWorld(t *testing.T, weeks int, args ...string) (world, *bytes.Buffer) {
	t.Helper()
	home := t.TempDir()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	write := func(folder string, at time.Time, from, to string) {
		dir := filepath.Join(home, "Maildir", folder, "cur")
		for _, d := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(home, "Maildir", folder, d), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: <%d@example.com>\r\nSubject: x\r\n\r\nx\r\n", from, to, at.Format(time.RFC1123Z), at.Unix())
		path := filepath.Join(dir, fmt.Sprintf("%d.%s:2,S", at.Unix(), "example"))
		if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for day := range weeks * 7 {
		morning := now.AddDate(0, 0, -day-1).Add(8 * time.Hour)
		write("", morning.Add(time.Duration(day%60)*time.Minute), "dana@example.com", "sam@example.com")
		write(".Sent", morning.Add(12*time.Hour), "sam@example.com", "dana@example.com")
	}
	config := filepath.Join(home, "config.toml")
	text := "[user]\nname = \"Sam Okafor\"\naddress = \"sam@example.com\"\n\n[[manager]]\nname = \"Dana Reyes\"\naddresses = [\"dana@example.com\"]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := map[string]string{"HOME": home, "TZ": "UTC"}
	return world{args: append([]string{"--config", config, "backtest"}, args...), stdin: strings.NewReader(""), stdout: &out, stderr: &out,
		getenv: func(k string) string { return env[k] }, now: func() time.Time { return now }}, &out
}

func TestBacktestOfAMailbox(t *testing.T) {
	w, out := backtestWorld(t, 20)
	if err := run(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Dana Reyes: 140 of their mails seen", "95 % interval", "at a price of 1.5 points an hour"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestBacktestOfAThinMailbox(t *testing.T) {
	w, out := backtestWorld(t, 2, "--json")
	if err := run(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Managers []struct{ Manager, Thin, Verdict string }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if m := got.Managers[0]; m.Manager != "Dana Reyes" || !strings.Contains(m.Verdict, "I do not know enough yet: 14 mails of theirs were seen, 20 are needed") {
		t.Errorf("%+v", m)
	}
}

func TestBacktestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"--horizon", "0"}, "--horizon 0: want 1 to 168 hours", exitUsage},
		{[]string{"--refit"}, "need --set FOLDER", exitUsage},
		{[]string{"--set", "/nowhere"}, "/nowhere/set.json", 0},
	} {
		w, _ := backtestWorld(t, 0, c.args...)
		err := run(context.Background(), w)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
		var ce *cliError
		if errors.As(err, &ce) != (c.code != 0) || ce != nil && ce.code != c.code {
			t.Errorf("%v: %v has not exit code %d", c.args, err, c.code)
		}
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	p := &progress{w: &out, now: func() time.Time { return now }}
	for range 25 {
		fmt.Fprintln(p, "at", now.Second())
		now = now.Add(time.Second)
	}
	p.end()
	if got := out.String(); got != "at 10\nat 20\n" {
		t.Errorf("in a pipe: %q", got)
	}
	out.Reset()
	p = &progress{w: &out, now: p.now, live: true}
	fmt.Fprintln(p, "one")
	p.end()
	if got := out.String(); got != "\rone\x1b[K\r\x1b[K" {
		t.Errorf("on a terminal: %q", got)
	}
}
