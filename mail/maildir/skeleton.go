// Package maildir is a mailbox in local files (Maildir++).
package maildir

import (
	"errors"
	"io"
	"time"

	"headsup/mail"
)

// Options are the choices of [Open]. The zero value is good for use.
type Options struct {
	Names   map[mail.Folder]string // folder names that differ from the default: Drafts, Sent, Headsup, Headsup.Now
	Poll    time.Duration          // how often Watch looks by itself, 0: 20 s
	Profile mail.Profile
	Now     func() time.Time // nil: the real clock
	Random  io.Reader        // nil: crypto/rand
}

// Box is a Maildir++ tree.
type Box struct{ mail.Mailbox }

// Open opens the Maildir++ at dir, which must exist; it makes the folders of headsup.
func Open(dir string, o Options) (*Box, error) { return nil, errors.New("maildir: being built") }
