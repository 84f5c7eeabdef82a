package daemon

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/mailboxtest"
	"headsup/rules"
)

// rebooted is a clock of a machine that is started anew for each life of the service.
type rebooted struct {
	*clock.Fake
	run string
}

func (r rebooted) Session() string { return r.run }

// home is a state directory that several lives of the service share.
type home struct {
	t   *testing.T
	dir string
	cfg config.Config
	n   int
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, dir: filepath.Join(t.TempDir(), "state"), cfg: config.Default()}
	h.cfg.User.Name, h.cfg.User.Zone, h.cfg.User.Address = "Sam", time.UTC, address(t, "sam@example.com")
	h.cfg.Notes.Folder = ""
	m := config.DefaultManager(h.cfg)
	m.Key, m.Name, m.Zone, m.Addresses = "dana", "Dana Reyes", time.UTC, []mail.Address{address(t, "dana@example.com")}
	h.cfg.Managers = []config.Manager{m}
	return h
}

// open begins a life at a moment, on a machine that was just started.
func (h *home) open(now time.Time, change ...func(*Options)) *Daemon {
	h.t.Helper()
	h.n++
	o := Options{Config: h.cfg, Paths: config.Paths{State: h.dir}, Clock: rebooted{clock.NewFake(now), string(rune('a' + h.n))},
		Parts: Parts{Mailbox: mailboxtest.NewMemory(mailboxtest.Provider{}, func() time.Time { return now }), Submit: nobodyHome{}}}
	for _, c := range change {
		c(&o)
	}
	d, err := Open(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := d.crew().outbox.Start(h.t.Context(), now); err != nil {
		h.t.Fatal(err)
	}
	return d
}

func notices(t *testing.T, d *Daemon) []string {
	t.Helper()
	list, err := d.store.OpenNotices(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		out = append(out, n.Text)
	}
	return out
}

// TestH12Absence starts headsup after a day in which it did not run: what passed and how
// the last run ended decide whether the user is told, once.
func TestH12Absence(t *testing.T) {
	begin := time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		away    time.Duration
		well    bool
		waiting bool
		want    []string // parts of the notice; none: no notice
	}{
		"an hour":                    {away: time.Hour, waiting: true},
		"a day, in good order":       {away: 30 * time.Hour, well: true},
		"a day, and a window passed": {away: 30 * time.Hour, well: true, waiting: true, want: []string{"Tue 3 Mar 11:00", "Wed 4 Mar 17:00", "30 hours", "time of one message passed"}},
		"a day, and killed":          {away: 30 * time.Hour, want: []string{"not told to stop"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, t0 := newHome(t), begin
			d := h.open(t0)
			if c.waiting {
				hash := ledger.WireHash([]byte("x"))
				m, err := d.store.Create(t.Context(), t0, ledger.Message{State: ledger.Approved, Managers: []string{"dana"}, MessageID: "a@example.com", Token: "a",
					Content: hash, Approval: ledger.Approval{Content: hash, At: t0}}, []byte("x"))
				if err == nil {
					_, err = d.store.Apply(t.Context(), t0, m.ID, ledger.Schedule(rules.Choice{At: t0.Add(2 * time.Hour), Until: t0.Add(3 * time.Hour)}, "day", "why"))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if c.well {
				if err := d.crew().outbox.Stop(t.Context(), t0); err != nil {
					t.Fatal(err)
				}
			}
			d.Close()
			for range 2 { // the second start is an hour later and has nothing to add
				t0 = t0.Add(c.away)
				d = h.open(t0)
				told := notices(t, d)
				if len(told) != min(len(c.want), 1) {
					t.Fatalf("told %q", told)
				}
				for _, part := range c.want {
					if !strings.Contains(told[0], part) {
						t.Errorf("the notice %q lacks %q", told[0], part)
					}
				}
				c.away = time.Hour
				d.Close()
			}
		})
	}
}

// TestE8ZoneChanges lets the machine travel: it is told once, the running headsup goes by
// the zones that it has, and a start somewhere else is told as well.
func TestE8ZoneChanges(t *testing.T) {
	zone := func(name string) func(*Options) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return func(o *Options) { o.Zone = func() *time.Location { return loc } }
	}
	h, now := newHome(t), time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC)
	look := func(d *Daemon, want int) {
		t.Helper()
		now = now.Add(time.Minute)
		if next, err := d.watchZone(t.Context(), now); err != nil || !next.Equal(now.Add(zoneEvery)) {
			t.Fatalf("next %s, %v", next, err)
		}
		if told := notices(t, d); len(told) != want {
			t.Fatalf("told %d times, want %d: %q", len(told), want, told)
		}
	}
	d := h.open(now, zone("Europe/Berlin"))
	look(d, 0)
	look(d, 0)
	zone("America/New_York")(&d.opt)
	look(d, 1)
	look(d, 1)
	if text := notices(t, d)[0]; !strings.Contains(text, "from Europe/Berlin to America/New_York") || !strings.Contains(text, "Dana Reyes by UTC") || !strings.Contains(text, `zone = "Europe/Berlin"`) {
		t.Errorf("told %q", text)
	}
	if got := d.crew().cfg.Managers[0].Zone; got != time.UTC {
		t.Errorf("the manager travels with the laptop: %s", got)
	}
	d.opt.Zone = func() *time.Location { return nil } // the machine does not say
	look(d, 1)
	d.Close()
	d = h.open(now, zone("Asia/Tokyo"))
	defer d.Close()
	look(d, 2)
}
