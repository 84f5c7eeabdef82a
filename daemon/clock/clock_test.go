package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var t0 = time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)

// TestGuard goes through what can happen to the clocks of a laptop.
func TestGuard(t *testing.T) {
	type look struct {
		wall, boot time.Duration // what passes before the look, on each clock
		slept      time.Duration
		suspect    string
	}
	for name, looks := range map[string][]look{
		"nothing":                           {{20 * time.Second, 20 * time.Second, 0, ""}},
		"E3 suspend over an hour":           {{time.Hour, time.Hour, time.Hour, ""}},
		"E4 suspend overnight":              {{9 * time.Hour, 9 * time.Hour, 9 * time.Hour, ""}},
		"E5 set forward six hours":          {{6*time.Hour + 20*time.Second, 20 * time.Second, 0, "step"}},
		"E5 dead battery, 1970":             {{-56 * 365 * 24 * time.Hour, 20 * time.Second, 0, "step"}},
		"E6 set back six hours":             {{-6 * time.Hour, 20 * time.Second, 0, "step"}},
		"E14 paused virtual machine":        {{3 * time.Hour, 0, 0, "step"}},
		"set, and back again":               {{time.Hour, 0, 0, "step"}, {-time.Hour, 0, 0, "step"}},
		"stays suspect":                     {{time.Hour, 0, 0, "step"}, {20 * time.Second, 20 * time.Second, 0, "step"}},
		"a minute is believed":              {{MaxStep + 20*time.Second, 20 * time.Second, 0, ""}},
		"more than a minute is not":         {{MaxStep + 21*time.Second, 20 * time.Second, 0, "step"}},
		"set while the machine was asleep":  {{4 * time.Hour, time.Hour, 0, "step"}},
		"leap second smeared over the look": {{20*time.Second + 500*time.Millisecond, 20 * time.Second, 0, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewFake(t0)
			g := NewGuard(c, t0, t0)
			for i, l := range looks {
				c.move(l.wall, l.boot)
				now, slept, s := g.Look()
				if slept != l.slept || s.Code != l.suspect || !now.Equal(c.Wall()) {
					t.Errorf("look %d: slept %s, suspect %q (%s); want %s, %q", i, slept, s.Code, s.Text, l.slept, l.suspect)
				}
			}
		})
	}
}

// TestE7Slew lets the time service slew the clock by 500 ppm for a day: no false alarm.
func TestE7Slew(t *testing.T) {
	c := NewFake(t0)
	g := NewGuard(c, t0, t0)
	for range 24 * 180 {
		c.move(20*time.Second+10*time.Millisecond, 20*time.Second)
		if _, _, s := g.Look(); s.Code != "" {
			t.Fatalf("suspect: %s", s.Text)
		}
	}
}

// booted is a clock that knows the run of its machine.
type booted struct{ *Fake }

func (booted) Session() string { return "this one" }

// TestStart checks what is known before the first look.
func TestStart(t *testing.T) {
	for name, c := range map[string]struct {
		ledger, build time.Time
		last          Pair
		want          string
	}{
		"first start":                {want: ""},
		"all in order":               {ledger: t0.Add(-time.Hour), build: t0.Add(-24 * time.Hour), last: Pair{Wall: t0.Add(-time.Hour), Boot: 9 * time.Hour}},
		"before the ledger":          {ledger: t0.Add(time.Hour), want: "before-ledger"},
		"a little before it":         {ledger: t0.Add(50 * time.Second)},
		"before the build":           {build: t0.Add(time.Hour), want: "before-build"},
		"set while nobody looked":    {last: Pair{Wall: t0.Add(-5 * time.Hour), Boot: 9 * time.Hour}, want: "step"},
		"machine started since":      {last: Pair{Wall: t0.Add(-5 * time.Hour), Boot: 90 * time.Hour}},
		"started since, up longer":   {last: Pair{Wall: t0.Add(-50 * time.Hour), Boot: 9 * time.Hour, Session: "the one before"}},
		"set, and not started":       {last: Pair{Wall: t0.Add(-5 * time.Hour), Boot: 9 * time.Hour, Session: "this one"}, want: "step"},
		"suspect in the last life":   {last: Pair{Wall: t0.Add(-time.Hour), Boot: 9 * time.Hour, Suspect: Suspicion{Code: "server", Text: "x"}}, want: "server"},
		"suspect, machine restarted": {last: Pair{Wall: t0, Boot: 90 * time.Hour, Suspect: Suspicion{Code: "step", Text: "x"}}, want: "step"},
	} {
		f := NewFake(t0)
		f.move(0, 10*time.Hour)
		g := Resume(booted{f}, c.last, c.ledger, c.build)
		if got := g.Suspect().Code; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if p := g.Pair(); p.Suspect.Code != c.want || !p.Wall.Equal(t0) {
			t.Errorf("%s: pair %+v", name, p)
		}
	}
}

