package ics

import (
	"fmt"
	"time"

	"headsup/calendar/ics/recur"
	tz "headsup/calendar/ics/zone"
)

// The rules of a VTIMEZONE are unrolled over the years that calendars are about.

const (
	firstZoneYear = 1900
	lastZoneYear  = 2150
	maxChanges    = 4_000
	perChange     = 20 // steps that keeping a change costs beside finding it
)

// buildZone makes a location of a VTIMEZONE. The budget is that of all zones of the file.
func buildZone(id string, c *component, budget *recur.Budget) (*time.Location, error) {
	var changes []tz.Change
	for _, part := range c.parts {
		more, err := changesOf(part, budget)
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", part.line, part.name, err)
		}
		if changes = append(changes, more...); len(changes) > maxChanges {
			return nil, fmt.Errorf("line %d: it changes too often", c.line)
		}
		if budget.Steps -= perChange * len(more); budget.Steps < 0 {
			return nil, fmt.Errorf("line %d: the time zones of the file change too often", c.line)
		}
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("line %d: it has no STANDARD and no DAYLIGHT", c.line)
	}
	loc, err := tz.Build(id, changes)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", c.line, err)
	}
	return loc, nil
}

// changesOf unrolls one STANDARD or DAYLIGHT. Its times are on the clock of
// TZOFFSETFROM (RFC 5545 section 3.6.5).
func changesOf(part *component, budget *recur.Budget) ([]tz.Change, error) {
	from, err := tz.ParseOffset(part.value("TZOFFSETFROM"))
	if err != nil {
		return nil, fmt.Errorf("TZOFFSETFROM %w", err)
	}
	to, err := tz.ParseOffset(part.value("TZOFFSETTO"))
	if err != nil {
		return nil, fmt.Errorf("TZOFFSETTO %w", err)
	}
	start, _, _, err := readWall(part.value("DTSTART"))
	if err != nil {
		return nil, fmt.Errorf("DTSTART %w", err)
	}
	walls := []recur.Wall{start}
	for _, p := range part.props {
		switch p.name {
		case "RRULE":
			walls, err = unroll(walls, p.value, start, from, budget)
		case "RDATE":
			walls, err = appendDates(walls, p.value, from)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %w", p.name, err)
		}
	}
	var out []tz.Change
	for _, w := range walls {
		out = append(out, tz.Change{At: int64(w) - int64(from), From: from, To: to, Summer: part.name == "DAYLIGHT"})
	}
	return out, nil
}

func unroll(walls []recur.Wall, value string, start recur.Wall, from int, budget *recur.Budget) ([]recur.Wall, error) {
	rule, err := recur.Parse(value)
	if err != nil {
		return nil, err
	}
	q := recur.Query{Start: start, From: yearWall(firstZoneYear), To: yearWall(lastZoneYear)}
	if u := rule.Until; u.Set {
		end := u.Wall + 1
		if u.UTC {
			end += recur.Wall(from)
		} else if u.Date {
			end += recur.Day - 1
		}
		q.To = min(q.To, end)
	}
	err = rule.Each(q, budget, func(w recur.Wall) bool {
		walls = append(walls, w)
		return len(walls) <= maxChanges
	})
	return walls, err
}

func yearWall(year int) recur.Wall {
	return recur.Wall(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
}

func appendDates(walls []recur.Wall, list string, from int) ([]recur.Wall, error) {
	for v := range splitList(list) {
		w, _, utc, err := readWall(v)
		if err != nil {
			return nil, err
		}
		if utc {
			w += recur.Wall(from)
		}
		walls = append(walls, w)
	}
	return walls, nil
}
