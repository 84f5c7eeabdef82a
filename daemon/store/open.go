package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"time"
)

// Open takes the state directory for this process and returns the ledger in it. It
// refuses a directory that others can change, a network file system, a directory in use
// and a database of a newer version, and touches nothing then.
func Open(ctx context.Context, o Options) (*Store, error) {
	begun := time.Now() // only for the figure in Startup; no decision rests on it
	s := &Store{dir: o.Dir, log: o.Log, opt: o}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := prepareDir(o.Dir); err != nil {
		return nil, fmt.Errorf("open state directory %s: %w", o.Dir, err)
	}
	lock, err := lockDir(s.path("lock"))
	if err != nil {
		return nil, fmt.Errorf("open state directory %s: %w", o.Dir, err)
	}
	s.lock = lock
	if err := s.openAll(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.start.Took = time.Since(begun)
	return s, nil
}

func (s *Store) openAll(ctx context.Context, o Options) error {
	if err := s.openDatabase(ctx, o); err != nil {
		return err
	}
	if s.start.ReadOnly != "" {
		return nil
	}
	if err := s.migrate(ctx); err != nil {
		return fmt.Errorf("open %s: %w", s.path(dbFile), err)
	}
	if err := s.openJournal(ctx); err != nil {
		return fmt.Errorf("open %s: %w", s.path(journalFile), err)
	}
	return checkModes(s.dir)
}

// openDatabase opens the file, checks that it is whole, and moves it aside if it is not.
func (s *Store) openDatabase(ctx context.Context, o Options) error {
	path := s.path(dbFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		s.start.Created = true
		if err := createPrivate(path); err != nil {
			return fmt.Errorf("open %s: %w", path, err)
		}
	}
	err := s.connect(ctx, o)
	if err == nil {
		err = s.checkWhole(ctx)
	}
	if err == nil || !isDisk(err) {
		return err
	}
	moved, mvErr := s.moveAside(err)
	if mvErr != nil {
		return fmt.Errorf("open %s: it is damaged (%w) and cannot be moved aside: %w", path, err, mvErr)
	}
	s.start.MovedTo, s.start.Created = moved, true
	if err := createPrivate(path); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return s.connect(ctx, o)
}

func (s *Store) connect(ctx context.Context, o Options) error {
	var err error
	if s.writer, err = sql.Open("sqlite", s.dsn("immediate", false)); err != nil {
		return fmt.Errorf("open %s: %w", s.path(dbFile), err)
	}
	s.writer.SetMaxOpenConns(1)
	s.writer.SetMaxIdleConns(1)
	s.writer.SetConnMaxLifetime(0)
	if s.reader, err = sql.Open("sqlite", s.dsn("deferred", true)); err != nil {
		return fmt.Errorf("open %s: %w", s.path(dbFile), err)
	}
	readers := o.ReadFor
	if readers == 0 {
		readers = 4
	}
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	if err := s.writer.PingContext(ctx); err != nil {
		return fmt.Errorf("open %s: %w", s.path(dbFile), err)
	}
	return nil
}

// dsn holds the pragmas of docs/decisions/store.md: every commit synced, the schema not trusted to
// call functions, cells checked when read, references kept, what is deleted overwritten.
func (s *Store) dsn(lock string, readOnly bool) string {
	q := url.Values{}
	for _, p := range []string{
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "secure_delete(1)",
		"trusted_schema(0)", "cell_size_check(1)", "temp_store(memory)", "mmap_size(0)",
		"wal_autocheckpoint(1000)", "journal_size_limit(16777216)",
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	q.Set("_txlock", lock)
	if s.opt.vfs != "" {
		q.Set("vfs", s.opt.vfs)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: s.path(dbFile)}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// quickLimit is the size up to which a start reads the whole database. A larger one
// would keep the service waiting; [Store.Check] reads it in the background.
const quickLimit = 32 << 20

// checkWhole looks for damage before anything is believed.
func (s *Store) checkWhole(ctx context.Context) error {
	info, err := os.Stat(s.path(dbFile))
	if err != nil || s.start.Created {
		return err
	}
	if info.Size() > quickLimit {
		s.start.Unchecked = true
		return nil
	}
	return findDamage(ctx, s.writer, "PRAGMA quick_check(5)")
}

// Check reads the whole database and compares its indexes with its tables. It takes
// minutes on a long history and does not keep others from working.
func (s *Store) Check(ctx context.Context) error {
	return errors.Join(findDamage(ctx, s.reader, "PRAGMA integrity_check(5)"), s.VerifyTrail(ctx))
}

func findDamage(ctx context.Context, db *sql.DB, pragma string) error {
	rows, err := db.QueryContext(ctx, pragma)
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return fmt.Errorf("check the database: %w", err)
		}
		if line != "ok" {
			return &damage{line}
		}
	}
	return rows.Err()
}

// damage is a finding of SQLite's own check.
type damage struct{ line string }

func (d *damage) Error() string { return "database is damaged: " + d.line }
