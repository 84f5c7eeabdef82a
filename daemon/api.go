package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/draft"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
)

var _ control.Daemon = (*Daemon)(nil)

// Status says how things stand.
func (d *Daemon) Status(ctx context.Context) (control.Status, error) {
	now := d.clock.Wall()
	all, err := d.store.List(ctx, ledger.Filter{})
	if err != nil {
		return control.Status{}, err
	}
	pause, err := d.store.Pause(ctx)
	if err != nil {
		return control.Status{}, err
	}
	s := control.Status{Now: now, Started: d.started, Pause: pauseView(pause, now), Counts: map[ledger.State]int{}, Services: d.health.list()}
	for _, m := range all {
		s.Counts[m.State]++
		if m.Held() && !m.State.Final() {
			s.Held++
		}
		if m.State == ledger.Scheduled && !m.Held() && (s.Next == nil || m.Choice.At.Before(s.Next.Choice.At)) {
			v := control.View(m)
			s.Next = &v
		}
	}
	s.Troubles, err = d.troubles(ctx, now, pause)
	s.Sending = !s.Pause.Paused && d.guard.Suspect().Code == "" && d.store.Broken() == nil
	return s, err
}

// troubles are what keeps mail from going out, then what the user was told lately.
func (d *Daemon) troubles(ctx context.Context, now time.Time, p ledger.Pause) ([]control.Trouble, error) {
	var out []control.Trouble
	if s := d.guard.Suspect(); s.Code != "" {
		out = append(out, control.Trouble{Cause: "clock-" + s.Code, Text: s.Text, Mend: "set the clock, or: headsup clock accept", Since: s.Since})
	}
	if err := d.store.Broken(); err != nil {
		out = append(out, control.Trouble{Cause: "disk", Text: "the disk failed a write, so nothing is sent: " + err.Error(), Mend: "look at the disk, then start headsup again", Since: now})
	}
	if p.Active(now) && p.By != "user" {
		out = append(out, control.Trouble{Cause: "paused", Text: "sending is paused: " + p.Why, Mend: "mend it, then: headsup resume", Since: now})
	}
	notices, err := d.store.OpenNotices(ctx, 10)
	if err != nil {
		return out, err
	}
	for _, t := range notices {
		if now.Sub(t.Due) < 24*time.Hour {
			out = append(out, control.Trouble{Cause: t.Cause, Text: t.Text, Since: t.Due})
		}
	}
	return out, nil
}

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
	checks, err := d.store.Trail(ctx, ledger.TrailFilter{Message: id, Event: "check"})
	for _, e := range checks {
		out.Check = append(out.Check, rules.Reason{Code: "check", Text: e.Text})
	}
	return err
}

func (d *Daemon) get(ctx context.Context, id ledger.ID) (ledger.Message, error) {
	m, err := d.store.Get(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) {
		return m, control.Errorf(control.NotFound, "headsup queue list --all", "there is no message %s", id)
	}
	return m, err
}

// Add takes a message in the user's own words into the queue, as drafted.
func (d *Daemon) Add(ctx context.Context, r control.AddRequest) (control.Message, error) {
	d.adding.Lock()
	defer d.adding.Unlock()
	var id ledger.ID
	if known, err := d.store.Value(ctx, "added", r.Key, &id); err != nil {
		return control.Message{}, err
	} else if known {
		m, err := d.get(ctx, id)
		return control.View(m), err
	}
	c := d.crew()
	managers, err := c.keysOf(r.Managers)
	if err != nil {
		return control.Message{}, err
	}
	kind, priority := cmp.Or(r.Kind, rules.Update), cmp.Or(r.Priority, rules.Normal)
	m, err := c.draft.Add(ctx, draft.Request{
		To: managers, Cc: r.CC, Kind: kind, Priority: priority, Subject: r.Subject, Text: r.Text, NotBefore: r.NotBefore, By: r.By,
	}, d.clock.Wall())
	if err != nil {
		return control.Message{}, control.Errorf(control.BadRequest, "headsup queue add --help", "%w", err)
	}
	if r.Key != "" {
		if err := d.store.SetValue(ctx, d.clock.Wall(), "added", r.Key, m.ID); err != nil {
			return control.Message{}, err
		}
	}
	d.kick("draft")
	return control.View(m), nil
}

// keysOf reads the managers of a request: keys, addresses or names.
func (c *crew) keysOf(words []string) ([]string, error) {
	var out []string
	for _, w := range words {
		key := ""
		for _, m := range c.cfg.Managers {
			if m.Key == w || strings.EqualFold(m.Name, w) || slices.ContainsFunc(m.Addresses, func(a mail.Address) bool { return a.Key() == strings.ToLower(w) }) {
				key = m.Key
			}
		}
		if key == "" {
			return nil, control.Errorf(control.BadRequest, "headsup check lists your managers", "%q is not one of your managers", w)
		}
		out = append(out, key)
	}
	if len(out) == 0 {
		return nil, control.Errorf(control.BadRequest, "name one with --to", "the message is for nobody")
	}
	return out, nil
}

