package follow

import (
	"slices"
	"strings"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Deed is what a person did to a draft in a mail client, seen by comparing where a
// message was with where it is.
type Deed string

// The deeds.
const (
	Nothing  Deed = "nothing"
	Approves Deed = "approves" // moved into the queue folder, or starred
	Takes    Deed = "takes"    // withdraws: moved back, star taken away, or edited after the approval
	Edits    Deed = "edits"    // changed a draft that nobody has approved
	Hurries  Deed = "hurries"  // moved from the queue to its urgent twin
	Calms    Deed = "calms"    // and back
	Misses   Deed = "misses"   // the draft is in none of the folders
)

// Gesture is one deed with what it was done to.
type Gesture struct {
	Deed    Deed
	Place   mail.Header // where the draft lies now; zero if nowhere
	Content mail.Hash   // of what lies there
	Why     string      // for the trail
}

// place is a draft as it was found, read.
type place struct {
	header  mail.Header
	content mail.Hash
}

// judge compares a message of the ledger with where its draft lies now.
//
// A gesture is a change of place or star, never a state: a draft that was edited while
// it lay in the queue folder is not approved again by lying there. And an approval
// binds the content as it is at the moment of the move, so editing and moving at once is
// one approval.
func judge(m ledger.Message, p *place, star bool) Gesture {
	if p == nil {
		return Gesture{Deed: Misses, Why: "the draft is no longer in Drafts or Headsup"}
	}
	g := Gesture{Deed: Nothing, Place: p.header, Content: p.content}
	was, is := inQueue(m.Draft.Folder), inQueue(p.header.Ref.Folder)
	agreed := m.State == ledger.Approved || m.State == ledger.Scheduled
	edited := p.content != m.Content
	starred := star && p.header.Flags.Flagged
	switch {
	case is && !was:
		g.Deed, g.Why = Approves, "moved into Headsup"
	case starred && !m.Starred && !is:
		g.Deed, g.Why = Approves, "starred"
	case was && !is && agreed:
		g.Deed, g.Why = Takes, "moved out of Headsup"
	case star && m.Starred && !starred && agreed && m.Approval.By == ledger.ByStar:
		g.Deed, g.Why = Takes, "star taken away"
	case edited && agreed:
		g.Deed, g.Why = Takes, "edited after it was approved"
	case edited:
		g.Deed, g.Why = Edits, "edited"
	case agreed && m.Draft.Folder == mail.Queue && p.header.Ref.Folder == mail.QueueNow:
		g.Deed, g.Why = Hurries, "moved into Headsup/Now"
	case agreed && m.Draft.Folder == mail.QueueNow && p.header.Ref.Folder == mail.Queue:
		g.Deed, g.Why = Calms, "moved out of Headsup/Now"
	}
	return g
}

func inQueue(f mail.Folder) bool { return f == mail.Queue || f == mail.QueueNow }

// find picks the place of a message among the headers of the folders. The token is
// surest; then the Message-ID; a client that writes the draft anew may drop both, and
// then the same people and subject from the same writer are taken for the same draft,
// if nothing else claims it. Of several copies the queue wins over Drafts, and the last
// one over the earlier. owner names the messages of the ledger to which Message-IDs
// belong: the draft of one is never taken for that of another, however alike they are.
func find(m ledger.Message, headers []mail.Header, claimed map[mail.Ref]bool, owner map[mail.MessageID]ledger.ID) *mail.Header {
	tests := []func(mail.Header) bool{
		func(h mail.Header) bool { return m.Token != "" && h.Token == m.Token },
		func(h mail.Header) bool { return h.ID != "" && h.ID == m.MessageID },
		func(h mail.Header) bool {
			return h.Token == "" && (owner[h.ID] == 0 || owner[h.ID] == m.ID) && sameLetter(m, h)
		},
	}
	for _, same := range tests {
		var best *mail.Header
		for i, h := range headers {
			if claimed[h.Ref] || h.Flags.Deleted || !same(h) {
				continue
			}
			if best == nil || inQueue(h.Ref.Folder) || !inQueue(best.Ref.Folder) {
				best = &headers[i]
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// sameLetter reports whether a header without our marks is that of the message.
func sameLetter(m ledger.Message, h mail.Header) bool {
	if h.From.Address.Key() != m.From.Key() || fold(h.Subject) != fold(m.Subject) {
		return false
	}
	var to []string
	for _, p := range append(slices.Clone(h.To), h.Cc...) {
		to = append(to, p.Address.Key())
	}
	for _, a := range m.Recipients {
		if !slices.Contains(to, a.Key()) {
			return false
		}
	}
	return len(to) > 0
}

// fold makes subjects comparable: RFC 5322 section 3.6.5 leaves "Re: " to clients, and
// they use many.
func fold(subject string) string {
	s := strings.ToLower(strings.Join(strings.Fields(subject), " "))
	for {
		before := s
		for _, p := range []string{"re:", "aw:", "wg:", "fwd:", "fw:", "sv:", "vs:", "tr:"} {
			s = strings.TrimSpace(strings.TrimPrefix(s, p))
		}
		if s == before {
			return s
		}
	}
}
