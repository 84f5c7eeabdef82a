//go:build unix

package daemon

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeDisk is the room that is left for the state, in bytes.
func freeDisk(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("room on the disk of %q: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
