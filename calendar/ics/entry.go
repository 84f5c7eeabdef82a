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
	line     int
	uid      string
	seq      int
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

// problem notes what could not be read.
func (e *entry) problem(line int32, format string, args ...any) {
	const enough = 5
	if len(e.problems) < enough {
		e.problems = append(e.problems, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

// reader turns components into entries.
type reader struct {
	zones zones
	lim   Limits
	usual *zone // X-WR-TIMEZONE: the zone of times without one; nil: they float
}

func (r *reader) entry(c *component) *entry {
	e := &entry{line: c.line, status: calendar.Confirmed, show: calendar.ShowBusy}
	e.problems = append(e.problems, c.problems...)
	dates := 0
	r.usual = r.zones.usual(c.zone)
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
		e.seq, _ = strconv.Atoi(strings.TrimSpace(p.value))
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
		e.categories = append(e.categories, texts(p.value)...)
	case "ORGANIZER":
		e.organizer = mailto(p)
	case "ATTENDEE":
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
			e.problem(p.line, "DURATION %v", err)
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
			e.end = &s
		}
	case "RECURRENCE-ID":
		if err == nil {
			e.recID = &s
			e.onward = strings.EqualFold(p.param("RANGE"), "THISANDFUTURE")
		}
	}
	if err != nil {
		e.problem(p.line, "%s %v", p.name, err)
	}
	if s.zone != nil && s.zone.problem != "" {
		e.problem(p.line, "%s: %s", p.name, s.zone.problem)
	}
}

// badStart saves the day of a start whose time cannot be read: the event then takes
// the whole of it.
func (r *reader) badStart(e *entry, p property, err error) {
	e.problem(p.line, "DTSTART %v", err)
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
		e.problem(p.line, "%s: %v", p.name, err)
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
		if *n++; *n > r.lim.Dates {
			e.problem(p.line, "the event has more than %d RDATE and EXDATE values", r.lim.Dates)
			return
		}
		d, err := r.period(p, v)
		if err != nil {
			e.problem(p.line, "%s %v", p.name, err)
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
			e.problem(int32(c.line), "DTEND is before DTSTART")
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
	if c.method == "CANCEL" {
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
