package control

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// serve starts the server on a socket and stops it with the test.
func serve(t *testing.T, d Daemon) (*Client, string) {
	t.Helper()
	path := filepath.Join(shortDir(t), "run", "control.sock")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, ln, d, Options{
			Info:    Info{Name: "headsup", API: Version},
			Metrics: func(w io.Writer) { io.WriteString(w, "headsup_sent_total 3\n") },
		})
	}()
	c := NewClient(path)
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return c, path
}

// shortDir is a folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hu")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestEveryQuestion asks everything through the socket and compares what the daemon was
// asked and what came back with a direct call.
func TestEveryQuestion(t *testing.T) {
	near, far := newFake(t), newFake(t)
	client, _ := serve(t, far)
	urgent, at := rules.Urgent, time.Date(2026, 3, 6, 17, 0, 0, 0, time.UTC)
	dana := address(t, "dana@example.com")
	questions := map[string]func(context.Context, Daemon) (any, error){
		"status": func(ctx context.Context, d Daemon) (any, error) { return d.Status(ctx) },
		"queue": func(ctx context.Context, d Daemon) (any, error) {
			return d.Queue(ctx, QueueQuery{States: []ledger.State{ledger.Sent, ledger.Failed}, Manager: "dana-reyes", All: true})
		},
		"show": func(ctx context.Context, d Daemon) (any, error) { return d.Show(ctx, 7) },
		"why":  func(ctx context.Context, d Daemon) (any, error) { return d.Why(ctx, 7) },
		"add": func(ctx context.Context, d Daemon) (any, error) {
			return d.Add(ctx, AddRequest{Key: "k", Managers: []string{"dana-reyes"}, Kind: rules.HeadsUp, Subject: "s <&>", Text: "a\nb", By: at})
		},
		"set": func(ctx context.Context, d Daemon) (any, error) {
			return d.Set(ctx, SetRequest{ID: 7, Priority: &urgent, By: &at, NotBefore: &time.Time{}})
		},
		"approve": func(ctx context.Context, d Daemon) (any, error) {
			return d.Approve(ctx, ApproveRequest{ID: 7, Content: mail.Hash{1}.String()})
		},
		"act": func(ctx context.Context, d Daemon) (any, error) {
			return d.Act(ctx, ActRequest{ID: 7, Do: Hold, Reason: "wait for the figures"})
		},
		"draft": func(ctx context.Context, d Daemon) (any, error) {
			return d.Draft(ctx, DraftRequest{Name: "call.md", Body: []byte("# Call\n\xff")})
		},
		"windows": func(ctx context.Context, d Daemon) (any, error) {
			return d.Windows(ctx, WindowsQuery{Manager: "dana-reyes", Days: 3, Priority: rules.High})
		},
		"timeline": func(ctx context.Context, d Daemon) (any, error) {
			return d.Timeline(ctx, TimelineQuery{Manager: "dana-reyes", From: at, Days: 2})
		},
		"calendars": func(ctx context.Context, d Daemon) (any, error) { return d.Calendars(ctx) },
		"accept calendar": func(ctx context.Context, d Daemon) (any, error) {
			return nil, d.AcceptCalendar(ctx, CalendarRequest{Name: "dana"})
		},
		"focus": func(ctx context.Context, d Daemon) (any, error) { return d.Focus(ctx, "dana-reyes") },
		"answer focus": func(ctx context.Context, d Daemon) (any, error) {
			return d.AnswerFocus(ctx, FocusAnswer{ID: "f1", Answer: "no"})
		},
		"pause":          func(ctx context.Context, d Daemon) (any, error) { return d.Pause(ctx, PauseRequest{Until: at}) },
		"resume":         func(ctx context.Context, d Daemon) (any, error) { return d.Resume(ctx) },
		"forget preview": func(ctx context.Context, d Daemon) (any, error) { return d.ForgetPreview(ctx, dana) },
		"forget":         func(ctx context.Context, d Daemon) (any, error) { return d.Forget(ctx, dana) },
		"reload":         func(ctx context.Context, d Daemon) (any, error) { return nil, d.Reload(ctx) },
		"clock":          func(ctx context.Context, d Daemon) (any, error) { return nil, d.AcceptClock(ctx) },
		"trail": func(ctx context.Context, d Daemon) (any, error) {
			var all []Entry
			err := d.Trail(ctx, TrailQuery{Text: "pricing & more", Message: 7, Since: at, Until: at.Add(time.Second), Limit: 5}, func(e Entry) error {
				all = append(all, e)
				return nil
			})
			return all, err
		},
	}
	for name, ask := range questions {
		want, err := ask(t.Context(), near)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ask(t.Context(), client)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		opt := cmp.Comparer(func(a, b mail.Address) bool { return a == b })
		if diff := cmp.Diff(want, got, opt); diff != "" {
			t.Errorf("%s: answer (-near +far):\n%s", name, diff)
		}
		if diff := cmp.Diff(near.asked, far.asked, opt); diff != "" {
			t.Errorf("%s: question (-near +far):\n%s", name, diff)
		}
	}
}

func TestErrorsTravel(t *testing.T) {
	stale, broken := newFake(t), newFake(t)
	stale.err = Errorf(Stale, "read it again: `headsup queue show 7`", "message 7 changed since you read it")
	client, _ := serve(t, stale)
	_, err := client.Approve(t.Context(), ApproveRequest{ID: 7})
	var e *Error
	if !errors.As(err, &e) || e.Code != Stale || e.Hint == "" || e.Text != "message 7 changed since you read it" {
		t.Errorf("got %#v", err)
	}
	if !errors.Is(err, &Error{Code: Stale}) || errors.Is(err, &Error{Code: NotFound}) {
		t.Errorf("the code does not identify %v", err)
	}
	broken.err = errors.New("the disk is full")
	client, _ = serve(t, broken)
	if _, err = client.Status(t.Context()); !errors.As(err, &e) || e.Code != Internal || e.Text != "the disk is full" {
		t.Errorf("got %#v", err)
	}
}

func TestTrailThatBreaksIsNotWhole(t *testing.T) {
	count := func(Entry) error { return nil }
	for _, c := range []struct {
		entries int
		want    string
	}{{1, "EOF"}, {1000, "cut off"}} {
		f := newFake(t)
		f.cut = true
		for range c.entries - 1 {
			f.entries = append(f.entries, f.entries[0])
		}
		client, _ := serve(t, f)
		if err := client.Trail(t.Context(), TrailQuery{}, count); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d entries: got %v", c.entries, err)
		}
	}
}

// TestOnlyPostChanges: no other method reaches an order, and a form that a browser can
// send without asking does not either.
func TestOnlyPostChanges(t *testing.T) {
	f := newFake(t)
	h := Handler(f, Options{})
	for _, path := range []string{"/v1/queue/add", "/v1/queue/set", "/v1/queue/approve", "/v1/queue/act", "/v1/notes", "/v1/pause", "/v1/resume", "/v1/reload", "/v1/clock/accept"} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("{}")))
			if w.Code < 400 {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		r := httptest.NewRequest("POST", path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
			t.Errorf("form to %s: %d", path, w.Code)
		}
	}
	if f.asked != nil {
		t.Errorf("the daemon was asked: %v", f.asked)
	}
}

func TestBadRequests(t *testing.T) {
	h := Handler(newFake(t), Options{})
	for _, c := range []struct{ method, target, body, want string }{
		{"POST", "/v1/queue/act", `{"id":7,"do":"hold"} {}`, "something follows the JSON object"},
		{"POST", "/v1/queue/act", `{"id":7,"verb":"hold"}`, `unknown field \"verb\"`},
		{"POST", "/v1/queue/act", `{"id":`, "unexpected EOF"},
		{"POST", "/v1/queue/act", `{"reason":"` + strings.Repeat("x", smallBody) + `"}`, "too large"},
		{"POST", "/v1/forget", `{}`, "no address was given"},
		{"GET", "/v1/queue/x", "", "not the number of a message"},
		{"GET", "/v1/queue/-1/why", "", "not the number of a message"},
		{"GET", "/v1/queue?manger=dana", "", `unknown key \"manger\"`},
		{"GET", "/v1/status?x=1", "", `unknown key \"x\"`},
		{"GET", "/v1/timeline?from=tomorrow", "", "read the query"},
		{"GET", "/v1/windows?days=-3", "", "read the query"},
		{"GET", "/v1/windows?priority=asap", "", "unknown priority"},
		{"GET", "/v1/trail?limit=x", "", "read the query"},
		{"GET", "/v1/forget?address=dana", "", "address"},
	} {
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s %.40s: %d %s, want %s", c.method, c.target, c.body, w.Code, w.Body, c.want)
		}
	}
}

// TestOrderSurvivesItsCaller: a yes that was understood is carried out, even if the one
// who said it went away, and also while the service stops.
func TestOrderSurvivesItsCaller(t *testing.T) {
	f := newFake(t)
	release := make(chan struct{})
	f.block, f.entered, f.after = release, make(chan struct{}), make(chan error, 1)
	client, _ := serve(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := client.Approve(ctx, ApproveRequest{ID: 7})
		gone <- err
	}()
	<-f.entered
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("caller got %v", err)
	}
	close(release)
	if err := <-f.after; err != nil {
		t.Errorf("the order was cut short: %v", err)
	}
}

func TestMetricsAndInfo(t *testing.T) {
	client, _ := serve(t, newFake(t))
	var b bytes.Buffer
	if err := client.Metrics(t.Context(), &b); err != nil || b.String() != "headsup_sent_total 3\n" {
		t.Errorf("metrics %q, %v", b.String(), err)
	}
	if info, err := client.Info(t.Context()); err != nil || info.Name != "headsup" || info.API != Version {
		t.Errorf("info %+v, %v", info, err)
	}
}

func TestOtherVersionIsRefused(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(versionHeader, "9")
		io.WriteString(w, "{}")
	})}
	go srv.Serve(ln)
	defer srv.Close()
	_, err = NewClient(path).Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), `version "9"`) || !strings.Contains(err.Error(), "restart the service") {
		t.Errorf("got %v", err)
	}
}

func TestNotRunning(t *testing.T) {
	dir := shortDir(t)
	if _, err := NewClient(filepath.Join(dir, "none")).Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no socket: %v", err)
	}
	dead := filepath.Join(dir, "dead")
	leaveSocket(t, dead)
	if _, err := NewClient(dead).Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dead socket: %v", err)
	}
}

// leaveSocket leaves a socket behind as a killed process does.
func leaveSocket(t *testing.T, path string) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
}
