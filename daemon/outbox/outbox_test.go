package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/ledger"
	"headsup/daemon/store"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
	"headsup/rules"
)

var t0 = time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)

// rig is an outbox over a ledger and a mailbox in memory, a clock that a test moves, and
// a submitter that does what a test says.
type rig struct {
	t      *testing.T
	out    *Outbox
	store  *store.Memory
	box    *mailboxtest.Memory
	clock  *clock.Fake
	plan   *planner
	submit *submitter
	told   []string
	free   int64
	n      int
}

type planner struct {
	allowed  error
	asked    func() // when it is asked anything about time
	wrote    func() // when it is asked whether the manager wrote first
	answered string
	planned  []Planned
	err      error
}

func (p *planner) Plan(context.Context, time.Time, []ledger.Message) ([]Planned, error) {
	if p.asked != nil {
		p.asked()
	}
	return p.planned, p.err
}
func (p *planner) Allowed(time.Time, ledger.Message) error {
	if p.asked != nil {
		p.asked()
	}
	return p.allowed
}
func (p *planner) Answered(context.Context, ledger.Message) (string, error) {
	if p.wrote != nil {
		p.wrote()
	}
	return p.answered, nil
}

// submitter calls the gate and answers with what is set. at hears of the moment right
// before the gate, dot of the one behind it.
type submitter struct {
	result mail.Result
	at     func()
	calls  int
	sent   [][]byte
	to     [][]mail.Address
}

func (s *submitter) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	s.calls++
	if s.at != nil {
		s.at()
	}
	if r := s.result; r.Outcome == mail.NotSent && r.Stage != mail.StageDot && r.Stage != mail.StageGate {
		return r
	}
	if err := gate(ctx); err != nil {
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageGate, Err: err}
	}
	if s.result.Outcome == mail.Accepted {
		s.sent, s.to = append(s.sent, wire), append(s.to, e.To)
	}
	return s.result
}

type teller struct{ r *rig }

func (t teller) Tell(_ context.Context, _ time.Time, task ledger.Task) error {
	t.r.told = append(t.r.told, task.Cause)
	return nil
}

func newRig(t *testing.T, p mailboxtest.Provider) *rig {
	r := &rig{t: t, store: store.NewMemory(), clock: clock.NewFake(t0), plan: &planner{}, free: 1 << 40,
		submit: &submitter{result: mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: 250, Reply: "queued"}}}
	r.box = mailboxtest.NewMemory(p, r.clock.Wall)
	r.out = New(Options{Store: r.store, Mailbox: r.box, Submit: r.submit, Planner: r.plan, Teller: teller{r}, Clock: r.clock,
		Guard: clock.NewGuard(r.clock, t0, t0), Read: letter.Read, Free: func() (int64, error) { return r.free, nil },
		Wire: func(raw []byte, date time.Time, id mail.MessageID) ([]byte, error) {
			return letter.Wire(raw, letter.WireOptions{Date: date, ID: id})
		}})
	if err := r.out.Start(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// scheduled makes an approved message with a draft in the mailbox, due now.
func (r *rig) scheduled() ledger.Message {
	r.t.Helper()
	r.n++
	sam, dana, lee := must(mail.ParseAddress("sam@example.com")), must(mail.ParseAddress("dana@example.com")), must(mail.ParseAddress("lee@example.org"))
	id := mail.MessageID(fmt.Sprintf("m%d@example.com", r.n))
	raw := must(letter.Build(mail.Message{ID: id, Token: fmt.Sprint("token", r.n), Date: t0, From: mail.Party{Address: sam},
		To: []mail.Party{{Address: dana}}, Cc: []mail.Party{{Address: lee}}, Subject: "Plan", Parts: []mail.Part{{Type: "text/plain", Body: []byte("Hello\n")}}}))
	content := must(letter.Read(raw))
	ref := must(r.box.Deliver(mail.Queue, raw, mail.Flags{Draft: true}))
	m, err := r.store.Create(context.Background(), t0, ledger.Message{From: sam, Recipients: content.Recipients(), Subject: "Plan",
		MessageID: id, Token: fmt.Sprint("token", r.n), Draft: ref, Content: content.ContentHash()}, raw)
	if err != nil {
		r.t.Fatal(err)
	}
	r.apply(m.ID, ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByMove, At: t0}, "user"))
	return r.apply(m.ID, ledger.Schedule(rules.Choice{At: t0, Until: t0.Add(time.Hour)}, "day", "free"))
}

func (r *rig) apply(id ledger.ID, s ledger.Step) ledger.Message {
	r.t.Helper()
	m, err := r.store.Apply(context.Background(), r.clock.Wall(), id, s)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *rig) step() {
	r.t.Helper()
	for _, step := range []func(context.Context, time.Time) (time.Time, error){r.out.Plan, r.out.Look, r.out.Send, r.out.Tidy} {
		if _, err := step(context.Background(), r.clock.Wall()); err != nil {
			r.t.Logf("step: %v", err)
		}
	}
}

func (r *rig) get(id ledger.ID) ledger.Message {
	r.t.Helper()
	return must(r.store.Get(context.Background(), id))
}

func (r *rig) want(id ledger.ID, state ledger.State, hold string) ledger.Message {
	r.t.Helper()
	m := r.get(id)
	if m.State != state || m.Hold.Code != hold {
		r.t.Fatalf("message is %s, hold %q (%s); want %s, %q", m.State, m.Hold.Code, m.Waits, state, hold)
	}
	return m
}

