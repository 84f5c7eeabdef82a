package ics

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"headsup/calendar"
	"headsup/calendar/ics/recur"
)

// entry is a VEVENT (or an AVAILABLE) with its values read. Whatever could not be
// read is in problems, and the rest stands.
type entry struct {
	line     int32
	seq      int32
	uid      string
	modified string // LAST-MODIFIED, else DTSTAMP; compared as text

	start    stamp
	hasStart bool
	end      *stamp  // DTEND
	length   *length // DURATION

	rules   []*recur.Rule
	exrules []*recur.Rule
	rdates  []rdate
	exdates []stamp
	recID   *stamp
	onward  bool // RANGE=THISANDFUTURE

	title, location, organizer string
	categories                 []string
	people                     []calendar.Attendee
	answers                    []string // PARTSTAT of each of people
	status                     calendar.Status
	show                       calendar.Show

	problems  []string
	badRule   bool // an RRULE could not be read
	badLength bool
}

// rdate is one RDATE value; a PERIOD brings its own length.
type rdate struct {
	start  stamp
	end    *stamp
	length *length
}

// reader turns components into entries.
type reader struct {
	zones  *zones
	lim    Limits
	usual  *zone // X-WR-TIMEZONE: the zone of times without one; nil: they float
	dated  int   // RDATE and EXDATE values and busy periods of the whole file
	people int   // attendees of the whole file
	told   int   // problems of the whole file
}

// problem notes what could not be read. A file in which nothing can be read gets as many
// words as a person would read.
func (r *reader) problem(e *entry, line int32, format string, args ...any) {
	const enough, enoughOfFile = 5, 2_000
	switch {
	case len(e.problems) >= enough:
		return
	case r.told >= enoughOfFile:
		e.problems = append(e.problems[:0], "something of it cannot be read, as of many before it")
		return
	}
	r.told++
	e.problems = append(e.problems, fmt.Sprintf("line %d: "+format, append([]any{line}, args...)...))
}

func (r *reader) entry(c *component) *entry {
	e := &entry{line: int32(c.line), status: calendar.Confirmed, show: calendar.ShowBusy}
	e.problems = append(e.problems, c.problems...)
	dates := 0
	r.usual = r.zones.usual(c.calendar().zone)
	if c.people > 0 {
		e.people = make([]calendar.Attendee, 0, min(c.people, r.lim.Attendees))
		e.answers = make([]string, 0, min(c.people, r.lim.Attendees))
	}
	for _, p := range c.props {
		r.property(e, p, &dates)
	}
	r.settle(e, c)
	return e
}

// property reads one line into the entry. Of properties that may stand once, the first counts.
func (r *reader) property(e *entry, p property, dates *int) {
	switch p.name {
	case "UID":
		e.uid = unescape(p.value)
	case "SEQUENCE":
		n, err := strconv.ParseInt(strings.TrimSpace(p.value), 10, 32)
		if err == nil {
			e.seq = int32(n)
		}
	case "LAST-MODIFIED":
		e.modified = p.value
	case "DTSTAMP":
		if e.modified == "" {
			e.modified = p.value
		}
	case "SUMMARY":
		e.title = text(p.value)
	case "LOCATION":
		e.location = text(p.value)
	case "CATEGORIES":
		e.categories = texts(e.categories, p.value)
	case "ORGANIZER":
		e.organizer = mailto(p)
	case "ATTENDEE":
		r.people++
		e.people = append(e.people, calendar.Attendee{Name: text(p.param("CN")), Address: mailto(p)})
		e.answers = append(e.answers, upper(p.param("PARTSTAT")))
	case "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID":
		r.time(e, p)
	case "RRULE", "EXRULE":
		r.rule(e, p)
	case "RDATE", "EXDATE":
		r.dates(e, p, dates)
	}
}

// mailto is the address of a CAL-ADDRESS, as written.
func mailto(p property) string {
	v := strings.TrimSpace(p.value)
	if len(v) > 7 && strings.EqualFold(v[:7], "mailto:") {
		return v[7:]
	}
	if email := p.param("EMAIL"); email != "" {
		return email // iCloud and CalDAV servers write urn:uuid: with EMAIL beside
	}
	return v
}

func (r *reader) time(e *entry, p property) {
	if p.name == "DURATION" {
		l, err := readLength(p.value)
		if err == nil && (l.days < 0 || l.secs < 0) {
			err = fmt.Errorf("%q is below zero", clip(p.value))
		}
		if err != nil {
			e.badLength = true
			r.problem(e, p.line, "DURATION %v", err)
			return
		}
		e.length = &l
		return
	}
	s, err := r.stamp(p, p.value)
	switch p.name {
	case "DTSTART":
		if e.hasStart {
			return
		}
		if err != nil {
			r.badStart(e, p, err)
			return
		}
		e.start, e.hasStart = s, true
	case "DTEND":
		if err != nil {
			e.badLength = true
		} else {
			end := s
			e.end = &end
		}
	case "RECURRENCE-ID":
		if err == nil {
			id := s
			e.recID = &id
			e.onward = strings.EqualFold(p.param("RANGE"), "THISANDFUTURE")
		}
	}
	if err != nil {
		r.problem(e, p.line, "%s %v", p.name, err)
	}
	if s.zone != nil && s.zone.problem != "" {
		r.problem(e, p.line, "%s: %s", p.name, s.zone.problem)
	}
}

