package demo

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	smtp "github.com/emersion/go-smtp"
)

// arrival is a message that the submission server of the demo accepted. It is the
// demo's own record, apart from the ledger.
type arrival struct {
	at   time.Time
	from string
	to   []string
	data []byte
	file string
}

// post is the submission server: it accepts everything and keeps each message as a
// file.
type post struct {
	dir string
	now func() time.Time
	srv *smtp.Server
	ln  net.Listener

	mu       sync.Mutex
	arrivals []arrival
	seen     int
}

func openPost(dir string, now func() time.Time) (*post, error) {
	p := &post{dir: dir, now: now}
	var err error
	if p.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("open the demo's submission server: %w", err)
	}
	p.srv = smtp.NewServer(p)
	p.srv.Domain, p.srv.AllowInsecureAuth = "demo.example.com", true
	go p.srv.Serve(p.ln)
	return p, nil
}

func (p *post) port() int { return p.ln.Addr().(*net.TCPAddr).Port }

func (p *post) close() error {
	if err := p.srv.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// NewSession implements [smtp.Backend].
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &letterbox{p: p}, nil }

// fresh returns what arrived since it was asked last.
func (p *post) fresh() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.arrivals[p.seen:]
	p.seen = len(p.arrivals)
	return out
}

func (p *post) all() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]arrival(nil), p.arrivals...)
}

// letterbox is one conversation.
type letterbox struct {
	p    *post
	from string
	to   []string
}

func (l *letterbox) Mail(from string, _ *smtp.MailOptions) error {
	l.from, l.to = from, nil
	return nil
}

func (l *letterbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	l.to = append(l.to, to)
	return nil
}

func (l *letterbox) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	file := filepath.Join(l.p.dir, fmt.Sprintf("%02d.eml", len(l.p.arrivals)+1))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	l.p.arrivals = append(l.p.arrivals, arrival{at: l.p.now(), from: l.from, to: l.to, data: data, file: file})
	return nil
}

func (l *letterbox) Reset() {}

func (l *letterbox) Logout() error { return nil }
