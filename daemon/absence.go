package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/daemon/outbox"
)

// absent is how long headsup may be away without a word about it.
const absent = 24 * time.Hour

// absence tells the user, once, that headsup did not run for a day or more, and what
// passed meanwhile. A machine that was switched off in good order over a weekend on
// which nothing was to happen is not worth a notice. By a clock that is not trusted nobody
// can tell how long it was; that is told apart.
func (d *Daemon) absence(ctx context.Context, last time.Time) error {
	now := d.started
	away := now.Sub(last)
	if last.IsZero() || away < absent || d.guard.Suspect().Code != "" {
		return nil
	}
	well, err := outbox.EndedWell(ctx, d.store)
	if err != nil {
		return fmt.Errorf("how the last run ended: %w", err)
	}
	missed, err := d.missed(ctx, now)
	if err != nil {
		return fmt.Errorf("what passed while headsup did not run: %w", err)
	}
	d.log.Warn("did not run for a long time", "since", last, "state", map[bool]string{true: "ended in good order", false: "not told to stop"}[well])
	if well && len(missed) == 0 {
		return nil
	}
	zone := d.opt.Config.User.Zone
	text := fmt.Sprintf("headsup did not run from about %s until %s (%d hours)", last.In(zone).Format("Mon 2 Jan 15:04"), now.In(zone).Format("Mon 2 Jan 15:04"), int(away.Hours()))
	if !well {
		text += "; it was not told to stop, so look at its log and at the service: headsup doctor"
	}
	d.tell(ctx, "absent "+last.UTC().Format(time.RFC3339), text+". "+strings.Join(missed, " "))
	return nil
}

// missed says in sentences what should have happened by now.
func (d *Daemon) missed(ctx context.Context, now time.Time) ([]string, error) {
	list, err := d.store.List(ctx, ledger.Filter{States: []ledger.State{ledger.Approved, ledger.Scheduled, ledger.Sending}})
	if err != nil {
		return nil, err
	}
	windows, deadlines, doubts := 0, 0, 0
	for _, m := range list {
		switch {
		case m.State == ledger.Sending && m.Gated:
			doubts++
		case !m.By.IsZero() && m.By.Before(now):
			deadlines++
		case m.Choice != nil && !m.Choice.Until.After(now) && !m.Held():
			windows++
		}
	}
	var out []string
	for _, s := range []struct {
		n          int
		one, other string
	}{
		{windows, "The time of one message passed; it gets another one.", "The times of %d messages passed; they get others."},
		{deadlines, "The deadline of one message passed: headsup queue.", "The deadlines of %d messages passed: headsup queue."},
		{doubts, "One message may have left; it is looked for.", "%d messages may have left; they are looked for."},
	} {
		switch {
		case s.n == 1:
			out = append(out, s.one)
		case s.n > 1:
			out = append(out, fmt.Sprintf(s.other, s.n))
		}
	}
	return out, nil
}
