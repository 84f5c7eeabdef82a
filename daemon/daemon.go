// Package daemon builds the services and runs them. It is the only package that knows
// all of them: what one finds out and another needs passes through here.
//
// A [Daemon] owns what lives as long as the process: the ledger, the clock and its
// guard, the control socket. A crew is what a configuration makes: the mailbox, the
// submitter, the calendars, what is known of the managers, and the services around
// them. A new configuration means a new crew; the ledger does not notice.
//
// Each service is a step and runs in a loop of its own, so that a calendar that does not
// answer delays no mail, and a mail whose server does not answer delays no plan. They share no memory but the ledger and what [people] guards.
// A service that learns something wakes the one that it concerns.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/daemon/store"
)

// Options are what a daemon is made of.
type Options struct {
	Config  config.Config
	Paths   config.Paths
	Load    func() (config.Config, error) // for a reload; nil: not possible
	Clock   clock.Clock                   // nil: the machine's
	Log     *slog.Logger                  // nil: silent
	Version string
	Built   time.Time             // zero: not known
	Ready   func()                // everything runs and the socket is open; may be nil
	Alive   func()                // called every few seconds while all loops turn; may be nil
	Zone    func() *time.Location // of this machine now, nil: not asked
	Vault   config.Vault          // fetches secrets
	Metrics func(io.Writer)       // for the control socket; may be nil
	Parts   Parts                 // what a demo or a test brings along
}

// Daemon is one running headsup.
type Daemon struct {
	opt     Options
	clock   clock.Clock
	log     *slog.Logger
	store   *store.Store
	guard   *clock.Guard
	started time.Time
	health  *health
	adding  sync.Mutex

	mu      sync.Mutex
	current *crew
	reload  chan chan error
}

// Open opens the ledger and builds the services without running them. Whoever calls it
// must call [Daemon.Run] or [Daemon.Close].
func Open(ctx context.Context, o Options) (*Daemon, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	st, err := store.Open(ctx, store.Options{Dir: o.Paths.State, Log: o.Log})
	if err != nil {
		return nil, err
	}
	d := &Daemon{
		opt: o, clock: o.Clock, log: o.Log, store: st, started: o.Clock.Wall(),
		health: newHealth(), reload: make(chan chan error),
	}
	newest, err := newestEntry(ctx, st)
	if err == nil {
		var last clock.Pair
		if last, err = outbox.LastClock(ctx, st); err == nil {
			d.guard = clock.Resume(o.Clock, last, newest, o.Built)
			if newest.After(last.Wall) {
				last.Wall = newest
			}
			d.current, err = d.muster(ctx, o.Config)
			err = errors.Join(err, d.absence(ctx, last.Wall))
		}
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	d.report(ctx, st.Startup())
	return d, nil
}

// newestEntry is the time of the newest line of the trail: the clock must not be before.
func newestEntry(ctx context.Context, st *store.Store) (time.Time, error) {
	last, err := st.Trail(ctx, ledger.TrailFilter{Newest: true, Limit: 1})
	if err != nil || len(last) == 0 {
		return time.Time{}, err
	}
	return last[0].At, nil
}

// report tells the user what the start found.
func (d *Daemon) report(ctx context.Context, s store.Startup) {
	if s.MovedTo != "" {
		d.tell(ctx, "damaged "+s.MovedTo, fmt.Sprintf("the database was damaged and was moved to %s; the ledger starts again from the journal, and what may have gone is held", s.MovedTo))
	}
	if len(s.Recovered) > 0 || s.Foreign > 0 {
		d.tell(ctx, "restored "+d.started.Format(time.RFC3339), fmt.Sprintf("the database is older than the journal: %d messages that may have gone are uncertain now; look in the Sent folder, then: headsup queue arrived ID, or headsup queue retry ID", len(s.Recovered)+s.Foreign))
	}
	if s.Journal != "" {
		d.tell(ctx, "journal "+s.Journal, "the journal beside the database is not whole: "+s.Journal)
	}
	if s.ReadOnly != "" {
		d.log.Error("nothing can be written, nothing is sent", "why", s.ReadOnly)
	}
}

// Run runs until the context ends. It returns nil then.
func (d *Daemon) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, d.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	info := control.Info{
		Name: "headsup", Version: d.opt.Version, API: control.Version, PID: os.Getpid(), Started: d.started,
		Config: d.opt.Paths.Config, State: d.opt.Paths.State,
	}
	srv, err := control.Listen(d.opt.Paths.Socket)
	if err != nil {
		return fmt.Errorf("open the control socket: %w", err)
	}
	if d.store.Startup().Unchecked {
		go d.check(ctx)
	}
	served := make(chan error, 1)
	go func() {
		served <- control.Serve(ctx, srv, d, control.Options{Info: info, Metrics: d.opt.Metrics, Log: d.log})
	}()
	runErr := d.turn(ctx)
	stop()
	return errors.Join(runErr, <-served)
}

