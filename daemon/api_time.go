package daemon

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"headsup/calendar"
	"headsup/calendar/timeline"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// wanted lists the managers that a query names: all, if it names none.
func (d *Daemon) wanted(key string) ([]string, error) {
	c := d.crew()
	if key != "" {
		return c.keysOf([]string{key})
	}
	var out []string
	for _, m := range c.cfg.Managers {
		out = append(out, m.Key)
	}
	return out, nil
}

// Timeline is the managers' time, cut into spans.
func (d *Daemon) Timeline(_ context.Context, q control.TimelineQuery) ([]control.Timeline, error) {
	keys, err := d.wanted(q.Manager)
	if err != nil {
		return nil, err
	}
	now := d.clock.Wall()
	from := q.From
	if from.IsZero() {
		from = now
	}
	within := calendar.Span{Start: from, End: from.AddDate(0, 0, cmp.Or(q.Days, 7))}
	var out []control.Timeline
	for _, key := range keys {
		line, ok := d.crew().people.timeline(key, now)
		if !ok {
			continue
		}
		t := control.Timeline{Manager: key, Zone: line.Zone.String()}
		for _, s := range line.Over(within) {
			t.Spans = append(t.Spans, control.Span{
				Start: s.Start, End: s.End, State: string(s.Kind), Source: s.Source, Title: s.Title, Confidence: s.Confidence, AsOf: s.AsOf,
			})
		}
		for _, text := range line.Stale {
			t.Notes = append(t.Notes, rules.Reason{Code: "stale", Text: text})
		}
		if line.HoursWhy != "" {
			t.Notes = append(t.Notes, rules.Reason{Code: "hours", Text: line.HoursWhy})
		}
		out = append(out, t)
	}
	return out, nil
}

// Calendars says what is known of each calendar.
func (d *Daemon) Calendars(context.Context) ([]control.Calendar, error) {
	c, now := d.crew(), d.clock.Wall()
	var out []control.Calendar
	for i, f := range c.feeds {
		snap, err := f.state()
		v := control.Calendar{
			Name: f.name, Manager: f.manager, Kind: string(c.cfg.Calendars[i].Kind), AsOf: snap.AsOf,
			Stale: snap.AsOf.IsZero() || f.maxAge > 0 && now.Sub(snap.AsOf) > f.maxAge, Events: coming(snap, now), Faults: snap.Faults,
		}
		if err != nil {
			v.Err = err.Error()
		}
		out = append(out, v)
	}
	return out, nil
}

// AcceptCalendar believes a calendar that is doubted because it emptied.
func (d *Daemon) AcceptCalendar(_ context.Context, r control.CalendarRequest) error {
	for _, f := range d.crew().feeds {
		if f.name != r.Name {
			continue
		}
		if !f.accept() {
			return control.Errorf(control.Refused, "`headsup calendar show` reads it", "the calendar %q is not doubted", r.Name)
		}
		d.kick("calendar " + f.name)
		return nil
	}
	return control.Errorf(control.NotFound, "`headsup check` lists the calendars", "there is no calendar %q", r.Name)
}

// Focus lists the blocks that are taken for focus time, or might be.
func (d *Daemon) Focus(_ context.Context, manager string) ([]control.FocusBlock, error) {
	keys, err := d.wanted(manager)
	if err != nil {
		return nil, err
	}
	var out []control.FocusBlock
	for _, key := range keys {
		for _, b := range d.crew().people.blocks(key, d.clock.Wall()) {
			out = append(out, focusView(key, b))
		}
	}
	return out, nil
}

func focusView(manager string, b timeline.Block) control.FocusBlock {
	v := control.FocusBlock{ID: manager + "/" + b.Key, Manager: manager, Text: b.When, Declared: b.Declared, Focus: b.Focus, Confidence: b.Confidence}
	if b.Title != "" {
		v.Text += " (" + b.Title + ")"
	}
	for _, e := range b.Evidence {
		v.Evidence = append(v.Evidence, rules.Reason{Code: "evidence", Text: e})
	}
	switch b.Answer {
	case "confirmed":
		v.Answer = "yes"
	case "rejected":
		v.Answer = "no"
	}
	return v
}

