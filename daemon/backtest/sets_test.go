package backtest

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"headsup/rules/rhythm"
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

// The shipped equations are the ones that the fit gives, so that anyone can make them
// again.
func TestShippedEquationsAreFitted(t *testing.T) {
	dir := dataDir(t)
	fitted, err := fitted([]string{filepath.Join(dir, "factory"), filepath.Join(dir, "list-direct"), filepath.Join(dir, "list-list")})
	if err != nil {
		t.Fatal(err)
	}
	shipped := rhythm.Neutral()
	for _, e := range []struct {
		name      string
		got, want rhythm.Equations
	}{{"active", shipped.Active, fitted.Active}, {"visible", shipped.Visible, fitted.Visible}} {
		for c := range e.got.Const {
			if math.Abs(e.got.Const[c]-e.want.Const[c]) > .001 {
				t.Errorf("%s: constant %d is %.3f, the fit gives %.4f", e.name, c, e.got.Const[c], e.want.Const[c])
			}
		}
		for m := range e.got.Slope {
			for i := range e.got.Slope[m] {
				if math.Abs(e.got.Slope[m][i]-e.want.Slope[m][i]) > .001 {
					t.Errorf("%s: slope %d of mood %d is %.3f, the fit gives %.4f", e.name, i, m, e.got.Slope[m][i], e.want.Slope[m][i])
				}
			}
		}
	}
}
