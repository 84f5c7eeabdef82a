// Package policy holds the user's own rules: what makes a message urgent, who gets a
// copy, what may go without being asked, when not to send and by when.
//
// A rule has a condition in the expression language of expr-lang and sets some keys. For
// every key the first rule that matches sets it, and the verdict names the rule, so that
// `headsup why` can. Conditions see the subject and the text of a message; nothing of
// either is kept, not even in an error.
//
// [Compile] finds all faults at once, each with the rule, the key and the column.
// [Policy.Evaluate] is pure and total: a condition that fails at run time counts as not
// matching, is named, and never lets a message go unasked.
package policy

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"

	"headsup/mail"
	"headsup/rules"
)

// Approval says whether a person must say yes.
type Approval string

// The approvals. Ask is the default.
const (
	Ask  Approval = "ask"
	Auto Approval = "auto"
)

// Rule is one `[[rules]]` as the user wrote it. Empty keys are not set by it.
type Rule struct {
	Name      string
	When      string // condition; "" always matches
	Priority  string
	Approval  string
	Cc        []string
	NotBefore string // see ParseWhen
	By        string
	Style     string
}

// Facts is what a condition can see.
type Facts struct {
	Kind       rules.Kind
	Manager    string // key of the first manager
	Priority   rules.Priority
	Subject    string
	Text       string
	HasRisk    bool
	Due        time.Time // earliest due date in the message, zero if none
	Recipients []string
}

// Verdict is what the rules say about one message. Keys that no rule set are empty,
// but Approval, which is Ask.
type Verdict struct {
	Priority  rules.Priority
	Approval  Approval
	Rule      string // the rule that set Approval, "" if none did
	Cc        []mail.Address
	NotBefore time.Time
	By        time.Time
	Style     string
	Because   []rules.Reason // which rule set which key
}

// Policy is a list of compiled rules. The zero value has none.
type Policy struct {
	rules   []compiled
	version string
}

// Version names the rules: equal rules have equal versions.
func (p *Policy) Version() string { return p.version }

// compiled is a rule that was found in order.
type compiled struct {
	name      string
	when      *vm.Program // nil: always
	priority  rules.Priority
	approval  Approval
	cc        []mail.Address
	notBefore When
	by        When
	style     string
}

// seen is what a condition sees: the names that the user writes.
type seen struct {
	Kind       string        `expr:"kind"`
	Manager    string        `expr:"manager"`
	Priority   string        `expr:"priority"`
	Subject    string        `expr:"subject"`
	Text       string        `expr:"text"`
	HasRisk    bool          `expr:"has_risk"`
	DueIn      time.Duration `expr:"due_in"` // very long if nothing is due
	Recipients []string      `expr:"recipients"`
	Minute     time.Duration `expr:"minute"`
	Hour       time.Duration `expr:"hour"`
	Day        time.Duration `expr:"day"`
	Week       time.Duration `expr:"week"`
}

// maxText is how much of a text a condition sees.
const maxText = 64 << 10

func see(f Facts, now time.Time) seen {
	s := seen{Kind: string(f.Kind), Manager: f.Manager, Priority: string(f.Priority), Subject: f.Subject,
		Text: f.Text, HasRisk: f.HasRisk, DueIn: math.MaxInt64, Recipients: f.Recipients,
		Minute: time.Minute, Hour: time.Hour, Day: 24 * time.Hour, Week: 7 * 24 * time.Hour}
	if len(s.Text) > maxText {
		s.Text = strings.ToValidUTF8(s.Text[:maxText], "")
	}
	if !f.Due.IsZero() {
		s.DueIn = f.Due.Sub(now)
	}
	return s
}

// Evaluate asks every rule. Times of day are read in loc, the zone of the manager.
func (p *Policy) Evaluate(f Facts, now time.Time, loc *time.Location) Verdict {
	v := Verdict{Approval: Ask}
	set := map[string]bool{}
	env := see(f, now)
	for _, r := range p.rules {
		hit, failed := r.matches(env)
		switch {
		case failed != "":
			v.Because = append(v.Because, rules.Reason{Code: "rule.failed",
				Text: fmt.Sprintf("rule %q could not be judged%s and counts as not matching", r.name, failed)})
			if r.approval != "" && !set["approval"] {
				set["approval"] = true // a broken rule never opens the way for a later one
			}
		case hit:
			r.apply(&v, set, now, f.Due, loc)
		}
	}
	return v
}

func (r compiled) matches(env seen) (hit bool, failed string) {
	if r.when == nil {
		return true, ""
	}
	out, err := vm.Run(r.when, env)
	if err != nil {
		return false, columnOf(err)
	}
	hit, _ = out.(bool)
	return hit, ""
}

// apply sets the keys that no earlier rule set.
func (r compiled) apply(v *Verdict, set map[string]bool, now, due time.Time, loc *time.Location) {
	key := func(name string, has bool, do func() string) {
		if !has || set[name] {
			return
		}
		if value := do(); value != "" {
			set[name] = true
			v.Because = append(v.Because, rules.Reason{Code: "rule." + name,
				Text: fmt.Sprintf("rule %q sets %s to %s", r.name, name, value)})
		}
	}
	key("priority", r.priority != "", func() string { v.Priority = r.priority; return string(r.priority) })
	key("approval", r.approval != "", func() string { v.Approval, v.Rule = r.approval, r.name; return string(r.approval) })
	key("cc", len(r.cc) > 0, func() string { v.Cc = append([]mail.Address(nil), r.cc...); return list(r.cc) })
	key("not_before", !r.notBefore.IsZero(), func() string { return r.notBefore.set(&v.NotBefore, now, due, loc) })
	key("by", !r.by.IsZero(), func() string { return r.by.set(&v.By, now, due, loc) })
	key("style", r.style != "", func() string { v.Style = r.style; return r.style })
}

func (w When) set(to *time.Time, now, due time.Time, loc *time.Location) string {
	t, ok := w.At(now, due, loc)
	if !ok {
		return ""
	}
	*to = t
	return w.String()
}

func list(as []mail.Address) string {
	var out []string
	for _, a := range as {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}
