package daemon_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"headsup/daemon"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail/letter"
	"headsup/mail/submittest"
)

// place is a home with a Maildir, a notes folder, a calendar and a configuration made
// from the example.
type place struct {
	t     *testing.T
	home  string
	clock *clock.Paced
	paths config.Paths
	d     *daemon.Daemon
	c     *control.Client
	end   func()
}

// server says how to submit.
type server struct {
	port    int
	ca      string
	login   bool
	mailbox string          // lines of [mailbox] in place of the Maildir of the example, "" keeps it
	arrive  func() [][]byte // what it accepted, as it was on the wire
}

const busy = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" +
	"BEGIN:VEVENT\r\nUID:a@example.com\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Review\r\n" +
	"DTSTART;TZID=Europe/Berlin:20260303T100000\r\nDTEND;TZID=Europe/Berlin:20260303T113000\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

// settle makes a home at Tuesday, 3 March 2026, 09:55 in Berlin.
func settle(t *testing.T, s server) *place {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, home: t.TempDir(), clock: clock.NewPaced(time.Date(2026, 3, 3, 9, 55, 0, 0, berlin))}
	for _, dir := range []string{"Maildir", "Maildir/.Drafts", "Maildir/.Sent"} {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(p.at(dir, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(p.at("Notes/Calls"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.write("dana.ics", busy)
	p.write("password", "pw\n")
	p.write("config.toml", p.example(s))
	p.paths = config.Paths{Config: p.at("config.toml"), State: p.at("state"), Socket: p.at("state/run/control.sock"), Database: p.at("state/headsup.db")}
	return p
}

// example is config.example.toml with the addresses filled in and a server of the test.
func (p *place) example(s server) string {
	p.t.Helper()
	raw, err := os.ReadFile("../config.example.toml")
	if err != nil {
		p.t.Fatal(err)
	}
	login := `auth = "none"`
	if s.login {
		login = `username = "alice"` + "\n" + `secret = { file = "` + p.at("password") + `" }`
	}
	submission := fmt.Sprintf("kind = \"smtp\"\nserver = \"localhost\"\nport = %d\nca_file = %q\n%s", s.port, s.ca, login)
	text := string(raw)
	for _, r := range [][2]string{
		{`address = ""`, `address = "sam@example.com"`},
		{`addresses = [""]`, `addresses = ["dana@example.com"]`},
		{"kind = \"sendmail\"", submission},
	} {
		if strings.Count(text, r[0]) != 1 {
			p.t.Fatalf("config.example.toml has %q %d times", r[0], strings.Count(text, r[0]))
		}
		text = strings.Replace(text, r[0], r[1], 1)
	}
	if s.mailbox != "" {
		text = strings.Replace(text, "kind = \"maildir\"", strings.ReplaceAll(s.mailbox, "PASSWORD", p.at("password")), 1)
	}
	return text + fmt.Sprintf("\n[[calendar]]\nkind = \"file\"\npath = %q\n", p.at("dana.ics"))
}

func (p *place) at(elem ...string) string {
	return filepath.Join(append([]string{p.home}, elem...)...)
}

func (p *place) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.at(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// note saves a note of a call.
func (p *place) note(name, text string) {
	p.t.Helper()
	p.write("Notes/Calls/"+name, text)
	if err := os.Chtimes(p.at("Notes/Calls", name), p.clock.Wall(), p.clock.Wall()); err != nil {
		p.t.Fatal(err)
	}
}

func atoi(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// run starts the daemon on the configuration of the home.
func (p *place) run() {
	p.t.Helper()
	berlin, _ := time.LoadLocation("Europe/Berlin")
	cfg, err := config.Load(config.Options{File: p.paths.Config, Home: p.home, Zone: berlin})
	if err != nil {
		p.t.Fatalf("the example, filled in, is not accepted:\n%v", err)
	}
	ready := make(chan struct{})
	ctx, stop := context.WithCancel(p.t.Context())
	p.d, err = daemon.Open(ctx, daemon.Options{Config: cfg, Paths: p.paths, Clock: p.clock, Ready: func() { close(ready) }, Version: "test"})
	if err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.d.Run(ctx) }()
	p.c = control.NewClient(p.paths.Socket)
	p.end = func() {
		p.c.Close()
		stop()
		if err := <-ended; err != nil {
			p.t.Errorf("the daemon ended with: %v", err)
		}
		p.end = func() {}
	}
	p.t.Cleanup(func() { p.end() })
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil // for the end of the test
		p.t.Fatalf("the daemon ended: %v", err)
	}
}

// pass lets time go by.
func (p *place) pass(d time.Duration) {
	p.t.Helper()
	err := p.clock.Advance(p.t.Context(), p.clock.Wall().Add(d), 10*time.Second, p.d.Loops(), func() error { return nil })
	if err != nil {
		p.t.Fatal(err)
	}
}

// glide lets much time pass in larger steps.
func (p *place) glide(d, step time.Duration) {
	p.t.Helper()
	if err := p.clock.Advance(p.t.Context(), p.clock.Wall().Add(d), step, p.d.Loops(), func() error { return nil }); err != nil {
		p.t.Fatal(err)
	}
}

// only returns the single message of the ledger.
func (p *place) only() control.Message {
	p.t.Helper()
	list, err := p.c.Queue(p.t.Context(), control.QueueQuery{All: true})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(list) != 1 {
		p.t.Fatalf("%d messages in the ledger, want 1: %+v", len(list), list)
	}
	return list[0]
}

// files lists the messages of a folder of the Maildir.
func (p *place) files(folder string) []string {
	p.t.Helper()
	var out []string
	for _, sub := range []string{"cur", "new"} {
		names, err := filepath.Glob(p.at("Maildir", folder, sub, "*"))
		if err != nil {
			p.t.Fatal(err)
		}
		out = append(out, names...)
	}
	return out
}

const wholeNote = `# Review of the pilot
Date: 2026-03-03
Present: Dana, Sam, Lee

DECISION: the pilot goes on until June.
ACTION: @Lee send the figures by Friday
RISK: the licence ends in May. Proposal: renew it this month.

## Private
Do not tell anybody about the reorganisation.
`

// TestWholePath is the main job: a note becomes a draft, the draft is approved by moving
// its file, a time is chosen behind the meeting, and the mail leaves through a real
// submission server, once, as it was stored and as it was approved.
func TestWholePath(t *testing.T) {
	for name, start := range map[string]func(*testing.T) server{
		"Postfix": viaPostfix,
		"Dovecot": viaDovecot,
		"own":     viaOwn,
	} {
		t.Run(name, func(t *testing.T) { wholePath(t, start(t)) })
	}
}

func wholePath(t *testing.T, s server) {
	p := settle(t, s)
	p.run()
	p.note("pilot.md", wholeNote)
	p.pass(time.Minute)
	drafts := p.files(".Drafts")
	if len(drafts) != 1 || p.only().State != ledger.Drafted {
		t.Fatalf("drafts %v, state %s", drafts, p.only().State)
	}
	// The person edits the draft and moves it, as a mail client does.
	raw, err := os.ReadFile(drafts[0])
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(raw, []byte("until June"), []byte("until July"), 2)
	if err := os.WriteFile(p.at("Maildir/.Headsup/tmp/edited"), edited, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.at("Maildir/.Headsup/tmp/edited"), p.at("Maildir/.Headsup/cur/1772528000.edited.example:2,S")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(drafts[0]); err != nil {
		t.Fatal(err)
	}
	p.pass(2 * time.Minute)
	m := p.only()
	if m.State != ledger.Scheduled || m.ApprovedBy != ledger.ByMove {
		t.Fatalf("state %s, approved by %q", m.State, m.ApprovedBy)
	}
	meetingEnds := time.Date(2026, 3, 3, 10, 30, 0, 0, time.UTC)
	if m.Choice.At.Before(meetingEnds) || len(m.Choice.Reasons) == 0 {
		t.Fatalf("the choice %s lies in the meeting, or has no reasons: %+v", m.Choice.At, m.Choice)
	}
	if n := len(s.arrive()); n != 0 {
		t.Fatalf("%d mails left before their time", n)
	}
	p.pass(m.Choice.At.Sub(p.clock.Wall()) + 2*time.Minute)
	p.pass(20 * time.Minute) // nobody said whether the server files sent mail by itself: headsup waits a while
	p.end()
	p.verify(s)
}

// verify holds what the server received to the ledger and the ledger to the mailbox.
func (p *place) verify(s server) {
	t := p.t
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: p.paths.State})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	m, err := st.Get(t.Context(), 1)
	if err != nil || m.State != ledger.Sent {
		t.Fatalf("state %s, %v", m.State, err)
	}
	wire, err := st.Bytes(t.Context(), 1, ledger.CopyWire)
	if err != nil {
		t.Fatal(err)
	}
	got := s.arrive()
	if len(got) != 1 || !bytes.Equal(got[0], wire) {
		t.Fatalf("the server received %d mails; first:\n%s\nstored:\n%s", len(got), got, wire)
	}
	read, err := letter.Read(wire)
	if err != nil || read.ContentHash() != m.Approval.Content {
		t.Errorf("what left is not what was approved (%v)", err)
	}
	text := string(read.Parts[0].Body)
	for _, want := range []string{"until July", "renew it this month"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"reorganisation", "X-Headsup"} {
		if bytes.Contains(wire, []byte(never)) {
			t.Errorf("the mail says %q", never)
		}
	}
	if n := len(p.files(".Sent")); n != 1 {
		t.Errorf("%d copies in Sent, want 1", n)
	}
	if n := len(p.files(".Drafts")) + len(p.files(".Headsup")); n != 0 {
		t.Errorf("%d drafts left", n)
	}
	if err := st.VerifyTrail(t.Context()); err != nil {
		t.Error(err)
	}
}

func viaPostfix(t *testing.T) server {
	px := submittest.StartPostfix(t)
	return server{port: px.TLS, ca: certificateOf(t, px.TLS, px.Roots), arrive: func() [][]byte {
		var out [][]byte
		for _, d := range px.Delivered(t) {
			out = append(out, asSubmitted(d.Data))
		}
		return out
	}}
}

// asSubmitted takes away what a server puts on top of a message that it delivers, and
// gives the line ends back.
func asSubmitted(data []byte) []byte {
	i := bytes.Index(data, []byte("\nDate: "))
	for _, first := range []string{"\nFrom: ", "\nTo: ", "\nSubject: ", "\nMIME-Version: "} {
		if j := bytes.Index(data, []byte(first)); j >= 0 && (i < 0 || j < i) {
			i = j
		}
	}
	return bytes.ReplaceAll(data[i+1:], []byte("\n"), []byte("\r\n"))
}

func viaDovecot(t *testing.T) server {
	sink := &submittest.Server{}
	s, port := submittest.StartDovecot(t, sink.Listen(t, false))
	return server{port: port, ca: certificateOf(t, port, s.Roots), login: true, arrive: func() [][]byte { return relayed(sink) }}
}

// relayed are the mails of a server behind another one, which puts its Received field on
// top.
func relayed(s *submittest.Server) [][]byte {
	var out [][]byte
	for _, a := range s.Accepted() {
		out = append(out, asSubmitted(bytes.ReplaceAll(a.Data, []byte("\r\n"), []byte("\n"))))
	}
	return out
}

func viaOwn(t *testing.T) server {
	cert, roots, err := submittest.Certificate{Host: "localhost"}.Make()
	if err != nil {
		t.Fatal(err)
	}
	s := &submittest.Server{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}
	port := s.Listen(t, true)
	return server{port: port, ca: certificateOf(t, port, roots), login: true, arrive: func() [][]byte {
		var out [][]byte
		for _, a := range s.Accepted() {
			out = append(out, a.Data)
		}
		return out
	}}
}

// certificateOf writes the certificate of a server on loopback into a file, once it was
// verified.
func certificateOf(t *testing.T, port int, roots *x509.CertPool) string {
	t.Helper()
	d := &tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "localhost"}}
	conn, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	der := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestD14FewDescriptors runs the main job in a process that may open 64 files, its server
// among them.
func TestD14FewDescriptors(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 64 && exec "$0" -test.run='^TestWholePath$/^own$' -test.v`, os.Args[0])
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestWholePath/own") {
		t.Errorf("with 64 descriptors: %v\n%s", err, out)
	}
}
