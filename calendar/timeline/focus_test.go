package timeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// constructed is one file of testdata/focus; its README says what the keys mean.
type constructed struct {
	About    string
	Zone     string
	Now      string
	Weeks    int
	Hours    string
	Holidays []string
	Leave    []string
	Mails    int
	Noisy    bool
	Entries  []struct {
		Title, Days, From, To, Show, Type, Category, Location string
		Attendees                                             int
		Hidden, Focus                                         bool
		Series                                                *bool
		Skip                                                  []string
		Move                                                  map[string]string
	}
}

// truth is one instance and what it is.
type truth struct {
	calendar.Span
	title string
	focus bool
}

func readConstructed(t *testing.T, file string) constructed {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	var c constructed
	if err := d.Decode(&c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return c
}

// expand makes the input of a constructed calendar and the truth about it.
func (c constructed) expand(t *testing.T) (Input, []truth) {
	t.Helper()
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		t.Fatal(err)
	}
	now, err := time.ParseInLocation("2006-01-02 15:04", c.Now, loc)
	if err != nil {
		t.Fatal(err)
	}
	first := dayStart(now, loc).AddDate(0, 0, -7*c.Weeks)
	in := Input{Zone: loc, Now: now, Range: calendar.Span{Start: first, End: now.AddDate(0, 0, 14)}}
	if c.Hours != "" {
		from, to, _ := strings.Cut(c.Hours, "-")
		in.Hours = OfficeHours(clockIn(t, from), clockIn(t, to))
	}
	off := map[string]bool{}
	for _, d := range c.Holidays {
		day := dateIn(t, d, loc)
		in.Holidays = append(in.Holidays, Holiday{Span: calendar.Span{Start: day, End: day.AddDate(0, 0, 1)}, Name: "holiday"})
	}
	var events []calendar.Event
	for _, d := range c.Leave {
		day := dateIn(t, d, loc)
		off[d] = true
		events = append(events, calendar.Event{UID: "leave" + d, Title: "Leave", AllDay: true, Show: calendar.ShowAway, Span: calendar.Span{Start: day, End: day.AddDate(0, 0, 1)}})
	}
	var all []truth
	for day := first; day.Before(in.Range.End); day = nextDay(day, loc) {
		e, tr := c.on(t, day, loc)
		events, all = append(events, e...), append(all, tr...)
	}
	snap := calendar.Snapshot{Range: in.Range, Events: events, AsOf: now}
	in.Calendars = []Calendar{{Name: "work", Snapshot: snap}}
	c.mail(&in, all, off)
	return in, all
}

// on makes the events of one day.
func (c constructed) on(t *testing.T, day time.Time, loc *time.Location) (events []calendar.Event, all []truth) {
	date := day.In(loc).Format(time.DateOnly)
	for i, e := range c.Entries {
		if once, is := strings.CutPrefix(e.Days, "once "); is && once != date || !is && !strings.Contains(e.Days, day.In(loc).Weekday().String()[:3]) {
			continue
		}
		if slices.Contains(e.Skip, date) {
			continue
		}
		from, to := clockIn(t, e.From), clockIn(t, e.To)
		if m, ok := e.Move[date]; ok {
			to += clockIn(t, m) - from
			from = clockIn(t, m)
		}
		ev := calendar.Event{UID: fmt.Sprint("series", i), Recurring: true, Title: e.Title, Location: e.Location, Show: calendar.ShowBusy, Type: calendar.Type(e.Type),
			Span: calendar.Span{Start: at(day, from, loc), End: at(day, to, loc)}}
		if e.Series != nil && !*e.Series || strings.HasPrefix(e.Days, "once") {
			ev.UID, ev.Recurring = fmt.Sprint("single", i, date), false
		}
		if e.Show != "" {
			ev.Show = calendar.Show(e.Show)
		}
		if e.Category != "" {
			ev.Categories = []string{e.Category}
		}
		for n := range e.Attendees {
			ev.Attendees = append(ev.Attendees, calendar.Attendee{Address: fmt.Sprintf("p%d@example.com", n)})
		}
		if e.Attendees > 0 {
			ev.Attendees = append(ev.Attendees, calendar.Attendee{Address: "dana@example.com"})
		}
		if e.Hidden {
			ev.UID, ev.Recurring, ev.Title, ev.Attendees, ev.Location = fmt.Sprint("fb", i, date), false, "", nil, ""
		}
		events = append(events, ev)
		all = append(all, truth{Span: ev.Span, title: e.Title, focus: e.Focus})
	}
	return events, all
}

