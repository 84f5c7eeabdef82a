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

// Apply carries out one step on one message in one transaction and returns the message
// as it is afterwards. A step that was carried out before changes nothing and is no
// error. Messages that pass a gate go through [Store.Gate].
func (s *Store) Apply(ctx context.Context, now time.Time, id ledger.ID, step ledger.Step) (ledger.Message, error) {
	return s.apply(ctx, now, id, func(ledger.Message, ledger.Pause) ledger.Step { return step })
}

// ApplyAt is [Store.Apply] for somebody who looked at the message before: it fails with
// [ledger.ErrStale] if the version is another one now.
func (s *Store) ApplyAt(ctx context.Context, now time.Time, id ledger.ID, version int64, step ledger.Step) (ledger.Message, error) {
	return s.apply(ctx, now, id, func(m ledger.Message, _ ledger.Pause) ledger.Step {
		if m.Version != version {
			return ledger.Stale(step)
		}
		return step
	})
}

// Gate lets the last byte of a message leave, or fails: then it must not. The row is
// committed and the line of the journal is synced when it returns nil.
func (s *Store) Gate(ctx context.Context, now time.Time, g ledger.Gate) error {
	_, err := s.apply(ctx, now, g.Message, func(m ledger.Message, p ledger.Pause) ledger.Step {
		g.MessageID, g.Content, g.Note = m.MessageID, m.Approval.Content, m.Note
		return ledger.PassGate(g, p.Active(now))
	})
	return err
}

func (s *Store) apply(ctx context.Context, now time.Time, id ledger.ID, decide func(ledger.Message, ledger.Pause) ledger.Step) (ledger.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var after ledger.Message
	var did *ledger.Step
	err := s.writeLocked(ctx, "change message "+id.String(), func(tx *sql.Tx) error {
		m, err := getMessage(ctx, tx, id)
		if err != nil {
			return err
		}
		pause, err := getPause(ctx, tx)
		if err != nil {
			return err
		}
		step := decide(m, pause)
		if step.Done(m) {
			after = m
			return nil
		}
		if after, err = step.Apply(m, now); err != nil {
			return err
		}
		did = &step
		return carryOut(ctx, tx, now, m, after, step)
	})
	if err != nil {
		return ledger.Message{}, err
	}
	if did == nil {
		return after, nil
	}
	return after, s.journalStep(now, after, *did)
}

// carryOut writes everything that a step changes.
func carryOut(ctx context.Context, tx *sql.Tx, now time.Time, before, after ledger.Message, step ledger.Step) error {
	if err := updateMessage(ctx, tx, after, before.Version); err != nil {
		return err
	}
	if err := stepBytes(ctx, tx, after, step); err != nil {
		return err
	}
	if step.Attempt != nil {
		if err := putAttempt(ctx, tx, *step.Attempt); err != nil {
			return err
		}
	}
	if step.Receipt != nil {
		r := *step.Receipt
		r.Message = after.ID
		if err := putReceipt(ctx, tx, r); err != nil {
			return err
		}
	}
	if step.Release != "" {
		if err := releaseGate(ctx, tx, now, after.ID, step.Release); err != nil {
			return err
		}
	}
	if step.Gate != nil {
		if err := putGate(ctx, tx, *step.Gate); err != nil {
			return err
		}
	}
	for _, t := range step.Tasks {
		t.Message = after.ID
		if _, err := putTask(ctx, tx, t); err != nil {
			return err
		}
	}
	if step.Quiet(before) {
		return nil
	}
	return addEntry(ctx, tx, entryOf(now, after, step))
}

// entryOf is the line of the trail that belongs to a step; both stores use it.
func entryOf(now time.Time, m ledger.Message, step ledger.Step) ledger.Entry {
	return ledger.Entry{At: now, Message: m.ID, Note: m.Note, Actor: step.Actor, Event: step.Name, Text: step.Text}
}

func stepBytes(ctx context.Context, tx *sql.Tx, m ledger.Message, step ledger.Step) error {
	if step.Raw != nil {
		if err := putContent(ctx, tx, m.ID, ledger.CopyDrafted, step.Raw); err != nil {
			return err
		}
	}
	if step.Freeze {
		_, err := tx.ExecContext(ctx, `INSERT INTO content(message, copy, sha256, raw)
			SELECT message, 'approved', sha256, raw FROM content WHERE message = ? AND copy = 'drafted'
			ON CONFLICT(message, copy) DO UPDATE SET sha256 = excluded.sha256, raw = excluded.raw`, int64(m.ID))
		if err != nil {
			return fmt.Errorf("keep the approved bytes of message %s: %w", m.ID, err)
		}
	}
	if step.Wire != nil {
		return putContent(ctx, tx, m.ID, ledger.CopyWire, step.Wire)
	}
	return nil
}

