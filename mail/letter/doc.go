// Package letter turns values into mail and mail into values (RFC 5322, MIME:
// RFC 2045-2049, encoded words: RFC 2047). It is the only place of headsup that
// writes a header field.
//
// A message passes here three times. [Templates.Compose] words it and [Build] makes
// the draft. [Read] takes back what a server or a person made of the draft, and
// the content hash of what it returns is what gets approved. [Wire] makes, once, the
// bytes that leave: the approved content, the real date, our Message-ID, and
// nothing that belongs to a draft.
//
// Everything read is hostile until proven otherwise: size, depth, parts and header
// are limited before any nesting is followed, addresses are the narrow ones of
// [mail.Address], and control characters, zero-width and direction marks are taken
// out of a header value before it is encoded and after it is decoded.
package letter
