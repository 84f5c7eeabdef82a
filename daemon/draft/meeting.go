package draft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
	"headsup/rules/recap"
)

// story is all that the letter about one note is made of.
type story struct {
	note    ledger.Note
	rec     recap.Recap
	to      []Manager
	event   calendar.Event // zero if none was found
	guests  []recap.Contact
	doubt   bool           // perhaps the note holds plans, or belongs to another event
	last    ledger.Message // the recap of the same series that was sent last, zero if none
	carried []recap.Item   // open since earlier recaps, in the words of those
	checks  []string       // for the user to look at
}

// series names the event of a recap with all its repetitions, "" if there is none.
func (st *story) series() string { return st.event.UID }

// meet finds the calendar event of a note. Only the calendars of those are asked who will
// read the recap, so that no title or name of another calendar gets into it. A note that
// was saved before the event's end waits until then.
func (s *Service) meet(ctx context.Context, st *story) (until time.Time) {
	if s.opt.Events == nil {
		return until
	}
	saved := st.note.Modified.In(s.opt.Zone)
	around := saved
	if day, err := time.ParseInLocation(time.DateOnly, st.rec.Date, s.opt.Zone); err == nil && st.rec.Date != saved.Format(time.DateOnly) {
		around = day.Add(12 * time.Hour)
	}
	var events []calendar.Event
	for _, m := range st.to {
		for _, e := range s.opt.Events(ctx, m.Key, around) {
			if !slices.ContainsFunc(events, func(o calendar.Event) bool { return sameEvent(o, e) }) {
				events = append(events, e)
			}
		}
	}
	found, ok := recap.Match(st.rec, saved, events)
	if !ok || saved.Before(found.Event.Start) && !plainly(st.rec.Title, found.Event.Title) {
		return until
	}
	if found.Ask != "" {
		st.doubt = true
		st.checks = append(st.checks, found.Ask)
	}
	if !found.Twin {
		st.event = found.Event
	}
	if saved.Before(found.Event.End) {
		until = found.Event.End
	}
	return until
}

// introduce reads the note once more with the people of its event in mind: "MB" is then
// the Mia Berg who was invited, and of two people Anna nobody is guessed. Whom the user
// and the configuration know already is not introduced under a second name.
func (s *Service) introduce(st *story) {
	st.guests = recap.Guests(slices.DeleteFunc(slices.Clone(st.event.Attendees), func(a calendar.Attendee) bool {
		return strings.EqualFold(a.Address, s.opt.User.Address.String()) ||
			slices.ContainsFunc(s.opt.Managers, func(m Manager) bool { return strings.EqualFold(a.Address, m.Address.String()) })
	}))
	if len(st.guests) == 0 {
		return
	}
	opt := s.reading(st.note)
	opt.Contacts = append(opt.Contacts, st.guests...)
	if rec, err := recap.Read(st.note.Path, st.note.Bytes, opt); err == nil {
		st.rec = rec
	}
}

// title is what the meeting is called.
func (st *story) title() string {
	if st.event.Title != "" {
		return st.event.Title
	}
	return st.rec.Title
}

// plainly reports whether a note that was saved before an event began is about it all the
// same: a plan, by a title that the event's own title holds. "Review of the pilot" is not
// plainly about a "Review" that is still to come; it can be about one that is just over.
func plainly(note, event string) bool {
	words := strings.Fields(flat(event))
	for _, w := range strings.Fields(flat(note)) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return note != ""
}

// sameEvent reports whether two calendars show one event: by its UID (RFC 5545 section
// 3.8.4.7), or as a copy of it.
func sameEvent(a, b calendar.Event) bool {
	return a.Start.Equal(b.Start) && a.End.Equal(b.End) && (a.UID == b.UID || a.Title == b.Title)
}

// adopt takes over from the event what the note does not say itself.
func (st *story) adopt() {
	if st.event.Empty() {
		return
	}
	if t := strings.TrimSpace(st.event.Title); t != "" {
		st.rec.Title = t
	}
	if len(st.rec.Attendees) > 0 {
		return
	}
	for _, g := range st.guests {
		st.rec.Attendees = append(st.rec.Attendees, g.Name)
	}
}

// What is looked back at: so many recaps of a series, so long.
const (
	lookBack  = 5
	lookYears = 1
)

// earlier is one recap of the same series.
type earlier struct {
	message ledger.Message
	rec     recap.Recap
}

// recall compares the note with earlier recaps of its series and finds the thread to go
// on with. An earlier recap counts only if all who are addressed now were addressed then.
func (s *Service) recall(ctx context.Context, st *story, now time.Time) error {
	if st.series() == "" || st.kind() != rules.Recap {
		return nil
	}
	list, err := s.opt.Store.List(ctx, ledger.Filter{Manager: st.to[0].Key, Since: now.AddDate(-lookYears, 0, 0)})
	if err != nil {
		return fmt.Errorf("list earlier recaps: %w", err)
	}
	list = slices.DeleteFunc(list, func(m ledger.Message) bool {
		return m.Series != st.series() || m.Kind != rules.Recap || m.State == ledger.Cancelled || !covers(m.Managers, st.to)
	})
	for _, m := range list {
		if m.State == ledger.Sent {
			st.last = m
		}
	}
	before, err := s.reread(ctx, list[max(0, len(list)-lookBack):], st)
	if err != nil {
		return err
	}
	var recs []recap.Recap
	for _, e := range before {
		recs = append(recs, e.rec)
	}
	st.rec.Problems = append(st.rec.Problems, recap.Contradictions(st.rec, recs)...)
	return s.carry(ctx, st, before)
}

