//go:build !linux

package dovecot

import "syscall"

func attributes(uid, gid int) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func kill(pid int) { syscall.Kill(-pid, syscall.SIGKILL) }
