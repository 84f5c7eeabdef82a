// Package imapbox is a mailbox on an IMAP server (RFC 9051, RFC 3501).
//
// The protocol is spoken by go-imap; this package is what stands around it. Two
// connections are kept, dialled when they are needed: one that works and one that
// sits in IDLE. Every command has a deadline and a context, after which its
// connection is closed, because nothing else ends a stalled command. All that comes
// in passes a [limiter] that knows just enough of the grammar to cut what would grow
// without bound.
//
// Messages are read by chosen header fields and never by ENVELOPE or BODYSTRUCTURE,
// which servers get wrong; a response that cannot be read costs its connection, so
// what was asked for is halved and asked for again until the one message that is to
// blame is alone, and that one is then known by its UID only.
//
// Only UIDs are used, and only under the UIDVALIDITY that they came with. Nothing is
// expunged but exactly the UID that was meant: without UIDPLUS it is only marked.
package imapbox
