package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
)

// judge compares what the server took with what the person said. It reads the ledger
// only for the promises about the ledger.
func (w *world) judge() {
	for _, l := range w.mails {
		m := w.message(l.id)
		took := w.sentOf(l.id)
		w.judgeTwice(l, took)
		w.judgeAccepts(l, took)
		w.judgeLedger(l, m, took)
	}
	w.judgeStrangers()
}

// judgeTwice: I1, at most one accept. A server that says no and keeps it all the same
// cannot be told from one that says no, unless it files a copy that can be found.
func (w *world) judgeTwice(l *letterOf, took []accept) {
	honest, lies := 0, 0
	for _, a := range took {
		if a.lied {
			lies++
		} else {
			honest++
		}
	}
	provable := w.prov.FilesSent && w.prov.KeepsID
	switch {
	case honest > 1+l.resends:
		w.violate("I1", l.id, fmt.Sprintf("the server took it %d times", honest))
	case honest+lies > 1+l.resends && provable:
		w.violate("I1", l.id, "sent again although the copy of a lying server could be found")
	case honest+lies > 1+l.resends:
		w.limits++
	}
	if l.byHand > 0 {
		for _, g := range w.gatesOf(l.id) {
			if g.at > l.byHand+w.prov.IndexDelay+30*time.Minute {
				w.violate("I1", l.id, "went out long after the person sent it by hand")
			}
		}
	}
}

func (w *world) gatesOf(id mail.MessageID) []gate {
	var out []gate
	for _, g := range w.gates {
		if g.id == id {
			out = append(out, g)
		}
	}
	return out
}

// judgeAccepts: I4, I5, I6 for each message that the server took.
func (w *world) judgeAccepts(l *letterOf, took []accept) {
	for _, a := range took {
		g, ok := w.gateBefore(l.id, a.at)
		if !ok {
			w.violate("I3", l.id, "taken by the server without a gate")
			continue
		}
		w.judgeTime(l, g)
		w.judgeContent(l, g, a)
		if a.at-g.at > 30*time.Minute {
			w.violate("I4", l.id, fmt.Sprintf("the last byte left %s after the gate", a.at-g.at))
		}
	}
	for _, g := range w.gatesOf(l.id) {
		switch {
		case l.asked > 0 && g.at > l.asked:
			w.violate("I5", l.id, "tried again although somebody had asked to cancel it")
		case l.cancelled > 0 && g.at > l.cancelled:
			w.violate("I5", l.id, "passed the gate after the cancellation was confirmed")
		case l.cancelled > 0 && len(took) > 0 && !took[0].lied && took[0].at < l.cancelled:
			w.violate("I5", l.id, "the cancellation of a message was confirmed that the server had taken")
		}
	}
	if l.cancelled > 0 {
		for _, a := range took {
			if !a.lied && a.at > l.cancelled {
				w.violate("I5", l.id, "taken after the cancellation was confirmed")
			}
		}
	}
}

func (w *world) gateBefore(id mail.MessageID, at time.Duration) (gate, bool) {
	var found gate
	ok := false
	for _, g := range w.gatesOf(id) {
		if g.at <= at {
			found, ok = g, true
		}
	}
	return found, ok
}

// judgeTime: I4, not in forbidden time as far as headsup could know, not while held or
// paused, never by a clock that was wrong by more than it may be.
func (w *world) judgeTime(l *letterOf, g gate) {
	if g.forbidden != "" {
		w.violate("I4", l.id, "passed the gate in forbidden time: "+g.forbidden)
	}
	if g.early || g.late {
		w.violate("I4", l.id, "passed the gate outside the chosen window")
	}
	if g.offset > 3*time.Minute || g.offset < -3*time.Minute {
		w.violate("I4", l.id, "passed the gate by a clock that was wrong by "+g.offset.String())
	}
	for _, h := range l.holds {
		if g.at > h.from && g.at < h.until {
			w.violate("I4", l.id, "passed the gate while held")
		}
	}
	for _, p := range w.pauses {
		if g.at > p.from && g.at < p.until {
			w.violate("I4", l.id, "passed the gate while paused")
		}
	}
}

// glance is how long it takes from the look at the draft to the claim.
const glance = 300 * time.Millisecond // without a freeze; see maxClaimAge of the outbox

// judgeContent: I6, what the server took is what the person had approved at the gate.
func (w *world) judgeContent(l *letterOf, g gate, a accept) {
	m, err := letter.Read([]byte(a.wire))
	if err != nil {
		w.violate("I6", l.id, "the server took what cannot be read: "+err.Error())
		return
	}
	if len(a.rcpt) != len(l.to) {
		w.violate("I6", l.id, fmt.Sprintf("%d recipients, %d were approved", len(a.rcpt), len(l.to)))
	}
	for i := range min(len(a.rcpt), len(l.to)) {
		if a.rcpt[i] != l.to[i].String() {
			w.violate("I6", l.id, "went to "+a.rcpt[i]+", approved was "+l.to[i].String())
		}
	}
	if strings.Contains(strings.ToLower(a.wire), "x-headsup") || strings.Contains(a.wire, l.token) {
		w.violate("I7", l.id, "the mark of the draft left with the message")
	}
	hash := m.ContentHash()
	for _, y := range l.yes {
		if y.hash == hash && y.from <= g.at && g.at <= y.hard && g.claimed <= y.soft+glance {
			return
		}
	}
	w.violate("I6", l.id, "the server took a content that the person had not approved at that moment")
}

