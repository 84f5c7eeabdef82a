package backtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// dataDir is the folder of measuring data, or the test is skipped.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HEADSUP_DATA")
	if dir == "" {
		t.Skip("HEADSUP_DATA does not name the folder of measuring data: the sets are not measured")
	}
	return filepath.Join(dir, "timing")
}

func TestSets(t *testing.T) {
	dir := dataDir(t)
	for _, name := range []string{"factory", "list-direct", "list-list"} {
		rep, err := RunSet(context.Background(), filepath.Join(dir, name), Options{Early: os.Getenv("PERIOD") != "after", Refit: os.Getenv("REFIT") != ""})
		if err != nil {
			t.Fatal(err)
		}
		rep.Text(os.Stdout)
	}
}
