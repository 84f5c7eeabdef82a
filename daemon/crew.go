package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/draft"
	"headsup/daemon/follow"
	"headsup/daemon/intake"
	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules/policy"
	"headsup/rules/window"
)

// Parts are what a demo or a test gives in place of what the configuration names.
type Parts struct {
	Mailbox mail.Mailbox
	Submit  mail.Submitter
	Random  io.Reader // for Message-IDs and tokens; nil: crypto/rand
}

// crew is everything that one configuration makes.
type crew struct {
	d       *Daemon
	cfg     config.Config
	mailbox mail.Mailbox
	people  *people
	feeds   []*feed
	policy  *policy.Policy
	draft   *draft.Service
	follow  *follow.Service
	outbox  *outbox.Outbox
	loops   []*loop
	byName  map[string]*loop
}

// loop is one service with its step and the channel that wakes it.
type loop struct {
	name  string
	step  func(ctx context.Context, now time.Time) (time.Time, error)
	wake  chan struct{}
	watch func(ctx context.Context, wake chan<- struct{}) error // tells of changes; may be nil
}

// muster builds a crew without running it.
func (d *Daemon) muster(ctx context.Context, cfg config.Config) (*crew, error) {
	c := &crew{d: d, cfg: cfg, byName: map[string]*loop{}}
	var err error
	if c.policy, err = policyOf(cfg.Rules); err != nil {
		return nil, err
	}
	if c.people, err = newPeople(ctx, d.store, cfg, d.clock.Wall()); err != nil {
		return nil, err
	}
	if c.mailbox, err = d.openMailbox(ctx, cfg); err != nil {
		return nil, err
	}
	submit, err := d.openSubmitter(cfg)
	if err == nil {
		err = c.addFeeds(ctx)
	}
	if err == nil {
		err = c.addServices(submit)
	}
	if err != nil {
		return nil, errors.Join(err, c.mailbox.Close())
	}
	return c, nil
}

// policyOf compiles the user's rules.
func policyOf(list []config.Rule) (*policy.Policy, error) {
	in := make([]policy.Rule, len(list))
	for i, r := range list {
		in[i] = policy.Rule{Name: r.Name, When: r.When, Priority: string(r.Priority), Approval: string(r.Approval), NotBefore: r.NotBefore, By: r.By, Style: string(r.Style)}
		for _, a := range r.CC {
			in[i].Cc = append(in[i].Cc, a.String())
		}
	}
	p, faults := policy.Compile(in)
	if len(faults) == 0 {
		return p, nil
	}
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return nil, fmt.Errorf("rules: %w", errors.Join(errs...))
}

// addFeeds makes a loop for each calendar.
func (c *crew) addFeeds(ctx context.Context) error {
	for _, cal := range c.cfg.Calendars {
		m, ok := c.cfg.ManagerByKey(cal.Manager)
		if !ok {
			return fmt.Errorf("calendar %q: there is no manager %q", cal.Name, cal.Manager)
		}
		src, err := c.d.openCalendar(ctx, c.cfg, cal)
		if err != nil {
			return fmt.Errorf("calendar %q: %w", cal.Name, err)
		}
		f := &feed{
			name: cal.Name, manager: cal.Manager, source: src, zone: m.Zone, poll: cal.Poll, maxAge: cal.MaxAge,
			store: c.d.store, tell: c.d.tell, log: c.d.log,
			changed: func(manager, _ string) {
				c.people.touch(manager)
				c.kick("outbox")
			},
			clock: func(server time.Time, from string) { c.d.guard.Server(from, server) },
		}
		c.feeds = append(c.feeds, f)
		one := c.people.known[cal.Manager]
		one.feeds, one.calendars = append(one.feeds, f), append(one.calendars, cal)
		c.add(&loop{name: "calendar " + cal.Name, step: f.step})
	}
	return nil
}

// addServices makes the services that every configuration has.
func (c *crew) addServices(submit mail.Submitter) error {
	templates := letter.DefaultTemplates()
	if dir := c.cfg.Notes.Templates; dir != "" {
		var err error
		if templates, err = letter.LoadTemplates(dir); err != nil {
			return fmt.Errorf("notes.templates: %w", err)
		}
	}
	random := c.d.opt.Parts.Random
	if random == nil {
		random = rand.Reader
	}
	random = &lockedReader{r: random}
	c.draft = draft.New(c.draftOptions(templates, random))
	c.follow = follow.New(c.followOptions(random))
	c.outbox = outbox.New(outbox.Options{
		Store: c.d.store, Mailbox: c.mailbox, Submit: submit, Planner: &planner{c: c, rules: new(window.Planner)}, Teller: teller{c},
		Clock: c.d.clock, Guard: c.d.guard, Read: letter.Read,
		Wire: func(approved []byte, date time.Time, id mail.MessageID) ([]byte, error) {
			return letter.Wire(approved, letter.WireOptions{Date: date, ID: id})
		},
		Free: func() (int64, error) { return freeDisk(c.d.opt.Paths.State) }, Log: c.d.log,
	})
	c.add(&loop{name: "mailbox", step: c.follow.Step, watch: c.watchMailbox})
	c.add(&loop{name: "draft", step: c.draft.Step})
	c.add(&loop{name: "outbox", step: c.outbox.Step})
	if c.cfg.Notes.Folder != "" {
		c.addIntake()
	}
	return nil
}

