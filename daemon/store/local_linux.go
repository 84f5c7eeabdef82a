package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// networkFS are the magic numbers of statfs(2) of file systems on which locks and
// syncs do not hold what SQLite needs.
var networkFS = map[int64]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.CIFS_SUPER_MAGIC: "CIFS",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.CODA_SUPER_MAGIC: "Coda",
	unix.V9FS_MAGIC:       "9P",
	unix.CEPH_SUPER_MAGIC: "Ceph",
}

func checkLocal(dir string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fmt.Errorf("find out the file system: %w", err)
	}
	return judgeFS(dir, int64(st.Type))
}

func judgeFS(dir string, kind int64) error {
	if name, bad := networkFS[kind&0xffffffff]; bad {
		return fmt.Errorf("%w: %s is on a network file system (%s), which can lose what was written; put it on a local disk", ErrUnsafe, dir, name)
	}
	return nil
}

// FreeBytes is how much this user can still write to the file system of dir.
func FreeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("ask for free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
