package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// score plants the bugs one after the other and counts how many are found within the
// given number of lives.
func score(out io.Writer, only string, seeds, workers int) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "headsup-mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	found, all := 0, 0
	for i, m := range mutants() {
		if only != "" && !strings.Contains(m.name, only) {
			continue
		}
		all++
		how, err := try(root, filepath.Join(dir, fmt.Sprint(i)), m, seeds, workers)
		word := "MISSED"
		switch {
		case err != nil:
			word, how = "BROKEN", err.Error()
		case how != "":
			found++
			word = "caught"
		}
		fmt.Fprintf(out, "%s  %-60s %-20s %s\n", word, m.name, m.rule, how)
	}
	fmt.Fprintf(out, "mutants %d/%d\n", found, all)
	if found < all {
		return errors.New("a mutant was not found")
	}
	return nil
}

// try builds the simulation with a mutant and runs it. It returns what found the mutant,
// "" if nothing did.
func try(root, dir string, m mutant, seeds, workers int) (string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "sim")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", bin, "./daemon/sim")
	build.Dir = root
	if b, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, b)
	}
	defer os.Remove(bin)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	b, err := exec.CommandContext(ctx, bin, "-seeds", fmt.Sprint(seeds), "-workers", fmt.Sprint(workers), "-first").CombinedOutput()
	if err == nil {
		return "", nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "go run") || strings.HasPrefix(line, "panic:") {
			return strings.TrimSpace(line), nil
		}
	}
	return "ended with " + exit.String(), nil
}

// overlay writes the patched files and the table that the go command wants.
func (m mutant) overlay(root, dir string) (string, error) {
	text := map[string]string{}
	for _, e := range m.edits {
		path := filepath.Join(root, filepath.FromSlash(e.file))
		if _, ok := text[path]; !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			text[path] = string(b)
		}
		if n := strings.Count(text[path], e.old); n != 1 {
			return "", fmt.Errorf("%s: the text %q stands there %d times, want once", e.file, e.old, n)
		}
		text[path] = strings.Replace(text[path], e.old, e.new, 1)
	}
	replace := map[string]string{}
	for path, t := range text {
		at := filepath.Join(dir, fmt.Sprint(len(replace))+".go")
		if err := os.WriteFile(at, []byte(t), 0o600); err != nil {
			return "", err
		}
		replace[path] = at
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	at := filepath.Join(dir, "overlay.json")
	return at, os.WriteFile(at, b, 0o600)
}

// moduleRoot is the folder of go.mod above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = up
	}
}