// AnswerFocus remembers what the user says about a block.
func (d *Daemon) AnswerFocus(ctx context.Context, r control.FocusAnswer) (control.FocusBlock, error) {
	manager, block, ok := strings.Cut(r.ID, "/")
	if !ok {
		return control.FocusBlock{}, control.Errorf(control.NotFound, "`headsup focus` lists them", "there is no block %q", r.ID)
	}
	c, now := d.crew(), d.clock.Wall()
	if r.Answer != "yes" && r.Answer != "no" {
		return control.FocusBlock{}, control.Errorf(control.BadRequest, "headsup focus --help", "the answer %q is neither yes nor no", r.Answer)
	}
	for _, b := range c.people.blocks(manager, now) {
		if b.Key != block {
			continue
		}
		a := ledger.FocusAnswer{Manager: manager, Block: block, Focus: r.Answer == "yes", At: now}
		if err := d.store.SetFocusAnswer(ctx, now, a); err != nil {
			return control.FocusBlock{}, err
		}
		if err := c.people.refocus(ctx, manager); err != nil {
			return control.FocusBlock{}, err
		}
		d.stir()
		b.Answer = map[bool]string{true: "confirmed", false: "rejected"}[a.Focus]
		return focusView(manager, b), nil
	}
	return control.FocusBlock{}, control.Errorf(control.NotFound, "`headsup focus` lists them", "there is no block %q", r.ID)
}

// Draft takes in a note as if it had been saved in the notes folder.
func (d *Daemon) Draft(ctx context.Context, r control.DraftRequest) ([]control.Message, error) {
	m, err := d.crew().draft.Note(ctx, r.Name, r.Body, d.clock.Wall())
	if err != nil {
		return nil, control.Errorf(control.BadRequest, "headsup recap shows what was understood", "%w", err)
	}
	d.kick("draft")
	return []control.Message{control.View(m)}, nil
}

// ForgetPreview counts what is known about an address.
func (d *Daemon) ForgetPreview(ctx context.Context, a mail.Address) (control.Forgotten, error) {
	k, err := d.store.ForgetPreview(ctx, d.keyOf(a), a.Key())
	if err != nil {
		return control.Forgotten{}, err
	}
	return control.Forgotten{
		Address: a, Sightings: k.Sightings, Contacts: len(k.Values), Messages: k.Messages, Entries: k.Trail, Kept: kept(k.Messages),
	}, nil
}

// Forget erases what is known about an address.
func (d *Daemon) Forget(ctx context.Context, a mail.Address) (control.Forgotten, error) {
	key := d.keyOf(a)
	k, err := d.store.Forget(ctx, d.clock.Wall(), key, a.Key())
	if err != nil {
		return control.Forgotten{}, err
	}
	d.crew().people.forget(key)
	return control.Forgotten{
		Address: a, Sightings: k.Sightings, Contacts: len(k.Values), Messages: k.Messages, Entries: k.Trail, Kept: kept(k.Messages), Done: true,
	}, nil
}

func kept(messages int) []string {
	out := []string{"the lines of the trail stay, their text is erased where it names the address"}
	if messages > 0 {
		out = append(out, fmt.Sprintf("%d messages that you wrote or approved are yours and stay", messages))
	}
	return out
}

// keyOf is the key of the manager with this address, or the address itself, under which
// nothing is kept.
func (d *Daemon) keyOf(a mail.Address) string {
	if m, ok := d.crew().cfg.ManagerByAddress(a); ok {
		return m.Key
	}
	return a.Key()
}

// Windows says when a manager is likely to answer.
func (d *Daemon) Windows(ctx context.Context, q control.WindowsQuery) ([]control.Windows, error) {
	keys, err := d.wanted(q.Manager)
	if err != nil {
		return nil, err
	}
	var out []control.Windows
	for _, key := range keys {
		w, err := d.windowsOf(ctx, key, cmp.Or(q.Days, 7), cmp.Or(q.Priority, rules.Normal), d.clock.Wall())
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}