// TestPreflight is the table of the decision: everything must hold, and what is not
// known does not.
func TestPreflight(t *testing.T) {
	hash := mail.Hash{1}
	to := []mail.Address{must(mail.ParseAddress("dana@example.com"))}
	good := func() Facts {
		return Facts{Now: t0, Free: -1, Approved: hash, To: to, Draft: DraftSame, Searched: true,
			Message: ledger.Message{State: ledger.Scheduled, Content: hash, Approval: ledger.Approval{Content: hash}, Recipients: to,
				Choice: &rules.Choice{At: t0, Until: t0.Add(time.Hour)}}}
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		want   Do
	}{
		"all holds":             {func(*Facts) {}, DoSend},
		"no draft in a mailbox": {func(f *Facts) { f.Draft = DraftNone }, DoSend},
		"enough room":           {func(f *Facts) { f.Free = MinFree }, DoSend},
		"broken disk":           {func(f *Facts) { f.Broken = errors.New("x") }, DoWait},
		"full disk":             {func(f *Facts) { f.Free = MinFree - 1 }, DoWait},
		"clock suspect":         {func(f *Facts) { f.Suspect.Code = "step" }, DoWait},
		"paused":                {func(f *Facts) { f.Paused.On = true }, DoWait},
		"pause over":            {func(f *Facts) { f.Paused = ledger.Pause{On: true, Until: t0} }, DoSend},
		"copy found":            {func(f *Facts) { f.Found = &mail.Ref{Folder: mail.Sent} }, DoSent},
		"other content":         {func(f *Facts) { f.Approved = mail.Hash{2} }, DoHold},
		"no approval":           {func(f *Facts) { f.Approved, f.Message.Approval.Content = mail.Hash{}, mail.Hash{} }, DoHold},
		"other envelope":        {func(f *Facts) { f.To = nil }, DoHold},
		"draft changed":         {func(f *Facts) { f.Draft = DraftChanged }, DoWithdraw},
		"star taken away":       {func(f *Facts) { f.Draft = DraftUnstarred }, DoUnstar},
		"draft gone":            {func(f *Facts) { f.Draft = DraftGone }, DoWait},
		"draft not known":       {func(f *Facts) { f.Draft = DraftUnknown }, DoWait},
		"search not answered":   {func(f *Facts) { f.Searched = false }, DoWait},
		"answered first":        {func(f *Facts) { f.Answered = "Dana wrote at 9" }, DoHold},
		"forbidden":             {func(f *Facts) { f.Allowed = errors.New("focus") }, DoReplan},
		"window over":           {func(f *Facts) { f.Now = t0.Add(time.Hour) }, DoReplan},
		"waits for a choice":    {func(f *Facts) { f.Message.Replan = true }, DoReplan},
		"no choice":             {func(f *Facts) { f.Message.Choice = nil }, DoReplan},
		"too early":             {func(f *Facts) { f.Now = t0.Add(-1) }, DoWait},
		"held":                  {func(f *Facts) { f.Message.Hold.Code = ledger.HoldUser }, DoWait},
	} {
		f := good()
		c.change(&f)
		if v := Preflight(f); v.Do != c.want || v.Do != DoSend && v.Why == "" {
			t.Errorf("%s: %+v, want %s", name, v, c.want)
		}
	}
}

// TestSend takes a message all the way: what was received is what was stored, the copy
// is filed, the draft is gone.
func TestSend(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{FilesSent: false, KeepsID: true})
	m := r.scheduled()
	r.step()
	r.want(m.ID, ledger.Sent, "")
	wire := must(r.store.Bytes(context.Background(), m.ID, ledger.CopyWire))
	if len(r.submit.sent) != 1 || string(r.submit.sent[0]) != string(wire) || len(r.submit.to[0]) != 2 {
		t.Fatalf("sent %d times, to %v", len(r.submit.sent), r.submit.to)
	}
	sent := must(letter.Read(wire))
	if sent.ID != m.MessageID || sent.ContentHash() != m.Approval.Content || sent.Token != "" {
		t.Errorf("what left: id %s, token %q", sent.ID, sent.Token)
	}
	if refs := must(r.box.Find(context.Background(), mail.Sent, mail.Query{ID: m.MessageID})); len(refs) != 1 {
		t.Errorf("%d copies in Sent", len(refs))
	}
	if hs := must(r.box.List(context.Background(), mail.Queue)); len(hs) != 0 {
		t.Errorf("%d drafts are left", len(hs))
	}
	r.clock.Advance(time.Hour)
	r.step()
	if r.submit.calls != 1 {
		t.Errorf("submitted %d times", r.submit.calls)
	}
}

