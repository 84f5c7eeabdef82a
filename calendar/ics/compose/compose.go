// Package compose writes iCalendar (RFC 5545): a small part of it, for a calendar that
// other programs read and that nobody answers to. Times are in UTC, so no time zone need
// be described; every event is transparent, so whoever reads it stays free; there is no
// METHOD, so it is a publication and no invitation.
package compose

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Calendar is what a file holds.
type Calendar struct {
	Program string // PRODID
	Name    string // as programs show it
	Events  []Event
}

// Event is one VEVENT.
type Event struct {
	UID         string
	Sequence    int64     // grows when the event changes
	Stamp       time.Time // of the last change
	Start, End  time.Time
	Title       string
	Description string
	Tentative   bool
}

// Bytes is the calendar as a file. The same calendar gives the same bytes.
func (c Calendar) Bytes() []byte {
	var b writer
	b.line("BEGIN", "VCALENDAR")
	b.line("VERSION", "2.0")
	b.line("PRODID", text(c.Program))
	b.line("CALSCALE", "GREGORIAN")
	if c.Name != "" {
		b.line("X-WR-CALNAME", text(c.Name))
	}
	if len(c.Events) == 0 {
		b.nothing()
	}
	for _, e := range c.Events {
		b.event(e)
	}
	b.line("END", "VCALENDAR")
	return []byte(b.String())
}

// nothing is what a calendar without events holds: section 3.6 wants one component, and
// some programs insist.
func (b *writer) nothing() {
	for _, l := range [][2]string{
		{"BEGIN", "VTIMEZONE"}, {"TZID", "UTC"}, {"BEGIN", "STANDARD"}, {"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+0000"},
		{"TZOFFSETTO", "+0000"}, {"TZNAME", "UTC"}, {"END", "STANDARD"}, {"END", "VTIMEZONE"},
	} {
		b.line(l[0], l[1])
	}
}

func (b *writer) event(e Event) {
	b.line("BEGIN", "VEVENT")
	b.line("UID", text(e.UID))
	b.line("DTSTAMP", stamp(e.Stamp))
	b.line("LAST-MODIFIED", stamp(e.Stamp))
	b.line("SEQUENCE", strconv.FormatInt(max(e.Sequence, 0), 10))
	b.line("DTSTART", stamp(e.Start))
	b.line("DTEND", stamp(e.End))
	b.line("SUMMARY", text(e.Title))
	if e.Description != "" {
		b.line("DESCRIPTION", text(e.Description))
	}
	status := "CONFIRMED"
	if e.Tentative {
		status = "TENTATIVE"
	}
	b.line("STATUS", status)
	b.line("CLASS", "PRIVATE")
	b.line("TRANSP", "TRANSPARENT")
	b.line("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
	b.line("END", "VEVENT")
}

// Moving reports whether a line of a file says when it was written rather than what is in
// it.
func Moving(line string) bool {
	for _, name := range []string{"DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:"} {
		if strings.HasPrefix(line, name) {
			return true
		}
	}
	return false
}

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// text is a TEXT value (section 3.3.11). Other control characters than line ends have no
// place in one.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

type writer struct{ strings.Builder }

// line writes one content line, folded at 75 octets and never within a character
// (section 3.1).
func (b *writer) line(name, value string) {
	rest, room := name+":"+value, 75
	for len(rest) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		b.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], 74 // the blank is one octet of the line
	}
	b.WriteString(rest + "\r\n")
}
