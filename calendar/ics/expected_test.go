package ics

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

var update = flag.Bool("update", false, "write golden files anew")

// expectedCase is one recurrence set with the times that another project's suite expects.
type expectedCase struct {
	Source, Name, Method, DTStart, RRule, ICal string
	Args                                       []any
	Set                                        *struct {
		RRules, EXRules []expectedRule
		RDates, EXDates []string
	}
	Expected []string
	Infinite bool
	Agrees   *bool `json:"dateutil_agrees"`
}

type expectedRule struct{ DTStart, RRule string }

func expectedCases(t testing.TB) []expectedCase {
	var all []expectedCase
	for _, name := range []string{"dateutil", "ical.js", "rrule.js"} {
		raw, err := os.ReadFile(filepath.Join(dataDir(t), "expected", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var cases []expectedCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

// basic is a time in the basic form, with a clock even for a date.
func basic(s string) string {
	s = strings.NewReplacer("-", "", ":", "", "Z", "").Replace(s)
	if len(s) == 8 {
		s += "T000000"
	}
	return s
}

// lines is the case as the lines of an event.
func (c expectedCase) lines() []string {
	switch {
	case c.ICal != "":
		return strings.Fields(c.ICal) // none of these values has a blank in it
	case c.Set == nil:
		return []string{"DTSTART:" + basic(c.DTStart), "RRULE:" + c.RRule}
	}
	var out []string
	start := ""
	for _, r := range append(c.Set.RRules, c.Set.EXRules...) {
		start = r.DTStart
	}
	if len(c.Set.RRules) == 0 {
		start = c.Set.RDates[0]
	}
	out = append(out, "DTSTART:"+basic(start))
	for _, r := range c.Set.RRules {
		out = append(out, "RRULE:"+r.RRule)
	}
	for _, r := range c.Set.EXRules {
		out = append(out, "EXRULE:"+r.RRule)
	}
	for _, d := range c.Set.RDates {
		out = append(out, "RDATE:"+basic(d))
	}
	for _, d := range c.Set.EXDates {
		out = append(out, "EXDATE:"+basic(d))
	}
	return out
}

// window is what the case asks about: all there is, or what lies between, before or
// after its arguments.
func (c expectedCase) window(t testing.TB) calendar.Span {
	at := func(s string, plus time.Duration) time.Time {
		v, err := time.Parse("20060102T150405", basic(s))
		if err != nil {
			t.Fatal(err)
		}
		return v.Add(plus)
	}
	w := calendar.Span{Start: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)}
	open := func(i int) time.Duration { // an argument is excluded unless "inc" is true
		if len(c.Args) > i && c.Args[i] == true {
			return 0
		}
		return time.Second
	}
	switch c.Method {
	case "between":
		w.Start, w.End = at(c.Args[0].(string), open(2)), at(c.Args[1].(string), time.Second-open(2))
	case "before":
		w.End = at(c.Args[0].(string), time.Second-open(1))
	case "after":
		w.Start = at(c.Args[0].(string), open(1))
		w.End = w.Start.AddDate(20, 0, 0)
	default:
		if n := len(c.Expected); n > 0 && (c.Infinite || len(c.Args) > 0) {
			w.End = at(c.Expected[n-1], time.Second)
		}
		if n := len(c.Expected); n > 0 && at(c.Expected[n-1], 0).After(w.End) {
			w.End = at(c.Expected[n-1], 20*365*24*time.Hour)
		}
	}
	return w
}

// run lists the case the whole way: text, reader, expansion.
func (c expectedCase) run(t testing.TB) (got, want []string) {
	cal, err := Read(strings.NewReader(event(c.lines()...)), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	events, faults := cal.Events(c.window(t), time.UTC, Owner{})
	for _, ev := range events {
		got = append(got, ev.Start.Format("20060102T150405"))
	}
	if c.Method == "before" && len(got) > 1 {
		got = got[len(got)-1:]
	}
	if c.Method == "after" && len(got) > 1 {
		got = got[:1]
	}
	for _, e := range c.Expected {
		want = append(want, basic(e))
	}
	if len(faults) > 0 {
		got = append(got, faults...)
	}
	return got, want
}

// TestExpectedSuites holds the whole reader to every case on which the suites agree.
func TestExpectedSuites(t *testing.T) {
	total, right := 0, 0
	for _, c := range expectedCases(t) {
		if c.Agrees == nil || !*c.Agrees {
			continue
		}
		total++
		got, want := c.run(t)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s %s: %v\n got %v\nwant %v", c.Source, c.Name, c.lines(), got, want)
			continue
		}
		right++
	}
	t.Logf("%d of %d cases on which the suites agree", right, total)
	if total < 500 {
		t.Errorf("only %d cases found: the data folder is not the one that was meant", total)
	}
}

// readings says why a case that the suites do not agree on, or that has no second
// opinion, is read the way it is.
var readings = []struct{ name, reason string }{
	{"recur_iterator#28", "BYDAY mixes plain and numbered weekdays: each entry adds its days (RFC 5545 section 3.3.10, BYDAY)"},
	{"recur_iterator#49", "February has no 31st: the rule never matches (section 3.3.10, invalid dates are ignored)"},
	{"recur_iterator#58", "BYMONTHDAY expands YEARLY within every month (table of section 3.3.10), not only that of DTSTART"},
	{"recur_iterator#64", "a numbered weekday of a YEARLY rule without BYMONTH counts within the year: no first Monday of a year is the 15th or later"},
	{"recur_iterator#95", "DTSTART is not the last day of its month: with a DTSTART that its rule does not give the set is undefined (section 3.8.5.3); it is not counted"},
	{"recur_iterator#96", "DTSTART is not the second day of its month: with a DTSTART that its rule does not give the set is undefined (section 3.8.5.3); it is not counted"},
	{"recur_iterator#99", "a month has one first Thursday: BYSETPOS=2 never matches"},
	{"recur_iterator#100", "no month has 24 weekdays: BYSETPOS=24 never matches"},
	{"RRuleTest.testStrCase", "names are read whatever their case (section 2, case insensitive)"},
	{"RRuleTest.testStrSpaces", "given without line ends; read as the two lines that are meant"},
	{"RRuleTest.testStrSpacesAndLines", "given with blanks around lines, where iCalendar would see a folded line (section 3.1); read as the two lines that are meant"},
	{"RRuleTest.testStrKeywords", "BYWEEKDAY is read as BYDAY, as other programs write it"},
	{"RRuleTest.testStrUntil", "UNTIL without Z is on the clock of DTSTART"},
	{"RRuleTest.testStrSetExRule", "EXRULE of RFC 2445 section 4.8.5.2 is still read"},
	{"RRuleTest.testStrSetDateAndExRule", "EXRULE of RFC 2445 section 4.8.5.2 is still read"},
}

func readingOf(c expectedCase) string {
	for _, r := range readings {
		if r.name == c.Name {
			return r.reason
		}
	}
	switch {
	case c.Set != nil && len(c.Set.EXRules) > 0:
		return "EXRULE of RFC 2445 section 4.8.5.2 is still read; several rules are joined (section 3.8.5.3)"
	case c.Set != nil || strings.HasPrefix(c.Name, "RRuleTest.testStrSet"):
		return "the set is RRULE and RDATE joined, less EXDATE (sections 3.8.5.1 to 3.8.5.3)"
	case c.Method != "" && c.Method != "all":
		return "a window: what starts from its first moment on and before its last"
	}
	return "plain rule"
}

// TestExpectedReadings lists every other case with the reading taken in
// docs/decisions/ics-readings.md; -update writes the list.
func TestExpectedReadings(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Readings of recurrence sets where the public suites disagree\n\n" +
		"Made by `HEADSUP_DATA=... go test ./calendar/ics -run ExpectedReadings -update`: every case of the suites of dateutil, ical.js\n" +
		"and rrule.js that dateutil does not confirm, with what headsup lists and why.\n\n" +
		"| suite | case | as the suite? | reason |\n|---|---|---|---|\n")
	n := 0
	for _, c := range expectedCases(t) {
		if c.Agrees != nil && *c.Agrees {
			continue
		}
		n++
		got, want := c.run(t)
		same := "yes"
		if strings.Join(got, " ") != strings.Join(want, " ") {
			same = "no: " + first(got) + " instead of " + first(want)
			if c.Agrees == nil {
				t.Errorf("%s %s: %v\n got %v\nwant %v", c.Source, c.Name, c.lines(), got, want)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Source, c.Name, same, readingOf(c))
	}
	t.Logf("%d cases listed", n)
	const path = "../../docs/decisions/ics-readings.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != b.String() {
		t.Errorf("%s is out of date: run with -update", path)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list[:min(3, len(list))], ", ")
}