// TestOutcomes is the table of 2.4: what the server says, and what becomes of the
// message.
func TestOutcomes(t *testing.T) {
	lee := must(mail.ParseAddress("lee@example.org"))
	no := func(stage mail.Stage, code int, permanent bool) mail.Result {
		return mail.Result{Outcome: mail.NotSent, Stage: stage, Code: code, Permanent: permanent, Reply: "no", Err: errors.New("no")}
	}
	for name, c := range map[string]struct {
		result mail.Result
		state  ledger.State
		hold   string
		told   string
	}{
		"accepted":                    {mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot}, ledger.Sent, "", ""},
		"B2 connection refused":       {no(mail.StageConnect, 0, false), ledger.Scheduled, "", ""},
		"B12 451 at RCPT":             {no(mail.StageRcpt, 451, false), ledger.Scheduled, "", ""},
		"B13 550 at MAIL":             {no(mail.StageMail, 550, true), ledger.Failed, "", "failed-1"},
		"B17 reset in the body":       {no(mail.StageBody, 0, false), ledger.Scheduled, "", ""},
		"B20 silence after the dot":   {mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot, Err: errors.New("timeout")}, ledger.Uncertain, "", ""},
		"B21 451 to the dot":          {no(mail.StageDot, 451, false), ledger.Scheduled, "", ""},
		"B21 554 to the dot":          {no(mail.StageDot, 554, true), ledger.Failed, "", "failed-1"},
		"B14 one of two refused":      {mail.Result{Outcome: mail.NotSent, Stage: mail.StageRcpt, Code: 550, Permanent: true, Reply: "no such user", Rejected: []mail.Address{lee}}, ledger.Scheduled, ledger.HoldRecipient, "hold-recipient"},
		"B10 wrong password":          {mail.Result{Outcome: mail.NotSent, Stage: mail.StageAuth, Code: 535, Account: true, Reply: "no"}, ledger.Scheduled, "", "account-2026-03-03"},
		"stopped before it was begun": {mail.Result{Outcome: mail.NotSent, Stage: mail.StageConnect, Err: context.Canceled}, ledger.Scheduled, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{KeepsID: true})
			m := r.scheduled()
			r.submit.result = c.result
			r.step()
			got := r.want(m.ID, c.state, c.hold)
			if _, has, _ := r.store.Gated(context.Background(), m.ID); has != (c.state == ledger.Uncertain || c.state == ledger.Sent) {
				t.Errorf("gate row: %v", has)
			}
			if c.state == ledger.Scheduled && c.hold == "" && !c.result.Account && !got.RetryAt.After(t0) {
				t.Errorf("tried again at %s", got.RetryAt)
			}
			if c.told != "" && (len(r.told) != 1 || r.told[0] != c.told) {
				t.Errorf("told %q, want %q", r.told, c.told)
			}
			if p := must(r.store.Pause(context.Background())); p.On != c.result.Account {
				t.Errorf("paused: %v", p.On)
			}
			if as := must(r.store.Attempts(context.Background(), m.ID)); len(as) != 1 || as[0].Outcome != c.result.Outcome {
				t.Errorf("attempts: %+v", as)
			}
		})
	}
}

// TestGate lets something happen while the conversation is on, right before the last
// byte (H1, H2, H5, E12, A21).
func TestGate(t *testing.T) {
	for name, c := range map[string]struct {
		at    func(r *rig, id ledger.ID)
		state ledger.State
		hold  string
	}{
		"nothing":   {func(*rig, ledger.ID) {}, ledger.Sent, ""},
		"H1 cancel": {func(r *rig, id ledger.ID) { r.apply(id, ledger.Cancel("user", "no")) }, ledger.Cancelled, ""},
		"H2 edit": {func(r *rig, id ledger.ID) {
			m := r.get(id)
			r.apply(id, ledger.Edit(ledger.Content{Raw: []byte("x"), Hash: mail.Hash{9}, Recipients: m.Recipients, Draft: m.Draft}, "user"))
		}, ledger.Drafted, ""},
		"withdraw": {func(r *rig, id ledger.ID) { r.apply(id, ledger.Withdraw("user", "no")) }, ledger.Drafted, ""},
		"hold": {func(r *rig, id ledger.ID) {
			r.apply(id, ledger.Keep(ledger.Hold{Code: ledger.HoldUser, Text: "wait"}, "user"))
		}, ledger.Scheduled, ledger.HoldUser},
		"H5 pause": {func(r *rig, id ledger.ID) {
			if err := r.store.SetPause(context.Background(), t0, ledger.Pause{On: true}); err != nil {
				panic(err)
			}
		}, ledger.Scheduled, ""},
		"E12 focus begins":      {func(r *rig, id ledger.ID) { r.plan.allowed = errors.New("focus") }, ledger.Scheduled, ""},
		"E5 clock set":          {func(r *rig, id ledger.ID) { r.clock.Step(6 * time.Hour) }, ledger.Scheduled, ""},
		"window over":           {func(r *rig, id ledger.ID) { r.clock.Advance(2 * time.Hour) }, ledger.Scheduled, ""},
		"C20 the look is old":   {func(r *rig, id ledger.ID) { r.clock.Advance(11 * time.Minute) }, ledger.Scheduled, ""},
		"ledger fails":          {func(r *rig, id ledger.ID) { r.failOnce("gate", true) }, ledger.Scheduled, ""},
		"A21 frozen at the row": {func(r *rig, id ledger.ID) { r.atGate(func() { r.clock.Advance(3 * time.Second) }) }, ledger.Uncertain, ""},
		"commit reported lost":  {func(r *rig, id ledger.ID) { r.failOnce("gate", false) }, ledger.Uncertain, ""},
		"just in time":          {func(r *rig, id ledger.ID) { r.atGate(func() { r.clock.Advance(1999 * time.Millisecond) }) }, ledger.Sent, ""},
		"another one was faster": {func(r *rig, id ledger.ID) {
			r.apply(id, ledger.Retry(ledger.Attempt{Message: id, N: 1}, t0.Add(time.Minute), false))
		},
			ledger.Scheduled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{KeepsID: true})
			m := r.scheduled()
			r.submit.at = func() { r.submit.at = nil; c.at(r, m.ID) }
			if _, err := r.out.Send(context.Background(), t0); err != nil {
				t.Log(err)
			}
			r.want(m.ID, c.state, c.hold)
			if sent := len(r.submit.sent); sent > 0 != (c.state == ledger.Sent) {
				t.Errorf("%d bytes left", sent)
			}
		})
	}
}

