// Package calendar holds the values that everything which handles calendars shares:
// an [Event] is one instance on the time line, a [Span] a stretch of time, a
// [Source] the place where events come from. [Resolve] turns a civil time into an
// instant and says when that time does not exist or exists twice.
//
// The names are those of RFC 5545. Reading a format or a protocol is the business of
// the packages below; this one imports nothing but the standard library.
package calendar

import (
	"context"
	"errors"
	"time"
)

// Span is a stretch of time: Start is in it, End is not.
type Span struct {
	Start, End time.Time
}

// Contains reports whether t lies in s.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.Start) && t.Before(s.End) }

// Overlaps reports whether s and o share an instant.
func (s Span) Overlaps(o Span) bool { return s.Start.Before(o.End) && o.Start.Before(s.End) }

// Empty reports whether no instant is in s.
func (s Span) Empty() bool { return !s.Start.Before(s.End) }

// Show is how an event blocks time: TRANSP, FBTYPE (RFC 5545 sections 3.8.2.7 and
// 3.2.9) and X-MICROSOFT-CDO-BUSYSTATUS in one word.
type Show string

// The ways to block time.
const (
	ShowBusy      Show = "busy"
	ShowTentative Show = "tentative"
	ShowFree      Show = "free"
	ShowAway      Show = "away"      // out of office
	ShowElsewhere Show = "elsewhere" // working elsewhere: not busy
)

// Status is the STATUS of RFC 5545 section 3.8.1.11.
type Status string

// The statuses of an event.
const (
	Confirmed Status = "confirmed"
	Tentative Status = "tentative"
	Cancelled Status = "cancelled"
)

// Type is what kind of entry an event is where the source says so (Google eventType,
// Microsoft showAs and categories); TypeDefault where it does not.
type Type string

// The types of events.
const (
	TypeDefault  Type = ""
	TypeFocus    Type = "focus"
	TypeAway     Type = "away"
	TypeLocation Type = "location" // where somebody works, not a block of time
	TypeHours    Type = "hours"    // available time, VAVAILABILITY (RFC 7953)
)

// Participation is the PARTSTAT (RFC 5545 section 3.2.12) of the calendar's owner.
type Participation string

// What the owner of the calendar answered.
const (
	PartUnknown   Participation = "" // no attendees, or the owner is not among them
	PartAccepted  Participation = "accepted"
	PartTentative Participation = "tentative"
	PartDeclined  Participation = "declined"
	PartOpen      Participation = "needs-action"
)

// Event is one instance: a recurring event arrives expanded, overrides applied.
type Event struct {
	UID          string
	RecurrenceID string // the original start in the form of the file, "" for a single event
	Span                // resolved; an all-day event spans civil days of the asker's zone
	Zone         string // IANA name of the event's own zone, "" for floating and all-day
	AllDay       bool
	Recurring    bool
	Title        string
	Location     string
	Categories   []string
	Organizer    string // address as written, "" if none
	Attendees    []Attendee
	Status       Status
	Show         Show
	Type         Type
	Part         Participation
	Unreadable   string // not "": something of the event could not be read; it counts as busy
}

// Attendee is a person invited. The address is data, never a recipient.
type Attendee struct {
	Name    string
	Address string
}

// Snapshot is what a source knew at one moment about one range.
type Snapshot struct {
	Range   Span
	Events  []Event   // sorted by start, then UID
	Version string    // changes when the content does; equal versions need no planning
	AsOf    time.Time // the last successful read; an unchanged answer counts as one
	Faults  []string  // what could not be read, in words for a person
	Clock   time.Time // the server's clock if it told, else zero
}

// ErrDoubtful: the answer was readable but not believable (a login page, a calendar that
// emptied). The caller keeps what it had and tells the user.
var ErrDoubtful = errors.New("answer is not believable")

// Source is where a calendar comes from. Every implementation passes the suite in
// calendar/sourcetest.
type Source interface {
	// Events returns all instances that start or run within the range. Floating and
	// all-day times are read in loc. It never returns a half-read calendar: on an
	// error the snapshot is empty and what was known before stays true.
	Events(ctx context.Context, within Span, loc *time.Location) (Snapshot, error)
}
