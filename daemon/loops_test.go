package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/mailboxtest"
	"headsup/rules"
)

// bench is a crew at work over a mailbox in memory, on a clock that moves when its loops
// rest, with a server that a test plays.
type bench struct {
	t      *testing.T
	d      *Daemon
	clock  *clock.Paced
	box    *mailboxtest.Memory
	server *counter
	ended  chan error
	stop   context.CancelFunc
}

// counter is a submission server: each message passes its gate and gets the answer that
// the test gives.
type counter struct {
	entered chan []byte      // a message whose last byte left
	answer  chan mail.Result // what the server says
}

func (s *counter) Submit(ctx context.Context, _ mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	if err := gate(ctx); err != nil {
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageGate, Err: err}
	}
	s.entered <- wire
	return <-s.answer
}

func newBench(t *testing.T, change ...func(*config.Config)) *bench {
	t.Helper()
	b := &bench{
		t: t, clock: clock.NewPaced(time.Date(2026, 3, 3, 11, 2, 0, 0, time.UTC)), ended: make(chan error, 1),
		server: &counter{entered: make(chan []byte), answer: make(chan mail.Result)},
	}
	b.box = mailboxtest.NewMemory(mailboxtest.Provider{KeepsID: true}, b.clock.Wall)
	cfg := config.Default()
	cfg.User.Name, cfg.User.Zone, cfg.User.Address = "Sam", time.UTC, address(t, "sam@example.com")
	cfg.Notes.Folder = ""
	cfg.Mailbox.FilesSent = mail.Yes
	m := config.DefaultManager(cfg)
	m.Key, m.Name, m.Zone, m.Addresses = "dana", "Dana Reyes", time.UTC, []mail.Address{address(t, "dana@example.com")}
	cfg.Managers = []config.Manager{m}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	b.d, err = Open(t.Context(), Options{
		Config: cfg, Paths: config.Paths{State: filepath.Join(t.TempDir(), "state")}, Clock: b.clock, Parts: Parts{Mailbox: b.box, Submit: b.server},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.d.Close() })
	return b
}

func (b *bench) run() {
	ctx, stop := context.WithCancel(b.t.Context())
	b.stop = stop
	go func() { b.ended <- b.d.crew().run(ctx) }()
}

func (b *bench) end() {
	b.t.Helper()
	b.stop()
	if err := <-b.ended; err != nil {
		b.t.Error(err)
	}
}

// pass lets time go by while all loops but so many turn.
func (b *bench) pass(d time.Duration, but int) {
	b.t.Helper()
	err := b.clock.Advance(b.t.Context(), b.clock.Wall().Add(d), 5*time.Second, b.d.Loops()-but, func() error { return nil })
	if err != nil {
		b.t.Fatal(err)
	}
}

// arrives lets time go by until the server has a message.
func (b *bench) arrives() []byte {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	defer stop()
	over := make(chan error, 1)
	go func() {
		over <- b.clock.Advance(ctx, b.clock.Wall().Add(time.Hour), 5*time.Second, b.d.Loops(), func() error { return nil })
	}()
	select {
	case wire := <-b.server.entered:
		stop()
		if err := <-over; !errors.Is(err, context.Canceled) {
			b.t.Fatalf("time went on while the server had a message: %v", err)
		}
		return wire
	case err := <-over:
		b.t.Fatalf("nothing reached the server within an hour: %v", err)
	}
	return nil
}

// draft adds a message, which lies in Drafts afterwards.
func (b *bench) draft(subject string, p rules.Priority, but int) ledger.ID {
	b.t.Helper()
	m, err := b.d.Add(b.t.Context(), control.AddRequest{Managers: []string{"dana"}, Subject: subject, Text: "Some words.\n", Priority: p})
	if err != nil {
		b.t.Fatal(err)
	}
	b.pass(30*time.Second, but)
	if b.get(m.ID).Draft.IsZero() {
		b.t.Fatalf("message %s is not in Drafts", m.ID)
	}
	return m.ID
}

func (b *bench) get(id ledger.ID) ledger.Message {
	b.t.Helper()
	m, err := b.d.store.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bench) approve(id ledger.ID) {
	b.t.Helper()
	if _, err := b.d.Approve(b.t.Context(), control.ApproveRequest{ID: id, Content: b.get(id).Content.String()}); err != nil {
		b.t.Fatal(err)
	}
}

// move puts a draft into another folder, as a mail client does.
func (b *bench) move(id ledger.ID, to mail.Folder, but int) {
	b.t.Helper()
	if _, err := b.box.Move(b.t.Context(), b.get(id).Draft, to); err != nil {
		b.t.Fatal(err)
	}
	b.pass(time.Minute, but)
}

func (b *bench) want(id ledger.ID, s ledger.State) ledger.Message {
	b.t.Helper()
	m := b.get(id)
	if m.State != s {
		b.t.Errorf("message %s is %s, want %s (%s)", id, m.State, s, m.Waits)
	}
	return m
}

