package draft

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
	"headsup/rules/policy"
	"headsup/rules/recap"
)

// recipients says which managers a recap is for, or why that is not certain. Only
// configured people can come out of it.
func (s *Service) recipients(r recap.Recap) ([]Manager, string) {
	if len(r.To) > 0 {
		return s.named(r.To)
	}
	var present []Manager
	for _, name := range r.Attendees {
		hits := s.matches(name)
		if len(hits) > 1 {
			return nil, fmt.Sprintf("%q could be %s; say which with a line \"to: KEY\" at the head of the note", name, keys(hits))
		}
		for _, h := range hits {
			if !slices.ContainsFunc(present, func(m Manager) bool { return m.Key == h.Key }) {
				present = append(present, h)
			}
		}
	}
	if len(present) > 0 {
		return present, ""
	}
	if m, ok := s.byKey(s.opt.Default); ok {
		return []Manager{m}, ""
	}
	if len(s.opt.Managers) == 1 {
		return s.opt.Managers, ""
	}
	return nil, fmt.Sprintf("it names no manager; add a line \"to: KEY\" at its head (one of %s) or set notes.default_manager", keys(s.opt.Managers))
}

func (s *Service) named(to []string) ([]Manager, string) {
	var out []Manager
	for _, key := range to {
		m, ok := s.byKey(key)
		if !ok {
			if hits := s.matches(key); len(hits) == 1 {
				m, ok = hits[0], true
			}
		}
		if !ok {
			return nil, fmt.Sprintf("its \"to:\" names %q, who is not one of your managers (%s)", key, keys(s.opt.Managers))
		}
		out = append(out, m)
	}
	return out, ""
}

func (s *Service) byKey(key string) (Manager, bool) {
	for _, m := range s.opt.Managers {
		if m.Key == key {
			return m, true
		}
	}
	return Manager{}, false
}

// matches lists the managers that a written name could mean.
func (s *Service) matches(name string) []Manager {
	var out []Manager
	for _, m := range s.opt.Managers {
		for _, n := range append([]string{m.Name}, m.Aliases...) {
			if isNamed(name, n) {
				out = append(out, m)
				break
			}
		}
	}
	return out
}

func keys(ms []Manager) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Key)
	}
	return strings.Join(out, ", ")
}

// author words a recap for its readers.
func (s *Service) author(st *story, now time.Time) Letter {
	r, to, kind, priority := st.rec, st.to, st.kind(), rules.Normal
	if r.Priority != "" {
		priority = r.Priority
	}
	v := s.judge(st, priority, now)
	if st.doubt && auto(v) != "" {
		st.checks = append(st.checks, fmt.Sprintf("the rule %q did not approve this: first say yes to the question about the meeting", v.Rule))
		v.Approval = policy.Ask
	}
	style := to[0].Style
	if v.Style != "" {
		style = letter.Style(v.Style)
	}
	l := Letter{
		Message: ledger.Message{
			Origin: ledger.FromNote, Note: st.note.Hash.String(), Series: st.series(), Managers: managerKeys(to), Kind: kind, Priority: v.Priority,
			Because: v.Because, NotBefore: v.NotBefore, By: v.By, AutoRule: auto(v),
		},
		Mail: mail.Message{Subject: st.subject(s.opt.Zone), To: parties(to), Cc: s.copies(v, to)},
		Said: said(st, now),
	}
	st.thread(&l.Mail)
	l.Content = letter.Content{
		Greeting: greeting(to), Context: st.opening(s.opt.User, s.opt.Zone),
		Sections:  append(sections(r, to, s.opt.Zone), stillOpen(st.carried, s.opt.Zone)...),
		Closing:   "If I got something wrong, a one-line reply is enough and I will correct it.",
		Signature: s.signature(), Style: style,
	}
	return l
}

func managerKeys(ms []Manager) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Key
	}
	return out
}

func parties(ms []Manager) []mail.Party {
	out := make([]mail.Party, len(ms))
	for i, m := range ms {
		out[i] = mail.Party{Name: m.Name, Address: m.Address}
	}
	return out
}

func (st *story) kind() rules.Kind {
	if st.rec.Kind != "" {
		return st.rec.Kind
	}
	return rules.Recap
}

