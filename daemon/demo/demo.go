// Package demo shows a working week in a minute. It makes a small world in a folder (a
// Maildir with half a year of mail, a manager's calendar, a folder for notes, a
// submission server on loopback), runs the real daemon in it on a clock that skips the
// waiting, plays the week of somebody who uses it, and tells what happens as it
// happens. At the end it compares what the server received with what was approved and
// with the manager's calendar; nothing but the promises kept makes it succeed.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"headsup/daemon"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// Options say where the demo lives and whom it tells.
type Options struct {
	Out  io.Writer
	Dir  string       // must not exist or be empty; "": a new temporary folder
	IMAP bool         // the mailbox lies on a Dovecot, and the gestures come from another client of it
	Log  *slog.Logger // of the daemon; nil: silent
}

// Run plays the week. It returns nil only if every promise held.
func Run(ctx context.Context, o Options) error {
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "headsup-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		o.Dir = dir
	}
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return err
	}
	s := &show{out: o.Out, clock: clock.NewPaced(time.Date(2026, 3, 2, 8, 0, 0, 0, zone)), zone: zone, chosen: map[ledger.ID]time.Time{}}
	if s.world, err = build(o.Dir, s.clock.Wall, o.IMAP); err != nil {
		return fmt.Errorf("build the demo's world: %w", err)
	}
	if s.post, err = openPost(s.world.path("sent"), s.clock.Wall); err != nil {
		return errors.Join(err, s.world.close())
	}
	err = s.week(ctx, o)
	return errors.Join(err, s.post.close(), s.world.close())
}

// show is one performance.
type show struct {
	out     io.Writer
	clock   *clock.Paced
	zone    *time.Location
	world   *world
	post    *post
	client  *control.Client
	loops   int
	seq     int64 // last line of the trail that was told
	day     string
	tally   string // what the last status said, to see whether there is news
	chosen  map[ledger.ID]time.Time
	later   []errand
	queue   []control.Message // at the end
	answers int
}

// errand is something that happens at a later moment because of something else.
type errand struct {
	at time.Time
	do func() error
}

// week runs the daemon and plays the story beside it.
func (s *show) week(ctx context.Context, o Options) error {
	paths := config.Paths{
		Config: s.world.path("config.toml"), State: s.world.path("state"), Socket: s.world.path("state", "run", "control.sock"),
		Database: s.world.path("state", "headsup.db"), Journal: s.world.path("state", "journal.log"),
	}
	ready := make(chan struct{})
	d, err := daemon.Open(ctx, daemon.Options{
		Config: s.world.configuration(s.post.port()), Paths: paths, Clock: s.clock, Log: o.Log, Version: "demo",
		Ready: func() { close(ready) },
	})
	if err != nil {
		return fmt.Errorf("start the daemon: %w", err)
	}
	s.loops = d.Loops()
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- d.Run(running) }()
	select {
	case <-ready:
	case err := <-ended:
		return fmt.Errorf("the daemon ended: %w", err)
	}
	s.client = control.NewClient(paths.Socket)
	defer s.client.Close()
	s.say("", "Five days with headsup. Dana Reyes is the manager, Sam Okafor the one who writes; Ines Duarte starts early.")
	s.say("", "Everything lies in %s", o.Dir)
	if s.world.imap != nil {
		s.say("", "The mailbox is on a Dovecot at %s; drafts are moved there by another client.", s.world.imap.server.IMAPS)
	}
	err = s.play(running)
	if err == nil {
		err = s.remember(running)
	}
	stop()
	if runErr := <-ended; runErr != nil {
		err = errors.Join(err, fmt.Errorf("the daemon: %w", runErr))
	}
	if err != nil {
		return err
	}
	return s.verdict(ctx, paths)
}

// play goes through the story, scene by scene.
func (s *show) play(ctx context.Context) error {
	for _, sc := range story() {
		at := s.at(sc.day, sc.clock)
		if err := s.until(ctx, at); err != nil {
			return err
		}
		s.say("you", "%s", sc.text)
		if err := sc.do(ctx, s); err != nil {
			return fmt.Errorf("%s %s: %w", sc.day, sc.clock, err)
		}
	}
	return s.until(ctx, s.at("Fri", "18:00"))
}

// at is a moment of the week.
func (s *show) at(day, clock string) time.Time {
	n := map[string]int{"Mon": 2, "Tue": 3, "Wed": 4, "Thu": 5, "Fri": 6}[day]
	t, err := time.ParseInLocation("2006-01-02 15:04", fmt.Sprintf("2026-03-%02d %s", n, clock), s.zone)
	if err != nil {
		panic(err) // a slip in the story, found by its test
	}
	return t
}

// until lets time pass, with whatever is to happen on the way. Nights go by in larger
// steps, as they do for a laptop that sleeps.
func (s *show) until(ctx context.Context, t time.Time) error {
	for {
		next := t
		for _, e := range s.later {
			if e.at.Before(next) {
				next = e.at
			}
		}
		if err := s.pass(ctx, next); err != nil {
			return err
		}
		if err := s.runErrands(); err != nil {
			return err
		}
		if !s.clock.Wall().Before(t) {
			return s.clock.Advance(ctx, t, time.Second, s.loops, s.tell)
		}
	}
}

// runErrands does what is due.
func (s *show) runErrands() error {
	due := s.later
	s.later = nil
	for _, e := range due {
		if e.at.After(s.clock.Wall()) {
			s.later = append(s.later, e)
			continue
		}
		if err := e.do(); err != nil {
			return err
		}
	}
	return nil
}

// pass lets time go by until t, or until there is a new errand to run on the way.
func (s *show) pass(ctx context.Context, t time.Time) error {
	for errands := len(s.later); len(s.later) == errands; {
		now := s.clock.Wall().In(s.zone)
		if !now.Before(t) {
			return nil
		}
		step, stretch := time.Minute, earliest(t, now.Add(10*time.Minute))
		y, m, d := now.Date()
		morning, night := time.Date(y, m, d, 6, 0, 0, 0, s.zone), time.Date(y, m, d, 21, 30, 0, 0, s.zone)
		switch {
		case now.Before(morning):
			step, stretch = 10*time.Minute, earliest(t, morning)
		case !now.Before(night):
			step, stretch = 10*time.Minute, earliest(t, morning.AddDate(0, 0, 1))
		}
		if err := s.clock.Advance(ctx, stretch, step, s.loops, s.tell); err != nil {
			return err
		}
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
