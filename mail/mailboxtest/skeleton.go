// Package mailboxtest holds the contract of [mail.Mailbox] as a test suite, and a
// mailbox in memory that passes it.
package mailboxtest

import (
	"testing"
	"time"

	"headsup/mail"
)

// Run holds a mailbox to the contract. open gives a new, empty mailbox.
func Run(t *testing.T, open func(t *testing.T) mail.Mailbox) {}

// Provider says how the server behind a [Memory] behaves.
type Provider struct {
	FilesSent  bool          // what is submitted appears in Sent by itself
	KeepsID    bool          // the Message-ID of what is submitted is kept
	IndexDelay time.Duration // how long Find misses what came in
	DropsToken bool          // X-Headsup-Token is lost on Append
}

// Memory is a mailbox in memory. It starts no goroutines and has no clock but the one
// that it is given.
type Memory struct{ mail.Mailbox }

// NewMemory makes an empty mailbox.
func NewMemory(p Provider, now func() time.Time) *Memory { return &Memory{} }

// Submitted tells the provider that a message was accepted for submission, so that it
// can do what such a provider does with Sent.
func (m *Memory) Submitted(wire []byte) error { return nil }

// Deliver puts a message into a folder as another client would.
func (m *Memory) Deliver(f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	return mail.Ref{}, nil
}

// SetFlags changes flags as another client would (the star is Flagged).
func (m *Memory) SetFlags(r mail.Ref, flags mail.Flags) error { return nil }

// Rebuild gives a folder a new validity and its messages new UIDs.
func (m *Memory) Rebuild(f mail.Folder) {}
