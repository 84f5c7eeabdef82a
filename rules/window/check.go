package window

import (
	"fmt"
	"time"

	"headsup/calendar/timeline"
	"headsup/rules"
)

// Check is the last look before a message leaves: may it go at this instant? It asks the
// timelines as they are now, not as they were when the moment was chosen, and holds the
// guard before a forbidden time. Whatever is not known is a no. It covers the time part
// of the pre-flight and gate checks (docs/flow.md); approval, envelope, clock and
// pause are the outbox's own.
//
// The code of the answer is one of: ok, no-choice, unknown, too-early, missed, deadline,
// quiet, away, focus, meeting. All but too-early mean that the message is planned again.
func Check(now time.Time, managers map[string]Manager, m Message) Verdict {
	no := func(code, text string, args ...any) Verdict {
		return Verdict{Why: rules.Reason{Code: code, Text: fmt.Sprintf(text, args...)}}
	}
	c := m.Previous
	if c == nil {
		return no("no-choice", "no time has been chosen")
	}
	loc := time.UTC
	if len(m.Managers) > 0 {
		if first, ok := managers[m.Managers[0]]; ok {
			loc = first.zone()
		}
	}
	switch {
	case !m.By.IsZero() && !now.Before(m.By):
		return no("deadline", "the deadline %s has passed", moment(m.By, now, loc))
	case m.Now:
		return Verdict{Go: true, Why: rules.Reason{Code: "ok", Text: "you said now"}}
	case now.Before(c.At) || now.Before(m.NotBefore):
		return no("too-early", "its time is %s", moment(c.At, now, loc))
	case !now.Before(c.Until):
		return no("missed", "its window ended %s", moment(c.Until, now, loc))
	}
	for _, key := range m.Managers {
		mg, ok := managers[key]
		if !ok {
			return no("unknown", "no manager is called %q", key)
		}
		mg = mg.ready(now)
		if s, barred := mg.barred(now, m.Priority == rules.Urgent); barred {
			return no(string(s.Kind), "%s: %s", mg.called(key), barredWords(s, now, loc))
		}
	}
	return Verdict{Go: true, Why: rules.Reason{Code: "ok", Text: "inside its window, which ends " + clock(c.Until, loc)}}
}

func (m *Manager) called(key string) string {
	if m.Name != "" {
		return m.Name
	}
	return key
}

func barredWords(s timeline.Segment, now time.Time, loc *time.Location) string {
	if s.Contains(now) {
		return kindWords(s) + " until " + moment(s.End, now, loc)
	}
	return fmt.Sprintf("%s from %s, less than 2 minutes away", kindWords(s), clock(s.Start, loc))
}
