package policy

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"headsup/rules"
)

var noon = time.Date(2026, 6, 2, 10, 0, 0, 0, time.UTC) // a Tuesday, 12:00 in Berlin

func must(t *testing.T, list ...Rule) *Policy {
	t.Helper()
	p, faults := Compile(list)
	for _, f := range faults {
		t.Error(f)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

func TestFirstRuleThatMatchesSetsTheKey(t *testing.T) {
	p := must(t,
		Rule{Name: "soon", When: `has_risk and due_in < 2 * day`, Priority: "urgent"},
		Rule{Name: "status", When: `kind == "update" && lower(subject) contains "status"`, Approval: "auto", Priority: "low"},
		Rule{Name: "board", When: `any(recipients, # endsWith "@board.example.com")`, Approval: "ask", Cc: []string{"kim@example.com"}},
		Rule{Name: "all", Priority: "normal", Style: "brief", NotBefore: "08:00", By: "due-1d"},
	)
	v := p.Evaluate(Facts{Kind: rules.Update, Manager: "dana", Subject: "Status, week 23", Recipients: []string{"x@board.example.com"}, Due: noon.Add(72 * time.Hour)}, noon, time.UTC)
	if v.Priority != rules.Low || v.Approval != Auto || v.Style != "brief" || len(v.Cc) != 1 {
		t.Errorf("verdict %+v", v)
	}
	if want := noon.Add(48 * time.Hour); !v.By.Equal(want) {
		t.Errorf("by %v, want %v", v.By, want)
	}
	if want := time.Date(2026, 6, 3, 8, 0, 0, 0, time.UTC); !v.NotBefore.Equal(want) {
		t.Errorf("not before %v, want %v", v.NotBefore, want)
	}
	var texts []string
	for _, r := range v.Because {
		texts = append(texts, r.Text)
	}
	want := `rule "status" sets priority to low|rule "status" sets approval to auto|rule "board" sets cc to kim@example.com|` +
		`rule "all" sets not_before to 08:00|rule "all" sets by to due-1d|rule "all" sets style to brief`
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("because\n%s\nwant\n%s", got, want)
	}
	if v := p.Evaluate(Facts{HasRisk: true, Due: noon.Add(time.Hour)}, noon, time.UTC); v.Priority != rules.Urgent || v.Approval != Ask {
		t.Errorf("risk: %+v", v)
	}
	if v := p.Evaluate(Facts{HasRisk: true}, noon, time.UTC); v.Priority != rules.Normal || !v.By.IsZero() {
		t.Errorf("nothing due: %+v", v)
	}
}

// A rule that cannot be judged never lets a message go unasked.
func TestBrokenRuleFailsClosed(t *testing.T) {
	p := must(t,
		Rule{Name: "never these", When: `subject matches text`, Approval: "ask"},
		Rule{Name: "rest", Approval: "auto"},
	)
	v := p.Evaluate(Facts{Subject: "a", Text: "secret("}, noon, time.UTC)
	if v.Approval != Ask {
		t.Errorf("approval %q after a rule that failed", v.Approval)
	}
	if len(v.Because) == 0 || v.Because[0].Code != "rule.failed" || strings.Contains(v.Because[0].Text, "secret") {
		t.Errorf("because %+v", v.Because)
	}
	if v := p.Evaluate(Facts{Subject: "a", Text: "b"}, noon, time.UTC); v.Approval != Auto {
		t.Errorf("approval %q", v.Approval)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{When: "true", Style: "brief"}, `rules[0] name: is missing: reasons name the rule that decided`},
		{Rule{Name: "a"}, `rules[0] "a" when: decides nothing: set priority, approval, cc, not_before, by or style`},
		{Rule{Name: "a", When: "kindd == 'x'", Style: "brief"}, `rules[0] "a" when, column 1: unknown name kindd: want kind, manager, priority, subject, text, has_risk, due_in, recipients, or hour, day, week`},
		{Rule{Name: "a", When: "kind == 3", Style: "brief"}, `rules[0] "a" when, column 6: invalid operation: == (mismatched types string and int)`},
		{Rule{Name: "a", When: "kind", Style: "brief"}, `rules[0] "a" when: expected bool, but got string`},
		{Rule{Name: "a", When: "has_risk and", Style: "brief"}, `rules[0] "a" when, column 12: unexpected token EOF`},
		{Rule{Name: "a", When: "any(1..9, # > 3)", Style: "brief"}, `rules[0] "a" when, column 6: ranges are not available in a rule`},
		{Rule{Name: "a", When: `any(recipients, any(recipients, # == "x"))`, Style: "brief"}, `rules[0] "a" when, column 1: a loop inside a loop is not available in a rule`},
		{Rule{Name: "a", When: `split(text, "") == []`, Style: "brief"}, `rules[0] "a" when, column 1: unknown name split: want kind, manager, priority, subject, text, has_risk, due_in, recipients, or hour, day, week`},
		{Rule{Name: "a", Priority: "asap"}, `rules[0] "a" priority: unknown priority "asap": want low, normal, high or urgent`},
		{Rule{Name: "a", Approval: "yes"}, `rules[0] "a" approval: "yes" is not known: want ask or auto`},
		{Rule{Name: "a", Cc: []string{"Kim <kim@example.com>"}}, `rules[0] "a" cc: address "Kim <kim@example.com>": character ' ' before "@" is not allowed`},
		{Rule{Name: "a", By: "soon"}, `rules[0] "a" by: "soon": want a length such as "4h" or "2d", a time "17:00", a day "monday 09:00", "tomorrow 9:00", or "due-1d"`},
		{Rule{Name: "a", NotBefore: "25:00"}, `rules[0] "a" not_before: "25:00": want a length such as "4h" or "2d", a time "17:00", a day "monday 09:00", "tomorrow 9:00", or "due-1d"`},
	} {
		_, faults := Compile([]Rule{c.rule})
		if len(faults) != 1 {
			t.Errorf("%+v: %d faults, want 1: %v", c.rule, len(faults), faults)
			continue
		}
		if got := faults[0].Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if _, faults := Compile([]Rule{{Name: "a", Style: "x"}, {Name: "a", Style: "y"}}); len(faults) != 1 || faults[0].Key != "name" {
		t.Errorf("two of a name: %v", faults)
	}
}

func TestWhen(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 6, 5, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"90m", "2026-06-02T13:30:00+02:00"}, {"2d", "2026-06-04T12:00:00+02:00"},
		{"17:00", "2026-06-02T17:00:00+02:00"}, {"9:00", "2026-06-03T09:00:00+02:00"},
		{"tuesday 18:00", "2026-06-02T18:00:00+02:00"}, {"Tue 09:00", "2026-06-09T09:00:00+02:00"},
		{"monday", "2026-06-08T00:00:00+02:00"}, {"tomorrow 8:15", "2026-06-03T08:15:00+02:00"},
		{"due", "2026-06-05T17:00:00+02:00"}, {"due-1d", "2026-06-04T17:00:00+02:00"}, {"due+2h", "2026-06-05T19:00:00+02:00"},
	} {
		w, err := ParseWhen(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, ok := w.At(noon, due, berlin); !ok || got.In(berlin).Format(time.RFC3339) != c.want {
			t.Errorf("%s: got %v, want %s", c.text, got.In(berlin), c.want)
		}
	}
}

