package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"headsup/calendar"
	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules"
)

// letterOf is one mail of the person, with what the person knows to have said about it.
// It is kept apart from the ledger: the oracle compares the two.
type letterOf struct {
	id      mail.MessageID
	token   string
	content mail.Message // as the person sees it in the mailbox now
	version int
	to      []mail.Address

	yes       []approval
	cancelled time.Duration // the cancellation was confirmed, 0: not
	gone      time.Duration // the draft was taken away, 0: not
	byHand    time.Duration
	edited    time.Duration // the last edit in the mailbox
	asked     time.Duration // asked to cancel, too late
	starred   time.Duration // a star that the person set and meant, and took back by nothing since
	holds     []span
	resends   int
	gaveUp    bool
	oldHash   mail.Hash
}

// approval is a yes to a content. From the moment at which the person took it back by a
// command that was confirmed (hard), or in the mailbox (soft), it holds no more.
type approval struct {
	hash mail.Hash
	from time.Duration
	hard time.Duration
	soft time.Duration
}

const never = time.Duration(1<<62 - 1)

func (w *world) layOutMails() {
	r := stream(w.seed, "person")
	for i := range 2 + r.IntN(5) {
		l := &letterOf{id: mail.MessageID(fmt.Sprintf("m%d.%d@example.com", w.seed, i)), token: fmt.Sprintf("token-%d-%d", w.seed, i)}
		l.to = []mail.Address{dana, lee, kim}[:1+r.IntN(3)]
		w.mails = append(w.mails, l)
		at := between(r, 10*time.Minute, 9*time.Hour)
		lr := stream(w.seed, "letter "+string(l.id))
		w.planned++
		w.at(at, func() { w.planned--; w.write(l); w.planApproval(l, lr) })
	}
}

// write puts a draft into the mailbox and into the ledger, as daemon/draft does.
func (w *world) write(l *letterOf) {
	l.content = mail.Message{ID: l.id, Token: l.token, Date: w.truth(), From: mail.Party{Address: sam}, Subject: "Plan " + string(l.id[:6]),
		Parts: []mail.Part{{Type: "text/plain", Body: []byte("Hello Dana,\n\nas agreed on the call.\n.\nSam\n")}}}
	for _, a := range l.to {
		l.content.To = append(l.content.To, mail.Party{Address: a})
	}
	raw := must(letter.Build(l.content))
	l.content = must(letter.Read(raw))
	ref := must(w.box.Deliver(mail.Drafts, raw, mail.Flags{Draft: true}))
	m := ledger.Message{Origin: ledger.FromNote, Account: "main", Managers: []string{"dana"}, Kind: rules.Recap, Priority: rules.Normal,
		From: sam, Recipients: l.to, Subject: l.content.Subject, MessageID: l.id, Token: l.token, Draft: ref,
		Content: l.content.ContentHash(), Baseline: l.content.ContentHash()}
	before, after := w.ledger.Before, w.ledger.After
	w.ledger.Before, w.ledger.After = nil, nil // the taking in has tests of its own
	_, err := w.ledger.Create(context.Background(), w.clock.Wall(), m, raw)
	w.ledger.Before, w.ledger.After = before, after
	if err != nil {
		panic(err)
	}
	w.trace("draft %s to %d", l.id, len(l.to))
}

func (w *world) planApproval(l *letterOf, r *rand.Rand) {
	if chance(r, 0.15) && w.swarm.fire("user: edits", string(l.id)) {
		w.act(between(r, time.Minute, 20*time.Minute), func() { w.edit(l, false) })
	}
	w.act(between(r, 25*time.Minute, 3*time.Hour), func() { w.approve(l, r.IntN(3)) })
	if chance(r, 0.15) && w.swarm.fire("user: clicks twice", string(l.id)) {
		w.act(3*time.Hour+between(r, 0, 4*time.Second), func() { w.approve(l, 0); w.approve(l, 0) })
	}
	w.act(3*time.Hour+time.Minute, func() { w.aim(l, r, 40) })
	if chance(r, 0.5) {
		w.act(between(r, 16*time.Hour, 20*time.Hour), func() { w.decide(l) })
	}
	if chance(r, 0.1) && w.swarm.fire("user: cancels", string(l.id)) {
		w.act(between(r, 30*time.Minute, 8*time.Hour), func() { w.cancel(l) })
	}
}

