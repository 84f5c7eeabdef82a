package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// ledgerStore is what both implementations do; the suite below holds them to the same
// behaviour.
type ledgerStore interface {
	Create(context.Context, time.Time, ledger.Message, []byte) (ledger.Message, error)
	Get(context.Context, ledger.ID) (ledger.Message, error)
	List(context.Context, ledger.Filter) ([]ledger.Message, error)
	ToPlan(context.Context) ([]ledger.Message, error)
	Due(context.Context, time.Time, int) ([]ledger.Message, error)
	Doubtful(context.Context, time.Time, int) ([]ledger.Message, error)
	Wakes(context.Context) (ledger.Wakes, error)
	Bytes(context.Context, ledger.ID, ledger.Copy) ([]byte, error)
	ByMessageID(context.Context, mail.MessageID) (ledger.Message, error)
	ByToken(context.Context, string) (ledger.Message, error)
	ByDraft(context.Context, mail.Ref) (ledger.Message, error)
	Apply(context.Context, time.Time, ledger.ID, ledger.Step) (ledger.Message, error)
	ApplyAt(context.Context, time.Time, ledger.ID, int64, ledger.Step) (ledger.Message, error)
	Gate(context.Context, time.Time, ledger.Gate) error
	Gated(context.Context, ledger.ID) (ledger.Gate, bool, error)
	Attempts(context.Context, ledger.ID) ([]ledger.Attempt, error)
	Receipts(context.Context, ledger.ID) ([]ledger.Receipt, error)
	Trail(context.Context, ledger.TrailFilter) ([]ledger.Entry, error)
	Pause(context.Context) (ledger.Pause, error)
	SetPause(context.Context, time.Time, ledger.Pause) error
	Value(context.Context, string, string, any) (bool, error)
	SetValue(context.Context, time.Time, string, string, any) error
	AddTask(context.Context, ledger.Task) (bool, error)
	Tasks(context.Context, time.Time, int) ([]ledger.Task, error)
	EndTask(context.Context, time.Time, ledger.Task) error
}

var (
	_ ledgerStore = (*Store)(nil)
	_ ledgerStore = (*Memory)(nil)
)

// TestConformance runs every case on SQLite and in memory.
func TestConformance(t *testing.T) {
	cases := map[string]func(*testing.T, *world){
		"create and find":          caseFind,
		"due, wake and replan":     caseDue,
		"gate only once":           caseGate,
		"pause at the gate":        casePause,
		"doubt, look, prove":       caseDoubt,
		"resend releases the gate": caseResend,
		"done twice is done once":  caseTwice,
		"refused changes nothing":  caseRefused,
		"tasks":                    caseTasks,
	}
	stores := map[string]func(*testing.T) ledgerStore{
		"sqlite": func(t *testing.T) ledgerStore { return open(t, filepath.Join(t.TempDir(), "state")) },
		"memory": func(*testing.T) ledgerStore { return NewMemory() },
	}
	for kind, make := range stores {
		for name, run := range cases {
			t.Run(kind+"/"+name, func(t *testing.T) { run(t, &world{t: t, s: make(t)}) })
		}
	}
}

type world struct {
	t *testing.T
	s ledgerStore
}

func (w *world) create(n int) ledger.Message {
	w.t.Helper()
	m, raw := draft(w.t, n)
	m, err := w.s.Create(context.Background(), t0, m, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) do(id ledger.ID, step ledger.Step) ledger.Message {
	w.t.Helper()
	m, err := w.s.Apply(context.Background(), t0, id, step)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) scheduled(n int, at time.Time) ledger.Message {
	w.t.Helper()
	m := w.create(n)
	w.do(m.ID, ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByCommand, At: t0}, "user"))
	return w.do(m.ID, ledger.Schedule(rules.Choice{At: at, Until: at.Add(time.Hour)}, "day", "free"))
}

func (w *world) claimed(n int) (ledger.Message, ledger.Gate) {
	w.t.Helper()
	m := w.scheduled(n, t0)
	m = w.do(m.ID, ledger.Claim([]byte("wire\r\n"), m.Recipients, t0))
	return m, ledger.Gate{Message: m.ID, Attempt: m.Attempt, WireHash: m.WireHash, RcptHash: m.RcptHash, Wall: t0, Boot: time.Hour}
}

