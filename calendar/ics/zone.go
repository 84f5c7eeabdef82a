package ics

import (
	"fmt"
	"time"

	"headsup/calendar/ics/recur"
	tz "headsup/calendar/ics/zone"
)

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
	base   tz.Database
	budget recur.Budget // for all zones that the file defines
}

func newZones(parts []*component, lim Limits) *zones {
	z := &zones{
		own: map[string]*component{}, named: map[string]*zone{}, most: lim.Zones, base: tz.Database{Left: lim.Lookups},
		budget: recur.Budget{Steps: 400_000}, beyond: &zone{problem: fmt.Sprintf("the file names more than %d time zones", lim.Zones)},
	}
	for _, c := range parts {
		id := tz.Clean(c.value("TZID"))
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
	id = tz.Clean(id)
	if found := z.named[id]; found != nil {
		return found
	}
	if len(z.named) >= z.most {
		return z.beyond
	}
	found := &zone{}
	if found.loc = z.base.Named(id); found.loc == nil {
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
	if loc := z.base.IANA(tz.Clean(c.value("X-LIC-LOCATION"))); loc != nil {
		return loc, ""
	}
	loc, err := buildZone(id, c, &z.budget)
	if err != nil {
		return nil, fmt.Sprintf("the time zone %q: %v", clip(id), err)
	}
	return loc, ""
}
