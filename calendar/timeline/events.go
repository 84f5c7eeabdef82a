package timeline

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"headsup/calendar"
)

// entry is one event that may count, with the calendar it came from.
type entry struct {
	calendar.Event
	source string
	asOf   time.Time
	stale  string // not "": why its calendar is stale
}

// events collects what the calendars hold, in an order that does not depend on theirs.
// Cancelled entries and places of work are not time.
func events(in Input) []entry {
	var out []entry
	for _, c := range in.Calendars {
		old := c.stale(in)
		for _, e := range c.Snapshot.Events {
			if e.Status == calendar.Cancelled || e.Type == calendar.TypeLocation || e.Type == calendar.TypeHours || e.Empty() {
				continue
			}
			out = append(out, entry{Event: e, source: c.Name, asOf: c.Snapshot.AsOf, stale: old})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case !a.Start.Equal(b.Start):
			return a.Start.Before(b.Start)
		case !a.End.Equal(b.End):
			return a.End.Before(b.End)
		case a.source != b.source:
			return a.source < b.source
		case a.UID != b.UID:
			return a.UID < b.UID
		}
		return a.Title < b.Title
	})
	return out
}

// stale says how old a calendar is if that is past its max age, "" if it is fresh. The
// words name the time, not the age, so that they do not change from minute to minute.
func (c Calendar) stale(in Input) string {
	switch {
	case c.Snapshot.AsOf.IsZero():
		return fmt.Sprintf("calendar %q has not been read yet", c.Name)
	case c.MaxAge > 0 && in.Now.Sub(c.Snapshot.AsOf) > c.MaxAge:
		return fmt.Sprintf("calendar %q was last read %s, longer ago than %s", c.Name,
			c.Snapshot.AsOf.In(in.Zone).Format("Mon 2 Jan 15:04"), Duration(c.MaxAge))
	}
	return ""
}

func stale(in Input) []string {
	var out []string
	for _, c := range in.Calendars {
		if s := c.stale(in); s != "" {
			out = append(out, s)
		}
	}
	sort.Strings(out)
	return out
}

// awayTitle matches what people call their absences; it counts only for entries that
// block time.
var awayTitle = regexp.MustCompile(`(?i)(^|[^\pL])(ooo|out of (the )?office|on leave|annual leave|parental leave|sick( leave)?|vacation|holidays?|pto|` +
	`urlaub|abwesend|krank|elternzeit|cong[ée]s?|absen(t|ce)|vacances|vacaciones|de baja|ausente|ferie|assente|malattia|vakantie|afwezig|verlof|` +
	`f[ée]rias|urlop|nieobecno\pL+|semester|ferien|lomalla|dovolen[áa]|отпуск|休暇|休み|휴가|休假|请假)($|[^\pL])`)

// segmentOf says what an event makes of its time; false if it leaves it free.
func segmentOf(e entry, in Input, block *Block) (Segment, bool) {
	s := Segment{Span: e.Span, Title: e.Title, Source: e.source, AsOf: e.asOf, Confidence: 1}
	switch {
	case e.Unreadable != "":
		s.Kind, s.Confidence, s.Why = Meeting, 0.5, "an entry that cannot be read counts as busy: "+e.Unreadable
	case !blocks(e.Event, in.Policy):
		return Segment{}, false
	case e.Type == calendar.TypeAway || e.Show == calendar.ShowAway:
		s.Kind, s.Why = Away, "marked as out of office"
	case block != nil && block.Focus:
		s.Kind, s.Confidence, s.Why = Focus, block.Confidence, block.why()
	case (e.AllDay || e.End.Sub(e.Start) >= 4*time.Hour) && solo(e.Event) && awayTitle.MatchString(e.Title):
		s.Kind, s.Confidence, s.Why = Away, 0.9, "its title says so"
	case e.AllDay:
		s.Kind, s.Confidence, s.Why = Meeting, 0.8, "busy all day"
	case doubtful(e.Event):
		s.Kind, s.Confidence, s.Why = Meeting, 0.6, "not yet accepted, counts as busy"
	default:
		s.Kind, s.Why = Meeting, "in the calendar"
	}
	if e.stale != "" {
		s.Confidence *= 0.8
		s.Why += "; " + e.stale
	}
	return s, true
}

// blocks reports whether an event takes time at all. All-day events that are shown as
// free (birthdays, reminders) do not, nor does working elsewhere.
func blocks(e calendar.Event, p Policy) bool {
	switch {
	case e.Part == calendar.PartDeclined:
		return p.DeclinedBusy
	case e.Show == calendar.ShowFree:
		return false
	case e.Show == calendar.ShowElsewhere:
		return e.Type == calendar.TypeAway || e.Type == calendar.TypeFocus
	case doubtful(e):
		return !p.TentativeFree
	}
	return true
}

func doubtful(e calendar.Event) bool {
	return e.Show == calendar.ShowTentative || e.Status == calendar.Tentative ||
		e.Part == calendar.PartTentative || e.Part == calendar.PartOpen
}

// solo reports whether nobody else is invited, as far as the calendar says. A room is
// nobody.
func solo(e calendar.Event) bool {
	if len(e.Attendees) == 0 {
		return true
	}
	first := ""
	for _, a := range append([]calendar.Attendee{{Address: e.Organizer}}, e.Attendees...) {
		address := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(a.Address)), "mailto:")
		switch {
		case address == "" || room.MatchString(address) || address == first:
		case first != "":
			return false
		default:
			first = address
		}
	}
	return true
}

// room matches the addresses of rooms and other resources.
var room = regexp.MustCompile(`@resource\.calendar\.google\.com$|@resource\.|^(conf)?room[-._0-9]|^raum[-._0-9]`)

// Duration writes a length as people say it: "45 min", "2 h", "1 h 30 min", "3 days".
func Duration(d time.Duration) string {
	m := int(d.Round(time.Minute) / time.Minute)
	switch {
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%1440 == 0 && m >= 2880:
		return fmt.Sprintf("%d days", m/1440)
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}
