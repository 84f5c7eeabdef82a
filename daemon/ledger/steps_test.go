package ledger

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/rules"
)

var now = time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)

func address(s string) mail.Address {
	a, err := mail.ParseAddress(s)
	if err != nil {
		panic(err)
	}
	return a
}

// sample is a message in a state, with all that belongs to the state, so that only the
// state and the gate decide which steps it takes.
func sample(s State, gated bool) Message {
	m := Message{ID: 7, Version: 3, State: s, Content: mail.Hash{1}, Recipients: []mail.Address{address("dana@example.com")},
		By: now.Add(-time.Minute), Attempt: 1}
	if s != Drafted {
		m.Approval = Approval{Content: mail.Hash{1}, By: ByCommand, At: now}
	}
	if s == Scheduled || s == Sending {
		m.Choice = &rules.Choice{At: now, Until: now.Add(time.Hour)}
	}
	if s == Sending {
		m.WireHash, m.RcptHash, m.Gated = WireHash([]byte("w")), RcptHash(m.Recipients), gated
	}
	if s == Uncertain {
		m.Gated = true
	}
	return m
}

// steps is every constructor, made so that it passes on the sample of the right state.
func steps() map[string]Step {
	dotNo := Attempt{Message: 7, N: 1, Outcome: mail.NotSent, Stage: mail.StageDot, Reply: "451 later"}
	a := Attempt{Message: 7, N: 1, Outcome: mail.NotSent, Stage: mail.StageRcpt, Err: "refused"}
	to := []mail.Address{address("dana@example.com")}
	low := rules.Low
	list := []Step{
		Edit(Content{Raw: []byte("x"), Hash: mail.Hash{2}, Recipients: to}, "user"),
		Place(mail.Ref{Folder: mail.Queue, Validity: "1", UID: "9"}, false),
		Baseline(Content{Raw: []byte("x"), Hash: mail.Hash{2}, Recipients: to}),
		Approve(Approval{Content: mail.Hash{1}, By: ByMove, At: now}, "user"),
		Agree(Content{Raw: []byte("x"), Hash: mail.Hash{2}, Recipients: to}, Approval{Content: mail.Hash{2}, By: ByMove, At: now}, "user"),
		Withdraw("user", "moved back"), Cancel("user", "no"), AskCancel("user"),
		Schedule(rules.Choice{At: now, Until: now.Add(time.Hour)}, "2026-03-03", "free"),
		Expire(), Change(Set{Priority: &low, By: &now, NotBefore: &now}, "user", "low"),
		Keep(Hold{Code: HoldUser, Text: "wait"}, "user"), Unhold("user"), Reopen("user"),
		Again("paused", now.Add(time.Minute)), Claim([]byte("w"), to, now),
		PassGate(Gate{Message: 7, Attempt: 1, WireHash: WireHash([]byte("w")), RcptHash: RcptHash(to)}, false),
		Accept(a, now), Retry(a, now, false), Refuse(a, false), Drop(a, false), Doubt(a),
		Looked(now, false), Prove(Receipt{Kind: ReceiptFiled, At: now, Text: "seen in sent"}),
		SayArrived(now, "user"), SayResend("user"), Recover(Gate{Message: 7, Attempt: 1}),
	}
	out := map[string]Step{}
	for _, s := range list {
		out[s.Name] = s
	}
	out["retry behind the gate"] = Retry(dotNo, now, true)
	out["refuse behind the gate"] = Refuse(dotNo, true)
	out["drop behind the gate"] = Drop(dotNo, true)
	return out
}

// behind names the steps that a gated message takes in the state sending; all others
// that start there are refused behind the gate.
var behind = []string{"accept", "doubt", "retry behind the gate", "refuse behind the gate", "drop behind the gate",
	"prove", "place", "release", "ask-cancel", "recover"}

// ahead names the steps that are refused before the gate although they start at sending.
var ahead = []string{"accept", "doubt"}

// TestEveryStepFromEveryState tries each step on each state, before and behind the gate.
// What is refused must leave the message as it was.
func TestEveryStepFromEveryState(t *testing.T) {
	for name, step := range steps() {
		for _, from := range States() {
			for _, gated := range []bool{false, true} {
				if gated && from != Sending {
					continue
				}
				m := sample(from, gated)
				if strings.HasPrefix(name, "drop") {
					m.CancelAsked = now
				}
				got, err := step.Apply(m, now)
				if want := allowed(name, step, from, gated); (err == nil) != want {
					t.Errorf("%s from %s (gated %v): error %v, want allowed %v", name, from, gated, err, want)
					continue
				}
				if err != nil {
					if got.State != m.State || got.Version != m.Version {
						t.Errorf("%s from %s: refused, and yet changed to %s, version %d", name, from, got.State, got.Version)
					}
					continue
				}
				if got.Version != m.Version+1 || !got.Changed.Equal(now) {
					t.Errorf("%s from %s: version %d, changed %s", name, from, got.Version, got.Changed)
				}
				if got.State != from && !from.Can(got.State) {
					t.Errorf("%s moved from %s to %s, which is no edge", name, from, got.State)
				}
			}
		}
	}
}

