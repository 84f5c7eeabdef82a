package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// logKeys lists every key that may stand in a log line. A message is constant, what
// varies stands under a key, and neither text nor addresses of mail are logged at the
// level info or above. A test holds all calls to this list.
func logKeys() []string {
	return []string{
		"account", "attempt", "by", "calendar", "cause", "code", "count", "database", "err", "event",
		"events", "faults", "file", "folder", "from", "id", "key", "kind", "manager", "message",
		"messages", "moved", "name", "note", "outcome", "path", "reason", "retry", "server", "service",
		"since", "size", "source", "stack", "stage", "state", "stderr", "store", "task", "took", "uid",
		"until", "urgent", "version", "wait", "why",
	}
}

// newLogger writes one line for each record to w: text with a time by hand; under
// systemd without the time but with the priority in front that journald reads
// (sd-daemon(3)). The text handler quotes control characters, so that no value can
// begin a line of its own or steer a terminal.
func newLogger(w io.Writer, level string, getenv func(string) string) *slog.Logger {
	opt := &slog.HandlerOptions{Level: levelOf(level)}
	if getenv("JOURNAL_STREAM") == "" && getenv("INVOCATION_ID") == "" {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	opt.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}
	p := &prefixer{w: w}
	return slog.New(journal{Handler: slog.NewTextHandler(p, opt), p: p})
}

func levelOf(level string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(strings.ToUpper(level))) != nil {
		return slog.LevelInfo
	}
	return l
}

// journal puts the priority of a record before its line.
type journal struct {
	slog.Handler
	p *prefixer
}

// prefixer is a writer whose next write begins with a prefix.
type prefixer struct {
	mu     sync.Mutex
	w      io.Writer
	prefix string
}

func (p *prefixer) Write(b []byte) (int, error) {
	if _, err := p.w.Write(append([]byte(p.prefix), b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (j journal) Handle(ctx context.Context, r slog.Record) error {
	j.p.mu.Lock()
	defer j.p.mu.Unlock()
	j.p.prefix = priority(r.Level)
	return j.Handler.Handle(ctx, r)
}

func (j journal) WithAttrs(as []slog.Attr) slog.Handler {
	return journal{Handler: j.Handler.WithAttrs(as), p: j.p}
}

func (j journal) WithGroup(name string) slog.Handler {
	return journal{Handler: j.Handler.WithGroup(name), p: j.p}
}

// priority is the level as syslog(3) numbers it.
func priority(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "<3>"
	case l >= slog.LevelWarn:
		return "<4>"
	case l >= slog.LevelInfo:
		return "<6>"
	}
	return "<7>"
}
