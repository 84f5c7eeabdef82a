package gmailbox

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/mailboxtest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, f *fake) (*Box, *tokens) {
	t.Helper()
	k := &tokens{}
	b, err := Open(Options{Tokens: k, Endpoint: f.URL, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, k
}

func TestSuite(t *testing.T) {
	mailboxtest.RunLabels(t, func(t *testing.T) mail.Mailbox {
		b, _ := open(t, newFake(t))
		return b
	})
}

// 401, 403, 429, 5xx: what only reads is asked again, what changes is not.
func TestFaults(t *testing.T) {
	rows := []struct {
		name   string
		fault  fault
		times  int
		reads  string // "" if reading gets over it
		append error  // what appending says
	}{
		{"401 once", fault{status: 401, body: apiError(401, "authError", "Invalid Credentials")}, 1, "", nil},
		{"401 for good", fault{status: 401, body: apiError(401, "authError", "Invalid Credentials")}, 99, "headsup auth google", nil},
		{"403 rights", fault{status: 403, body: apiError(403, "insufficientPermissions", "Insufficient Permission")}, 99, "headsup auth google", nil},
		{"403 rate", fault{status: 403, body: apiError(403, "rateLimitExceeded", "Rate Limit Exceeded"), header: map[string]string{"Retry-After": "0"}}, 2, "", nil},
		{"429", fault{status: 429, body: apiError(429, "rateLimitExceeded", "slow down"), header: map[string]string{"Retry-After": "0"}}, 3, "", nil},
		{"429 for good", fault{status: 429, body: apiError(429, "rateLimitExceeded", "slow down"), header: map[string]string{"Retry-After": "0"}}, 99, "429 slow down", nil},
		{"500", fault{status: 500, body: "oops", header: map[string]string{"Retry-After": "0"}}, 2, "", mail.ErrUnknownOutcome},
		{"503 html", fault{status: 503, body: "<html>", header: map[string]string{"Retry-After": "0"}}, 99, "503", mail.ErrUnknownOutcome},
		{"200 html", fault{status: 200, body: "<html>"}, 99, "invalid character", mail.ErrUnknownOutcome},
		{"redirection", fault{status: 307, body: "", header: map[string]string{"Location": "https://evil.example.net/"}}, 99, "307", mail.ErrUnknownOutcome},
		{"reply lost", fault{drop: true, after: true}, 99, "EOF", mail.ErrUnknownOutcome},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := newFake(t)
			b, k := open(t, f)
			if _, err := b.Append(t.Context(), mail.Drafts, mailboxtest.Sample(1), mail.Flags{Seen: true}); err != nil {
				t.Fatal(err)
			}
			left, asked := row.times, 0
			f.fail = func(r *http.Request) *fault {
				if strings.HasSuffix(r.URL.Path, "/messages") {
					if asked++; left > 0 {
						left--
						return &row.fault
					}
				}
				return nil
			}
			hs, err := b.List(t.Context(), mail.Drafts)
			if row.reads == "" && (err != nil || len(hs) != 1) || row.reads != "" && (err == nil || !strings.Contains(err.Error(), row.reads)) {
				t.Errorf("list: %d, %v", len(hs), err)
			}
			if row.fault.status == 401 && len(k.rejected) == 0 {
				t.Error("the token was not rejected")
			}
			f.mu.Lock()
			left, asked = row.times, 0
			f.mu.Unlock()
			_, err = b.Append(t.Context(), mail.Sent, mailboxtest.Sample(2), mail.Flags{})
			if err == nil || errors.Is(err, mail.ErrUnknownOutcome) != (row.append != nil) {
				t.Errorf("append: %v", err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if asked != 1 {
				t.Errorf("append was tried %d times by itself", asked)
			}
		})
	}
}

// The history no longer reaches back: the folder is read again, nothing is missed.
func TestHistoryForgotten(t *testing.T) {
	f := newFake(t)
	b, _ := open(t, f)
	read := func(c mail.Cursor) (got string, next mail.Cursor) {
		next, err := b.Since(t.Context(), mail.Inbox, c, func(h mail.Header) error { got += strings.TrimPrefix(h.Subject, "number ") + " "; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return got, next
	}
	for n := range 20 {
		f.add(mailboxtest.Sample(n), []string{"INBOX", "UNREAD"})
	}
	got, c := read("")
	if want := "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 "; got != want {
		t.Errorf("got %q", got)
	}
	f.add(mailboxtest.Sample(20), []string{"INBOX"})
	f.forgets = f.n + 1
	f.n++
	if got, c = read(c); !strings.HasSuffix(got, "19 20 ") || !strings.HasPrefix(got, "0 1 ") {
		t.Errorf("got %q", got)
	}
	if got, _ = read(c); got != "" {
		t.Errorf("got %q again", got)
	}
}

// A stop in the middle of the history: nothing is left out afterwards.
func TestHistoryStop(t *testing.T) {
	f := newFake(t)
	b, _ := open(t, f)
	c, err := b.Since(t.Context(), mail.Inbox, "", func(mail.Header) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		f.add(mailboxtest.Sample(n), []string{"INBOX"})
	}
	seen := map[string]bool{}
	for range 30 {
		taken := 0
		c, err = b.Since(t.Context(), mail.Inbox, c, func(h mail.Header) error {
			if taken++; taken > 4 {
				return errors.New("stop")
			}
			seen[h.Subject] = true
			return nil
		})
		if err == nil {
			break
		}
	}
	if err != nil || len(seen) != 30 {
		t.Errorf("%d seen, %v", len(seen), err)
	}
}

// What people do in Gmail's own pages: a label on a draft, an edit, the bin.
func TestLabelsOfOthers(t *testing.T) {
	f := newFake(t)
	b, _ := open(t, f)
	ctx := t.Context()
	ref, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(1), mail.Flags{Seen: true})
	if err != nil {
		t.Fatal(err)
	}
	where := func() string {
		t.Helper()
		var in []string
		for _, folder := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow, mail.Inbox, mail.Sent, mail.All} {
			hs, err := b.List(ctx, folder)
			if err != nil {
				t.Fatal(err)
			}
			if len(hs) > 0 {
				in = append(in, string(folder))
			}
		}
		return strings.Join(in, " ")
	}
	queue, now, err := b.queues(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m := f.messages[ref.UID]
	for _, step := range []struct {
		add, remove []string
		want        string
	}{
		{nil, nil, "drafts all"},
		{[]string{queue}, nil, "headsup all"},
		{[]string{now}, nil, "headsup-now all"}, // both labels: the urgent one counts
		{nil, []string{queue, now}, "drafts all"},
		{[]string{queue, "TRASH"}, nil, ""},
	} {
		f.relabel(m, step.add, step.remove)
		if got := where(); got != step.want {
			t.Errorf("+%v -%v: in %q, want %q", step.add, step.remove, got, step.want)
		}
	}
	if n := len(f.labels); n != 9 {
		t.Errorf("%d labels, want 7 of Gmail and 2 of ours", n)
	}
}

// The same label made by another client a moment before.
func TestLabelRace(t *testing.T) {
	f := newFake(t)
	b, _ := open(t, f)
	f.fail = func(r *http.Request) *fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/labels") {
			f.fail = nil
			return &fault{after: true, status: 409, body: apiError(409, "aborted", "Label name exists or conflicts")}
		}
		return nil
	}
	if _, err := b.List(t.Context(), mail.Queue); err != nil {
		t.Error(err)
	}
}

// A message that is too large for a request goes beside it, whole and once.
func TestLarge(t *testing.T) {
	f := newFake(t)
	b, _ := open(t, f)
	raw := append(mailboxtest.Sample(1), bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 74_000)...)
	for folder, want := range map[mail.Folder]string{mail.Drafts: "DRAFT", mail.Sent: "SENT"} {
		ref, err := b.Append(t.Context(), folder, raw, mail.Flags{Seen: true})
		if err != nil {
			t.Fatal(err)
		}
		back, err := b.Read(t.Context(), ref)
		if err != nil || !bytes.Equal(back, raw) {
			t.Errorf("%s: %d bytes came back of %d, %v", folder, len(back), len(raw), err)
		}
		if m := f.messages[ref.UID].message; !slices.Contains(m.LabelIds, want) {
			t.Errorf("%s: labels %v", folder, m.LabelIds)
		}
	}
	if f.uploads != 2 {
		t.Errorf("%d uploads", f.uploads)
	}
	if _, err := b.Append(t.Context(), mail.Drafts, make([]byte, maxRaw+1), mail.Flags{}); err == nil || errors.Is(err, mail.ErrUnknownOutcome) {
		t.Errorf("past the limit: %v", err)
	}
	// The limits are Google's own.
	m, _ := f.api.find(httptest.NewRequest(http.MethodPost, "/gmail/v1/users/me/messages/send", nil))
	if m.MediaUpload.MaxSize != maxRaw {
		t.Errorf("the description says %d, the code %d", m.MediaUpload.MaxSize, maxRaw)
	}
}

