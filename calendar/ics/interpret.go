package ics

import (
	"fmt"
	"strings"
	"time"

	"headsup/calendar"
)

// interpret reads the values of what the parser kept. Time zones come first, since an
// event may stand before the zone that it names.
func interpret(p *parser, lim Limits) (*Calendar, error) {
	cal := &Calendar{lim: lim, Faults: p.faults}
	var own []*component
	for _, c := range p.top {
		if c.name == "VTIMEZONE" {
			own = append(own, c)
		}
	}
	cal.zones = newZones(own, lim)
	r := &reader{zones: cal.zones, lim: lim}
	for _, c := range p.top {
		switch {
		case r.dated > lim.AllDates:
			return nil, syntax(c.line, "the file has more than %d RDATE and EXDATE values and busy periods; export a shorter range", lim.AllDates)
		case r.people > lim.People:
			return nil, syntax(c.line, "the file has more than %d attendees; export a shorter range", lim.People)
		}
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
	return cal, nil
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

// Join makes one calendar of several, as a server that keeps every event in a file of
// its own needs it.
func Join(parts []*Calendar, lim Limits) *Calendar {
	out := &Calendar{lim: lim}
	for _, p := range parts {
		out.Faults = append(out.Faults, p.Faults...)
		out.entries = append(out.entries, p.entries...)
		out.busy = append(out.busy, p.busy...)
		out.hours = append(out.hours, p.hours...)
	}
	out.series = group(out.entries)
	return out
}

// Snapshot lists the window as a source hands it out. An error means that there are
// more instances than may be.
func (cal *Calendar) Snapshot(within calendar.Span, loc *time.Location, owner Owner, version string, asOf time.Time) (calendar.Snapshot, error) {
	return held{cal, version}.snapshot(within, loc, owner, asOf)
}
