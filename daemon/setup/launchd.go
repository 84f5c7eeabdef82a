package setup

import (
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"
)

// Label is the name of the service for launchd.
const Label = "headsup"

const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ThrottleInterval</key>
	<integer>10</integer>
	<key>ProcessType</key>
	<string>Background</string>
	<key>Umask</key>
	<integer>63</integer>
	<key>HardResourceLimits</key>
	<dict>
		<key>Core</key>
		<integer>0</integer>
	</dict>
	<key>EnvironmentVariables</key>
	<dict>
		<key>GOMEMLIMIT</key>
		<string>400MiB</string>
	</dict>
	<key>StandardErrorPath</key>
	%s
</dict>
</plist>
`

// Launchd is the text of the property list for a macOS user agent. launchd has no
// sandbox for a program that was not built for one; the umask is 0077, in decimal.
func (u Unit) Launchd() (string, error) {
	if err := u.check(); err != nil {
		return "", err
	}
	var args strings.Builder
	for _, w := range u.command() {
		fmt.Fprintf(&args, "\t\t%s\n", element(w))
	}
	return fmt.Sprintf(plist, Label, args.String(), element(filepath.Join(u.StateDir, "headsup.log"))), nil
}

func element(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return "<string>" + b.String() + "</string>"
}
