package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"headsup/calendar/ics/compose"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// planProgram marks a calendar file as headsup's own: no other is ever written over.
const planProgram = "-//headsup//plan//EN"

// PlanCalendar is the plan as a calendar: one transparent event for each message that has
// a time, as long as its window. name says what a manager is called. It tells the subject
// and to whom and when, and only with details the reasons and the addresses.
func PlanCalendar(list []control.Message, name func(key string) string, details bool) []byte {
	c := compose.Calendar{Program: planProgram, Name: "headsup"}
	for _, m := range list {
		if m.Choice == nil || m.State != ledger.Scheduled && m.State != ledger.Sending {
			continue
		}
		end := m.Choice.Until
		if !end.After(m.Choice.At) {
			end = m.Choice.At.Add(time.Minute)
		}
		c.Events = append(c.Events, compose.Event{
			UID: planUID(m), Sequence: m.Version, Stamp: m.Changed, Start: m.Choice.At, End: end,
			Title: "Mail: " + m.Subject, Description: planWords(m, name, details), Tentative: m.Hold != nil,
		})
	}
	return c.Bytes()
}

// planUID names a message for good, whatever its time is.
func planUID(m control.Message) string {
	sum := sha256.Sum256([]byte(string(m.MessageID) + m.Created.UTC().Format(time.RFC3339Nano) + m.ID.String()))
	return hex.EncodeToString(sum[:10]) + "@headsup"
}

func planWords(m control.Message, name func(string) string, details bool) string {
	var to []string
	for _, key := range m.Managers {
		to = append(to, name(key))
	}
	lines := []string{fmt.Sprintf("headsup sends it to %s in this window.", strings.Join(to, ", ")), "State: " + string(m.State)}
	if len(to) == 0 {
		lines[0] = "headsup sends it in this window."
	}
	if m.Hold != nil {
		lines[1] += ", held back"
	}
	if !details {
		return strings.Join(lines, "\n")
	}
	for _, r := range m.Choice.Reasons {
		lines = append(lines, "- "+r.Text)
	}
	for _, r := range m.Recipients {
		lines = append(lines, "To: "+r.String())
	}
	return strings.Join(lines, "\n")
}

// planFile keeps the plan in a file for the user's own calendar program.
type planFile struct {
	path    string
	details bool
	name    func(key string) string
	queue   func(ctx context.Context, q control.QueueQuery) ([]control.Message, error)
	rev     func(ctx context.Context) (int64, error)
	tell    func(ctx context.Context, cause, text string)
	log     *slog.Logger

	seen    int64 // the revision of the ledger that the file shows
	written bool  // it shows one
}

const planEvery = 20 * time.Second

// step writes the file if the plan is another one. What it cannot write it says once,
// and tries again: a calendar that is not kept must not stop anything else.
func (p *planFile) step(ctx context.Context, now time.Time) (time.Time, error) {
	next := now.Add(planEvery)
	rev, err := p.rev(ctx)
	if err != nil || p.written && rev == p.seen {
		return next, err
	}
	list, err := p.queue(ctx, control.QueueQuery{States: []ledger.State{ledger.Scheduled, ledger.Sending}})
	if err != nil {
		return next, fmt.Errorf("read the plan: %w", err)
	}
	switch err := writePlan(p.path, PlanCalendar(list, p.name, p.details)); {
	case errors.Is(err, errForeign):
		p.tell(ctx, "plan-file "+p.path, fmt.Sprintf("%s is not a calendar that headsup wrote, so the plan was not put there; name another file in daemon.plan_file", p.path))
		return now.Add(10 * time.Minute), nil
	case err != nil:
		return now.Add(time.Minute), fmt.Errorf("write the plan as a calendar: %w", err)
	}
	p.seen, p.written = rev, true
	return next, nil
}

var errForeign = errors.New("the file is not headsup's")

// writePlan replaces the file as a whole, unless it says the same already. A folder that
// is not there is made for the user alone.
func writePlan(path string, text []byte) error {
	old, err := readPlan(path)
	if err != nil {
		return err
	}
	if old != nil && bytes.Equal(atRest(old), atRest(text)) {
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".headsup-plan-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// readPlan is the file as it is, nil if there is none yet. A file of anybody else stays
// as it is.
func readPlan(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	const most = 10 << 20
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, errForeign
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(old[:min(len(old), 200)], []byte("PRODID:"+planProgram)) {
		return nil, errForeign
	}
	return old, nil
}

// atRest is a calendar without the lines that change although what it says does not.
func atRest(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if !compose.Moving(string(line)) {
			out = append(out, line...)
		}
	}
	return out
}

// addPlanFile makes the loop that keeps the file, where the user wants one.
func (c *crew) addPlanFile() {
	if c.cfg.Daemon.PlanFile == "" {
		return
	}
	p := &planFile{
		path: c.cfg.Daemon.PlanFile, details: c.cfg.Daemon.PlanDetails, name: c.cfg.ManagerName,
		queue: c.d.Queue, rev: c.d.store.Revision, tell: c.d.tell, log: c.d.log,
	}
	c.add(&loop{name: "plan file", step: p.step})
}
