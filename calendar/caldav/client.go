package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"headsup/calendar/ics"
	"headsup/calendar/ics/guard"
)

// StatusError is an answer other than the one that was hoped for.
type StatusError struct {
	Method     string
	Code       int
	RetryAfter time.Duration // 0: the server did not say
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: the server answered %d %s", e.Method, e.Code, http.StatusText(e.Code))
}

// After is how long the server wants to be left alone, 0 if it did not say.
func (e *StatusError) After() time.Duration { return e.RetryAfter }

// statusOf is the code of an answer within err, else 0.
func statusOf(err error) int {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Code
	}
	return 0
}

const maxAnswer = 10 << 20

// conn speaks WebDAV with one server.
type conn struct {
	http  *http.Client
	auth  Auth // nil: none
	now   func() time.Time
	clock time.Time // the Date of the last answer
}

// do sends one request, a second time with renewed credentials if the first are refused.
func (c *conn) do(ctx context.Context, method string, at *url.URL, depth, body string) (*http.Response, []byte, error) {
	for renew := false; ; renew = true {
		req, err := http.NewRequestWithContext(ctx, method, at.String(), strings.NewReader(body))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", method, err)
		}
		req.Header.Set("Depth", depth)
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
		req.Header.Set("Accept-Encoding", "gzip")
		if c.auth != nil {
			if err := c.auth.Authorize(ctx, req, renew); err != nil {
				return nil, nil, err
			}
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return nil, nil, guard.Plain(err)
		}
		if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			c.clock = at
		}
		answer, err := guard.Body(resp, maxAnswer)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", method, err)
		}
		if resp.StatusCode != http.StatusUnauthorized || c.auth == nil || renew {
			return resp, answer, nil
		}
	}
}