// check reads a database that was too large to be read at the start.
func (d *Daemon) check(ctx context.Context) {
	if err := d.store.Check(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("database is damaged", "err", err)
		d.tell(ctx, "damage", fmt.Sprintf("a part of the database cannot be read: %v. Stop headsup and start it again: it moves the damaged file aside and goes on from the journal.", err))
	}
}

// turn runs one crew after the other: a new one for each configuration.
func (d *Daemon) turn(ctx context.Context) error {
	for {
		c := d.crew()
		crewCtx, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- c.run(crewCtx) }()
		next, answer, err := d.attend(ctx, ended)
		stop()
		if next == nil {
			c.close()
			return err
		}
		err = <-ended
		c.close()
		d.mu.Lock()
		d.current = next
		d.mu.Unlock()
		d.log.Info("configuration read again")
		answer <- nil
		if err != nil {
			return err
		}
	}
}

// attend waits until the crew ends, or until there is a new one to take its place. A
// configuration that makes no crew is answered with its faults and changes nothing.
func (d *Daemon) attend(ctx context.Context, ended <-chan error) (*crew, chan<- error, error) {
	for {
		select {
		case err := <-ended:
			return nil, nil, err
		case answer := <-d.reload:
			next, err := d.newCrew(ctx)
			if err == nil {
				return next, answer, nil
			}
			answer <- err
		}
	}
}

func (d *Daemon) newCrew(ctx context.Context) (*crew, error) {
	if d.opt.Load == nil {
		return nil, errors.New("this service cannot read its configuration again")
	}
	cfg, err := d.opt.Load()
	if err != nil {
		return nil, err
	}
	return d.muster(ctx, cfg)
}

// Reload reads the configuration again. A faulty one changes nothing.
func (d *Daemon) Reload(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case d.reload <- answer:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		if err != nil {
			return control.Errorf(control.BadRequest, "headsup check", "%w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close releases what Open took. It is called by Run.
func (d *Daemon) Close() error { return d.store.Close() }

// Loops is the number of services that run.
func (d *Daemon) Loops() int { return len(d.crew().loops) }

func (d *Daemon) crew() *crew {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current
}

// kick wakes a service of the crew.
func (d *Daemon) kick(name string) {
	if c := d.crew(); c != nil {
		c.kick(name)
	}
}

// stir wakes what works on the queue.
func (d *Daemon) stir() {
	if c := d.crew(); c != nil {
		c.stir("")
	}
}

// tell puts a notice into the ledger, once for each cause; the outbox brings it into the
// user's inbox.
func (d *Daemon) tell(ctx context.Context, cause, text string) {
	now := d.clock.Wall()
	if _, err := d.store.AddTask(ctx, ledger.Task{Kind: ledger.TaskTell, Cause: cause, Text: text, Due: now}); err != nil {
		d.log.Error("notice not stored", "cause", cause, "err", err)
	}
	d.kick(loopTidy)
}
