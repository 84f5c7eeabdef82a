package daemon

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"headsup/calendar"
	"headsup/daemon/config"
	"headsup/daemon/draft"
	"headsup/daemon/follow"
	"headsup/daemon/intake"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
)

func (c *crew) addIntake() {
	s := intake.New(intake.Options{
		Dir: c.cfg.Notes.Folder, Extensions: c.cfg.Notes.Extensions, MaxAge: 48 * time.Hour, Store: c.d.store, Log: c.d.log, Contain: c.d.contain,
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
		CcName: func(mail.Address) string { return "" }, Tell: c.d.tell, Log: c.d.log, Contain: c.d.contain, Events: c.eventsAround,
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
		Known: c.known, Tell: c.d.tell, Log: c.d.log, Contain: c.d.contain, Zone: c.zoneOf,
		Seen: func(s ledger.Sighting) {
			c.people.see(s)
			c.stir("")
		},
		Away: c.away, Back: c.back, DayFirst: c.cfg.User.DateOrder == config.DayFirst,
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
