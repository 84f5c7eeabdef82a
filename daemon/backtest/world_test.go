package backtest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// monday is where the made-up worlds begin: midnight in UTC.
var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// madeSet is a small set: managers who write in spells on working days, employees who
// see half of it and write in the evening too.
func madeSet() *Set {
	rnd := rand.New(rand.NewPCG(7, 8))
	start := monday.Unix()
	s := &Set{Name: "made", Start: start, Warm: start + 4*7*86400, Split: start + 10*7*86400, End: start + 16*7*86400}
	for i := range 4 {
		m := &Manager{Name: fmt.Sprintf("M%d", i), offsets: map[int64]int{}, Zone: 60 * i}
		p := &Pair{Employee: "E"}
		for day := range int64(16 * 7) {
			if day%7 >= 5 {
				continue
			}
			midnight := start + day*86400 - int64(i)*3600
			for range 3 {
				at := midnight + 9*3600 + rnd.Int64N(7*3600)
				for range 1 + rnd.IntN(4) {
					at += 120 + rnd.Int64N(900)
					m.Activity = append(m.Activity, at)
					m.offsets[at] = 60 * i
					if rnd.IntN(2) == 0 {
						p.Visible = append(p.Visible, sighting{at: at})
					}
				}
			}
			p.Composed = append(p.Composed, midnight+8*3600+rnd.Int64N(14*3600))
		}
		m.Pairs = []*Pair{p}
		s.Managers = append(s.Managers, m)
	}
	managers := map[string]*Manager{}
	for _, m := range s.Managers {
		managers[m.Name] = m
	}
	s.Managers = nil
	s.gather(managers)
	return s
}

// writeSet writes a set as a folder.
func writeSet(t *testing.T, s *Set) string {
	t.Helper()
	dir := t.TempDir()
	var activity, visible, composed bytes.Buffer
	activity.WriteString("manager,epoch_utc,offset_min\n")
	visible.WriteString("manager,employee,epoch_utc\n")
	composed.WriteString("manager,employee,epoch_utc\n")
	for _, m := range s.Managers {
		for _, at := range m.Activity {
			fmt.Fprintf(&activity, "%s,%d,%d\n", m.Name, at, m.offsets[at])
		}
		for _, p := range m.Pairs {
			for _, v := range p.Visible {
				fmt.Fprintf(&visible, "%s,%s,%d\n", m.Name, p.Employee, v.at)
			}
			for _, at := range p.Composed {
				fmt.Fprintf(&composed, "%s,%s,%d\n", m.Name, p.Employee, at)
			}
		}
	}
	head := fmt.Sprintf(`{"name":%q,"start":%d,"warm":%d,"split":%d,"end":%d}`, s.Name, s.Start, s.Warm, s.Split, s.End)
	writeFile(t, filepath.Join(dir, "set.json"), []byte(head))
	for name, b := range map[string]*bytes.Buffer{"activity": &activity, "visible": &visible, "composed": &composed} {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := z.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name+".csv.gz"), zipped.Bytes())
	}
	return dir
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
