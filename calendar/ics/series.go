package ics

import (
	"slices"
	"strings"
)

// series is what one UID names: an event, and for a recurring one the instances that
// were changed on their own.
type series struct {
	uid       string
	masters   []*entry // more than one only if nothing says which is newer
	overrides []*entry
}

// group sorts entries into series. An entry without a UID stands alone.
func group(entries []*entry) []*series {
	byUID := make(map[string]*series, len(entries))
	out := make([]*series, 0, len(entries))
	for _, e := range entries {
		s := byUID[e.uid]
		if s == nil || e.uid == "" {
			s = &series{uid: e.uid}
			out = append(out, s)
			if e.uid != "" {
				byUID[e.uid] = s
			}
		}
		if e.recID != nil {
			s.overrides = append(s.overrides, e)
		} else {
			s.masters = append(s.masters, e)
		}
	}
	for _, s := range out {
		s.masters = newest(s.masters)
	}
	return out
}

// UIDs are those of the events, each once.
func (cal *Calendar) UIDs() []string {
	out := make([]string, 0, len(cal.series))
	for _, s := range cal.series {
		if !slices.Contains(out[max(0, len(out)-1):], s.uid) {
			out = append(out, s.uid)
		}
	}
	return out
}

// OnlyEvents reports whether there is nothing in the calendar but events: no free/busy
// answers and no offered hours.
func (cal *Calendar) OnlyEvents() bool { return len(cal.busy)+len(cal.hours) == 0 }

// revision orders two versions of the same thing (RFC 5545 section 3.8.7.4: the
// higher SEQUENCE, then the later stamp).
func revision(a, b *entry) int {
	if a.seq != b.seq {
		return compare(a.seq, b.seq)
	}
	return strings.Compare(a.modified, b.modified)
}

// newest drops every version that another one supersedes. Two that claim the same
// revision are both kept: some exporters give one UID to everything, and a meeting too
// many does less harm than one too few.
func newest(versions []*entry) []*entry {
	if len(versions) < 2 {
		return versions
	}
	top := slices.MaxFunc(versions, revision)
	return slices.DeleteFunc(versions, func(e *entry) bool { return revision(e, top) < 0 })
}

type ordered interface{ ~int | ~int32 | ~int64 }

func compare[T ordered](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
