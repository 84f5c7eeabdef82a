package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/rules"
	"headsup/rules/window"
)

// windowsOf is what is known about one manager's week.
func (d *Daemon) windowsOf(ctx context.Context, key string, days int, p rules.Priority, now time.Time) (control.Windows, error) {
	var o window.Outlook
	known := false
	d.crew().withManagers(now, func(ms map[string]window.Manager) {
		var m window.Manager
		if m, known = ms[key]; known {
			o = window.OutlookOf(now, key, m, days, p)
		}
	})
	if !known {
		return control.Windows{}, fmt.Errorf("nothing is known of %q", key)
	}
	w := control.Windows{Manager: key, Zone: o.Heat.Zone, Seen: o.Heat.Mails, Basis: o.Basis}
	for _, c := range o.Next {
		w.Next = append(w.Next, control.Window{Start: c.At, End: c.Until, Chance: c.Chance, Reasons: c.Reasons})
	}
	for _, day := range o.Heat.Days {
		for _, quarter := range day {
			w.Week = append(w.Week, quarter.Chance)
		}
	}
	var err error
	if w.Answers, err = d.answered(ctx, key, now, &w); err != nil {
		return w, err
	}
	return w, nil
}

// answered counts the manager's answers to messages of this ledger and says in the basis
// how long the manager took. It is told and not reckoned with: the chances rest on when
// the manager is at the mail.
func (d *Daemon) answered(ctx context.Context, key string, now time.Time, w *control.Windows) (int, error) {
	list, err := d.store.Sightings(ctx, key, now.Add(-remembered))
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for _, s := range list {
		if s.Delay > 0 {
			took = append(took, s.Delay)
		}
	}
	if len(took) == 0 {
		return 0, nil
	}
	slices.Sort(took)
	text := "one of these mails answered a message from here, after " + span(took[0])
	if len(took) > 1 {
		text = fmt.Sprintf("%d of these mails answered a message from here, half of them within %s", len(took), span(took[len(took)/2]))
	}
	w.Basis = append(w.Basis, rules.Reason{Code: "answers", Text: text})
	return len(took), nil
}

// span says in words how long something took.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Round(time.Hour).Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24+0.5))
}

// advice says what a person could do about what waits: updates of low priority for the
// same readers could be one mail. Nothing is merged unasked, for what was approved is what
// goes.
func (d *Daemon) advice(ctx context.Context, now time.Time) ([]control.Advice, error) {
	waiting, err := d.store.ToPlan(ctx)
	if err != nil {
		return nil, err
	}
	c := d.crew()
	in := window.Input{Now: now}
	for _, m := range waiting {
		if !m.Held() {
			in.Messages = append(in.Messages, ask(m, now, c.zoneOf))
		}
	}
	var groups []window.Merge
	c.withManagers(now, func(ms map[string]window.Manager) {
		in.Managers = ms
		groups = window.Mergeable(in)
	})
	var out []control.Advice
	for _, g := range groups {
		a := control.Advice{Text: g.Why.Text}
		var ids []string
		for _, id := range g.IDs {
			a.Messages = append(a.Messages, ledger.ID(id))
			ids = append(ids, ledger.ID(id).String())
		}
		a.Do = fmt.Sprintf("read them with headsup queue show (%s), write one with headsup queue add, and cancel the others", strings.Join(ids, ", "))
		out = append(out, a)
	}
	return out, nil
}

// firstName is how sentences call a person.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
