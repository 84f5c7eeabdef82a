package demo

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/mail/letter"
)

// say prints one line of the story.
func (s *show) say(who, format string, args ...any) {
	now := s.clock.Wall().In(s.zone)
	if who == "" {
		fmt.Fprintf(s.out, format+"\n", args...)
		return
	}
	if day := now.Format("Monday 2 January"); day != s.day {
		s.day = day
		fmt.Fprintf(s.out, "\n%s\n", day)
	}
	for i, line := range wrap(fmt.Sprintf(format, args...), 96) {
		if i == 0 {
			fmt.Fprintf(s.out, "  %s  %-9s%s\n", now.Format("15:04"), who, line)
			continue
		}
		fmt.Fprintf(s.out, "  %16s%s\n", "", line)
	}
}

// wrap breaks a text into lines of at most n characters, between words.
func wrap(text string, n int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case len([]rune(line))+1+len([]rune(w)) > n:
			out, line = append(out, line), w
		default:
			line += " " + w
		}
	}
	return append(out, line)
}

// tell prints what the ledger and the server have to say since the last time.
func (s *show) tell() error {
	if err := s.news(); err != nil {
		return err
	}
	for _, a := range s.post.fresh() {
		if err := s.received(a); err != nil {
			return err
		}
	}
	return nil
}

// news prints the new lines of the trail that a person would want to hear.
func (s *show) news() error {
	ctx := context.Background()
	now, err := s.client.Status(ctx)
	if err != nil {
		return err
	}
	sum := tally(now)
	if sum == s.tally {
		return nil
	}
	s.tally = sum
	return s.client.Trail(ctx, control.TrailQuery{Since: s.clock.Wall().Add(-20 * time.Minute)}, func(e control.Entry) error {
		if e.Seq <= s.seq {
			return nil
		}
		s.seq = e.Seq
		return s.line(ctx, e)
	})
}

// line says one entry of the trail in words. Entries that only repeat what a person
// just did are passed over.
func (s *show) line(ctx context.Context, e control.Entry) error {
	m, err := s.subject(ctx, e.Message)
	if err != nil {
		return err
	}
	switch e.Event {
	case "note":
		s.say("headsup", "sees the note %s", e.Text)
	case "baseline":
		s.say("headsup", "puts a draft into Drafts: “%s”", m.Subject)
	case "approve", "agree": // with other words than the draft had, or as it was
		s.say("headsup", "notes that you approved “%s”", m.Subject)
	case "schedule":
		if m.Choice == nil || s.chosen[e.Message].Equal(m.Choice.At) {
			return nil // the same time for other reasons
		}
		s.chosen[e.Message] = m.Choice.At
		s.say("headsup", "plans “%s”: %s", m.Subject, e.Text)
	case "hold":
		s.say("headsup", "holds “%s”: %s", m.Subject, e.Text)
	case "cancel":
		s.say("headsup", "has cancelled “%s”", m.Subject)
	case "accept":
		s.say("headsup", "sent “%s”", m.Subject)
	case "receipt", "answered":
		s.say("headsup", "notes the answer to “%s”", m.Subject)
	}
	return nil
}

func (s *show) subject(ctx context.Context, id ledger.ID) (control.Message, error) {
	if id == 0 {
		return control.Message{}, nil
	}
	d, err := s.client.Show(ctx, id)
	return d.Message, err
}

// tally is what a status says in numbers: while it stays the same there is no news.
func tally(st control.Status) string {
	next := ""
	if st.Next != nil {
		next = fmt.Sprint(st.Next.ID, st.Next.Version)
	}
	return fmt.Sprint(st.Counts, st.Held, next, len(st.Troubles))
}

// received tells of an arrival and lets the manager answer some of them.
func (s *show) received(a arrival) error {
	m, err := letter.Read(a.data)
	if err != nil {
		return fmt.Errorf("read what the server received: %w", err)
	}
	s.say("server", "accepted “%s” for %s → %s", m.Subject, strings.Join(a.to, ", "), a.file[strings.LastIndex(a.file, "/")+1:])
	if !strings.Contains(m.Subject, "Supplier") && !strings.Contains(m.Subject, "demo at noon") && !strings.Contains(m.Subject, "early call") {
		return nil
	}
	from, name := danaAddress, "Dana Reyes"
	if bytes.Contains([]byte(strings.Join(a.to, " ")), []byte(inesAddress)) {
		from, name = inesAddress, "Ines Duarte"
	}
	at := a.at.Add(17 * time.Minute)
	s.later = append(s.later, errand{at: at, do: func() error {
		s.say(strings.ToLower(firstWord(name)), "answers “%s”", m.Subject)
		s.answers++
		return s.world.deliver(name, from, "Re: "+m.Subject, "Thanks, agreed.", at, m.ID)
	}})
	return nil
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}
