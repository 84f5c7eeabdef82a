package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// zoneEvery is how often the machine is asked for its time zone.
const zoneEvery = time.Minute

// watchZone tells the user when the time zone of the machine is another one than at the
// last look, in this life or in the one before: a laptop that travelled. A running headsup
// goes on by the zones that it started with; a start takes the machine's for everybody who
// has none in the configuration, and a manager's hours must not travel with the user's
// laptop in silence.
func (d *Daemon) watchZone(ctx context.Context, now time.Time) (time.Time, error) {
	next, zone := now.Add(zoneEvery), d.opt.Zone()
	if zone == nil {
		return next, nil // the machine does not say
	}
	var before string
	if _, err := d.store.Value(ctx, "zone", "", &before); err != nil || before == zone.String() {
		return next, err
	}
	if before != "" {
		d.tell(ctx, fmt.Sprintf("zone %s %s %s", before, zone, now.UTC().Format(time.RFC3339)), d.zoneChanged(before, zone.String(), now))
	}
	return next, d.store.SetValue(ctx, now, "zone", "", zone.String())
}

// zoneChanged says who goes by which zone.
func (d *Daemon) zoneChanged(before, zone string, now time.Time) string {
	cfg := d.crew().cfg
	by := []string{"you by " + cfg.User.Zone.String()}
	for _, m := range cfg.Managers {
		by = append(by, fmt.Sprintf("%s by %s (%s there now)", m.Name, m.Zone, now.In(m.Zone).Format("15:04")))
	}
	return fmt.Sprintf("the time zone of this machine changed from %s to %s. headsup goes on: %s. Whoever has no zone in the configuration gets the machine's at the next start or reload; "+
		"write zone = %q into [user] or the [[manager]] who stayed where he or she was", before, zone, strings.Join(by, ", "), before)
}
