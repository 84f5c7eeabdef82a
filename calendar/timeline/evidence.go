package timeline

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// evidence weighs candidates for inferred focus time.
type evidence struct {
	in     Input
	shown  []entry
	sights []time.Time // sorted, up to now
	since  time.Time   // from when on sightings are known
	usual  float64     // mails an hour in free working time; -1: unknown
	off    []calendar.Span
	hours  Hours
}

func newEvidence(in Input, shown []entry, hours Hours) *evidence {
	ev := &evidence{in: in, shown: shown, usual: -1, hours: hours}
	for _, at := range in.Sightings {
		if !at.After(in.Now) {
			ev.sights = append(ev.sights, at)
		}
	}
	sort.Slice(ev.sights, func(i, j int) bool { return ev.sights[i].Before(ev.sights[j]) })
	for _, h := range in.Holidays {
		ev.off = append(ev.off, h.Span)
	}
	for _, a := range in.Absences {
		ev.off = append(ev.off, a.Span)
	}
	for _, e := range shown {
		if seg, ok := segmentOf(e, in, nil); ok && seg.Kind == Away {
			ev.off = append(ev.off, e.Span)
		}
	}
	ev.off = union(ev.off)
	ev.measure(hours)
	return ev
}

// measure finds how much mail is usual in free working time of the past.
func (ev *evidence) measure(hours Hours) {
	var from, to time.Time
	for _, e := range ev.shown {
		if from.IsZero() || e.Start.Before(from) {
			from = e.Start
		}
	}
	to = ev.in.Now
	if len(ev.sights) == 0 || from.IsZero() {
		return
	}
	ev.since = later(from, ev.sights[0])
	if to.Sub(ev.since) < 14*24*time.Hour || to.Sub(ev.since) > 3*366*24*time.Hour {
		return
	}
	past := calendar.Span{Start: dayStart(ev.since, ev.in.Zone), End: to}
	var pieces []Segment
	for _, e := range ev.shown {
		if e.Overlaps(past) && blocks(e.Event, ev.in.Policy) {
			pieces = append(pieces, Segment{Span: e.Span, Kind: Meeting})
		}
	}
	pieces = append(pieces, base(past, ev.in.Zone, hours, QuietHours{None: true}, nil)...)
	var minutes float64
	mails := 0
	for _, s := range cut(past, pieces) {
		if s.Kind == Free {
			minutes += s.End.Sub(s.Start).Minutes()
			mails += ev.mailsIn(s.Span)
		}
	}
	if minutes >= 20*60 {
		ev.usual = float64(mails) / minutes * 60
	}
}

func (ev *evidence) mailsIn(s calendar.Span) int {
	i := sort.Search(len(ev.sights), func(i int) bool { return !ev.sights[i].Before(s.Start) })
	j := sort.Search(len(ev.sights), func(i int) bool { return !ev.sights[i].Before(s.End) })
	return j - i
}

// weigh adds up what speaks for and against a series; false if it is no candidate.
func (ev *evidence) weigh(b *Block, s *series) bool {
	regular, weeks, days := ev.regularity(s)
	length, kind := ev.length(s), ev.in.Titles.Read(b.Title)
	z := -0.6
	switch {
	case regular >= 3 && weeks >= 4 && float64(regular) >= 0.5*float64(weeks*days):
		b.Evidence = append(b.Evidence, fmt.Sprintf("comes back %s (%d of %d times in %d weeks)", b.When, regular, weeks*days, weeks))
		if float64(regular) >= 0.75*float64(weeks*days) {
			z += 0.6
		}
		if days >= 2 && length >= 90*time.Minute {
			z += 0.4
		}
	case kind == title.Deed && length >= 90*time.Minute:
		b.Evidence = append(b.Evidence, "does not come back regularly")
		z -= 1
	default:
		return false
	}
	z += ev.weighLength(b, length, ev.shown[s.members[0]])
	z += weighTitle(b, kind)
	z += ev.weighPlace(b, s, kind)
	if kind == title.Nothing && days == 1 && length < 150*time.Minute {
		b.Evidence = append(b.Evidence, "once a week, as meetings are")
		z--
	}
	z += ev.weighSilence(b, s, length, days, kind)
	b.Confidence = math.Round(logistic(z)*100) / 100
	b.Focus = b.Confidence > threshold
	return true
}

func (ev *evidence) weighLength(b *Block, length time.Duration, e entry) float64 {
	b.Evidence = append(b.Evidence, Duration(length)+" long")
	switch from := clockOf(e.Start, ev.in.Zone); {
	case length < 45*time.Minute:
		return -2
	case from >= 11*60+30 && from <= 13*60 && length <= 75*time.Minute:
		b.Evidence = append(b.Evidence, "lies where lunch does")
		return -1.2
	case length < time.Hour:
		return -0.8
	case length < 90*time.Minute:
		return 0
	case length <= 5*time.Hour:
		return 0.9
	}
	return -0.8
}