// mail spreads the mails of each past working day over the time outside entries.
func (c constructed) mail(in *Input, all []truth, off map[string]bool) {
	for day := in.Range.Start; day.Before(in.Now); day = nextDay(day, in.Zone) {
		wd := day.In(in.Zone).Weekday()
		if wd == time.Saturday || wd == time.Sunday || off[day.In(in.Zone).Format(time.DateOnly)] {
			continue
		}
		var free []time.Time
		for m := Clock(9 * 60); m < 17*60; m += 7 {
			moment := at(day, m, in.Zone)
			busy := false
			for _, tr := range all {
				busy = busy || tr.Contains(moment) && !(c.Noisy && tr.focus)
			}
			if !busy {
				free = append(free, moment)
			}
		}
		for i := range min(c.Mails, len(free)) {
			if when := free[i*len(free)/c.Mails]; when.Before(in.Now) {
				in.Sightings = append(in.Sightings, when)
			}
		}
	}
}

func clockIn(t *testing.T, s string) Clock {
	t.Helper()
	c, err := ParseClock(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dateIn(t *testing.T, s string, loc *time.Location) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The floors, in hundredths, stand a little below what is true now; docs/decisions/timeline.md
// says what is open.
const floorPrecision, floorRecall = 93, 93

// authored are the calendars that the detector's author wrote; the others were labelled
// by somebody who had not read the detector.
var authored = []string{"declared.json", "freebusy.json", "inferred.json", "none.json", "languages.json", "structure.json"}

// TestFocusDetection counts instances over all constructed calendars: of what is called
// focus time, how much is (precision); of what is, how much is called so (recall).
//
//	go test ./calendar/timeline -run FocusDetection -v
func TestFocusDetection(t *testing.T) {
	files, err := filepath.Glob("testdata/focus/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no constructed calendars: %v", err)
	}
	var hit, wrong, missed int
	var apart [3]int // the same three without the calendars of the detector's author
	for _, file := range files {
		in, all := readConstructed(t, file).expand(t)
		tl := Build(in)
		h, w, m := 0, 0, 0
		for _, tr := range all {
			said := false
			for _, s := range tl.Over(tr.Span) {
				said = said || s.Kind == Focus
			}
			switch {
			case said && tr.focus:
				h++
			case said:
				w++
				t.Logf("  wrongly focus: %q %s", tr.title, tr.Start.Format("Mon 2006-01-02 15:04"))
			case tr.focus:
				m++
				t.Logf("  missed: %q %s", tr.title, tr.Start.Format("Mon 2006-01-02 15:04"))
			}
		}
		t.Logf("%-32s precision %s recall %s", filepath.Base(file), share(h, h+w), share(h, h+m))
		hit, wrong, missed = hit+h, wrong+w, missed+m
		if !slices.Contains(authored, filepath.Base(file)) {
			apart[0], apart[1], apart[2] = apart[0]+h, apart[1]+w, apart[2]+m
		}
	}
	t.Logf("%-32s precision %s recall %s", fmt.Sprintf("%d written apart", len(files)-len(authored)), share(apart[0], apart[0]+apart[1]), share(apart[0], apart[0]+apart[2]))
	t.Logf("%-32s precision %s recall %s", fmt.Sprintf("all %d calendars", len(files)), share(hit, hit+wrong), share(hit, hit+missed))
	if hit*100 < (hit+wrong)*floorPrecision || hit*100 < (hit+missed)*floorRecall {
		t.Errorf("precision below 0.%d or recall below 0.%d", floorPrecision, floorRecall)
	}
}

func share(n, of int) string {
	if of == 0 {
		return "   - (0)"
	}
	return fmt.Sprintf("%.2f (%d of %d)", float64(n)/float64(of), n, of)
}