// failOnce makes one write of the ledger fail, before it is done or behind it.
func (r *rig) failOnce(op string, before bool) {
	fail := func(o string) error {
		if o != op {
			return nil
		}
		r.store.Before, r.store.After = nil, nil
		return errors.New("input/output error")
	}
	if before {
		r.store.Before = fail
	} else {
		r.store.After = fail
	}
}

// atGate lets something happen while the row of the gate is written.
func (r *rig) atGate(fn func()) {
	r.store.Before = func(op string) error {
		if op == "gate" {
			r.store.Before = nil
			fn()
		}
		return nil
	}
}

// TestFrozenBeforeTheClaim lets the process stand still right behind the look at the draft:
// it looks again.
func TestFrozenBeforeTheClaim(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	read := r.out.Read
	reads := 0
	r.out.Read = func(raw []byte) (mail.Message, error) {
		if reads++; reads == 2 { // the approved bytes, then the draft
			r.clock.Advance(20 * time.Second)
		}
		return read(raw)
	}
	if _, err := r.out.Send(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	r.want(m.ID, ledger.Scheduled, "")
	r.step()
	r.want(m.ID, ledger.Sent, "")
}

// TestLateCancel asks to cancel behind the gate: too late. The server refuses the last
// byte, and it is not tried again.
func TestLateCancel(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.submit.result = mail.Result{Outcome: mail.NotSent, Stage: mail.StageDot, Code: 451}
	done := r.submit.result
	r.out.Submit = submitFunc(func(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
		if err := gate(ctx); err != nil {
			return mail.Result{Outcome: mail.NotSent, Stage: mail.StageGate, Err: err}
		}
		if _, err := r.store.Apply(ctx, t0, m.ID, ledger.Cancel("user", "no")); !errors.Is(err, ledger.ErrTooLate) {
			t.Errorf("cancel behind the gate: %v", err)
		}
		if _, err := r.store.Apply(ctx, t0, m.ID, ledger.AskCancel("user")); err != nil {
			t.Error(err)
		}
		return done
	})
	r.step()
	r.want(m.ID, ledger.Cancelled, "")
}

type submitFunc func(context.Context, mail.Envelope, []byte, func(context.Context) error) mail.Result

func (f submitFunc) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	return f(ctx, e, wire, gate)
}

// TestVerdicts sees what becomes of a message that may not go.
func TestVerdicts(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		before func(r *rig, m ledger.Message)
		state  ledger.State
		hold   string
		replan bool
	}{
		"C6 draft edited": {func(r *rig, m ledger.Message) {
			raw := must(letter.Build(mail.Message{ID: m.MessageID, Date: t0, From: mail.Party{Address: m.From}, To: []mail.Party{{Address: m.Recipients[0]}}, Subject: "Other", Parts: []mail.Part{{Type: "text/plain", Body: []byte("x\n")}}}))
			ref := must(r.box.Deliver(mail.Queue, raw, mail.Flags{}))
			r.apply(m.ID, ledger.Place(ref, false))
		}, ledger.Drafted, "", false},
		"C8 sent by hand": {func(r *rig, m ledger.Message) {
			must(r.box.Deliver(mail.Sent, must(r.store.Bytes(ctx, m.ID, ledger.CopyApproved)), mail.Flags{}))
		}, ledger.Sent, "", false},
		"draft gone":     {func(r *rig, m ledger.Message) { r.box.Remove(ctx, m.Draft) }, ledger.Scheduled, "", false},
		"answered first": {func(r *rig, m ledger.Message) { r.plan.answered = "Dana wrote at 9" }, ledger.Scheduled, ledger.HoldAnswered, false},
		"forbidden":      {func(r *rig, m ledger.Message) { r.plan.allowed = errors.New("focus") }, ledger.Scheduled, "", true},
		"late wake":      {func(r *rig, m ledger.Message) { r.clock.Advance(75 * time.Minute) }, ledger.Scheduled, "", true},
		"disk full":      {func(r *rig, m ledger.Message) { r.free = 1 << 20 }, ledger.Scheduled, "", false},
		"mailbox away": {func(r *rig, m ledger.Message) {
			r.box.SetFault(func(string, mail.Folder) mailboxtest.Fault { return mailboxtest.Refused })
		}, ledger.Scheduled, "", false},
		"stored bytes are another mail": {func(r *rig, m ledger.Message) {
			r.out.Read = func([]byte) (mail.Message, error) { return mail.Message{}, nil }
		}, ledger.Scheduled, ledger.HoldContent, false},
		"cannot be made ready": {func(r *rig, m ledger.Message) {
			r.out.Wire = func([]byte, time.Time, mail.MessageID) ([]byte, error) { return nil, errors.New("no") }
		}, ledger.Scheduled, ledger.HoldContent, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{KeepsID: true})
			m := r.scheduled()
			c.before(r, m)
			r.step()
			if got := r.want(m.ID, c.state, c.hold); got.Replan != c.replan {
				t.Errorf("planned again: %v", got.Replan)
			}
			if r.submit.calls > 0 {
				t.Errorf("submitted %d times", r.submit.calls)
			}
			if c.hold != "" && len(r.told) != 1 {
				t.Errorf("told %q", r.told)
			}
		})
	}
}

