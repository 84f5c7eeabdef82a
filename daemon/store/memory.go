package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Memory is a ledger without a disk. It carries out the same steps under the same rules
// and passes the same suite; what it does not have is the tables that only commands and
// dashboards read. A process of the simulation dies and comes back on the same Memory.
type Memory struct {
	// Before is asked before a change is made, After once it is durable. An error of
	// Before means that nothing changed; an error of After that it did and that the
	// caller is told otherwise. Both may be nil. op is the name of the step, or of the
	// method in lower case.
	Before, After func(op string) error

	mu       sync.Mutex
	msgs     []ledger.Message // by id, from 1
	bytes    map[copyKey][]byte
	attempts map[ledger.ID][]ledger.Attempt
	receipts map[ledger.ID][]ledger.Receipt
	gates    map[ledger.ID]ledger.Gate
	tasks    []ledger.Task
	values   map[string][]byte
	trail    []ledger.Entry
}

type copyKey struct {
	id ledger.ID
	c  ledger.Copy
}

// NewMemory returns an empty ledger.
func NewMemory() *Memory {
	return &Memory{bytes: map[copyKey][]byte{}, attempts: map[ledger.ID][]ledger.Attempt{}, receipts: map[ledger.ID][]ledger.Receipt{},
		gates: map[ledger.ID]ledger.Gate{}, values: map[string][]byte{}}
}

// change runs fn between the two hooks. fn returns what is to be done once nothing can
// fail any more.
func (s *Memory) change(op string, fn func() (func(), error)) error {
	return s.changeNamed(func() string { return op }, fn)
}

