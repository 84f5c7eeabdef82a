package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected messages anew")

// TestBad holds every bad configuration to the exact message that it must give.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d bad configurations, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			opt := options()
			opt.File = "config.toml"
			_, faults := Parse(data, opt)
			if len(faults) == 0 {
				t.Fatal("no fault")
			}
			got := faults.Error() + "\n"
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret shows:\n%s", got)
			}
			golden := strings.TrimSuffix(file, ".toml") + ".err"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// FuzzParse: no file makes the reader panic, and what passes is complete.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range append(files, exampleFile) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add([]byte(fillIn(string(data))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, faults := Parse(data, options())
		lines := strings.Count(string(data), "\n") + 1
		for _, fault := range faults {
			if fault.Problem == "" || fault.Line < 0 || fault.Line > lines {
				t.Errorf("fault %+v in %d lines", fault, lines)
			}
			if strings.ContainsAny(fault.String(), "\x00\x1b\n\r") {
				t.Errorf("control characters in %q", fault.String())
			}
		}
		if len(faults) > 0 {
			return
		}
		if c.User.Address.IsZero() || len(c.Managers) == 0 || c.Account() == "" {
			t.Errorf("incomplete: %+v", c)
		}
		for _, m := range c.Managers {
			if m.Key == "" || m.Zone == nil || len(m.Addresses) == 0 || m.MaxPerDay < 1 || m.Hours.From >= m.Hours.To {
				t.Errorf("incomplete: %+v", m)
			}
		}
	})
}