// TestLook follows an uncertain message through the table of looks.
func TestLook(t *testing.T) {
	for name, c := range map[string]struct {
		found time.Duration // when a copy can be seen, 0: never
		away  bool          // the mailbox answers nothing
		want  ledger.State
		hold  string
	}{
		"C12 at once":          {time.Second, false, ledger.Sent, ""},
		"C12 after 20 minutes": {20 * time.Minute, false, ledger.Sent, ""},
		"A12 never":            {0, false, ledger.Uncertain, ledger.HoldEvidence},
		"C11 no answers":       {0, true, ledger.Uncertain, ledger.HoldEvidence},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: c.found})
			m := r.scheduled()
			r.submit.result = mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot, Err: errors.New("reset")}
			r.step()
			r.want(m.ID, ledger.Uncertain, "")
			if c.found > 0 {
				if err := r.box.Submitted(must(r.store.Bytes(context.Background(), m.ID, ledger.CopyWire))); err != nil {
					t.Fatal(err)
				}
			}
			if c.away {
				r.box.SetFault(func(string, mail.Folder) mailboxtest.Fault { return mailboxtest.Refused })
			}
			for range 200 {
				r.clock.Advance(20 * time.Second)
				r.step()
			}
			r.want(m.ID, c.want, c.hold)
			if told := len(r.told) == 1; told != (c.hold != "") {
				t.Errorf("told %q", r.told)
			}
			if r.submit.calls != 1 {
				t.Errorf("submitted %d times", r.submit.calls)
			}
			r.box.SetFault(nil)
			if c.away && c.hold != "" { // the mailbox comes back with the copy
				if err := r.box.Submitted(must(r.store.Bytes(context.Background(), m.ID, ledger.CopyWire))); err != nil {
					t.Fatal(err)
				}
				r.clock.Advance(time.Hour)
				r.step()
				r.want(m.ID, ledger.Sent, "")
			}
		})
	}
}

// TestLookWithTheClockSet sets the clock while evidence is sought: back, and the next
// search does not wait until the clock has caught up; forward, and the person is not asked
// before the slowest index can know.
func TestLookWithTheClockSet(t *testing.T) {
	for name, by := range map[string]time.Duration{"back": -4 * time.Hour, "forward": 4 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			p := mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: 28 * time.Minute}
			r := newRig(t, p)
			r.box = mailboxtest.NewMemory(p, func() time.Time { return t0.Add(r.clock.Boot()) }) // its clock is right
			r.out.Mailbox = r.box
			m := r.scheduled()
			r.out.Submit = submitFunc(func(ctx context.Context, _ mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
				if err := gate(ctx); err != nil {
					t.Error(err)
				}
				if err := r.box.Submitted(wire); err != nil {
					t.Error(err)
				}
				return mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot}
			})
			r.step()
			r.want(m.ID, ledger.Uncertain, "")
			r.clock.Step(by)
			for range 31 * 3 {
				r.clock.Advance(20 * time.Second)
				r.step()
			}
			r.want(m.ID, ledger.Sent, "")
		})
	}
}

// TestB22LyingServer lets a server say 451 to the last byte and keep the message, with a
// provider that files it: the copy is found, now or before the next attempt.
func TestB22LyingServer(t *testing.T) {
	for name, late := range map[string]time.Duration{"at once": 0, "after 20 minutes": 20 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{FilesSent: true, KeepsID: true, IndexDelay: late})
			m := r.scheduled()
			r.out.Submit = submitFunc(func(ctx context.Context, _ mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
				r.submit.calls++
				if err := gate(ctx); err != nil {
					t.Error(err)
				}
				if err := r.box.Submitted(wire); err != nil {
					t.Error(err)
				}
				return mail.Result{Outcome: mail.NotSent, Stage: mail.StageDot, Code: 451}
			})
			for range 120 {
				r.step()
				r.clock.Advance(20 * time.Second)
			}
			r.want(m.ID, ledger.Sent, "")
			if r.submit.calls != 1 {
				t.Errorf("submitted %d times", r.submit.calls)
			}
		})
	}
}

// TestD8SearchFirst restores database and journal together: the message is due once
// more, and the search before the attempt finds that it went.
func TestD8SearchFirst(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{FilesSent: true, KeepsID: true})
	m := r.scheduled()
	wire := must(letter.Wire(must(r.store.Bytes(context.Background(), m.ID, ledger.CopyApproved)), letter.WireOptions{Date: t0, ID: m.MessageID}))
	if err := r.box.Submitted(wire); err != nil {
		t.Fatal(err)
	}
	r.step()
	r.want(m.ID, ledger.Sent, "")
	if r.submit.calls != 0 {
		t.Errorf("submitted %d times", r.submit.calls)
	}
}

