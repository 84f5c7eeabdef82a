package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// clockMonotonic is CLOCK_MONOTONIC of macOS, which counts time asleep (its
// CLOCK_UPTIME_RAW does not).
const clockMonotonic = 6

func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(clockMonotonic, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// session names this run of the machine (sysctl kern.bootsessionuuid).
func session() string {
	s, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return s
}
