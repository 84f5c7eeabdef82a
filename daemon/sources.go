package daemon

import (
	"fmt"

	"headsup/calendar"
	"headsup/calendar/ics"
	"headsup/calendar/ics/guard"
	"headsup/daemon/config"
)

// openCalendar makes the source of one calendar.
func (d *Daemon) openCalendar(c config.Calendar) (calendar.Source, error) {
	owner := ics.Owner{}
	for _, a := range c.Owner {
		owner.Addresses = append(owner.Addresses, a.String())
	}
	switch c.Kind {
	case config.CalendarFile:
		return &ics.File{Path: c.Path, Owner: owner, Now: d.clock.Wall}, nil
	case config.CalendarURL:
		roots, err := trusted(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		return &ics.URL{Address: c.URL, Owner: owner, Now: d.clock.Wall, Client: guard.Client(guard.Options{AllowPrivate: c.AllowPrivate, RootCAs: roots})}, nil
	}
	return nil, fmt.Errorf("kind %q is not there yet in this version; publish it as an .ics link and use kind \"url\", or a file with kind \"file\"", c.Kind)
}