func (s *Memory) changeNamed(name func() string, fn func() (func(), error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	commit, err := fn()
	if err != nil || commit == nil {
		return err
	}
	op := name()
	if s.Before != nil {
		if err := s.Before(op); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	commit()
	if s.After != nil {
		if err := s.After(op); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	return nil
}

// Create takes a message in.
func (s *Memory) Create(_ context.Context, now time.Time, m ledger.Message, raw []byte) (ledger.Message, error) {
	err := s.change("create", func() (func(), error) {
		if i := slices.IndexFunc(s.msgs, func(o ledger.Message) bool {
			return o.MessageID == m.MessageID || m.Token != "" && o.Token == m.Token
		}); i >= 0 {
			return nil, fmt.Errorf("create a message: message %s has this id or token", s.msgs[i].ID)
		}
		m = born(m, now, false)
		m.ID = ledger.ID(len(s.msgs) + 1)
		return func() {
			s.msgs = append(s.msgs, m)
			s.bytes[copyKey{m.ID, ledger.CopyDrafted}] = bytes.Clone(raw)
			s.addEntry(ledger.Entry{At: now, Message: m.ID, Note: m.Note, Actor: "headsup", Event: "create", Text: m.Subject})
		}, nil
	})
	return m, err
}

func (s *Memory) addEntry(e ledger.Entry) {
	prev := ""
	if n := len(s.trail); n > 0 {
		prev = s.trail[n-1].Hash
	}
	e.Seq = int64(len(s.trail) + 1)
	e.Hash = chainEntry(prev, e, textSum(e.Text))
	s.trail = append(s.trail, e)
}

// Apply carries out one step.
func (s *Memory) Apply(_ context.Context, now time.Time, id ledger.ID, step ledger.Step) (ledger.Message, error) {
	return s.apply(now, id, func(ledger.Message, ledger.Pause) ledger.Step { return step })
}

// ApplyAt is [Memory.Apply] for somebody who looked at the message before.
func (s *Memory) ApplyAt(_ context.Context, now time.Time, id ledger.ID, version int64, step ledger.Step) (ledger.Message, error) {
	return s.apply(now, id, func(m ledger.Message, _ ledger.Pause) ledger.Step {
		if m.Version != version {
			return ledger.Stale(step)
		}
		return step
	})
}

// Gate lets the last byte of a message leave when it returns nil.
func (s *Memory) Gate(_ context.Context, now time.Time, g ledger.Gate) error {
	_, err := s.apply(now, g.Message, func(m ledger.Message, p ledger.Pause) ledger.Step {
		g.MessageID, g.Content, g.Note = m.MessageID, m.Approval.Content, m.Note
		return ledger.PassGate(g, p.Active(now))
	})
	return err
}

func (s *Memory) apply(now time.Time, id ledger.ID, decide func(ledger.Message, ledger.Pause) ledger.Step) (ledger.Message, error) {
	var after ledger.Message
	var step ledger.Step
	err := s.changeNamed(func() string { return step.Name }, func() (func(), error) {
		before, err := s.get(id)
		if err != nil {
			return nil, err
		}
		var pause ledger.Pause
		if b, ok := s.values["pause\x00"]; ok {
			if err := json.Unmarshal(b, &pause); err != nil {
				return nil, err
			}
		}
		if step = decide(before, pause); step.Done(before) {
			after = before
			return nil, nil
		}
		if after, err = step.Apply(before, now); err != nil {
			return nil, err
		}
		if _, has := s.gates[id]; step.Gate != nil && has {
			return nil, fmt.Errorf("write the gate of message %s: there is one", id)
		}
		return func() { s.carryOut(now, before, after, step) }, nil
	})
	if err != nil {
		return ledger.Message{}, err
	}
	return after, nil
}

func (s *Memory) carryOut(now time.Time, before, after ledger.Message, step ledger.Step) {
	id := after.ID
	s.msgs[id-1] = after
	if step.Raw != nil {
		s.bytes[copyKey{id, ledger.CopyDrafted}] = bytes.Clone(step.Raw)
	}
	if step.Freeze {
		s.bytes[copyKey{id, ledger.CopyApproved}] = s.bytes[copyKey{id, ledger.CopyDrafted}]
	}
	if step.Wire != nil {
		s.bytes[copyKey{id, ledger.CopyWire}] = bytes.Clone(step.Wire)
	}
	if a := step.Attempt; a != nil {
		list := slices.DeleteFunc(slices.Clone(s.attempts[id]), func(o ledger.Attempt) bool { return o.N == a.N })
		s.attempts[id] = append(list, *a)
	}
	if step.Receipt != nil {
		r := *step.Receipt
		r.Message = id
		s.receipts[id] = append(slices.Clone(s.receipts[id]), r)
	}
	if step.Release != "" {
		delete(s.gates, id)
	}
	if step.Gate != nil {
		s.gates[id] = *step.Gate
	}
	for _, t := range step.Tasks {
		t.Message = id
		s.putTask(t)
	}
	if !step.Quiet(before) {
		s.addEntry(entryOf(now, after, step))
	}
}

func (s *Memory) get(id ledger.ID) (ledger.Message, error) {
	if id < 1 || int(id) > len(s.msgs) {
		return ledger.Message{}, ledger.ErrNotFound
	}
	return s.msgs[id-1], nil
}

// Get returns one message.
func (s *Memory) Get(_ context.Context, id ledger.ID) (ledger.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(id)
}

func (s *Memory) pick(want func(*ledger.Message) bool) []ledger.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ledger.Message
	for i := range s.msgs {
		if want(&s.msgs[i]) {
			out = append(out, s.msgs[i])
		}
	}
	return out
}

// List returns the messages that a filter selects, by number.
func (s *Memory) List(_ context.Context, f ledger.Filter) ([]ledger.Message, error) {
	out := s.pick(func(m *ledger.Message) bool {
		return m.ID > f.After && (len(f.States) == 0 || slices.Contains(f.States, m.State)) &&
			(f.Manager == "" || slices.Contains(m.Managers, f.Manager)) &&
			(f.Held == nil || *f.Held == m.Held()) && !m.Changed.Before(f.Since)
	})
	return limited(out, f.Limit), nil
}

func limited(list []ledger.Message, n int) []ledger.Message {
	if n > 0 && len(list) > n {
		return list[:n]
	}
	return list
}

// ToPlan returns everything approved or scheduled.
func (s *Memory) ToPlan(context.Context) ([]ledger.Message, error) {
	return s.pick(func(m *ledger.Message) bool { return m.State == ledger.Approved || m.State == ledger.Scheduled }), nil
}

// Due returns scheduled messages whose time has come, the earliest first.
func (s *Memory) Due(_ context.Context, now time.Time, limit int) ([]ledger.Message, error) {
	return s.waking(limit, func(m *ledger.Message) bool {
		return m.State == ledger.Scheduled && !m.Replan && !Wake(*m).After(now)
	}), nil
}

// Doubtful returns uncertain messages that are to be looked for now.
func (s *Memory) Doubtful(_ context.Context, now time.Time, limit int) ([]ledger.Message, error) {
	ahead := now.Add(ledger.LookWithin)
	return s.waking(limit, func(m *ledger.Message) bool {
		return m.State == ledger.Uncertain && (!Wake(*m).After(now) || Wake(*m).After(ahead))
	}), nil
}

func (s *Memory) waking(limit int, want func(*ledger.Message) bool) []ledger.Message {
	out := s.pick(func(m *ledger.Message) bool { return !Wake(*m).IsZero() && want(m) })
	slices.SortStableFunc(out, func(a, b ledger.Message) int {
		return cmp.Or(Wake(a).Compare(Wake(b)), cmp.Compare(a.ID, b.ID))
	})
	return limited(out, limit)
}

// Wakes are the earliest moments at which something has to be done.
func (s *Memory) Wakes(context.Context) (ledger.Wakes, error) {
	var w ledger.Wakes
	add := func(next *time.Time, t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(*next)) {
			*next = t
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.msgs {
		switch m := &s.msgs[i]; {
		case m.State == ledger.Uncertain:
			add(&w.Look, Wake(*m))
		case !m.Replan:
			add(&w.Send, Wake(*m))
		}
	}
	for _, t := range s.tasks {
		if t.Done.IsZero() {
			add(&w.Tidy, t.Due)
		}
	}
	return w, nil
}

// Bytes returns one of the copies that are kept of a message.
func (s *Memory) Bytes(_ context.Context, id ledger.ID, c ledger.Copy) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.bytes[copyKey{id, c}]
	if !ok {
		return nil, ledger.ErrNotFound
	}
	return bytes.Clone(b), nil
}

func (s *Memory) one(want func(*ledger.Message) bool) (ledger.Message, error) {
	list := s.pick(want)
	if len(list) == 0 {
		return ledger.Message{}, ledger.ErrNotFound
	}
	return list[len(list)-1], nil
}

// ByMessageID finds a message by its Message-ID.
func (s *Memory) ByMessageID(_ context.Context, id mail.MessageID) (ledger.Message, error) {
	return s.one(func(m *ledger.Message) bool { return m.MessageID == id })
}

// ByToken finds a message by the mark on its draft.
func (s *Memory) ByToken(_ context.Context, token string) (ledger.Message, error) {
	return s.one(func(m *ledger.Message) bool { return token != "" && m.Token == token })
}

// ByDraft finds a message by the place of its draft.
func (s *Memory) ByDraft(_ context.Context, r mail.Ref) (ledger.Message, error) {
	return s.one(func(m *ledger.Message) bool { return r.UID != "" && m.Draft == r })
}

// Attempts returns the tries of a message in their order.
func (s *Memory) Attempts(_ context.Context, id ledger.ID) ([]ledger.Attempt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts[id]), nil
}

// Receipts returns the evidence about a message in its order.
func (s *Memory) Receipts(_ context.Context, id ledger.ID) ([]ledger.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.receipts[id]), nil
}

