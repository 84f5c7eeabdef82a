package backtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/mail"
	"headsup/rules/rhythm"
)

// Person is one manager to look for in a mailbox.
type Person struct {
	Name      string
	Addresses []mail.Address
	Zone      *time.Location
}

// ReadMailbox reads the headers of the inbox and of what was sent, and keeps times only.
// Automatic replies, list mail and calendar mail are nobody's rhythm.
func ReadMailbox(ctx context.Context, box mail.Mailbox, people []Person, since, now time.Time) ([]History, error) {
	out := make([]History, len(people))
	by := map[string]int{}
	for i, p := range people {
		out[i] = History{Manager: p.Name, Zone: p.Zone, From: since, Until: now}
		for _, a := range p.Addresses {
			by[a.Key()] = i
		}
	}
	first := now
	note := func(at time.Time) bool {
		if at.Before(since) || at.After(now) {
			return false
		}
		if at.Before(first) {
			first = at
		}
		return true
	}
	_, err := box.Since(ctx, mail.Inbox, "", func(h mail.Header) error {
		i, ok := by[h.From.Address.Key()]
		if at := written(h); note(at) && ok && !h.Auto && !h.List && !h.Calendar && !h.Report {
			_, offset := at.Zone()
			out[i].Seen = append(out[i].Seen, rhythm.Seen{At: at, Offset: offset / 60})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the inbox: %w", err)
	}
	_, err = box.Since(ctx, mail.Sent, "", func(h mail.Header) error {
		if at := written(h); note(at) && !h.Auto && !h.Calendar && !h.Report {
			addSent(out, by, h, at)
		}
		return nil
	})
	if err != nil && !errors.Is(err, mail.ErrNoFolder) {
		return nil, fmt.Errorf("read what you sent: %w", err)
	}
	for i := range out {
		out[i].From = first
	}
	return out, nil
}

// addSent counts a message for every manager in To, once.
func addSent(out []History, by map[string]int, h mail.Header, at time.Time) {
	done := map[int]bool{}
	for _, to := range h.To {
		if i, ok := by[to.Address.Key()]; ok && !done[i] {
			done[i] = true
			out[i].Sent = append(out[i].Sent, at)
		}
	}
}

// believe is how far a Date may lie from the arrival.
const believe = 36 * time.Hour

// written is when a mail was written, as daemon/follow has it: what its Date says, if
// that can be believed.
func written(h mail.Header) time.Time {
	if h.Date.IsZero() || !h.Received.IsZero() && h.Date.Sub(h.Received).Abs() > believe {
		return h.Received
	}
	return h.Date
}
