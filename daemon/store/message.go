package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// querier is a transaction or a pool of readers.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Create takes a message into the ledger with the bytes of its content, and returns it
// with its number. A message whose Message-ID, content or note the journal knows from a
// gate that this database has never seen is held: it may have gone already.
func (s *Store) Create(ctx context.Context, now time.Time, m ledger.Message, raw []byte) (ledger.Message, error) {
	err := s.write(ctx, "create a message", func(tx *sql.Tx) error {
		known, err := knownGate(ctx, tx, m)
		if err != nil {
			return err
		}
		m = born(m, now, known)
		if err := insertMessage(ctx, tx, &m); err != nil {
			return err
		}
		if err := putContent(ctx, tx, m.ID, ledger.CopyDrafted, raw); err != nil {
			return err
		}
		if m.Note != "" {
			if err := linkNote(ctx, tx, m.Note, m.ID); err != nil {
				return err
			}
		}
		return addEntry(ctx, tx, ledger.Entry{At: now, Message: m.ID, Note: m.Note, Actor: "headsup", Event: "create", Text: m.Subject})
	})
	if err != nil {
		return ledger.Message{}, err
	}
	return m, nil
}

// born is a message as it enters the ledger; both stores use it.
func born(m ledger.Message, now time.Time, knownGate bool) ledger.Message {
	m.Version, m.Created, m.Changed = 1, now, now
	if m.State == "" {
		m.State = ledger.Drafted
	}
	if knownGate {
		m.Hold = ledger.Hold{Code: ledger.HoldJournal, Text: "the journal shows that this was going out before the ledger was restored; " +
			"look in the Sent folder, then cancel it or release it"}
	}
	return m
}

func knownGate(ctx context.Context, tx querier, m ledger.Message) (bool, error) {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM foreign_gate WHERE result <> 'not-sent'
		AND (message_id = ? OR (content <> '' AND content = ?) OR (note <> '' AND note = ?))`,
		string(m.MessageID), m.Content.String(), m.Note).Scan(&n)
	return n > 0, err
}

const messageColumns = `version, state, hold, manager, note, message_id, token, draft_folder, draft_validity, draft_uid,
	content, wake, replan, gated, changed, body, body_sum`

// row lists the columns of a message in the order of messageColumns: the only place
// where a message becomes a row.
func row(m ledger.Message) ([]any, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode message %s: %w", m.ID, err)
	}
	return []any{m.Version, string(m.State), m.Hold.Code, strings.Join(m.Managers, " "), m.Note, string(m.MessageID), m.Token,
		string(m.Draft.Folder), m.Draft.Validity, m.Draft.UID, m.Content.String(), nanos(Wake(m)), m.Replan, m.Gated,
		nanos(m.Changed), string(body), textSum(string(body))}, nil
}

// Wake is the moment at which the outbox has to look at a message, zero if never.
func Wake(m ledger.Message) time.Time {
	switch m.State {
	case ledger.Scheduled:
		if m.Held() || m.Choice == nil {
			return time.Time{}
		}
		if m.RetryAt.After(m.Choice.At) {
			return m.RetryAt
		}
		return m.Choice.At
	case ledger.Uncertain:
		return m.RetryAt
	}
	return time.Time{}
}

func insertMessage(ctx context.Context, tx *sql.Tx, m *ledger.Message) error {
	m.ID = 0
	cols, err := row(*m)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO message(`+messageColumns+`) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, cols...)
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	m.ID = ledger.ID(id)
	return updateMessage(ctx, tx, *m, m.Version)
}

// updateMessage writes m if the row still has the given version: exactly one row, or
// nothing happens.
func updateMessage(ctx context.Context, tx *sql.Tx, m ledger.Message, version int64) error {
	cols, err := row(m)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE message SET (`+messageColumns+`) = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ? AND version = ?`,
		append(cols, int64(m.ID), version)...)
	if err != nil {
		return fmt.Errorf("update message %s: %w", m.ID, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("update message %s: %w", m.ID, ledger.ErrStale)
	}
	return nil
}