// TestA18CrashLoop starts ten times in five minutes.
func TestA18CrashLoop(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, mailboxtest.Provider{KeepsID: true}) // the first start
	start := func() { r.clock.Advance(20 * time.Second); mustDo(t, r.out.Start(ctx, r.clock.Wall())) }
	for range 8 {
		start()
	}
	if must(r.store.Pause(ctx)).On {
		t.Fatal("paused after nine starts")
	}
	mustDo(t, r.out.Stop(ctx, r.clock.Wall()))
	for range 9 {
		start()
	}
	if must(r.store.Pause(ctx)).On {
		t.Fatal("paused although one of them ended cleanly")
	}
	start()
	if p := must(r.store.Pause(ctx)); !p.On || p.By != "crash loop" {
		t.Fatalf("pause: %+v", p)
	}
	m := r.scheduled()
	r.step()
	r.want(m.ID, ledger.Scheduled, "")
	if len(r.told) != 1 || r.submit.calls != 0 {
		t.Errorf("told %q, submitted %d times", r.told, r.submit.calls)
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestClockIsTold says once for each suspicion that the clock is not trusted, and sends
// nothing until a person says that it is right (E5, E6).
func TestClockIsTold(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.clock.Step(10 * time.Minute)
	for range 5 {
		r.step()
		r.clock.Advance(20 * time.Second)
	}
	r.want(m.ID, ledger.Scheduled, "")
	if len(r.told) != 1 || r.submit.calls != 0 {
		t.Fatalf("told %q, submitted %d times", r.told, r.submit.calls)
	}
	if p := must(LastClock(context.Background(), r.store)); p.Suspect.Code != "step" {
		t.Errorf("a restart would trust the clock: %+v", p)
	}
	r.out.Guard.Accept()
	r.step()
	r.want(m.ID, ledger.Sent, "")
}

// TestUnsaved lets the disk refuse the acceptance: it is offered again, and the message is
// not taken for one that a dead process left behind.
func TestUnsaved(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.failOnce("accept", true)
	if _, err := r.out.Send(context.Background(), t0); err == nil {
		t.Fatal("the disk refused, and nobody says so")
	}
	if _, err := r.out.Look(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	r.want(m.ID, ledger.Sending, "")
	r.clock.Advance(20 * time.Second)
	r.step()
	r.want(m.ID, ledger.Sent, "")
	if r.submit.calls != 1 {
		t.Errorf("submitted %d times", r.submit.calls)
	}
}

// TestPlan carries out what the planner says, and writes nothing when nothing changes.
func TestPlan(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	same := *m.Choice
	later := rules.Choice{At: t0.Add(2 * time.Hour), Until: t0.Add(3 * time.Hour), Basis: "calendar 2"}
	for i, c := range []struct {
		planned Planned
		version int64
		check   func(ledger.Message) bool
	}{
		{Planned{ID: m.ID, Choice: &same, Day: "day"}, m.Version, func(m ledger.Message) bool { return m.Moves == 0 }},
		{Planned{ID: 99, Choice: &later}, m.Version, func(m ledger.Message) bool { return true }},
		{Planned{ID: m.ID, Choice: &later, Day: "day", Why: "a meeting moved"}, m.Version + 1, func(m ledger.Message) bool { return m.Moves == 1 && m.Choice.At.Equal(later.At) }},
		{Planned{ID: m.ID, Hold: &ledger.Hold{Code: "x", Text: "look"}}, m.Version + 2, func(m ledger.Message) bool { return m.Hold.Code == "x" }},
	} {
		r.plan.planned = []Planned{c.planned}
		if _, err := r.out.Plan(ctx, t0); err != nil {
			t.Fatal(err)
		}
		if got := r.get(m.ID); got.Version != c.version || !c.check(got) {
			t.Errorf("%d: version %d, want %d: %+v", i, got.Version, c.version, got)
		}
	}
	r.apply(m.ID, ledger.Unhold("user"))
	by := t0.Add(-time.Minute)
	r.apply(m.ID, ledger.Change(ledger.Set{By: &by}, "user", "by"))
	r.plan.planned = []Planned{{ID: m.ID, Expire: true}}
	r.step()
	r.want(m.ID, ledger.Expired, "")
	if len(r.told) != 2 { // the hold and the deadline
		t.Errorf("told %q", r.told)
	}
	other := r.scheduled()
	r.plan.err = errors.New("no")
	if _, err := r.out.Plan(ctx, t0); err == nil {
		t.Error("a failing planner is not heard of")
	}
	r.want(other.ID, ledger.Scheduled, "")
}

// TestWishDuringThePlan: a wish that comes while a plan is made is not overruled by it.
func TestWishDuringThePlan(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	choice := rules.Choice{At: t0.Add(2 * time.Hour), Until: t0.Add(3 * time.Hour), Basis: "calendar 2"}
	r.plan.planned = []Planned{{ID: m.ID, Choice: &choice, Day: "day"}}
	r.plan.asked = func() {
		urgent := rules.Urgent
		r.apply(m.ID, ledger.Change(ledger.Set{Priority: &urgent}, "user", "urgent"))
		r.plan.asked = nil
	}
	if _, err := r.out.Plan(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	if got := r.get(m.ID); !got.Replan || got.Choice.At.Equal(choice.At) {
		t.Errorf("the choice of a plan that knew nothing of the wish was stored: %+v", got.Choice)
	}
	if _, err := r.out.Plan(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	if got := r.get(m.ID); got.Replan || !got.Choice.At.Equal(choice.At) {
		t.Errorf("the next plan does not count: %+v", got.Choice)
	}
}

// TestHoldDuringThePlan: a person's hold that comes while a plan is made stays the
// person's, whatever the plan found. A plan that lacked a window lets go by itself later.
func TestHoldDuringThePlan(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.plan.planned = []Planned{{ID: m.ID, Hold: &ledger.Hold{Code: ledger.NoWindow, Text: "no window was found"}}}
	r.plan.asked = func() {
		r.plan.asked = nil
		r.apply(m.ID, ledger.Keep(ledger.Hold{Code: "user", Text: "not yet"}, "user"))
	}
	if _, err := r.out.Plan(context.Background(), t0); err != nil {
		t.Fatal(err)
	}
	r.want(m.ID, ledger.Scheduled, "user")
	r.plan.planned = []Planned{{ID: m.ID, Choice: &rules.Choice{At: t0, Until: t0.Add(2 * time.Hour)}, Day: "day"}}
	r.step()
	r.want(m.ID, ledger.Scheduled, "user")
	if r.submit.calls != 0 {
		t.Errorf("submitted %d times", r.submit.calls)
	}
}

// TestApprovedAgainBeforeTheClaim: who edits a due message and approves it again while it
// is made ready gets the new text sent, not the one that was read before.
func TestApprovedAgainBeforeTheClaim(t *testing.T) {
	for name, at := range map[string]func(r *rig, edit func()){
		"while facts are gathered": func(r *rig, edit func()) { r.plan.wrote = edit },
		"right before the claim":   func(r *rig, edit func()) { r.plan.asked = edit },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, mailboxtest.Provider{KeepsID: true})
			m := r.scheduled()
			at(r, func() {
				r.plan.wrote, r.plan.asked = nil, nil
				r.approveAnew(m, "Goodbye\n")
			})
			if _, err := r.out.Send(context.Background(), t0); err != nil {
				t.Error(err)
			}
			if len(r.submit.sent) != 0 {
				t.Fatalf("the text went that is approved no longer:\n%s", r.submit.sent[0])
			}
			r.want(m.ID, ledger.Scheduled, "")
			r.clock.Advance(20 * time.Second)
			r.step()
			r.want(m.ID, ledger.Sent, "")
			if len(r.submit.sent) != 1 || !strings.Contains(string(r.submit.sent[0]), "Goodbye") {
				t.Errorf("%d mails left, not the one with the new text", len(r.submit.sent))
			}
		})
	}
}

// approveAnew is a person who edits the draft and moves it into Headsup again.
func (r *rig) approveAnew(m ledger.Message, text string) {
	r.t.Helper()
	content := must(letter.Read(must(r.store.Bytes(context.Background(), m.ID, ledger.CopyDrafted))))
	content.Parts = []mail.Part{{Type: "text/plain", Body: []byte(text)}}
	raw := must(letter.Build(content))
	hash := must(letter.Read(raw)).ContentHash()
	c := ledger.Content{Raw: raw, Hash: hash, From: m.From, Recipients: m.Recipients, Subject: m.Subject,
		Draft: must(r.box.Deliver(mail.Queue, raw, mail.Flags{Draft: true}))}
	r.apply(m.ID, ledger.Edit(c, "user"))
	r.apply(m.ID, ledger.Agree(c, ledger.Approval{Content: hash, By: ledger.ByMove, At: t0}, "user"))
	r.apply(m.ID, ledger.Schedule(*m.Choice, "day", "now"))
}

// TestGateWaitsForThePlanner: a gate that had to wait for a long plan refuses before it
// writes anything, so the message is tried again and is not in doubt.
func TestGateWaitsForThePlanner(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.submit.at = func() { r.plan.asked = func() { r.clock.Advance(3 * time.Second) } }
	r.step()
	r.want(m.ID, ledger.Scheduled, "")
	r.submit.at, r.plan.asked = nil, nil
	r.clock.Advance(20 * time.Second)
	r.step()
	r.want(m.ID, ledger.Sent, "")
	if r.submit.calls != 2 || len(r.submit.sent) != 1 {
		t.Errorf("submitted %d times, %d left", r.submit.calls, len(r.submit.sent))
	}
}

// TestSlowServersShowThatTheLoopTurns: a step that is slow hands over one message and
// leaves the rest to the next.
func TestSlowServersShowThatTheLoopTurns(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	r.scheduled()
	second := r.scheduled()
	r.submit.at = func() { r.clock.Advance(90 * time.Second) }
	next, err := r.out.Send(context.Background(), t0)
	if err != nil || r.submit.calls != 1 {
		t.Fatalf("submitted %d times, %v", r.submit.calls, err)
	}
	if d := next.Sub(r.clock.Wall()); d <= 0 || d > pause {
		t.Errorf("the next step comes after %s", d)
	}
	r.want(second.ID, ledger.Scheduled, "")
}

// TestUnstarred: a star that is found to be gone right before the claim takes the approval
// with it, and the ledger knows that it is gone, so that the next star is seen as one.
func TestUnstarred(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	c := ledger.Content{Raw: must(r.store.Bytes(context.Background(), m.ID, ledger.CopyDrafted)), Hash: m.Content, From: m.From,
		Recipients: m.Recipients, Subject: m.Subject, Draft: m.Draft, Starred: true}
	r.apply(m.ID, ledger.Withdraw("user", "again, by a star"))
	r.apply(m.ID, ledger.Agree(c, ledger.Approval{Content: m.Content, By: ledger.ByStar, At: t0}, "user"))
	r.apply(m.ID, ledger.Schedule(*m.Choice, "day", "now"))
	if !r.get(m.ID).Starred {
		t.Fatal("the star was not stored")
	}
	if err := r.box.SetFlags(m.Draft, mail.Flags{Draft: true}); err != nil {
		t.Fatal(err)
	}
	r.step()
	if got := r.want(m.ID, ledger.Drafted, ""); got.Starred || !got.Approval.Content.IsZero() || r.submit.calls != 0 {
		t.Errorf("starred %t, approved %s, submitted %d times", got.Starred, got.Approval.Content, r.submit.calls)
	}
}

// TestBackoff is the table of waits.
func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 5: 15 * time.Minute, 6: 30 * time.Minute, 99: 30 * time.Minute} {
		if got := Backoff(attempt); got != want {
			t.Errorf("after attempt %d: %s, want %s", attempt, got, want)
		}
	}
}

