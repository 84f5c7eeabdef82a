package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail/letter"
	"headsup/rules"
)

// Queue lists messages, the next to go first.
func (d *Daemon) Queue(ctx context.Context, q control.QueueQuery) ([]control.Message, error) {
	list, err := d.store.List(ctx, ledger.Filter{States: q.States, Manager: q.Manager})
	if err != nil {
		return nil, err
	}
	out := []control.Message{}
	for _, m := range list {
		if len(q.States) > 0 || q.All || !m.State.Final() {
			out = append(out, control.View(m))
		}
	}
	slices.SortStableFunc(out, func(a, b control.Message) int {
		return cmp.Or(goesAt(a).Compare(goesAt(b)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// goesAt orders a list: what has a time comes first, then the rest.
func goesAt(m control.Message) time.Time {
	if m.Choice != nil && m.State == ledger.Scheduled {
		return m.Choice.At
	}
	return time.Unix(1<<40, 0)
}

// Show is one message with its text and its history.
func (d *Daemon) Show(ctx context.Context, id ledger.ID) (control.Detail, error) {
	m, err := d.get(ctx, id)
	if err != nil {
		return control.Detail{}, err
	}
	raw, err := d.store.Bytes(ctx, id, ledger.CopyDrafted)
	if err != nil {
		return control.Detail{}, err
	}
	out := control.Detail{Message: control.View(m), Because: m.Because}
	read, err := letter.Read(raw)
	if err != nil {
		out.Text = "(the content cannot be read: " + err.Error() + ")"
	}
	out.To, out.CC, out.BCC = control.People(read.To), control.People(read.Cc), control.People(read.Bcc)
	for _, p := range read.Parts {
		if p.Type == "text/plain" && out.Text == "" && p.Disposition != "attachment" {
			out.Text = string(p.Body)
			continue
		}
		out.Parts = append(out.Parts, control.Part{Type: p.Type, Name: p.Filename, Size: len(p.Body)})
	}
	return out, d.history(ctx, id, &out)
}

// history adds attempts, receipts and what the user is asked to look at.
func (d *Daemon) history(ctx context.Context, id ledger.ID, out *control.Detail) error {
	attempts, err := d.store.Attempts(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		out.Attempts = append(out.Attempts, control.AttemptOf(a))
	}
	receipts, err := d.store.Receipts(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		out.Receipts = append(out.Receipts, control.ReceiptOf(r))
	}
	for _, event := range [...]string{"carried", "check"} {
		entries, err := d.store.Trail(ctx, ledger.TrailFilter{Message: id, Event: event})
		if err != nil {
			return err
		}
		for _, e := range entries {
			out.Check = append(out.Check, rules.Reason{Code: event, Text: e.Text})
		}
	}
	return nil
}

func (d *Daemon) get(ctx context.Context, id ledger.ID) (ledger.Message, error) {
	m, err := d.store.Get(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return m, control.Errorf(control.NotFound, "headsup queue list --all", "there is no message %s", id)
	}
	return m, err
}

// Why explains a message.
func (d *Daemon) Why(ctx context.Context, id ledger.ID) (control.Why, error) {
	m, err := d.get(ctx, id)
	if err != nil {
		return control.Why{}, err
	}
	w := control.Why{Message: control.View(m), Because: m.Because, Waiting: d.waiting(ctx, m)}
	lines, err := d.store.Trail(ctx, ledger.TrailFilter{Message: id})
	for _, e := range lines {
		w.History = append(w.History, control.EntryOf(e))
	}
	return w, err
}

// waiting says in words what keeps a message from going.
func (d *Daemon) waiting(ctx context.Context, m ledger.Message) []rules.Reason {
	var out []rules.Reason
	say := func(code, format string, args ...any) {
		out = append(out, rules.Reason{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	now := d.clock.Wall()
	switch m.State {
	case ledger.Drafted:
		say("approval", "nobody approved it yet: move the draft into Headsup, or read it with headsup queue show %s and say yes as it tells", m.ID)
	case ledger.Approved:
		say("plan", "a time is chosen in a moment")
	case ledger.Scheduled:
		if m.Choice != nil && now.Before(m.Choice.At) {
			say("time", "its time comes at %s", stamp(m.Choice.At.In(d.zoneOf(m))))
		}
	case ledger.Uncertain:
		say("evidence", "whether it was sent is not known, so it is not sent again by itself")
	}
	if m.Held() {
		say("hold-"+m.Hold.Code, "%s", m.Hold.Text)
	}
	if now.Before(m.RetryAt) {
		say("retry", "the last try failed; the next one is at %s", stamp(m.RetryAt.In(d.zoneOf(m))))
	}
	if p, err := d.store.Pause(ctx); err == nil && p.Active(now) && !m.State.Final() {
		say("paused", "sending is paused: %s", cmp.Or(p.Why, "by you"))
	}
	if s := d.guard.Suspect(); s.Code != "" && !m.State.Final() {
		say("clock", "the clock is not trusted: %s", s.Text)
	}
	return out
}

// zoneOf is the zone in which a message is judged: its first manager's, or the user's.
func (d *Daemon) zoneOf(m ledger.Message) *time.Location {
	cfg := d.crew().cfg
	if len(m.Managers) > 0 {
		if one, ok := cfg.ManagerByKey(m.Managers[0]); ok {
			return one.Zone
		}
	}
	return cfg.User.Zone
}

// Trail calls fn for each entry that matches, oldest first.
func (d *Daemon) Trail(ctx context.Context, q control.TrailQuery, fn func(control.Entry) error) error {
	if q.Text == "" && q.Message == 0 && q.Limit == 0 {
		return d.store.Export(ctx, q.Since, q.Until, func(e ledger.Entry) error { return fn(control.EntryOf(e)) })
	}
	var list []ledger.Entry
	var err error
	if q.Text != "" {
		list, err = d.store.Search(ctx, q.Text, 0)
	} else {
		list, err = d.store.Trail(ctx, ledger.TrailFilter{Message: q.Message, Since: q.Since, Until: q.Until, Newest: true, Limit: q.Limit})
	}
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(e ledger.Entry) bool {
		return q.Message != 0 && e.Message != q.Message || e.At.Before(q.Since) || !q.Until.IsZero() && !e.At.Before(q.Until)
	})
	if q.Limit > 0 && len(list) > q.Limit {
		list = list[:q.Limit]
	}
	slices.Reverse(list)
	for _, e := range list {
		if err := fn(control.EntryOf(e)); err != nil {
			return err
		}
	}
	return nil
}