// A token is found behind any number of newer drafts, within reason; past that, nobody
// says that there is none.
func TestFindFarToken(t *testing.T) {
	f := newFake(t)
	f.page = 500
	b, _ := open(t, f)
	with := func(token string) []byte {
		return append([]byte("X-Headsup-Token: "+token+"\r\n"), mailboxtest.Sample(1)...)
	}
	far := f.add(with("far"), []string{"DRAFT"})
	twice := []*stored{f.add(with("twice"), []string{"DRAFT"}), f.add(with("twice"), []string{"DRAFT"})}
	for n := range 510 {
		f.add(mailboxtest.Sample(n+10), []string{"DRAFT"})
	}
	find := func(token string) ([]mail.Ref, error) {
		return b.Find(t.Context(), mail.Drafts, mail.Query{Token: token})
	}
	if got, err := find("far"); err != nil || len(got) != 1 || got[0].UID != far.message.Id {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := find("twice"); err != nil || len(got) != 2 || got[0].UID != twice[0].message.Id || got[1].UID != twice[1].message.Id {
		t.Errorf("got %v, %v", got, err)
	}
	for n := range tokenMost {
		f.add(mailboxtest.Sample(n+10), []string{"DRAFT"})
	}
	if got, err := find("far"); err == nil || len(got) != 0 {
		t.Errorf("past the last window: %v, %v", got, err)
	}
}

// Every call that changes something, under every kind of fault: asked once, a clear no is
// a no, and after anything else nobody knows.
func TestChangesOnce(t *testing.T) {
	faults := map[string]struct {
		fault   fault
		unknown bool
	}{
		"401":               {fault{status: 401, body: apiError(401, "authError", "no")}, false},
		"403 rights":        {fault{status: 403, body: apiError(403, "insufficientPermissions", "no")}, false},
		"403 rate":          {fault{status: 403, body: apiError(403, "userRateLimitExceeded", "slow")}, false},
		"429":               {fault{status: 429, body: apiError(429, "rateLimitExceeded", "slow")}, false},
		"500":               {fault{status: 500, body: "oops"}, true},
		"502, and done":     {fault{status: 502, body: "<html>", after: true}, true},
		"reply lost, done":  {fault{drop: true, after: true}, true},
		"reply lost":        {fault{drop: true}, true},
		"200, and no reply": {fault{status: 200, after: true}, true},
	}
	for op, change := range map[string]struct {
		path string
		do   func(b *Box, draft, sent mail.Ref) error
	}{
		"drafts.create": {"/drafts", func(b *Box, _, _ mail.Ref) error {
			_, err := b.Append(t.Context(), mail.Drafts, mailboxtest.Sample(3), mail.Flags{Seen: true})
			return err
		}},
		"messages.insert": {"/messages", func(b *Box, _, _ mail.Ref) error {
			_, err := b.Append(t.Context(), mail.Inbox, mailboxtest.Sample(3), mail.Flags{})
			return err
		}},
		"messages.modify": {"/modify", func(b *Box, draft, _ mail.Ref) error { _, err := b.Move(t.Context(), draft, mail.Queue); return err }},
		"messages.trash":  {"/trash", func(b *Box, draft, _ mail.Ref) error { return b.Remove(t.Context(), draft) }},
		"copied away":     {"/drafts", func(b *Box, _, sent mail.Ref) error { _, err := b.Move(t.Context(), sent, mail.Drafts); return err }},
		"and the old one": {"/trash", func(b *Box, _, sent mail.Ref) error { _, err := b.Move(t.Context(), sent, mail.Drafts); return err }},
	} {
		for name, row := range faults {
			t.Run(op+" "+name, func(t *testing.T) {
				f := newFake(t)
				b, _ := open(t, f)
				draft, err1 := b.Append(t.Context(), mail.Drafts, mailboxtest.Sample(1), mail.Flags{Seen: true})
				sent, err2 := b.Append(t.Context(), mail.Sent, mailboxtest.Sample(2), mail.Flags{Seen: true})
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				asked := 0
				f.mu.Lock()
				f.fail = func(r *http.Request) *fault {
					if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, change.path) {
						asked++
						return &row.fault
					}
					return nil
				}
				f.mu.Unlock()
				err := change.do(b, draft, sent)
				f.mu.Lock()
				defer f.mu.Unlock()
				if err == nil || errors.Is(err, mail.ErrUnknownOutcome) != row.unknown || asked != 1 {
					t.Errorf("asked %d times: %v", asked, err)
				}
			})
		}
	}
}
