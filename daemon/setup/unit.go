package setup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// UnitName is the name of the service everywhere.
const UnitName = "headsup"

// Unit is what the service manager has to know.
type Unit struct {
	Program  string   // full path of headsup
	Config   string   // --config, empty: the usual place
	State    string   // --state, empty: the usual place
	StateDir string   // where the state lies, given or not: headsup writes here
	Writable []string // further folders that headsup writes to: a Maildir, a log of sendmail
	// Open leaves the sandbox out. It is needed where headsup starts a program that needs
	// the user's full rights (the sendmail of Postfix changes its group), and on systems
	// that do not let users make namespaces.
	Open bool
}

// base is the unit with or without the sandbox. There is no StateDirectory=: systemd up
// to 253 would put it below the configuration, where the command line does not look.
const base = `# Written by "headsup service install"; changes are lost when that is run again.
# Put your own into headsup.service.d/override.conf ("systemctl --user edit headsup").
[Unit]
Description=headsup, sends your mail when it will be read
StartLimitIntervalSec=5min
StartLimitBurst=15

[Service]
Type=notify
NotifyAccess=main
ExecStart=%s
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=2min
TimeoutStopSec=2min
Restart=on-failure
RestartSec=5s
# 2 and 3: the command line or the configuration is wrong, and starting again mends neither.
RestartPreventExitStatus=2 3
RuntimeDirectory=headsup
RuntimeDirectoryMode=0700
UMask=0077
MemoryMax=512M
TasksMax=128
LimitCORE=0
OOMPolicy=stop
Environment=GOMEMLIMIT=400MiB
%s
[Install]
WantedBy=default.target
`

// sandbox is what a user's own service manager can do. PrivateUsers= comes first in
// meaning: without it a user manager cannot make the namespaces of the others.
const sandbox = `
NoNewPrivileges=yes
PrivateUsers=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=%s
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
`

// Systemd is the text of the unit for a user's own systemd.
func (u Unit) Systemd() (string, error) {
	if err := u.check(); err != nil {
		return "", err
	}
	words := make([]string, 0, 6)
	for _, w := range u.command() {
		words = append(words, quoteWord(w, true))
	}
	hardening := ""
	if !u.Open {
		paths := make([]string, 0, 1+len(u.Writable))
		for _, p := range append([]string{u.StateDir}, u.Writable...) {
			paths = append(paths, quoteWord("-"+p, false)) // "-": it may be missing
		}
		hardening = fmt.Sprintf(sandbox, strings.Join(paths, " "))
	}
	return fmt.Sprintf(base, strings.Join(words, " "), hardening), nil
}

func (u Unit) command() []string {
	out := []string{u.Program, "run"}
	if u.Config != "" {
		out = append(out, "--config", u.Config)
	}
	if u.State != "" {
		out = append(out, "--state", u.State)
	}
	return out
}

// check refuses paths that could change the meaning of a unit.
func (u Unit) check() error {
	if u.StateDir == "" {
		return errors.New("write the unit: no state folder")
	}
	if strings.ContainsAny(u.Program, "\"'\\$") {
		return fmt.Errorf("write the unit: systemd starts no program whose path has quotes, backslashes or dollars in it (%s); move headsup to another place", u.Program)
	}
	for _, p := range append([]string{u.Program, u.StateDir, u.Config, u.State}, u.Writable...) {
		switch {
		case p == "" && p != u.Program:
		case !filepath.IsAbs(p):
			return fmt.Errorf("write the unit: %q is not a full path; give one", p)
		case strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return fmt.Errorf("write the unit: %q has a control character in it; move it to another place", p)
		}
	}
	return nil
}

// quoteWord writes a word as systemd.syntax(7) and systemd.service(5) read it: % starts
// a specifier everywhere, $ a variable in a command.
func quoteWord(s string, command bool) string {
	s = strings.ReplaceAll(s, "%", "%%")
	if command {
		s = strings.ReplaceAll(s, "$", "$$")
	}
	if !strings.ContainsAny(s, " \"'\\;") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
