// Package store keeps the ledger in SQLite. One process owns a state directory; one
// connection writes, a few read. Every change of a message is a [ledger.Step] carried
// out in one transaction with its attempt, receipt, gate and trail line, and every
// commit is synced (WAL with synchronous=FULL) before it is reported.
//
// Beside the database lies journal.log: one hash-chained, synced line for each gate and
// each result. It is what remains when the database is restored from yesterday or lost;
// [Open] compares the two, and a gate that only the journal knows is never passed again
// without a person.
//
// [Memory] keeps the same promises without a disk, for the simulation.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"headsup/daemon/ledger"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options say where a store lies and what it may do.
type Options struct {
	Dir     string       // the state directory; made with mode 0700 if it is missing
	Log     *slog.Logger // nil: silent
	ReadFor int          // reading connections, 0: 4

	vfs  string                                       // SQLite's file layer, "" is the system's; tests break it
	wrap func(path string, out journalOut) journalOut // the same for the journal
}

// Store is the ledger on disk. Its methods may be called from several goroutines.
type Store struct {
	dir     string
	log     *slog.Logger
	lock    *dirLock
	writer  *sql.DB
	reader  *sql.DB
	journal *journal
	start   Startup
	opt     Options

	waiting waiting // what the planner asks for again and again

	mu     sync.Mutex // held for each write, so that journal and database keep one order
	broken error      // a commit or sync failed; nothing is sent any more
}

// Startup says what [Open] found.
type Startup struct {
	Created   bool          // there was no database
	Migrated  string        // path of the backup that was made before a migration, "" if none
	MovedTo   string        // a damaged database was moved here and the ledger starts from the journal
	ReadOnly  string        // not "": nothing can be written, for this reason
	Recovered []ledger.ID   // messages whose gate only the journal knew
	Unchecked bool          // too large to be read at the start, see [Store.Check]
	Foreign   int           // gates of messages that this database has never seen
	Journal   string        // not "": what is wrong with the journal
	Took      time.Duration // without the time that waiting for the lock took
}

// Errors of a store.
var (
	// ErrInUse: another process has the state directory.
	ErrInUse = errors.New("state directory is in use")
	// ErrNewer: the database was written by a newer headsup.
	ErrNewer = errors.New("database is from a newer version of headsup")
	// ErrUnsafe: the directory or a file in it could be changed or read by others.
	ErrUnsafe = errors.New("not safe")
	// ErrBroken: the disk failed a write; nothing is sent until headsup is started again.
	ErrBroken = errors.New("the disk failed a write")
	// ErrReadOnly: the directory cannot be written.
	ErrReadOnly = errors.New("state directory cannot be written")
	// ErrChain: a chained record was changed, removed or put in between.
	ErrChain = errors.New("hash chain is broken")
)

const dbFile = "headsup.db"

// Startup returns what was found at the start.
func (s *Store) Startup() Startup { return s.start }

// Dir is the state directory.
func (s *Store) Dir() string { return s.dir }

// Broken returns the error of a failed write after which nothing may be sent, or nil.
func (s *Store) Broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// Close ends the store. The write-ahead log is folded into the database.
func (s *Store) Close() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.journal != nil {
		errs = append(errs, s.journal.close())
	}
	errs = append(errs, s.lock.release())
	return errors.Join(errs...)
}

// write runs fn in one immediate transaction. A commit that fails for any reason but
// a full disk leaves the store broken: after a failed sync the kernel may have dropped
// the pages, so a second try would prove nothing.
func (s *Store) write(ctx context.Context, what string, fn func(*sql.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writeLocked(ctx, what, fn)
}

func (s *Store) writeLocked(ctx context.Context, what string, fn func(*sql.Tx) error) error {
	if s.start.ReadOnly != "" {
		return fmt.Errorf("%s: %w: %s", what, ErrReadOnly, s.start.ReadOnly)
	}
	if s.broken != nil {
		return fmt.Errorf("%s: %w (%w); start headsup again when the disk is well", what, ErrBroken, s.broken)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: begin: %w", what, s.note(err))
	}
	if err := fn(tx); err != nil {
		if rb := tx.Rollback(); rb != nil && !errors.Is(rb, sql.ErrTxDone) {
			err = errors.Join(err, s.note(rb))
		}
		return fmt.Errorf("%s: %w", what, s.note(err))
	}
	if err := tx.Commit(); err != nil {
		s.note(err)
		if s.broken == nil && !isFull(err) && ctx.Err() == nil {
			s.broken = err
		}
		_ = tx.Rollback()
		return fmt.Errorf("%s: commit: %w", what, err)
	}
	return nil
}

// note remembers an error of the disk; every other error passes through.
func (s *Store) note(err error) error {
	if isDisk(err) && s.broken == nil {
		s.broken = err
	}
	return err
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func isFull(err error) bool { return sqliteCode(err) == sqlite3.SQLITE_FULL }

func isDisk(err error) bool {
	var d *damage
	if errors.As(err, &d) {
		return true
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
