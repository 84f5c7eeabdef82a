package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSeeds runs the lives that once broke a promise, and a number of others. CI runs
// more of them with the command.
func TestSeeds(t *testing.T) {
	f, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []uint64
	for sc := bufio.NewScanner(f); sc.Scan(); {
		word, _, _ := strings.Cut(sc.Text(), " ")
		if word == "" || word == "#" {
			continue
		}
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, seed)
	}
	if len(list) == 0 {
		t.Fatal("testdata/seeds.txt is empty")
	}
	for seed := uint64(1); seed <= 300; seed++ {
		list = append(list, seed)
	}
	for _, seed := range list {
		w := newWorld(seed, nil, false)
		w.run()
		for _, v := range w.bad {
			t.Errorf("go run ./daemon/sim -seed %d -v: %s", seed, v)
		}
	}
}

// TestReplay runs lives twice: the same seed is the same life (I12).
func TestReplay(t *testing.T) {
	for seed := uint64(1000); seed < 1060; seed++ {
		a, b := newWorld(seed, nil, false), newWorld(seed, nil, false)
		a.run()
		b.run()
		if a.mark() != b.mark() {
			t.Errorf("seed %d: two different lives", seed)
		}
	}
}

// TestMutantsFit makes sure that each planted bug still finds its place in the code.
func TestMutantsFit(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(mutants()); n < 25 {
		t.Errorf("%d mutants, want at least 25", n)
	}
	names := map[string]bool{}
	for _, m := range mutants() {
		if names[m.name] {
			t.Errorf("two mutants are called %q", m.name)
		}
		names[m.name] = true
		if _, err := m.overlay(root, t.TempDir()); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

// TestOracleFindsAPlantedBug makes sure that the oracle is awake: a server that takes a
// message twice must be seen. The whole score is printed by the command.
func TestOracleFindsAPlantedBug(t *testing.T) {
	w := newWorld(7, nil, false)
	w.run()
	for _, l := range w.mails {
		if took := w.sentOf(l.id); len(took) == 1 && !took[0].lied {
			w.accepts = append(w.accepts, took[0])
			w.bad = nil
			w.judge()
			if len(w.bad) == 0 {
				t.Fatal("a message that was taken twice is not seen")
			}
			return
		}
	}
	t.Fatal("no message of this life was taken")
}

// TestKinds makes sure that there are as many kinds of faults as the README says.
func TestKinds(t *testing.T) {
	if n := len(kinds()); n < 60 {
		t.Errorf("%d kinds of faults, want at least 60", n)
	}
}

// TestCommand runs the command as a person would.
func TestCommand(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-seeds", "20", "-replay", "5"}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "seeds 20 |") || !strings.Contains(out.String(), "replay of 5 differs 0") {
		t.Errorf("unexpected line: %s", out.String())
	}
}

var (
	faultRow  = regexp.MustCompile(`(?m)^\| ([A-IS]-?\d+) \| (.+) \| (.+) \|$`)
	faultTest = regexp.MustCompile("([a-z/]+(?: and [a-z]+)?): ((?:`[A-Za-z0-9_]+`(?:, )?)+)")
	faultName = regexp.MustCompile("`([A-Za-z0-9_]+)`")
)

// TestFaultsDocument compares docs/faults.md with the tests that it names: every row of
// the plan is there, every test exists, every kind of the simulation that is named too.
func TestFaultsDocument(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t, root)
	rows := map[string]string{}
	for _, m := range faultRow.FindAllStringSubmatch(string(b), -1) {
		rows[m[1]] = m[3]
		for _, n := range faultTest.FindAllStringSubmatch(m[3], -1) {
			for _, name := range faultName.FindAllStringSubmatch(n[2], -1) {
				if strings.HasPrefix(name[1], "Test") || strings.HasPrefix(name[1], "Fuzz") {
					if !tests[name[1]] {
						t.Errorf("row %s names %s, which does not exist", m[1], name[1])
					}
				}
			}
		}
		if !strings.Contains(m[3], "`Test") && !strings.Contains(m[3], "`Fuzz") && !strings.Contains(m[3], "later") && !strings.Contains(m[3], "sim:") && !strings.Contains(m[3], "as F") && !strings.Contains(m[3], "watchdog") {
			t.Errorf("row %s names neither a test nor a reason", m[1])
		}
	}
	for group, n := range map[string]int{"A": 21, "B": 32, "C": 20, "D": 14, "E": 14, "F": 18, "G": 14, "H": 12, "I-": 12} {
		for i := 1; i <= n; i++ {
			if key := group + strconv.Itoa(i); rows[key] == "" {
				t.Errorf("row %s is missing", key)
			}
		}
	}
}

// testsOf lists the test functions of the whole project.
func testsOf(t *testing.T, root string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	def := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range def.FindAllStringSubmatch(string(b), -1) {
			out[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
