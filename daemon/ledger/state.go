// Package ledger holds the types that the services share: the message in headsup's
// care, its states and the edges between them, attempts, receipts, facts and trail
// entries. It decides nothing and stores nothing; daemon/store does the storing.
package ledger

// State is where a message stands. Every message is in exactly one, at any moment
// and after any crash.
type State string

// The states. Each comment says who moves a message in and out, and what a crash leaves.
const (
	// Drafted: the content exists and nobody said yes. In: draft, or a person reopens.
	// Out: a person approves or cancels. A crash leaves it drafted.
	Drafted State = "drafted"
	// Approved: this content may go. In: a person or a rule. Out: the planner stores a
	// choice; a change of content withdraws the approval. A crash leaves it approved,
	// and the next planning step chooses.
	Approved State = "approved"
	// Scheduled: a time is chosen and stored with its reasons. In: the planner, or an
	// attempt that certainly sent nothing. Out: the sender claims it when due; the
	// planner plans again; a person withdraws or cancels; a deadline passes. A crash
	// leaves it scheduled; if its window was missed it is planned again.
	Scheduled State = "scheduled"
	// Sending: an attempt is on disk and the network may have been touched. In: the
	// sender. Out: the result of the attempt. A crash leaves it here: without a gate
	// row a restart makes it scheduled, with one uncertain.
	Sending State = "sending"
	// Sent: the server accepted it, or proof was found. Final.
	Sent State = "sent"
	// Uncertain: the last byte may have left and no answer came. In: the sender or a
	// restart. Out: evidence, or a person.
	Uncertain State = "uncertain"
	// Failed: refused for good. In: the sender. Out: a person reopens or cancels.
	Failed State = "failed"
	// Expired: a deadline that the user set passed. In: the planner. Out: a person
	// reopens or cancels.
	Expired State = "expired"
	// Cancelled: will not go. In: a person, or the draft was deleted. Final.
	Cancelled State = "cancelled"
)

// States lists all states in the order of a message's life.
func States() []State {
	return []State{Drafted, Approved, Scheduled, Sending, Sent, Uncertain, Failed, Expired, Cancelled}
}

// edges is the whole table of allowed moves; docs/states.md shows the same, and a test
// compares the two.
var edges = map[State][]State{
	Drafted:   {Approved, Sent, Uncertain, Cancelled}, // sent: the user sent the draft by hand
	Approved:  {Scheduled, Drafted, Sent, Uncertain, Expired, Cancelled},
	Scheduled: {Scheduled, Sending, Drafted, Sent, Uncertain, Expired, Cancelled}, // uncertain: a restored ledger
	Sending:   {Sent, Scheduled, Failed, Uncertain, Drafted, Cancelled},
	Uncertain: {Sent, Scheduled, Cancelled},
	Failed:    {Drafted, Cancelled},
	Expired:   {Drafted, Cancelled},
}

// Next lists the states that a message may move to.
func (s State) Next() []State { return append([]State(nil), edges[s]...) }

// Final reports whether nothing leads out of s.
func (s State) Final() bool { return len(edges[s]) == 0 }

// Can reports whether the move is an edge.
func (s State) Can(to State) bool {
	for _, t := range edges[s] {
		if t == to {
			return true
		}
	}
	return false
}
