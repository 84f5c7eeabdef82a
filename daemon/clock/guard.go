package clock

import (
	"fmt"
	"sync"
	"time"
)

// Guard watches the wall clock. It is trusted by default and suspect when it shows what
// cannot be: a time before the newest entry of the ledger or before the build, a step
// that no sleep explains, or a difference from a server's clock. While it is suspect
// nothing is sent. See docs/decisions/clock.md.
type Guard struct {
	clock   Clock
	session string // the run of the machine

	mu      sync.Mutex
	seen    bool
	wall    time.Time
	boot    time.Duration
	suspect Suspicion
}

// Suspicion says why the clock is not trusted, and since when. The zero value is trust.
type Suspicion struct {
	Code  string    `json:"code,omitempty"` // "before-ledger", "before-build", "step", "server"
	Text  string    `json:"text,omitempty"` // for a person
	Since time.Time `json:"since"`
}

// Limits of trust.
const (
	// MaxStep is how far wall and boot time may drift apart between two looks.
	MaxStep = 60 * time.Second
	// MaxSkew is how far a server's clock may differ.
	MaxSkew = 2 * time.Minute
)

// NewGuard starts to watch. The present is later than the newest entry of the ledger and
// than the build; zero times are not known.
func NewGuard(c Clock, ledger, build time.Time) *Guard {
	g := &Guard{clock: c, session: sessionOf(c)}
	wall := c.Wall()
	g.seen, g.wall, g.boot = true, wall, c.Boot()
	switch {
	case wall.Before(ledger.Add(-MaxStep)):
		g.suspect = Suspicion{"before-ledger", fmt.Sprintf("the clock shows %s, but the ledger has an entry of %s", stamp(wall), stamp(ledger)), wall}
	case wall.Before(build):
		g.suspect = Suspicion{"before-build", fmt.Sprintf("the clock shows %s, but this program was built at %s", stamp(wall), stamp(build)), wall}
	}
	return g
}

// Pair is what both clocks showed at one moment. A service stores it now and then, so
// that its next life can tell whether the clock was set while nobody looked.
type Pair struct {
	Wall    time.Time     `json:"wall"`
	Boot    time.Duration `json:"boot"`
	Suspect Suspicion     `json:"suspect"` // a restart does not make a clock right
	Session string        `json:"session"` // the run of the machine, "" if not known
}

// sessionOf names the run of the machine that boot times count from.
func sessionOf(c Clock) string {
	if s, ok := c.(interface{ Session() string }); ok {
		return s.Session()
	}
	return ""
}

// Resume is [NewGuard] with the last pair of an earlier life. Another session, or a boot
// time before that of the pair, means that the machine was started since; the pair says
// nothing of the clocks then.
func Resume(c Clock, last Pair, ledger, build time.Time) *Guard {
	g := NewGuard(c, ledger, build)
	if last.Suspect.Code != "" {
		g.suspect = last.Suspect
	}
	same := last.Session == "" || g.session == "" || last.Session == g.session
	if !last.Wall.IsZero() && same && g.boot >= last.Boot && g.suspect.Code == "" {
		wall, boot := g.wall, g.boot
		g.wall, g.boot = last.Wall, last.Boot
		g.compare(wall, boot)
	}
	return g
}

// Pair returns the last reading.
func (g *Guard) Pair() Pair {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Pair{g.wall, g.boot, g.suspect, g.session}
}

// Look takes a reading and returns it with what is known of it. slept is how long the
// machine was suspended since the last look, as far as both clocks agree: more than a
// minute means that windows may have been missed.
func (g *Guard) Look() (now time.Time, slept time.Duration, s Suspicion) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wall, boot := g.clock.Wall(), g.clock.Boot()
	return wall, g.compare(wall, boot), g.suspect
}

// compare judges a reading by the one before it and returns how long nobody looked.
func (g *Guard) compare(wall time.Time, boot time.Duration) (slept time.Duration) {
	dw, db := wall.Sub(g.wall), boot-g.boot
	g.wall, g.boot = wall, boot
	if drift := dw - db; (drift > MaxStep || drift < -MaxStep) && g.suspect.Code == "" {
		g.suspect = Suspicion{"step", fmt.Sprintf("the clock was set %s from %s to %s", direction(drift), stamp(wall.Add(-drift)), stamp(wall)), wall}
	} else if db > time.Minute {
		slept = db
	}
	return slept
}

func direction(d time.Duration) string {
	if d < 0 {
		return "back"
	}
	return "forward"
}

// Server compares the clock with one that a server told, read at about now. It ends a
// suspicion when they agree and starts one when they do not.
func (g *Guard) Server(name string, told time.Time) Suspicion {
	g.mu.Lock()
	defer g.mu.Unlock()
	if told.IsZero() {
		return g.suspect
	}
	wall := g.clock.Wall()
	diff := wall.Sub(told)
	if diff >= -MaxSkew && diff <= MaxSkew {
		g.suspect = Suspicion{}
		return g.suspect
	}
	if g.suspect.Code == "" {
		g.suspect = Suspicion{"server", fmt.Sprintf("the clock shows %s, but %s says %s", stamp(wall), name, stamp(told)), wall}
	}
	return g.suspect
}

// Accept is the word of a person that the clock is right now.
func (g *Guard) Accept() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.suspect = Suspicion{}
	g.wall, g.boot = g.clock.Wall(), g.clock.Boot()
}

// Suspect returns what is known without taking a reading.
func (g *Guard) Suspect() Suspicion {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.suspect
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
