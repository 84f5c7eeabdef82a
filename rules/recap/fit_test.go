package recap

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"headsup/rules/recap/prose"
)

var refit = flag.Bool("fit", false, "fit the weights of cues.go to HEADSUP_DATA and write them")

// How the weights are fitted: logistic regression, one sum for each kind, with a penalty
// for leaving the hand-set start. The first weight of a sum, the same for all
// statements, is free.
const (
	penalty = 5.0
	rounds  = 150
	parts   = 8
)

// example is a statement of a labelled note.
type example struct {
	cues []int
	is   [kinds]float64 // 1: the label says so
	use  [kinds]bool    // false: the label leaves it open
}

type label struct {
	Line      int      `json:"line"`
	EndLine   int      `json:"end_line"`
	Kind      ItemKind `json:"kind"`
	Text      string   `json:"text"`
	Ambiguous bool     `json:"ambiguous"`
}

type labelled struct {
	File  string  `json:"file"`
	Items []label `json:"items"`
	note  []byte
	learn []example
}

// TestFit fits the weights on seven of eight parts of the labelled notes and measures
// them on the part that was left out: what to expect on notes that were not seen. With
// -fit it then fits them on all notes and writes cues.go.
func TestFit(t *testing.T) {
	data := os.Getenv("HEADSUP_DATA")
	if data == "" {
		t.Skip("HEADSUP_DATA is not set: the labelled notes are not here")
	}
	folder := filepath.Join(data, "notes")
	notes, start := readLabels(t, folder), readPriors(t)
	shipped := weights()
	defer setWeights(shipped)
	var out bytes.Buffer
	for part := range parts {
		var rest []example
		for i, n := range notes {
			if i%parts != part {
				rest = append(rest, n.learn...)
			}
		}
		setWeights(fit(rest, start))
		for i, n := range notes {
			if i%parts == part {
				writeLine(t, &out, mustRead(t, n.File, string(n.note), Options{}), n.File)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "unseen.jsonl")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runScore(t, folder, file).Kinds["ALL"]
	t.Logf("notes that were not seen: %+v", got)
	floor(t, "F1 of all items, unseen", got["all"].F1, 0.68)
	floor(t, "F1 of marked items, unseen", got["marked"].F1, 0.90)
	floor(t, "F1 of unmarked items, unseen", got["unmarked"].F1, 0.56)
	if *refit {
		var all []example
		for _, n := range notes {
			all = append(all, n.learn...)
		}
		writeWeights(t, fit(all, start), start)
	}
}

func readLabels(t *testing.T, folder string) []labelled {
	t.Helper()
	gold, err := os.ReadFile(filepath.Join(folder, "gold.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	for line := range bytes.Lines(gold) {
		var n labelled
		if err := json.Unmarshal(line, &n); err != nil {
			t.Fatal(err)
		}
		if n.note, err = os.ReadFile(filepath.Join(folder, n.File)); err != nil {
			t.Fatal(err)
		}
		n.examples(t)
		out = append(out, n)
	}
	return out
}

// examples gives every statement of the note its labels. Of the statements on the lines of
// a label the one that shares most words with it is meant; the others are left open.
func (l *labelled) examples(t *testing.T) {
	t.Helper()
	var r Recap
	n, err := r.weighed(l.File, string(l.note), Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.learn = make([]example, len(n.statements))
	for i := range n.statements {
		n.cues(i)
		for c, h := range n.statements[i].hit {
			if h {
				l.learn[i].cues = append(l.learn[i].cues, c)
			}
		}
		l.learn[i].use = [kinds]bool{!n.statements[i].row, !n.statements[i].row, !n.statements[i].row, !n.statements[i].row}
	}
	for _, it := range l.Items {
		l.mark(n, it)
	}
}

func (l *labelled) mark(n *note, it label) {
	k := 0
	for kindOf[k] != it.Kind {
		k++
	}
	best, most := -1, -1.0
	for i := range n.statements {
		s := &n.statements[i]
		if s.first > max(it.Line, it.EndLine) || s.last < it.Line {
			continue
		}
		if l.learn[i].is[k] == 0 {
			l.learn[i].use[k] = false
		}
		words, shared := prose.Content(s.text), 0
		for w := range prose.Content(it.Text) {
			if words[w] {
				shared++
			}
		}
		if score := float64(shared) / (1 + 0.02*float64(len(words))); score > most {
			best, most = i, score
		}
	}
	if best >= 0 && !it.Ambiguous {
		l.learn[best].is[k], l.learn[best].use[k] = 1, !n.statements[best].row
	}
}

// fit moves one weight at a time by a damped Newton step until nothing moves.
func fit(examples []example, start [][kinds]float64) [][kinds]float64 {
	out := append([][kinds]float64(nil), start...)
	free := words.index["starting weight"]
	for k := range kinds {
		holds := make([][]int, len(start))
		sums := make([]float64, len(examples))
		for i, e := range examples {
			for _, c := range e.cues {
				sums[i] += start[c][k]
				if e.use[k] {
					holds[c] = append(holds[c], i)
				}
			}
		}
		for range rounds {
			most := 0.0
			for c, list := range holds {
				slope, bend := 0.0, 0.001
				for _, i := range list {
					p := chance(sums[i])
					slope += p - examples[i].is[k]
					bend += p * (1 - p)
				}
				if c != free {
					slope += penalty * (out[c][k] - start[c][k])
					bend += penalty
				}
				step := max(-1, min(1, -slope/bend))
				if len(list) == 0 {
					step = 0
				}
				out[c][k] += step
				most = max(most, math.Abs(step))
				for _, i := range list {
					sums[i] += step
				}
			}
			if most < 0.01 {
				break
			}
		}
	}
	return out
}

func readPriors(t *testing.T) [][kinds]float64 {
	t.Helper()
	f, err := os.Open("testdata/priors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := make([][kinds]float64, len(cues))
	for i, c := range cues {
		if strings.HasPrefix(c.name, "row of") {
			out[i] = c.weight
		}
	}
	for s := bufio.NewScanner(f); s.Scan(); {
		name, values, ok := strings.Cut(s.Text(), ": ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		at, known := words.index[name]
		if !known {
			t.Fatalf("testdata/priors.txt: there is no cue %q", name)
		}
		w := &out[at]
		if _, err := fmt.Sscan(values, &w[0], &w[1], &w[2], &w[3]); err != nil {
			t.Fatalf("testdata/priors.txt: %q: %v", name, err)
		}
	}
	return out
}

func weights() [][kinds]float64 {
	var out [][kinds]float64
	for _, c := range cues {
		out = append(out, c.weight)
	}
	return out
}

func setWeights(w [][kinds]float64) {
	for i := range cues {
		cues[i].weight = w[i]
	}
}

// writeWeights writes the weights into cues.go, rounded; what the writer of a note says
// himself (a start above 1), also by "Kim to send it", never weighs less than it started.
func writeWeights(t *testing.T, w, start [][kinds]float64) {
	t.Helper()
	src, err := os.ReadFile("cues.go")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cues {
		said := strings.HasPrefix(c.name, "marked ") || strings.HasPrefix(c.name, "under ") || c.name == "open box" || c.name == "name to do" || c.name == "duty opens the clause" || c.name == "they settle it" || c.name == "plainly open" || c.name == "name does" || c.name == "I will do"
		for k := range kinds {
			if said && start[i][k] > 1 {
				w[i][k] = max(w[i][k], start[i][k])
			}
			if c.name == "under agenda" { // a plan stays a plan
				w[i][k] = min(w[i][k], start[i][k])
			}
			w[i][k] = math.Round(w[i][k]*10)/10 + 0
		}
		row := regexp.MustCompile(`(?m)^(\t\{"` + regexp.QuoteMeta(c.name) + `", .*, )w\([^)]*\)\},$`)
		src = row.ReplaceAll(src, fmt.Appendf(nil, "${1}w(%g, %g, %g, %g)},", w[i][0], w[i][1], w[i][2], w[i][3]))
	}
	if err := os.WriteFile("cues.go", src, 0o644); err != nil {
		t.Fatal(err)
	}
}
