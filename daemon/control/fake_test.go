package control

import (
	"context"
	"errors"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// fake is a daemon with one message. It keeps what it was asked, so that a test can see
// whether both sides understand the same.
type fake struct {
	asked   any
	message Message
	entries []Entry
	err     error
	cut     bool            // the trail breaks after its entries
	block   <-chan struct{} // orders wait for it
	entered chan struct{}   // told when an order has begun
	after   chan error      // what an approval's context says at its end
}

func newFake(t *testing.T) *fake {
	t.Helper()
	sam, dana := address(t, "sam@example.com"), address(t, "dana@example.com")
	at := time.Date(2026, 3, 3, 10, 35, 0, 0, time.UTC)
	return &fake{
		message: View(ledger.Message{
			ID: 7, Version: 3, State: ledger.Scheduled, Origin: ledger.FromNote,
			Kind: rules.Recap, Priority: rules.Normal, Managers: []string{"dana-reyes"},
			From: sam, Recipients: []mail.Address{dana}, Subject: "Recap: pricing",
			Content: mail.Hash{1, 2, 3}, Created: at, Changed: at,
			Choice: &rules.Choice{At: at, Until: at.Add(time.Hour), Chance: .64, Reasons: []rules.Reason{{Code: "rhythm", Text: "answers between 10 and 11"}}},
		}),
		entries: []Entry{{Seq: 1, At: at, Message: 7, Actor: "user", Event: "approved", Text: "by command"}},
	}
}

func address(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f *fake) order(q any) error {
	f.asked = q
	if f.block != nil {
		f.entered <- struct{}{}
		<-f.block
	}
	return f.err
}

func (f *fake) Status(context.Context) (Status, error) {
	return Status{Counts: map[ledger.State]int{ledger.Scheduled: 1}, Next: &f.message}, f.order("status")
}
func (f *fake) Queue(_ context.Context, q QueueQuery) ([]Message, error) {
	return []Message{f.message}, f.order(q)
}
func (f *fake) Show(_ context.Context, id ledger.ID) (Detail, error) {
	return Detail{Message: f.message, Text: "hello"}, f.order(id)
}
func (f *fake) Add(_ context.Context, r AddRequest) (Message, error) { return f.message, f.order(r) }
func (f *fake) Set(_ context.Context, r SetRequest) (Message, error) { return f.message, f.order(r) }
func (f *fake) Approve(ctx context.Context, r ApproveRequest) (Message, error) {
	err := f.order(r)
	if f.after != nil {
		f.after <- ctx.Err()
	}
	return f.message, err
}
func (f *fake) Act(_ context.Context, r ActRequest) (Message, error) { return f.message, f.order(r) }
func (f *fake) Why(_ context.Context, id ledger.ID) (Why, error) {
	return Why{Message: f.message}, f.order(id)
}
func (f *fake) Trail(_ context.Context, q TrailQuery, fn func(Entry) error) error {
	f.asked = q
	for _, e := range f.entries {
		if err := fn(e); err != nil {
			return err
		}
	}
	if f.cut {
		return errors.New("disk is gone")
	}
	return f.err
}
func (f *fake) Windows(_ context.Context, q WindowsQuery) ([]Windows, error) {
	return []Windows{{Manager: "dana-reyes", Week: []float64{.5}}}, f.order(q)
}
func (f *fake) Timeline(_ context.Context, q TimelineQuery) ([]Timeline, error) {
	return []Timeline{{Manager: "dana-reyes"}}, f.order(q)
}
func (f *fake) Calendars(context.Context) ([]Calendar, error) {
	return []Calendar{{Name: "dana-reyes"}}, f.order("calendars")
}
func (f *fake) AcceptCalendar(_ context.Context, r CalendarRequest) error { return f.order(r) }
func (f *fake) Focus(_ context.Context, manager string) ([]FocusBlock, error) {
	return []FocusBlock{{ID: "f1"}}, f.order(manager)
}
func (f *fake) AnswerFocus(_ context.Context, r FocusAnswer) (FocusBlock, error) {
	return FocusBlock{ID: r.ID, Answer: r.Answer}, f.order(r)
}
func (f *fake) Draft(_ context.Context, r DraftRequest) ([]Message, error) {
	return []Message{f.message}, f.order(r)
}
func (f *fake) Pause(_ context.Context, r PauseRequest) (Pause, error) {
	return Pause{Paused: true, Until: r.Until}, f.order(r)
}
func (f *fake) Resume(context.Context) (Pause, error) { return Pause{}, f.order("resume") }
func (f *fake) ForgetPreview(_ context.Context, a mail.Address) (Forgotten, error) {
	return Forgotten{Address: a, Sightings: 4}, f.order(a)
}
func (f *fake) Forget(_ context.Context, a mail.Address) (Forgotten, error) {
	return Forgotten{Address: a, Sightings: 4, Done: true}, f.order(a)
}
func (f *fake) Reload(context.Context) error      { return f.order("reload") }
func (f *fake) AcceptClock(context.Context) error { return f.order("clock") }
