package daemon

import (
	"sync"
	"time"

	"headsup/daemon/control"
)

// health is how the services are doing, for `headsup status` and the watchdog.
type health struct {
	mu    sync.Mutex
	order []string
	parts map[string]*control.Service
	beat  map[string]time.Time // last turn of each loop
}

func newHealth() *health {
	return &health{parts: map[string]*control.Service{}, beat: map[string]time.Time{}}
}

// turned records that a service made a step, and how it went.
func (h *health) turned(name string, now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.parts[name]
	if p == nil {
		p = &control.Service{Name: name}
		h.parts[name] = p
		h.order = append(h.order, name)
	}
	h.beat[name] = now
	if p.OK = err == nil; p.OK {
		p.Text, p.LastOK = "well", now
		return
	}
	p.Text = err.Error()
}

// reset forgets the services of a crew that is gone.
func (h *health) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.order, h.parts, h.beat = nil, map[string]*control.Service{}, map[string]time.Time{}
}

func (h *health) list() []control.Service {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []control.Service{}
	for _, name := range h.order {
		out = append(out, *h.parts[name])
	}
	return out
}

// alive reports whether every loop turned lately.
func (h *health) alive(now time.Time, limit time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.beat {
		if now.Sub(t) > limit {
			return false
		}
	}
	return true
}
