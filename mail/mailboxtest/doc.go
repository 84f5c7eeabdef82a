// Package mailboxtest holds the contract of [mail.Mailbox] as a test suite, [Run], and a
// mailbox in memory that passes it, [Memory]. What headsup is tested with behaves like
// what it runs with, because both are held to the same suite.
package mailboxtest
