package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

const noteColumns = `hash, path, state, why, message, size, modified, seen, gone`

// HasNote reports whether these bytes were taken in before.
func (s *Store) HasNote(ctx context.Context, h mail.Hash) (bool, error) {
	_, has, err := s.Seen(ctx, h)
	return has, err
}

// Seen returns what is known of a note with these bytes.
func (s *Store) Seen(ctx context.Context, h mail.Hash) (ledger.Note, bool, error) {
	ns, err := s.notes(ctx, `hash = ?`, h.String())
	if err != nil || len(ns) == 0 {
		return ledger.Note{}, false, err
	}
	return ns[0], true, nil
}

// AddNote stores a note with its bytes, once for each content. A second file with the
// same bytes only changes the path.
func (s *Store) AddNote(ctx context.Context, n ledger.Note) error {
	return s.write(ctx, "store a note", func(tx *sql.Tx) error {
		if n.State == "" {
			n.State = ledger.NoteSeen
		}
		if n.Bytes == nil {
			n.Bytes = []byte{}
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO note(hash, path, state, why, message, bytes, size, modified, seen) VALUES(?,?,?,?,?,?,?,?,?)
			ON CONFLICT(hash) DO NOTHING`,
			n.Hash.String(), n.Path, string(n.State), n.Why, int64(n.Message), n.Bytes, n.Size, nanos(n.Modified), nanos(n.Seen))
		if err != nil {
			return err
		}
		if added, err := res.RowsAffected(); err != nil {
			return err
		} else if added == 0 {
			_, err := tx.ExecContext(ctx, `UPDATE note SET path = ?, gone = 0 WHERE hash = ?`, n.Path, n.Hash.String())
			return err
		}
		return addEntry(ctx, tx, ledger.Entry{At: n.Seen, Note: n.Hash.String(), Actor: "headsup", Event: "note", Text: n.Path})
	})
}

// NotePaths lists the paths of the notes whose files were there at the last look.
func (s *Store) NotePaths(ctx context.Context) ([]string, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT DISTINCT path FROM note WHERE gone = 0 ORDER BY path`)
	if err != nil {
		return nil, fmt.Errorf("list note paths: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return nil, fmt.Errorf("list note paths: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// NoteGone records that the file of a note is no longer there.
func (s *Store) NoteGone(ctx context.Context, path string, now time.Time) error {
	return s.write(ctx, "note is gone", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE note SET gone = ? WHERE path = ? AND gone = 0`, nanos(now), path)
		return err
	})
}

// SetNote says what became of a note.
func (s *Store) SetNote(ctx context.Context, now time.Time, h mail.Hash, state ledger.NoteState, why string) error {
	return s.write(ctx, "change a note", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE note SET state = ?, why = ? WHERE hash = ?`, string(state), why, h.String())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ledger.ErrNotFound)
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Note: h.String(), Actor: "headsup", Event: "note-" + string(state), Text: why})
	})
}

// linkNote ties a note to its message, in the transaction that creates the message.
func linkNote(ctx context.Context, tx *sql.Tx, hash string, id ledger.ID) error {
	_, err := tx.ExecContext(ctx, `UPDATE note SET state = 'drafted', why = '', message = ? WHERE hash = ?`, int64(id), hash)
	return err
}

// Notes lists notes in one state (or in any), the oldest first, without their bytes.
func (s *Store) Notes(ctx context.Context, state ledger.NoteState) ([]ledger.Note, error) {
	return s.notes(ctx, `(? = '' OR state = ?)`, string(state), string(state))
}

// NoteBytes returns the bytes of a note as they were read.
func (s *Store) NoteBytes(ctx context.Context, h mail.Hash) ([]byte, error) {
	var b []byte
	err := s.reader.QueryRowContext(ctx, `SELECT bytes FROM note WHERE hash = ?`, h.String()).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ledger.ErrNotFound
	}
	return b, err
}

func (s *Store) notes(ctx context.Context, where string, args ...any) ([]ledger.Note, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+noteColumns+` FROM note WHERE `+where+` ORDER BY seen, hash`, args...)
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	defer rows.Close()
	var out []ledger.Note
	for rows.Next() {
		var n ledger.Note
		var hash, state string
		var id, modified, seen, gone int64
		if err := rows.Scan(&hash, &n.Path, &state, &n.Why, &id, &n.Size, &modified, &seen, &gone); err != nil {
			return nil, fmt.Errorf("list notes: %w", err)
		}
		if n.Hash, err = mail.ParseHash(hash); err != nil {
			return nil, err
		}
		n.State, n.Message, n.Seen = ledger.NoteState(state), ledger.ID(id), fromNanos(seen)
		n.Modified, n.Gone = fromNanos(modified), fromNanos(gone)
		out = append(out, n)
	}
	return out, rows.Err()
}
