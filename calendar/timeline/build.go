package timeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sort"
	"strconv"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// Build makes the timeline of one manager. It is total: whatever comes in, every instant
// of the range is in exactly one segment.
func Build(in Input) Timeline {
	in = in.withDefaults()
	t := Timeline{Zone: in.Zone, Range: in.Range, quiet: in.Quiet}
	shown := events(in)
	offered := offeredHours(in)
	t.Hours, t.HoursWhy = workingHours(in, len(offered) > 0)
	blocks := findFocus(in, shown, t.Hours)

	var pieces []Segment
	for i, e := range shown {
		if !e.Overlaps(in.Range) {
			continue
		}
		if seg, ok := segmentOf(e, in, blocks[i]); ok {
			pieces = append(pieces, seg)
		}
	}
	pieces = append(pieces, absent(in)...)
	t.aways = leaves(pieces)
	for _, h := range in.Holidays {
		pieces = append(pieces, Segment{Span: h.Span, Kind: Quiet, Title: h.Name, Source: "holiday",
			Confidence: 1, Why: "public holiday: " + h.Name})
	}
	pieces = append(pieces, base(in.Range, in.Zone, t.Hours, in.Quiet, offered)...)
	t.Segments = cut(in.Range, pieces)
	t.Stale = stale(in)
	t.version = versionOf(t)
	return t
}

func (in Input) withDefaults() Input {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	if in.Titles == nil {
		in.Titles = new(title.Memo)
	}
	if in.Quiet.isZero() {
		in.Quiet = DefaultQuiet()
	}
	if in.Range.End.Before(in.Range.Start) {
		in.Range.End = in.Range.Start
	}
	end := dayStart(in.Range.End, in.Zone)
	if end.Before(in.Range.End) {
		end = nextDay(in.Range.End, in.Zone)
	}
	in.Range = calendar.Span{Start: dayStart(in.Range.Start, in.Zone), End: end}
	return in
}

// base is the week without events: off-hours, working hours, quiet hours. Where the
// calendar itself offers hours for a day, those count instead of the weekly ones.
func base(within calendar.Span, loc *time.Location, hours Hours, quiet QuietHours, offered map[string][]calendar.Span) []Segment {
	var out []Segment
	put := func(from, to time.Time, k Kind, source, why string) {
		if from.Before(to) {
			out = append(out, Segment{Span: calendar.Span{Start: from, End: to}, Kind: k, Source: source, Confidence: 1, Why: why})
		}
	}
	for day := within.Start; day.Before(within.End); day = nextDay(day, loc) {
		end, wd := nextDay(day, loc), day.In(loc).Weekday()
		work := []calendar.Span{{Start: at(day, hours[wd].From, loc), End: at(day, hours[wd].To, loc)}}
		if o, ok := offered[day.In(loc).Format(time.DateOnly)]; ok {
			work = o
		}
		from := day
		for _, w := range work {
			if w.Empty() {
				continue
			}
			put(from, w.Start, OffHours, "working hours", "outside working hours")
			put(w.Start, w.End, Free, "working hours", "nothing in the calendar")
			from = w.End
		}
		put(from, end, OffHours, "working hours", "outside working hours")
		for _, q := range quiet.on(day, loc) {
			put(q.Start, q.End, Quiet, "quiet hours", quiet.why(wd))
		}
	}
	return out
}

// Spans lists the quiet spans within a range, in a zone.
func (q QuietHours) Spans(within calendar.Span, loc *time.Location) []calendar.Span {
	if q.None {
		return nil
	}
	var out []calendar.Span
	for day := dayStart(within.Start, loc); day.Before(within.End); day = nextDay(day, loc) {
		for _, s := range q.on(day, loc) {
			if !s.Empty() {
				out = append(out, s)
			}
		}
	}
	return out
}

// on lists the quiet spans of one civil day.
func (q QuietHours) on(day time.Time, loc *time.Location) []calendar.Span {
	end := nextDay(day, loc)
	switch {
	case q.None:
		return nil
	case q.Days[day.In(loc).Weekday()]:
		return []calendar.Span{{Start: day, End: end}}
	case q.From < q.To:
		return []calendar.Span{{Start: at(day, q.From, loc), End: at(day, q.To, loc)}}
	case q.From > q.To:
		return []calendar.Span{{Start: day, End: at(day, q.To, loc)}, {Start: at(day, q.From, loc), End: end}}
	}
	return nil
}

func (q QuietHours) why(d time.Weekday) string {
	if q.Days[d] {
		return d.String() + " is kept free of mail"
	}
	return fmt.Sprintf("quiet hours %s-%s", q.From, q.To)
}

