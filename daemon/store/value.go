package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Value reads a stored value into v and reports whether there is one.
func (s *Store) Value(ctx context.Context, kind, key string, v any) (bool, error) {
	return getValue(ctx, s.reader, kind, key, v)
}

// SetValue stores a value as JSON. Kinds that belong to a manager start their key with
// the manager's, so that [Store.Forget] finds them.
func (s *Store) SetValue(ctx context.Context, now time.Time, kind, key string, v any) error {
	return s.write(ctx, "store "+kind, func(tx *sql.Tx) error { return putValue(ctx, tx, now, kind, key, v) })
}

func getValue(ctx context.Context, q querier, kind, key string, v any) (bool, error) {
	var body []byte
	err := q.QueryRowContext(ctx, `SELECT body FROM value WHERE kind = ? AND key = ?`, kind, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", kind, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return false, fmt.Errorf("decode %s: %w", kind, err)
	}
	return true, nil
}

func putValue(ctx context.Context, tx *sql.Tx, now time.Time, kind, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO value(kind, key, at, body) VALUES(?,?,?,?)
		ON CONFLICT(kind, key) DO UPDATE SET at = excluded.at, body = excluded.body`, kind, key, nanos(now), body)
	return err
}

func getPause(ctx context.Context, q querier) (ledger.Pause, error) {
	var p ledger.Pause
	_, err := getValue(ctx, q, "pause", "", &p)
	return p, err
}

// Pause returns what keeps everything from going out.
func (s *Store) Pause(ctx context.Context) (ledger.Pause, error) { return getPause(ctx, s.reader) }

// SetPause starts or ends the pause; the gate reads it in its own transaction.
func (s *Store) SetPause(ctx context.Context, now time.Time, p ledger.Pause) error {
	return s.write(ctx, "pause", func(tx *sql.Tx) error {
		if err := putValue(ctx, tx, now, "pause", "", p); err != nil {
			return err
		}
		event := "resume"
		if p.On {
			event = "pause"
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Actor: p.By, Event: event, Text: p.Why})
	})
}

// Cursor says how far a folder of a mailbox was read.
func (s *Store) Cursor(ctx context.Context, box string, f mail.Folder) (mail.Cursor, error) {
	var c mail.Cursor
	_, err := s.Value(ctx, "cursor", box+"/"+string(f), &c)
	return c, err
}

// SetCursor stores how far a folder was read.
func (s *Store) SetCursor(ctx context.Context, now time.Time, box string, f mail.Folder, c mail.Cursor) error {
	return s.SetValue(ctx, now, "cursor", box+"/"+string(f), c)
}

// Calendars returns the last good answer of every calendar of a manager.
func (s *Store) Calendars(ctx context.Context, manager string) ([]ledger.Calendar, error) {
	return bodies[ledger.Calendar](ctx, s.reader, `SELECT body FROM value WHERE kind = 'calendar' AND substr(key, 1, length(?) + 1) = ? || '/' ORDER BY key`,
		manager, manager)
}

// SetCalendar stores the last good answer of a calendar.
func (s *Store) SetCalendar(ctx context.Context, now time.Time, c ledger.Calendar) error {
	return s.SetValue(ctx, now, "calendar", c.Manager+"/"+c.Name, c)
}

// FocusAnswers returns what the user said about a manager's blocks.
func (s *Store) FocusAnswers(ctx context.Context, manager string) ([]ledger.FocusAnswer, error) {
	return bodies[ledger.FocusAnswer](ctx, s.reader, `SELECT body FROM value WHERE kind = 'focus' AND substr(key, 1, length(?) + 1) = ? || '/' ORDER BY key`,
		manager, manager)
}

// SetFocusAnswer stores what the user said about a block.
func (s *Store) SetFocusAnswer(ctx context.Context, now time.Time, a ledger.FocusAnswer) error {
	return s.SetValue(ctx, now, "focus", a.Manager+"/"+a.Block, a)
}

// Absences returns what is kept of a manager's automatic replies.
func (s *Store) Absences(ctx context.Context, manager string) ([]ledger.Absence, error) {
	var list []ledger.Absence
	_, err := s.Value(ctx, "absence", manager, &list)
	return list, err
}

// SetAbsences stores what is kept of a manager's automatic replies.
func (s *Store) SetAbsences(ctx context.Context, now time.Time, manager string, list []ledger.Absence) error {
	return s.SetValue(ctx, now, "absence", manager, list)
}

// SentTo lists when messages went to a manager, for budgets and gaps.
func (s *Store) SentTo(ctx context.Context, manager string, since time.Time) ([]time.Time, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT min(r.at) FROM receipt r JOIN message m ON m.id = r.message
		WHERE r.kind IN ('accepted','filed','by-hand','said') AND m.state = 'sent' AND instr(' '||m.manager||' ', ' '||?||' ') > 0
		GROUP BY r.message HAVING min(r.at) >= ? ORDER BY 1`, manager, nanos(since))
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	defer rows.Close()
	var out []time.Time
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return nil, fmt.Errorf("read what was sent: %w", err)
		}
		out = append(out, fromNanos(at))
	}
	return out, rows.Err()
}
