package daemon

import (
	"fmt"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/rules"
	"headsup/rules/window"
)

// windowsOf is what is known about one manager's week.
func (d *Daemon) windowsOf(key string, days int, p rules.Priority, now time.Time) (control.Windows, error) {
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
	return w, nil
}

// firstName is how sentences call a person.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