func putContent(ctx context.Context, tx *sql.Tx, id ledger.ID, c ledger.Copy, raw []byte) error {
	if raw == nil {
		raw = []byte{}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO content(message, copy, sha256, raw) VALUES(?,?,?,?)
		ON CONFLICT(message, copy) DO UPDATE SET sha256 = excluded.sha256, raw = excluded.raw`,
		int64(id), string(c), ledger.WireHash(raw).String(), raw)
	if err != nil {
		return fmt.Errorf("store the %s bytes of message %s: %w", c, id, err)
	}
	return nil
}

// Get returns one message.
func (s *Store) Get(ctx context.Context, id ledger.ID) (ledger.Message, error) {
	return getMessage(ctx, s.reader, id)
}

func getMessage(ctx context.Context, q querier, id ledger.ID) (ledger.Message, error) {
	return oneMessage(ctx, q, `id = ?`, int64(id))
}

func oneMessage(ctx context.Context, q querier, where string, args ...any) (ledger.Message, error) {
	var body, sum string
	err := q.QueryRowContext(ctx, `SELECT body, body_sum FROM message WHERE `+where+` ORDER BY id DESC LIMIT 1`, args...).Scan(&body, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Message{}, ledger.ErrNotFound
	}
	if err != nil {
		return ledger.Message{}, fmt.Errorf("read a message: %w", err)
	}
	return decodeMessage(body, sum)
}

func decodeMessage(body, sum string) (ledger.Message, error) {
	var m ledger.Message
	if textSum(body) != sum {
		return m, &damage{"a message is not what was stored"}
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return ledger.Message{}, fmt.Errorf("decode a message: %w", err)
	}
	return m, nil
}

func (s *Store) messages(ctx context.Context, where string, args ...any) ([]ledger.Message, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT body, body_sum FROM message WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	defer rows.Close()
	var out []ledger.Message
	for rows.Next() {
		var body, sum string
		if err := rows.Scan(&body, &sum); err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		m, err := decodeMessage(body, sum)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// List returns the messages that a filter selects, by number.
func (s *Store) List(ctx context.Context, f ledger.Filter) ([]ledger.Message, error) {
	where, args := []string{"id > ?"}, []any{int64(f.After)}
	if len(f.States) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(",?", len(f.States)-1)+")")
		for _, st := range f.States {
			args = append(args, string(st))
		}
	}
	if f.Manager != "" {
		where = append(where, "instr(' '||manager||' ', ' '||?||' ') > 0")
		args = append(args, f.Manager)
	}
	if f.Held != nil {
		where = append(where, "(hold <> '') = ?")
		args = append(args, *f.Held)
	}
	if !f.Since.IsZero() {
		where = append(where, "changed >= ?")
		args = append(args, nanos(f.Since))
	}
	limit := f.Limit
	if limit <= 0 {
		limit = -1
	}
	return s.messages(ctx, strings.Join(where, " AND ")+" ORDER BY id LIMIT ?", append(args, limit)...)
}

// Due returns the scheduled messages whose time has come and that nothing holds back,
// the earliest first.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]ledger.Message, error) {
	return s.messages(ctx, `state = 'scheduled' AND wake > 0 AND wake <= ? AND replan = 0 ORDER BY wake, id LIMIT ?`, now.UnixNano(), limit)
}

// Doubtful returns the uncertain messages that are to be looked for now.
func (s *Store) Doubtful(ctx context.Context, now time.Time, limit int) ([]ledger.Message, error) {
	return s.messages(ctx, `state = 'uncertain' AND wake > 0 AND (wake <= ? OR wake > ?) ORDER BY wake, id LIMIT ?`,
		now.UnixNano(), now.Add(ledger.LookWithin).UnixNano(), limit)
}

// Wakes are the earliest moments at which something has to be done.
func (s *Store) Wakes(ctx context.Context) (ledger.Wakes, error) {
	var send, look, tidy sql.NullInt64
	err := s.reader.QueryRowContext(ctx, `SELECT
		(SELECT min(wake) FROM message WHERE state = 'scheduled' AND wake > 0 AND replan = 0),
		(SELECT min(wake) FROM message WHERE state = 'uncertain' AND wake > 0),
		(SELECT min(due) FROM task WHERE done = 0)`).Scan(&send, &look, &tidy)
	if err != nil {
		return ledger.Wakes{}, fmt.Errorf("find the next moment: %w", err)
	}
	return ledger.Wakes{Send: fromNanos(send.Int64), Look: fromNanos(look.Int64), Tidy: fromNanos(tidy.Int64)}, nil
}

// Revision changes with every change of any message, so that a caller can see that
// there is nothing new.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	var n int64
	err := s.reader.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM trail`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read the revision: %w", err)
	}
	return n, nil
}

// ByMessageID finds a message by its Message-ID.
func (s *Store) ByMessageID(ctx context.Context, id mail.MessageID) (ledger.Message, error) {
	return oneMessage(ctx, s.reader, `message_id = ?`, string(id))
}

// ByToken finds a message by the mark on its draft.
func (s *Store) ByToken(ctx context.Context, token string) (ledger.Message, error) {
	return oneMessage(ctx, s.reader, `token = ? AND token <> ''`, token)
}

// ByDraft finds a message by the place of its draft.
func (s *Store) ByDraft(ctx context.Context, r mail.Ref) (ledger.Message, error) {
	return oneMessage(ctx, s.reader, `draft_uid = ? AND draft_folder = ? AND draft_validity = ? AND draft_uid <> ''`,
		r.UID, string(r.Folder), r.Validity)
}

// ByContent finds the newest message with this content.
func (s *Store) ByContent(ctx context.Context, h mail.Hash) (ledger.Message, error) {
	return oneMessage(ctx, s.reader, `content = ?`, h.String())
}

// ByNote finds the newest message that was made of a note.
func (s *Store) ByNote(ctx context.Context, hash string) (ledger.Message, error) {
	return oneMessage(ctx, s.reader, `note = ? AND note <> ''`, hash)
}

// Bytes returns one of the copies that are kept of a message.
func (s *Store) Bytes(ctx context.Context, id ledger.ID, c ledger.Copy) ([]byte, error) {
	var raw []byte
	var sum string
	err := s.reader.QueryRowContext(ctx, `SELECT raw, sha256 FROM content WHERE message = ? AND copy = ?`, int64(id), string(c)).Scan(&raw, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ledger.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the %s bytes of message %s: %w", c, id, err)
	}
	if ledger.WireHash(raw).String() != sum {
		return nil, fmt.Errorf("read the %s bytes of message %s: they are not what was stored", c, id)
	}
	return raw, nil
}
