package recap

import (
	"fmt"
	"math"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// Meeting is the calendar event that a note belongs to.
type Meeting struct {
	Event calendar.Event
	Score float64 // 0 to 1
	Why   string  // what speaks for it
	Ask   string  // not "": two events fit as well, or the note was saved before the end
	Twin  bool    // two events fit about as well
}

// What speaks for an event, and how much must.
const (
	titleShare  = 0.4
	peopleShare = 0.25
	timeShare   = 0.35
	enough      = 0.4
	clearlyMore = 0.12
)

// Match finds the event of a note by time, title and attendees. The time of the note is
// its own date and the moment it was last saved, in the user's zone. A note that was
// saved before the event ended holds plans, not what was said: Ask says so. The people of
// the event are compared, never made recipients.
func Match(r Recap, saved time.Time, events []calendar.Event) (Meeting, bool) {
	var best, second Meeting
	var all []Meeting
	for _, e := range events {
		if e.AllDay || e.Status == calendar.Cancelled || e.Part == calendar.PartDeclined || e.Empty() {
			continue
		}
		m := judge(r, saved, e)
		all = append(all, m)
		if m.Score > best.Score {
			best = m
		}
	}
	for _, m := range all {
		if m.Score > second.Score && !again(m.Event, best.Event, saved.Location()) {
			second = m
		}
	}
	if best.Score < enough {
		return Meeting{}, false
	}
	switch {
	case second.Score >= enough && best.Score-second.Score < clearlyMore:
		best.Twin = true
		best.Ask = fmt.Sprintf("the note fits %s and %s", eventName(best.Event, saved), eventName(second.Event, saved))
	case saved.Before(best.Event.End):
		best.Ask = fmt.Sprintf("the note was saved before %s ended: are these plans or what was said?", eventName(best.Event, saved))
	}
	return best, true
}

// again reports whether two events are one, or one series on one day: then the nearer is
// meant, and no more than its hour depends on it.
func again(a, b calendar.Event, zone *time.Location) bool {
	return a.UID == b.UID && (a.Start.Equal(b.Start) || a.UID != "" && a.Start.In(zone).Format(time.DateOnly) == b.Start.In(zone).Format(time.DateOnly))
}

func eventName(e calendar.Event, saved time.Time) string {
	return fmt.Sprintf("%q (%s)", e.Title, e.Start.In(saved.Location()).Format("2 Jan 15:04"))
}

func judge(r Recap, saved time.Time, e calendar.Event) Meeting {
	var why []string
	near := nearness(r.Date, saved, e)
	if near > 0 {
		why = append(why, "time")
	}
	title := titleLikeness(r.Title, e.Title)
	if title > 0 {
		why = append(why, "title")
	}
	people := peopleLikeness(r.Attendees, e.Attendees)
	if people > 0 {
		why = append(why, "attendees")
	}
	score := timeShare*near + titleShare*title + peopleShare*people
	if near == 0 { // the same title on another day is another meeting
		score = 0
	}
	return Meeting{Event: e, Score: math.Round(score*100) / 100, Why: strings.Join(why, ", ")}
}

// lateHours is how long after a meeting a note about it is still being typed.
const lateHours = 4.0

// nearness is 1 for a note saved in or just after the event, less with the hours that
// passed, and some if only the day is the same.
func nearness(date string, saved time.Time, e calendar.Event) float64 {
	sameDay := date != "" && date == e.Start.In(saved.Location()).Format(time.DateOnly)
	if date != "" && !sameDay {
		return 0
	}
	near := 0.0
	if sameDay {
		near = 0.5
	}
	if !saved.Before(e.Start.Add(-15 * time.Minute)) {
		late := max(0, saved.Sub(e.End).Hours())
		near = max(near, 1-late/lateHours)
	}
	return near
}

// titleLikeness is the share of the words of the shorter title that both have; days and
// the word meeting do not count.
func titleLikeness(a, b string) float64 {
	wa, wb := titleWords(a), titleWords(b)
	if len(wa) == 0 || len(wb) == 0 {
		return 0
	}
	shared := 0
	for w := range wa {
		if wb[w] {
			shared++
		}
	}
	return float64(shared) / float64(min(len(wa), len(wb)))
}

var titleNoise = prose.Set("meeting meet call sync minute note recap weekly monthly daily agenda")

func titleWords(s string) map[string]bool {
	words := prose.Content(s)
	for w := range words {
		if titleNoise[w] || when.Months[w] > 0 || strings.Trim(w, "0123456789-/.") == "" {
			delete(words, w)
		}
	}
	if len(words) == 0 { // "Weekly sync" has no other words
		return prose.Content(s)
	}
	return words
}

// peopleLikeness is the share of the note's people who were invited.
func peopleLikeness(present []string, invited []calendar.Attendee) float64 {
	if len(present) == 0 || len(invited) == 0 {
		return 0
	}
	known := newRoster(nil, Options{Contacts: Guests(invited)})
	found := 0
	for _, p := range present {
		if known.knows(p) || known.knows(strings.SplitN(p, " ", 2)[0]) {
			found++
		}
	}
	return float64(found) / float64(len(present))
}

// Guests are the people of an event as contacts, so that "MB" or "Mia" in a note is the
// Mia Berg who was invited: by their name, else by what their address begins with.
func Guests(invited []calendar.Attendee) []Contact {
	var out []Contact
	for _, a := range invited[:min(len(invited), maxPeople)] {
		local, _, _ := strings.Cut(a.Address, "@")
		name := a.Name
		if last, first, ok := strings.Cut(name, ", "); ok && !strings.Contains(first, ",") { // "Berg, Mia"
			name = first + " " + last
		}
		if full := properName(local); full != "" && !strings.Contains(name, " ") || strings.Contains(name, "@") {
			name = full
		}
		if layout.NameLike(name) {
			out = append(out, Contact{Name: name, Aliases: []string{local}})
		}
	}
	return out
}

// properName makes "Mia Berg" of "mia.berg"; what has no parts is no name.
func properName(local string) string {
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' })
	if len(words) < 2 {
		return ""
	}
	for i := range words {
		words[i] = capital(words[i])
	}
	return strings.Join(words, " ")
}
