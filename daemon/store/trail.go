package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"headsup/daemon/ledger"
)

// Record adds a line to the trail that belongs to no step.
func (s *Store) Record(ctx context.Context, e ledger.Entry) error {
	return s.write(ctx, "add to the trail", func(tx *sql.Tx) error { return addEntry(ctx, tx, e) })
}

// addEntry appends one line and chains it to the one before.
func addEntry(ctx context.Context, tx *sql.Tx, e ledger.Entry) error {
	var prev string
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM trail ORDER BY seq DESC LIMIT 1`).Scan(&e.Seq, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the end of the trail: %w", err)
	}
	e.Seq++
	sum := textSum(e.Text)
	e.Hash = chainEntry(prev, e, sum)
	_, err = tx.ExecContext(ctx, `INSERT INTO trail(seq, at, message, note, actor, event, text, text_sum, hash) VALUES(?,?,?,?,?,?,?,?,?)`,
		e.Seq, nanos(e.At), int64(e.Message), e.Note, e.Actor, e.Event, e.Text, sum, e.Hash)
	if err != nil {
		return fmt.Errorf("add to the trail: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO trail_words(rowid, actor, event, text) VALUES(?,?,?,?)`, e.Seq, e.Actor, e.Event, e.Text)
	if err != nil {
		return fmt.Errorf("add to the index of the trail: %w", err)
	}
	return nil
}

func textSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// chainEntry is the sum over a line and the one before it. The text enters by its own
// sum, so that [Store.Forget] can erase it and the chain still holds.
func chainEntry(prev string, e ledger.Entry, textSum string) string {
	h := sha256.New()
	for _, f := range []string{prev, fmt.Sprint(e.Seq), fmt.Sprint(nanos(e.At)), e.Message.String(), e.Note, e.Actor, e.Event, textSum} {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

const entryColumns = `seq, at, message, note, actor, event, text, hash`

// Trail returns the lines that a filter selects.
func (s *Store) Trail(ctx context.Context, f ledger.TrailFilter) ([]ledger.Entry, error) {
	where, args := []string{"1"}, []any{}
	add := func(cond string, arg any) { where, args = append(where, cond), append(args, arg) }
	if f.Message != 0 {
		add("message = ?", int64(f.Message))
	}
	if f.Event != "" {
		add("event = ?", f.Event)
	}
	if !f.Since.IsZero() {
		add("at >= ?", nanos(f.Since))
	}
	if !f.Until.IsZero() {
		add("at < ?", nanos(f.Until))
	}
	order, limit := "seq", f.Limit
	if f.Newest {
		order = "seq DESC"
	}
	if limit <= 0 {
		limit = -1
	}
	return s.entries(ctx, `SELECT `+entryColumns+` FROM trail WHERE `+strings.Join(where, " AND ")+` ORDER BY `+order+` LIMIT ?`, append(args, limit)...)
}

// Search finds lines in which all the words stand, the newest first. A word matches its
// beginnings; nothing in it has a special meaning.
func (s *Store) Search(ctx context.Context, words string, limit int) ([]ledger.Entry, error) {
	var terms []string
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' ' // a NUL ends the query in the middle
		}
		return r
	}, words)
	for _, w := range strings.Fields(clean) {
		terms = append(terms, `"`+strings.ReplaceAll(w, `"`, `""`)+`"*`)
	}
	if len(terms) == 0 {
		return nil, nil
	}
	if limit <= 0 {
		limit = -1
	}
	return s.entries(ctx, `SELECT `+entryColumns+` FROM trail WHERE seq IN (SELECT rowid FROM trail_words WHERE trail_words MATCH ?)
		ORDER BY seq DESC LIMIT ?`, strings.Join(terms, " AND "), limit)
}

func (s *Store) entries(ctx context.Context, query string, args ...any) ([]ledger.Entry, error) {
	var out []ledger.Entry
	err := eachEntry(ctx, s.reader, func(e ledger.Entry) error { out = append(out, e); return nil }, query, args...)
	return out, err
}

// Export calls fn for every line in order without holding them all.
func (s *Store) Export(ctx context.Context, since, until time.Time, fn func(ledger.Entry) error) error {
	end := int64(1<<63 - 1)
	if !until.IsZero() {
		end = nanos(until)
	}
	return eachEntry(ctx, s.reader, fn, `SELECT `+entryColumns+` FROM trail WHERE at >= ? AND at < ? ORDER BY seq`, nanos(since), end)
}

func eachEntry(ctx context.Context, q querier, fn func(ledger.Entry) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read the trail: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanEntry(rows *sql.Rows) (ledger.Entry, error) {
	var e ledger.Entry
	var at, id int64
	if err := rows.Scan(&e.Seq, &at, &id, &e.Note, &e.Actor, &e.Event, &e.Text, &e.Hash); err != nil {
		return e, fmt.Errorf("read the trail: %w", err)
	}
	e.At, e.Message = fromNanos(at), ledger.ID(id)
	return e, nil
}

// VerifyTrail computes the chain again and says at which line it breaks.
func (s *Store) VerifyTrail(ctx context.Context) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT `+entryColumns+`, text_sum, erased FROM trail ORDER BY seq`)
	if err != nil {
		return fmt.Errorf("verify the trail: %w", err)
	}
	defer rows.Close()
	prev, want := "", int64(1)
	for rows.Next() {
		var e ledger.Entry
		var at, id int64
		var sum string
		var erased bool
		if err := rows.Scan(&e.Seq, &at, &id, &e.Note, &e.Actor, &e.Event, &e.Text, &e.Hash, &sum, &erased); err != nil {
			return fmt.Errorf("verify the trail: %w", err)
		}
		e.At, e.Message = fromNanos(at), ledger.ID(id)
		if e.Seq != want || e.Hash != chainEntry(prev, e, sum) || (!erased && textSum(e.Text) != sum) {
			return fmt.Errorf("verify the trail: line %d: %w", want, ErrChain)
		}
		prev, want = e.Hash, want+1
	}
	return rows.Err()
}
