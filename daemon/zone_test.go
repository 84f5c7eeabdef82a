package daemon

import (
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/rules/rhythm"
	"headsup/rules/window"
)

// TestE9ZoneRulesChanged plans by one set of zone rules and goes on by another, as after an
// update of the tz database and a new start: choices are stored in UTC, and both the gate
// and the next plan judge them by the hours that hold now.
func TestE9ZoneRulesChanged(t *testing.T) {
	o := newOffice(t, 6, 1)
	o.now = o.now.Add(4 * time.Hour)
	o.write(t, o.tick(t))
	after := time.FixedZone("the same place", -10*3600) // where it is night when it was afternoon
	one := o.c.people.known["m00"]
	one.cfg.Zone, one.stale = after, true
	o.c.cfg.Managers[0].Zone = after
	waiting, err := o.d.store.ToPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	forbidden := 0
	for _, m := range waiting {
		if h := m.Choice.At.In(after).Hour(); h < 6 || h >= 21 {
			forbidden++
			if o.plan.Allowed(m.Choice.At, m) == nil {
				t.Errorf("message %s may go at %s", m.ID, m.Choice.At.In(after))
			}
		}
	}
	if forbidden == 0 {
		t.Fatal("no choice lies in the new night, so this test shows nothing")
	}
	o.plan = &planner{c: o.c, rules: new(window.Planner)}
	o.write(t, o.tick(t))
	waiting, err = o.d.store.ToPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range waiting {
		if h := m.Choice.At.In(after); h.Hour() < 6 || h.Hour() >= 21 {
			t.Errorf("message %s is to go at %s", m.ID, h)
		}
	}
}

// TestSilenceCounts: a manager of whom no mail came in the months since headsup began to
// read is taken for quieter than one whom it has known since today.
func TestSilenceCounts(t *testing.T) {
	t0 := time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	h := newHome(t)
	chance := func(now time.Time) float64 {
		d := h.open(now)
		defer d.Close()
		f := d.crew().people.known["dana"].rhythm.Forecast(now, time.Hour)
		return f.Chance(0, rhythm.Quiet)
	}
	first, later := chance(t0), chance(t0.AddDate(0, 3, -1)) // a Tuesday as well
	if later >= 0.8*first {
		t.Errorf("chance %.4f at the start, %.4f after three months without a mail", first, later)
	}
	d := h.open(t0.AddDate(0, 3, -1))
	defer d.Close()
	old := ledger.Sighting{Manager: "dana", At: t0.AddDate(0, 0, -20)}
	d.crew().people.see(old)
	if got := d.crew().people.known["dana"].begun; !got.Equal(old.At) {
		t.Errorf("the history begins %s, want %s", got, old.At)
	}
}
