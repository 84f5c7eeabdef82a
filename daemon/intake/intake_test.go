package intake

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// memory is a store that keeps what it is told.
type memory struct {
	notes []ledger.Note
	gone  []string
}

func (m *memory) HasNote(_ context.Context, hash mail.Hash) (bool, error) {
	return slices.ContainsFunc(m.notes, func(n ledger.Note) bool { return n.Hash == hash }), nil
}

func (m *memory) AddNote(_ context.Context, n ledger.Note) error {
	m.notes = append(m.notes, n)
	return nil
}

func (m *memory) NotePaths(context.Context) ([]string, error) {
	var out []string
	for _, n := range m.notes {
		out = append(out, n.Path)
	}
	return out, nil
}

// world is a folder, a store, a service and a clock that the test moves.
type world struct {
	t        *testing.T
	dir      string
	store    *memory
	svc      *Service
	now      time.Time
	problems []Problem
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir(), store: &memory{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.restart()
	return w
}

func (w *world) restart() {
	w.svc = New(Options{
		Dir: w.dir, Extensions: []string{".md", ".txt", ".vtt"}, Store: w.store,
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		Problem: func(_ context.Context, p Problem) { w.problems = append(w.problems, p) },
		Gone: func(_ context.Context, path string, _ time.Time) error {
			w.store.gone = append(w.store.gone, path)
			return nil
		},
	})
}

func (w *world) write(name, text string) {
	w.t.Helper()
	p := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// step moves the clock and looks once.
func (w *world) step(d time.Duration) time.Time {
	w.t.Helper()
	w.now = w.now.Add(d)
	next, err := w.svc.Step(context.Background(), w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return next
}

// settle looks until everything that is at rest was taken.
func (w *world) settle() {
	w.step(0)
	for w.step(settle).Equal(w.now) {
	}
}

func TestG1OneSaveIsOneNote(t *testing.T) {
	w := newWorld(t)
	w.write("call.md", "# Call\n")
	w.settle()
	w.write("call.md", "# Call\n") // saved again, the same bytes
	w.settle()
	w.write("copy.md", "# Call\n") // and under another name
	w.settle()
	w.restart() // and after a restart
	w.settle()
	if len(w.store.notes) != 1 {
		t.Fatalf("%d notes, want 1", len(w.store.notes))
	}
}

func TestG2WaitsUntilTheFileIsAtRest(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.write("call.md", strings.Repeat("line\n", i+1))
		w.step(time.Second)
		w.step(time.Second)
		if len(w.store.notes) != 0 {
			t.Fatalf("taken in after piece %d", i+1)
		}
	}
	next := w.step(500 * time.Millisecond)
	if len(w.store.notes) != 0 || !next.After(w.now) {
		t.Fatalf("taken in too early, or next look %s not after now %s", next, w.now)
	}
	w.step(next.Sub(w.now))
	if len(w.store.notes) != 1 || string(w.store.notes[0].Bytes) != "line\nline\nline\n" {
		t.Fatalf("got %d notes, want the whole one", len(w.store.notes))
	}
}

func TestG3OnlyTheFinalFile(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{
		".call.md.swp", ".call.md", "~call.md", "call.md~", "#call.md#", "call.md.tmp",
		"call (Sam's conflicted copy 2026-03-02).md", "call.sync-conflict-20260302-101112-ABC.md",
		".obsidian/notes.md",
	} {
		w.write(name, "draft of "+name)
	}
	w.write("call.tmp", "the note")
	if err := os.Rename(filepath.Join(w.dir, "call.tmp"), filepath.Join(w.dir, "call.md")); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if len(w.store.notes) != 1 || w.store.notes[0].Path != "call.md" {
		t.Fatalf("got %v", w.store.notes)
	}
}

func TestG5GoneIsTold(t *testing.T) {
	w := newWorld(t)
	w.write("a.md", "a")
	w.write("b.md", "b")
	w.settle()
	if err := os.Remove(filepath.Join(w.dir, "a.md")); err != nil {
		t.Fatal(err)
	}
	w.step(time.Second)
	w.restart()
	if err := os.Remove(filepath.Join(w.dir, "b.md")); err != nil { // while the daemon was off
		t.Fatal(err)
	}
	w.step(time.Second)
	slices.Sort(w.store.gone)
	if got := strings.Join(slices.Compact(w.store.gone), " "); got != "a.md b.md" {
		t.Fatalf("gone: %q", got)
	}
}

func TestG6FloodIsTakenInPieces(t *testing.T) {
	w := newWorld(t)
	const n = 3*perStep + 7
	for i := range n {
		w.write(fmt.Sprintf("%04d.md", i), fmt.Sprint("note ", i))
	}
	w.step(0)
	next := w.step(settle)
	if len(w.store.notes) != perStep || !next.Equal(w.now) {
		t.Fatalf("first step took %d notes and wants to look at %s", len(w.store.notes), next)
	}
	w.settle()
	if len(w.store.notes) != n {
		t.Fatalf("%d of %d notes", len(w.store.notes), n)
	}
}

func TestG7OddFilesNeverBlock(t *testing.T) {
	w := newWorld(t)
	if err := os.Mkdir(filepath.Join(w.dir, "folder.md"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(w.dir, "pipe.md"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.write("big.md", "")
	if err := os.Truncate(filepath.Join(w.dir, "big.md"), 1<<40); err != nil { // sparse
		t.Fatal(err)
	}
	w.write("ok.md", "ok")
	w.settle()
	if len(w.store.notes) != 1 || w.store.notes[0].Path != "ok.md" {
		t.Fatalf("got %d notes", len(w.store.notes))
	}
	want := []Problem{
		{"big.md", "is larger than headsup reads (2 MiB for notes, 16 MiB for transcripts)"},
		{"pipe.md", "is not a regular file"},
	}
	if !slices.Equal(w.problems, want) {
		t.Fatalf("problems %v, want %v, each once", w.problems, want)
	}
}

func TestG9NoLinkLeadsOut(t *testing.T) {
	w := newWorld(t)
	outside := filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"passwd.md": "/etc/passwd", "up.md": "../secret.md", "abs.md": outside} {
		if err := os.Symlink(target, filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(outside, filepath.Join(w.dir, "hard.md")); err != nil {
		t.Skipf("no hard links here: %v", err)
	}
	w.settle()
	if len(w.store.notes) != 0 || len(w.problems) != 4 {
		t.Fatalf("%d notes taken, %d problems told, want 0 and 4: %v", len(w.store.notes), len(w.problems), w.problems)
	}
}

// TestG9SwappedDuringTheRead swaps a note for a link again and again while it is read.
func TestG9SwappedDuringTheRead(t *testing.T) {
	w := newWorld(t)
	outside := filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	note, link, plain := filepath.Join(w.dir, "n.md"), filepath.Join(w.dir, "l"), filepath.Join(w.dir, "p")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 5_000 {
			os.Symlink(outside, link)
			os.Rename(link, note)
			os.WriteFile(plain, []byte("public"), 0o644)
			os.Rename(plain, note)
		}
	}()
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for reads := 0; ; reads++ {
		data, _, err := read(root, "n.md", look{size: 6})
		if err != nil {
			t.Fatal(err)
		}
		if string(data) == "secret" {
			t.Fatalf("read a file outside of the folder after %d reads", reads)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestG10FolderGoneAndBack(t *testing.T) {
	w := newWorld(t)
	moved := w.dir + ".away"
	if err := os.Rename(w.dir, moved); err != nil {
		t.Fatal(err)
	}
	w.step(0)
	w.step(time.Minute)
	if len(w.problems) != 1 || !strings.Contains(w.problems[0].Text, "cannot be read: no such file or directory") {
		t.Fatalf("problems %v, want one", w.problems)
	}
	if err := os.Rename(moved, w.dir); err != nil {
		t.Fatal(err)
	}
	w.write("a.md", "a")
	w.settle()
	if len(w.store.notes) != 1 {
		t.Fatal("note not seen after the folder came back")
	}
}

func TestG11NamesAreData(t *testing.T) {
	w := newWorld(t)
	names := []string{"a\nb.md", "x;rm -rf $(HOME).md", "\u202egnp.md", strings.Repeat("l", 252) + ".md"}
	for _, n := range names {
		w.write(n, "note "+n)
	}
	w.settle()
	if len(w.store.notes) != len(names) {
		t.Fatalf("%d of %d notes", len(w.store.notes), len(names))
	}
}

func TestOldNotesAreRecordedAndNotDrafted(t *testing.T) {
	w := newWorld(t)
	w.svc.opt.MaxAge = 48 * time.Hour
	w.write("old.md", "old")
	if err := os.Chtimes(filepath.Join(w.dir, "old.md"), w.now, w.now.Add(-72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := w.store.notes; len(n) != 1 || n[0].State != ledger.NoteSkipped || !strings.Contains(n[0].Why, `headsup recap --draft "old.md"`) {
		t.Fatalf("got %+v", n)
	}
}

func TestWatchWakes(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	wake, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- Watch(ctx, dir, wake, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	<-wake // watching
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	<-wake
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	<-wake
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