func covers(had []string, to []Manager) bool {
	for _, m := range to {
		if !slices.Contains(had, m.Key) {
			return false
		}
	}
	return true
}

// reread reads the notes of earlier recaps again, with the same guests in mind, but not
// those of the file that is drafted now.
func (s *Service) reread(ctx context.Context, list []ledger.Message, st *story) ([]earlier, error) {
	if len(list) == 0 {
		return nil, nil
	}
	notes, err := s.opt.Store.Notes(ctx, ledger.NoteDrafted)
	if err != nil {
		return nil, fmt.Errorf("list earlier notes: %w", err)
	}
	var out []earlier
	for _, m := range list {
		i := slices.IndexFunc(notes, func(o ledger.Note) bool { return o.Hash.String() == m.Note })
		if i < 0 || notes[i].Path == st.note.Path {
			continue
		}
		if notes[i].Bytes, err = s.opt.Store.NoteBytes(ctx, notes[i].Hash); err != nil {
			return nil, fmt.Errorf("read the note of message %s: %w", m.ID, err)
		}
		opt := s.reading(notes[i])
		opt.Contacts = append(opt.Contacts, st.guests...)
		rec, err := recap.Read(notes[i].Path, notes[i].Bytes, opt)
		if err != nil {
			continue // it was readable once; a new version may see it otherwise
		}
		out = append(out, earlier{m, rec})
	}
	return out, nil
}

// carry finds what earlier recaps left open. Only what stands in the mail that was sent
// last counts: what the user took out of it stays out.
func (s *Service) carry(ctx context.Context, st *story, before []earlier) error {
	if st.last.ID == 0 {
		return nil
	}
	var open []recap.Item
	for _, e := range before {
		if e.message.State == ledger.Sent {
			open = append(recap.Carry(recap.Recap{Items: open}, e.rec), e.rec.Items...)
		}
	}
	if len(open) == 0 {
		return nil
	}
	raw, err := s.opt.Store.Bytes(ctx, st.last.ID, ledger.CopyApproved)
	if errors.Is(err, ledger.ErrNotFound) { // the user sent it without a yes to headsup
		raw, err = s.opt.Store.Bytes(ctx, st.last.ID, ledger.CopyDrafted)
	}
	if err != nil {
		s.opt.Log.Warn("what was sent last cannot be read, nothing is carried forward", "id", st.last.ID, "err", err)
		return nil
	}
	read, err := letter.Read(raw)
	if err != nil || len(read.Parts) == 0 {
		return nil
	}
	said := flat(string(read.Parts[0].Body))
	for _, it := range recap.Carry(recap.Recap{Items: open}, st.rec) {
		if strings.Contains(said, flat(line(it, s.opt.Zone).Text)) {
			st.carried = append(st.carried, it)
		}
	}
	return nil
}

// flat is a text without the differences that wording and wrapping make.
func flat(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// stillOpen is the section of what was carried forward. A due date in the words of an
// earlier note ("tomorrow") would mean another day now, so only a day that is known stays.
func stillOpen(items []recap.Item, zone *time.Location) []letter.Section {
	if len(items) == 0 {
		return nil
	}
	sec := letter.Section{Title: "Still open"}
	for _, it := range items {
		l := line(it, zone)
		l.Due, l.Ask = day(it.DueDate, zone), false
		sec.Lines = append(sec.Lines, l)
	}
	return []letter.Section{sec}
}

// mostReferences bounds the References field of a long thread; RFC 5322 section 3.6.4
// lets it grow for ever.
const mostReferences = 20

// thread makes a letter an answer to the last one of its series, so that a recurring
// meeting is one conversation.
func (st *story) thread(m *mail.Message) {
	if st.last.ID == 0 || st.last.MessageID == "" {
		return
	}
	var refs []mail.MessageID // Thread is In-Reply-To, then References, oldest first
	for _, id := range append(slices.Clone(st.last.Thread), st.last.MessageID) {
		refs = slices.DeleteFunc(refs, func(o mail.MessageID) bool { return o == id })
		refs = append(refs, id)
	}
	m.References = refs[max(0, len(refs)-mostReferences):]
	m.InReplyTo = []mail.MessageID{st.last.MessageID}
	m.Subject = st.last.Subject
	if len(m.Subject) < 3 || !strings.EqualFold(m.Subject[:3], "re:") {
		m.Subject = "Re: " + m.Subject
	}
}
