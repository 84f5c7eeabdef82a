package gmailbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
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

	"google.golang.org/api/gmail/v1"
)

// fake is a Gmail. Every request is held to Google's own description of the API, which
// the library ships beside its code: path, method, parameters, fields of the body, and
// whether the scope that headsup asks for is enough.
type fake struct {
	t   *testing.T
	URL string
	api api

	mu       sync.Mutex
	messages map[string]*stored
	labels   []*gmail.Label
	history  []*gmail.History
	forgets  uint64 // history up to here is forgotten
	n        uint64
	sent     []string // raw
	sendAs   []*gmail.SendAs
	requests int
	uploads  int
	page     int // size of a page of lists
	// fail plays a fault before (or, with after, behind) the request is carried out.
	fail func(r *http.Request) *fault
}

type fault struct {
	status int
	body   string
	header map[string]string
	after  bool // the request is carried out, and then this is answered
	drop   bool // the connection ends
}

type stored struct {
	n       uint64
	message *gmail.Message
	raw     []byte
}

// api is the part of the discovery document that is checked.
type api struct {
	Parameters map[string]any `json:"parameters"`
	Schemas    map[string]struct {
		Properties map[string]struct {
			Ref   string `json:"$ref"`
			Items struct {
				Ref string `json:"$ref"`
			} `json:"items"`
		} `json:"properties"`
	} `json:"schemas"`
	Resources map[string]resource `json:"resources"`
	methods   []method
}

type resource struct {
	Methods   map[string]method   `json:"methods"`
	Resources map[string]resource `json:"resources"`
}

type method struct {
	ID         string `json:"id"`
	HTTPMethod string `json:"httpMethod"`
	Path       string `json:"path"`
	Parameters map[string]struct {
		Location string   `json:"location"`
		Repeated bool     `json:"repeated"`
		Enum     []string `json:"enum"`
	} `json:"parameters"`
	Request struct {
		Ref string `json:"$ref"`
	} `json:"request"`
	MediaUpload struct {
		Accept    []string `json:"accept"`
		MaxSize   int      `json:"maxSize,string"`
		Protocols map[string]struct {
			Multipart bool   `json:"multipart"`
			Path      string `json:"path"`
		} `json:"protocols"`
	} `json:"mediaUpload"`
	Scopes  []string `json:"scopes"`
	pattern *regexp.Regexp
}

var discovery = sync.OnceValues(func() (api, error) {
	var a api
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		return a, fmt.Errorf("find google.golang.org/api: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "gmail", "v1", "gmail-api.json"))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, err
	}
	a.flatten(a.Resources)
	return a, nil
})

// flatten lists all methods with what their paths look like.
func (a *api) flatten(list map[string]resource) {
	for _, res := range list {
		for _, m := range res.Methods {
			m.pattern = regexp.MustCompile("^/" + variable.ReplaceAllString(regexp.QuoteMeta(m.Path), "([^/]+)") + "$")
			a.methods = append(a.methods, m)
		}
		a.flatten(res.Resources)
	}
}

var variable = regexp.MustCompile(`\\\{[a-zA-Z]+\\\}`)

func newFake(t *testing.T) *fake {
	a, err := discovery()
	if err != nil || len(a.Schemas) == 0 {
		t.Fatalf("read the description of the API: %d schemas, %v", len(a.Schemas), err)
	}
	f := &fake{t: t, api: a, messages: map[string]*stored{}, n: 100, page: 7}
	for _, name := range []string{"INBOX", "DRAFT", "SENT", "TRASH", "SPAM", "UNREAD", "STARRED"} {
		f.labels = append(f.labels, &gmail.Label{Id: name, Name: name, Type: "system"})
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.URL = s.URL
	return f
}

// tokens is a login that holds until it is refused.
type tokens struct {
	mu       sync.Mutex
	n        int
	rejected []string
}

func (k *tokens) Access(ctx context.Context) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return "access-" + strconv.Itoa(k.n), ctx.Err()
}

func (k *tokens) Reject(access string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rejected = append(k.rejected, access)
	k.n++
}

