// Package mail holds the values that everything which handles mail shares: a
// strict [Address], a [MessageID], the [Message] that a person approves, and
// the two seams of the send path, [Mailbox] and [Submitter].
//
// The names are those of RFC 5322 (messages), RFC 9051 (mailboxes) and RFC
// 6409 (submission). Reading and writing the wire format of a message is the
// business of mail/letter; this package imports nothing but the standard
// library.
package mail
