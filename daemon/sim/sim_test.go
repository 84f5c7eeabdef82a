package main

import (
	"bufio"
	"bytes"
	"os"
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