// find looks for the method of a request in the description.
func (a api) find(r *http.Request) (method, bool) {
	for _, m := range a.methods {
		if m.HTTPMethod == r.Method && strings.HasSuffix(r.URL.Path, "/send") == strings.HasSuffix(m.Path, "/send") && m.pattern.MatchString(r.URL.Path) {
			return m, true
		}
	}
	return method{}, false
}

// check holds a request to the description.
func (f *fake) check(r *http.Request, body []byte) (method, bool) {
	m, ok := f.api.find(r)
	if !ok {
		f.t.Errorf("the API has no %s %s", r.Method, r.URL.Path)
		return m, false
	}
	if !slices.Contains(m.Scopes, "https://www.googleapis.com/auth/gmail.modify") {
		f.t.Errorf("%s needs more than headsup asks for: %v", m.ID, m.Scopes)
	}
	for name, values := range r.URL.Query() {
		p, ok := m.Parameters[name]
		if _, common := f.api.Parameters[name]; !ok && !common || ok && p.Location != "query" {
			f.t.Errorf("%s has no parameter %q", m.ID, name)
		}
		for _, v := range values {
			if ok && len(p.Enum) > 0 && !slices.Contains(p.Enum, v) {
				f.t.Errorf("%s: %s=%s is not among %v", m.ID, name, v, p.Enum)
			}
		}
		if ok && !p.Repeated && len(values) > 1 {
			f.t.Errorf("%s: %s is given %d times", m.ID, name, len(values))
		}
	}
	if len(body) > 0 {
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			f.t.Errorf("%s: body %q: %v", m.ID, body, err)
		}
		f.fields(m.ID, m.Request.Ref, v)
	} else if m.Request.Ref != "" {
		f.t.Errorf("%s: no body", m.ID)
	}
	return m, true
}

func (f *fake) fields(id, schema string, v map[string]any) {
	s, ok := f.api.Schemas[schema]
	if !ok {
		f.t.Errorf("%s takes no body, or one of the unknown kind %q", id, schema)
	}
	for k, inner := range v {
		p, ok := s.Properties[k]
		if !ok {
			f.t.Errorf("%s: %s has no field %q", id, schema, k)
		}
		if o, isObject := inner.(map[string]any); isObject && p.Ref != "" {
			f.fields(id, p.Ref, o)
		}
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	uploaded := f.upload(r, &body)
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer access-") {
		f.t.Errorf("%s without a token", r.URL.Path)
	}
	m, ok := f.check(r, body)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if uploaded != nil {
		body = f.beside(m, body, uploaded)
	}
	var x *fault
	if f.fail != nil {
		x = f.fail(r)
	}
	if x == nil || x.after {
		rec := httptest.NewRecorder()
		f.carryOut(rec, r, m.ID, body)
		if x == nil {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
			return
		}
	}
	if x.drop {
		panic(http.ErrAbortHandler)
	}
	for k, v := range x.header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(x.status)
	fmt.Fprint(w, x.body)
}

// upload takes a request apart that has a message beside it, and makes it one to the plain
// address.
func (f *fake) upload(r *http.Request, body *[]byte) []byte {
	path, ok := strings.CutPrefix(r.URL.Path, "/upload")
	if !ok {
		return nil
	}
	f.uploads++
	r.URL.Path = path
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || r.URL.Query().Get("uploadType") != "multipart" {
		f.t.Errorf("upload of %q, %s: %v", kind, r.URL.RawQuery, err)
		return nil
	}
	parts := multipart.NewReader(bytes.NewReader(*body), params["boundary"])
	var got [2][]byte
	for i, want := range []string{"application/json", "message/rfc822"} {
		p, err := parts.NextPart()
		if err != nil || p.Header.Get("Content-Type") != want {
			f.t.Errorf("part %d: %v", i, err)
			return nil
		}
		got[i], _ = io.ReadAll(p)
	}
	*body = got[0]
	return got[1]
}

