package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
)

// AddSightings stores when managers were seen. A mail that was counted before is not
// counted again.
func (s *Store) AddSightings(ctx context.Context, list []ledger.Sighting) error {
	return s.write(ctx, "store sightings", func(tx *sql.Tx) error {
		for _, v := range list {
			_, err := tx.ExecContext(ctx, `INSERT INTO sighting(manager, at, offset_minutes, delay, ref) VALUES(?,?,?,?,?)
				ON CONFLICT(manager, ref) DO UPDATE SET delay = excluded.delay WHERE delay = 0`,
				v.Manager, nanos(v.At), v.Offset, int64(v.Delay), v.Ref)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Sightings returns when a manager was seen, oldest first.
func (s *Store) Sightings(ctx context.Context, manager string, since time.Time) ([]ledger.Sighting, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT at, offset_minutes, delay, ref FROM sighting WHERE manager = ? AND at >= ? ORDER BY at, ref`,
		manager, nanos(since))
	if err != nil {
		return nil, fmt.Errorf("read sightings: %w", err)
	}
	defer rows.Close()
	var out []ledger.Sighting
	for rows.Next() {
		v := ledger.Sighting{Manager: manager}
		var at, delay int64
		if err := rows.Scan(&at, &v.Offset, &delay, &v.Ref); err != nil {
			return nil, fmt.Errorf("read sightings: %w", err)
		}
		v.At, v.Delay = fromNanos(at), time.Duration(delay)
		out = append(out, v)
	}
	return out, rows.Err()
}

// Known says what is kept of a person, counted by kind.
type Known struct {
	Sightings int
	Values    []string // "rhythm", "calendar NAME", …
	Messages  int      // the user's own messages to them; kept, they are the user's
	Waiting   int      // of these, not yet final
	Trail     int      // lines whose text names the address
}

// ForgetPreview says what [Store.Forget] would erase.
func (s *Store) ForgetPreview(ctx context.Context, manager, address string) (Known, error) {
	return known(ctx, s.reader, manager, address)
}

// Forget erases what is known about a manager: sightings, learned rhythm, calendar
// snapshots, absences, since when mail was seen, answers about focus time, and the text of trail lines that name the address.
// The user's own messages stay. The chain of the trail still holds afterwards.
func (s *Store) Forget(ctx context.Context, now time.Time, manager, address string) (Known, error) {
	var k Known
	err := s.write(ctx, "forget "+manager, func(tx *sql.Tx) error {
		var err error
		if k, err = known(ctx, tx, manager, address); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sighting WHERE manager = ?`, manager); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM value WHERE kind IN ('rhythm','calendar','focus','budget','absence','begun') AND (key = ? OR substr(key, 1, length(?) + 1) = ? || '/')`,
			manager, manager, manager); err != nil {
			return err
		}
		if err := eraseText(ctx, tx, address); err != nil {
			return err
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Actor: "user", Event: "forget", Text: "what was known about a person was erased"})
	})
	if err != nil {
		return Known{}, err
	}
	// What SQLite keeps in free pages and in the log goes too.
	if _, err := s.writer.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return k, fmt.Errorf("forget %s: %w", manager, err)
	}
	return k, nil
}

func known(ctx context.Context, q querier, manager, address string) (Known, error) {
	var k Known
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sighting WHERE manager = ?`, manager).Scan(&k.Sightings); err != nil {
		return k, fmt.Errorf("count sightings: %w", err)
	}
	err := q.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE state NOT IN ('sent','cancelled')) FROM message
		WHERE instr(' '||manager||' ', ' '||?||' ') > 0`, manager).Scan(&k.Messages, &k.Waiting)
	if err != nil {
		return k, fmt.Errorf("count messages: %w", err)
	}
	if address != "" {
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM trail WHERE instr(lower(text), ?) > 0`, strings.ToLower(address)).Scan(&k.Trail); err != nil {
			return k, fmt.Errorf("count the trail: %w", err)
		}
	}
	rows, err := q.QueryContext(ctx, `SELECT kind || ' ' || key FROM value WHERE kind IN ('rhythm','calendar','focus','budget','absence','begun')
		AND (key = ? OR substr(key, 1, length(?) + 1) = ? || '/') ORDER BY 1`, manager, manager, manager)
	if err != nil {
		return k, fmt.Errorf("list values: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return k, fmt.Errorf("list values: %w", err)
		}
		k.Values = append(k.Values, v)
	}
	return k, rows.Err()
}

// eraseText empties the lines that name an address; their sums stay in the chain.
func eraseText(ctx context.Context, tx *sql.Tx, address string) error {
	if address == "" {
		return nil
	}
	low := strings.ToLower(address)
	if _, err := tx.ExecContext(ctx, `INSERT INTO trail_words(trail_words, rowid, actor, event, text)
		SELECT 'delete', seq, actor, event, text FROM trail WHERE instr(lower(text), ?) > 0`, low); err != nil {
		return fmt.Errorf("erase from the index: %w", err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE trail SET text = '', erased = 1 WHERE instr(lower(text), ?) > 0`, low)
	if err != nil {
		return fmt.Errorf("erase from the trail: %w", err)
	}
	return nil
}
