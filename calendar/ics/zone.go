package ics

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no zone files of its own

	"headsup/calendar"
	"headsup/calendar/ics/recur"
)

// windowsZones is the "001" column of CLDR's windowsZones.xml: the zone that Windows
// means by a name where no country is given.
//
//go:embed windows.txt
var windowsZones string

// zone is a time zone that a file names.
type zone struct {
	loc     *time.Location
	problem string // not "": the name means nothing; loc is nil
}

// zones finds the zones of one file.
type zones struct {
	own   map[string]*component // VTIMEZONE by TZID
	named map[string]*zone      // found so far
}

func newZones(parts []*component) zones {
	z := zones{own: map[string]*component{}, named: map[string]*zone{}}
	for _, c := range parts {
		id := cleanID(c.value("TZID"))
		if _, twice := z.own[id]; !twice {
			z.own[id] = c
		}
	}
	return z
}

// find resolves a TZID: a name of the tz database, one with a vendor's prefix, a
// Windows name, and only then the rules that the file itself gives. The database
// knows more than the file: its rules are newer and cover every year.
func (z zones) find(id string) *zone {
	id = cleanID(id)
	if found := z.named[id]; found != nil {
		return found
	}
	found := &zone{}
	if found.loc = named(id); found.loc == nil {
		found.loc, found.problem = z.fromFile(id)
	}
	z.named[id] = found
	return found
}

func (z zones) fromFile(id string) (*time.Location, string) {
	c := z.own[id]
	if c == nil {
		return nil, fmt.Sprintf("the time zone %q is not known", clip(id))
	}
	if loc := iana(cleanID(c.value("X-LIC-LOCATION"))); loc != nil {
		return loc, ""
	}
	loc, err := buildZone(id, c)
	if err != nil {
		return nil, fmt.Sprintf("the time zone %q: %v", clip(id), err)
	}
	return loc, ""
}

// cleanID takes off the quotes and blanks that some exporters leave within the value.
func cleanID(id string) string {
	return strings.Trim(strings.TrimSpace(strings.ReplaceAll(id, `\,`, ",")), `"'`)
}

// named resolves a name without the file's help.
func named(id string) *time.Location {
	if loc := iana(id); loc != nil {
		return loc
	}
	if loc := windows(id); loc != nil {
		return loc
	}
	// Globally unique names such as /mozilla.org/20050126_1/Europe/Berlin or
	// /freeassociation.sourceforge.net/Europe/Berlin end in a name of the database.
	for rest := id; strings.Contains(rest, "/"); {
		_, rest, _ = strings.Cut(rest, "/")
		if loc := iana(rest); loc != nil && strings.Contains(rest, "/") {
			return loc
		}
	}
	return nil
}

// iana loads a zone of the tz database. The name comes from a stranger: anything that
// is not letters, digits and _+-/ is no name.
func iana(id string) *time.Location {
	if id == "" || len(id) > 64 || strings.HasPrefix(id, "/") || strings.EqualFold(id, "local") {
		return nil
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("_+-/", rune(c)) {
			return nil
		}
	}
	switch strings.ToUpper(id) {
	case "UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT":
		return time.UTC
	}
	loc, err := time.LoadLocation(id)
	if err != nil {
		return nil
	}
	return loc
}

// windows resolves a Windows name. Lotus Notes leaves the words "Standard Time" off.
func windows(id string) *time.Location {
	if id == "" {
		return nil
	}
	for line := range strings.Lines(windowsZones) {
		name, target, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if strings.EqualFold(name, id) || strings.EqualFold(name, id+" Standard Time") {
			return iana(target)
		}
	}
	return nil
}

// clock turns wall times of one zone into instants, as Unix seconds. It remembers the
// stretch between two changes of the offset, in which the answer is plain arithmetic.
type clock struct {
	loc    *time.Location
	lo, hi int64 // Unix seconds, a day inside the stretch
	off    int64
}

func newClock(loc *time.Location) *clock { return &clock{loc: loc, lo: 1, hi: 0} }

// at is the instant of a wall time and how it met the zone. A time that happens twice
// is the first; one that was skipped is read with the offset before the gap
// (RFC 5545 section 3.3.5).
func (c *clock) at(w recur.Wall) (int64, calendar.Resolution) {
	if t := int64(w) - c.off; t >= c.lo && t < c.hi {
		return t, calendar.Exact
	}
	t, how := calendar.Resolve(calendar.CivilOf(w.Civil()), c.loc)
	if how == calendar.Gap {
		_, before := t.Add(-time.Second).Zone()
		return int64(w) - int64(before), how
	}
	c.remember(t)
	return t.Unix(), how
}

// remember keeps the stretch that t lies in, less a day at both ends.
func (c *clock) remember(t time.Time) {
	const day, ever = 26 * 60 * 60, int64(1) << 60
	start, end := t.ZoneBounds()
	_, off := t.Zone()
	c.off, c.lo, c.hi = int64(off), -ever, ever
	if !start.IsZero() {
		c.lo = start.Unix() + day
	}
	if !end.IsZero() {
		c.hi = end.Unix() - day
	}
}

// exists reports whether the zone's clock shows w at all.
func (c *clock) exists(w recur.Wall) bool {
	if t := int64(w) - c.off; t >= c.lo && t < c.hi {
		return true
	}
	_, how := c.at(w)
	return how != calendar.Gap
}

// wall is the wall clock of an instant.
func (c *clock) wall(unix int64) recur.Wall {
	return recur.WallOf(time.Unix(unix, 0).In(c.loc))
}
