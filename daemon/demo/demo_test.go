package demo

import (
	"os"
	"testing"
)

func TestWeek(t *testing.T) {
	if err := Run(t.Context(), Options{Out: os.Stdout, Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
}