func FuzzWhen(f *testing.F) {
	seeds := []string{`has_risk and due_in < 2*day`, `any(recipients, # endsWith ".org")`, `kind in ["update","recap"]`, `subject matches "(?i)risk"`, `((((`, `text[0:5] == "a"`, `len(text) > 9 ? true : false`, `let x = 3; x > 2`}
	for _, s := range seeds {
		f.Add(s, "subject", "text")
	}
	f.Fuzz(func(t *testing.T, when, subject, text string) {
		p, faults := Compile([]Rule{{Name: "f", When: when, Approval: "auto"}})
		if (p == nil) == (len(faults) == 0) {
			t.Fatalf("policy %v with faults %v", p, faults)
		}
		for _, x := range faults {
			if x.Text == "" || strings.Contains(x.Error(), "\n") {
				t.Fatalf("fault %q", x.Error())
			}
		}
		if p == nil {
			return
		}
		facts := Facts{Kind: rules.Recap, Manager: "dana", Subject: subject, Text: text, Recipients: []string{"dana@example.com"}}
		a, b := p.Evaluate(facts, noon, time.UTC), p.Evaluate(facts, noon, time.UTC)
		if a.Approval != b.Approval || len(a.Because) != len(b.Because) {
			t.Fatalf("not the same twice: %+v %+v", a, b)
		}
	})
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"", "4h", "90m", "17:00", "monday 09:00", "tomorrow 9:00", "due-1d", "due", "9999w", "mon", "24:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWhen(text)
		if err != nil {
			return
		}
		if again, err := ParseWhen(w.String()); err != nil || again != w {
			t.Fatalf("%q is printed as %q, which reads as %+v, %v", text, w, again, err)
		}
		if at, ok := w.At(noon, time.Time{}, time.UTC); ok && at.Before(noon) {
			t.Fatalf("%q is %v, before %v", text, at, noon)
		}
	})
}
