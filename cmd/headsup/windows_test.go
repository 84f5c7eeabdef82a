package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon/control"
	"headsup/rules"
)

// screen is an app whose output is kept.
func screen(now time.Time) (*app, *bytes.Buffer) {
	var out bytes.Buffer
	return &app{world: world{stdout: &out, getenv: func(string) string { return "" }, now: func() time.Time { return now }}}, &out
}

func TestShowWindows(t *testing.T) {
	now := time.Date(2026, 6, 2, 8, 0, 0, 0, time.UTC)
	w := control.Windows{Manager: "dana", Zone: "Europe/Berlin", Basis: []rules.Reason{{Text: "learned from 195 mails"}}, Week: make([]float64, weekPoints),
		Next: []control.Window{{Start: now, End: now.Add(time.Hour), Chance: .4, Reasons: []rules.Reason{{Text: "Dana is free\x1b[31m"}}}}}
	for q := 9 * 4; q < 17*4; q++ {
		w.Week[quarters+q] = .4 // Tuesday, 9 to 17
	}
	a, out := screen(now)
	a.showWindows(w)
	want := `dana (Europe/Berlin)
  learned from 195 mails
     0     3     6     9     12    15    18    21    
Mon                                                  
Tue                    ████████████████              
Wed                                                  
Thu                                                  
Fri                                                  
Sat                                                  
Sun                                                  
     █ is a chance of up to 40 % to be at the mail within half an hour
Tue 2 Jun 10:00-11:00, chance 40 %
  - Dana is free\x1b[31m
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if heatMap([]float64{.5}, nil) != "" {
		t.Error("half a week is drawn")
	}
}

func TestWriteSVG(t *testing.T) {
	file := filepath.Join(t.TempDir(), "week.svg")
	w := control.Windows{Manager: `<script>"dana"`, Zone: "UTC", Week: make([]float64, weekPoints)}
	w.Week[5] = .3
	if err := writeSVG(file, []control.Windows{w, {Manager: "kim", Zone: "UTC"}}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	rects := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			if e.Name.Local == "script" {
				t.Fatal("a name became an element")
			}
			if e.Name.Local == "rect" {
				rects++
			}
		}
	}
	if rects != weekPoints+1 {
		t.Errorf("%d rectangles, want %d", rects, weekPoints+1)
	}
	if err := writeSVG(filepath.Join(t.TempDir(), "no", "week.svg"), nil); err == nil || !strings.Contains(err.Error(), "write the heat map") {
		t.Errorf("error %v", err)
	}
}

func TestShowTimeline(t *testing.T) {
	at := func(day, h, m int) time.Time { return time.Date(2026, 6, day, h, m, 0, 0, time.UTC) }
	span := func(from, to time.Time, state, title string) control.Span {
		return control.Span{Start: from, End: to, State: state, Title: title, Confidence: 1}
	}
	focus := span(at(2, 13, 0), at(2, 15, 0), "focus", "Deep\nwork")
	focus.Confidence = .7
	a, out := screen(at(2, 8, 0))
	a.showTimeline(control.Timeline{Manager: "dana", Zone: "UTC", Notes: []rules.Reason{{Text: "calendar is old"}}, Spans: []control.Span{
		span(at(2, 0, 0), at(2, 6, 30), "quiet", ""), span(at(2, 6, 30), at(2, 9, 0), "off-hours", ""), span(at(2, 9, 0), at(2, 10, 0), "free", ""),
		span(at(2, 10, 0), at(2, 10, 15), "meeting", "Stand-up"), span(at(2, 10, 15), at(2, 13, 0), "free", ""), focus,
		span(at(2, 15, 0), at(2, 17, 0), "free", ""), span(at(2, 17, 0), at(3, 0, 0), "quiet", ""), span(at(3, 0, 0), at(4, 12, 0), "away", "Leave"),
	}})
	want := `dana (UTC)
  note: calendar is old
           0     3     6     9     12    15    18    21    
Tue  2 Jun                   ··█·····▒▒▒▒····
           10:00-10:15 meeting Stand-up
           13:00-15:00 focus Deep\x0awork (70 % sure)
Wed  3 Jun ××××××××××××××××××××××××××××××××××××××××××××××××
           00:00-Thu 12:00 away Leave
Thu  4 Jun ××××××××××××××××××××××××
           · free   █ meeting   ▒ focus   × away
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
