package window

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/rules"
)

// Merge proposes that several messages become one mail. Nothing is merged without a
// person: the daemon shows the result as one draft to approve.
type Merge struct {
	Managers []string
	IDs      []int64 // in order of approval
	Why      rules.Reason
}

// mergeDeadline is how far off a deadline must be for a message to be merged.
const mergeDeadline = 24 * time.Hour

// Mergeable groups the low-priority updates that wait for the same managers. Left alone are
// messages with a deadline within a day, those that a person sends now, those that may not
// go yet, and those whose window is about to open.
func Mergeable(in Input) []Merge {
	byManagers := map[string][]*Message{}
	for i := range in.Messages {
		m := &in.Messages[i]
		if m.Kind != rules.Update || m.Priority != rules.Low || m.Now || len(m.Managers) == 0 || m.NotBefore.After(in.Now) ||
			!m.By.IsZero() && m.By.Before(in.Now.Add(mergeDeadline)) ||
			m.Previous != nil && m.Previous.At.Before(in.Now.Add(2*lead)) {
			continue
		}
		key := groupKey(m.Managers)
		byManagers[key] = append(byManagers[key], m)
	}
	var out []Merge
	for _, list := range byManagers {
		if len(list) < 2 {
			continue
		}
		slices.SortFunc(list, func(a, b *Message) int { return cmp.Or(a.Approved.Compare(b.Approved), cmp.Compare(a.ID, b.ID)) })
		g := Merge{Managers: list[0].Managers}
		for _, m := range list {
			g.IDs = append(g.IDs, m.ID)
		}
		var names []string
		for _, key := range g.Managers {
			mg := in.Managers[key]
			names = append(names, mg.called(key))
		}
		g.Why = rules.Reason{Code: "merge", Text: fmt.Sprintf("%d updates of low priority wait for %s and could go as one mail", len(list), strings.Join(names, " and "))}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Merge) int { return cmp.Compare(a.IDs[0], b.IDs[0]) })
	return out
}
