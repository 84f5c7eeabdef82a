package draft

import (
	"strings"
	"time"

	"headsup/rules"
	"headsup/rules/recap"
)

// judge asks the user's rules about a recap.
func (s *Service) judge(r recap.Recap, to []Manager, kind rules.Kind, p rules.Priority) Verdict {
	f := Facts{Kind: kind, Manager: to[0].Key, Priority: p, Subject: subject(kind, r, s.opt.Zone), DueIn: -1}
	var text []string
	for _, it := range r.Items {
		if !it.Unasked {
			continue
		}
		text = append(text, it.Text)
		f.HasRisk = f.HasRisk || it.Kind == recap.Risk
		if in, ok := s.dueIn(r.Date, it.DueDate); ok && (f.DueIn < 0 || in < f.DueIn) {
			f.DueIn = in
		}
	}
	f.Text = strings.Join(text, "\n")
	for _, m := range to {
		f.Recipients = append(f.Recipients, m.Address.String())
	}
	return s.Rule(f)
}

// dueIn is the time from the day of a call to the day on which something is due.
func (s *Service) dueIn(from, due string) (time.Duration, bool) {
	a, err1 := time.ParseInLocation(time.DateOnly, from, s.opt.Zone)
	b, err2 := time.ParseInLocation(time.DateOnly, due, s.opt.Zone)
	if err1 != nil || err2 != nil || b.Before(a) {
		return 0, false
	}
	return b.Sub(a), true
}

// Rule asks the user's rules. A rule that cannot be evaluated never approves and never
// changes a priority; that it failed is one of the reasons.
func (s *Service) Rule(f Facts) Verdict {
	v, err := s.opt.Judge(f)
	if err != nil {
		s.opt.Log.Warn("rule not evaluated", "err", err)
		v = Verdict{Because: []rules.Reason{{Code: "rule-failed", Text: "a rule could not be evaluated, so none was applied: " + err.Error()}}}
	}
	if v.Priority == "" {
		v.Priority = f.Priority
	}
	return v
}

func (s *Service) signature() string {
	if s.opt.Signature != "" {
		return s.opt.Signature
	}
	return s.opt.User.Name
}
