package ics

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"headsup/calendar/ics/recur"
)

// A VTIMEZONE becomes a [time.Location] by way of the TZif format (RFC 9636), the one
// door that package time has for zones which are not in its database. The rules are
// unrolled over the years that calendars are about.

// change is a moment at which the offset becomes another.
type change struct {
	at   int64 // Unix seconds
	from int
	to   int
	dst  bool
	name string
}

const (
	firstZoneYear = 1900
	lastZoneYear  = 2150
	maxChanges    = 4_000
	perChange     = 20 // steps that keeping a change costs beside finding it
)

// buildZone makes a location of a VTIMEZONE. The budget is that of all zones of the file.
func buildZone(id string, c *component, budget *recur.Budget) (*time.Location, error) {
	var changes []change
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
	slices.SortStableFunc(changes, func(a, b change) int { return compare(a.at, b.at) })
	loc, err := time.LoadLocationFromTZData(id, tzif(changes))
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", c.line, err)
	}
	return loc, nil
}

// changesOf unrolls one STANDARD or DAYLIGHT. Its times are on the clock of
// TZOFFSETFROM (RFC 5545 section 3.6.5).
func changesOf(part *component, budget *recur.Budget) ([]change, error) {
	from, err := readOffset(part.value("TZOFFSETFROM"))
	if err != nil {
		return nil, fmt.Errorf("TZOFFSETFROM %w", err)
	}
	to, err := readOffset(part.value("TZOFFSETTO"))
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
	var out []change
	for _, w := range walls {
		out = append(out, change{int64(w) - int64(from), from, to, part.name == "DAYLIGHT", part.value("TZNAME")})
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

// tzif writes the changes in version 2 of the format. Before the first change the
// offset that it changes from holds.
func tzif(changes []change) []byte {
	type kind struct {
		off int
		dst bool
	}
	kinds := []kind{{changes[0].from, false}}
	index := make([]byte, len(changes))
	for i, c := range changes {
		k := kind{c.to, c.dst}
		at := slices.Index(kinds, k)
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, k)
		}
		if at > 255 {
			at = 0 // more offsets than any zone on earth has had
		}
		index[i] = byte(at)
	}
	kinds = kinds[:min(len(kinds), 256)]
	const abbreviation = "LMT\x00"
	head := func(times, types, chars int) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, times, types, chars} {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		return b
	}
	// The first block is for readers of 32-bit times: empty but for one kind.
	out := append(head(0, 1, len(abbreviation)), make([]byte, 6)...)
	out = append(out, abbreviation...)
	out = append(out, head(len(changes), len(kinds), len(abbreviation))...)
	for _, c := range changes {
		out = binary.BigEndian.AppendUint64(out, uint64(c.at))
	}
	out = append(out, index...)
	for _, k := range kinds {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(k.off)))
		dst := byte(0)
		if k.dst {
			dst = 1
		}
		out = append(out, dst, 0)
	}
	out = append(out, abbreviation...)
	return append(out, "\n\n"...)
}
