package setup

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// State is what a check found.
type State string

// The states. Unknown: it could not be looked at, which is not the same as well.
const (
	Well    State = "well"
	Warning State = "warning"
	Broken  State = "broken"
	Unknown State = "unknown"
)

// Check is one line of the doctor's table.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

// Probe is a check that was not made yet.
type Probe struct {
	Name  string
	Mend  string // what helps if it fails, unless the finding says better
	Limit time.Duration
	Look  func(ctx context.Context) Finding
}

// Finding is what a probe found.
type Finding struct {
	State  State
	Detail string
	Mend   string
}

// Found makes a finding of an error: none is well.
func Found(err error, well string) Finding {
	if err == nil {
		return Finding{State: Well, Detail: well}
	}
	return Finding{State: Broken, Detail: err.Error()}
}

// defaultLimit is the patience of one check.
const defaultLimit = 20 * time.Second

// Examine makes all checks at once and returns them in their order. A check that hangs or
// panics is a finding about itself and holds up nobody.
func Examine(ctx context.Context, probes []Probe) []Check {
	out := make([]Check, len(probes))
	var wg sync.WaitGroup
	for i, p := range probes {
		wg.Go(func() { out[i] = p.examine(ctx) })
	}
	wg.Wait()
	return out
}

func (p Probe) examine(ctx context.Context) Check {
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	got := make(chan Finding, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				got <- Finding{State: Unknown, Detail: fmt.Sprintf("the check itself failed: %v", v), Mend: "please report this"}
			}
		}()
		got <- p.Look(ctx)
	}()
	var f Finding
	select {
	case f = <-got:
	case <-ctx.Done():
		f = Finding{State: Unknown, Detail: context.Cause(ctx).Error()}
	}
	c := Check{Name: p.Name, State: f.State, Detail: f.Detail, Mend: f.Mend}
	if c.Mend == "" && c.State != Well {
		c.Mend = p.Mend
	}
	return c
}

// Worst is the state of a whole table.
func Worst(checks []Check) State {
	worst := Well
	for _, c := range checks {
		if rank(c.State) > rank(worst) {
			worst = c.State
		}
	}
	return worst
}

func rank(s State) int {
	switch s {
	case Well:
		return 0
	case Warning:
		return 1
	case Unknown:
		return 2
	}
	return 3
}
