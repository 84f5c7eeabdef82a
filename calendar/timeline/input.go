package timeline

import (
	"fmt"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// Input is everything that a timeline is made of.
type Input struct {
	Zone      *time.Location // the manager's; nil: UTC
	Range     calendar.Span  // widened to whole days of Zone
	Now       time.Time      // judges the age of the calendars, and what is past
	Calendars []Calendar
	Hours     Hours      // declared working hours; zero: from the calendars, the mail, or Mon-Fri 9-17
	Quiet     QuietHours // zero: DefaultQuiet
	Holidays  []Holiday
	Policy    Policy
	Sightings []time.Time // when the manager sent mail; for focus time and working hours
	Answers   []Answer    // what the user said about focus blocks
	Titles    *title.Memo // what titles mean, kept from one timeline to the next; nil: read anew
	Absences  []Absence   // what is known from elsewhere, such as automatic replies
}

// Calendar is what is known of one calendar.
type Calendar struct {
	Name     string
	MaxAge   time.Duration // 0: never stale (a file)
	Snapshot calendar.Snapshot
}

// Holiday is a public holiday or a closing day.
type Holiday struct {
	calendar.Span
	Name string
}

// Policy says how doubtful entries count.
type Policy struct {
	TentativeFree   bool     // tentative and unanswered invitations do not block; by default they do
	DeclinedBusy    bool     // declined invitations block; by default they do not
	FocusTitles     []string // further titles of focus time, compared without case
	FocusCategories []string // categories that mean focus time, compared without case
	InferFocusOff   bool     // do not infer focus time
}

// Answer is what the user said about a focus block.
type Answer struct {
	Key   string // Block.Key
	Focus bool   // true: it is focus time; false: it is not
}

// Clock is a time of day in minutes after midnight; 1440 is the end of the day.
type Clock int

// ParseClock reads "9:00", "09:00" or "24:00".
func ParseClock(s string) (Clock, error) {
	var h, m int
	var rest string
	if n, _ := fmt.Sscanf(s, "%d:%2d%s", &h, &m, &rest); n != 2 || h < 0 || m < 0 || m > 59 || h*60+m > 1440 {
		return 0, fmt.Errorf("time of day %q: want hours and minutes such as 09:30", s)
	}
	return Clock(h*60 + m), nil
}

// String is the clock as "09:00".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Hours are the working hours of each weekday, Sunday first; at most one span a day
// keeps the words short. A zero day is not worked.
type Hours [7]DaySpan

// DaySpan is a stretch of a day; From equal to To is empty.
type DaySpan struct{ From, To Clock }

// IsZero reports whether no day is worked: nothing was declared.
func (h Hours) IsZero() bool { return h == Hours{} }

// OfficeHours are Mon-Fri from one time of day to another.
func OfficeHours(from, to Clock) Hours {
	var h Hours
	for d := time.Monday; d <= time.Friday; d++ {
		h[d] = DaySpan{from, to}
	}
	return h
}

// DefaultHours hold where nothing is declared and too little is known.
func DefaultHours() Hours { return OfficeHours(9*60, 17*60) }

// QuietHours are the times at which nothing leaves. From later than To goes over
// midnight.
type QuietHours struct {
	From, To Clock
	Days     [7]bool // days that are quiet all day, Sunday first
	None     bool    // the user wants no quiet hours at all
}

// DefaultQuiet is 21:00-06:30 and the weekend.
func DefaultQuiet() QuietHours {
	q := QuietHours{From: 21 * 60, To: 6*60 + 30}
	q.Days[time.Saturday], q.Days[time.Sunday] = true, true
	return q
}

func (q QuietHours) isZero() bool { return q == QuietHours{} }
