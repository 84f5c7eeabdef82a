package daemon

import (
	"testing"
	"time"

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