// Gated returns the gate row of a message, if it has one.
func (s *Memory) Gated(_ context.Context, id ledger.ID) (ledger.Gate, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.gates[id]
	return g, ok, nil
}

// Trail returns all lines of the trail about a message, or of all messages for 0.
func (s *Memory) Trail(_ context.Context, f ledger.TrailFilter) ([]ledger.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ledger.Entry
	for _, e := range s.trail {
		if (f.Message == 0 || e.Message == f.Message) && (f.Event == "" || e.Event == f.Event) {
			out = append(out, e)
		}
	}
	return out, nil
}

// Broken is always nil: a failing Memory says so at once, through its hooks.
func (s *Memory) Broken() error { return nil }

// Pause returns what keeps everything from going out.
func (s *Memory) Pause(ctx context.Context) (ledger.Pause, error) {
	var p ledger.Pause
	_, err := s.Value(ctx, "pause", "", &p)
	return p, err
}

// SetPause starts or ends the pause.
func (s *Memory) SetPause(ctx context.Context, now time.Time, p ledger.Pause) error {
	return s.SetValue(ctx, now, "pause", "", p)
}

// Value reads a stored value into v.
func (s *Memory) Value(_ context.Context, kind, key string, v any) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.values[kind+"\x00"+key]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, v)
}

