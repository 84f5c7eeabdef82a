package draft

import (
	"slices"
	"strings"
	"time"

	"headsup/mail"
	"headsup/rules"
	"headsup/rules/policy"
	"headsup/rules/recap"
)

// judge asks the user's rules about a recap.
func (s *Service) judge(st *story, p rules.Priority, now time.Time) policy.Verdict {
	f := policy.Facts{Kind: st.kind(), Priority: p, Subject: st.subject(s.opt.Zone)}
	var text []string
	for _, it := range inMail(st.rec).Items {
		text = append(text, it.Text)
		f.HasRisk = f.HasRisk || it.Kind == recap.Risk
		if due, err := time.ParseInLocation(time.DateOnly, it.DueDate, s.opt.Zone); err == nil && (f.Due.IsZero() || due.Before(f.Due)) {
			f.Due = due
		}
	}
	for _, it := range st.carried { // its day may be long past, so it is no deadline
		text = append(text, it.Text)
		f.HasRisk = f.HasRisk || it.Kind == recap.Risk
	}
	f.Text = strings.Join(text, "\n")
	return s.rule(f, st.to, now)
}

// rule asks the user's rules; what none of them sets stays as it was.
func (s *Service) rule(f policy.Facts, to []Manager, now time.Time) policy.Verdict {
	f.Manager = to[0].Key
	for _, m := range to {
		f.Recipients = append(f.Recipients, m.Address.String())
	}
	v := s.opt.Policy.Evaluate(f, now, to[0].Zone)
	if v.Priority == "" {
		v.Priority = f.Priority
	}
	return v
}

// auto is the name of the rule that approves, "" if the user is to be asked.
func auto(v policy.Verdict) string {
	if v.Approval != policy.Auto {
		return ""
	}
	return v.Rule
}

// copies are the people whom a rule adds, without those who are addressed already.
func (s *Service) copies(v policy.Verdict, to []Manager) []mail.Party {
	var out []mail.Party
	for _, a := range v.Cc {
		if !slices.ContainsFunc(to, func(m Manager) bool { return m.Address.Key() == a.Key() }) {
			out = append(out, mail.Party{Name: s.opt.CcName(a), Address: a})
		}
	}
	return out
}

func (s *Service) signature() string {
	if s.opt.Signature != "" {
		return s.opt.Signature
	}
	return s.opt.User.Name
}
