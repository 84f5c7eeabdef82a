package ics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics/guard"
	"headsup/calendar/sourcetest"
)

// filePeer is a calendar in a file.
type filePeer struct {
	t    *testing.T
	path string
	text string
	tick time.Time
}

func (p *filePeer) Source() calendar.Source { return &File{Path: p.path} }

func (p *filePeer) write(text string) {
	p.tick = p.tick.Add(time.Second)
	if err := os.WriteFile(p.path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chtimes(p.path, p.tick, p.tick); err != nil {
		p.t.Fatal(err)
	}
}

func (p *filePeer) Serve(events []sourcetest.Event) {
	p.text = sourcetest.ICalendar(events)
	p.write(p.text)
}

func (p *filePeer) Break(n int) bool {
	switch n {
	case 0:
		p.write(p.text[:len(p.text)/2])
	case 1:
		p.write("")
	case 2:
		p.write("<html>")
	case 3:
		if err := os.Remove(p.path); err != nil {
			p.t.Fatal(err)
		}
	default:
		return false
	}
	return true
}

func (p *filePeer) Mend() { p.write(p.text) }

func TestFileConforms(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Peer {
		return &filePeer{t: t, path: filepath.Join(t.TempDir(), "dana.ics"), tick: time.Now()}
	})
}

// urlPeer is a calendar behind a link.
type urlPeer struct {
	address string
	text    string
	broken  int // -1: not
}

func (p *urlPeer) Source() calendar.Source {
	return &URL{Address: p.address, Client: guard.Client(guard.Options{AllowPrivate: true})}
}

func (p *urlPeer) Serve(events []sourcetest.Event) { p.text = sourcetest.ICalendar(events) }

func (p *urlPeer) Break(n int) bool { p.broken = n; return n < 5 }

func (p *urlPeer) Mend() { p.broken = -1 }

func (p *urlPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	etag := `"` + version(p.text) + `"`
	w.Header().Set("ETag", etag)
	switch {
	case p.broken == 0:
		w.WriteHeader(http.StatusServiceUnavailable)
	case p.broken == 1:
		io.WriteString(w, p.text[:len(p.text)/2])
	case p.broken == 2:
		io.WriteString(w, "<!doctype html>")
	case p.broken == 3:
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, p.text)
	case p.broken == 4:
		w.Header().Set("Content-Length", "1000000")
		io.WriteString(w, p.text)
	case r.Header.Get("If-None-Match") == etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		io.WriteString(w, p.text)
	}
}

func TestURLConforms(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Peer {
		p := &urlPeer{broken: -1}
		s := httptest.NewServer(p)
		t.Cleanup(s.Close)
		p.address = s.URL
		return p
	})
}