func (c *crew) addIntake() {
	s := intake.New(intake.Options{
		Dir: c.cfg.Notes.Folder, Extensions: c.cfg.Notes.Extensions, MaxAge: 48 * time.Hour, Store: c.d.store, Log: c.d.log,
		Problem: func(ctx context.Context, p intake.Problem) {
			c.d.tell(ctx, "note "+p.Path+" "+p.Text, fmt.Sprintf("the file %q in the notes folder was not taken in: it %s", p.Path, p.Text))
		},
		Gone: c.noteGone,
	})
	c.add(&loop{name: "notes", step: s.Step, watch: func(ctx context.Context, wake chan<- struct{}) error {
		return intake.Watch(ctx, c.cfg.Notes.Folder, wake, c.d.log)
	}})
}

// noteGone holds what was approved from a note whose file has been deleted: perhaps the
// user thought better of it.
func (c *crew) noteGone(ctx context.Context, path string, now time.Time) error {
	notes, err := c.d.store.Notes(ctx, ledger.NoteDrafted)
	if err != nil {
		return err
	}
	for _, n := range notes {
		if n.Path != path || !n.Gone.IsZero() {
			continue
		}
		m, err := c.d.store.Get(ctx, n.Message)
		if err != nil {
			return err
		}
		if m.State != ledger.Approved && m.State != ledger.Scheduled {
			continue
		}
		text := fmt.Sprintf("its note %q was deleted after you approved it; if it is to go all the same: headsup queue release %s", path, m.ID)
		if _, err := c.d.store.Apply(ctx, now, m.ID, ledger.Keep(ledger.Hold{Code: "note-gone", Text: text}, "headsup")); err != nil {
			return err
		}
		c.d.tell(ctx, "note-gone "+m.ID.String(), fmt.Sprintf("%q is held: %s", m.Subject, text))
	}
	return c.d.store.NoteGone(ctx, path, now)
}

func (c *crew) draftOptions(t *letter.Templates, random io.Reader) draft.Options {
	u := c.cfg.User
	o := draft.Options{
		User: mail.Party{Name: u.Name, Address: u.Address}, Zone: u.Zone, Signature: u.Signature, Account: c.cfg.Account(),
		DayFirst: u.DateOrder == config.DayFirst, Default: c.cfg.Notes.DefaultManager, PerHour: c.cfg.Notes.MaxDraftsPerHour,
		Templates: t, Store: c.d.store, Mailbox: c.mailbox, Random: random, Policy: c.policy,
		CcName: func(mail.Address) string { return "" }, Tell: c.d.tell, Log: c.d.log, Events: c.eventsAround,
	}
	if argv := c.cfg.Notes.ExtractCommand; len(argv) > 0 {
		o.Extract = draft.Command{Argv: argv}.Run
	}
	for _, m := range c.cfg.Managers {
		o.Managers = append(o.Managers, draft.Manager{
			Key: m.Key, Name: m.Name, Greeting: m.Greeting, Address: m.Addresses[0], Style: letter.Style(m.Style), Zone: m.Zone,
		})
	}
	return o
}

// eventReach is how far from a moment the events lie that a note could be about.
const eventReach = 36 * time.Hour

// eventsAround lists what the calendars of a manager show about a moment.
func (c *crew) eventsAround(ctx context.Context, manager string, around time.Time) []calendar.Event {
	one := c.people.known[manager]
	if one == nil {
		return nil
	}
	within := calendar.Span{Start: around.Add(-eventReach), End: around.Add(eventReach)}
	var out []calendar.Event
	for _, f := range one.feeds {
		if err := f.load(ctx); err != nil {
			c.d.log.Warn("what the calendar said last is not known", "calendar", f.name, "err", err)
		}
		known, _ := f.state()
		for _, e := range known.Events {
			if e.Overlaps(within) {
				out = append(out, e)
			}
		}
	}
	return out
}

func (c *crew) followOptions(random io.Reader) follow.Options {
	o := follow.Options{
		User: append([]mail.Address{c.cfg.User.Address}, c.cfg.User.Aliases...), Managers: map[string]string{},
		Account: c.cfg.Account(), Box: boxName(c.cfg), Store: c.d.store, Mailbox: c.mailbox, Policy: c.policy, Random: random,
		Known: c.known, Tell: c.d.tell, Log: c.d.log, Zone: c.zoneOf,
		Seen: func(s ledger.Sighting) {
			c.people.see(s)
			c.kick("outbox")
		},
	}
	if h := c.cfg.Mailbox.History; h > 0 {
		o.Since = c.d.clock.Wall().Add(-h)
	}
	for _, g := range c.cfg.Mailbox.Approve {
		o.Move = o.Move || g == config.GestureMove
		o.Star = o.Star || g == config.GestureStar
	}
	for _, m := range c.cfg.Managers {
		for _, a := range m.Addresses {
			o.Managers[a.Key()] = m.Key
		}
	}
	return o
}