func putAttempt(ctx context.Context, tx *sql.Tx, a ledger.Attempt) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode an attempt: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO attempt(message, n, started, ended, body) VALUES(?,?,?,?,?)
		ON CONFLICT(message, n) DO UPDATE SET ended = excluded.ended, body = excluded.body`,
		int64(a.Message), a.N, nanos(a.Started), nanos(a.Ended), string(body))
	if err != nil {
		return fmt.Errorf("store attempt %d of message %s: %w", a.N, a.Message, err)
	}
	return nil
}

func putReceipt(ctx context.Context, tx *sql.Tx, r ledger.Receipt) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode a receipt: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO receipt(message, kind, at, body) VALUES(?,?,?,?) ON CONFLICT DO NOTHING`,
		int64(r.Message), string(r.Kind), nanos(r.At), string(body))
	if err != nil {
		return fmt.Errorf("store a receipt of message %s: %w", r.Message, err)
	}
	return nil
}

func putGate(ctx context.Context, tx *sql.Tx, g ledger.Gate) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO gate(message, attempt, message_id, wire_sha256, rcpt_sha256, wall, boot) VALUES(?,?,?,?,?,?,?)`,
		int64(g.Message), g.Attempt, string(g.MessageID), g.WireHash.String(), g.RcptHash.String(), nanos(g.Wall), int64(g.Boot))
	if err != nil {
		return fmt.Errorf("write the gate of message %s: %w", g.Message, err)
	}
	return nil
}

func releaseGate(ctx context.Context, tx *sql.Tx, now time.Time, id ledger.ID, why string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO released_gate(message, attempt, wire_sha256, wall, released, why)
		SELECT message, attempt, wire_sha256, wall, ?, ? FROM gate WHERE message = ?`, now.UnixNano(), why, int64(id))
	if err != nil {
		return fmt.Errorf("release the gate of message %s: %w", id, err)
	}
	if _, err = tx.ExecContext(ctx, `DELETE FROM gate WHERE message = ?`, int64(id)); err != nil {
		return fmt.Errorf("release the gate of message %s: %w", id, err)
	}
	return nil
}

// Gated returns the gate row of a message, if it has one.
func (s *Store) Gated(ctx context.Context, id ledger.ID) (ledger.Gate, bool, error) {
	return gateOf(ctx, s.reader, id)
}

func gateOf(ctx context.Context, q querier, id ledger.ID) (ledger.Gate, bool, error) {
	g := ledger.Gate{Message: id}
	var mid, wire, rcpt string
	var wall, boot int64
	err := q.QueryRowContext(ctx, `SELECT attempt, message_id, wire_sha256, rcpt_sha256, wall, boot FROM gate WHERE message = ?`, int64(id)).
		Scan(&g.Attempt, &mid, &wire, &rcpt, &wall, &boot)
	if errors.Is(err, sql.ErrNoRows) {
		return g, false, nil
	}
	if err != nil {
		return g, false, fmt.Errorf("read the gate of message %s: %w", id, err)
	}
	g.MessageID, g.Wall, g.Boot = mail.MessageID(mid), fromNanos(wall), time.Duration(boot)
	if g.WireHash, err = mail.ParseHash(wire); err != nil {
		return g, false, err
	}
	g.RcptHash, err = mail.ParseHash(rcpt)
	return g, true, err
}

// Attempts returns the tries of a message in their order.
func (s *Store) Attempts(ctx context.Context, id ledger.ID) ([]ledger.Attempt, error) {
	return bodies[ledger.Attempt](ctx, s.reader, `SELECT body FROM attempt WHERE message = ? ORDER BY n`, int64(id))
}

// Receipts returns the evidence about a message in its order.
func (s *Store) Receipts(ctx context.Context, id ledger.ID) ([]ledger.Receipt, error) {
	return bodies[ledger.Receipt](ctx, s.reader, `SELECT body FROM receipt WHERE message = ? ORDER BY at, id`, int64(id))
}

// AddReceipt stores evidence that changes no state: seen in Sent, bounced, answered.
// The same evidence twice is stored once.
func (s *Store) AddReceipt(ctx context.Context, now time.Time, r ledger.Receipt) error {
	return s.write(ctx, "store a receipt", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM receipt WHERE message = ? AND kind = ? AND at = ?`,
			int64(r.Message), string(r.Kind), nanos(r.At)).Scan(&n); err != nil || n > 0 {
			return err
		}
		if err := putReceipt(ctx, tx, r); err != nil {
			return err
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Message: r.Message, Actor: "server", Event: string(r.Kind), Text: r.Text})
	})
}

// bodies reads a column of JSON.
func bodies[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		var v T
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return nil, fmt.Errorf("decode a row: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