// ask sends a request whose answer is a multistatus.
func (c *conn) ask(ctx context.Context, method string, at *url.URL, depth, body string) (*multistatus, error) {
	resp, answer, err := c.do(ctx, method, at, depth, `<?xml version="1.0" encoding="utf-8"?>`+body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusMultiStatus {
		return nil, &StatusError{method, resp.StatusCode, ics.RetryAfter(resp.Header, c.now())}
	}
	return parse(answer)
}

// resolve is a reference of an answer as an address. It must be of the same server: the
// credentials are for no other.
func resolve(base *url.URL, href string) (*url.URL, error) {
	ref, err := url.Parse(strings.TrimSpace(href))
	if err != nil || strings.TrimSpace(href) == "" {
		return nil, fmt.Errorf("the server names %.60q, which is no address", href)
	}
	at := base.ResolveReference(ref)
	if at.Host != base.Host || at.Scheme != base.Scheme {
		return nil, fmt.Errorf("the server names an address on %s: %w", at.Host, guard.ErrForbidden)
	}
	at.User, at.Fragment = nil, ""
	return at, nil
}

const (
	namespaces = ` xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"`
	findBody   = `<propfind` + namespaces + `><prop><resourcetype/><displayname/><current-user-principal/><c:calendar-home-set/><c:supported-calendar-component-set/><sync-token/></prop></propfind>`
	listBody   = `<c:calendar-query` + namespaces + `><prop><getetag/></prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>`
	etagsBody  = `<propfind` + namespaces + `><prop><getetag/><resourcetype/></prop></propfind>`
)

// discover finds the calendar collection: at the address itself, else by way of the
// principal and its home (RFC 6764, RFC 5397, RFC 4791 section 6.2.1). name picks one of
// several calendars by its display name or the last part of its path.
func (c *conn) discover(ctx context.Context, start *url.URL, name string) (*url.URL, error) {
	starts := []*url.URL{start}
	if strings.Trim(start.Path, "/") == "" {
		starts = append(starts, start.JoinPath("/.well-known/caldav"))
	}
	var last error
	for _, at := range starts {
		found, err := c.discoverAt(ctx, at, name)
		if err == nil {
			return found, nil
		}
		last = err
		if n := statusOf(err); n != 404 && n != 405 && n != 301 && !errors.Is(err, errNoCalendar) {
			break
		}
	}
	return nil, fmt.Errorf("find the calendar: %w", last)
}

var errNoCalendar = errors.New("there is no calendar at that address; give the address of the calendar itself")

func (c *conn) discoverAt(ctx context.Context, at *url.URL, name string) (*url.URL, error) {
	p, err := c.find(ctx, at)
	if err != nil {
		return nil, err
	}
	if p.Type.Calendar != nil {
		return at, nil
	}
	if p.Home.Href == "" && p.Principal.Href != "" {
		principal, err := resolve(at, p.Principal.Href)
		if err != nil {
			return nil, err
		}
		if p, err = c.find(ctx, principal); err != nil {
			return nil, err
		}
	}
	home := at
	if p.Home.Href != "" {
		if home, err = resolve(at, p.Home.Href); err != nil {
			return nil, err
		}
	}
	return c.pick(ctx, home, name)
}

// find asks for the properties of one resource.
func (c *conn) find(ctx context.Context, at *url.URL) (prop, error) {
	m, err := c.ask(ctx, "PROPFIND", at, "0", findBody)
	if err != nil {
		return prop{}, err
	}
	for _, r := range m.Responses {
		if p, n := r.ok(); n == 200 {
			return p, nil
		}
	}
	return prop{}, errNoCalendar
}

// pick is the calendar of that name in a home, or the only one, or the first.
func (c *conn) pick(ctx context.Context, home *url.URL, name string) (*url.URL, error) {
	m, err := c.ask(ctx, "PROPFIND", home, "1", findBody)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range m.Responses {
		p, n := r.ok()
		if n != 200 || p.Type.Calendar == nil || !p.holdsEvents() {
			continue
		}
		at, err := resolve(home, r.Href)
		if err != nil {
			return nil, err
		}
		parts := strings.Split(strings.Trim(at.Path, "/"), "/")
		if name == "" || p.Name == name || parts[len(parts)-1] == name {
			return at, nil
		}
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("there is no calendar %q, but: %s", name, strings.Join(names, ", "))
	}
	return nil, errNoCalendar
}

// object is an entry of a listing.
type object struct {
	href string // path, decoded
	etag string
	gone bool
}

// objects reads a listing: what is below the collection and not the collection itself.
func objects(base *url.URL, m *multistatus) ([]object, error) {
	var out []object
	for _, r := range m.Responses {
		at, err := resolve(base, r.Href)
		if err != nil {
			return nil, err
		}
		if strings.TrimSuffix(at.Path, "/") == strings.TrimSuffix(base.Path, "/") {
			continue
		}
		p, n := r.ok()
		switch {
		case n == 404 || n == 410:
			out = append(out, object{href: at.Path, gone: true})
		case n != 200:
			return nil, fmt.Errorf("the server answered %d for one of the events", n)
		case p.ETag != "" && !strings.HasSuffix(at.Path, "/"):
			out = append(out, object{href: at.Path, etag: p.ETag})
		}
	}
	return out, nil
}

// list asks for all objects and their ETags: by query, else by plain PROPFIND.
func (c *conn) list(ctx context.Context, at *url.URL) ([]object, error) {
	m, err := c.ask(ctx, "REPORT", at, "1", listBody)
	if n := statusOf(err); n == 400 || n == 403 || n == 404 || n == 405 || n >= 500 && n != 503 {
		m, err = c.ask(ctx, "PROPFIND", at, "1", etagsBody)
	}
	if err != nil {
		return nil, err
	}
	return objects(at, m)
}

// changes asks what has changed since a token, "" for everything. A server may cut its
// answer (507 for the collection itself, RFC 6578 section 3.6); then more is true.
func (c *conn) changes(ctx context.Context, at *url.URL, token string) (list []object, next string, more bool, err error) {
	m, err := c.ask(ctx, "REPORT", at, "0", `<sync-collection`+namespaces+`><sync-token>`+escaped(token)+
		`</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`)
	if err != nil {
		return nil, "", false, err
	}
	if m.SyncToken == "" {
		return nil, "", false, errNoToken
	}
	kept := m.Responses[:0]
	for _, r := range m.Responses {
		if code(r.Status) == http.StatusInsufficientStorage {
			more = true
			continue
		}
		kept = append(kept, r)
	}
	m.Responses = kept
	list, err = objects(at, m)
	return list, m.SyncToken, more, err
}

var errNoToken = errors.New("the server gave no sync token")

// get fetches objects by name (calendar-multiget, RFC 4791 section 7.9).
func (c *conn) get(ctx context.Context, at *url.URL, hrefs []string) (*multistatus, error) {
	var b strings.Builder
	b.WriteString(`<c:calendar-multiget` + namespaces + `><prop><getetag/><c:calendar-data/></prop>`)
	for _, h := range hrefs {
		b.WriteString(`<href>` + escaped((&url.URL{Path: h}).EscapedPath()) + `</href>`)
	}
	b.WriteString(`</c:calendar-multiget>`)
	return c.ask(ctx, "REPORT", at, "1", b.String())
}

// freeBusy asks when the calendar is taken (RFC 4791 section 7.10). The answer is
// iCalendar and not XML.
func (c *conn) freeBusy(ctx context.Context, at *url.URL, from, to time.Time) (io.Reader, error) {
	const form = "20060102T150405Z"
	resp, body, err := c.do(ctx, "REPORT", at, "1", `<?xml version="1.0" encoding="utf-8"?><c:free-busy-query`+namespaces+
		`><c:time-range start="`+from.UTC().Format(form)+`" end="`+to.UTC().Format(form)+`"/></c:free-busy-query>`)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &StatusError{"REPORT", resp.StatusCode, ics.RetryAfter(resp.Header, c.now())}
	}
	return strings.NewReader(string(body)), nil
}