// TestTidyAgain tries a task again that failed, and never appends what may be there.
func TestTidyAgain(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	appends := 0
	r.box.SetFault(func(op string, _ mail.Folder) mailboxtest.Fault {
		if op == "append" {
			if appends++; appends == 1 {
				return mailboxtest.Lost
			}
		}
		return mailboxtest.NoFault
	})
	for range 200 {
		r.step()
		r.clock.Advance(20 * time.Second)
	}
	r.want(m.ID, ledger.Sent, "")
	if refs := must(r.box.Find(context.Background(), mail.Sent, mail.Query{ID: m.MessageID})); len(refs) != 1 || appends != 1 {
		t.Errorf("%d copies after %d appends", len(refs), appends)
	}
}

// failing is a ledger whose reads fail.
type failing struct {
	*store.Memory
	due, bytes, pause, get error
}

func (f *failing) Due(ctx context.Context, now time.Time, n int) ([]ledger.Message, error) {
	if f.due != nil {
		return nil, f.due
	}
	return f.Memory.Due(ctx, now, n)
}

func (f *failing) Bytes(ctx context.Context, id ledger.ID, c ledger.Copy) ([]byte, error) {
	if f.bytes != nil {
		return nil, f.bytes
	}
	return f.Memory.Bytes(ctx, id, c)
}