func allowed(name string, step Step, from State, gated bool) bool {
	if !slices.Contains(step.From, from) {
		return false
	}
	if from != Sending {
		return true
	}
	if gated {
		return slices.Contains(behind, name)
	}
	return !slices.Contains(ahead, name)
}

// TestEveryEdgeHasAStep makes sure that the table of edges has nothing that no step does.
func TestEveryEdgeHasAStep(t *testing.T) {
	for _, from := range States() {
		for _, to := range from.Next() {
			found := false
			for name, step := range steps() {
				for _, gated := range []bool{false, true} {
					m := sample(from, gated)
					if strings.HasPrefix(name, "drop") {
						m.CancelAsked = now
					}
					if got, err := step.Apply(m, now); err == nil && got.State == to {
						found = found || step.To == to || to == Drafted
					}
				}
			}
			if !found {
				t.Errorf("no step goes from %s to %s", from, to)
			}
		}
		if from.Final() != (len(from.Next()) == 0) {
			t.Errorf("%s: Final and Next disagree", from)
		}
	}
}

// TestStatesDocument compares both tables of docs/states.md with the code.
func TestStatesDocument(t *testing.T) {
	b, err := os.ReadFile("../../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "## Edges")
	edgesText, stepsText, ok := strings.Cut(rest, "## Steps")
	if !ok {
		t.Fatal("docs/states.md has no section Steps")
	}
	want := map[string]string{}
	for _, s := range States() {
		var names []string
		for _, n := range s.Next() {
			names = append(names, string(n))
		}
		want[string(s)] = strings.Join(names, ", ")
		if s.Final() {
			want[string(s)] = "-"
		}
	}
	if got := column(edgesText, 2); !maps.Equal(got, want) {
		t.Errorf("edges in the document: %v\nin the code: %v", got, want)
	}
	from, to := column(stepsText, 2), column(stepsText, 3)
	known := map[string]bool{}
	for _, s := range steps() {
		known[s.Name] = true
		var names []string
		for _, f := range s.From {
			names = append(names, string(f))
		}
		end := string(s.To)
		if end == "" {
			end = "(stays)"
		}
		if from[s.Name] != strings.Join(names, ", ") || to[s.Name] != end {
			t.Errorf("step %s: document says %q to %q, code %q to %q", s.Name, from[s.Name], to[s.Name], names, end)
		}
	}
	if len(from) != len(known) {
		t.Errorf("the document has %d steps, the code %d", len(from), len(known))
	}
}

// column reads the rows of a Markdown table: first cell to the n-th.
func column(text string, n int) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) <= n || strings.HasPrefix(line, "|---") {
			continue
		}
		if key := strings.TrimSpace(cells[1]); key != "state" && key != "step" {
			out[key] = strings.TrimSpace(cells[n])
		}
	}
	return out
}