// cut lays the pieces over each other and keeps, for every stretch, the one that ranks
// highest.
func cut(within calendar.Span, pieces []Segment) []Segment {
	sort.SliceStable(pieces, func(i, j int) bool { return pieces[i].Start.Before(pieces[j].Start) })
	var edges []time.Time
	for _, p := range pieces {
		edges = append(edges, p.Start, p.End)
	}
	edges = append(edges, within.Start, within.End)
	sort.Slice(edges, func(i, j int) bool { return edges[i].Before(edges[j]) })

	var out []Segment
	var active []int
	last, next := -1, 0
	for i := 0; i+1 < len(edges); i++ {
		from, to := edges[i], edges[i+1]
		for next < len(pieces) && !pieces[next].Start.After(from) {
			active = append(active, next)
			next++
		}
		if !from.Before(to) || from.Before(within.Start) || !from.Before(within.End) {
			continue
		}
		best, keep := -1, active[:0]
		for _, a := range active {
			if !pieces[a].End.After(from) {
				continue
			}
			keep = append(keep, a)
			if best < 0 || over(pieces[a], pieces[best]) {
				best = a
			}
		}
		active = keep
		if best < 0 {
			continue
		}
		if n := len(out); n > 0 && best == last && out[n-1].End.Equal(from) {
			out[n-1].End = to
			continue
		}
		s := pieces[best]
		s.Span = calendar.Span{Start: from, End: to}
		out, last = append(out, s), best
	}
	return joined(out)
}

// over reports whether a hides b. Equal kinds: the surer, then the earlier, then by name,
// so that the order of the calendars does not matter.
func over(a, b Segment) bool {
	switch {
	case a.Kind != b.Kind:
		// Free lies over off-hours in the base, under everything else.
		if a.Kind == Free {
			return b.Kind == OffHours
		}
		if b.Kind == Free {
			return a.Kind != OffHours
		}
		return a.Kind.rank() > b.Kind.rank()
	case a.Confidence != b.Confidence:
		return a.Confidence > b.Confidence
	case !a.Start.Equal(b.Start):
		return a.Start.Before(b.Start)
	case !a.End.Equal(b.End):
		return a.End.After(b.End)
	case a.Title != b.Title:
		return a.Title < b.Title
	}
	return a.Source < b.Source
}

// joined merges neighbours that say the same.
func joined(in []Segment) []Segment {
	var out []Segment
	for _, s := range in {
		n := len(out)
		if n > 0 && out[n-1].End.Equal(s.Start) && alike(out[n-1], s) {
			out[n-1].End = s.End
			continue
		}
		out = append(out, s)
	}
	return out
}

func alike(a, b Segment) bool {
	return a.Kind == b.Kind && a.Title == b.Title && a.Source == b.Source && a.Why == b.Why && a.Confidence == b.Confidence
}

// leaves joins absences that touch, or that only a night, a weekend or less than a
// working day parts, into whole ones.
func leaves(pieces []Segment) []Segment {
	var out []Segment
	for _, p := range pieces {
		if p.Kind == Away {
			out = append(out, p)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		return out[i].Start.Before(out[j].Start) || out[i].Start.Equal(out[j].Start) && over(out[i], out[j])
	})
	n := 0
	for _, p := range out {
		if n > 0 && !p.Start.After(out[n-1].End) {
			out[n-1].End = later(out[n-1].End, p.End)
			continue
		}
		out[n] = p
		n++
	}
	return out[:n]
}

// beyond judges an instant outside Range by the base alone.
func (t Timeline) beyond(when time.Time) Segment {
	loc := t.Zone
	if loc == nil {
		loc = time.UTC
	}
	day := calendar.Span{Start: dayStart(when, loc), End: nextDay(when, loc)}
	for _, s := range cut(day, base(day, loc, t.Hours, t.quiet, nil)) {
		if s.Contains(when) {
			return s
		}
	}
	return Segment{Span: day, Kind: OffHours, Source: "working hours", Why: "outside working hours"}
}

// versionOf leaves out AsOf and the words of the evidence: a calendar read again without a
// change needs no new plan, nor does one more mail that speaks for focus time.
func versionOf(t Timeline) string {
	h := sha256.New()
	put := func(s string) { io.WriteString(h, strconv.Itoa(len(s))+":"+s) }
	put(t.Zone.String())
	for _, list := range [][]Segment{t.Segments, t.aways} {
		for _, s := range list {
			put(strconv.FormatInt(s.Start.UnixNano(), 36) + " " + strconv.FormatInt(s.End.UnixNano(), 36))
			put(string(s.Kind))
			put(s.Title)
			put(s.Source)
		}
		put("|")
	}
	for _, s := range t.Stale {
		put(s)
	}
	put(fmt.Sprint(t.Hours, t.quiet))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// dayStart is the first instant of the civil day of t.
func dayStart(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	start, _ := calendar.Resolve(calendar.Civil{Year: y, Month: m, Day: d}, loc)
	return start
}

// nextDay is the first instant of the civil day after that of t.
func nextDay(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	n := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	start, _ := calendar.Resolve(calendar.Civil{Year: n.Year(), Month: n.Month(), Day: n.Day()}, loc)
	if !start.After(t) { // a civil day that was skipped, as in Samoa
		n = n.AddDate(0, 0, 1)
		start, _ = calendar.Resolve(calendar.Civil{Year: n.Year(), Month: n.Month(), Day: n.Day()}, loc)
	}
	return start
}

// at is a time of day on the civil day that starts at day.
func at(day time.Time, c Clock, loc *time.Location) time.Time {
	if c >= 1440 {
		return nextDay(day, loc)
	}
	y, m, d := day.In(loc).Date()
	t, _ := calendar.Resolve(calendar.Civil{Year: y, Month: m, Day: d, Hour: int(c) / 60, Minute: int(c) % 60}, loc)
	return t
}