func (f *failing) Pause(ctx context.Context) (ledger.Pause, error) { return ledger.Pause{}, f.pause }

func (f *failing) Get(ctx context.Context, id ledger.ID) (ledger.Message, error) {
	if f.get != nil {
		return ledger.Message{}, f.get
	}
	return f.Memory.Get(ctx, id)
}

// TestReadsFail lets each read of the ledger fail on the way to the server: nothing goes,
// and the fault is heard of.
func TestReadsFail(t *testing.T) {
	broken := errors.New("database disk image is malformed")
	for name, f := range map[string]*failing{"due": {due: broken}, "bytes": {bytes: broken}, "pause": {pause: broken}, "get": {get: broken}} {
		r := newRig(t, mailboxtest.Provider{KeepsID: true})
		m := r.scheduled()
		f.Memory = r.store
		r.out.Store = f
		if _, err := r.out.Send(context.Background(), t0); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		r.want(m.ID, ledger.Scheduled, "")
		if r.submit.calls != 0 {
			t.Errorf("%s: submitted", name)
		}
	}
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.failOnce("claim", true)
	if _, err := r.out.Send(context.Background(), t0); err == nil {
		t.Error("a claim that failed is not heard of")
	}
	r.want(m.ID, ledger.Scheduled, "")
}

// TestStopInTheMiddle ends the service while a conversation is on: before the gate
// nothing goes, and nothing else is begun (A21).
func TestStopInTheMiddle(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	first, second := r.scheduled(), r.scheduled()
	ctx, cancel := context.WithCancel(context.Background())
	r.submit.at = cancel
	if _, err := r.out.Send(ctx, t0); err != nil {
		t.Fatal(err)
	}
	r.want(first.ID, ledger.Scheduled, "")
	r.want(second.ID, ledger.Scheduled, "")
	if r.submit.calls != 1 || len(r.submit.sent) != 0 {
		t.Errorf("submitted %d times, %d left", r.submit.calls, len(r.submit.sent))
	}
}

// TestTwoSenders runs a second step while the first is in its conversation.
func TestTwoSenders(t *testing.T) {
	r := newRig(t, mailboxtest.Provider{KeepsID: true})
	m := r.scheduled()
	r.out.takeOff(m.ID) // by another loop, before its claim
	if _, err := r.out.Send(context.Background(), t0); err != nil || r.submit.calls != 0 {
		t.Errorf("submitted %d times, %v", r.submit.calls, err)
	}
	r.out.landed(m.ID)
	r.submit.at = func() {
		r.submit.at = nil
		r.failOnce("claim", false) // whatever the ledger says, the message is known to be under way
		if _, err := r.out.Send(context.Background(), t0); err != nil {
			t.Error(err)
		}
		if _, err := r.out.Look(context.Background(), t0); err != nil {
			t.Error(err)
		}
		r.store.After = nil
	}
	r.step()
	r.want(m.ID, ledger.Sent, "")
	if r.submit.calls != 1 {
		t.Errorf("submitted %d times", r.submit.calls)
	}
}
