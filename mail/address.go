package mail

import (
	"fmt"
	"strings"
)

// Address is an addr-spec (RFC 5322 section 3.4.1) in the narrow form that headsup
// accepts: an ASCII dot-atom, "@", and a domain of letter-digit-hyphen labels
// (RFC 5321 section 4.1.2; international domains in their A-label form, RFC
// 5890). No quotes, comments, routes, literals or control characters: what is
// printed is exactly what is parsed, so nothing can ride along into a header or
// an SMTP command.
//
// The zero value is no address. Values are comparable with ==; two spellings of
// the same mailbox compare equal by [Address.Key].
type Address struct {
	local  string
	domain string
}

// Limits of RFC 5321 section 4.5.3.1.
const (
	maxLocal   = 64
	maxDomain  = 253
	maxAddress = 254
	maxLabel   = 63
)

// ParseError says what could not be read and why.
type ParseError struct {
	What  string // "address", "message id"
	Value string
	Why   string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s %q: %s", e.What, e.Value, e.Why)
}

// ParseAddress reads a bare address such as "dana@example.com". A display name is
// refused: see mail/letter for header fields.
func ParseAddress(s string) (Address, error) {
	fail := func(why string) (Address, error) {
		return Address{}, &ParseError{What: "address", Value: s, Why: why}
	}
	if len(s) > maxAddress {
		return fail("longer than 254 bytes")
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return fail(`no "@"`)
	}
	if why := checkLocal(local); why != "" {
		return fail(why)
	}
	if why := checkDomain(domain); why != "" {
		return fail(why)
	}
	return Address{local: local, domain: strings.ToLower(domain)}, nil
}

func checkLocal(s string) string {
	switch {
	case s == "":
		return `nothing before "@"`
	case len(s) > maxLocal:
		return `more than 64 bytes before "@"`
	}
	for _, atom := range strings.Split(s, ".") {
		if atom == "" {
			return "a dot at the start, at the end or twice in a row"
		}
		for i := range len(atom) {
			if !isAtext(atom[i]) {
				return fmt.Sprintf(`character %q before "@" is not allowed`, atom[i])
			}
		}
	}
	return ""
}

func checkDomain(s string) string {
	switch {
	case s == "":
		return `nothing after "@"`
	case len(s) > maxDomain:
		return `more than 253 bytes after "@"`
	}
	for _, label := range strings.Split(s, ".") {
		if why := checkLabel(label); why != "" {
			return why
		}
	}
	return ""
}

func checkLabel(s string) string {
	switch {
	case s == "":
		return "an empty domain label"
	case len(s) > maxLabel:
		return "a domain label of more than 63 bytes"
	case s[0] == '-' || s[len(s)-1] == '-':
		return "a domain label that starts or ends with a hyphen"
	}
	for _, c := range s {
		if c != '-' && (c >= 0x80 || !isAlnum(byte(c))) {
			return fmt.Sprintf("character %q in the domain is not allowed (international domains: use the xn-- form)", c)
		}
	}
	return ""
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isAtext is the atext of RFC 5322 section 3.2.3.
func isAtext(c byte) bool {
	return isAlnum(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// String is the address as it was written, the domain in lower case.
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	return a.local + "@" + a.domain
}

// Key is the form in which two spellings of one mailbox are equal.
func (a Address) Key() string { return strings.ToLower(a.String()) }

// Domain is the part after "@", in lower case.
func (a Address) Domain() string { return a.domain }

// Local is the part before "@", as written.
func (a Address) Local() string { return a.local }

// IsZero reports whether a is no address.
func (a Address) IsZero() bool { return a == Address{} }

// MarshalText writes the address, so that it can stand in JSON.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is [ParseAddress]; the empty text is the zero value.
func (a *Address) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*a = Address{}
		return nil
	}
	v, err := ParseAddress(string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}
