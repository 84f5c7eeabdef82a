package ics

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Calendar is a file that was read. It may hold several VCALENDAR objects, as
// exports of whole accounts do.
type Calendar struct {
	// Faults are what could not be read outside of events, and of events that have
	// no time at all, in words for a person.
	Faults []string

	lim     Limits
	zones   *zones
	entries []*entry
	series  []*series
	busy    []*freeBusy
	hours   []*availability
}

// Read reads a calendar. An error means that nothing of it may be used: it is too
// large, cut off or no calendar.
func Read(r io.Reader, lim Limits) (*Calendar, error) {
	text, err := slurp(r, lim)
	if err != nil {
		return nil, err
	}
	return Parse(text, lim)
}

// Parse is [Read] of a text that is in memory already. The calendar keeps it.
func Parse(text string, lim Limits) (*Calendar, error) {
	if int64(len(text)) > lim.Bytes {
		return nil, tooLarge(lim)
	}
	if n := strings.Count(text, "\n"); n > lim.Lines {
		return nil, tooManyLines(lim)
	}
	if err := recognise(text); err != nil {
		return nil, err
	}
	p := &parser{lex: newLexer(text, lim), lim: lim}
	if err := p.run(); err != nil {
		return nil, err
	}
	return interpret(p, lim)
}

// recognise refuses what is plainly not a calendar, with the reason that helps most.
func recognise(text string) error {
	begin := strings.TrimSpace(strings.TrimPrefix(text[:min(len(text), 512)], "\ufeff"))
	head := strings.ToLower(begin)
	switch {
	case head == "":
		return syntax(0, "the file is empty")
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		return doubtful("this is a web page, not a calendar; the link may need a login")
	case strings.HasPrefix(head, "\xff\xfe"), strings.HasPrefix(head, "\xfe\xff"), strings.Contains(head, "\x00"):
		return syntax(1, "the text is not UTF-8; save the calendar as UTF-8")
	case strings.HasPrefix(head, "begin:"):
		return nil
	}
	line, _, _ := strings.Cut(begin, "\n")
	return syntax(1, "a calendar begins with BEGIN:VCALENDAR, not with %q", clip(strings.TrimSpace(line)))
}

// component is what was kept of a BEGIN ... END.
type component struct {
	name     string
	line     int
	props    []property
	parts    []*component
	problems []string   // of its structure; they make it unreadable
	people   int        // ATTENDEE lines
	full     bool       // there were more properties
	cal      *component // the calendar that it is in; nil: none
	method   string     // METHOD, of a calendar
	zone     string     // X-WR-TIMEZONE, of a calendar
}

// frame is a component that is open. Most kinds are not kept: c is then nil. The frames
// of one depth share the room in which their properties gather.
type frame struct {
	name  string
	line  int
	c     *component
	props []property
}