// act plans something that the person does.
func (w *world) act(d time.Duration, fn func()) {
	w.planned++
	w.in(d, func() { w.planned--; fn() })
}

// aim waits until a time is chosen and plans what happens within seconds of it.
func (w *world) aim(l *letterOf, r *rand.Rand, tries int) {
	m := w.message(l.id)
	if m.State.Final() || tries == 0 || w.calm {
		return
	}
	if m.Choice == nil || m.State != ledger.Scheduled {
		w.act(7*time.Minute, func() { w.aim(l, r, tries-1) })
		return
	}
	due := m.Choice.At.Sub(start) // the person lives in true time
	near := func() time.Duration { return max(due+between(r, -5*time.Second, 60*time.Second)-w.now, 0) }
	if chance(r, 0.65) {
		acts := []string{"user: cancels near a send", "user: edits near a send", "user: withdraws near a send", "user: holds near a send",
			"user: pauses near a send", "user: deletes the draft", "user: moves the draft away", "user: sends by hand",
			"calendar: focus added near a send", "calendar: added at the gate", "user: approves an old text", "user: takes the star away"}
		kind := acts[r.IntN(len(acts))]
		d := near()
		if w.swarm.fire(kind, string(l.id)) {
			w.act(d, func() { w.trace("aimed: %s %s", kind, l.id); w.deed(kind, l, r) })
		}
	}
	for _, kind := range []string{"process: killed", "process: frozen", "machine: suspended", "clock: set forward", "clock: set back", "process: stopped politely"} {
		d, length := near(), between(r, 3*time.Second, 2*time.Hour)
		if !chance(r, 0.08) || !w.swarm.fire(kind, "aimed at "+string(l.id)) {
			continue
		}
		w.act(d, func() {
			w.trace("aimed: %s", kind)
			switch kind {
			case "process: killed":
				w.die(length / 20)
			case "process: frozen", "machine: suspended":
				w.freeze(length)
			case "clock: set forward":
				w.setClock(length + 2*time.Minute)
			case "clock: set back":
				w.setClock(-length - 2*time.Minute)
			case "process: stopped politely":
				if w.life != nil {
					w.life.stop()
				}
			}
		})
	}
}

func (w *world) deed(kind string, l *letterOf, r *rand.Rand) {
	switch kind {
	case "user: cancels near a send":
		w.cancel(l)
	case "user: edits near a send":
		w.edit(l, chance(r, 0.3))
	case "user: withdraws near a send":
		w.withdraw(l)
	case "user: holds near a send":
		w.hold(l)
	case "user: pauses near a send":
		w.pause()
	case "user: deletes the draft", "user: moves the draft away":
		w.takeAway(l, kind == "user: deletes the draft")
	case "user: sends by hand":
		w.sendByHand(l)
	case "calendar: focus added near a send":
		w.boss.truth = append(w.boss.truth, calendar.Span{Start: w.truth(), End: w.truth().Add(2 * time.Hour)})
		if chance(r, 0.7) {
			w.boss.look()
		}
	case "calendar: added at the gate":
		w.boss.truth = append(w.boss.truth, calendar.Span{Start: w.truth().Add(time.Minute), End: w.truth().Add(time.Hour)})
		w.boss.look()
	case "user: approves an old text":
		w.edit(l, false)
		w.act(30*time.Second, func() { w.approveHash(l, l.oldHash) })
	case "user: takes the star away":
		w.unstar(l)
	}
}

// message is the ledger's view, read without the process.
func (w *world) message(id mail.MessageID) ledger.Message {
	m, err := w.ledger.ByMessageID(context.Background(), id)
	if err != nil {
		return ledger.Message{State: ledger.Cancelled}
	}
	return m
}

// command is what the person asks of the running process. It is confirmed only if it
// returns without an error; a process that is down does not answer.
func (w *world) command(id mail.MessageID, step ledger.Step) (ledger.Message, error) {
	if w.life == nil || w.life.dead || w.now < w.life.frozen {
		return ledger.Message{}, errors.New("headsup is not running")
	}
	m := w.message(id)
	after, err := w.ledger.Apply(context.Background(), w.clock.Wall(), m.ID, step)
	w.trace("person: %s %s: %s %v", step.Name, id, after.State, err)
	w.kick()
	return after, err
}