// known are the addresses that a look-alike could imitate, and that headsup may write
// to by itself.
func (c *crew) known() []mail.Address {
	var out []mail.Address
	for _, m := range c.cfg.Managers {
		out = append(out, m.Addresses...)
	}
	for _, r := range c.cfg.Rules {
		out = append(out, r.CC...)
	}
	return append(append(out, c.cfg.User.Address), c.cfg.User.Aliases...)
}

func (c *crew) zoneOf(manager string) *time.Location {
	if one := c.people.known[manager]; one != nil {
		return one.cfg.Zone
	}
	return c.cfg.User.Zone
}

func boxName(cfg config.Config) string {
	m := cfg.Mailbox
	return fmt.Sprintf("%s:%s%s@%s", m.Kind, m.Path, m.Server.Username, m.Server.Host)
}

// watchMailbox wakes the loop when something may have changed.
func (c *crew) watchMailbox(ctx context.Context, wake chan<- struct{}) error {
	for ctx.Err() == nil {
		if err := c.mailbox.Watch(ctx, mail.Inbox, mail.Drafts, mail.Queue, mail.QueueNow); err != nil {
			return err
		}
		poke(wake)
	}
	return ctx.Err()
}

func (c *crew) add(l *loop) {
	l.wake = make(chan struct{}, 1)
	c.loops, c.byName[l.name] = append(c.loops, l), l
}

// kick wakes a service. It never blocks; a service that is awake looks once more.
func (c *crew) kick(name string) {
	if l := c.byName[name]; l != nil {
		poke(l.wake)
	}
}

func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// run starts every loop and returns when all have ended. The first step of the outbox
// decides what a dead process left behind, so it comes before the loops.
func (c *crew) run(ctx context.Context) error {
	c.d.health.reset()
	if err := c.outbox.Start(ctx, c.d.clock.Wall()); err != nil {
		if ctx.Err() != nil {
			return nil // it was stopped before it began, which is no fault
		}
		return fmt.Errorf("look at what the last run left: %w", err)
	}
	var wg sync.WaitGroup
	for _, l := range c.loops {
		wg.Go(func() { c.turn(ctx, l) })
		if l.watch != nil {
			wg.Go(func() { c.keepWatch(ctx, l) })
		}
	}
	if c.d.opt.Ready != nil {
		c.d.opt.Ready()
	}
	if c.d.opt.Alive != nil {
		wg.Go(func() { c.beat(ctx) })
	}
	wg.Wait()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return c.outbox.Stop(end, c.d.clock.Wall())
}

// turn runs one loop. What a service changed in the ledger concerns the outbox.
func (c *crew) turn(ctx context.Context, l *loop) {
	_ = clock.Loop(ctx, c.d.clock, l.wake, func(ctx context.Context, now time.Time) (time.Time, error) {
		before, _ := c.d.store.Revision(ctx)
		next, err := guarded(ctx, now, l.step)
		if ctx.Err() == nil {
			c.d.health.turned(l.name, now, err)
		}
		if after, _ := c.d.store.Revision(ctx); after != before {
			c.wakeOthers(l.name)
		}
		return next, err
	}, func(err error) { c.d.log.Warn("service failed, trying again", "service", l.name, "err", err) })
}

func (c *crew) wakeOthers(name string) {
	if name != "outbox" {
		c.kick("outbox")
	}
	if name == "notes" {
		c.kick("draft")
	}
}

// guarded turns a panic of one step into an error, so that one bad mail cannot stop the
// others. What it was doing stays in the state that the ledger has.
func guarded(ctx context.Context, now time.Time, step func(context.Context, time.Time) (time.Time, error)) (next time.Time, err error) {
	defer func() {
		if r := recover(); r != nil {
			next, err = now.Add(time.Minute), fmt.Errorf("panic: %v", r)
		}
	}()
	return step(ctx, now)
}

// keepWatch starts a watch again when it breaks; the loop goes on by itself meanwhile.
func (c *crew) keepWatch(ctx context.Context, l *loop) {
	for ctx.Err() == nil {
		err := l.watch(ctx, l.wake)
		if ctx.Err() != nil {
			return
		}
		c.d.log.Warn("not told of changes, looking every 20 s", "service", l.name, "err", err)
		if c.d.clock.Wait(ctx, time.Minute, nil) != nil {
			return
		}
	}
}

// beat tells the supervisor that all loops turn.
func (c *crew) beat(ctx context.Context) {
	for ctx.Err() == nil {
		if c.d.health.alive(c.d.clock.Wall(), 15*time.Minute) {
			c.d.opt.Alive()
		}
		if c.d.clock.Wait(ctx, 10*time.Second, nil) != nil {
			return
		}
	}
}

func (c *crew) close() {
	if err := c.mailbox.Close(); err != nil {
		c.d.log.Warn("mailbox not closed", "err", err)
	}
}

// lockedReader lets several services draw from one source of randomness.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
