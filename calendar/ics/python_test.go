package ics

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
)

// reference is what python-recurring-ical-events says of one calendar.
type reference struct {
	Name      string
	Error     string
	Instances [][3]string
}

// compared is the instances of a window, of which those that start near its ends do not
// count: there the two programs may mean different zones by a day.
type compared struct {
	from, to string
	list     [][3]string
}

func (c compared) inner() [][3]string {
	return slices.DeleteFunc(slices.Clone(c.list), func(i [3]string) bool { return i[1] < c.from || i[1] > c.to })
}

// TestAgainstPython lists every calendar of the corpus here and with
// python-recurring-ical-events, in one run, over the first two years of each calendar.
// Every difference must be explained in testdata/differences.tsv.
func TestAgainstPython(t *testing.T) {
	python := "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import recurring_ical_events").Run(); err != nil {
		if os.Getenv("HEADSUP_REQUIRE_SERVERS") == "1" {
			t.Fatalf("python3-recurring-ical-events is needed: %v", err)
		}
		t.Skip("python3-recurring-ical-events is not installed: this comparison was not made")
	}
	mine := map[string]compared{}
	var asks bytes.Buffer
	corpus(t, func(name string, raw []byte) {
		cal, err := Read(bytes.NewReader(raw), DefaultLimits())
		if err != nil {
			return
		}
		w := firstYears(cal)
		const margin = 48 * time.Hour
		mine[name] = compared{
			w.Start.Add(margin).Format(time.DateOnly), w.End.Add(-margin).Format(time.DateOnly), plainInstances(cal, w),
		}
		ask := map[string]string{
			"name": name, "path": filepath.Join(dataDir(t), "calendars", name),
			"from": w.Start.Format(time.DateOnly), "to": w.End.Format(time.DateOnly),
		}
		if err := json.NewEncoder(&asks).Encode(ask); err != nil {
			t.Fatal(err)
		}
	})
	cmd := exec.Command(python, "-W", "ignore", "testdata/reference.py")
	cmd.Stdin = &asks
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	explained, used := differences(t), map[string]bool{}
	same, refused, differ, instances := 0, 0, 0, 0
	for line := range bytes.Lines(out) {
		var ref reference
		if err := json.Unmarshal(line, &ref); err != nil {
			t.Fatal(err)
		}
		got := mine[ref.Name].inner()
		ref.Instances = compared{mine[ref.Name].from, mine[ref.Name].to, ref.Instances}.inner()
		switch {
		case ref.Error != "":
			refused++
		case slices.Equal(got, ref.Instances):
			same++
			instances += len(got)
		case explained[ref.Name] != "":
			used[ref.Name] = true
			differ++
		default:
			t.Errorf("%s differs:\n%s", ref.Name, difference(got, ref.Instances))
		}
	}
	t.Logf("%d calendars: %d the same (%d instances), %d differ for the reasons in the table, %d python cannot read",
		len(mine), same, instances, differ, refused)
	for name := range explained {
		if !used[name] {
			t.Errorf("%s does not differ any more: take it out of the table", name)
		}
	}
}

// firstYears is the window of the comparison: two years from the year of the first event.
func firstYears(cal *Calendar) calendar.Span {
	year := 2020
	for i, e := range cal.entries {
		if y := e.start.wall.Civil().Year(); i == 0 || y < year {
			year = y
		}
	}
	year = max(year, 1971) // pytz knows nothing before
	return calendar.Span{
		Start: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC),
		End:   time.Date(year+2, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// plainInstances writes instances as the reference does.
func plainInstances(cal *Calendar, w calendar.Span) [][3]string {
	events, _ := cal.Events(w, time.UTC, Owner{})
	var out [][3]string
	for _, ev := range events {
		if ev.Type == calendar.TypeHours {
			continue // the reference does not read VAVAILABILITY
		}
		write := func(at time.Time) string {
			switch {
			case ev.AllDay:
				return at.Format(time.DateOnly)
			case ev.Zone == "":
				return at.Format("2006-01-02T15:04:05")
			}
			return at.UTC().Format("2006-01-02T15:04:05Z")
		}
		out = append(out, [3]string{ev.UID, write(ev.Start), write(ev.End)})
	}
	slices.SortFunc(out, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	return out
}

func difference(got, want [][3]string) string {
	var b strings.Builder
	count := map[[3]string]int{}
	for _, g := range got {
		count[g]++
	}
	for _, w := range want {
		count[w]--
	}
	for _, list := range []struct {
		sign string
		of   [][3]string
	}{{"only here", got}, {"only python", want}} {
		n := 0
		for _, v := range list.of {
			if (list.sign == "only here") == (count[v] > 0) && count[v] != 0 {
				if n++; n <= 4 {
					b.WriteString("  " + list.sign + ": " + strings.Join(v[:], " ") + "\n")
				}
			}
		}
	}
	return b.String()
}

// differences reads the table of explained differences: file, tab, reason.
func differences(t *testing.T) map[string]string {
	f, err := os.Open("testdata/differences.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, why, ok := strings.Cut(s.Text(), "\t"); ok {
			out[name] = why
		}
	}
	return out
}