func (w *world) approve(l *letterOf, way int) {
	place := w.draft(l)
	m := w.message(l.id)
	switch {
	case way == 1 && !place.IsZero() && place.Folder == mail.Drafts:
		l.yes = append(l.yes, approval{l.content.ContentHash(), w.now, never, never})
		w.inPeace(func() { _, _ = w.box.Move(context.Background(), place, mail.Queue) })
		w.trace("person: moves %s into Headsup", l.id)
		w.kick()
	case way == 2 && !place.IsZero() && place.Folder == mail.Drafts:
		l.yes = append(l.yes, approval{l.content.ContentHash(), w.now, never, never})
		_ = w.box.SetFlags(place, mail.Flags{Draft: true, Flagged: true})
		l.starred = w.now
		w.trace("person: stars %s", l.id)
		w.kick()
	default:
		w.approveHash(l, m.Content)
	}
}

// approveHash says yes to a content by command. The yes counts even if no answer came.
func (w *world) approveHash(l *letterOf, h mail.Hash) {
	if h.IsZero() {
		return
	}
	if h == l.content.ContentHash() {
		l.yes = append(l.yes, approval{h, w.now, never, never})
	}
	_, _ = w.command(l.id, ledger.Approve(ledger.Approval{Content: h, By: ledger.ByCommand, At: w.clock.Wall()}, "user"))
}

// void ends every yes of the person.
func (l *letterOf) void(now time.Duration, hard bool) {
	l.starred = 0
	for i := range l.yes {
		l.yes[i].soft = min(l.yes[i].soft, now)
		if hard {
			l.yes[i].hard = min(l.yes[i].hard, now)
		}
	}
}

func (w *world) cancel(l *letterOf) {
	before := w.message(l.id).State
	m, err := w.command(l.id, ledger.Cancel("user", "the person said so"))
	if errors.Is(err, ledger.ErrTooLate) {
		if _, err := w.command(l.id, ledger.AskCancel("user")); err == nil {
			l.asked = w.now
		}
		return
	}
	if before == ledger.Uncertain {
		l.gaveUp = true // the person cancels what may have arrived, and knows it
	}
	if err == nil && m.State == ledger.Cancelled && before != ledger.Uncertain && before != ledger.Cancelled {
		l.cancelled = w.now
	}
}

func (w *world) withdraw(l *letterOf) {
	l.starred = 0 // the order counts, even if the answer was that the disk failed
	m, err := w.command(l.id, ledger.Withdraw("user", "the person thought again"))
	if err == nil && m.State == ledger.Drafted {
		l.void(w.now, true)
		if ref := w.draft(l); ref.Folder == mail.Queue { // else its lying there would say yes again
			w.inPeace(func() { _, _ = w.box.Move(context.Background(), ref, mail.Drafts) })
		} else if !ref.IsZero() {
			_ = w.box.SetFlags(ref, mail.Flags{Draft: true}) // and so would its star
		}
		w.act(2*time.Hour, func() { w.approve(l, 0) })
	}
}

func (w *world) hold(l *letterOf) {
	m, err := w.command(l.id, ledger.Keep(ledger.Hold{Code: ledger.HoldUser, Text: "wait"}, "user"))
	if err == nil && m.Held() && !(m.State == ledger.Sending && m.Gated) {
		l.holds = append(l.holds, span{w.now, never})
		w.act(90*time.Minute, func() { w.release(l.id) })
	}
}

func (w *world) release(id mail.MessageID) {
	for _, l := range w.mails {
		if l.id != id || len(l.holds) == 0 {
			continue
		}
		h := &l.holds[len(l.holds)-1]
		h.until = min(h.until, w.now)
	}
	_, _ = w.command(id, ledger.Unhold("user"))
}

func (w *world) pause() {
	if w.life == nil || w.life.dead || w.now < w.life.frozen {
		return
	}
	if err := w.ledger.SetPause(context.Background(), w.clock.Wall(), ledger.Pause{On: true, By: "user", Why: "the person said so"}); err != nil {
		return
	}
	w.trace("person: pauses")
	w.pauses = append(w.pauses, span{w.now, never})
	w.act(time.Hour, w.resume)
}

func (w *world) resume() {
	w.locked, w.starts = false, nil
	for i := range w.pauses {
		w.pauses[i].until = min(w.pauses[i].until, w.now)
	}
	if err := w.ledger.SetPause(context.Background(), w.clock.Wall(), ledger.Pause{By: "user"}); err != nil {
		w.act(10*time.Minute, w.resume)
	}
	w.trace("person: resumes")
	w.kick()
}