func (b *bench) service(name string) control.Service {
	b.t.Helper()
	s, err := b.d.Status(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(s.Services, func(v control.Service) bool { return v.Name == name })
	if i < 0 {
		b.t.Fatalf("the status knows no service %q: %+v", name, s.Services)
	}
	return s.Services[i]
}

// TestStuckSubmissionDelaysNobody holds the answer to the last byte of one message back
// for a quarter of an hour. Meanwhile another message gets its time, one is approved and withdrawn
// by moving its draft, the evidence for a third is found in Sent, and a notice reaches the
// inbox. Nothing else is handed over, and the one that waits cannot be cancelled.
func TestStuckSubmissionDelaysNobody(t *testing.T) {
	b := newBench(t)
	b.run()
	defer b.end()
	doubtful := b.draft("in doubt", rules.Urgent, 0)
	b.approve(doubtful)
	left := b.arrives()
	b.server.answer <- mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot, Err: errors.New("connection lost")}
	b.pass(time.Minute, 0)
	b.want(doubtful, ledger.Uncertain)

	stuck := b.draft("stuck", rules.Urgent, 0)
	b.approve(stuck)
	b.arrives()
	const one = 1 // the loop that waits for the server
	planned, withdrawn := b.draft("planned", rules.Normal, one), b.draft("withdrawn", rules.Normal, one)
	b.approve(planned)
	b.move(withdrawn, mail.Queue, one)
	if m := b.want(withdrawn, ledger.Scheduled); m.Choice == nil {
		t.Error("a message approved by its folder got no time")
	}
	b.move(withdrawn, mail.Drafts, one)
	b.want(withdrawn, ledger.Drafted)
	if m := b.want(planned, ledger.Scheduled); m.Choice == nil || m.Choice.At.IsZero() {
		t.Error("a message got no time while another was handed over")
	}
	if _, err := b.box.Deliver(mail.Sent, left, mail.Flags{Seen: true}); err != nil {
		t.Fatal(err)
	}
	b.d.tell(t.Context(), "test", "something that the user has to know")
	b.pass(16*time.Minute, one) // the table of looks has one at five minutes and the next at fifteen
	b.want(doubtful, ledger.Sent)
	if in, err := b.box.List(t.Context(), mail.Inbox); err != nil || len(in) != 1 {
		t.Errorf("%d notices in the inbox, want 1 (%v)", len(in), err)
	}
	if s := b.service(loopSend); !strings.HasPrefix(s.Text, "waits for an answer since 11:") {
		t.Errorf("the status says of the loop that waits: %q", s.Text)
	}
	if s := b.service(loopPlan); !s.OK || s.Text != "well" {
		t.Errorf("the status says of the planning: %+v", s)
	}
	if _, err := b.d.Act(t.Context(), control.ActRequest{ID: stuck, Do: control.Cancel}); !errors.Is(err, ledger.ErrTooLate) {
		t.Errorf("cancelled behind its gate: %v", err)
	}
	b.want(stuck, ledger.Sending)
	ok := mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: 250, Reply: "queued"}
	b.server.answer <- ok
	b.arrives() // what was planned meanwhile
	b.want(stuck, ledger.Sent)
	b.server.answer <- ok
	b.pass(time.Minute, 0)
	b.want(planned, ledger.Sent)
}

// TestHealthNamesTheLoopThatIsStuck: the supervisor hears of a step that takes longer than
// it may, and of no other.
func TestHealthNamesTheLoopThatIsStuck(t *testing.T) {
	h, now := newHealth(), time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	send, plan := &loop{name: loopSend, limit: sendLimit}, &loop{name: loopPlan, limit: stepLimit}
	for _, l := range []*loop{send, plan} {
		h.began(l, now)
		h.turned(l, now, nil)
	}
	if got := h.tick(48 * time.Hour); got != "" {
		t.Errorf("loops that rest are called stuck: %q", got)
	}
	h.began(send, now)
	if got := h.tick(stepLimit + time.Minute); got != "" {
		t.Errorf("%q is called stuck while the server may take its time", got)
	}
	h.began(plan, now)
	if got := h.tick(stepLimit); got != "" {
		t.Errorf("%q is called stuck too early", got)
	}
	if got := h.tick(time.Second); got != loopPlan {
		t.Errorf("stuck: %q, want %q", got, loopPlan)
	}
	h.turned(plan, now, errors.New("no"))
	if got := h.tick(time.Second); got != "" {
		t.Errorf("stuck: %q although it came back", got)
	}
	if got := h.tick(sendLimit); got != loopSend {
		t.Errorf("stuck: %q, want %q", got, loopSend)
	}
}

// TestD14NoWatches: where the system has no watches left (inotify has a limit for each
// user) and no temporary folder, the notes folder is looked at all the same.
func TestD14NoWatches(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, func(c *config.Config) { c.Notes.Folder, c.Notes.DefaultManager = dir, "dana" })
	t.Setenv("TMPDIR", filepath.Join(dir, "no such folder"))
	asked := make(chan struct{}, 1)
	b.d.crew().byName["notes"].watch = func(context.Context, chan<- struct{}) error {
		poke(asked)
		return errors.New("no space left on device")
	}
	b.run()
	defer b.end()
	<-asked
	note := filepath.Join(dir, "pilot.md")
	if err := os.WriteFile(note, []byte("# Pilot\n\nDECISION: the pilot goes on until June.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(note, b.clock.Wall(), b.clock.Wall()); err != nil {
		t.Fatal(err)
	}
	b.pass(2*time.Minute, 0)
	if drafts, err := b.box.List(t.Context(), mail.Drafts); err != nil || len(drafts) != 1 {
		t.Errorf("%d drafts, want 1 (%v)", len(drafts), err)
	}
}
