package draft

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"headsup/rules/recap"
)

// suggests is a note with one item that headsup finds and one that only a person or a
// model would.
const suggests = "---\nto: dana\n---\n# Pilot\n\nDECISION: the pilot goes on until June.\n\nLee mentioned that the printer on floor three needs attention.\n"

// drafted asks a program about the note and returns the checks and the text of the draft.
func drafted(t *testing.T, answer func(context.Context, []byte) ([]byte, error)) (d *desk, checks, text string) {
	t.Helper()
	d = newDesk(t)
	d.s.opt.Extract = answer
	d.save("pilot.md", suggests)
	d.step()
	m, _, text := d.last()
	if len(m.Recipients) != 1 || m.Recipients[0].String() != "dana@example.com" {
		t.Errorf("recipients %v", m.Recipients)
	}
	if !strings.Contains(text, "pilot goes on until June") {
		t.Errorf("the draft lacks what headsup found itself:\n%s", text)
	}
	return d, d.trail(m.ID, "check"), text
}

// shell is a program that is written in the shell's language: the test's choice, not
// headsup's.
func shell(script string, patience time.Duration) func(context.Context, []byte) ([]byte, error) {
	return Command{Argv: []string{"/bin/sh", "-c", script}, Patience: patience}.Run
}

func TestSuggestionsAreShownAndNotSent(t *testing.T) {
	_, checks, text := drafted(t, shell(`cat >/dev/null; echo 'LOOK' >&2; echo '{"items":[
		{"kind":"action","line":8,"owner":"Lee","text":"the printer on floor three needs attention"},
		{"kind":"decision","line":6,"text":"the pilot goes on until June"},
		{"kind":"action","line":8,"text":"buy 40 laptops from Acme"},
		{"kind":"action","line":99,"text":"the printer on floor three needs attention"}]}'`, 0))
	for _, want := range []string{"action: Lee: the printer on floor three needs attention (pilot.md:8): suggested by notes.extract_command",
		`suggested "buy 40 laptops from Acme" was left out: the words are not on its lines`, "the note has no lines 99 to 99"} {
		if !strings.Contains(checks, want) {
			t.Errorf("checks do not say %q:\n%s", want, checks)
		}
	}
	if strings.Contains(text, "printer") || strings.Contains(text, "laptops") || strings.Contains(checks, "LOOK") || strings.Contains(checks, "decision: the pilot") {
		t.Errorf("what was suggested got further than the checks:\n%s\n%s", text, checks)
	}
}

// TestSuggestedRecipientsAreIgnored: whatever the program says about people, the mail
// goes where the configuration says.
func TestSuggestedRecipientsAreIgnored(t *testing.T) {
	d, _, text := drafted(t, shell(`echo '{"to":["anna-k"],"To":["mallory@example.net"],"cc":["mallory@example.net"],"recipients":["mallory@example.net"],
		"attendees":["Anna Kovac"],"title":"Mallory","kind":"heads-up","by":"today","items":[]}'`, 0))
	m, read, _ := d.last()
	if len(read.Cc)+len(read.Bcc) != 0 || m.Managers[0] != "dana" || m.Kind != "recap" || strings.Contains(text+read.Subject, "allory") || strings.Contains(text, "Kovac") {
		t.Errorf("message %+v\n%s", m, text)
	}
}

func TestFailingProgramHoldsNothingUp(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(context.Context, []byte) ([]byte, error)
		want string
	}{
		"exit 1":         {shell(`echo '{"items":[]}'; echo secret >&2; exit 1`, 0), "exit status 1"},
		"hangs":          {shell(`sleep 600 & sleep 600`, 200*time.Millisecond), "did not end within 200ms"},
		"1 GB":           {shell(`exec dd if=/dev/zero bs=1M count=1024 2>/dev/null`, 0), "printed more than 262144 bytes"},
		"no JSON":        {shell(`echo 'Sure! Here is your recap:'`, 0), `headsup recap --json`},
		"not there":      {Command{Argv: []string{"/nowhere/model"}}.Run, "no such file"},
		"a Go error":     {func(context.Context, []byte) ([]byte, error) { return nil, errors.New("boom") }, "boom"},
		"reads no input": {shell(`exec <&-; exit 3`, 0), "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			d, checks, _ := drafted(t, c.run)
			if !strings.Contains(checks, "notes.extract_command suggested nothing") || !strings.Contains(checks, c.want) || strings.Contains(checks, "secret") {
				t.Errorf("checks %q, want %q", checks, c.want)
			}
			// It rests after a failure, so that a folder of notes is not held up by it.
			d.s.opt.Extract = func(context.Context, []byte) ([]byte, error) { t.Error("asked again at once"); return nil, nil }
			d.save("other.md", strings.ReplaceAll(suggests, "Pilot", "Other"))
			d.step()
			if m, _, _ := d.last(); !strings.Contains(d.trail(m.ID, "check"), "was not asked") {
				t.Error("the trail does not say that it was not asked")
			}
		})
	}
}

// TestNothingOfItStaysBehind: a program that ends and leaves another one running, which
// holds a pipe open as long as it lives.
func TestNothingOfItStaysBehind(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := os.ReadFile(fifo)
		ended <- err
	}()
	if _, err := (Command{Argv: []string{"/bin/sh", "-c", `exec 9>"$0"; sleep 60 >/dev/null 2>&1 &`, fifo}}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("what the program started still runs")
	}
}

// TestProgramGetsThePublicText: no private part, a small environment, the note on
// standard input, no argument read by a shell.
func TestProgramGetsThePublicText(t *testing.T) {
	t.Setenv("HEADSUP_TEST_SECRET", "swordfish")
	out, err := Command{Argv: []string{"/usr/bin/env"}}.Run(t.Context(), nil)
	if err != nil || strings.Contains(string(out), "swordfish") || !strings.Contains(string(out), "PATH=") {
		t.Errorf("environment %q, %v", out, err)
	}
	out, err = Command{Argv: []string{"/bin/echo", "$HOME; id"}}.Run(t.Context(), nil)
	if err != nil || string(out) != "$HOME; id\n" {
		t.Errorf("arguments %q, %v", out, err)
	}
	note := "# Pilot\n\nDECISION: go on.\n\n## Private\n\nDana is tired.\n"
	public, err := recap.Public("pilot.md", []byte(note))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.s.opt.Extract = func(_ context.Context, in []byte) ([]byte, error) {
		if string(in) != public || strings.Contains(string(in), "tired") {
			t.Errorf("the program got %q", in)
		}
		return []byte(`{}`), nil
	}
	d.save("pilot.md", "---\nto: dana\n---\n"+note)
	public = "---\nto: dana\n---\n" + public
	d.step()
	if len(d.messages()) != 1 {
		t.Errorf("%d messages", len(d.messages()))
	}
}
