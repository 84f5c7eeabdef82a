package zone

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no zone files of its own
)

// windowsZones is the "001" column of CLDR's windowsZones.xml: the zone that Windows
// means by a name where no country is given.
//
//go:embed windows.txt
var windowsZones string

// Clean takes off the quotes and blanks that some exporters leave within the value.
func Clean(id string) string {
	return strings.Trim(strings.TrimSpace(strings.ReplaceAll(id, `\,`, ",")), `"'`)
}

// Database is the tz database as somebody may ask it who is not trusted: a name that it
// does not have costs a search of the disk.
type Database struct {
	Left int // lookups
}

// Named resolves a name, nil if it means nothing.
func (d *Database) Named(id string) *time.Location {
	if loc := d.IANA(id); loc != nil {
		return loc
	}
	if loc := windows(id); loc != nil {
		return loc
	}
	// Globally unique names such as /mozilla.org/20050126_1/Europe/Berlin or
	// /freeassociation.sourceforge.net/Europe/Berlin end in a name of the database.
	for rest := id; strings.Contains(rest, "/"); {
		_, rest, _ = strings.Cut(rest, "/")
		if loc := d.IANA(rest); loc != nil && strings.Contains(rest, "/") {
			return loc
		}
	}
	return d.described(id)
}

// described reads what Outlook shows to people: "(UTC+01:00) Amsterdam, Berlin, Rome" by
// a city whose zone has that offset in January or July, "(UTC-05:00) Eastern Time (US &
// Canada)" by the Windows name in it.
func (d *Database) described(id string) *time.Location {
	offset, names, ok := strings.Cut(strings.TrimPrefix(id, "("), ")")
	if !ok || len(offset) < 4 || (offset[:3] != "UTC" && offset[:3] != "GMT") {
		return nil
	}
	want, err := ParseOffset(strings.ReplaceAll(offset[3:], ".", ":"))
	if err != nil {
		return nil
	}
	if name, _, ok := strings.Cut(strings.TrimSpace(names), " Time"); ok {
		return windows(name)
	}
	for city := range strings.SplitSeq(names, ",") {
		city = strings.TrimSpace(city)
		for _, region := range []string{"Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/"} {
			loc := d.IANA(region + strings.ReplaceAll(city, " ", "_"))
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

// IANA loads a zone of the tz database. The name comes from a stranger: anything that
// is not letters, digits and _+-/ is no name.
func (d *Database) IANA(id string) *time.Location {
	if d.Left <= 0 || id == "" || len(id) > 64 || strings.HasPrefix(id, "/") || strings.EqualFold(id, "local") {
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
		if d.Left--; d.Left < 0 {
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
			return (&Database{Left: 1}).IANA(target)
		}
	}
	return nil
}

// Find resolves a name as somebody trusted gives it.
func Find(name string) *time.Location {
	const enough = 40
	return (&Database{Left: enough}).Named(Clean(name))
}

// ParseOffset reads a UTC-OFFSET (RFC 5545 section 3.3.14) as seconds: +0100, -013015.
func ParseOffset(s string) (int, error) {
	v := strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	if len(v) != 5 && len(v) != 7 || v[0] != '+' && v[0] != '-' {
		return 0, notOffset(s)
	}
	h, m, sec := digits(v[1:3]), digits(v[3:5]), digits(v[5:])
	if h < 0 || h > 24 || m < 0 || m > 59 || sec < 0 || sec > 59 {
		return 0, notOffset(s)
	}
	n := h*3600 + m*60 + sec
	if v[0] == '-' {
		n = -n
	}
	return n, nil
}

func notOffset(s string) error { return fmt.Errorf("%q is not an offset from UTC", clip(s)) }

// digits reads a number of digits only; anything else is -1.
func digits(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// clip keeps a quoted value short in a message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}
