package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MailboxKind is where the mailbox is.
type MailboxKind string

// The kinds of mailboxes.
const (
	MailboxMaildir MailboxKind = "maildir"
	MailboxIMAP    MailboxKind = "imap"
	MailboxGmail   MailboxKind = "gmail"
)

// SubmissionKind is how mail leaves.
type SubmissionKind string

// The kinds of submission.
const (
	SubmissionSMTP     SubmissionKind = "smtp"
	SubmissionSendmail SubmissionKind = "sendmail"
	SubmissionGmail    SubmissionKind = "gmail"
)

// CalendarKind is where a calendar is.
type CalendarKind string

// The kinds of calendars.
const (
	CalendarFile   CalendarKind = "file"
	CalendarURL    CalendarKind = "url"
	CalendarCalDAV CalendarKind = "caldav"
	CalendarGoogle CalendarKind = "google"
	CalendarGraph  CalendarKind = "graph"
)

// TLSMode is how a connection is protected.
type TLSMode string

// The modes. Plain is allowed to this machine only.
const (
	TLSImplicit TLSMode = "implicit"
	TLSStartTLS TLSMode = "starttls"
	TLSPlain    TLSMode = "plain"
)

// AuthKind is how to log in.
type AuthKind string

// The ways to log in.
const (
	AuthPassword    AuthKind = "password"
	AuthXOAuth2     AuthKind = "xoauth2"
	AuthOAuthBearer AuthKind = "oauthbearer"
	AuthNone        AuthKind = "none"
)

// Gesture is what a person does with a draft to say yes.
type Gesture string

// The gestures.
const (
	GestureMove Gesture = "move" // into the folder Headsup
	GestureStar Gesture = "star"
)

// DateOrder says how 3/4 is read.
type DateOrder string

// The orders.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
	YearFirst  DateOrder = "ymd"
)

// Style is how long a recap is.
type Style string

// The styles.
const (
	StyleBrief    Style = "brief"
	StyleDetailed Style = "detailed"
)

// Treatment says how an event counts.
type Treatment string

// The treatments.
const (
	TreatBusy Treatment = "busy"
	TreatFree Treatment = "free"
)

// Approval says who says yes.
type Approval string

// The approvals.
const (
	ApprovalAsk  Approval = "ask"
	ApprovalAuto Approval = "auto"
)

// TimeOfDay is a wall-clock time in minutes since midnight.
type TimeOfDay int

// NoTime is the TimeOfDay that was not set.
const NoTime TimeOfDay = -1

// Clock makes a TimeOfDay.
func Clock(hour, minute int) TimeOfDay { return TimeOfDay(hour*60 + minute) }

// String is the time as "15:04".
func (t TimeOfDay) String() string {
	if t < 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60)
}

// ParseTimeOfDay reads "9:00" or "15:04"; "24:00" is the end of the day.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	t := TimeOfDay(hour*60 + minute)
	if !ok || err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 || minute > 59 || t > 24*60 {
		return NoTime, fmt.Errorf("read time of day %q: want hours and minutes such as 09:30", s)
	}
	return t, nil
}

// maxDuration keeps sums of durations far from overflow.
const maxDuration = 20 * 366 * 24 * time.Hour

// ParseDuration reads what [time.ParseDuration] reads, and days and weeks: "90m",
// "1h30m", "7d", "26w".
func ParseDuration(s string) (time.Duration, error) {
	fail := fmt.Errorf("read duration %q: want a number and a unit such as 20m, 2h, 7d or 26w", s)
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			count, err := strconv.ParseUint(n, 10, 16)
			if err != nil || time.Duration(count) > maxDuration/length {
				return 0, fail
			}
			return time.Duration(count) * length, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration {
		return 0, fail
	}
	return d, nil
}
