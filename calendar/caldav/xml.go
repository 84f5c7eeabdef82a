package caldav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// multistatus is the answer to PROPFIND and REPORT (RFC 4918 section 13).
type multistatus struct {
	XMLName   xml.Name   `xml:"DAV: multistatus"`
	Responses []response `xml:"DAV: response"`
	SyncToken string     `xml:"DAV: sync-token"`
}

type response struct {
	Href      string     `xml:"DAV: href"`
	Status    string     `xml:"DAV: status"`
	PropStats []propstat `xml:"DAV: propstat"`
}

type propstat struct {
	Status string `xml:"DAV: status"`
	Prop   prop   `xml:"DAV: prop"`
}

type prop struct {
	ETag      string `xml:"DAV: getetag"`
	Data      string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
	Name      string `xml:"DAV: displayname"`
	SyncToken string `xml:"DAV: sync-token"`
	Principal struct {
		Href string `xml:"DAV: href"`
	} `xml:"DAV: current-user-principal"`
	Home struct {
		Href string `xml:"DAV: href"`
	} `xml:"urn:ietf:params:xml:ns:caldav calendar-home-set"`
	Type struct {
		Calendar *struct{} `xml:"urn:ietf:params:xml:ns:caldav calendar"`
	} `xml:"DAV: resourcetype"`
	Kinds struct {
		Comp []struct {
			Name string `xml:"name,attr"`
		} `xml:"urn:ietf:params:xml:ns:caldav comp"`
	} `xml:"urn:ietf:params:xml:ns:caldav supported-calendar-component-set"`
}

// holdsEvents reports whether a collection may hold events; one that does not say may.
func (p prop) holdsEvents() bool {
	for _, c := range p.Kinds.Comp {
		if c.Name == "VEVENT" {
			return true
		}
	}
	return len(p.Kinds.Comp) == 0
}

// code is the number of a status line, 0 if there is none.
func code(status string) int {
	fields := strings.Fields(status)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return n
}

// ok is what was found of a resource, and its status: 200 if any property was.
func (r response) ok() (prop, int) {
	if n := code(r.Status); n != 0 {
		return prop{}, n
	}
	worst := 0
	for _, p := range r.PropStats {
		n := code(p.Status)
		if n == 200 {
			return p.Prop, 200
		}
		worst = max(worst, n)
	}
	return prop{}, worst
}

// bounded lets no document type through (entities are the bombs of XML) and no nesting
// that only a bomb has.
type bounded struct {
	d     *xml.Decoder
	depth int
}

const maxDepth = 32

// Token implements [xml.TokenReader].
func (b *bounded) Token() (xml.Token, error) {
	t, err := b.d.Token()
	switch t.(type) {
	case xml.Directive:
		return nil, errors.New("it has a document type")
	case xml.StartElement:
		if b.depth++; b.depth > maxDepth {
			return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
		}
	case xml.EndElement:
		b.depth--
	}
	return t, err
}

// parse reads a multistatus answer.
func parse(body []byte) (*multistatus, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
			return r, nil
		}
		return nil, fmt.Errorf("its encoding is %s", charset)
	}
	var out multistatus
	if err := xml.NewTokenDecoder(&bounded{d: d}).Decode(&out); err != nil {
		return nil, fmt.Errorf("read the server's XML: %w", err)
	}
	return &out, nil
}

// escaped is a text within XML.
func escaped(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}