func weighTitle(b *Block, kind title.Kind) float64 {
	switch kind {
	case title.Nothing:
		b.Evidence = append(b.Evidence, "the calendar shows only free and busy")
		return 0
	case title.Meeting, title.Private:
		b.Evidence = append(b.Evidence, fmt.Sprintf("its title speaks against it: %q", b.Title))
		return -3.5
	case title.Deed:
		b.Evidence = append(b.Evidence, "nobody else is invited", fmt.Sprintf("its title fits: %q", b.Title))
		return 2
	case title.Taken:
		b.Evidence = append(b.Evidence, "nobody else is invited", fmt.Sprintf("its title fits: %q", b.Title))
		return 1.2
	}
	// Only entries without guests get here, and sport and school runs have none either:
	// being alone makes a candidate, and a title in no list belongs to private life as
	// often as to work. Several days a week speak for work.
	b.Evidence = append(b.Evidence, "nobody else is invited")
	return -1
}

// weighPlace weighs where a series lies: private life lies at the edges of the working
// day and somewhere else, focus time within it and at the desk.
func (ev *evidence) weighPlace(b *Block, s *series, kind title.Kind) float64 {
	const room = 30 // minutes beyond the working hours that are still part of them
	outside, elsewhere := 0, 0
	for _, i := range s.members {
		e := ev.shown[i]
		day := ev.hours[e.Start.In(ev.in.Zone).Weekday()]
		from, to := clockOf(e.Start, ev.in.Zone), clockOf(e.End, ev.in.Zone)
		if day.From < day.To && (from < day.From-room || to > day.To+room || to < from) || day.From == day.To {
			outside++
		}
		if e.Location != "" && !online.MatchString(e.Location) {
			elsewhere++
		}
	}
	z := 0.0
	if outside*2 > len(s.members) {
		b.Evidence = append(b.Evidence, "lies outside working hours")
		z -= 1.2
	}
	if elsewhere*2 > len(s.members) && kind != title.Deed {
		b.Evidence = append(b.Evidence, "has a place")
		z--
	}
	return z
}

// online matches locations that are no place.
var online = regexp.MustCompile(`(?i)^https?://|^(online|remote|zoom|teams|meet|home( ?office)?|desk|büro|office|bureau|oficina|ufficio|kantoor|kontor\pL*)$|microsoft teams`)

// weighSilence compares the mail sent in past instances with what is usual in free
// working time. Meetings and trains are silent too, so it counts in full only where title
// or place already speak for work.
func (ev *evidence) weighSilence(b *Block, s *series, length time.Duration, days int, kind title.Kind) float64 {
	if ev.usual < 0 {
		return 0
	}
	mails, hours := 0, 0.0
	for _, i := range s.members {
		e := ev.shown[i]
		if e.Start.Before(ev.since) || e.End.After(ev.in.Now) || ev.isOff(e.Start) {
			continue
		}
		mails += ev.mailsIn(e.Span)
		hours += e.End.Sub(e.Start).Hours()
	}
	usual := ev.usual * hours
	if usual < 2 {
		return 0
	}
	ratio := float64(mails) / usual
	words := fmt.Sprintf("%d mails sent in it where %.0f would be usual", mails, usual)
	switch {
	case ratio <= 0.35 && length >= 90*time.Minute && (kind == title.Deed || kind == title.Taken || days > 1):
		b.Evidence = append(b.Evidence, words)
		return 1
	case ratio <= 0.35:
		b.Evidence = append(b.Evidence, words)
		return 0.4
	case ratio >= 0.75 && kind == title.Deed:
		b.Evidence = append(b.Evidence, words)
		return -1.2 // people write mail in time that they had kept for something else
	case ratio >= 0.75:
		b.Evidence = append(b.Evidence, words)
		return -3.5
	}
	return 0
}

func (ev *evidence) isOff(t time.Time) bool {
	i := sort.Search(len(ev.off), func(i int) bool { return ev.off[i].End.After(t) })
	return i < len(ev.off) && ev.off[i].Contains(t)
}

// regularity counts how often a series came back: instances on its usual weekdays, the
// weeks that it spans without leave and holidays, and how many weekdays it has.
func (ev *evidence) regularity(s *series) (regular, weeks, days int) {
	perDay := [7]map[string]bool{}
	first, last := ev.shown[s.members[0]].Start, ev.shown[s.members[0]].Start
	for _, i := range s.members {
		e := ev.shown[i]
		first, last = earlier(first, e.Start), later(last, e.Start)
		d := e.Start.In(ev.in.Zone).Weekday()
		if perDay[d] == nil {
			perDay[d] = map[string]bool{}
		}
		if !ev.isOff(e.Start) {
			perDay[d][dayStart(e.Start, ev.in.Zone).Format(time.DateOnly)] = true
		}
	}
	worked := 0
	for day := first; !day.After(last); day = day.AddDate(0, 0, 7) {
		if !ev.isOff(day) {
			worked++
		}
	}
	most := 0
	for _, d := range perDay {
		most = max(most, len(d))
	}
	for _, d := range perDay {
		if n := len(d); n > 0 && n*3 >= most {
			days++
			regular += n
		}
	}
	return regular, max(worked, most), days
}

// length is the usual length of a series.
func (ev *evidence) length(s *series) time.Duration {
	var all []time.Duration
	for _, i := range s.members {
		all = append(all, ev.shown[i].End.Sub(ev.shown[i].Start))
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all[len(all)/2]
}
