package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail/letter"
)

// remember asks the running daemon for what the end of the story needs.
func (s *show) remember(ctx context.Context) error {
	list, err := s.client.Queue(ctx, control.QueueQuery{All: true})
	if err != nil {
		return err
	}
	s.queue = list
	return nil
}

// verdict compares what the server received with the ledger and with the manager's
// week, and says whether the promises held.
func (s *show) verdict(ctx context.Context, paths config.Paths) error {
	st, err := store.Open(ctx, store.Options{Dir: paths.State})
	if err != nil {
		return fmt.Errorf("open the ledger for the verdict: %w", err)
	}
	defer st.Close()
	var faults []error
	arrivals := s.post.all()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	seen := map[string]int{}
	days := map[string]bool{}
	for _, a := range arrivals {
		days[a.at.In(s.zone).Format(time.DateOnly)] = true
		if err := s.compare(ctx, st, a, seen); err != nil {
			faults = append(faults, err)
		}
	}
	for subject, n := range seen {
		if n != 1 {
			fault("%q arrived %d times", subject, n)
		}
	}
	if err := st.VerifyTrail(ctx); err != nil {
		faults = append(faults, err)
	}
	s.expectations(fault, arrivals, days, seen)
	s.summary(arrivals, len(faults) == 0)
	return errors.Join(faults...)
}

// compare holds one arrival to what was approved.
func (s *show) compare(ctx context.Context, st *store.Store, a arrival, seen map[string]int) error {
	m, err := letter.Read(a.data)
	if err != nil {
		return fmt.Errorf("read %s: %w", a.file, err)
	}
	seen[m.Subject]++
	row, err := st.ByMessageID(ctx, m.ID)
	if err != nil {
		return fmt.Errorf("%q is not in the ledger: %w", m.Subject, err)
	}
	wire, err := st.Bytes(ctx, row.ID, ledger.CopyWire)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(wire, a.data):
		return fmt.Errorf("%q: the server received other bytes than the ledger keeps", m.Subject)
	case row.State != ledger.Sent:
		return fmt.Errorf("%q arrived and is %s in the ledger", m.Subject, row.State)
	case m.ContentHash() != row.Approval.Content:
		return fmt.Errorf("%q: what arrived is not what was approved", m.Subject)
	case len(a.to) != len(row.Recipients):
		return fmt.Errorf("%q went to %v, approved were %v", m.Subject, a.to, row.Recipients)
	case bytes.Contains(a.data, []byte("X-Headsup")), bytes.Contains(a.data, []byte("tired")):
		return fmt.Errorf("%q carries something that must not leave", m.Subject)
	}
	if busy := s.busy(a); busy != "" && row.Priority != "urgent" {
		return fmt.Errorf("%q arrived at %s, in %s", m.Subject, a.at.In(s.zone).Format("Mon 15:04"), busy)
	}
	return nil
}

// busy is what the manager was doing when a mail arrived, by the calendar of the story
// and not by what headsup made of it.
func (s *show) busy(a arrival) string {
	t := a.at.In(s.zone)
	clock := t.Format("15:04")
	in := func(day time.Weekday, from, to string) bool { return t.Weekday() == day && clock >= from && clock < to }
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday || clock < "06:30" || clock >= "21:00" {
		return "quiet hours"
	}
	if !strings.Contains(strings.Join(a.to, " "), danaAddress) {
		return ""
	}
	switch {
	case clock >= "09:30" && clock < "10:00":
		return "the stand-up"
	case in(time.Monday, "10:00", "11:00"):
		return "the board preparation"
	case in(time.Tuesday, "16:00", "17:00"):
		return "the steering group, where it was moved to"
	case in(time.Thursday, "13:00", "15:00"):
		return "focus time"
	case t.Weekday() == time.Friday:
		return "leave"
	}
	return ""
}

// expectations are the turns that the story must have taken.
func (s *show) expectations(fault func(string, ...any), arrivals []arrival, days map[string]bool, seen map[string]int) {
	if len(arrivals) < 8 || len(days) < 5 {
		fault("%d messages on %d days, the story has at least 8 on 5", len(arrivals), len(days))
	}
	for _, subject := range []string{"Venue for the offsite", "Contract: two remarks from legal"} {
		if seen[subject] != 0 {
			fault("%q went out and must not have", subject)
		}
	}
	early := false
	for _, a := range arrivals {
		early = early || strings.Contains(strings.Join(a.to, " "), inesAddress) && a.at.In(s.zone).Hour() < 9
	}
	if !early {
		fault("nothing went to Ines before nine, where she reads her mail")
	}
	if s.answers == 0 {
		fault("nobody answered anything")
	}
}

// summary is the end of the story.
func (s *show) summary(arrivals []arrival, good bool) {
	fmt.Fprintf(s.out, "\nThe week in numbers\n  sent      %d, each once, each byte as stored, each content as approved\n", len(arrivals))
	for _, m := range s.queue {
		switch {
		case m.State == ledger.Cancelled:
			fmt.Fprintf(s.out, "  not sent  “%s”: cancelled\n", m.Subject)
		case m.State == ledger.Scheduled:
			fmt.Fprintf(s.out, "  waiting   “%s” until %s\n", m.Subject, m.Choice.At.In(s.zone).Format("Mon 2 Jan 15:04"))
		}
	}
	fmt.Fprintf(s.out, "  answered  %d\n", s.answers)
	fmt.Fprintf(s.out, "  every mail as .eml: %s\n", s.world.path("sent"))
	if good {
		fmt.Fprintln(s.out, "All promises held.")
	}
}
