package daemon

import (
	"context"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
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
	s := control.Status{Now: now, Started: d.started, Pause: pauseView(pause, now), Counts: map[ledger.State]int{}, Services: d.health.list(now)}
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
	if err != nil {
		return s, err
	}
	s.Advice, err = d.advice(ctx, now)
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

// Pause stops sending until a time, or until Resume.
func (d *Daemon) Pause(ctx context.Context, r control.PauseRequest) (control.Pause, error) {
	p := ledger.Pause{On: true, Until: r.Until, By: "user"}
	if err := d.store.SetPause(ctx, d.clock.Wall(), p); err != nil {
		return control.Pause{}, err
	}
	d.stir()
	return pauseView(p, d.clock.Wall()), nil
}

// Resume ends a pause.
func (d *Daemon) Resume(ctx context.Context) (control.Pause, error) {
	if err := d.store.SetPause(ctx, d.clock.Wall(), ledger.Pause{}); err != nil {
		return control.Pause{}, err
	}
	d.stir()
	return control.Pause{}, nil
}

func pauseView(p ledger.Pause, now time.Time) control.Pause {
	return control.Pause{Paused: p.Active(now), Until: p.Until}
}

// AcceptClock says that the clock of this machine is right.
func (d *Daemon) AcceptClock(context.Context) error {
	d.guard.Accept()
	d.stir()
	return nil
}
