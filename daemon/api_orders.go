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
	"headsup/rules"
)

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
	d.stir()
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
