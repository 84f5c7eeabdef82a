package ics

import (
	"fmt"
	"strings"
)

// interpret reads the values of what the parser kept. Time zones come first, since an
// event may stand before the zone that it names.
func interpret(p *parser, lim Limits) *Calendar {
	cal := &Calendar{lim: lim, Faults: p.faults}
	var own []*component
	for _, c := range p.top {
		if c.name == "VTIMEZONE" {
			own = append(own, c)
		}
	}
	cal.zones = newZones(own)
	r := &reader{zones: cal.zones, lim: lim}
	for _, c := range p.top {
		switch c.name {
		case "VEVENT":
			cal.add(r.entry(c))
		case "VFREEBUSY":
			cal.busy = append(cal.busy, r.freeBusy(c))
		case "VAVAILABILITY":
			cal.hours = append(cal.hours, r.availability(c))
		}
	}
	cal.series = group(cal.entries)
	return cal
}

// add keeps an entry, or says why there is nothing to keep: an event without any
// time cannot be placed, not even as busy.
func (cal *Calendar) add(e *entry) {
	if e.hasStart {
		cal.entries = append(cal.entries, e)
		return
	}
	why := "it has no DTSTART"
	if len(e.problems) > 0 {
		why = strings.Join(e.problems, "; ")
	}
	cal.Faults = append(cal.Faults, fmt.Sprintf("line %d: event %s was left out: %s", e.line, e.label(), why))
}

// label names an event in a fault.
func (e *entry) label() string {
	if e.title != "" {
		return fmt.Sprintf("%q", clip(e.title))
	}
	return fmt.Sprintf("with UID %q", clip(e.uid))
}
