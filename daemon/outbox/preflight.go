package outbox

import (
	"fmt"
	"time"

	"headsup/daemon/clock"
	"headsup/daemon/ledger"
	"headsup/mail"
)

// DraftLook says what was found where the draft lies.
type DraftLook string

// What can be found.
const (
	DraftNone      DraftLook = "none"      // there is no draft in a mailbox
	DraftSame      DraftLook = "same"      // it is there and says what was approved
	DraftChanged   DraftLook = "changed"   // it says something else
	DraftUnstarred DraftLook = "unstarred" // the star that approved it is gone
	DraftGone      DraftLook = "gone"      // it is not where it was
	DraftUnknown   DraftLook = "unknown"   // the mailbox is out of reach
)

// Facts are everything that the decision to send rests on, gathered before it.
type Facts struct {
	Now      time.Time
	Message  ledger.Message
	Paused   ledger.Pause
	Suspect  clock.Suspicion
	Broken   error
	Free     int64 // bytes left on the disk, -1: not asked
	Approved mail.Hash
	To       []mail.Address // envelope of the stored approved bytes
	Draft    DraftLook
	Looked   time.Duration // boot time at which the draft was looked at
	Found    *mail.Ref     // a copy was found where sent mail lies
	Searched bool          // the search for a copy was answered
	Answered string        // the manager wrote first
	Allowed  error         // what the planner says
}

// MinFree is how much room the disk must have before anything is sent.
const MinFree = 64 << 20

// Do says what to do with a message that is due.
type Do string

// The verdicts.
const (
	DoSend     Do = "send"
	DoWait     Do = "wait"     // try again in a minute, inside the window
	DoReplan   Do = "replan"   // the planner chooses again
	DoHold     Do = "hold"     // a person decides
	DoWithdraw Do = "withdraw" // the approval no longer holds
	DoUnstar   Do = "unstar"   // the same, for the star is gone
	DoSent     Do = "sent"     // it went already
)

// Verdict is a decision with its reason.
type Verdict struct {
	Do   Do
	Hold ledger.Hold
	Why  string
}

// Preflight decides whether a due message goes now. All must hold; what is not known
// counts as not allowed. It is the only place that decides it before the claim, and the
// gate asks the part that can change without the network again.
func Preflight(f Facts) Verdict {
	if v := stops(f); v.Do != "" {
		return v
	}
	if f.Found != nil {
		return Verdict{Do: DoSent, Why: "a copy lies in " + string(f.Found.Folder)}
	}
	m := f.Message
	if f.Approved != m.Approval.Content || m.Approval.Content.IsZero() || ledger.RcptHash(f.To) != ledger.RcptHash(m.Recipients) {
		return Verdict{Do: DoHold, Why: "stored bytes differ from the approval",
			Hold: ledger.Hold{Code: ledger.HoldContent, Text: "the stored text or its recipients are not what was approved; look at it and approve it again"}}
	}
	switch f.Draft {
	case DraftChanged:
		return Verdict{Do: DoWithdraw, Why: "the draft was changed after it was approved"}
	case DraftUnstarred:
		return Verdict{Do: DoUnstar, Why: "the star was taken away"}
	case DraftGone:
		return Verdict{Do: DoWait, Why: "the draft is not where it was"}
	case DraftUnknown:
		return Verdict{Do: DoWait, Why: "the mailbox is out of reach, so it is not known whether the draft was changed"}
	}
	if !f.Searched {
		return Verdict{Do: DoWait, Why: "the mailbox is out of reach, so it is not known whether it went before"}
	}
	if f.Answered != "" {
		return Verdict{Do: DoHold, Why: f.Answered, Hold: ledger.Hold{Code: ledger.HoldAnswered, Text: f.Answered}}
	}
	return when(f)
}

// stops are the reasons for which nothing goes at all.
func stops(f Facts) Verdict {
	switch {
	case f.Broken != nil:
		return Verdict{Do: DoWait, Why: "the disk failed a write: " + f.Broken.Error()}
	case f.Suspect.Code != "":
		return Verdict{Do: DoWait, Why: "the clock is not trusted: " + f.Suspect.Text}
	case f.Paused.Active(f.Now):
		return Verdict{Do: DoWait, Why: "sending is paused: " + f.Paused.Why}
	case f.Free >= 0 && f.Free < MinFree:
		return Verdict{Do: DoWait, Why: fmt.Sprintf("only %d MB are free on the disk", f.Free>>20)}
	}
	return Verdict{}
}

// when judges the time.
func when(f Facts) Verdict {
	m := f.Message
	switch {
	case m.Choice == nil || m.Replan || !f.Now.Before(m.Choice.Until):
		return Verdict{Do: DoReplan, Why: "its window has passed"}
	case f.Allowed != nil:
		return Verdict{Do: DoReplan, Why: f.Allowed.Error()}
	}
	if err := ledger.Ready(m, f.Now); err != nil {
		return Verdict{Do: DoWait, Why: err.Error()}
	}
	return Verdict{Do: DoSend}
}