// TestServer lets a server's clock start and end a suspicion.
func TestServer(t *testing.T) {
	c := NewFake(t0)
	g := NewGuard(c, t0, t0)
	for i, s := range []struct {
		told time.Time
		want string
	}{
		{time.Time{}, ""}, {t0.Add(MaxSkew), ""}, {t0.Add(-MaxSkew), ""}, {t0.Add(MaxSkew + 1), "server"}, {time.Time{}, "server"},
		{t0.Add(time.Hour), "server"}, {t0, ""}, {t0.Add(-MaxSkew - 1), "server"},
	} {
		if got := g.Server("the submission server", s.told); got.Code != s.want {
			t.Errorf("%d: %q, want %q", i, got.Code, s.want)
		}
	}
	g.Accept()
	if s := g.Suspect(); s.Code != "" {
		t.Errorf("after a person accepted the clock: %q", s.Code)
	}
	c.Step(time.Hour)
	g.Accept()
	if _, _, s := g.Look(); s.Code != "" {
		t.Errorf("an accepted step is seen again: %q", s.Text)
	}
}

// TestReal reads the clocks of the machine.
func TestReal(t *testing.T) {
	var c Real
	a, b := c.Boot(), c.Boot()
	if a <= 0 || b < a {
		t.Errorf("boot time %s, then %s", a, b)
	}
	if d := time.Since(c.Wall()).Abs(); d > time.Minute {
		t.Errorf("wall clock is off by %s", d)
	}
	if s := c.Session(); s == "" || s != c.Session() {
		t.Errorf("the run of the machine is called %q", s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Wait(ctx, time.Hour, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("wait on an ended context: %v", err)
	}
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	if err := c.Wait(context.Background(), time.Hour, wake); err != nil {
		t.Errorf("woken: %v", err)
	}
}

// TestFast moves both clocks together.
func TestFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewFast(t0, 60)
		g := NewGuard(c, t0, t0)
		if err := c.Wait(context.Background(), time.Hour, nil); err != nil {
			t.Fatal(err)
		}
		if got := c.Wall().Sub(t0); got != time.Hour || c.Boot() != time.Hour {
			t.Errorf("an hour of fast time: wall %s, boot %s", got, c.Boot())
		}
		if _, _, s := g.Look(); s.Code != "" {
			t.Errorf("suspect: %s", s.Text)
		}
	})
}

// TestFake waits on a clock that a test moves.
func TestFake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewFake(t0)
		ctx, cancel := context.WithCancel(context.Background())
		wake := make(chan struct{})
		ends := make(chan error, 3)
		go func() { ends <- c.Wait(ctx, time.Hour, nil) }()
		synctest.Wait()
		c.Step(2 * time.Hour) // sets the wall clock; no time passes
		c.Advance(59 * time.Minute)
		synctest.Wait()
		if len(ends) != 0 {
			t.Error("ended early")
		}
		c.Advance(time.Minute)
		if err := <-ends; err != nil {
			t.Error(err)
		}
		go func() { ends <- c.Wait(ctx, time.Hour, wake) }()
		wake <- struct{}{}
		if err := <-ends; err != nil {
			t.Error(err)
		}
		go func() { ends <- c.Wait(ctx, time.Hour, wake) }()
		synctest.Wait()
		cancel()
		if err := <-ends; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestLoop runs a step at the times that it asks for, at least every [Nap], at once when
// it is woken, and again soon after a failure.
func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewFast(t0, 1)
		broken := errors.New("broken")
		var at []time.Duration
		var failures []error
		wake := make(chan struct{}, 1)
		answers := []struct {
			next time.Duration
			err  error
		}{{0, nil}, {5 * time.Second, nil}, {time.Hour, nil}, {0, broken}, {-time.Hour, nil}, {0, nil}, {0, ErrStop}}
		err := Loop(context.Background(), c, wake, func(_ context.Context, now time.Time) (time.Time, error) {
			at = append(at, now.Sub(t0))
			a := answers[len(at)-1]
			if len(at) == 6 {
				wake <- struct{}{}
			}
			if a.next == 0 {
				return time.Time{}, a.err
			}
			return now.Add(a.next), a.err
		}, func(err error) { failures = append(failures, err) })
		if !errors.Is(err, ErrStop) {
			t.Errorf("ended with %v", err)
		}
		want := []time.Duration{0, Nap, Nap + 5*time.Second, 2*Nap + 5*time.Second, 2*Nap + 5*time.Second + Again, 2*Nap + 5*time.Second + Again + time.Millisecond, 2*Nap + 5*time.Second + Again + time.Millisecond}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("step %d at %s, want %s", i, at[i], want[i])
			}
		}
		if len(failures) != 1 || !errors.Is(failures[0], broken) {
			t.Errorf("failures: %v", failures)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		err := Loop(ctx, NewFast(t0, 1), nil, func(context.Context, time.Time) (time.Time, error) { cancel(); return time.Time{}, nil }, func(error) {})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = Loop(ctx, NewFast(t0, 1), nil, func(context.Context, time.Time) (time.Time, error) { return time.Time{}, nil }, func(error) {})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	})
}