// judgeLedger: I2, I3, I8, I10, I11: what the ledger says in the end.
func (w *world) judgeLedger(l *letterOf, m ledger.Message, took []accept) {
	ctx := context.Background()
	if m.ID == 0 {
		w.violate("I2", l.id, "the ledger has forgotten it")
		return
	}
	if b, err := w.ledger.Bytes(ctx, m.ID, ledger.CopyDrafted); err != nil || len(b) == 0 {
		w.violate("I2", l.id, "its bytes cannot be read back")
	}
	rs, _ := w.ledger.Receipts(ctx, m.ID)
	switch {
	case m.State == ledger.Sent && len(took) == 0 && l.byHand == 0:
		w.violate("I3", l.id, "is said to be sent, and nobody has it")
	case m.State == ledger.Sent && len(rs) == 0:
		w.violate("I3", l.id, "is said to be sent without a receipt")
	case !resting(m):
		w.violate("I10", l.id, "did not come to rest: "+string(m.State)+" "+m.Waits)
	}
	if l.starred > 0 && l.starred < w.followed && m.State == ledger.Drafted && !m.Held() && w.drafts(l) > 0 {
		w.violate("I2", l.id, "the person starred it, and nobody took notice")
	}
	w.judgeTold(l, m, took)
	if n := w.copies(l.id); n > 1 && l.byHand == 0 && l.resends == 0 && len(took) < 2 {
		w.violate("I11", l.id, fmt.Sprintf("%d copies lie in Sent", n))
	}
	if l.edited > 0 && l.gone == 0 && l.byHand == 0 && m.State == ledger.Sent && len(took) > 0 && took[len(took)-1].at < l.edited && w.drafts(l) == 0 {
		w.violate("I11", l.id, "the draft that the person edited after the sending was removed")
	}
	if n := w.drafts(l); n > 1 {
		w.violate("I11", l.id, fmt.Sprintf("%d drafts lie in the mailbox", n))
	}
	if m.State != ledger.Sent && len(took) > 0 && !took[0].lied && m.State != ledger.Uncertain && l.gone == 0 && l.resends == 0 && !l.gaveUp {
		w.violate("I3", l.id, "the server has it, and the ledger says "+string(m.State))
	}
	if m.State == ledger.Uncertain {
		w.heldN++
		if !w.findable(l.id) {
			w.unproven++
		}
	}
}

// judgeTold: I8, what only a person can end is told.
func (w *world) judgeTold(l *letterOf, m ledger.Message, took []accept) {
	want := ""
	switch {
	case m.State == ledger.Uncertain && m.Held():
		want = fmt.Sprintf("%s uncertain-%d", m.ID, m.Attempt)
	case m.State == ledger.Failed:
		want = fmt.Sprintf("%s failed-%d", m.ID, m.Attempt)
	case m.Held() && m.Hold.Code != ledger.HoldUser && !m.State.Final() && m.Hold.Code != "unreadable":
		want = fmt.Sprintf("%s hold-%s", m.ID, m.Hold.Code)
	}
	if want != "" && w.notices[want] == 0 {
		w.violate("I8", l.id, "nobody was told: "+want)
	}
	for cause, n := range w.notices {
		if n > 1 && strings.HasPrefix(cause, m.ID.String()+" ") && w.deaths == 0 && len(w.swarm.fired) == 0 {
			w.violate("I8", l.id, "told "+fmt.Sprint(n)+" times: "+cause)
		}
	}
}

func (w *world) findable(id mail.MessageID) bool {
	return w.copies(id) > 0
}

func (w *world) copies(id mail.MessageID) int {
	n := 0
	hs, _ := w.box.List(context.Background(), mail.Sent)
	for _, h := range hs {
		if h.ID == id {
			n++
		}
	}
	return n
}

func (w *world) drafts(l *letterOf) int {
	n := 0
	for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow} {
		hs, _ := w.box.List(context.Background(), f)
		for _, h := range hs {
			if h.ID == l.id {
				n++
			}
		}
	}
	return n
}

// judgeStrangers: nothing may reach the server that the person did not write.
func (w *world) judgeStrangers() {
	known := map[mail.MessageID]bool{}
	for _, l := range w.mails {
		known[l.id] = true
	}
	for _, a := range w.accepts {
		if !known[a.id] {
			w.violate("I6", a.id, "the server took a message that nobody wrote")
		}
	}
}
