package letter

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"headsup/mail"
)

// maxParties bounds one address field.
const maxParties = 2000

// ParseParties reads the value of an address field (RFC 5322 section 3.4) into
// people. It is stricter than the RFC where strictness protects: every address
// must be a [mail.Address], so quoted local parts, comments inside an address,
// routes and literals are errors. Groups are flattened; comments beside an address
// are only used as a name where there is none.
//
// A name that is itself an address is dropped: it says that a message goes
// somewhere it does not.
func ParseParties(field string) ([]mail.Party, error) {
	list, err := readParties(field)
	if err != nil {
		return nil, fmt.Errorf("read address list: %w", err)
	}
	return list, nil
}

// readParties returns the people that can be read and the first error.
func readParties(field string) ([]mail.Party, error) {
	for i := range len(field) {
		if c := field[i]; c < ' ' && c != '\t' || c == 0x7f {
			return nil, fmt.Errorf("control character %q", c)
		}
	}
	var first error
	p := partyParser{rest: field}
	for !p.done() {
		err := p.next()
		if len(p.out) > maxParties {
			return nil, fmt.Errorf("more than %d people", maxParties)
		}
		if err != nil {
			first = cmp.Or(first, err)
			p.skip()
		}
	}
	if p.group && first == nil {
		first = errors.New(`a group without ";" at its end`)
	}
	return p.out, first
}

type partyParser struct {
	rest    string
	out     []mail.Party
	group   bool
	phrase  []string // words before the address, unquoted
	quoted  bool     // one of them was quoted
	comment string
}

func (p *partyParser) done() bool {
	p.rest = strings.TrimLeft(p.rest, " \t")
	return p.rest == "" && len(p.phrase) == 0
}

// next takes one token, and one person when it is complete.
func (p *partyParser) next() error {
	if p.rest == "" {
		return p.bare()
	}
	c := p.rest[0]
	switch c {
	case '"':
		return p.quotedWord()
	case '(':
		return p.skipComment()
	case '<':
		return p.angle()
	case ',':
		if err := p.bare(); err != nil {
			return err
		}
	}
	p.rest = p.rest[1:]
	switch c {
	case ',':
		return nil
	case ':':
		if p.group || len(p.phrase) == 0 {
			return errors.New(`an unexpected ":"`)
		}
		p.group = true
		p.reset()
		return nil
	case ';':
		if !p.group {
			return errors.New(`an unexpected ";"`)
		}
		p.group = false
		return p.bare()
	case '>':
		return errors.New(`an unexpected ">"`)
	}
	end := strings.IndexAny(p.rest, " \t\"(<>,:;")
	if end < 0 {
		end = len(p.rest)
	}
	p.phrase = append(p.phrase, string(c)+p.rest[:end])
	p.rest = p.rest[end:]
	return nil
}

// skip leaves the rest of an entry that cannot be read.
func (p *partyParser) skip() {
	p.reset()
	if i := strings.IndexByte(p.rest, ','); i >= 0 {
		p.rest = p.rest[i+1:]
	} else {
		p.rest = ""
	}
}

func (p *partyParser) reset() { p.phrase, p.quoted, p.comment = nil, false, "" }

// bare ends an entry without angle brackets: nothing, or one address.
func (p *partyParser) bare() error {
	defer p.reset()
	switch {
	case len(p.phrase) == 0:
		return nil
	case len(p.phrase) > 1:
		return fmt.Errorf("%q is a name without an address", strings.Join(p.phrase, " "))
	case p.quoted:
		return fmt.Errorf("%q is quoted and no address", p.phrase[0])
	}
	return p.add(p.comment, p.phrase[0])
}

// angle reads "<address>" and what may follow it.
func (p *partyParser) angle() error {
	end := strings.IndexByte(p.rest, '>')
	if end < 0 {
		return errors.New(`"<" without ">"`)
	}
	address := strings.Trim(p.rest[1:end], " \t")
	p.rest = p.rest[end+1:]
	name := strings.Join(p.phrase, " ")
	for {
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" || p.rest[0] != '(' {
			break
		}
		if err := p.skipComment(); err != nil {
			return err
		}
	}
	if name == "" {
		name = p.comment
	}
	p.reset()
	if p.rest != "" && p.rest[0] != ',' && p.rest[0] != ';' {
		return fmt.Errorf("something after <%s>", address)
	}
	return p.add(name, address)
}

func (p *partyParser) add(name, address string) error {
	a, err := mail.ParseAddress(address)
	if err != nil {
		return err
	}
	name = decodeWords(name)
	if namesAddress(name) {
		name = ""
	}
	p.out = append(p.out, mail.Party{Name: name, Address: a})
	return nil
}

func (p *partyParser) quotedWord() error {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			p.phrase = append(p.phrase, b.String())
			p.quoted = true
			return nil
		case '\\':
			i++
			if i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return errors.New("a quote that does not end")
}

func (p *partyParser) skipComment() error {
	depth := 0
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		c := p.rest[i]
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case '\\':
			i++
		}
		if depth == 0 {
			p.rest = p.rest[i+1:]
			p.comment = b.String()
			return nil
		}
		if c != '(' && c != '\\' {
			b.WriteByte(c)
		}
	}
	return errors.New("a comment that does not end")
}

// namesAddress reports whether a display name holds something that reads as an address.
func namesAddress(name string) bool {
	name = strings.NewReplacer("＠", "@", "﹫", "@").Replace(name)
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" <>()[]\"',;:", r) }) {
		if _, err := mail.ParseAddress(w); err == nil {
			return true
		}
	}
	return false
}

// people writes an address field.
func people(name string, list []mail.Party) string {
	var words []string
	for i, p := range list {
		w := partyWords(p)
		if i < len(list)-1 {
			w[len(w)-1] += ","
		}
		words = append(words, w...)
	}
	return fold(name, words)
}

func partyWords(p mail.Party) []string {
	name := Clean(p.Name)
	if name == "" || namesAddress(name) {
		return []string{p.Address.String()}
	}
	words := encodeWords(name)
	if strings.Join(words, " ") == name && !isPhrase(name) {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
		words = strings.Fields(quoted)
	}
	return append(words, "<"+p.Address.String()+">")
}

// isPhrase reports whether a name may stand without quotes (RFC 5322 section 3.2.5).
func isPhrase(s string) bool {
	return !strings.ContainsAny(s, `()<>[]:;@\,."`)
}
