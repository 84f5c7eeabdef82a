package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"headsup/daemon/ledger"
)

// AddTask stores something to be done, once for each message, kind and cause, and
// reports whether it is new. This is what "told once" rests on.
func (s *Store) AddTask(ctx context.Context, t ledger.Task) (bool, error) {
	added := false
	err := s.write(ctx, "store a task", func(tx *sql.Tx) (err error) {
		added, err = putTask(ctx, tx, t)
		return err
	})
	return added && err == nil, err
}

func putTask(ctx context.Context, tx *sql.Tx, t ledger.Task) (bool, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO task(message, kind, cause, text, due) VALUES(?,?,?,?,?) ON CONFLICT(message, kind, cause) DO NOTHING`,
		int64(t.Message), string(t.Kind), t.Cause, t.Text, nanos(t.Due))
	if err != nil {
		return false, fmt.Errorf("store a task: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Tasks returns what is to be done now, the oldest first.
func (s *Store) Tasks(ctx context.Context, now time.Time, limit int) ([]ledger.Task, error) {
	return s.tasks(ctx, `done = 0 AND due <= ? ORDER BY due, id LIMIT ?`, now.UnixNano(), limit)
}

// OpenNotices returns what the user is to be told and what was told, the newest first.
func (s *Store) OpenNotices(ctx context.Context, limit int) ([]ledger.Task, error) {
	return s.tasks(ctx, `kind = 'tell' ORDER BY id DESC LIMIT ?`, limit)
}

// EndTask writes down the result of a try: done, or when to try again.
func (s *Store) EndTask(ctx context.Context, now time.Time, t ledger.Task) error {
	return s.write(ctx, "end a task", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE task SET due = ?, tries = ?, done = ?, err = ? WHERE id = ?`,
			nanos(t.Due), t.Tries, nanos(t.Done), t.Err, t.ID)
		if err != nil || t.Done.IsZero() || t.Kind != ledger.TaskTell {
			return err
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Message: t.Message, Actor: "headsup", Event: "told", Text: t.Text})
	})
}

// Untell forgets that the user was told of a cause, because it has gone; the next time
// it is told again.
func (s *Store) Untell(ctx context.Context, cause string) error {
	return s.write(ctx, "forget a notice", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM task WHERE kind = 'tell' AND message = 0 AND cause = ? AND done <> 0`, cause)
		return err
	})
}

func (s *Store) tasks(ctx context.Context, where string, args ...any) ([]ledger.Task, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id, message, kind, cause, text, due, tries, done, err FROM task WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer rows.Close()
	var out []ledger.Task
	for rows.Next() {
		var t ledger.Task
		var id, due, done int64
		var kind string
		if err := rows.Scan(&t.ID, &id, &kind, &t.Cause, &t.Text, &due, &t.Tries, &done, &t.Err); err != nil {
			return nil, fmt.Errorf("list tasks: %w", err)
		}
		t.Message, t.Kind, t.Due, t.Done = ledger.ID(id), ledger.TaskKind(kind), fromNanos(due), fromNanos(done)
		out = append(out, t)
	}
	return out, rows.Err()
}
