package window

import "slices"

// part is a set of messages whose managers have nothing to do with those of other parts.
type part struct {
	messages []int
	managers []string
}

// parts splits the messages that are to be judged by the managers that they share,
// directly or by way of others: only these compete for the same moments.
func (p *planning) parts(rest []int) []*part {
	if len(rest) == 0 {
		return nil
	}
	var list []*part
	of, sets := map[string]*part{}, p.shared()
	for _, i := range rest {
		m := &p.in.Messages[i]
		if len(m.Managers) == 0 {
			list = append(list, &part{messages: []int{i}})
			continue
		}
		root := sets.find(m.Managers[0])
		c := of[root]
		if c == nil {
			c = &part{}
			of[root], list = c, append(list, c)
		}
		c.messages = append(c.messages, i)
		for _, key := range m.Managers {
			if !slices.Contains(c.managers, key) {
				c.managers = append(c.managers, key)
			}
		}
	}
	return list
}

// shared joins the managers that stand together in To of any message.
func (p *planning) shared() sets {
	s := sets{}
	for _, g := range p.groups {
		for _, key := range g.managers {
			s.join(g.managers[0], key)
		}
	}
	return s
}

// sets are disjoint sets of names: each name points to another of its set, one of them
// to itself.
type sets map[string]string

func (s sets) find(a string) string {
	for s[a] != "" && s[a] != a {
		a = s[a]
	}
	return a
}

func (s sets) join(a, b string) {
	if a, b = s.find(a), s.find(b); a != b {
		s[max(a, b)] = min(a, b)
	}
}
