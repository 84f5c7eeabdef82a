package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/draft"
	"headsup/daemon/follow"
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
				c.stir("")
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
		Free: func() (int64, error) { return freeDisk(c.d.opt.Paths.State) }, Log: c.d.log, Contain: c.d.contain,
	})
	c.add(&loop{name: "mailbox", step: c.follow.Step, watch: c.watchMailbox})
	c.add(&loop{name: "draft", step: c.draft.Step})
	c.addOutbox()
	if c.d.opt.Zone != nil {
		c.add(&loop{name: "zone", step: c.d.watchZone})
	}
	if c.cfg.Notes.Folder != "" {
		c.addIntake()
	}
	c.addPlanFile()
	return nil
}

func (c *crew) close() {
	if err := c.mailbox.Close(); err != nil {
		c.d.log.Warn("mailbox not closed", "err", err)
	}
}
