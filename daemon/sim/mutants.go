package main

// mutant is a bug that is planted to see whether the simulation finds it. It is a patch of
// the source, built with the overlay of the go command, so that the program itself
// carries no switch for it. Each old text must stand exactly once in its file: a test
// checks that, so a mutant does not die in silence when the code changes.
type mutant struct {
	name  string
	rule  string // of the contract of sending in docs/decisions/gate.md
	edits []edit
}

type edit struct{ file, old, new string }

const (
	fSend   = "daemon/ledger/send.go"
	fSteps  = "daemon/ledger/steps.go"
	fStep   = "daemon/ledger/step.go"
	fFinish = "daemon/outbox/finish.go"
	fGather = "daemon/outbox/gather.go"
	fOSend  = "daemon/outbox/send.go"
	fPre    = "daemon/outbox/preflight.go"
	fLook   = "daemon/outbox/look.go"
	fPlan   = "daemon/outbox/plan.go"
	fTidy   = "daemon/outbox/tidy.go"
	fStart  = "daemon/outbox/start.go"
	fGuard  = "daemon/clock/guard.go"
	fMemory = "daemon/store/memory.go"
	fFollow = "daemon/follow/follow.go"
	fSubmit = "mail/submit/submit.go"
)

// mutants lists the planted bugs.
func mutants() []mutant {
	return []mutant{
		{"no gate row", "2.3 step 7", []edit{{fOSend, "if err := o.Store.Gate(context.WithoutCancel(ctx), now, g); err != nil {", "if err := error(nil); err != nil || g.Attempt < 0 {"}}},
		{"result of the dot forgotten when the ledger is busy", "2.3 step 9", []edit{
			{fFinish, "o.unsaved = append(o.unsaved, unsaved{m, r})", "_ = r"},
			{fStart, "if o.knows(m.ID) {", "if m.Gated || o.knows(m.ID) {"}}},
		{"frozen behind the gate and sends all the same", "2.3 step 8", []edit{
			{fOSend, "if o.Clock.Boot()-boot >= maxGateAge {", "if false {"},
			{fSubmit, "const frozen = 2 * time.Second", "const frozen = 2000 * time.Hour"}}},
		{"gate does not look at a hold", "2.3 gate", []edit{{fSend, "case m.Held():", "case false:"}}},
		{"gate does not look at the pause", "2.5", []edit{
			{fSend, "case paused:", "case false:"}}},
		{"gate does not look at the pause, nor does pre-flight", "2.5", []edit{
			{fSend, "case paused:", "case false:"}, {fPre, "case f.Paused.Active(f.Now):", "case false:"}}},
		{"cancel behind the gate is confirmed", "2.3 linearisation", []edit{{fStep, "if m.State == Sending && m.Gated {", "if false {"}}},
		{"edit does not withdraw", "2.6", []edit{{fSteps, "if m.Content != c.Hash {\n\t\t\t\tm.State", "if false {\n\t\t\t\tm.State"}}},
		{"draft is not looked at before the claim", "2.5", []edit{{fGather, "errors.Is(err, mail.ErrNoFolder):\n\t\treturn DraftGone", "errors.Is(err, mail.ErrNoFolder):\n\t\treturn DraftSame"}}},
		{"star is not looked at before the claim", "2.6", []edit{{fGather, "if h.Ref == m.Draft && h.Flags.Flagged {", "if h.Ref == m.Draft {"}}},
		{"mailbox out of reach counts as unchanged", "2.5", []edit{
			{fGather, "case err != nil:\n\t\treturn DraftUnknown", "case err != nil:\n\t\treturn DraftSame"}}},
		{"unknown outcome is tried again", "2.4", []edit{
			{fFinish, "default:\n\t\t_, err = o.Store.Apply(ctx, now, m.ID, ledger.Doubt(a))", "default:\n\t\ta.Outcome, a.Stage = mail.NotSent, mail.StageDot\n\t\t_, err = o.Store.Apply(ctx, now, m.ID, ledger.Retry(a, now, true))"}}},
		{"restart tries again behind the gate", "2.2", []edit{
			{fSend, "if m.Gated {\n\t\ta.Outcome, a.Stage, a.Err = mail.Uncertain", "if false {\n\t\ta.Outcome, a.Stage, a.Err = mail.Uncertain"},
			{fSend, "case m.Gated && !disproved:", "case false:"},
			{fSend, "case m.Gated:\n\t\t\t\treturn fmt.Errorf(\"an earlier", "case false:\n\t\t\t\treturn fmt.Errorf(\"an earlier"},
			{fMemory, "if _, has := s.gates[id]; step.Gate != nil && has {", "if false {"}}},
		{"restart leaves what was being sent", "2.2", []edit{{fStart, "return o.orphans(ctx, now)", "return nil"}, {fLook, "errs := []error{o.orphans(ctx, now)}", "var errs []error"}}},
		{"person is not asked, it is sent again", "2.4", []edit{
			{fLook, "_, err := o.Store.Apply(ctx, now, m.ID, step)", "if last {\n\t\tstep = ledger.SayResend(\"headsup\")\n\t}\n\t_, err := o.Store.Apply(ctx, now, m.ID, step)"}}},
		{"closed connection behind the dot counts as not sent", "2.4", []edit{
			{fSubmit, "return reply{}, &stop{stage: mail.StageDot, err: err, sent: true}", "return reply{}, &stop{stage: mail.StageBody, err: err}"},
			{fSend, "case m.Gated && !disproved:", "case false:"},
			{fMemory, "if _, has := s.gates[id]; step.Gate != nil && has {", "if false {"}}},
		{"refusal of the dot is believed without a search", "2.4", []edit{
			{fFinish, "ref, err := o.evidence(ctx, m)", "ref, err := (*mail.Ref)(nil), error(nil)"},
			{fPre, "if f.Found != nil {", "if false {"}}},
		{"search before an attempt is left out", "2.4", []edit{{fPre, "if f.Found != nil {", "if false {"}}},
		{"tried again before the index can know", "2.4", []edit{{fFinish, "at = now.Add(indexLag)", "at = now"}}},
		{"a search without an answer counts as proof", "2.4", []edit{
			{fGather, "refs, err := o.find(ctx, mail.Sent, m.MessageID)\n\tif err != nil {\n\t\treturn nil, err\n\t}", "refs, err := o.find(ctx, mail.Sent, m.MessageID)\n\tif err != nil {\n\t\treturn &mail.Ref{Folder: mail.Sent}, nil\n\t}"}}},
		{"the draft goes, not what was approved", "2.3 step 5", []edit{
			{fGather, "ledger.CopyApproved", "ledger.CopyDrafted"},
			{fSend, "case m.Approval.Content.IsZero() || m.Approval.Content != m.Content:", "case false:"},
			{fPre, "if f.Approved != m.Approval.Content || m.Approval.Content.IsZero() ||", "if"},
			{fGather, "if err != nil || content.ContentHash() != m.Approval.Content {", "if err != nil || content.ContentHash().IsZero() {"},
			{fSteps, "if m.Content != c.Hash {\n\t\t\t\tm.State", "if false {\n\t\t\t\tm.State"}}},
		{"only the first recipient gets it", "2.5 recipients", []edit{{fOSend, "mail.Envelope{From: m.From, To: f.To}", "mail.Envelope{From: m.From, To: f.To[:1]}"}}},
		{"asked to cancel, and tried again", "2.3 linearisation", []edit{
			{fFinish, "case !latest.CancelAsked.IsZero():", "case latest.ID < 0:"}, {fSend, "case !m.CancelAsked.IsZero():\n\t\treturn fmt.Errorf(\"somebody", "case false:\n\t\treturn fmt.Errorf(\"somebody"},
			{fSend, "if !m.CancelAsked.IsZero() {", "if false {"}}},
		{"asked to cancel is forgotten", "2.3 linearisation", []edit{{fFinish, "case !latest.CancelAsked.IsZero():", "case latest.ID < 0:"}}},
		{"steps of the clock are not seen", "2.8 rule 4", []edit{{fGuard, "(drift > MaxStep || drift < -MaxStep)", "false"}}},
		{"a restart trusts the clock again", "2.8 rule 4", []edit{{fGuard, "if last.Suspect.Code != \"\" {", "if false {"}}},
		{"a step of the clock while headsup is down is not seen", "2.8 rule 4", []edit{{fGuard, "g.boot >= last.Boot && g.suspect.Code == \"\"", "false"}}},
		{"a missed window is fired late", "2.8 rule 5", []edit{
			{fPre, "case m.Choice == nil || m.Replan || !f.Now.Before(m.Choice.Until):", "case m.Choice == nil || m.Replan:"},
			{fSend, "case !now.Before(m.Choice.Until):", "case false:"}}},
		{"forbidden time is not looked at behind pre-flight", "2.8 rule 7", []edit{{fOSend, "if err := o.Planner.Allowed(now, m); err != nil {", "if err := error(nil); err != nil {"}}},
		{"forbidden time is looked at nowhere but in the plan", "2.8 rule 7", []edit{
			{fOSend, "if err := o.Planner.Allowed(now, m); err != nil {", "if err := error(nil); err != nil {"}, {fPre, "case f.Allowed != nil:", "case false:"}}},
		{"nobody is asked in the end", "2.4", []edit{{fLook, "return time.Time{}, true\n", "return now.Add(time.Hour), false\n"}}},
		{"the user is not told", "2.10", []edit{{fMemory, "t.Message = id\n\t\ts.putTask(t)", "t.Message = id"}}},
		{"a wrong password is tried again and again", "2.4 AUTH 535", []edit{{fFinish, "case r.Account:", "case false:"}}},
		{"crash loop goes on sending", "A18", []edit{{fStart, "if len(recent) < crashStarts {", "if true {"}}},
		{"copy is filed without a search", "2.3 step 10", []edit{{fTidy, "if err != nil || len(refs) > 0 {", "if err != nil || len(refs) > 99 {"}}},
		{"place is stored before the deed", "2.6", []edit{
			{fGather, "if h.Ref == m.Draft && h.Flags.Flagged {", "if h.Ref == m.Draft {"},
			{fFollow, "\tvar err error\n\tswitch g.Deed {", "\tvar err error\n\tif moved(m, c) {\n\t\tif err := do(ledger.Edit(c, \"user\")); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\tswitch g.Deed {"}}},
		{"a star that was taken away is not stored", "2.6", []edit{{fSteps, "return m.Draft == r && m.Starred == starred }", "return m.Draft == r }"}, {fSteps, "\t\tm.Starred = false\n", ""}}},
		{"a new choice does not count", "2.9", []edit{{fSteps, "m.Choice, m.Replan, m.Waits = &c, false, \"\"", "m.Choice, m.Waits = &c, \"\""}}},
		{"any text may be approved", "2.6", []edit{{fSteps, "if a.Content.IsZero() || m.Content != a.Content {", "if false {"}}},
	}
}
