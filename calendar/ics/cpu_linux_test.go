package ics

import (
	"syscall"
	"time"
)

// cpuTime is what this thread has worked, which other work on the machine does not
// change.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
