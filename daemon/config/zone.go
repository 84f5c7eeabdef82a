package config

import (
	"os"
	"strings"
	"time"
)

// SystemZone is the time zone of this system by its IANA name: from TZ, else from where
// /etc/localtime points. Nil if it cannot be told; then the user has to say it, because
// an offset without a name is wrong for half of the year.
func SystemZone(getenv func(string) string) *time.Location {
	if tz, ok := strings.CutPrefix(getenv("TZ"), ":"); tz != "" || ok {
		return namedZone(tz)
	}
	target, err := os.Readlink("/etc/localtime")
	if err != nil {
		return nil
	}
	_, name, ok := strings.Cut(target, "zoneinfo/")
	if !ok {
		return nil
	}
	return namedZone(name)
}

func namedZone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}
