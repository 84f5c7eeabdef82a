package when

import (
	"strings"
	"testing"

	"headsup/rules/recap/prose"
)

// FuzzDue: a phrase is part of the sentence, a day is in the calendar.
func FuzzDue(f *testing.F) {
	for _, s := range []string{"by Friday", "next Tue", "in two weeks", "end of month", "3/4", "on Friday, March 6, 2026", "EOD Friday", "day after tomorrow"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := Grammar{Said: wednesday}.Find(s, prose.Tokenize(s))
		if ok && !strings.Contains(s, d.Text) {
			t.Errorf("%q is not in %q", d.Text, s)
		}
		if d.Day.OK() {
			if _, good := IsoDay(d.Day.String()); !good {
				t.Errorf("%q gave %s", s, d.Day)
			}
		}
	})
}
