package mail

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"
	"time"
)

// Party is a person in a header field: RFC 5322 calls it a mailbox, a word that
// headsup keeps for the store of messages.
type Party struct {
	Name    string
	Address Address
}

// Importance is the Importance field of RFC 2156 section 5.3.4.
type Importance string

// The importances that change how headsup treats a message.
const (
	ImportanceNormal Importance = ""
	ImportanceHigh   Importance = "high"
	ImportanceLow    Importance = "low"
)

// Part is one leaf of the MIME tree, decoded. A text part is UTF-8 with LF line
// ends, whatever the transfer encoding and charset on the wire were.
type Part struct {
	Type        string // media type in lower case, "text/plain"
	Disposition string // "", "inline" or "attachment"
	Filename    string
	ContentID   string
	Body        []byte
}

// Message is the content of one mail: what a person reads before saying yes.
// Transport details (folding, encodings, boundaries) are not part of it.
type Message struct {
	ID         MessageID
	Token      string // headsup's own mark on a draft; never leaves, never content
	Date       time.Time
	From       Party
	ReplyTo    []Party
	To         []Party
	Cc         []Party
	Bcc        []Party
	Subject    string
	InReplyTo  []MessageID
	References []MessageID
	Importance Importance
	Parts      []Part
}

// Recipients lists the envelope: To, Cc and Bcc without repetition, in order.
// Two spellings of one address (RFC 5321 section 2.4: the domain ignores case;
// local parts are compared without case because providers do) count once.
func (m Message) Recipients() []Address {
	var out []Address
	seen := map[string]bool{}
	for _, list := range [][]Party{m.To, m.Cc, m.Bcc} {
		for _, p := range list {
			if key := p.Address.Key(); !seen[key] {
				seen[key] = true
				out = append(out, p.Address)
			}
		}
	}
	return out
}

// Hash is a SHA-256 sum. The zero value means "none".
type Hash [sha256.Size]byte

// String is the sum in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h is the sum of nothing at all.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads what [Hash.String] wrote.
func ParseHash(s string) (Hash, error) {
	var h Hash
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return Hash{}, &ParseError{What: "content hash", Value: s, Why: "want 64 hexadecimal digits"}
	}
	copy(h[:], b)
	return h, nil
}

// ContentHash identifies what was approved: addresses, subject, thread and every
// part. The date, the token and the Message-ID are left out: headsup sets the
// first at sending, the second never leaves, the third is fixed apart.
//
// Every value is written with its length before it, so that no two messages share
// an encoding. White space that servers and clients change on their way (ends of
// lines, final blank lines) does not count; any change of meaning does.
func (m Message) ContentHash() Hash {
	h := sha256.New()
	field(h, "from", party(m.From))
	for _, f := range []struct {
		name string
		list []Party
	}{{"reply-to", m.ReplyTo}, {"to", m.To}, {"cc", m.Cc}, {"bcc", m.Bcc}} {
		for _, p := range f.list {
			field(h, f.name, party(p))
		}
	}
	field(h, "subject", strings.Join(strings.Fields(m.Subject), " "))
	for _, id := range m.InReplyTo {
		field(h, "in-reply-to", string(id))
	}
	for _, id := range m.References {
		field(h, "references", string(id))
	}
	field(h, "importance", string(m.Importance))
	for _, p := range m.Parts {
		body := string(p.Body)
		if strings.HasPrefix(p.Type, "text/") {
			body = trimLines(body)
		}
		field(h, "part", p.Type)
		field(h, "disposition", p.Disposition)
		field(h, "filename", p.Filename)
		field(h, "content-id", p.ContentID)
		field(h, "body", body)
	}
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

func party(p Party) string {
	return strings.Join(strings.Fields(p.Name), " ") + "\x00" + p.Address.Key()
}

func field(h hash.Hash, name, value string) {
	for _, s := range []string{name, value} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
}

func trimLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
