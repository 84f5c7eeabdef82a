package ics

import (
	_ "embed"
	"fmt"
	"slices"
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
	own    map[string]*component // VTIMEZONE by TZID
	named  map[string]*zone      // found so far
	most   int                   // names that a file may have
	beyond *zone                 // every further one
	base   database
	budget recur.Budget // for all zones that the file defines
}

func newZones(parts []*component, lim Limits) *zones {
	z := &zones{
		own: map[string]*component{}, named: map[string]*zone{}, most: lim.Zones, base: database{left: lim.Lookups},
		budget: recur.Budget{Steps: 400_000}, beyond: &zone{problem: fmt.Sprintf("the file names more than %d time zones", lim.Zones)},
	}
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
func (z *zones) find(id string) *zone {
	id = cleanID(id)
	if found := z.named[id]; found != nil {
		return found
	}
	if len(z.named) >= z.most {
		return z.beyond
	}
	found := &zone{}
	if found.loc = z.base.named(id); found.loc == nil {
		found.loc, found.problem = z.fromFile(id)
	}
	z.named[id] = found
	return found
}

// usual is the zone of X-WR-TIMEZONE, in which those who write it mean the times that
// have none; nil if there is no such zone, and those times float.
func (z *zones) usual(id string) *zone {
	if id == "" {
		return nil
	}
	if found := z.find(id); found.loc != nil {
		return found
	}
	return nil
}

func (z *zones) fromFile(id string) (*time.Location, string) {
	c := z.own[id]
	if c == nil {
		return nil, fmt.Sprintf("the time zone %q is not known", clip(id))
	}
	if loc := z.base.iana(cleanID(c.value("X-LIC-LOCATION"))); loc != nil {
		return loc, ""
	}
	loc, err := buildZone(id, c, &z.budget)
	if err != nil {
		return nil, fmt.Sprintf("the time zone %q: %v", clip(id), err)
	}
	return loc, ""
}

// cleanID takes off the quotes and blanks that some exporters leave within the value.
func cleanID(id string) string {
	return strings.Trim(strings.TrimSpace(strings.ReplaceAll(id, `\,`, ",")), `"'`)
}

// database is the tz database as one file may ask it: a name that it does not have costs
// a search of the disk.
type database struct{ left int } // lookups

// named resolves a name without the file's help.
func (d *database) named(id string) *time.Location {
	if loc := d.iana(id); loc != nil {
		return loc
	}
	if loc := windows(id); loc != nil {
		return loc
	}
	// Globally unique names such as /mozilla.org/20050126_1/Europe/Berlin or
	// /freeassociation.sourceforge.net/Europe/Berlin end in a name of the database.
	for rest := id; strings.Contains(rest, "/"); {
		_, rest, _ = strings.Cut(rest, "/")
		if loc := d.iana(rest); loc != nil && strings.Contains(rest, "/") {
			return loc
		}
	}
	return d.described(id)
}

// described reads what Outlook shows to people: "(UTC+01:00) Amsterdam, Berlin, Rome" by
// a city whose zone has that offset in January or July, "(UTC-05:00) Eastern Time (US &
// Canada)" by the Windows name in it.
func (d *database) described(id string) *time.Location {
	offset, names, ok := strings.Cut(strings.TrimPrefix(id, "("), ")")
	if !ok || len(offset) < 4 || (offset[:3] != "UTC" && offset[:3] != "GMT") {
		return nil
	}
	want, err := readOffset(strings.ReplaceAll(offset[3:], ".", ":"))
	if err != nil {
		return nil
	}
	if name, _, ok := strings.Cut(strings.TrimSpace(names), " Time"); ok {
		return windows(name)
	}
	for city := range splitList(names) {
		for _, region := range []string{"Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/"} {
			loc := d.iana(region + strings.ReplaceAll(city, " ", "_"))
			if loc == nil {
				continue
			}
			for _, month := range []time.Month{time.January, time.July} {
				if _, off := time.Date(2026, month, 1, 0, 0, 0, 0, loc).Zone(); off == want {
					return loc
				}
			}
		}
	}
	return nil
}

// iana loads a zone of the tz database. The name comes from a stranger: anything that
// is not letters, digits and _+-/ is no name.
func (d *database) iana(id string) *time.Location {
	if d.left <= 0 || id == "" || len(id) > 64 || strings.HasPrefix(id, "/") || strings.EqualFold(id, "local") {
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
	for i, name := range []string{id, properCase(id), strings.ToUpper(id)} {
		if i > 0 && name == id {
			continue
		}
		if d.left--; d.left < 0 {
			return nil
		}
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	return nil
}

// properCase writes a zone's name as the database does, which is strict about it where
// calendars are not: Europe/lisbon, AMERICA/NEW_YORK, america/port-au-prince.
func properCase(id string) string {
	b := []byte(strings.ToLower(id))
	for i := range b {
		if (i == 0 || strings.IndexByte("/_-", b[i-1]) >= 0) && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return strings.NewReplacer("_Of_", "_of_", "_Es_", "_es_", "-Au-", "-au-").Replace(string(b))
}

// windows resolves a Windows name. Lotus Notes leaves the words "Standard Time" off.
func windows(id string) *time.Location {
	if id == "" {
		return nil
	}
	for line := range strings.Lines(windowsZones) {
		name, target, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if strings.EqualFold(name, id) || strings.EqualFold(name, id+" Standard Time") {
			return (&database{left: 1}).iana(target)
		}
	}
	return nil
}

// clock turns wall times of one zone into instants, as Unix seconds. It remembers the
// stretches between two changes of the offset; within one, but for a day at both ends,
// the answer is plain arithmetic.
type clock struct {
	loc   *time.Location
	known []calm // by wall time
	last  calm
}

// calm is a stretch of wall times without a change of the offset near.
type calm struct {
	from, to recur.Wall
	off      int64
}

func (s calm) holds(w recur.Wall) bool { return w >= s.from && w < s.to }

func newClock(loc *time.Location) *clock { return &clock{loc: loc} }

// at is the instant of a wall time and how it met the zone. A time that happens twice
// is the first; one that was skipped is read with the offset before the gap
// (RFC 5545 section 3.3.5).
func (c *clock) at(w recur.Wall) (int64, calendar.Resolution) {
	if c.quiet(w) {
		return int64(w) - c.last.off, calendar.Exact
	}
	t, how := calendar.Resolve(calendar.CivilOf(w.Civil()), c.loc)
	if how == calendar.Gap {
		_, before := t.Add(-time.Second).Zone()
		return int64(w) - int64(before), how
	}
	c.remember(t)
	return t.Unix(), how
}

// quiet finds the stretch that w lies in.
func (c *clock) quiet(w recur.Wall) bool {
	if c.last.holds(w) {
		return true
	}
	i, _ := slices.BinarySearchFunc(c.known, w, func(s calm, w recur.Wall) int { return compare(s.to, w+1) })
	if i == len(c.known) || !c.known[i].holds(w) {
		return false
	}
	c.last = c.known[i]
	return true
}

// remember keeps the stretch around t.
func (c *clock) remember(t time.Time) {
	const room, ever, enough = 26 * 60 * 60, recur.Wall(1) << 60, 1000
	start, end := t.ZoneBounds()
	_, off := t.Zone()
	s := calm{-ever, ever, int64(off)}
	if !start.IsZero() {
		s.from = recur.Wall(start.Unix() + s.off + room)
	}
	if !end.IsZero() {
		s.to = recur.Wall(end.Unix() + s.off - room)
	}
	i, found := slices.BinarySearchFunc(c.known, s.from, func(s calm, from recur.Wall) int { return compare(s.from, from) })
	if s.from >= s.to || found {
		return
	}
	if len(c.known) >= enough {
		c.known, i = nil, 0
	}
	c.known = slices.Insert(c.known, i, s)
}

// exists reports whether the zone's clock shows w at all.
func (c *clock) exists(w recur.Wall) bool {
	if c.quiet(w) {
		return true
	}
	_, how := c.at(w)
	return how != calendar.Gap
}

// wall is the wall clock of an instant.
func (c *clock) wall(unix int64) recur.Wall {
	return recur.WallOf(time.Unix(unix, 0).In(c.loc))
}

// Zone finds a time zone by any name that calendars give it: one of the tz database, a
// Windows name, one with a vendor's prefix. It is nil if the name means nothing.
func Zone(name string) *time.Location {
	return (&database{left: DefaultLimits().Lookups}).named(cleanID(name))
}