// badStart saves the day of a start whose time cannot be read: the event then takes
// the whole of it.
func (r *reader) badStart(e *entry, p property, err error) {
	r.problem(e, p.line, "DTSTART %v", err)
	v := strings.TrimSpace(p.value)
	if w, date, _, err := readWall(v[:min(len(v), 8)]); err == nil && date {
		e.start, e.hasStart, e.badLength = stamp{wall: w, form: formDate}, true, true
	}
}

// stamp reads one DATE or DATE-TIME with the zone of its property.
func (r *reader) stamp(p property, value string) (stamp, error) {
	w, date, utc, err := readWall(value)
	if err != nil {
		return stamp{}, err
	}
	s := stamp{wall: w, form: formFloating}
	switch {
	case date:
		s.form = formDate
	case utc:
		s.form = formUTC
	default:
		if s.zone = r.zoneOf(p); s.zone != nil && s.zone.loc != nil {
			s.form = formZoned // else read on the asker's clock, and said so
		}
	}
	return s, nil
}

func (r *reader) zoneOf(p property) *zone {
	if p.params != "" {
		if id := p.param("TZID"); id != "" {
			return r.zones.find(id)
		}
	}
	return r.usual
}

func (r *reader) rule(e *entry, p property) {
	if strings.TrimSpace(p.value) == "" {
		return // no rule was meant
	}
	// Without an EXRULE there is more busy time and not less, so only an RRULE that
	// cannot be read makes the whole recurrence unknown.
	const enough = 50
	rule, err := recur.Parse(p.value)
	if err == nil && len(e.rules)+len(e.exrules) >= enough {
		err = fmt.Errorf("the event has more than %d rules", enough)
	}
	if err != nil {
		e.badRule = e.badRule || p.name == "RRULE"
		r.problem(e, p.line, "%s: %v", p.name, err)
		return
	}
	if p.name == "RRULE" {
		e.rules = append(e.rules, rule)
	} else {
		e.exrules = append(e.exrules, rule)
	}
}

// splitList goes over the values of a comma-separated list that are not empty.
func splitList(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range strings.SplitSeq(s, ",") {
			if v = strings.TrimSpace(v); v != "" && !yield(v) {
				return
			}
		}
	}
}

// dates reads RDATE and EXDATE, which may be lists and may come in many lines.
func (r *reader) dates(e *entry, p property, n *int) {
	for v := range splitList(p.value) {
		if *n++; *n > r.lim.Dates || r.dated > r.lim.AllDates {
			r.problem(e, p.line, "the event has more than %d RDATE and EXDATE values", r.lim.Dates)
			return
		}
		r.dated++
		d, err := r.period(p, v)
		if err != nil {
			r.problem(e, p.line, "%s %v", p.name, err)
			continue
		}
		if p.name == "RDATE" {
			e.rdates = append(e.rdates, d)
		} else {
			e.exdates = append(e.exdates, d.start)
		}
	}
}

// period reads a DATE, DATE-TIME or PERIOD ("start/end" or "start/duration").
func (r *reader) period(p property, v string) (rdate, error) {
	first, second, isPeriod := strings.Cut(v, "/")
	s, err := r.stamp(p, first)
	if err != nil || !isPeriod {
		return rdate{start: s}, err
	}
	if strings.ContainsAny(second, "Pp") {
		l, err := readLength(second)
		if err == nil && (l.days < 0 || l.secs < 0) {
			err = fmt.Errorf("%q is below zero", clip(second))
		}
		return rdate{start: s, length: &l}, err
	}
	end, err := r.stamp(p, second)
	if err == nil && end.wall < s.wall && end.form == s.form {
		err = fmt.Errorf("%q ends before it begins", clip(v))
	}
	return rdate{start: s, end: &end}, err
}

// settle checks what only the whole event shows, and reads how it blocks time.
func (r *reader) settle(e *entry, c *component) {
	if e.end != nil && e.hasStart {
		sameClock := e.end.form == e.start.form && e.end.zone == e.start.zone
		if sameClock && e.end.wall < e.start.wall {
			e.end, e.badLength = nil, true
			r.problem(e, int32(c.line), "DTEND is before DTSTART")
		}
	}
	if _, ok := c.get("DTSTART"); !ok && e.recID != nil && !e.hasStart {
		e.start, e.hasStart = *e.recID, true // an override that only cancels
	}
	switch upper(strings.TrimSpace(c.value("STATUS"))) {
	case "CANCELLED", "CANCELED":
		e.status = calendar.Cancelled
	case "TENTATIVE":
		e.status = calendar.Tentative
	}
	if c.calendar().method == "CANCEL" {
		e.status = calendar.Cancelled // RFC 5546 section 3.2.5
	}
	e.show = showOf(c, e.status)
}

// showOf says how an event blocks time. Exchange's own word is more exact than TRANSP
// and wins over it.
func showOf(c *component, status calendar.Status) calendar.Show {
	if status == calendar.Cancelled {
		return calendar.ShowFree
	}
	word := upper(strings.TrimSpace(c.value("X-MICROSOFT-CDO-BUSYSTATUS")))
	switch word {
	case "FREE":
		return calendar.ShowFree
	case "TENTATIVE":
		return calendar.ShowTentative
	case "OOF":
		return calendar.ShowAway
	case "WORKINGELSEWHERE":
		return calendar.ShowElsewhere
	}
	if word == "" && strings.EqualFold(strings.TrimSpace(c.value("TRANSP")), "TRANSPARENT") {
		return calendar.ShowFree
	}
	if status == calendar.Tentative {
		return calendar.ShowTentative
	}
	return calendar.ShowBusy
}
