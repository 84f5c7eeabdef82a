package main

import (
	"time"

	"headsup/daemon/ledger"
)

// doubt is the span in which it is not known whether a message was sent. It ends with
// proof, or when a person is asked; until is zero while it lasts, and stays so if the
// person decides before that.
type doubt struct {
	id          ledger.ID
	from, until time.Duration
}

// note keeps what the figures are made of: when doubts begin and end, in true time.
func (w *world) note(step string, m ledger.Message) {
	i := len(w.doubts) - 1
	for ; i >= 0 && (w.doubts[i].id != m.ID || w.doubts[i].until != 0); i-- {
	}
	switch {
	case step == "doubt":
		w.doubts = append(w.doubts, doubt{id: m.ID, from: w.now})
	case i < 0:
	case step == "prove", step == "look" && m.Held():
		w.doubts[i].until = w.now
	case step == "arrived", step == "resend", step == "cancel":
		w.doubts = append(w.doubts[:i], w.doubts[i+1:]...)
	}
}

// outage notes that nothing could be found out for a while: the process did not run, the
// mailbox was away, or the disk took no result.
func (w *world) outage(d time.Duration) { w.outages = append(w.outages, span{w.now, w.now + d}) }

// settleTimes are the lengths of the doubts: all of them as they were, and each counted
// from the end of the last outage in it.
func (w *world) settleTimes() (all, connected []time.Duration) {
	for _, d := range w.doubts {
		if d.until == 0 {
			continue
		}
		from := d.from
		for _, o := range w.outages {
			if o.from < d.until && o.until > from {
				from = min(o.until, d.until)
			}
		}
		all, connected = append(all, d.until-d.from), append(connected, d.until-from)
	}
	return all, connected
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