// Set changes what the user may change without a new approval.
func (d *Daemon) Set(ctx context.Context, r control.SetRequest) (control.Message, error) {
	var words []string
	if r.Priority != nil {
		words = append(words, "priority "+string(*r.Priority))
	}
	if r.NotBefore != nil {
		words = append(words, "not before "+stamp(*r.NotBefore))
	}
	if r.By != nil {
		words = append(words, "by "+stamp(*r.By))
	}
	if len(words) == 0 {
		return control.Message{}, control.Errorf(control.BadRequest, "--by, --not-before or --urgent", "nothing to change")
	}
	return d.apply(ctx, r.ID, ledger.Change(ledger.Set{Priority: r.Priority, NotBefore: r.NotBefore, By: r.By}, "user", strings.Join(words, ", ")))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "(none)"
	}
	return t.Format("Mon 2 Jan 15:04 MST")
}

// Approve says yes to the content with this hash.
func (d *Daemon) Approve(ctx context.Context, r control.ApproveRequest) (control.Message, error) {
	hash, err := mail.ParseHash(r.Content)
	if err != nil {
		return control.Message{}, control.Errorf(control.BadRequest, "headsup queue show prints it", "%w", err)
	}
	m, err := d.get(ctx, r.ID)
	if err != nil {
		return control.Message{}, err
	}
	if m.Approval.Content == hash && m.State != ledger.Drafted {
		return control.View(m), nil // said before
	}
	return d.apply(ctx, r.ID, ledger.Approve(ledger.Approval{Content: hash, By: ledger.ByCommand, At: d.clock.Wall()}, "user"))
}

// Act does what a person orders.
func (d *Daemon) Act(ctx context.Context, r control.ActRequest) (control.Message, error) {
	m, err := d.get(ctx, r.ID)
	if err != nil {
		return control.Message{}, err
	}
	switch r.Do {
	case control.Hold:
		return d.apply(ctx, r.ID, ledger.Keep(ledger.Hold{Code: "user", Text: cmp.Or(r.Reason, "held by you")}, "user"))
	case control.Release:
		return d.apply(ctx, r.ID, ledger.Unhold("user"))
	case control.Cancel:
		return d.cancel(ctx, m, r.Reason)
	case control.Now:
		urgent := rules.Urgent
		return d.apply(ctx, r.ID, ledger.Change(ledger.Set{Priority: &urgent}, "user", "urgent, as you asked"))
	case control.Arrived:
		return d.apply(ctx, r.ID, ledger.SayArrived(d.clock.Wall(), "user"))
	case control.Retry:
		if m.State == ledger.Uncertain {
			return d.apply(ctx, r.ID, ledger.SayResend("user"))
		}
		return d.apply(ctx, r.ID, ledger.Reopen("user"))
	}
	return control.Message{}, control.Errorf(control.BadRequest, "", "unknown order %q", r.Do)
}

// cancel ends a message; behind the gate the wish is remembered, and it is said that it
// came too late.
func (d *Daemon) cancel(ctx context.Context, m ledger.Message, why string) (control.Message, error) {
	v, err := d.apply(ctx, m.ID, ledger.Cancel("user", cmp.Or(why, "cancelled by you")))
	if !errors.Is(err, ledger.ErrTooLate) {
		return v, err
	}
	if _, asked := d.store.Apply(ctx, d.clock.Wall(), m.ID, ledger.AskCancel("user")); asked != nil && !errors.Is(asked, ledger.ErrRefused) {
		return v, asked
	}
	return v, err
}

// apply carries out a step and wakes those whom it concerns.
func (d *Daemon) apply(ctx context.Context, id ledger.ID, s ledger.Step) (control.Message, error) {
	m, err := d.store.Apply(ctx, d.clock.Wall(), id, s)
	if err != nil {
		return control.Message{}, spoken(id, err)
	}
	d.kick("outbox")
	return control.View(m), nil
}

// spoken turns an error of the ledger into one for the person who asked.
func spoken(id ledger.ID, err error) error {
	hint := fmt.Sprintf("headsup queue show %s", id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return control.Errorf(control.NotFound, "headsup queue list --all", "there is no message %s", id)
	case errors.Is(err, ledger.ErrTooLate):
		return control.Errorf(control.TooLate, hint, "%w", err)
	case errors.Is(err, ledger.ErrContent), errors.Is(err, ledger.ErrStale):
		return control.Errorf(control.Stale, "read it again: "+hint, "%w", err)
	case errors.Is(err, ledger.ErrRefused), errors.Is(err, ledger.ErrNotNow):
		return control.Errorf(control.Refused, hint, "%w", err)
	}
	return err
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

// Pause stops sending until a time, or until Resume.
func (d *Daemon) Pause(ctx context.Context, r control.PauseRequest) (control.Pause, error) {
	p := ledger.Pause{On: true, Until: r.Until, By: "user"}
	if err := d.store.SetPause(ctx, d.clock.Wall(), p); err != nil {
		return control.Pause{}, err
	}
	d.kick("outbox")
	return pauseView(p, d.clock.Wall()), nil
}

// Resume ends a pause.
func (d *Daemon) Resume(ctx context.Context) (control.Pause, error) {
	if err := d.store.SetPause(ctx, d.clock.Wall(), ledger.Pause{}); err != nil {
		return control.Pause{}, err
	}
	d.kick("outbox")
	return control.Pause{}, nil
}

func pauseView(p ledger.Pause, now time.Time) control.Pause {
	return control.Pause{Paused: p.Active(now), Until: p.Until}
}

// AcceptClock says that the clock of this machine is right.
func (d *Daemon) AcceptClock(context.Context) error {
	d.guard.Accept()
	d.kick("outbox")
	return nil
}
