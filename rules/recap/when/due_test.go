package when

import (
	"testing"

	"headsup/rules/recap/prose"
)

// 4 March 2026 is a wednesday.
var wednesday = Day{2026, 3, 4}

func TestDue(t *testing.T) {
	tests := []struct{ in, text, date string }{
		{"Dana to send it by Friday", "by Friday", "2026-03-06"},
		{"Dana to send it by Wed", "by Wed", "2026-03-11"},
		{"due tomorrow", "due tomorrow", "2026-03-05"},
		{"finish this today", "today", "2026-03-04"},
		{"ready EOD", "EOD", "2026-03-04"},
		{"send it EOD Friday", "EOD Friday", "2026-03-06"},
		{"send by COB", "by COB", "2026-03-04"},
		{"by the end of the day", "by the end of the day", "2026-03-04"},
		{"done by end of week", "by end of week", "2026-03-06"},
		{"plan until EOM", "until EOM", "2026-03-31"},
		{"review by end of month", "by end of month", "2026-03-31"},
		{"close it by the end of next month", "by the end of next month", "2026-04-30"},
		{"by end of quarter", "by end of quarter", "2026-03-31"},
		{"by the end of the year", "by the end of the year", "2026-12-31"},
		{"before the end of November", "before the end of November", "2026-11-30"},
		{"by end of January", "by end of January", "2027-01-31"},
		{"in two weeks", "in two weeks", "2026-03-18"},
		{"within 3 days", "within 3 days", "2026-03-07"},
		{"within 24 hours", "within 24 hours", "2026-03-05"},
		{"in a month", "in a month", "2026-04-04"},
		{"meet 4 weeks from now", "4 weeks from now", "2026-04-01"},
		{"a week from today", "a week from today", "2026-03-11"},
		{"start Monday week", "Monday week", "2026-03-16"},
		{"start on Monday week", "on Monday week", "2026-03-16"},
		{"ship on 2026-04-01", "on 2026-04-01", "2026-04-01"},
		{"reply by 20260315", "by 20260315", "2026-03-15"},
		{"reply by 15.3.2026", "by 15.3.2026", "2026-03-15"},
		{"reply by 15 March", "by 15 March", "2026-03-15"},
		{"reply by March 15th", "by March 15th", "2026-03-15"},
		{"reply by the 15th of March 2027", "by the 15th of March 2027", "2027-03-15"},
		{"launch on July, 2nd", "on July, 2nd", "2026-07-02"},
		{"on Friday, March 6", "on Friday, March 6", "2026-03-06"},
		{"by Jan 5", "by Jan 5", "2027-01-05"},
		{"by 3/5", "by 3/5", "2026-03-05"},
		{"due 13/3", "due 13/3", "2026-03-13"},
		{"by 4/3/27", "by 4/3/27", "2027-04-03"},
		{"next week", "next week", ""},
		{"at the next meeting", "at the next meeting", ""},
		{"today or tomorrow", "today or tomorrow", ""},
		{"asap", "asap", ""},
		{"in May", "in May", ""},
		{"by September", "by September", ""},

		{"March with us", "", ""},
		{"we may report", "", ""},
		{"the May report is ready", "", ""},
		{"comics with 10/16 pages", "", ""},
		{"upgrade to version 4.2", "", ""},
		{"the Friday call was short", "", ""},
		{"last Friday we met", "", ""},
		{"open since Monday", "", ""},
		{"two weeks ago", "", ""},
		{"for two weeks", "", ""},
		{"on call 24/7", "", ""},
		{"he sat down", "", ""},
		{"we sun the plants", "", ""},
		{"on 30 February", "", ""},
		{"by 2026-02-30", "", ""},
		{"second to none", "", ""},
		{"", "", ""},
	}
	g := Grammar{Said: wednesday}
	for _, tt := range tests {
		d, ok := g.Find(tt.in, prose.Tokenize(tt.in))
		if ok != (tt.text != "") || d.Text != tt.text || d.Day.String() != tt.date {
			t.Errorf("%q: got %q %q, want %q %q", tt.in, d.Text, d.Day, tt.text, tt.date)
		}
	}
}

func TestDueAsks(t *testing.T) {
	tests := []struct {
		in   string
		said Day
		date string
		ask  string
	}{
		{"by next Friday", wednesday, "2026-03-13", `"next Friday" can be 2026-03-06 or 2026-03-13`},
		{"by next Tue", wednesday, "2026-03-10", ""}, // only one Tuesday is next
		{"by Tuesday, 5 March", wednesday, "2026-03-05", "2026-03-05 is a Thursday"},
		{"by 1 March", wednesday, "2026-03-01", "2026-03-01 lies before the meeting"},
		{"by Friday", Day{}, "", "the note has no date, so the day is unknown"},
		{"by 3 April", Day{}, "", "the note has no date, so the year is unknown"},
	}
	for _, tt := range tests {
		d, _ := Grammar{Said: tt.said}.Find(tt.in, prose.Tokenize(tt.in))
		if d.Day.String() != tt.date || d.Ask != tt.ask {
			t.Errorf("%q: got %q, ask %q, want %q, ask %q", tt.in, d.Day, d.Ask, tt.date, tt.ask)
		}
	}
}

func TestDueAcrossTheYear(t *testing.T) {
	tests := []struct {
		said     Day
		in, date string
		dayFirst bool
	}{
		{Day{2026, 12, 30}, "by Friday", "2027-01-01", false},
		{Day{2026, 12, 30}, "in a week", "2027-01-06", false},
		{Day{2026, 12, 30}, "by 5 January", "2027-01-05", false},
		{Day{2027, 1, 4}, "by 29 December", "2026-12-29", false},
		{Day{2028, 1, 31}, "in a month", "2028-02-29", false},
		{Day{2026, 3, 1}, "by 3/4", "2026-03-04", false},
		{Day{2026, 3, 1}, "by 3/4", "2026-04-03", true},
		{Day{2026, 3, 1}, "by 4/3", "2026-04-03", false},
		{Day{2026, 3, 1}, "by 4/3", "2026-03-04", true},
		{Day{2026, 3, 7}, "by end of week", "2026-03-13", false}, // said on a Saturday
	}
	for _, tt := range tests {
		d, _ := Grammar{Said: tt.said, DayFirst: tt.dayFirst}.Find(tt.in, prose.Tokenize(tt.in))
		if d.Day.String() != tt.date {
			t.Errorf("%q said on %s (day first %v): got %q, want %q", tt.in, tt.said, tt.dayFirst, d.Day, tt.date)
		}
	}
}
