package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/calendar/timeline"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// shelf is a plan file over a queue that the test writes.
type shelf struct {
	*planFile
	list []control.Message
	rev  int64
	told []string
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{rev: 1}
	s.planFile = &planFile{
		path:  filepath.Join(t.TempDir(), "calendars", "headsup.ics"),
		name:  func(key string) string { return map[string]string{"dana": "Dana Reyes"}[key] },
		queue: func(context.Context, control.QueueQuery) ([]control.Message, error) { return s.list, nil },
		rev:   func(context.Context) (int64, error) { return s.rev, nil },
		tell:  func(_ context.Context, cause, text string) { s.told = append(s.told, text) },
		log:   slog.New(slog.DiscardHandler),
	}
	return s
}

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func planned(id ledger.ID, subject string, at time.Time) control.Message {
	dana, err := mail.ParseAddress("dana@example.com")
	if err != nil {
		panic(err)
	}
	return control.Message{
		ID: id, Version: int64(id) + 2, State: ledger.Scheduled, Managers: []string{"dana"}, Subject: subject, MessageID: mail.MessageID("m" + id.String() + "@example.com"),
		Choice: &rules.Choice{At: at, Until: at.Add(30 * time.Minute), Reasons: []rules.Reason{{Text: "Dana answers at ten"}}}, Created: monday, Changed: monday.Add(time.Minute),
		Recipients: []mail.Address{dana},
	}
}

// turn is one step and what the file says then.
func (s *shelf) turn(t *testing.T) string {
	t.Helper()
	s.rev++
	if _, err := s.step(t.Context(), monday); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// field is the value of the first line of that name.
func field(text, name string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return v
		}
	}
	return ""
}

// TestPlanFile follows a plan through its changes: what the file shows, who may read it,
// when it is written and when not.
func TestPlanFile(t *testing.T) {
	s := newShelf(t)
	s.list = []control.Message{planned(1, "Recap: pricing", monday.Add(2*time.Hour)), planned(2, "Question; scope", monday.Add(26*time.Hour))}
	text := s.turn(t)
	if strings.Count(text, "BEGIN:VEVENT") != 2 || field(text, "SUMMARY") != "Mail: Recap: pricing" || field(text, "DTSTART") != "20260302T100000Z" ||
		field(text, "DTEND") != "20260302T103000Z" || field(text, "TRANSP") != "TRANSPARENT" || strings.Contains(text, "METHOD") || !strings.Contains(text, `Dana Reyes`) {
		t.Errorf("the file:\n%s", text)
	}
	if strings.Contains(text, "answers at ten") || strings.Contains(text, "example.com") {
		t.Errorf("it tells more than it was asked to:\n%s", text)
	}
	for path, want := range map[string]os.FileMode{s.path: 0o600, filepath.Dir(s.path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	before, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	s.list[0].Version, s.list[0].Changed = 9, monday.Add(time.Hour) // changed, but not in what is shown
	s.written = false                                               // as after a restart
	s.turn(t)
	if after, err := os.Stat(s.path); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the same plan was written again: %v", err)
	}
	uid := field(text, "UID")
	s.list[0].Choice.At = monday.Add(3 * time.Hour)
	moved := s.turn(t)
	if field(moved, "UID") != uid || field(moved, "SEQUENCE") != "9" || field(moved, "DTSTART") != "20260302T110000Z" {
		t.Errorf("moved:\n%s", moved)
	}
	s.list = s.list[1:]
	if text = s.turn(t); strings.Count(text, "BEGIN:VEVENT") != 1 || strings.Contains(text, uid) {
		t.Errorf("what was sent is still there:\n%s", text)
	}
	s.details, s.list[0].Hold = true, &ledger.Hold{Code: "user"}
	if text = s.turn(t); field(text, "STATUS") != "TENTATIVE" || !strings.Contains(text, "answers at ten") {
		t.Errorf("with details:\n%s", text)
	}
	s.list = nil
	if text = s.turn(t); strings.Contains(text, "VEVENT") || len(s.told) > 0 {
		t.Errorf("an empty plan:\n%s%v", text, s.told)
	}
}

// TestPlanFileIsNobodysTime: read as a calendar of the manager by mistake, the file makes
// nobody busy.
func TestPlanFileIsNobodysTime(t *testing.T) {
	s := newShelf(t)
	s.list = []control.Message{planned(1, "Focus time", monday.Add(2*time.Hour)), planned(2, "Out of office", monday.Add(4*time.Hour))}
	s.turn(t)
	day := calendar.Span{Start: monday, End: monday.Add(12 * time.Hour)}
	snap, err := (&ics.File{Path: s.path}).Events(t.Context(), day, time.UTC)
	if err != nil || len(snap.Events) != 2 || len(snap.Faults) > 0 {
		t.Fatalf("%v %v", snap, err)
	}
	tl := timeline.Build(timeline.Input{Zone: time.UTC, Range: day, Now: monday, Calendars: []timeline.Calendar{{Name: "x", Snapshot: snap}}})
	for _, at := range []time.Time{monday.Add(2 * time.Hour), monday.Add(4 * time.Hour)} {
		if k := tl.At(at).Kind; k != timeline.Free {
			t.Errorf("at %s the manager is %s", at.Format("15:04"), k)
		}
	}
}

// TestPlanFileOfOthers: what headsup did not write stays, links are not followed, and the
// user hears of it.
func TestPlanFileOfOthers(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a calendar": func(path string) error {
			return os.WriteFile(path, []byte("BEGIN:VCALENDAR\r\nPRODID:-//example.com//mine//EN\r\nEND:VCALENDAR\r\n"), 0o600)
		},
		"a link": func(path string) error {
			return errors.Join(os.WriteFile(path+".real", nil, 0o600), os.Symlink(path+".real", path))
		},
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		s := newShelf(t)
		s.list = []control.Message{planned(1, "x", monday)}
		if err := errors.Join(os.MkdirAll(filepath.Dir(s.path), 0o700), make(s.path)); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(s.path)
		if _, err := s.step(t.Context(), monday); err != nil || len(s.told) != 1 {
			t.Errorf("%s: %v, told %v", name, err, s.told)
		}
		if after, _ := os.ReadFile(s.path); string(after) != string(before) {
			t.Errorf("%s was written over", name)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.path), ".headsup-plan-*")); len(left) > 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
}
