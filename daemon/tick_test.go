package daemon

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/mail"
	"headsup/mail/mailboxtest"
	"headsup/rules"
	"headsup/rules/rhythm"
	"headsup/rules/window"
)

// office is a ledger with many messages for many managers, planned once.
type office struct {
	d    *Daemon
	c    *crew
	now  time.Time
	plan *planner
}

// newOffice makes n approved messages for m managers, each of whom has a calendar and a
// year of mail.
func newOffice(t testing.TB, n, m int) *office {
	t.Helper()
	now := time.Date(2026, 3, 3, 11, 2, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.User.Name, cfg.User.Zone = "Sam", time.UTC
	cfg.User.Address = address(t, "sam@example.com")
	cfg.Notes.Folder = ""
	for i := range m {
		man := config.DefaultManager(cfg)
		man.Key, man.Name, man.Zone = fmt.Sprintf("m%02d", i), fmt.Sprintf("Manager %d", i), time.UTC
		man.Addresses = []mail.Address{address(t, man.Key+"@example.com")}
		cfg.Managers = append(cfg.Managers, man)
	}
	d, err := Open(t.Context(), Options{
		Config: cfg, Paths: config.Paths{State: filepath.Join(t.TempDir(), "state")}, Clock: clock.NewFake(now),
		Parts: Parts{Mailbox: mailboxtest.NewMemory(mailboxtest.Provider{}, func() time.Time { return now }), Submit: nobodyHome{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	o := &office{d: d, c: d.crew(), now: now, plan: &planner{c: d.crew(), rules: new(window.Planner)}}
	o.fill(t, n)
	return o
}

type nobodyHome struct{}

func (nobodyHome) Submit(context.Context, mail.Envelope, []byte, func(context.Context) error) mail.Result {
	return mail.Result{Outcome: mail.NotSent}
}

func address(t testing.TB, s string) mail.Address {
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (o *office) fill(t testing.TB, n int) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, one := range o.c.people.known {
		for day := range 250 {
			at := o.now.AddDate(0, 0, -day).Add(time.Duration(rng.IntN(8*60)-4*60) * time.Minute)
			one.rhythm.Observe(rhythm.Seen{At: at})
			one.seen = append(one.seen, at)
		}
		o.meet(one, 13, "v1")
	}
	for i := range n {
		key := fmt.Sprintf("m%02d", i%len(o.c.cfg.Managers))
		hash := ledger.WireHash(fmt.Append(nil, i))
		m := ledger.Message{
			State: ledger.Approved, Origin: ledger.FromCommand, Managers: []string{key}, Kind: rules.Update,
			Priority: rules.Priorities()[i%3], MessageID: mail.MessageID(fmt.Sprintf("n%d@example.com", i)), Token: fmt.Sprint("t", i),
			Content: hash, Approval: ledger.Approval{Content: hash, By: ledger.ByCommand, At: o.now}, Subject: fmt.Sprint("subject ", i),
		}
		if _, err := o.d.store.Create(t.Context(), o.now, m, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
}

// meet gives a manager a meeting today at an hour.
func (o *office) meet(one *person, hour int, version string) {
	day := o.now.Truncate(24 * time.Hour)
	f := &feed{name: one.cfg.Key, manager: one.cfg.Key, last: calendar.Snapshot{
		Range: rangeAround(o.now, time.UTC), Version: version, AsOf: o.now,
		Events: []calendar.Event{{UID: "a", Show: calendar.ShowBusy, Title: "Meeting", Attendees: []calendar.Attendee{{Name: "x"}},
			Span: calendar.Span{Start: day.Add(time.Duration(hour) * time.Hour), End: day.Add(time.Duration(hour+1) * time.Hour)}}},
	}}
	one.feeds, one.calendars, one.stale = []*feed{f}, []config.Calendar{config.DefaultCalendar(config.CalendarFile)}, true
}

// tick is what the outbox does in a planning step up to the writing: read what waits,
// ask the planner.
func (o *office) tick(t testing.TB) []outbox.Planned {
	waiting, err := o.d.store.ToPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.plan.Plan(t.Context(), o.now, waiting)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (o *office) write(t testing.TB, planned []outbox.Planned) {
	for _, p := range planned {
		if p.Choice == nil {
			t.Fatalf("no time for message %s: %+v", p.ID, p.Hold)
		}
		if _, err := o.d.store.Apply(t.Context(), o.now, p.ID, ledger.Schedule(*p.Choice, p.Day, p.Why)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTickEqualsPlanningFromNothing moves one event and compares the choices that the
// planner with its memory stores with those of a planner that knows nothing.
func TestTickEqualsPlanningFromNothing(t *testing.T) {
	o := newOffice(t, 400, 20)
	o.write(t, o.tick(t))
	if again := o.tick(t); len(again) != 0 {
		t.Fatalf("a tick without news changes %d messages", len(again))
	}
	o.meet(o.c.people.known["m03"], 12, "v2")
	changed := o.tick(t)
	for _, p := range changed {
		m, err := o.d.store.Get(t.Context(), p.ID)
		if err != nil || m.Managers[0] != "m03" {
			t.Errorf("message %s of %v was planned again though its manager's day is the same (%v)", p.ID, m.Managers, err)
		}
	}
	if len(changed) == 0 {
		t.Fatal("a moved meeting changed nothing")
	}
	o.write(t, changed)
	fresh := &planner{c: o.c, rules: new(window.Planner)}
	waiting, err := o.d.store.ToPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rest, err := fresh.Plan(t.Context(), o.now, waiting)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rest {
		m, _ := o.d.store.Get(t.Context(), p.ID)
		if m.Choice == nil || p.Choice == nil || !m.Choice.At.Equal(p.Choice.At) {
			t.Errorf("message %s: stored %v, from nothing %v", p.ID, m.Choice, p.Choice)
		}
	}
}

// TestH8AnotherAccount: mail stays with the account that it was queued for.
func TestH8AnotherAccount(t *testing.T) {
	o := newOffice(t, 2, 1)
	hash := ledger.WireHash([]byte("a"))
	_, err := o.d.store.Create(t.Context(), o.now, ledger.Message{
		State: ledger.Approved, Account: "smtp:sam@example.org", Managers: []string{"m00"}, MessageID: "a@example.com", Token: "a",
		Content: hash, Approval: ledger.Approval{Content: hash, At: o.now},
	}, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, p := range o.tick(t) {
		if p.Hold != nil {
			held++
			if p.ID != 3 || p.Hold.Code != "account" || p.Choice != nil {
				t.Errorf("%+v", p)
			}
		}
	}
	if held != 1 {
		t.Errorf("%d held, want the one of the other account", held)
	}
}

// TestToPlanFollowsTheLedger changes messages in every way and compares what the planner
// is given with what the ledger lists.
func TestToPlanFollowsTheLedger(t *testing.T) {
	o := newOffice(t, 40, 4)
	same := func(when string) {
		t.Helper()
		got, err := o.d.store.ToPlan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want, err := o.d.store.List(t.Context(), ledger.Filter{States: []ledger.State{ledger.Approved, ledger.Scheduled}})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: the planner is given %d messages, the ledger lists %d (%v)", when, len(got), len(want), err)
		}
	}
	same("at first")
	o.write(t, o.tick(t)[:7])
	same("some planned")
	for id, step := range map[ledger.ID]ledger.Step{
		3: ledger.Cancel("user", "no"), 5: ledger.Withdraw("user", "no"), 9: ledger.Keep(ledger.Hold{Code: "user"}, "user"),
	} {
		if _, err := o.d.store.Apply(t.Context(), o.now, id, step); err != nil {
			t.Fatal(err)
		}
		same(step.Name)
	}
	a := ledger.Approval{Content: ledger.WireHash([]byte("4")), At: o.now}
	if _, err := o.d.store.Apply(t.Context(), o.now, 5, ledger.Approve(a, "user")); err != nil {
		t.Fatal(err)
	}
	same("approved again")
}

func BenchmarkTick(b *testing.B) {
	o := newOffice(b, 10_000, 50)
	o.write(b, o.tick(b))
	o.tick(b)
	b.Run("nothing changed", func(b *testing.B) {
		out := outbox.New(outbox.Options{Store: o.d.store, Planner: o.plan, Clock: o.d.clock, Guard: o.d.guard})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := out.Plan(b.Context(), o.now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("nothing changed, looked at all the same", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n := len(o.tick(b)); n != 0 {
				b.Fatalf("%d changes", n)
			}
		}
	})
	hour := 12
	b.Run("one event moved", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			hour = 27 - hour // 12 and 15 by turns
			o.meet(o.c.people.known["m07"], hour, fmt.Sprint("v", hour))
			b.StartTimer()
			o.tick(b)
		}
	})
}

// TestAdvice lets three updates of low priority wait for one manager: the status says that
// they could be one mail, and nothing is done about it.
func TestAdvice(t *testing.T) {
	o := newOffice(t, 12, 1) // priorities by turns, all updates
	waiting, err := o.d.store.ToPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	low := 0
	for _, m := range waiting {
		if m.Priority == rules.Low {
			low++
		}
	}
	s, err := o.d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if low < 2 || len(s.Advice) != 1 || len(s.Advice[0].Messages) != low {
		t.Fatalf("%d of low priority wait, advice %+v", low, s.Advice)
	}
	if a := s.Advice[0]; a.Text != fmt.Sprintf("%d updates of low priority wait for Manager and could go as one mail", low) {
		t.Errorf("advice: %q", a.Text)
	}
	hold := ledger.Keep(ledger.Hold{Code: ledger.HoldUser, Text: "wait"}, "user")
	for _, id := range s.Advice[0].Messages[1:] {
		if _, err := o.d.store.Apply(t.Context(), o.now, id, hold); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = o.d.Status(t.Context()); err != nil || len(s.Advice) != 0 {
		t.Errorf("advice about what is held: %+v, %v", s.Advice, err)
	}
	after, err := o.d.store.ToPlan(t.Context())
	if err != nil || len(after) != len(waiting) {
		t.Errorf("%d messages wait, %d before (%v)", len(after), len(waiting), err)
	}
}

// TestWindowsCountsAnswers: how often and how fast a manager answered is told with the
// windows.
func TestWindowsCountsAnswers(t *testing.T) {
	o := newOffice(t, 0, 2)
	for i, d := range []time.Duration{0, 20 * time.Minute, 40 * time.Minute, 3 * time.Hour} {
		s := ledger.Sighting{Manager: "m01", At: o.now.Add(-time.Duration(i+1) * 24 * time.Hour), Delay: d, Ref: fmt.Sprint(i)}
		if err := o.d.store.AddSightings(t.Context(), []ledger.Sighting{s}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := o.d.Windows(t.Context(), control.WindowsQuery{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d managers, %v", len(list), err)
	}
	if w := list[0]; w.Answers != 0 || words(w.Basis, "") == "" {
		t.Errorf("without answers: %+v", w.Basis)
	}
	if w := list[1]; w.Answers != 3 || w.Basis[len(w.Basis)-1].Text != "3 of these mails answered a message from here, half of them within 40 min" {
		t.Errorf("%d answers: %+v", w.Answers, w.Basis)
	}
}
