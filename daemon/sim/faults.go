package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A kind of fault has a name "where: what". The swarm switches kinds off by name.
//
// Conversation faults are drawn when a connection is dialled; the others when their
// moment comes or when the run is laid out.
var conversation = []string{
	"connect: refused", "connect: black hole", "connect: lost name",
	"greeting: 421", "greeting: 554", "greeting: garbage", "greeting: silence", "greeting: reset", "greeting: endless line",
	"ehlo: reset", "ehlo: 502", "ehlo: without auth", "ehlo: silence",
	"auth: 535", "auth: 454", "auth: reset", "auth: silence",
	"mail: 451", "mail: 550", "mail: reset", "mail: silence",
	"rcpt: 450", "rcpt: 550", "rcpt: one of all 550", "rcpt: one of all 451", "rcpt: 452", "rcpt: reset", "rcpt: silence",
	"data: 451", "data: 554", "data: reset", "data: silence",
	"body: reset", "body: reset at the end",
	"dot: reset, accepted", "dot: reset, not accepted", "dot: closed, accepted", "dot: closed, not accepted",
	"dot: 5 minutes, accepted", "dot: 11 minutes, accepted", "dot: 11 minutes, not accepted", "dot: silence, accepted",
	"dot: 451", "dot: 554", "dot: 5 minutes, then 451", "dot: 451, and yet accepted", "dot: 554, and yet accepted",
	"dot: garbage, accepted", "dot: garbage, not accepted", "dot: long text", "dot: in pieces",
	"mail: answered twice", "data: answered twice", "quit: reset", "quit: 554", "all: slow",
}

var mailbox = []string{
	"find: refused", "find: slow", "read: refused", "append: refused", "append: lost", "remove: refused", "remove: lost",
	"list: refused", "mailbox: away for an hour", "mailbox: folders not listed for hours", "mailbox: folders rebuilt", "mailbox: index late",
}

var process = []string{
	"process: killed", "process: killed before a write", "process: killed after a write", "process: killed in the conversation",
	"process: stopped politely", "process: frozen", "process: frozen after the gate", "machine: suspended", "process: killed in a row",
}

var disk = []string{"disk: write refused", "disk: full for a while", "disk: commit reported lost"}

var clockKinds = []string{"clock: set forward", "clock: set back", "clock: nudged", "clock: set while headsup is down"}

var calendarKinds = []string{"calendar: out of reach", "calendar: focus added near a send", "calendar: meeting moved", "calendar: emptied", "calendar: added at the gate"}

var person = []string{
	"user: cancels", "user: cancels near a send", "user: edits", "user: edits near a send", "user: withdraws near a send", "user: holds near a send",
	"user: pauses near a send", "user: deletes the draft", "user: moves the draft away", "user: sends by hand", "user: clicks twice",
	"user: approves an old text", "user: takes the star away", "user: sends again what arrived not", "user: client drops the mark",
}

// kinds lists all kinds of faults.
func kinds() []string {
	return slices.Concat(conversation, mailbox, process, disk, clockKinds, calendarKinds, person)
}

// swarm is the set of faults of one run: a random half of all kinds, less what the
// shrinker took out.
type swarm struct {
	on    map[string]bool
	off   map[string]bool // single faults that the shrinker took out, by their full name
	fired map[string]int  // kinds, counted
	log   []string        // single faults in the order of their firing
}

// everything, taken out, leaves a life without faults.
const everything = "*"

func newSwarm(r *rand.Rand, off map[string]bool) *swarm {
	s := &swarm{on: map[string]bool{}, off: off, fired: map[string]int{}}
	for _, k := range kinds() {
		s.on[k] = chance(r, 0.5) && !off[everything]
	}
	return s
}

// fire reports whether a fault happens, and counts it. where tells two of one kind
// apart; it must not depend on other faults having happened.
func (s *swarm) fire(kind, where string) bool {
	full := kind + " @" + where
	if !s.on[kind] || s.off[full] {
		return false
	}
	s.fired[kind]++
	s.log = append(s.log, full)
	return true
}

// pick draws one kind that is switched on and starts with one of the prefixes.
func (s *swarm) pick(r *rand.Rand, list []string) string {
	k := list[r.IntN(len(list))]
	if !s.on[k] {
		return ""
	}
	return k
}

func (s *swarm) String() string {
	return fmt.Sprintf("%d faults: %s", len(s.log), strings.Join(s.log, "; "))
}