// TestReady checks each reason for which the ledger lets nothing go.
func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Message)
		want   error
	}{
		"nothing":          {func(*Message) {}, nil},
		"held":             {func(m *Message) { m.Hold = Hold{Code: HoldUser, Text: "wait"} }, ErrNotNow},
		"cancel asked":     {func(m *Message) { m.CancelAsked = now }, ErrNotNow},
		"never approved":   {func(m *Message) { m.Approval = Approval{} }, ErrContent},
		"other content":    {func(m *Message) { m.Content = mail.Hash{9} }, ErrContent},
		"no choice":        {func(m *Message) { m.Choice = nil }, ErrNotNow},
		"too early":        {func(m *Message) { m.Choice.At = now.Add(1) }, ErrNotNow},
		"too late":         {func(m *Message) { m.Choice.Until = now }, ErrNotNow},
		"user said later":  {func(m *Message) { m.NotBefore = now.Add(1) }, ErrNotNow},
		"first nanosecond": {func(m *Message) { m.Choice.At = now }, nil},
		"last nanosecond":  {func(m *Message) { m.Choice.Until = now.Add(1) }, nil},
	} {
		m := sample(Scheduled, false)
		c.change(&m)
		if err := Ready(m, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestGuards checks what the guards of claim, gate and the results refuse beyond the state.
func TestGuards(t *testing.T) {
	to := []mail.Address{address("dana@example.com")}
	other := []mail.Address{address("eve@example.net")}
	gate := func(g Gate) Step { return PassGate(g, false) }
	good := Gate{Attempt: 1, WireHash: WireHash([]byte("w")), RcptHash: RcptHash(to)}
	old, dot := Attempt{N: 0}, Attempt{N: 1, Outcome: mail.Uncertain, Stage: mail.StageDot}
	for name, c := range map[string]struct {
		from   State
		gated  bool
		change func(*Message)
		step   Step
		want   error
	}{
		"claim, other envelope":       {Scheduled, false, nil, Claim(nil, other, now), ErrContent},
		"claim, waits for a choice":   {Scheduled, false, func(m *Message) { m.Replan = true }, Claim(nil, to, now), ErrNotNow},
		"claim, waits for a retry":    {Scheduled, false, func(m *Message) { m.RetryAt = now.Add(1) }, Claim(nil, to, now), ErrNotNow},
		"claim, gated before":         {Scheduled, false, func(m *Message) { m.Gated = true }, Claim(nil, to, now), ErrTooLate},
		"claim, held":                 {Scheduled, false, func(m *Message) { m.Hold.Code = "x" }, Claim(nil, to, now), ErrNotNow},
		"gate, paused":                {Sending, false, nil, PassGate(good, true), ErrNotNow},
		"gate, other attempt":         {Sending, false, func(m *Message) { m.Attempt = 2 }, gate(good), ErrStale},
		"gate, other bytes":           {Sending, false, nil, gate(Gate{Attempt: 1, RcptHash: good.RcptHash}), ErrStale},
		"gate, other envelope":        {Sending, false, nil, gate(Gate{Attempt: 1, WireHash: good.WireHash}), ErrStale},
		"gate, held":                  {Sending, false, func(m *Message) { m.Hold.Code = "x" }, gate(good), ErrNotNow},
		"accept, older attempt":       {Sending, true, nil, Accept(old, now), ErrStale},
		"doubt, older attempt":        {Sending, true, nil, Doubt(old), ErrStale},
		"retry, older attempt":        {Sending, false, nil, Retry(old, now, false), ErrStale},
		"retry, dot not refused":      {Sending, true, nil, Retry(dot, now, true), ErrTooLate},
		"drop, nobody asked":          {Sending, false, nil, Drop(Attempt{N: 1}, false), ErrNotNow},
		"expire, no deadline":         {Approved, false, func(m *Message) { m.By = time.Time{} }, Expire(), ErrNotNow},
		"expire, before the deadline": {Approved, false, func(m *Message) { m.By = now.Add(1) }, Expire(), ErrNotNow},
		"schedule, content changed":   {Approved, false, func(m *Message) { m.Content = mail.Hash{9} }, Schedule(rules.Choice{Until: now}, "d", "w"), ErrContent},
		"schedule, empty window":      {Approved, false, nil, Schedule(rules.Choice{At: now, Until: now}, "d", "w"), ErrNotNow},
		"approve, no content":         {Drafted, false, nil, Approve(Approval{}, "user"), ErrContent},
		"approve, other content":      {Drafted, false, nil, Approve(Approval{Content: mail.Hash{9}}, "user"), ErrContent},
		"agree, other content":        {Drafted, false, nil, Agree(Content{Hash: mail.Hash{2}}, Approval{Content: mail.Hash{3}}, "user"), ErrContent},
		"stale":                       {Drafted, false, nil, Stale(Cancel("user", "no")), ErrStale},
	} {
		m := sample(c.from, c.gated)
		if c.change != nil {
			c.change(&m)
		}
		if _, err := c.step.Apply(m, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestDone checks that a step that was carried out before says so, and only then.
func TestDone(t *testing.T) {
	at := Place(mail.Ref{UID: "9"}, true)
	if m, _ := at.Apply(sample(Drafted, false), now); !m.Starred || !at.Done(m) || Place(mail.Ref{UID: "9"}, false).Done(m) {
		t.Error("a star that was taken away is not seen")
	}
	for _, name := range []string{"edit", "place", "baseline", "approve", "withdraw", "cancel", "ask-cancel", "hold", "prove"} {
		step := steps()[name]
		from := step.From[0]
		m, err := step.Apply(sample(from, false), now)
		if err != nil {
			t.Fatal(err)
		}
		if !step.Done(m) {
			t.Errorf("%s: not done after it was carried out", name)
		}
		if step.Done(sample(from, false)) {
			t.Errorf("%s: done before it was carried out", name)
		}
	}
	if !Unhold("user").Done(sample(Drafted, false)) {
		t.Error("release of a message that is not held is not done")
	}
	if Stale(Cancel("user", "no")).Done(sample(Cancelled, false)) {
		t.Error("a stale step is done")
	}
	same := Edit(Content{Hash: mail.Hash{1}, Draft: mail.Ref{UID: "2"}}, "user")
	if got, err := same.Apply(sample(Approved, false), now); err != nil || got.State != Approved {
		t.Errorf("edit with the same content: %s, %v", got.State, err)
	}
}

// TestRescue checks that only the gate decides what a restart makes of a message.
func TestRescue(t *testing.T) {
	for name, c := range map[string]struct {
		gated, cancel bool
		want          State
	}{"before": {false, false, Scheduled}, "behind": {true, false, Uncertain}, "before, cancelled": {false, true, Cancelled}, "behind, cancelled": {true, true, Uncertain}} {
		m := sample(Sending, c.gated)
		if c.cancel {
			m.CancelAsked = now
		}
		got, err := Rescue(m, now).Apply(m, now)
		if err != nil || got.State != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got.State, err, c.want)
		}
	}
}

// TestMoves counts how often a message was planned again, day by day.
func TestMoves(t *testing.T) {
	m := sample(Approved, false)
	choose := func(day string, hour int) {
		var err error
		at := now.Add(time.Duration(hour) * time.Hour)
		if m, err = Schedule(rules.Choice{At: at, Until: at.Add(1)}, day, "w").Apply(m, now); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		day  string
		hour int
		want int
	}{{"mon", 1, 0}, {"mon", 2, 1}, {"mon", 2, 1}, {"mon", 3, 2}, {"tue", 4, 1}} {
		if choose(c.day, c.hour); m.Moves != c.want {
			t.Errorf("choice %d: %d moves, want %d", i, m.Moves, c.want)
		}
	}
}

// TestBaselineRule lets a rule of the user approve what came back unchanged, and nothing
// else. The bytes that are approved are kept in either case.
func TestBaselineRule(t *testing.T) {
	for name, c := range map[string]struct {
		rule string
		back mail.Hash
		want State
	}{"rule": {"weekly", mail.Hash{1}, Approved}, "changed on the way": {"weekly", mail.Hash{2}, Drafted}, "no rule": {"", mail.Hash{1}, Drafted}} {
		m := sample(Drafted, false)
		m.AutoRule = c.rule
		step := Baseline(Content{Raw: []byte("x"), Hash: c.back})
		got, err := step.Apply(m, now)
		if err != nil || got.State != c.want || !step.Freeze || c.want == Approved && got.Approval.By != "rule:weekly" {
			t.Errorf("%s: %s %+v, %v", name, got.State, got.Approval, err)
		}
	}
}

// TestSmall covers the rest: wishes, the last look, reasons, the pause.
func TestSmall(t *testing.T) {
	low := rules.Low
	m, err := Change(Set{Priority: &low, By: &now, NotBefore: &now}, "user", "").Apply(sample(Scheduled, false), now)
	if err != nil || m.Priority != low || !m.By.Equal(now) || !m.NotBefore.Equal(now) || !m.Replan {
		t.Errorf("set: %+v, %v", m, err)
	}
	if m, _ = Looked(time.Time{}, true).Apply(sample(Uncertain, true), now); m.Hold.Code != HoldEvidence || m.Looks != 1 {
		t.Errorf("last look: %+v", m)
	}
	m, _ = Again("no window", time.Time{}).Apply(sample(Scheduled, false), now)
	if !m.Replan || !Again("no window", now).Quiet(m) || Again("paused", now).Quiet(m) || Expire().Quiet(m) {
		t.Errorf("put off: %+v", m)
	}
	for want, a := range map[string]Attempt{"451 later": {Reply: "451 later", Err: "x"}, "reset": {Err: "reset"}, "no reason given": {}} {
		if got := reason(a); got != want {
			t.Errorf("reason: %q, want %q", got, want)
		}
	}
	for p, want := range map[Pause]bool{{}: false, {On: true}: true, {On: true, Until: now}: false, {On: true, Until: now.Add(1)}: true} {
		if p.Active(now) != want {
			t.Errorf("pause %+v active: %v", p, !want)
		}
	}
	if len(Expire().With(Task{Kind: TaskTell}).With(Task{Kind: TaskFile}).Tasks) != 2 {
		t.Error("tasks of a step are lost")
	}
	odd := Expire()
	odd.To = Sent
	odd.From = []State{Failed}
	if _, err := odd.Apply(sample(Failed, false), now); !errors.Is(err, ErrRefused) {
		t.Errorf("a step that is no edge: %v", err)
	}
	if ID(12).String() != "12" || !Message.Held(Message{Hold: Hold{Code: "x"}}) {
		t.Error("id or hold")
	}
}
