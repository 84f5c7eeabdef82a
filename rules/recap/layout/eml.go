package layout

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// errParts: a mail of several parts is taken apart where mail is known.
var errParts = errors.New("only a mail of one text/plain part can be read here")

// Limits of a mail to oneself.
const (
	maxHeaderLines = 500
	maxHeader      = 64 << 10
)

// letter is a mail to oneself: what of its header concerns the recap, and its text.
// Addresses are not read: a note never says where a mail goes.
type letter struct {
	Subject string
	Said    when.Day
	Lines   []string // the text; the header's lines are empty, so that numbers fit the file
}

// ReadLetter reads a mail of one part in plain text (RFC 5322 section 2, RFC 2045
// section 6). Lines that quote, and what was forwarded, are set apart by the caller.
// The text of a quoted-printable or base64 body counts its decoded lines.
func ReadLetter(text string) (letter, error) {
	lines := strings.Split(text, "\n")
	head, end, err := header(lines)
	if err != nil {
		return letter{}, err
	}
	kind := strings.ToLower(head["content-type"])
	media, params, err := mime.ParseMediaType(kind)
	if kind != "" && err != nil {
		return letter{}, fmt.Errorf("the content type %q cannot be read: %w", Short(kind), errParts)
	}
	switch {
	case media == "multipart/encrypted", strings.Contains(media, "pkcs7-mime"), strings.Contains(media, "pgp"):
		return letter{}, fmt.Errorf("the mail is %s; write the note in plain text: %w", media, prose.ErrSealed)
	case media != "" && media != "text/plain":
		return letter{}, fmt.Errorf("the mail is %s: %w; send the note as plain text", media, errParts)
	}
	body := strings.Join(lines[end:], "\n")
	if body, err = transfer(body, strings.ToLower(strings.TrimSpace(head["content-transfer-encoding"]))); err != nil {
		return letter{}, err
	}
	if body, err = inCharset(body, params["charset"]); err != nil {
		return letter{}, err
	}
	l := letter{Said: headerDay(head["date"]), Lines: make([]string, end)}
	if s, err := new(mime.WordDecoder).DecodeHeader(head["subject"]); err == nil {
		l.Subject = prose.Tidy(prose.CleanControls(s))
	}
	l.Lines = append(l.Lines, quotes(strings.Split(prose.CleanControls(body), "\n"))...)
	return l, nil
}

// header reads the fields that matter, unfolded, the first of each.
func header(lines []string) (map[string]string, int, error) {
	head := map[string]string{}
	name, size := "", 0
	for i, l := range lines {
		if size += len(l); i > maxHeaderLines || size > maxHeader {
			return nil, 0, fmt.Errorf("the header is longer than %d lines or %d bytes: %w", maxHeaderLines, maxHeader, prose.ErrTooLarge)
		}
		if l == "" {
			return head, i + 1, nil
		}
		if l[0] == ' ' || l[0] == '\t' {
			if name != "" {
				head[name] += " " + strings.TrimSpace(l)
			}
			continue
		}
		k, v, ok := strings.Cut(l, ":")
		if !ok || strings.ContainsAny(k, " \t") && i > 0 {
			return nil, 0, fmt.Errorf("line %d is no header field: %w; a mail starts with its header", i+1, prose.ErrNotText)
		}
		name = strings.ToLower(k)
		if _, twice := head[name]; twice {
			name = ""
			continue
		}
		head[name] = strings.TrimSpace(v)
	}
	return nil, 0, fmt.Errorf("the header has no end and the mail no text: %w", prose.ErrNotText)
}

func transfer(body, encoding string) (string, error) {
	var r io.Reader
	switch encoding {
	case "", "7bit", "8bit", "binary":
		return body, nil
	case "quoted-printable":
		r = quotedprintable.NewReader(strings.NewReader(body))
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, strings.NewReader(strings.Join(strings.Fields(body), "")))
	default:
		return "", fmt.Errorf("the transfer encoding %q is unknown: %w; send the note as plain text", Short(encoding), errParts)
	}
	b, err := io.ReadAll(io.LimitReader(r, prose.MaxNote))
	if err != nil {
		return "", fmt.Errorf("the %s text is damaged: %w; send the note again", encoding, err)
	}
	return string(b), nil
}

func inCharset(body, charset string) (string, error) {
	switch strings.ToLower(charset) {
	case "", "utf-8", "us-ascii", "utf8", "iso-8859-1", "windows-1252", "iso-8859-15", "latin1": // [prose.Decode] tells them apart
	default:
		return "", fmt.Errorf("the character set %q is not read: %w; send the note as UTF-8", Short(charset), prose.ErrNotText)
	}
	text, _, err := prose.Decode([]byte(body))
	return text, err
}

// headerDay reads the Date field (RFC 5322 section 3.3); the day is the writer's.
func headerDay(s string) when.Day {
	if i := strings.IndexByte(s, '('); i > 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", time.RFC1123, "Mon, 2 Jan 2006 15:04 -0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return when.DayOf(t)
		}
	}
	return when.Day{}
}

// quotes marks what was not written for this note: after a signature mark nothing is
// left, after the head of a forwarded or answered mail all is quoted.
func quotes(lines []string) []string {
	quoted := false
	for i, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case l == "-- ":
			return lines[:i]
		case strings.HasPrefix(t, "-----Original Message") || strings.HasPrefix(t, "---------- Forwarded message") || strings.HasPrefix(t, "Begin forwarded message"):
			quoted = true
		case strings.HasPrefix(t, "On ") && strings.HasSuffix(t, " wrote:"):
			lines[i] = "> " + l
		}
		if quoted && t != "" {
			lines[i] = "> " + l
		}
	}
	return lines
}
