package backtest

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"
)

// Set is one landing set: what managers sent, what each employee could see of it, and
// when the employees wrote. Times are Unix seconds, sorted, mails a minute apart joined.
type Set struct {
	Name                    string
	Start, Warm, Split, End int64
	Managers                []*Manager
}

// Manager is one sender: the truth that a policy never sees, and the pairs.
type Manager struct {
	Name     string
	Activity []int64
	Zone     int // offset of the first mail: where the manager is thought to live before one was seen
	Pairs    []*Pair
	offsets  map[int64]int
	home     *time.Location // of a history: the configured zone
}

// Pair is one manager as one employee sees them.
type Pair struct {
	Employee string
	Visible  []sighting
	Composed []int64
}

// sighting is one visible mail, bursts joined.
type sighting struct {
	at     int64
	offset int
}

// LoadSet reads a folder with set.json, activity.csv.gz, visible.csv.gz and
// composed.csv.gz.
func LoadSet(dir string) (*Set, error) {
	s, err := loadHead(filepath.Join(dir, "set.json"))
	if err != nil {
		return nil, err
	}
	managers := map[string]*Manager{}
	if err := readActivity(filepath.Join(dir, "activity.csv.gz"), managers); err != nil {
		return nil, err
	}
	pairs := map[[2]string]*Pair{}
	if err := readVisible(filepath.Join(dir, "visible.csv.gz"), managers, pairs); err != nil {
		return nil, err
	}
	err = readRows(filepath.Join(dir, "composed.csv.gz"), 3, func(row []string, at int64) error {
		p, err := pairOf(managers, pairs, row)
		if err == nil {
			p.Composed = append(p.Composed, at)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.gather(managers)
	return s, nil
}

func loadHead(path string) (*Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read set: %w", err)
	}
	var head struct {
		Name                    string
		Start, Warm, Split, End int64
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("read set: %s: %w", path, err)
	}
	if head.Start >= head.Split || head.Split >= head.End {
		return nil, fmt.Errorf("read set: %s: want start < split < end, got %d, %d, %d", path, head.Start, head.Split, head.End)
	}
	return &Set{Name: head.Name, Start: head.Start, Warm: head.Warm, Split: head.Split, End: head.End}, nil
}

func readActivity(path string, managers map[string]*Manager) error {
	return readRows(path, 3, func(row []string, at int64) error {
		offset, err := strconv.Atoi(row[2])
		if err != nil {
			return fmt.Errorf("offset: %w", err)
		}
		m := managers[row[0]]
		if m == nil {
			m = &Manager{Name: row[0], offsets: map[int64]int{}}
			managers[row[0]] = m
		}
		m.Activity = append(m.Activity, at)
		m.offsets[at] = offset
		return nil
	})
}

func readVisible(path string, managers map[string]*Manager, pairs map[[2]string]*Pair) error {
	return readRows(path, 3, func(row []string, at int64) error {
		p, err := pairOf(managers, pairs, row)
		if err != nil {
			return err
		}
		p.Visible = append(p.Visible, sighting{at: at})
		return nil
	})
}

func pairOf(managers map[string]*Manager, pairs map[[2]string]*Pair, row []string) (*Pair, error) {
	m := managers[row[0]]
	if m == nil {
		return nil, fmt.Errorf("manager %q sent nothing", row[0])
	}
	key := [2]string{row[0], row[1]}
	p := pairs[key]
	if p == nil {
		p = &Pair{Employee: row[1]}
		pairs[key] = p
		m.Pairs = append(m.Pairs, p)
	}
	return p, nil
}

// readRows calls f with every line of a gzipped table after its head; the time is in
// the column that the head calls epoch_utc.
func readRows(path string, columns int, f func(row []string, at int64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read set: %w", err)
	}
	defer file.Close()
	unzip, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("read set: %s: %w", path, err)
	}
	if err := eachRow(csv.NewReader(unzip), columns, f); err != nil {
		return fmt.Errorf("read set: %s: %w", path, err)
	}
	return nil
}

func eachRow(r *csv.Reader, columns int, f func(row []string, at int64) error) error {
	r.FieldsPerRecord, r.ReuseRecord = columns, true
	head, err := r.Read()
	if err != nil {
		return err
	}
	when := -1
	for i, name := range head {
		if name == "epoch_utc" {
			when = i
		}
	}
	if when < 0 {
		return fmt.Errorf("no column epoch_utc in %v", head)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at, err := strconv.ParseInt(row[when], 10, 64)
		if err != nil {
			return err
		}
		if err := f(row, at); err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// gather puts managers and pairs in order and joins bursts.
func (s *Set) gather(managers map[string]*Manager) {
	for _, m := range managers {
		sort.Slice(m.Activity, func(i, j int) bool { return m.Activity[i] < m.Activity[j] })
		m.Zone = m.offsets[m.Activity[0]]
		m.Activity = joinBursts(m.Activity, func(at int64) int64 { return at })
		for _, p := range m.Pairs {
			sort.Slice(p.Visible, func(i, j int) bool { return p.Visible[i].at < p.Visible[j].at })
			m.stamp(p.Visible)
			p.Visible = joinBursts(p.Visible, func(v sighting) int64 { return v.at })
			sort.Slice(p.Composed, func(i, j int) bool { return p.Composed[i] < p.Composed[j] })
		}
		sort.Slice(m.Pairs, func(i, j int) bool { return m.Pairs[i].Employee < m.Pairs[j].Employee })
		if len(m.Pairs) > 0 {
			s.Managers = append(s.Managers, m)
		}
	}
	sort.Slice(s.Managers, func(i, j int) bool { return s.Managers[i].Name < s.Managers[j].Name })
}

// stamp gives each visible mail the offset that the manager's mail carried at that time.
// The activity has bursts joined, so the mail itself may stand under an earlier one.
func (m *Manager) stamp(seen []sighting) {
	for i, v := range seen {
		offset, ok := m.offsets[v.at]
		if !ok {
			j := sort.Search(len(m.Activity), func(j int) bool { return m.Activity[j] > v.at })
			offset = m.offsets[m.Activity[max(0, j-1)]]
		}
		seen[i].offset = offset
	}
}

// joinBursts keeps the first of mails that follow each other within a minute.
func joinBursts[T any](in []T, at func(T) int64) []T {
	var out []T
	for i, v := range in {
		if i == 0 || at(v)-at(in[i-1]) > int64(time.Minute/time.Second) {
			out = append(out, v)
		}
	}
	return out
}

// nextAfter is the first time after t, false if there is none.
func nextAfter(times []int64, t int64) (int64, bool) {
	i := sort.Search(len(times), func(i int) bool { return times[i] > t })
	if i == len(times) {
		return 0, false
	}
	return times[i], true
}
