package ics

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// A bomb may take this long and this much memory, everything included.
const (
	bombTime   = 50 * time.Millisecond
	bombMemory = 32 << 20
)

// repeated is about n bytes of a text, again and again.
func repeated(text string, n int) io.Reader {
	block := strings.Repeat(text, 1+(64<<10)/len(text))
	return &endless{text: block, left: n / len(block) * len(block)}
}

// endless repeats a text up to a length without holding it.
type endless struct {
	text string
	left int
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && e.left > 0 {
		m := copy(p[n:min(len(p), n+e.left)], e.text[e.at:])
		n, e.left, e.at = n+m, e.left-m, (e.at+m)%len(e.text)
	}
	if e.left == 0 {
		return n, io.EOF
	}
	return n, nil
}

func rule(r string) string {
	return event("DTSTART;TZID=Europe/Berlin:19700101T000000", "DTEND;TZID=Europe/Berlin:19700101T010000", "RRULE:"+r)
}

func numbersTo(n int) string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprint(i))
	}
	return strings.Join(s, ",")
}

// bombs are F13, F14 and F15 of the fault table, and the worst that an adversary could
// think of within the limits.
func bombs() map[string]func() io.Reader {
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	start := "BEGIN:VCALENDAR\n"
	dense := "BYHOUR=" + numbersTo(24) + ";BYMINUTE=" + numbersTo(60) + ";BYSECOND=" + numbersTo(60)
	var ranges strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&ranges, "BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:%s\nDTSTART:%s\nDURATION:PT1H\nEND:VEVENT\n",
			time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC).Format("20060102T150405Z"), time.Date(2026, 1, 1, i-7, 0, 0, 0, time.UTC).Format("20060102T150405Z"))
	}
	end := strings.NewReader
	return map[string]func() io.Reader{
		"F13 200 MB": func() io.Reader { return repeated("X-A:"+strings.Repeat("a", 70)+"\n", 200<<20) },
		"F13 200 MB of a calendar": func() io.Reader {
			return io.MultiReader(strings.NewReader(start), repeated(event("SUMMARY:x"), 200<<20))
		},
		"F13 10^7 nested":         func() io.Reader { return repeated("BEGIN:VEVENT\n", 130_000_000) },
		"F13 10^7 nested unknown": func() io.Reader { return repeated("BEGIN:X\n", 80_000_000) },
		"F13 100 MB line": func() io.Reader {
			return io.MultiReader(strings.NewReader(start), repeated(strings.Repeat("a", 4096), 100<<20))
		},
		"F13 9 MB line": func() io.Reader {
			return io.MultiReader(strings.NewReader(start), repeated(strings.Repeat("a", 4096), 9<<20))
		},
		"F13 9 MB folded line": func() io.Reader {
			return io.MultiReader(strings.NewReader(start+"BEGIN:VEVENT\nSUMMARY:a\n"), repeated(" aaaaaaaaa\n", 9<<20), end("DTSTART:20260101\nEND:VEVENT\nEND:VCALENDAR\n"))
		},
		"F13 9 MB of components": func() io.Reader {
			return io.MultiReader(strings.NewReader(start), repeated("BEGIN:VALARM\nEND:VALARM\n", 9<<20))
		},
		"F13 9 MB of attendees": func() io.Reader {
			return io.MultiReader(strings.NewReader(start+"BEGIN:VEVENT\nDTSTART:20260101\n"), repeated("ATTENDEE:mailto:a@example.com\n", 9<<20), end("END:VEVENT\nEND:VCALENDAR\n"))
		},
		"F14 SECONDLY since 1970":   text(rule("FREQ=SECONDLY")),
		"F14 SECONDLY, COUNT 10^9":  text(rule("FREQ=SECONDLY;COUNT=1000000000")),
		"F14 DAILY, COUNT 10^9":     text(rule("FREQ=DAILY;COUNT=1000000000")),
		"F14 dense lists, COUNT 1":  text(rule("FREQ=YEARLY;COUNT=1;" + dense)),
		"F14 dense lists":           text(rule("FREQ=SECONDLY;" + dense)),
		"F14 dense lists, BYSETPOS": text(rule("FREQ=YEARLY;BYSETPOS=" + strings.TrimPrefix(numbersTo(366), "0,") + ";" + dense)),
		"F14 EXRULE = RRULE":        text(event("DTSTART:19700101T000000Z", "RRULE:FREQ=MINUTELY", "EXRULE:FREQ=MINUTELY")),
		"F14 30 February":           text(rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
		"F14 30 February, COUNT 1":  text(rule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1")),
		"F14 INTERVAL 2^31":         text(rule("FREQ=SECONDLY;INTERVAL=2147483647")),
		"F14 INTERVAL 0":            text(rule("FREQ=SECONDLY;INTERVAL=0")),
		"F14 odd seconds":           text(rule("FREQ=SECONDLY;INTERVAL=2;BYSECOND=1")),
		"F14 minutes of a leap day": text(rule("FREQ=MINUTELY;INTERVAL=1439;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3")),
		"F14 from the year 1":       text(event("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY;COUNT=2000000000")),
		"F14 fifty rules":           text(event(append([]string{"DTSTART:19700101T000000Z"}, strings.Fields(strings.Repeat("RRULE:FREQ=SECONDLY;BYSECOND=59 ", 60))...)...)),
		"F15 EXDATE 10^6, one a line": func() io.Reader {
			return io.MultiReader(strings.NewReader(start+"BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=DAILY\n"), repeated("EXDATE:20260101\n", 9<<20), end("END:VEVENT\nEND:VCALENDAR\n"))
		},
		"F15 EXDATE 10^6, lists": func() io.Reader {
			return io.MultiReader(strings.NewReader(start+"BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=DAILY\n"), repeated("EXDATE:20260101"+strings.Repeat(",20260102", 7000)+"\n", 9<<20), end("\nEND:VEVENT\nEND:VCALENDAR\n"))
		},
		"F15 2000 ranges": text(start + "BEGIN:VEVENT\nUID:a\nDTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY\nEND:VEVENT\n" + ranges.String() + "END:VCALENDAR\n"),
		"F16 a zone that never rests": text(start + "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19000101T000000\nRRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n" +
			"BEGIN:VEVENT\nDTSTART;TZID=Ours:20260101T000000\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"),
	}
}

// TestBombs reads and expands each over a year, and measures.
func TestBombs(t *testing.T) {
	for name, open := range bombs() {
		defuse(t, name, open)
	}
}

// defuse holds one bomb to the bounds and returns what became of it.
func defuse(t *testing.T, name string, open func() io.Reader) string {
	t.Helper()
	spent, memory, verdict := explode(t, open)
	t.Logf("%-30s %8.1f ms %6.1f MB  %.100s", name, float64(spent.Microseconds())/1000, float64(memory)/(1<<20), verdict)
	if raceDetector {
		return verdict // it makes everything several times slower
	}
	if spent > bombTime {
		t.Errorf("%s took %v", name, spent)
	}
	if memory > bombMemory {
		t.Errorf("%s took %.1f MB", name, float64(memory)/(1<<20))
	}
	return verdict
}

// readAny reads as the sources do: what lies within the limit is a text by then.
func readAny(r io.Reader) (*Calendar, error) {
	if whole, ok := r.(inMemory); ok {
		return Parse(whole.text, DefaultLimits())
	}
	return Read(r, DefaultLimits())
}

// inMemory is a text that is there already.
type inMemory struct {
	io.Reader
	text string
}

// explode is the time and the memory of one bomb: the best of up to ten for the time,
// since other work on the machine is not the bomb's doing.
func explode(t *testing.T, open func() io.Reader) (best time.Duration, memory uint64, verdict string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best = time.Hour
	for try := 0; try < 3 || try < 10 && best > bombTime; try++ {
		r := open()
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := cpuTime()
		cal, err := readAny(r)
		verdict = "refused: " + fmt.Sprint(err)
		if err == nil {
			w := calendar.Span{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
			events, faults := cal.Events(w, time.UTC, Owner{})
			verdict = fmt.Sprintf("%d instances, %d faults %.70q", len(events), len(faults), faults)
		}
		best = min(best, cpuTime()-began)
		runtime.ReadMemStats(&after)
		memory = max(memory, after.TotalAlloc-before.TotalAlloc)
	}
	return best, memory, verdict
}