// problem notes a fault of structure, the first few of them.
func (c *component) problem(line int, format string, args ...any) {
	const enough = 3
	if len(c.problems) < enough {
		c.problems = append(c.problems, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

// get is the first property of a name.
func (c *component) get(name string) (property, bool) {
	for _, p := range c.props {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// calendar is the VCALENDAR that the component is or is in; without one, itself.
func (c *component) calendar() *component {
	if c.cal == nil {
		return c
	}
	return c.cal
}

func (c *component) value(name string) string {
	p, _ := c.get(name)
	return p.value
}

// parser builds the components.
type parser struct {
	lex        *lexer
	lim        Limits
	stack      []frame
	top        []*component // kept components directly in a calendar
	faults     []string
	components int
	entries    int
	kept       int // properties
}

func (p *parser) run() error {
	for {
		s, line, cut, ok, err := p.lex.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := p.line(s, line, cut); err != nil {
			return err
		}
	}
	if n := len(p.stack); n > 0 {
		c := p.stack[n-1]
		return syntax(p.lex.line-1, "the file ends within the %s of line %d: it is cut off", c.name, c.line)
	}
	return nil
}

func (p *parser) line(s string, line int, cut bool) error {
	name, _ := nameOf(s)
	switch name {
	case "BEGIN":
		return p.begin(upper(strings.TrimSpace(s[strings.IndexByte(s, ':')+1:])), line)
	case "END":
		p.end(upper(strings.TrimSpace(s[strings.IndexByte(s, ':')+1:])), line)
		return nil
	}
	if len(p.stack) == 0 {
		p.fault(line, "%q is outside of any calendar", clip(s))
		return nil
	}
	if f := &p.stack[len(p.stack)-1]; f.c != nil && (name == "" || wanted(f.c.name, name)) {
		return p.property(f, name, s, line, cut)
	}
	return nil
}

func (p *parser) fault(line int, format string, args ...any) {
	const enough = 100
	if len(p.faults) < enough {
		p.faults = append(p.faults, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

// property keeps a line if the component needs it.
func (p *parser) property(f *frame, name, s string, line int, cut bool) error {
	c := f.c
	if len(f.props) == p.lim.Properties {
		if !c.full {
			c.problem(line, "it has more than %d properties", p.lim.Properties)
		}
		c.full = true
		return nil
	}
	if name == "ATTENDEE" {
		if c.people++; c.people > p.lim.Attendees {
			c.problem(line, "it has more than %d attendees", p.lim.Attendees)
			return nil
		}
	}
	if cut {
		c.problem(line, "%s is longer than %d kB", name, p.lim.Line>>10)
		return nil
	}
	prop, ok := split(s, line)
	if !ok {
		p.fault(line, "%q is not a property", clip(s))
		return nil
	}
	if c.name == "VCALENDAR" {
		p.calendarProperty(c, prop)
		return nil
	}
	if p.kept++; p.kept > p.lim.Kept {
		return syntax(line, "the file has more than %d properties; export a shorter range", p.lim.Kept)
	}
	f.props = append(f.props, prop)
	return nil
}

func (p *parser) calendarProperty(c *component, prop property) {
	switch prop.name {
	case "METHOD":
		c.method = upper(strings.TrimSpace(prop.value))
	case "X-WR-TIMEZONE":
		c.zone = prop.value
	}
}

func (p *parser) begin(name string, line int) error {
	if p.components++; p.components > p.lim.Components {
		return syntax(line, "the file has more than %d components; export a shorter range", p.lim.Components)
	}
	if entryKind(name) {
		// An event within an event: the END of the first was lost.
		for n := len(p.stack); n > 0 && entryKind(p.stack[n-1].name); n = len(p.stack) {
			p.closeTop("its END is missing")
		}
	}
	if entryKind(name) || name == "VAVAILABILITY" || name == "AVAILABLE" {
		if p.entries++; p.entries > p.lim.Entries {
			return syntax(line, "the file has more than %d events; export a shorter range", p.lim.Entries)
		}
	}
	if len(p.stack) >= p.lim.Depth {
		return syntax(line, "components are nested more than %d deep", p.lim.Depth)
	}
	f := frame{name: name, line: line, props: p.room()}
	if keeps(p.parentName(), name) {
		f.c = &component{name: name, line: line}
		if parent := p.parent(); parent != nil {
			f.c.cal = parent.calendar()
		}
	}
	p.stack = append(p.stack, f)
	return nil
}

// room is what the last frame of this depth has left behind.
func (p *parser) room() []property {
	if n := len(p.stack); n < cap(p.stack) {
		return p.stack[:n+1][n].props[:0]
	}
	return nil
}

func (p *parser) parent() *component {
	if len(p.stack) == 0 {
		return nil
	}
	return p.stack[len(p.stack)-1].c
}

func (p *parser) parentName() string {
	if len(p.stack) == 0 {
		return ""
	}
	return p.stack[len(p.stack)-1].name
}

// end closes the component that the line names, and those within it that were not
// closed. An END of something that is not open is passed over.
func (p *parser) end(name string, line int) {
	at := len(p.stack) - 1
	for at >= 0 && p.stack[at].name != name {
		at--
	}
	if at < 0 {
		p.fault(line, "END:%s ends nothing", clip(name))
		return
	}
	for len(p.stack)-1 > at {
		p.closeTop("its END is missing")
	}
	p.closeTop("")
}

func (p *parser) closeTop(problem string) {
	c := p.stack[len(p.stack)-1].c
	if c != nil {
		c.props = slices.Clone(p.stack[len(p.stack)-1].props)
	}
	p.stack = p.stack[:len(p.stack)-1]
	if c == nil || c.name == "VCALENDAR" {
		return
	}
	if problem != "" {
		c.problem(c.line, "%s: %s", c.name, problem)
	}
	if parent := p.parent(); parent != nil && parent.name != "VCALENDAR" {
		parent.parts = append(parent.parts, c)
		return
	}
	p.top = append(p.top, c)
}

// entryKind reports whether a component is an entry of a calendar.
func entryKind(name string) bool {
	switch name {
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY":
		return true
	}
	return false
}

// keeps reports whether a component of that name within one named parent, or within
// nothing, is read.
func keeps(parent, name string) bool {
	switch name {
	case "VCALENDAR":
		return true
	case "VEVENT", "VFREEBUSY", "VAVAILABILITY", "VTIMEZONE":
		return parent == "" || parent == "VCALENDAR"
	case "AVAILABLE":
		return parent == "VAVAILABILITY"
	case "STANDARD", "DAYLIGHT":
		return parent == "VTIMEZONE"
	}
	return false
}

// wanted reports whether a property of a kept component is read at all. Most lines of
// a calendar are not, and cost nothing further.
func wanted(component, name string) bool {
	switch component {
	case "VCALENDAR":
		return name == "METHOD" || name == "X-WR-TIMEZONE"
	case "VTIMEZONE":
		return name == "TZID" || name == "X-LIC-LOCATION"
	case "STANDARD", "DAYLIGHT":
		switch name {
		case "DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME":
			return true
		}
		return false
	}
	switch name {
	case "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE",
		"RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "LOCATION",
		"CATEGORIES", "ORGANIZER", "ATTENDEE", "STATUS", "TRANSP", "FREEBUSY", "BUSYTYPE",
		"PRIORITY", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS":
		return true
	}
	return false
}