func (w *world) want(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func caseFind(t *testing.T, w *world) {
	ctx := context.Background()
	w.create(1)
	m := w.create(2)
	for what, find := range map[string]func() (ledger.Message, error){
		"id":    func() (ledger.Message, error) { return w.s.ByMessageID(ctx, m.MessageID) },
		"token": func() (ledger.Message, error) { return w.s.ByToken(ctx, m.Token) },
		"draft": func() (ledger.Message, error) { return w.s.ByDraft(ctx, m.Draft) },
	} {
		got, err := find()
		if err != nil || got.ID != m.ID {
			t.Errorf("by %s: %v, %v", what, got.ID, err)
		}
	}
	if _, err := w.s.ByToken(ctx, ""); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("by no token: %v", err)
	}
	if _, err := w.s.Get(ctx, 99); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("get 99: %v", err)
	}
	if _, err := w.s.Create(ctx, t0, m, nil); err == nil {
		t.Error("a second message with the same Message-ID was taken")
	}
	b, err := w.s.Bytes(ctx, m.ID, ledger.CopyDrafted)
	if err != nil || ledger.WireHash(b) != m.Content {
		t.Errorf("bytes: %q, %v", b, err)
	}
	if _, err := w.s.Bytes(ctx, m.ID, ledger.CopyWire); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("wire bytes before there are any: %v", err)
	}
	list, err := w.s.List(ctx, ledger.Filter{Manager: "dana", States: []ledger.State{ledger.Drafted}, After: 1})
	if err != nil || len(list) != 1 {
		t.Errorf("list: %v, %v", list, err)
	}
}

func caseDue(t *testing.T, w *world) {
	ctx := context.Background()
	later, now := w.scheduled(1, t0.Add(time.Hour)), w.scheduled(2, t0)
	due, err := w.s.Due(ctx, t0, 10)
	if err != nil || len(due) != 1 || due[0].ID != now.ID {
		t.Fatalf("due: %v, %v", due, err)
	}
	next, _ := w.s.Wakes(ctx)
	w.want("next", next, ledger.Wakes{Send: t0})
	w.do(now.ID, ledger.Keep(ledger.Hold{Code: ledger.HoldUser, Text: "wait"}, "user"))
	due, _ = w.s.Due(ctx, t0, 10)
	w.want("due while held", len(due), 0)
	next, _ = w.s.Wakes(ctx)
	w.want("next while held", next, ledger.Wakes{Send: later.Choice.At})
	w.do(now.ID, ledger.Unhold("user"))
	due, _ = w.s.Due(ctx, t0, 10)
	w.want("due before it is planned again", len(due), 0)
	plan, _ := w.s.ToPlan(ctx)
	w.want("to plan", len(plan), 2)
}

func caseGate(t *testing.T, w *world) {
	ctx := context.Background()
	m, g := w.claimed(1)
	wrong := g
	wrong.WireHash = mail.Hash{1}
	if err := w.s.Gate(ctx, t0, wrong); !errors.Is(err, ledger.ErrStale) {
		t.Fatalf("gate for other bytes: %v", err)
	}
	if err := w.s.Gate(ctx, t0.Add(2*time.Hour), g); !errors.Is(err, ledger.ErrNotNow) {
		t.Fatalf("gate after the window: %v", err)
	}
	if err := w.s.Gate(ctx, t0, g); err != nil {
		t.Fatal(err)
	}
	got, has, err := w.s.Gated(ctx, m.ID)
	if err != nil || !has || got.WireHash != g.WireHash || got.MessageID != m.MessageID || !got.Wall.Equal(t0) {
		t.Fatalf("gate row: %+v, %v, %v", got, has, err)
	}
	if err := w.s.Gate(ctx, t0, g); !errors.Is(err, ledger.ErrTooLate) {
		t.Fatalf("second gate: %v", err)
	}
	if _, err := w.s.Apply(ctx, t0, m.ID, ledger.Cancel("user", "no")); !errors.Is(err, ledger.ErrTooLate) {
		t.Fatalf("cancel behind the gate: %v", err)
	}
	w.want("state", w.do(m.ID, ledger.AskCancel("user")).State, ledger.Sending)
}

func casePause(t *testing.T, w *world) {
	ctx := context.Background()
	_, g := w.claimed(1)
	if err := w.s.SetPause(ctx, t0, ledger.Pause{On: true, By: "user"}); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Gate(ctx, t0, g); !errors.Is(err, ledger.ErrNotNow) {
		t.Fatalf("gate while paused: %v", err)
	}
	if err := w.s.SetPause(ctx, t0, ledger.Pause{On: true, By: "user", Until: t0}); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Gate(ctx, t0, g); err != nil {
		t.Fatalf("gate after the pause: %v", err)
	}
}