// subject names the meeting and its day; the recaps of a recurring meeting share one
// subject, because mail programs begin a new thread with a new subject, and tell the day in
// their first line.
func (st *story) subject(zone *time.Location) string {
	kind, title := st.kind(), shortTitle(undated(st.rec.Title, st.rec.Date))
	if title == "" {
		title = "our call"
	}
	word := map[rules.Kind]string{rules.HeadsUp: "Heads-up", rules.Question: "Question", rules.Update: "Update"}[kind]
	if word == "" {
		word = "Recap"
	}
	s := word + ": " + title
	if d := day(st.rec.Date, zone); d != "" && kind == rules.Recap && !st.event.Recurring {
		s += ", " + d
	}
	return s
}

// day is a date as people say it, "Tue 3 Mar".
func day(date string, zone *time.Location) string {
	t, err := time.ParseInLocation(time.DateOnly, date, zone)
	if err != nil {
		return ""
	}
	return t.Format("Mon 2 Jan")
}

func greeting(to []Manager) string {
	var names []string
	for _, m := range to {
		if m.Greeting != "" && len(to) == 1 {
			return m.Greeting
		}
		first, _, _ := strings.Cut(m.Name, " ")
		names = append(names, first)
	}
	return "Hi " + list(names) + ","
}

func list(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// opening is the one line that says what this is about. Reader and writer know that they
// were there.
func (st *story) opening(me mail.Party, zone *time.Location) string {
	r, to := st.rec, st.to
	if r.Context != "" {
		return r.Context
	}
	var others []string
	for _, name := range r.Attendees {
		if !isNamed(name, me.Name) && !slices.ContainsFunc(to, func(m Manager) bool { return isNamed(name, m.Name) }) {
			others = append(others, name)
		}
	}
	line := "here is what I took from our call"
	if st.event.Recurring {
		line += " on " + st.event.Start.In(zone).Format("Mon 2 Jan")
	}
	if more := len(others) - 4; more > 0 {
		line += fmt.Sprintf(" with %s and %d more", strings.Join(others[:4], ", "), more)
	} else if len(others) > 0 {
		line += " with " + list(others)
	}
	return line + ", so that we both have it in writing."
}

// isNamed reports whether a written name is, or begins, the name of a person.
func isNamed(written, full string) bool {
	w, f := strings.Fields(strings.ToLower(written)), strings.Fields(strings.ToLower(full))
	return len(w) > 0 && len(w) <= len(f) && slices.Equal(w, f[:len(w)])
}

// said are the trail entries of a recap: each item that was recorded, each that the
// user should look at.
func said(st *story, now time.Time) []ledger.Entry {
	r, n := st.rec, st.note
	var out []ledger.Entry
	add := func(event, text string) {
		out = append(out, ledger.Entry{At: now, Note: n.Hash.String(), Actor: "headsup", Event: event, Text: text})
	}
	for _, it := range r.Items {
		where := fmt.Sprintf(" (%s:%d)", n.Path, it.Line)
		if it.Unasked {
			add("recorded", string(it.Kind)+": "+owned(it)+it.Text+where)
			continue
		}
		add("check", fmt.Sprintf("not in the mail, please check: %s: %s%s%s: %s", it.Kind, owned(it), it.Text, where, it.Ask))
	}
	for _, p := range r.Problems {
		add("check", fmt.Sprintf("%s (%s:%d)", p.Text, n.Path, p.Line))
	}
	for _, p := range recap.Gaps(inMail(r)) {
		add("check", fmt.Sprintf("%s (%s:%d)", p.Text, n.Path, p.Line))
	}
	for _, text := range st.checks {
		add("check", text)
	}
	for _, it := range st.carried {
		add("carried", fmt.Sprintf("still open since an earlier recap: %s: %s%s", it.Kind, owned(it), it.Text))
	}
	return out
}

// inMail is a recap without what is only asked about.
func inMail(r recap.Recap) recap.Recap {
	r.Items = slices.DeleteFunc(slices.Clone(r.Items), func(it recap.Item) bool { return !it.Unasked })
	return r
}

func owned(it recap.Item) string {
	if name := who(it); name != "" {
		return name + ": "
	}
	return ""
}
