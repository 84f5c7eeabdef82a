package dovecot

import (
	"errors"
	"strings"
	"testing"
)

func TestFits(t *testing.T) {
	if err := fits("2.3.19.1 (9b53102964)\n"); err != nil {
		t.Error(err)
	}
	for version, word := range map[string]string{"2.4.1-4 (7d8c0e5759)\n": "version 2.4.1-4 is here", "2.2.36\n": "version 2.2.36 is here", "": "is here"} {
		if err := fits(version); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v", version, err)
		}
	}
}