// beside holds an upload to the description and puts the message where it would stand in
// a plain request.
func (f *fake) beside(m method, body, raw []byte) []byte {
	u := m.MediaUpload
	if !slices.Contains(u.Accept, "message/*") || len(raw) > u.MaxSize || !u.Protocols["simple"].Multipart {
		f.t.Errorf("%s takes no upload of %d bytes: %+v", m.ID, len(raw), u)
	}
	var v map[string]any
	_ = json.Unmarshal(body, &v)
	to := v
	if m.ID == "gmail.users.drafts.create" {
		to = map[string]any{}
		v["message"] = to
	}
	to["raw"] = encode(raw)
	out, _ := json.Marshal(v)
	return out
}

// apiError is how Google words an error.
func apiError(code int, reason, message string) string {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message, "errors": []map[string]string{{"reason": reason, "message": message, "domain": "global"}}}})
	return string(b)
}

func (f *fake) carryOut(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	answer := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	no := func(code int, message string) {
		w.WriteHeader(code)
		fmt.Fprint(w, apiError(code, "invalid", message))
	}
	q := r.URL.Query()
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/gmail/v1/users/me/"), "/")
	switch id {
	case "gmail.users.getProfile":
		answer(gmail.Profile{EmailAddress: "sam@example.com", HistoryId: f.n})
	case "gmail.users.settings.sendAs.list":
		answer(gmail.ListSendAsResponse{SendAs: f.sendAs})
	case "gmail.users.labels.list":
		answer(gmail.ListLabelsResponse{Labels: f.labels})
	case "gmail.users.labels.create":
		var l gmail.Label
		_ = json.Unmarshal(body, &l)
		if slices.ContainsFunc(f.labels, func(o *gmail.Label) bool { return strings.EqualFold(o.Name, l.Name) }) {
			no(409, "Label name exists or conflicts")
			return
		}
		l.Id = "Label_" + strconv.Itoa(len(f.labels))
		f.labels = append(f.labels, &l)
		answer(l)
	case "gmail.users.messages.list":
		f.list(w, q["labelIds"], q.Get("q"), q.Get("pageToken"))
	case "gmail.users.history.list":
		f.listHistory(w, q.Get("startHistoryId"), q.Get("pageToken"))
	case "gmail.users.messages.insert", "gmail.users.messages.send":
		var m gmail.Message
		_ = json.Unmarshal(body, &m)
		raw, err := decode(m.Raw)
		if err != nil || len(raw) == 0 {
			no(400, "'raw' RFC822 payload message string is required")
			return
		}
		if slices.Contains(m.LabelIds, "DRAFT") {
			no(400, "Invalid label: DRAFT")
			return
		}
		if id == "gmail.users.messages.send" {
			m.LabelIds = []string{"SENT"}
			f.sent = append(f.sent, string(raw))
		}
		s := f.add(raw, m.LabelIds)
		answer(gmail.Message{Id: s.message.Id, LabelIds: s.message.LabelIds})
	case "gmail.users.drafts.create":
		var d gmail.Draft
		_ = json.Unmarshal(body, &d)
		raw, err := decode(d.Message.Raw)
		if err != nil {
			no(400, "raw")
			return
		}
		s := f.add(raw, []string{"DRAFT"})
		answer(gmail.Draft{Id: "r-" + s.message.Id, Message: &gmail.Message{Id: s.message.Id, LabelIds: s.message.LabelIds}})
	case "gmail.users.messages.get", "gmail.users.messages.modify", "gmail.users.messages.trash":
		s := f.messages[parts[1]]
		if s == nil {
			no(404, "Requested entity was not found.")
			return
		}
		switch id {
		case "gmail.users.messages.trash":
			f.relabel(s, []string{"TRASH"}, nil)
			answer(s.message)
		case "gmail.users.messages.modify":
			var c gmail.ModifyMessageRequest
			_ = json.Unmarshal(body, &c)
			for _, l := range slices.Concat(c.AddLabelIds, c.RemoveLabelIds) {
				if l == "DRAFT" || l == "SENT" || !slices.ContainsFunc(f.labels, func(o *gmail.Label) bool { return o.Id == l }) {
					no(400, "Invalid label: "+l)
					return
				}
			}
			f.relabel(s, c.AddLabelIds, c.RemoveLabelIds)
			answer(s.message)
		default:
			answer(s.in(q.Get("format"), q["metadataHeaders"]))
		}
	default:
		f.t.Errorf("the fake does not know %s", id)
		no(501, "not made")
	}
}

