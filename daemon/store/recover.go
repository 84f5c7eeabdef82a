package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// journalStep writes the line of a step that the journal has to know. The database has
// committed before. If the line of a gate cannot be written the gate counts as not
// passed; after any other failure the state is safe and only sending stops.
func (s *Store) journalStep(now time.Time, m ledger.Message, step ledger.Step) error {
	l := Line{At: now.UTC(), Message: m.ID, Attempt: m.Attempt, MessageID: m.MessageID}
	switch {
	case step.Name == "gate":
		l.Kind, l.Content, l.Note = "gate", m.Approval.Content.String(), m.Note
		l.Wire, l.Rcpt = step.Gate.WireHash.String(), step.Gate.RcptHash.String()
	case step.Release != "":
		l.Kind, l.Result = "release", "not-sent"
	case step.To == ledger.Sent:
		l.Kind, l.Result = "result", "sent"
	case step.To == ledger.Uncertain:
		l.Kind, l.Result = "result", "uncertain"
	default:
		return nil
	}
	if err := s.journal.append(l); err != nil {
		if s.broken == nil {
			s.broken = err
		}
		if l.Kind == "gate" {
			return fmt.Errorf("message %s: %w", m.ID, err)
		}
		s.log.Error("journal line not written", "message", m.ID.String(), "err", err)
	}
	return nil
}

// openJournal reads the journal and takes over what only it knows.
func (s *Store) openJournal(ctx context.Context) error {
	j, lines, err := openJournalFile(s.path(journalFile))
	if j == nil {
		return err
	}
	s.journal = j
	if s.opt.wrap != nil {
		j.f = s.opt.wrap(s.path(journalFile), j.f)
	}
	if err != nil {
		s.start.Journal = err.Error()
	}
	known := map[mail.MessageID]*fate{}
	for _, l := range lines {
		f := known[l.MessageID]
		if f == nil {
			f = &fate{}
			known[l.MessageID] = f
		}
		f.take(l)
	}
	for id, f := range known {
		if !f.gated {
			continue
		}
		if err := s.takeOver(ctx, id, *f); err != nil {
			return err
		}
	}
	return nil
}

// fate is what the journal says of one message: its last gate that was not released,
// and what came of it.
type fate struct {
	gated  bool
	gate   Line
	result string
}

func (f *fate) take(l Line) {
	switch l.Kind {
	case "gate":
		f.gated, f.gate, f.result = true, l, ""
	case "release":
		f.gated = false
	case "result":
		f.result = l.Result
	}
}

// takeOver compares one gate of the journal with the database.
func (s *Store) takeOver(ctx context.Context, id mail.MessageID, f fate) error {
	m, err := oneMessage(ctx, s.writer, `message_id = ?`, string(id))
	if errors.Is(err, ledger.ErrNotFound) {
		return s.putForeign(ctx, id, f)
	}
	if err != nil {
		return err
	}
	if _, has, err := gateOf(ctx, s.writer, m.ID); err != nil || has || m.State.Final() {
		return err
	}
	if m.State == ledger.Uncertain || m.State == ledger.Failed || m.State == ledger.Expired {
		return nil
	}
	g := ledger.Gate{Message: m.ID, Attempt: f.gate.Attempt, MessageID: id, Wall: f.gate.At}
	g.WireHash, _ = mail.ParseHash(f.gate.Wire) // a damaged sum is as good as none: the row only has to be there
	g.RcptHash, _ = mail.ParseHash(f.gate.Rcpt)
	if _, err := s.Apply(ctx, f.gate.At, m.ID, ledger.Recover(g)); err != nil {
		return err
	}
	s.start.Recovered = append(s.start.Recovered, m.ID)
	return nil
}

func (s *Store) putForeign(ctx context.Context, id mail.MessageID, f fate) error {
	s.start.Foreign++
	return s.write(ctx, "remember a gate of the journal", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO foreign_gate(message_id, content, note, wall, result) VALUES(?,?,?,?,?)
			ON CONFLICT(message_id) DO UPDATE SET result = excluded.result`,
			string(id), f.gate.Content, f.gate.Note, nanos(f.gate.At), f.result)
		return err
	})
}

// moveAside gives a damaged database and its side files another name, so that they can
// be looked at and the ledger starts from the journal and the mailbox.
func (s *Store) moveAside(cause error) (string, error) {
	s.log.Error("database is damaged", "err", cause)
	_ = s.reader.Close()
	_ = s.writer.Close()
	for i := 1; ; i++ {
		name := s.path(fmt.Sprintf("%s.damaged.%d", dbFile, i))
		if _, err := os.Lstat(name); err == nil {
			continue
		}
		for _, side := range []string{"-wal", "-shm"} {
			if err := os.Rename(s.path(dbFile)+side, name+side); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
		}
		if err := os.Rename(s.path(dbFile), name); err != nil {
			return "", err
		}
		return name, syncDir(s.dir)
	}
}
