package daemon

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"headsup/daemon/control"
)

// health is how the services are doing, for `headsup status` and the watchdog.
type health struct {
	mu    sync.Mutex
	order []string
	parts map[string]*pulse
}

// pulse is one loop as health sees it.
type pulse struct {
	last  control.Service
	limit time.Duration
	since time.Time     // when its step began, zero between two steps
	busy  time.Duration // how long the step takes so far, the time asleep left out
}

func newHealth() *health { return &health{parts: map[string]*pulse{}} }

// began records that a loop begins a step.
func (h *health) began(l *loop, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.parts[l.name]
	if p == nil {
		p = &pulse{last: control.Service{Name: l.name}, limit: l.limit}
		h.parts[l.name] = p
		h.order = append(h.order, l.name)
	}
	p.since, p.busy = now, 0
}

// turned records that it came back, and how the step went.
func (h *health) turned(l *loop, now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.parts[l.name]
	p.since = time.Time{}
	if p.last.OK = err == nil; p.last.OK {
		p.last.Text, p.last.LastOK = "well", now
		return
	}
	p.last.Text = err.Error()
}

// reset forgets the services of a crew that is gone.
func (h *health) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.order, h.parts = nil, map[string]*pulse{}
}

// patience is how long a step may take until the status speaks of it.
const patience = time.Minute

func (h *health) list(now time.Time) []control.Service {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []control.Service{}
	for _, name := range h.order {
		p := h.parts[name]
		s := p.last
		switch slow := !p.since.IsZero() && now.Sub(p.since) >= patience; {
		case slow:
			s.Text = strings.TrimSuffix(fmt.Sprintf("waits for an answer since %s; before that: %s", p.since.Format("15:04"), s.Text), "; before that: ")
		case s.Text == "":
			continue // it begins
		}
		out = append(out, s)
	}
	return out
}

// tick says that d has passed and names a loop whose step takes longer than it may, "" if
// there is none. It counts the calls and asks no clock: a machine that slept with a step
// half done has not been busy with it all night.
func (h *health) tick(d time.Duration) (stuck string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range h.order {
		p := h.parts[name]
		if p.since.IsZero() {
			continue
		}
		if p.busy += d; p.busy > p.limit {
			stuck = name
		}
	}
	return stuck
}
