package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

const journalFile = "journal.log"

// maxJournalLine bounds what is read of one line; own lines are below 1 kB.
const maxJournalLine = 16 << 10

// Line is one line of the journal: a gate that was passed, or what came of it.
type Line struct {
	Seq       int64          `json:"seq"`
	At        time.Time      `json:"at"`
	Kind      string         `json:"kind"` // "gate", "result", "release"
	Message   ledger.ID      `json:"message"`
	Attempt   int            `json:"attempt"`
	MessageID mail.MessageID `json:"message_id"`
	Content   string         `json:"content,omitempty"`
	Note      string         `json:"note,omitempty"`
	Wire      string         `json:"wire,omitempty"`
	Rcpt      string         `json:"rcpt,omitempty"`
	Result    string         `json:"result,omitempty"`
	Prev      string         `json:"prev"`
}

// journal is the append-only file. Each line carries the sum of the line before it.
type journal struct {
	f    journalOut
	seq  int64
	prev string
	fail error
}

// journalOut is what the journal needs of a file; tests put a failing one in its place.
type journalOut interface {
	io.Writer
	Sync() error
	Close() error
}

// append writes one line and syncs it. After a failure nothing is appended any more:
// whether the line is there is not known.
func (j *journal) append(l Line) error {
	if j.fail != nil {
		return fmt.Errorf("journal: %w", j.fail)
	}
	l.Seq, l.Prev = j.seq+1, j.prev
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := j.f.Write(append(b, '\n')); err != nil {
		j.fail = err
		return fmt.Errorf("journal: write: %w", err)
	}
	if err := j.f.Sync(); err != nil {
		j.fail = err
		return fmt.Errorf("journal: sync: %w", err)
	}
	j.seq, j.prev = l.Seq, sumLine(b)
	return nil
}

func (j *journal) close() error {
	if j.f == nil {
		return nil
	}
	return j.f.Close()
}

func sumLine(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// readJournal returns all lines that can be read. A last line without its end is what a
// crash in the middle of a write leaves: it was never reported as durable, so it is cut
// off by the caller: tail is the length of the good part, prev the sum of its last line. Any other fault is returned
// beside the lines, which are all still used: a line too many holds a message back, a
// line too few could send it twice.
func readJournal(r io.Reader) (lines []Line, tail int64, prev string, err error) {
	br := bufio.NewReaderSize(r, maxJournalLine)
	for {
		b, readErr := br.ReadBytes('\n')
		if errors.Is(readErr, io.EOF) {
			return lines, tail, prev, err
		}
		if readErr != nil {
			return lines, tail, prev, readErr
		}
		tail += int64(len(b))
		b = bytes.TrimSuffix(b, []byte("\n"))
		var l Line
		if len(b) > maxJournalLine || json.Unmarshal(b, &l) != nil {
			err = fmt.Errorf("line after number %d cannot be read: %w", lastSeq(lines), ErrChain)
			continue
		}
		if l.Prev != prev && err == nil {
			err = fmt.Errorf("line %d does not follow the one before it: %w", l.Seq, ErrChain)
		}
		prev = sumLine(b)
		lines = append(lines, l)
	}
}

func lastSeq(lines []Line) int64 {
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1].Seq
}

// openJournalFile opens or makes the file, reads it, and cuts an unfinished last line.
func openJournalFile(path string) (*journal, []Line, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createPrivate(path); err != nil {
			return nil, nil, err
		}
		f, err = os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	}
	if err != nil {
		return nil, nil, err
	}
	lines, tail, last, chain := readJournal(f)
	if chain != nil && !errors.Is(chain, ErrChain) {
		return nil, nil, errors.Join(chain, f.Close())
	}
	j := &journal{f: f, seq: lastSeq(lines), prev: last}
	if err := f.Truncate(tail); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return j, lines, chain
}
