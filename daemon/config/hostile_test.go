package config

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostileFiles: a file that was made to be slow to read is not. The bound is far
// above what these take and far below what they took without the limits.
func TestHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"dotted key":    "a" + strings.Repeat(".a", 100000) + " = 1",
		"dotted header": "[" + strings.Repeat("a.", 100000) + "a]",
		"lists":         "a = " + strings.Repeat("[", 200000),
		"tables":        strings.Repeat("[[manager]]\n", 20000),
		"bad addresses": "[user]\naliases = [" + strings.Repeat(`"x",`, 50000) + "]",
		"comments":      strings.Repeat("#\n", 100000),
		"large":         strings.Repeat("#", maxFile+1),
	} {
		before := worked(t)
		_, faults := Parse([]byte(text), options())
		if took := worked(t) - before; took > 5*time.Second {
			t.Errorf("%s: %s of work", name, took)
		}
		if len(faults) == 0 || len(faults) > 2*maxFaults {
			t.Errorf("%s: %d faults", name, len(faults))
		}
	}
}

// worked is how long this process has computed: a busy machine does not count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
