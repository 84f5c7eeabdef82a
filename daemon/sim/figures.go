package main

import (
	"context"
	"time"

	"headsup/daemon/ledger"
)

// settleTimes are the spans from a doubt to its end: proof, or a person is asked.
func (w *world) settleTimes() []time.Duration {
	var out []time.Duration
	for _, l := range w.mails {
		m := w.message(l.id)
		es, _ := w.ledger.Trail(context.Background(), ledger.TrailFilter{Message: m.ID})
		var since time.Time
		for _, e := range es {
			switch e.Event {
			case "doubt":
				since = e.At
			case "prove", "look":
				if !since.IsZero() && (e.Event == "prove" || e.At.Sub(since) >= 30*time.Minute) {
					out = append(out, e.At.Sub(since))
					since = time.Time{}
				}
			}
		}
	}
	return out
}

// sendErrors are the spans from the chosen time to the acceptance, of messages that went
// at their first attempt.
func (w *world) sendErrors() []time.Duration {
	var out []time.Duration
	for _, l := range w.mails {
		m := w.message(l.id)
		took := w.sentOf(l.id)
		if m.State == ledger.Sent && m.Attempt == 1 && len(took) == 1 && m.Choice != nil && m.Moves == 0 {
			out = append(out, took[0].at-m.Choice.At.Sub(start))
		}
	}
	return out
}
