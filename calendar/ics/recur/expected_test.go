package recur

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// expectedCase is one rule with the times that another project's suite expects.
type expectedCase struct {
	Source, Name, Method, DTStart, RRule string
	Args                                 []any
	Expected                             []string
	Infinite                             bool  `json:"infinite"`
	Agrees                               *bool `json:"dateutil_agrees"`
}

// dataDir is the folder of public suites, kept out of the project.
func dataDir(t testing.TB) string {
	dir := os.Getenv("HEADSUP_DATA")
	if dir == "" {
		t.Skip("HEADSUP_DATA does not name the folder of public test data: this comparison was not made")
	}
	return filepath.Join(dir, "ical")
}

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

func wall(t testing.TB, s string) Wall {
	s = strings.NewReplacer("-", "", ":", "", "Z", "").Replace(s)
	layout := "20060102T150405"
	if len(s) == 8 {
		layout = "20060102"
	}
	v, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	return Wall(v.Unix())
}

func (c expectedCase) run(t testing.TB) []string {
	rule, err := Parse(c.RRule)
	if err != nil {
		t.Errorf("%s %s: %v", c.Source, c.Name, err)
		return nil
	}
	q := Query{Start: wall(t, c.DTStart), From: -1 << 40, To: wall(t, "99991231T000000")}
	if rule.Until.Set {
		q.To = rule.Until.Wall + 1
	}
	n := len(c.Expected)
	if !c.Infinite {
		n += 5 // more than expected is as wrong as less
	}
	var got []string
	layout := "20060102T150405"
	if len(c.Expected) > 0 && strings.Contains(c.Expected[0], "-") {
		layout = "2006-01-02T15:04:05"
		if !strings.Contains(c.Expected[0], "T") {
			layout = "2006-01-02"
		}
	}
	budget := &Budget{Steps: 5_000_000}
	err = rule.Each(q, budget, func(w Wall) bool {
		if len(got) == n {
			return false
		}
		got = append(got, w.Civil().Format(layout))
		return true
	})
	if err != nil {
		t.Errorf("%s %s: %v", c.Source, c.Name, err)
	}
	return got
}

// TestExpectedSuites holds the engine to every case on which the suites agree.
func TestExpectedSuites(t *testing.T) {
	total, agreed := 0, 0
	for _, c := range expectedCases(t) {
		if c.Agrees == nil || !*c.Agrees {
			continue
		}
		total++
		got := c.run(t)
		want := strings.ReplaceAll(strings.Join(c.Expected, " "), "Z", "")
		if strings.Join(got, " ") != want {
			t.Errorf("%s %s: DTSTART %s RRULE %s\n got %v\nwant %v", c.Source, c.Name, c.DTStart, c.RRule, got, c.Expected)
			continue
		}
		agreed++
	}
	t.Logf("%d of %d cases with dateutil_agrees", agreed, total)
	if total < 500 {
		t.Errorf("only %d cases found: the data folder is not the one that was meant", total)
	}
}
