package daemon

import (
	"fmt"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/rules"
)

// windowsOf is what is known about one manager's week.
func (d *Daemon) windowsOf(key string, days int, p rules.Priority, now time.Time) (control.Windows, error) {
	v, ok := d.crew().people.view(key, now)
	if !ok {
		return control.Windows{}, fmt.Errorf("nothing is known of %q", key)
	}
	w := control.Windows{Manager: key, Zone: v.cfg.Zone.String(), Seen: v.rhythm.N()}
	_ = days
	_ = p
	return w, nil
}

// firstName is how sentences call a person.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
