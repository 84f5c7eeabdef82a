package dovecot

import "syscall"

// attributes makes a process group of its own, which ends with this process.
func attributes(uid, gid int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if syscall.Getuid() == 0 {
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}

func kill(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }
