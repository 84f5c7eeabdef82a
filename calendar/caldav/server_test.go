package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-webdav"
	godav "github.com/emersion/go-webdav/caldav"

	"headsup/calendar"
	"headsup/calendar/ics/guard"
)

// server is a real CalDAV server on loopback.
type server struct {
	t       *testing.T
	start   func() *exec.Cmd
	cmd     *exec.Cmd
	base    string
	auth    Basic
	path    string // of the calendar
	freebsy bool   // it answers free-busy-query
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// need finds a program, or ends the test: plainly skipped, or failed where servers are
// required.
func need(t *testing.T, program string) string {
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("HEADSUP_REQUIRE_SERVERS") == "1" {
		t.Fatalf("%s is needed: %v", program, err)
	}
	t.Skipf("%s is not installed: nothing was tested against it", program)
	return ""
}

func radicale(t *testing.T) *server {
	program, dir, port := need(t, "radicale"), t.TempDir(), freePort(t)
	config := filepath.Join(dir, "config")
	users := filepath.Join(dir, "users")
	text := fmt.Sprintf("[server]\nhosts=127.0.0.1:%s\n[auth]\ntype=htpasswd\nhtpasswd_filename=%s\nhtpasswd_encryption=plain\ndelay=0\n[storage]\nfilesystem_folder=%s\n[logging]\nlevel=error\n",
		port, users, filepath.Join(dir, "store"))
	for name, content := range map[string]string{config: text, users: "dana:secret\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{t: t, base: "http://127.0.0.1:" + port, path: "/dana/office/"}
	s.start = func() *exec.Cmd { return exec.Command(program, "--config", config) }
	s.auth = Basic{"dana", func(context.Context) (string, error) { return "secret", nil }}
	s.up()
	s.send("MKCALENDAR", s.path, "", http.StatusCreated)
	return s
}

func xandikos(t *testing.T) *server {
	program, dir, port := need(t, "xandikos"), t.TempDir(), freePort(t)
	s := &server{t: t, base: "http://127.0.0.1:" + port, path: "/dana/calendars/calendar/", freebsy: true}
	s.start = func() *exec.Cmd {
		return exec.Command(program, "-d", dir, "--defaults", "--autocreate", "--current-user-principal", "/dana", "-l", "127.0.0.1", "-p", port)
	}
	s.auth = Basic{"dana", func(context.Context) (string, error) { return "any", nil }}
	s.up()
	return s
}

// up starts the server and waits until it answers.
func (s *server) up() {
	s.cmd = s.start()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.down)
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("the server does not come up: %v", err)
		case <-tick.C:
		}
	}
}

func (s *server) down() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
	s.cmd = nil
}

func (s *server) send(method, path, body string, want ...int) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth("dana", "secret")
	if body != "" {
		req.Header.Set("Content-Type", "text/calendar")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if len(want) > 0 && !slices.Contains(want, resp.StatusCode) {
		s.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
}

func object1(uid, lines string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.com//test//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n" +
		strings.ReplaceAll(lines, "\n", "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func (s *server) put(uid, lines string) {
	s.send(http.MethodPut, s.path+uid+".ics", object1(uid, lines), 200, 201, 204)
}

// counting counts requests by their kind.
type counting struct {
	next http.RoundTripper
	seen []string
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := r.Method
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		for _, k := range []string{"sync-collection", "calendar-multiget", "calendar-query", "free-busy-query"} {
			if strings.Contains(string(body), k+" ") {
				kind = fmt.Sprintf("%s %d", k, strings.Count(string(body), "<href>"))
			}
		}
	}
	c.seen = append(c.seen, kind)
	return c.next.RoundTrip(r)
}

func march() calendar.Span {
	return calendar.Span{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)}
}

func starts(snap calendar.Snapshot) string {
	var out []string
	for _, ev := range snap.Events {
		out = append(out, ev.UID+" "+ev.Start.UTC().Format("02T15:04"))
	}
	return strings.Join(out, ", ")
}

// TestServers goes through the life of a calendar on every server that is at hand.
func TestServers(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *server{"radicale": radicale, "xandikos": xandikos} {
		t.Run(name, func(t *testing.T) { life(t, open(t)) })
	}
}

func life(t *testing.T, s *server) {
	s.put("weekly", "DTSTART;TZID=Europe/Berlin:20260105T090000\nDTEND;TZID=Europe/Berlin:20260105T100000\nRRULE:FREQ=WEEKLY;BYDAY=MO")
	s.put("once", "DTSTART:20260304T120000Z\nDTEND:20260304T130000Z")
	s.put("old", "DTSTART:20200304T120000Z\nDTEND:20200304T130000Z")
	client := guard.Client(guard.Options{AllowPrivate: true})
	count := &counting{next: client.Transport}
	client.Transport = count
	src := &Source{Address: s.base, Auth: s.auth, Client: client}
	look := func(want string) calendar.Snapshot {
		t.Helper()
		count.seen = nil
		snap, err := src.Events(t.Context(), march(), time.UTC)
		if err != nil {
			t.Fatalf("%v\n%v", err, count.seen)
		}
		if got := starts(snap); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
		return snap
	}
	first := look("weekly 02T08:00, once 04T12:00")
	t.Logf("first look: %v", count.seen)
	if src.state.token == "" || first.Clock.IsZero() && s.base == "" {
		t.Errorf("no sync token")
	}
	same := look("weekly 02T08:00, once 04T12:00")
	if same.Version != first.Version || len(count.seen) != 1 {
		t.Errorf("nothing changed, but %v", count.seen)
	}
	s.put("once", "DTSTART:20260305T120000Z\nDTEND:20260305T130000Z")
	moved := look("weekly 02T08:00, once 05T12:00")
	if moved.Version == first.Version || !slices.Equal(count.seen, []string{"sync-collection 0", "calendar-multiget 1"}) {
		t.Errorf("one change cost %v", count.seen)
	}
	s.put("new", "DTSTART;VALUE=DATE:20260306")
	s.send(http.MethodDelete, s.path+"once.ics", "", 200, 204)
	look("weekly 02T08:00, new 06T00:00")
	t.Logf("one added, one deleted: %v", count.seen)

	src.state.token = "http://example.com/no/such/token"
	look("weekly 02T08:00, new 06T00:00")
	t.Logf("token refused: %v", count.seen)
	src.state.noSync, src.state.token = true, ""
	look("weekly 02T08:00, new 06T00:00")
	if !slices.Equal(count.seen, []string{"calendar-query 0"}) {
		t.Errorf("without sync, nothing changed: %v", count.seen)
	}
	src.state.noSync = false

	s.down()
	if snap, err := src.Events(t.Context(), march(), time.UTC); err == nil || len(snap.Events) != 0 {
		t.Errorf("the server is down, but: %v", snap)
	}
	s.up()
	s.put("late", "DTSTART:20260307T120000Z\nDTEND:20260307T130000Z")
	look("weekly 02T08:00, new 06T00:00, late 07T12:00")

	oracle(t, s, []string{"late", "new", "old", "weekly"})
	busy(t, s)
	if s.path == "/dana/office/" {
		wrongPassword(t, s)
	}
}

// oracle lists the calendar with go-webdav and expects the same objects.
func oracle(t *testing.T, s *server, want []string) {
	c, err := godav.NewClient(webdav.HTTPClientWithBasicAuth(http.DefaultClient, "dana", "secret"), s.base)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.QueryCalendar(t.Context(), s.path, &godav.CalendarQuery{
		CompRequest: godav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true},
		CompFilter:  godav.CompFilter{Name: "VCALENDAR", Comps: []godav.CompFilter{{Name: "VEVENT"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range list {
		got = append(got, strings.TrimSuffix(filepath.Base(o.Path), ".ics"))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("go-webdav lists %v", got)
	}
}

// busy asks for free and busy only. Xandikos 0.2.8 answers 500 where the calendar has a
// weekly or an all-day event, so those go first.
func busy(t *testing.T, s *server) {
	s.send(http.MethodDelete, s.path+"weekly.ics", "", 200, 204)
	s.send(http.MethodDelete, s.path+"new.ics", "", 200, 204)
	src := &Source{Address: s.base + s.path, Auth: s.auth, FreeBusy: true, Client: guard.Client(guard.Options{AllowPrivate: true})}
	snap, err := src.Events(t.Context(), march(), time.UTC)
	if !s.freebsy {
		if err == nil {
			t.Errorf("a server without free/busy gave %v", snap)
		}
		return
	}
	if err != nil || len(snap.Events) == 0 {
		t.Errorf("free/busy: %v %v", starts(snap), err)
	}
	for _, ev := range snap.Events {
		if ev.Show != calendar.ShowBusy || ev.Title != "" {
			t.Errorf("free/busy shows %v", ev)
		}
	}
	t.Logf("free/busy: %s", starts(snap))
}

func wrongPassword(t *testing.T, s *server) {
	src := &Source{Address: s.base, Client: guard.Client(guard.Options{AllowPrivate: true}),
		Auth: Basic{"dana", func(context.Context) (string, error) { return "wrong", nil }}}
	_, err := src.Events(t.Context(), march(), time.UTC)
	var u *url.Error
	if err == nil || errors.As(err, &u) || !strings.Contains(err.Error(), "the server refused the password of dana") {
		t.Errorf("wrong password: %v", err)
	}
}