func (f *fake) add(raw []byte, labels []string) *stored {
	f.n++
	s := &stored{n: f.n, raw: raw, message: &gmail.Message{Id: strconv.FormatUint(1<<60+f.n, 16), LabelIds: labels, InternalDate: int64(1795600000000 + f.n), SizeEstimate: int64(len(raw))}}
	f.messages[s.message.Id] = s
	f.history = append(f.history, &gmail.History{Id: f.n, MessagesAdded: []*gmail.HistoryMessageAdded{{Message: &gmail.Message{Id: s.message.Id, LabelIds: labels}}}})
	return s
}

func (f *fake) relabel(s *stored, add, remove []string) {
	f.n++
	labels := slices.Clone(s.message.LabelIds)
	for _, l := range add {
		if !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	s.message.LabelIds = slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(remove, l) })
	h := &gmail.History{Id: f.n}
	m := &gmail.Message{Id: s.message.Id, LabelIds: s.message.LabelIds}
	if len(add) > 0 {
		h.LabelsAdded = []*gmail.HistoryLabelAdded{{Message: m, LabelIds: add}}
	}
	if len(remove) > 0 {
		h.LabelsRemoved = []*gmail.HistoryLabelRemoved{{Message: m, LabelIds: remove}}
	}
	f.history = append(f.history, h)
}

func (f *fake) list(w io.Writer, labels []string, query, token string) {
	var list []*stored
	for _, s := range f.messages {
		wanted := !slices.Contains(s.message.LabelIds, "TRASH")
		for _, l := range labels {
			wanted = wanted && slices.Contains(s.message.LabelIds, l)
		}
		if id, ok := strings.CutPrefix(query, "rfc822msgid:"); ok { // the search ignores case
			wanted = wanted && strings.Contains(strings.ToLower(string(s.raw)), "message-id: <"+strings.ToLower(id)+">")
		}
		if wanted {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *stored) int { return cmp.Compare(b.n, a.n) })
	from, _ := strconv.Atoi(token)
	out := gmail.ListMessagesResponse{}
	for _, s := range list[min(from, len(list)):min(from+f.page, len(list))] {
		out.Messages = append(out.Messages, &gmail.Message{Id: s.message.Id})
	}
	if from+f.page < len(list) {
		out.NextPageToken = strconv.Itoa(from + f.page)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (f *fake) listHistory(w http.ResponseWriter, start, token string) {
	first, _ := strconv.ParseUint(start, 10, 64)
	if first < f.forgets || first == 0 {
		w.WriteHeader(404)
		fmt.Fprint(w, apiError(404, "notFound", "Requested entity was not found."))
		return
	}
	list := slices.DeleteFunc(slices.Clone(f.history), func(h *gmail.History) bool { return h.Id <= first })
	from, _ := strconv.Atoi(token)
	out := gmail.ListHistoryResponse{HistoryId: f.n, History: list[min(from, len(list)):min(from+f.page, len(list))]}
	if from+f.page < len(list) {
		out.NextPageToken = strconv.Itoa(from + f.page)
	}
	_ = json.NewEncoder(w).Encode(out)
}

// in is a message in one of the formats.
func (s *stored) in(format string, headers []string) gmail.Message {
	m := *s.message
	switch format {
	case "raw":
		m.Raw = encode(s.raw)
	case "metadata":
		m.Payload = &gmail.MessagePart{}
		head, _, _ := bytes.Cut(bytes.ReplaceAll(s.raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
		for line := range strings.Lines(strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(string(head))) {
			name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ":")
			if ok && slices.ContainsFunc(headers, func(h string) bool { return strings.EqualFold(h, name) }) {
				m.Payload.Headers = append(m.Payload.Headers, &gmail.MessagePartHeader{Name: name, Value: strings.ToValidUTF8(strings.TrimSpace(value), "\ufffd")})
			}
		}
	}
	return m
}
