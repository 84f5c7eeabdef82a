package google

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// discovery is the part of Google's discovery document that requests are held to. The
// document lies beside the API package in the module cache.
type discovery struct {
	ServicePath string
	Parameters  map[string]parameter
	Resources   map[string]struct{ Methods map[string]method }
	Schemas     map[string]struct{ Properties map[string]any }
}

type method struct {
	Path, HTTPMethod string
	Parameters       map[string]parameter
	Request          struct {
		Ref string `json:"$ref"`
	}
}

type parameter struct {
	Type, Format, Location, Minimum, Maximum string
	Required, Repeated                       bool
	Enum                                     []string
}

func loadDiscovery(t testing.TB) discovery {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatalf("find the API package: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "calendar", "v3", "calendar-api.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d discovery
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Resources) == 0 || len(d.Schemas) == 0 {
		t.Fatal("the discovery document is empty")
	}
	return d
}

// check holds one request to the document and to the rules that stand in its texts.
func (d discovery) check(r *http.Request, body []byte) (id string, args map[string]string, err error) {
	for res, resource := range d.Resources {
		for name, m := range resource.Methods {
			path := args2pattern(d.ServicePath + m.Path)
			found := path.FindStringSubmatch(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
			if found == nil || m.HTTPMethod != r.Method {
				continue
			}
			args = map[string]string{}
			for i, n := range path.SubexpNames() {
				if i > 0 {
					args[n] = found[i]
				}
			}
			return res + "." + name, args, d.checkParameters(m, r, args, body)
		}
	}
	return "", nil, fmt.Errorf("%s %s is no method of the API", r.Method, r.URL.Path)
}

func args2pattern(path string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, `(?P<$1>[^/]+)`) + "$")
}

func (d discovery) checkParameters(m method, r *http.Request, args map[string]string, body []byte) error {
	query := r.URL.Query()
	for name, values := range query {
		p, ok := m.Parameters[name]
		if !ok {
			p, ok = d.Parameters[name]
		}
		switch {
		case !ok:
			return fmt.Errorf("there is no parameter %q", name)
		case len(values) > 1 && !p.Repeated:
			return fmt.Errorf("%s is given twice", name)
		case len(p.Enum) > 0 && !slices.Contains(p.Enum, values[0]):
			return fmt.Errorf("%s=%s is not allowed", name, values[0])
		}
		if err := p.check(values[0]); err != nil {
			return fmt.Errorf("%s=%s: %w", name, values[0], err)
		}
	}
	for name, p := range m.Parameters {
		if p.Required && p.Location == "path" && args[name] == "" {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if query.Has("syncToken") {
		for _, name := range []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"} {
			if query.Has(name) {
				return fmt.Errorf("%s cannot be used with syncToken", name)
			}
		}
	}
	return d.checkBody(m, body)
}

func (p parameter) check(v string) error {
	var err error
	switch {
	case p.Type == "integer":
		var n int64
		n, err = strconv.ParseInt(v, 10, 32)
		if low, e := strconv.ParseInt(p.Minimum, 10, 64); err == nil && e == nil && n < low {
			err = fmt.Errorf("below %d", low)
		}
	case p.Type == "boolean":
		_, err = strconv.ParseBool(v)
	case p.Format == "date-time":
		_, err = time.Parse(time.RFC3339, v)
	}
	return err
}

func (d discovery) checkBody(m method, body []byte) error {
	if m.Request.Ref == "" {
		if len(body) > 0 {
			return fmt.Errorf("a body where there is none")
		}
		return nil
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return err
	}
	for name := range fields {
		if _, ok := d.Schemas[m.Request.Ref].Properties[name]; !ok {
			return fmt.Errorf("%s has no field %q", m.Request.Ref, name)
		}
	}
	return nil
}

// fakeGoogle answers as the Calendar API does, and fails the test at a request that the
// discovery document does not allow.
type fakeGoogle struct {
	mu sync.Mutex // an answer that was broken off may still be on its way out

	t        *testing.T
	doc      discovery
	pages    [][]string // of a full listing: items as JSON
	changes  []string   // since the token
	token    string     // the valid sync token
	busy     string     // JSON of busy periods
	trouble  func(n int, r *http.Request) (status int, body string, header http.Header)
	requests []string
}

func newFake(t *testing.T) (*fakeGoogle, *Source) {
	f := &fakeGoogle{t: t, doc: loadDiscovery(t), token: "token-1"}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, &Source{ID: "dana@example.com", Client: server.Client(), Endpoint: server.URL + "/calendar/v3/"}
}

func (f *fakeGoogle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	id, args, err := f.doc.check(r, body)
	if err != nil {
		f.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	q := r.URL.Query()
	note := id
	for _, name := range []string{"syncToken", "pageToken"} {
		if q.Has(name) {
			note += " " + name + "=" + q.Get(name)
		}
	}
	f.requests = append(f.requests, note)
	if f.trouble != nil {
		if status, text, header := f.trouble(len(f.requests), r); status != 0 {
			for k, v := range header {
				w.Header()[k] = v
			}
			w.WriteHeader(status)
			io.WriteString(w, text)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	switch id {
	case "events.list":
		f.list(w, q.Get("syncToken"), q.Get("pageToken"), q.Get("singleEvents"))
	case "freebusy.query":
		fmt.Fprintf(w, `{"calendars":{"dana@example.com":{"busy":[%s]}}}`, f.busy)
	default:
		f.t.Errorf("%s was not expected: %v", id, args)
	}
}

func (f *fakeGoogle) list(w http.ResponseWriter, token, page, single string) {
	if single != "true" {
		f.t.Errorf("singleEvents=%q", single)
	}
	const head = `{"timeZone":"Europe/Berlin","items":[%s],%s}`
	if token != "" {
		if token != f.token {
			w.WriteHeader(http.StatusGone)
			io.WriteString(w, `{"error":{"code":410,"errors":[{"reason":"fullSyncRequired"}]}}`)
			return
		}
		f.token += "+"
		fmt.Fprintf(w, head, strings.Join(f.changes, ","), `"nextSyncToken":"`+f.token+`"`)
		return
	}
	n, _ := strconv.Atoi(page)
	last := `"nextSyncToken":"` + f.token + `"`
	if n+1 < len(f.pages) {
		last = fmt.Sprintf(`"nextPageToken":"%d"`, n+1)
	}
	var items []string
	if n < len(f.pages) {
		items = f.pages[n]
	}
	fmt.Fprintf(w, head, strings.Join(items, ","), last)
}