// SetValue stores a value.
func (s *Memory) SetValue(_ context.Context, _ time.Time, kind, key string, v any) error {
	return s.change("value", func() (func(), error) {
		b, err := json.Marshal(v)
		return func() { s.values[kind+"\x00"+key] = b }, err
	})
}

// AddTask stores something to be done, once for each message, kind and cause.
func (s *Memory) AddTask(_ context.Context, t ledger.Task) (bool, error) {
	added := false
	err := s.change("task", func() (func(), error) {
		if s.hasTask(t) {
			return nil, nil
		}
		return func() { s.putTask(t); added = true }, nil
	})
	return added, err
}

func (s *Memory) hasTask(t ledger.Task) bool {
	return slices.ContainsFunc(s.tasks, func(o ledger.Task) bool {
		return o.Message == t.Message && o.Kind == t.Kind && o.Cause == t.Cause
	})
}

func (s *Memory) putTask(t ledger.Task) {
	if !s.hasTask(t) {
		t.ID = int64(len(s.tasks) + 1)
		s.tasks = append(s.tasks, t)
	}
}

// Tasks returns what is to be done now, the oldest first.
func (s *Memory) Tasks(_ context.Context, now time.Time, limit int) ([]ledger.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ledger.Task
	for _, t := range s.tasks {
		if t.Done.IsZero() && !t.Due.After(now) {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b ledger.Task) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return out[:min(len(out), limit)], nil
}

// EndTask writes down the result of a try.
func (s *Memory) EndTask(_ context.Context, now time.Time, t ledger.Task) error {
	return s.change("end task", func() (func(), error) {
		i := slices.IndexFunc(s.tasks, func(o ledger.Task) bool { return o.ID == t.ID })
		if i < 0 {
			return nil, ledger.ErrNotFound
		}
		return func() {
			s.tasks[i] = t
			if !t.Done.IsZero() && t.Kind == ledger.TaskTell {
				s.addEntry(ledger.Entry{At: now, Message: t.Message, Actor: "headsup", Event: "told", Text: t.Text})
			}
		}, nil
	})
}

// AddReceipt stores evidence that changes no state, once for each kind and time.
func (s *Memory) AddReceipt(_ context.Context, now time.Time, r ledger.Receipt) error {
	return s.change("receipt", func() (func(), error) {
		for _, o := range s.receipts[r.Message] {
			if o.Kind == r.Kind && o.At.Equal(r.At) {
				return nil, nil
			}
		}
		return func() {
			s.receipts[r.Message] = append(slices.Clone(s.receipts[r.Message]), r)
			s.addEntry(ledger.Entry{At: now, Message: r.Message, Actor: "server", Event: string(r.Kind), Text: r.Text})
		}, nil
	})
}

// AddSightings stores when managers were seen, each mail once.
func (s *Memory) AddSightings(ctx context.Context, list []ledger.Sighting) error {
	for _, v := range list {
		if err := s.SetValue(ctx, v.At, "sighting", v.Manager+"/"+v.Ref, v); err != nil {
			return err
		}
	}
	return nil
}

// Cursor says how far a folder of a mailbox was read.
func (s *Memory) Cursor(ctx context.Context, box string, f mail.Folder) (mail.Cursor, error) {
	var c mail.Cursor
	_, err := s.Value(ctx, "cursor", box+"/"+string(f), &c)
	return c, err
}

// SetCursor stores how far a folder was read.
func (s *Memory) SetCursor(ctx context.Context, now time.Time, box string, f mail.Folder, c mail.Cursor) error {
	return s.SetValue(ctx, now, "cursor", box+"/"+string(f), c)
}

// ByContent finds the newest message with this content.
func (s *Memory) ByContent(_ context.Context, h mail.Hash) (ledger.Message, error) {
	return s.one(func(m *ledger.Message) bool { return m.Content == h })
}