// inPeace lets the person's own mail client work without faults.
func (w *world) inPeace(fn func()) {
	w.box.SetFault(nil)
	fn()
	if !w.calm {
		w.box.SetFault(w.boxFault)
	}
}

// decide is what the person does with a message of which nobody knows whether it left:
// after some hours the recipient is asked.
func (w *world) decide(l *letterOf) {
	m := w.message(l.id)
	if m.State != ledger.Uncertain || m.Hold.Code != ledger.HoldEvidence {
		return
	}
	if len(w.sentOf(l.id)) > 0 {
		_, _ = w.command(l.id, ledger.SayArrived(w.clock.Wall(), "user"))
		return
	}
	if w.swarm.fire("user: sends again what arrived not", string(l.id)) {
		_, _ = w.command(l.id, ledger.SayResend("user"))
		l.asked = 0
	}
}

// draft finds the draft as the person's mail client would.
func (w *world) draft(l *letterOf) (found mail.Ref) {
	w.inPeace(func() { found = w.findDraft(l) })
	return found
}

func (w *world) findDraft(l *letterOf) mail.Ref {
	for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow} {
		hs, err := w.box.List(context.Background(), f)
		if err != nil {
			continue
		}
		for _, h := range hs {
			if h.ID == l.id || h.Token == l.token && l.token != "" {
				return h.Ref
			}
		}
	}
	return mail.Ref{}
}

// edit changes the draft in the mailbox: a client saves a new message and removes the
// old one. Some drop headers that they do not know.
func (w *world) edit(l *letterOf, thorough bool) {
	old := w.draft(l)
	if old.IsZero() || w.message(l.id).State.Final() {
		return
	}
	l.oldHash = l.content.ContentHash()
	l.version++
	c := l.content
	c.Subject = fmt.Sprintf("Plan %s, version %d", l.id[:6], l.version+1)
	c.Token = l.token
	if w.swarm.fire("user: client drops the mark", string(l.id)) {
		c.Token = ""
	}
	raw := must(letter.Build(c))
	if _, err := w.box.Deliver(old.Folder, raw, mail.Flags{Draft: true}); err != nil {
		return
	}
	w.inPeace(func() { _ = w.box.Remove(context.Background(), old) })
	l.content = must(letter.Read(raw))
	l.edited = w.now
	unseen := w.message(l.id).Draft != old
	l.void(w.now, false)
	if unseen && old.Folder == mail.Queue {
		// Nobody has looked since the draft was moved: moving and editing are seen as one.
		l.yes = append(l.yes, approval{l.content.ContentHash(), w.now, never, never})
	}
	w.trace("person: edits %s", l.id)
	w.kick()
	w.act(time.Hour, func() { w.approve(l, 0) })
}

func (w *world) takeAway(l *letterOf, remove bool) {
	ref := w.draft(l)
	if ref.IsZero() {
		return
	}
	w.inPeace(func() {
		if remove {
			_ = w.box.Remove(context.Background(), ref)
		} else {
			_, _ = w.box.Move(context.Background(), ref, mail.Inbox)
		}
	})
	l.gone = w.now
	w.trace("person: takes the draft of %s away", l.id)
	w.kick()
}

func (w *world) sendByHand(l *letterOf) {
	ref := w.draft(l)
	if ref.IsZero() || len(w.sentOf(l.id)) > 0 {
		return
	}
	raw := must(letter.Build(l.content))
	w.inPeace(func() { _ = w.box.Remove(context.Background(), ref) })
	_, _ = w.box.Deliver(mail.Sent, raw, mail.Flags{Seen: true})
	l.byHand = w.now
	w.trace("person: sends %s by hand", l.id)
	w.kick()
}

func (w *world) unstar(l *letterOf) {
	ref := w.draft(l)
	m := w.message(l.id)
	if ref.IsZero() || m.Approval.By != ledger.ByStar || m.State.Final() {
		return
	}
	_ = w.box.SetFlags(ref, mail.Flags{Draft: true})
	l.void(w.now, false)
	w.trace("person: takes the star of %s away", l.id)
	w.kick()
	w.act(3*time.Hour, func() { w.approve(l, 2) }) // and thinks again
}

func (w *world) sentOf(id mail.MessageID) []accept {
	var out []accept
	for _, a := range w.accepts {
		if a.id == id {
			out = append(out, a)
		}
	}
	return out
}
