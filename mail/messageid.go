package mail

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

// MessageID is the msg-id of RFC 5322 section 3.6.4 without its angle brackets.
// It names a message for as long as anybody keeps it.
type MessageID string

// maxMessageID keeps a field with one id on one line (RFC 5322 section 2.1.1).
const maxMessageID = 900

// NewMessageID makes an id from 20 bytes of random, which is unique for all practical
// purposes, in the given domain.
func NewMessageID(random io.Reader, domain string) (MessageID, error) {
	var b [20]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a message id: %w", err)
	}
	left := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return ParseMessageID(left + ".headsup@" + domain)
}

// ParseMessageID reads an id, with or without angle brackets. It is more generous
// than for addresses (real ids are odd) but accepts only printable ASCII without
// spaces and brackets, so that an id can stand in a header field and in a search.
func ParseMessageID(s string) (MessageID, error) {
	fail := func(why string) (MessageID, error) {
		return "", &ParseError{What: "message id", Value: s, Why: why}
	}
	id := strings.TrimSpace(s)
	id = strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
	switch {
	case id == "":
		return fail("empty")
	case len(id) > maxMessageID:
		return fail("longer than 900 bytes")
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return fail(fmt.Sprintf("character %q is not allowed", c))
		}
	}
	return MessageID(id), nil
}

// Field is the id as it stands in a header field.
func (id MessageID) Field() string { return "<" + string(id) + ">" }
