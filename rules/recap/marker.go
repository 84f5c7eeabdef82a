package recap

import (
	"strings"
	"unicode"

	"headsup/rules/recap/prose"
)

// marker is what a writer puts before an item to name it.
type marker struct {
	kind  int    // kAction ... kRisk, -1 if there is none
	owner string // "AI(dana): ..."
	rest  string // the text after it
	asks  bool   // "ASK": who says it is not who is to do it
}

// markerWords name an item. The value tells whether the word counts without a colon
// (written in capitals or after a bracket).
var markerWords = map[string]int{
	"action": kAction, "actions": kAction, "action item": kAction, "action items": kAction, "ai": kAction, "ais": kAction, "todo": kAction, "to do": kAction,
	"to-do": kAction, "todos": kAction, "task": kAction, "next step": kAction, "next steps": kAction, "fixme": kAction, "action point": kAction, "ap": kAction, "next action": kAction, "ask": kAction, "request": kAction, "tasks": kAction, "assigned": kAction, "will do": kAction,
	"follow-up": kAction, "follow up": kAction, "followup": kAction, "next": kAction,
	"decision": kDecision, "decisions": kDecision, "agreed": kDecision, "resolved": kDecision, "consensus": kDecision, "resolution": kDecision, "decided": kDecision, "decision made": kDecision,
	"agreement": kDecision, "approved": kDecision, "conclusion": kDecision, "outcome": kDecision,
	"q": kQuestion, "question": kQuestion, "open question": kQuestion, "questions": kQuestion, "open": kQuestion, "tbd": kQuestion, "open questions": kQuestion, "open issue": kQuestion,
	"risk": kRisk, "risks": kRisk, "blocker": kRisk, "blockers": kRisk, "blocked": kRisk, "blocked by": kRisk, "concern": kRisk, "roadblock": kRisk, "roadblocks": kRisk, "impediment": kRisk, "danger": kRisk,
}

// bareMarkers count without a colon when they are written in capitals.
var bareMarkers = map[string]bool{"ACTION": true, "ACTIONS": true, "ACTION ITEM": true, "TODO": true, "AI": true, "DECISION": true, "AGREED": true, "RESOLVED": true, "CONSENSUS": true, "RISK": true, "BLOCKER": true}

// readMarker takes the marker off the start of a line: "ACTION:", "**Action** - ",
// "[TODO]", "AI(dana):", "Action (DR): ", "#action", "@todo", "DECISION ".
func readMarker(t string) marker {
	none := marker{kind: -1, rest: t}
	s := strings.TrimLeft(t, "*_ #!-:>^")
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSymbol(r) || r == ' ' || r == 0xFE0F }) // "⏩ AI: call"
	bracket := strings.HasPrefix(s, "[") || strings.HasPrefix(s, "(")
	if bracket {
		s = s[1:]
	}
	n := markerLen(s)
	if n == 0 {
		return none
	}
	word := s[:n]
	kind, _ := markerKind(strings.ToLower(word))
	m := marker{kind: kind, asks: strings.EqualFold(word, "ask") || strings.EqualFold(word, "request")}
	after := s[n:]
	numbered := false
	if num := strings.TrimLeft(after, " "); num != "" && num[0] >= '0' && num[0] <= '9' { // "Action 3: call", "AI 3 - call"
		rest := strings.TrimLeft(num, "0123456789.")
		if sep := strings.TrimLeft(rest, " "); len(num)-len(rest) < 4 && sep != "" && (sep[0] == ':' || sep[0] == '-') {
			after = rest
		}
	}
	if num := strings.TrimLeft(after, " "); strings.HasPrefix(num, "#") { // "Action #3: call", "Action #3 call"
		after = strings.TrimLeft(num[1:], "0123456789")
		numbered = len(after) < len(num)-1
	}
	if who, rest, ok := strings.Cut(after, ":"); ok && kind == kAction { // "AI for Dana: call", "[AI: Dana] call"
		name, led := strings.CutPrefix(who, " for ")
		if in, out, closed := strings.Cut(rest, "]"); bracket && closed && who == "" && ownerLike(strings.TrimSpace(in)) && len(strings.Fields(in)) < 4 {
			m.owner, after = strings.TrimSpace(in), ":"+out
		} else if led && name != "" && !strings.HasPrefix(name, " ") && len(strings.Fields(name)) < 4 && ownerLike(name) {
			m.owner, after = name, ":"+rest
		}
	}
	if open := strings.TrimLeft(after, " *_"); strings.HasPrefix(open, "(") || strings.HasPrefix(open, "[") {
		if end := strings.IndexAny(open, ")]"); end > 0 && end < 60 {
			if who := strings.TrimSpace(open[1:end]); ownerLike(who) {
				m.owner, after = strings.TrimPrefix(who, "@"), open[end+1:]
			}
		}
	}
	trimmed := strings.TrimLeft(after, " *_])")
	switch {
	case strings.HasPrefix(trimmed, ":"):
		trimmed = trimmed[1:]
	case strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "– "), strings.HasPrefix(trimmed, "— "):
		trimmed = trimmed[strings.IndexByte(trimmed, ' '):]
	case strings.HasPrefix(t, "#") && len(t) > 1 && t[1] != ' ' && t[1] != '#': // MeetBot's "#action"
	case bracket && len(trimmed) < len(after), m.owner != "", numbered && trimmed != after:
	case bareMarkers[word] && (trimmed != after && trimmed != ""):
	case (word == "TODO" || word == "ACTION") && trimmed == "":
	default:
		return none
	}
	m.rest = strings.TrimLeft(trimmed, " *_:-")
	return m
}

// markerLen returns the length of the longest marker word at the start of s.
func markerLen(s string) int {
	best, words := 0, 0
	for i := 0; i <= len(s) && i <= 24 && words < 3; i++ {
		if i < len(s) && (prose.IsWordByte(s[i]) || s[i] == '-' && i+1 < len(s) && prose.IsWordByte(s[i+1])) {
			continue
		}
		if _, ok := markerKind(strings.ToLower(s[:i])); ok {
			best = i
		}
		words++
	}
	return best
}

// ownerLike: what stands in brackets after a marker names somebody.
func ownerLike(s string) bool {
	if s == "" || len(s) > 50 {
		return false
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,/&+", r) }) {
		w = strings.TrimPrefix(w, "@")
		if w == "and" {
			continue
		}
		if w == "" || !prose.IsWordByte(w[0]) || w[0] >= '0' && w[0] <= '9' || strings.ContainsAny(w, ":?!") {
			return false
		}
	}
	return true
}
