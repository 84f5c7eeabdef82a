package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestD9NetworkFS refuses file systems on which a sync means nothing.
func TestD9NetworkFS(t *testing.T) {
	for kind, bad := range map[int64]bool{0x6969: true, 0x517B: true, 0xFE534D42: true, 0xFF534D42: true, -11317950: true, 0x01021997: true,
		0xEF53: false, 0x58465342: false, 0x9123683E: false, 0x01021994: false} {
		err := judgeFS("/state", kind)
		if bad != errors.Is(err, ErrUnsafe) {
			t.Errorf("file system %#x: %v", kind, err)
		}
	}
}

// TestD10TwoDaemons lets only one process have the directory.
func TestD10TwoDaemons(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first := open(t, dir)
	_, err := Open(context.Background(), Options{Dir: dir})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "another headsup is running on it") {
		t.Fatalf("second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// TestD11Modes refuses a directory or a file that others could read, change or replace.
func TestD11Modes(t *testing.T) {
	chmod := func(name string, mode os.FileMode) func(string) error {
		return func(dir string) error { return os.Chmod(filepath.Join(dir, name), mode) }
	}
	for name, c := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"directory for the group":  {chmod(".", 0o750), "can be read or changed by others"},
		"directory for everybody":  {chmod(".", 0o701), "can be read or changed by others"},
		"parent for everybody":     {chmod("..", 0o777), "others can write to"},
		"database for the group":   {chmod(dbFile, 0o640), "can be read or changed by others"},
		"journal for others":       {chmod(journalFile, 0o604), "can be read or changed by others"},
		"lock writable for others": {chmod("lock", 0o602), "can be read or changed by others"},
		"journal is a link": {func(dir string) error {
			at := filepath.Join(dir, journalFile)
			return errors.Join(os.Rename(at, at+".real"), os.Symlink(at+".real", at))
		}, "too many levels of symbolic links"},
		"lock is a link": {func(dir string) error {
			at := filepath.Join(dir, "lock")
			return errors.Join(os.Remove(at), os.Symlink("/dev/null", at))
		}, "too many levels of symbolic links"},
		"database is a link": {func(dir string) error {
			at := filepath.Join(dir, dbFile)
			return errors.Join(os.Rename(at, at+".real"), os.Symlink(at+".real", at))
		}, "symbolic link"},
		"directory is a link": {func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".real"), os.Symlink(dir+".real", dir))
		}, "symbolic link"},
		"directory is a file": {func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".real"), os.WriteFile(dir, nil, 0o600))
		}, "not a directory but a file"},
		"somebody else's": {func(dir string) error { return os.Chown(dir, 12345, 12345) }, "belongs to user 12345"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "somebody else's" && os.Geteuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			dir := filepath.Join(t.TempDir(), "parent", "state")
			open(t, dir).Close()
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			s, err := Open(context.Background(), Options{Dir: dir})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q", err, c.want)
			}
		})
	}
}

// TestS22Modes checks every file of the directory under the most careless umask.
func TestS22Modes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if n := len(lives(t, s, 2, func() bool { return false })); n != 12 {
		t.Fatalf("%d steps", n)
	}
	if err := s.backup(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Name()] = true
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", e.Name(), info.Mode().Perm())
		}
	}
	for _, name := range []string{dbFile, dbFile + "-wal", dbFile + "-shm", journalFile, dbFile + ".v1.bak"} {
		if !seen[name] {
			t.Errorf("no %s", name)
		}
	}
}

// TestS30Pragmas asks both connections what they are set to.
func TestS30Pragmas(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state"))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0", "cell_size_check": "1"} {
		var got string
		if err := s.writer.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
	if _, err := s.reader.Exec("DELETE FROM message"); err == nil {
		t.Error("a reading connection can write")
	}
}

// FuzzS30Text stores any text in every field that holds text and reads it back: SQL is
// only made of parameters.
func FuzzS30Text(f *testing.F) {
	for _, s := range []string{"plain", "'; DROP TABLE message; --", "\x00", "a\"b OR 1=1", "\xff\xfe", "NEAR(", "*", "%_"} {
		f.Add(s)
	}
	s, err := Open(context.Background(), Options{Dir: filepath.Join(f.TempDir(), "state")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		ctx := context.Background()
		if err := s.SetValue(ctx, t0, "test", text, text); err != nil {
			t.Fatal(err)
		}
		var got string
		if _, err := s.Value(ctx, "test", text, &got); err != nil || got != string([]rune(text)) {
			t.Fatalf("got %q, %v", got, err)
		}
		if _, err := s.Search(ctx, text, 3); err != nil {
			t.Fatalf("search: %v", err)
		}
		if _, err := s.ForgetPreview(ctx, text, text); err != nil {
			t.Fatalf("forget: %v", err)
		}
	})
}

// TestS39Trail changes, removes and inserts lines behind the back of the store.
func TestS39Trail(t *testing.T) {
	ctx := context.Background()
	for name, spoil := range map[string]string{
		"changed":  `UPDATE trail SET text = 'approved by nobody' WHERE seq = 2`,
		"actor":    `UPDATE trail SET actor = 'eve' WHERE seq = 2`,
		"removed":  `DELETE FROM trail WHERE seq = 3`,
		"inserted": `INSERT INTO trail SELECT 100, at, message, note, actor, event, text, text_sum, erased, hash FROM trail WHERE seq = 1`,
		"moved":    `UPDATE trail SET message = 7 WHERE seq = 4`,
	} {
		s := open(t, filepath.Join(t.TempDir(), "state"))
		if n := len(lives(t, s, 2, func() bool { return false })); n != 12 {
			t.Fatalf("%d steps", n)
		}
		if err := s.VerifyTrail(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.writer.Exec(spoil); err != nil {
			t.Fatal(err)
		}
		if err := s.VerifyTrail(ctx); !errors.Is(err, ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJournalChain cuts, changes and removes lines of the journal. A torn last line is
// what a crash leaves and no fault; everything else is said, and nothing is forgotten.
func TestJournalChain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	finished(t, dir)
	clean, err := os.ReadFile(filepath.Join(dir, journalFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(clean), "\n"), "\n")
	for name, c := range map[string]struct {
		text string
		bad  bool
	}{
		"whole":      {string(clean), false},
		"torn":       {string(clean[:len(clean)-20]), false},
		"changed":    {strings.Replace(string(clean), `"attempt":1`, `"attempt":7`, 1), true},
		"removed":    {strings.Join(append([]string{lines[0]}, lines[2:]...), "") + "\n", true},
		"not json":   {"what is this\n" + string(clean), true},
		"empty line": {"\n" + string(clean), true},
	} {
		to := filepath.Join(t.TempDir(), "state")
		copyDir(t, dir, to)
		if err := os.WriteFile(filepath.Join(to, journalFile), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, to)
		if got := s.Startup().Journal != ""; got != c.bad {
			t.Errorf("%s: fault %q", name, s.Startup().Journal)
		}
		w := &world{t: t, s: s}
		_, g := w.claimed(90)
		if err := s.Gate(context.Background(), t0, g); err != nil {
			t.Errorf("%s: the journal does not go on: %v", name, err)
		}
	}
}

// TestToldOnce says each cause once, again only after it has gone.
func TestToldOnce(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "state"))
	w := &world{t: t, s: s}
	caseTasks(t, w)
	if err := s.Untell(ctx, "clock"); err != nil {
		t.Fatal(err)
	}
	list, err := s.Tasks(ctx, t0.Add(time.Hour), 10)
	if err != nil || len(list) != 0 {
		t.Fatalf("tasks: %v, %v", list, err)
	}
	caseTasks(t, w)
}
