package maildir

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"headsup/mail"
)

// An entry is a message file: where it lies and what its name says.
type entry struct {
	sub  string // "new" or "cur"
	name string // with flags
	seq  uint64 // its number in the folder
}

// base is the part of the name that stays when flags change.
func (e entry) base() string { return baseOf(e.name) }

func baseOf(name string) string {
	base, _, _ := strings.Cut(name, ":")
	return base
}

// isMessage passes over what is no message: hidden files and those that end where flags
// should begin.
func isMessage(name string) bool { return isBase(baseOf(name)) }

// isBase guards the file system against UIDs that are paths.
func isBase(s string) bool {
	return s != "" && s != "-" && s[0] != '.' && !strings.ContainsAny(s, "/:\x00\n\r")
}

// newBase makes a name that nobody else makes, in the form that everybody does: seconds,
// something unique, something like a host.
func newBase(now time.Time, random io.Reader) (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a file name: %w", err)
	}
	return fmt.Sprintf("%d.M%06dR%s.headsup", now.Unix(), now.Nanosecond()/1000, hex.EncodeToString(b[:])), nil
}

// flagLetters are the flags of the maildir convention, in the order in which they must
// stand.
var flagLetters = []struct {
	letter byte
	field  func(*mail.Flags) *bool
}{
	{'D', func(f *mail.Flags) *bool { return &f.Draft }},
	{'F', func(f *mail.Flags) *bool { return &f.Flagged }},
	{'R', func(f *mail.Flags) *bool { return &f.Answered }},
	{'S', func(f *mail.Flags) *bool { return &f.Seen }},
	{'T', func(f *mail.Flags) *bool { return &f.Deleted }},
}

// flags reads the part of the name after ":2,". Other letters are other programs' own.
func (e entry) flags() mail.Flags {
	var out mail.Flags
	_, info, ok := strings.Cut(e.name, ":2,")
	if !ok || e.sub == "new" {
		return out
	}
	for _, l := range flagLetters {
		*l.field(&out) = strings.IndexByte(info, l.letter) >= 0
	}
	return out
}

// place says where a new message with these flags belongs and how its name ends.
func place(f mail.Flags) (sub, suffix string) {
	if f == (mail.Flags{}) {
		return "new", ""
	}
	suffix = ":2,"
	for _, l := range flagLetters {
		if *l.field(&f) {
			suffix += string(l.letter)
		}
	}
	return "cur", suffix
}