func caseDoubt(t *testing.T, w *world) {
	ctx := context.Background()
	m, g := w.claimed(1)
	if err := w.s.Gate(ctx, t0, g); err != nil {
		t.Fatal(err)
	}
	w.do(m.ID, ledger.Doubt(ledger.Attempt{Message: m.ID, N: 1, Outcome: mail.Uncertain, Stage: mail.StageDot, Err: "reset"}))
	list, err := w.s.Doubtful(ctx, t0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("doubtful: %v, %v", list, err)
	}
	w.do(m.ID, ledger.Looked(t0.Add(time.Minute), false))
	list, _ = w.s.Doubtful(ctx, t0, 10)
	w.want("doubtful after a look", len(list), 0)
	list, _ = w.s.Doubtful(ctx, t0.Add(-4*time.Hour), 10)
	w.want("doubtful when the clock was set back", len(list), 1)
	held := w.do(m.ID, ledger.Looked(time.Time{}, true))
	w.want("hold", held.Hold.Code, ledger.HoldEvidence)
	sent := w.do(m.ID, ledger.Prove(ledger.Receipt{Kind: ledger.ReceiptFiled, At: t0, Text: "seen in sent"}))
	w.want("state", sent.State, ledger.Sent)
	w.want("hold", sent.Held(), false)
	rs, err := w.s.Receipts(ctx, m.ID)
	if err != nil || len(rs) != 1 || rs[0].Message != m.ID {
		t.Fatalf("receipts: %v, %v", rs, err)
	}
	as, err := w.s.Attempts(ctx, m.ID)
	if err != nil || len(as) != 1 || as[0].Err != "reset" {
		t.Fatalf("attempts: %v, %v", as, err)
	}
}

func caseResend(t *testing.T, w *world) {
	ctx := context.Background()
	m, g := w.claimed(1)
	if err := w.s.Gate(ctx, t0, g); err != nil {
		t.Fatal(err)
	}
	w.do(m.ID, ledger.Doubt(ledger.Attempt{Message: m.ID, N: 1}))
	w.do(m.ID, ledger.SayResend("user"))
	if _, has, _ := w.s.Gated(ctx, m.ID); has {
		t.Fatal("the gate row is still there")
	}
	w.do(m.ID, ledger.Schedule(rules.Choice{At: t0, Until: t0.Add(time.Hour)}, "day", "again"))
	m = w.do(m.ID, ledger.Claim([]byte("wire\r\n"), m.Recipients, t0))
	g.Attempt = m.Attempt
	if err := w.s.Gate(ctx, t0, g); err != nil {
		t.Fatal(err)
	}
	w.want("attempt", m.Attempt, 2)
}

func caseTwice(t *testing.T, w *world) {
	ctx := context.Background()
	m := w.create(1)
	yes := ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByCommand, At: t0}, "user")
	a := w.do(m.ID, yes)
	b := w.do(m.ID, yes)
	w.want("version", b.Version, a.Version)
	es, err := w.s.Trail(ctx, ledger.TrailFilter{Message: m.ID, Event: "approve"})
	if err != nil || len(es) != 1 {
		t.Fatalf("trail: %v, %v", es, err)
	}
	w.do(m.ID, ledger.Cancel("user", "no"))
	w.want("state", w.do(m.ID, ledger.Cancel("user", "no")).State, ledger.Cancelled)
}

func caseRefused(t *testing.T, w *world) {
	ctx := context.Background()
	m := w.create(1)
	before, _ := w.s.Trail(ctx, ledger.TrailFilter{})
	if _, err := w.s.Apply(ctx, t0, m.ID, ledger.Approve(ledger.Approval{Content: mail.Hash{1}, At: t0}, "user")); !errors.Is(err, ledger.ErrContent) {
		t.Fatalf("approve another content: %v", err)
	}
	if _, err := w.s.Apply(ctx, t0, m.ID, ledger.Claim(nil, nil, t0)); !errors.Is(err, ledger.ErrRefused) {
		t.Fatalf("claim a draft: %v", err)
	}
	after, _ := w.s.Trail(ctx, ledger.TrailFilter{})
	w.want("lines of the trail", len(after), len(before))
	got, _ := w.s.Get(ctx, m.ID)
	w.want("version", got.Version, m.Version)
}

func caseTasks(t *testing.T, w *world) {
	ctx := context.Background()
	task := ledger.Task{Kind: ledger.TaskTell, Cause: "clock", Text: "the clock was set", Due: t0}
	for i, want := range []bool{true, false} {
		if added, err := w.s.AddTask(ctx, task); err != nil || added != want {
			t.Fatalf("add %d: %v, %v", i, added, err)
		}
	}
	list, err := w.s.Tasks(ctx, t0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("tasks: %v, %v", list, err)
	}
	next, _ := w.s.Wakes(ctx)
	w.want("next", next, ledger.Wakes{Tidy: t0})
	list[0].Done, list[0].Tries = t0, 1
	if err := w.s.EndTask(ctx, t0, list[0]); err != nil {
		t.Fatal(err)
	}
	list, _ = w.s.Tasks(ctx, t0, 10)
	w.want("tasks left", len(list), 0)
}
