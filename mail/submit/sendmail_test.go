package submit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/submit"
)

// program is a sendmail that notes what it got and ends in the given way.
func program(t *testing.T, end string) (s *submit.Sendmail, dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "sendmail")
	script := "#!/bin/sh\ncd '" + dir + "' || exit 1\nfor a in \"$@\"; do printf '%s\\n' \"$a\" >>args; done\ncat >input\necho 'said: \033[31mred' >&2\n" + end + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return &submit.Sendmail{Command: []string{path, "-oi"}, Dir: dir, Boot: boot()}, dir
}

func TestSendmailArguments(t *testing.T) {
	s, dir := program(t, "exit 0")
	e := envelope(t, "-t@example.com", "kim@example.com")
	e.From = address(t, "-odd@example.com")
	r := s.Submit(t.Context(), e, wire, (&gate{}).pass)
	if r.Outcome != mail.Accepted || r.Reply != "said:  [31mred" {
		t.Fatalf("got %+v", r)
	}
	args, _ := os.ReadFile(filepath.Join(dir, "args"))
	if want := "-oi\n-i\n-f\n-odd@example.com\n--\n-t@example.com\nkim@example.com\n"; string(args) != want {
		t.Errorf("arguments %q, want %q", args, want)
	}
	input, _ := os.ReadFile(filepath.Join(dir, "input"))
	if want := bytes.ReplaceAll(wire, []byte("\r\n"), []byte("\n")); !bytes.Equal(input, want) {
		t.Errorf("input %q, want %q", input, want)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "submit-*"))
	if len(left) != 0 {
		t.Errorf("files left behind: %v", left)
	}
}

// What an exit status says for certain, and what not.
func TestSendmailExits(t *testing.T) {
	rows := []struct {
		end        string
		recipients int
		outcome    mail.Outcome
		permanent  bool
		account    bool
		code       int
	}{
		{"exit 0", 3, mail.Accepted, false, false, 0},
		{"exit 64", 3, mail.NotSent, false, true, 64},
		{"exit 77", 3, mail.NotSent, false, true, 77},
		{"exit 78", 3, mail.NotSent, false, true, 78},
		{"exit 65", 1, mail.NotSent, true, false, 65},
		{"exit 67", 1, mail.NotSent, true, false, 67},
		{"exit 65", 2, mail.Uncertain, false, false, 65},
		{"exit 67", 2, mail.Uncertain, false, false, 67},
		{"exit 68", 1, mail.Uncertain, false, false, 68},
		{"exit 69", 1, mail.Uncertain, false, false, 69},
		{"exit 70", 1, mail.Uncertain, false, false, 70},
		{"exit 74", 1, mail.Uncertain, false, false, 74},
		{"exit 75", 1, mail.Uncertain, false, false, 75},
		{"exit 1", 1, mail.Uncertain, false, false, 1},
		{"kill -9 $$", 1, mail.Uncertain, false, false, 0},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%s for %d", row.end, row.recipients), func(t *testing.T) {
			s, _ := program(t, row.end)
			e := envelope(t, []string{"dana@example.com", "kim@example.com", "lee@example.com"}[:row.recipients]...)
			g := &gate{}
			r := s.Submit(t.Context(), e, wire, g.pass)
			if r.Outcome != row.outcome || r.Permanent != row.permanent || r.Account != row.account || r.Code != row.code || g.calls != 1 {
				t.Errorf("got %+v after %d gates, want %+v", r, g.calls, row)
			}
			if r.Err != nil && strings.Contains(r.Err.Error(), "\033") {
				t.Errorf("error %q is not fit to be shown", r.Err)
			}
		})
	}
}

// The gate comes before the program: when it refuses, or the process was frozen behind
// it, nothing was started.
func TestSendmailGate(t *testing.T) {
	clock := time.Duration(0)
	for name, g := range map[string]*gate{
		"refused": {fn: func(context.Context) error { return errors.New("cancelled") }},
		"frozen":  {fn: func(context.Context) error { clock += time.Hour; return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := program(t, "exit 0")
			s.Boot = func() time.Duration { return clock }
			r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, g.pass)
			if r.Outcome != mail.NotSent || r.Stage != mail.StageGate || r.Permanent || r.Account {
				t.Errorf("got %+v", r)
			}
			if _, err := os.Stat(filepath.Join(dir, "args")); err == nil {
				t.Error("the program was started")
			}
		})
	}
}

func TestSendmailBroken(t *testing.T) {
	t.Run("not there", func(t *testing.T) {
		s := &submit.Sendmail{Command: []string{"/nowhere/sendmail"}, Dir: t.TempDir(), Boot: boot()}
		g := &gate{}
		r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, g.pass)
		if r.Outcome != mail.NotSent || !r.Account || g.calls != 0 || !strings.Contains(r.Err.Error(), "submission.command") {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("recipients from the text", func(t *testing.T) {
		s, _ := program(t, "exit 0")
		s.Command = append(s.Command, "-t")
		g := &gate{}
		r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, g.pass)
		if r.Outcome != mail.NotSent || !r.Account || g.calls != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("no room for the file", func(t *testing.T) {
		s, _ := program(t, "exit 0")
		s.Dir = filepath.Join(t.TempDir(), "gone")
		g := &gate{}
		r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, g.pass)
		if r.Outcome != mail.NotSent || r.Permanent || r.Account || g.calls != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("hangs", func(t *testing.T) {
		s, _ := program(t, "exec sleep 60")
		s.Answer = 200 * time.Millisecond
		r := s.Submit(t.Context(), envelope(t, "dana@example.com"), wire, (&gate{}).pass)
		if r.Outcome != mail.Uncertain {
			t.Errorf("got %+v", r)
		}
	})
}
