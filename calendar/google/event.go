package google

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	gcal "google.golang.org/api/calendar/v3"

	"headsup/calendar"
)

// entry is an item and what was made of it, which is made once: a change elsewhere in the
// calendar does not concern it.
type entry struct {
	item *gcal.Event

	loc  *time.Location // of the asker; nil: nothing was made yet
	zone string         // of the calendar
	ev   calendar.Event
	sum  digest
	err  error
}

// digest names content. That of a listing is the sum of those of its events.
type digest [4]uint64

func (d *digest) add(o digest) {
	for i := range d {
		d[i] += o[i]
	}
}

func (d digest) String() string {
	var b []byte
	for _, n := range d {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return hex.EncodeToString(b[:12])
}

func digestOf(ev *calendar.Event) (d digest) {
	raw, err := json.Marshal(ev)
	if err != nil {
		raw = fmt.Append(nil, *ev) // a year beyond 9999
	}
	sum := sha256.Sum256(raw)
	for i := range d {
		d[i] = binary.BigEndian.Uint64(sum[8*i:])
	}
	return d
}

func (e *entry) make(s state, loc *time.Location) {
	if e.loc == loc && e.zone == s.zone {
		return
	}
	e.loc, e.zone = loc, s.zone
	if e.ev, e.err = s.event(e.item, loc); e.err == nil {
		e.sum = digestOf(&e.ev)
	}
}

// snapshot is what starts or runs within the window.
func (s state) snapshot(within calendar.Span, loc *time.Location) calendar.Snapshot {
	var snap calendar.Snapshot
	var sum digest
	for _, e := range s.items {
		if e.make(s, loc); e.err != nil {
			snap.Faults = append(snap.Faults, fmt.Sprintf("event %q was left out: %v", e.item.Summary, e.err))
			continue
		}
		inside := e.ev.Overlaps(within) || (e.ev.Start.Equal(e.ev.End) && within.Contains(e.ev.Start))
		if inside {
			snap.Events = append(snap.Events, e.ev)
			sum.add(e.sum)
		}
	}
	snap.Version = sum.String()
	slices.SortFunc(snap.Events, func(a, b calendar.Event) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		if c := strings.Compare(a.UID, b.UID); c != 0 {
			return c
		}
		return a.End.Compare(b.End)
	})
	slices.Sort(snap.Faults)
	return snap
}

// event is one item of the API.
func (s state) event(item *gcal.Event, loc *time.Location) (calendar.Event, error) {
	start, zone, err := s.when(item.Start, loc)
	if err != nil {
		return calendar.Event{}, fmt.Errorf("start: %w", err)
	}
	end, _, err := s.when(item.End, loc)
	if err != nil {
		return calendar.Event{}, fmt.Errorf("end: %w", err)
	}
	if end.Before(start) {
		end = start
	}
	ev := calendar.Event{
		UID: item.ICalUID, Span: calendar.Span{Start: start, End: end}, Zone: zone, AllDay: item.Start.Date != "",
		Recurring: item.RecurringEventId != "", RecurrenceID: originalStart(item), Title: item.Summary, Location: item.Location,
		Status: calendar.Confirmed, Show: calendar.ShowBusy, Type: typeOf(item.EventType),
	}
	if item.Status == "tentative" {
		ev.Status, ev.Show = calendar.Tentative, calendar.ShowTentative
	}
	switch {
	case ev.Type == calendar.TypeAway:
		ev.Show = calendar.ShowAway
	case ev.Type == calendar.TypeLocation, item.Transparency == "transparent":
		ev.Show = calendar.ShowFree
	}
	people(&ev, item)
	return ev, nil
}

// when is a time of the API: an instant with its zone, or a date, which is a day of the
// asker.
func (s state) when(t *gcal.EventDateTime, loc *time.Location) (time.Time, string, error) {
	switch {
	case t == nil:
		return time.Time{}, "", fmt.Errorf("there is none")
	case t.Date != "":
		d, err := time.Parse(time.DateOnly, t.Date)
		if err != nil {
			return time.Time{}, "", err
		}
		at, _ := calendar.Resolve(calendar.CivilOf(d), loc)
		return at, "", nil
	}
	at, err := time.Parse(time.RFC3339, t.DateTime)
	if err != nil {
		return time.Time{}, "", err
	}
	name := t.TimeZone
	if name == "" {
		name = s.zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return at.UTC(), "UTC", nil
	}
	return at.In(zone), zone.String(), nil
}

// originalStart is the start that the instance had by its rule, in the form of iCalendar.
func originalStart(item *gcal.Event) string {
	t := item.OriginalStartTime
	switch {
	case t == nil:
		return ""
	case t.Date != "":
		return strings.ReplaceAll(t.Date, "-", "")
	}
	at, err := time.Parse(time.RFC3339, t.DateTime)
	if err != nil {
		return ""
	}
	return at.UTC().Format("20060102T150405Z")
}

// typeOf reads eventType. Birthdays and what Gmail put in are plain entries.
func typeOf(s string) calendar.Type {
	switch s {
	case "focusTime":
		return calendar.TypeFocus
	case "outOfOffice":
		return calendar.TypeAway
	case "workingLocation":
		return calendar.TypeLocation
	}
	return calendar.TypeDefault
}

// people fills in who is invited and what the calendar's owner answered.
func people(ev *calendar.Event, item *gcal.Event) {
	if item.Organizer != nil {
		ev.Organizer = item.Organizer.Email
		if item.Organizer.Self {
			ev.Part = calendar.PartAccepted
		}
	}
	for _, a := range item.Attendees {
		ev.Attendees = append(ev.Attendees, calendar.Attendee{Name: a.DisplayName, Address: a.Email})
		if !a.Self {
			continue
		}
		switch a.ResponseStatus {
		case "accepted":
			ev.Part = calendar.PartAccepted
		case "tentative":
			ev.Part = calendar.PartTentative
		case "declined":
			ev.Part = calendar.PartDeclined
		default:
			ev.Part = calendar.PartOpen
		}
	}
}
