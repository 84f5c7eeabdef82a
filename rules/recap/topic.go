package recap

import "strings"

// topic is what a heading, or a label such as "Actions:", announces.
type topic uint8

const (
	topicNone topic = iota
	topicAction
	topicDecision
	topicQuestion
	topicRisk
	topicPrevious // what the last meeting left
	topicAgenda
	topicPeople
	topicFrame   // links, registration, the next meeting: nothing that was said
	topicStatus  // reports, stand-up, announcements
	topicBacklog // what stays listed from meeting to meeting
	topicNotes
	topicDone
)

// topicWords lists what headings say. The longest phrase that the heading contains wins,
// so that "previous action items" is not "action items". A phrase that starts with "="
// must be the whole heading.
var topicWords = map[string]topic{
	"action items": topicAction, "action item": topicAction, "=actions": topicAction, "=action": topicAction, "action points": topicAction,
	"action list": topicAction, "action plan": topicAction, "actions arising": topicAction, "agreed actions": topicAction, "=todo": topicAction, "=todos": topicAction,
	"=to do": topicAction, "to-do": topicAction, "todo list": topicAction, "=tasks": topicAction, "next steps": topicAction, "next step": topicAction,
	"=next": topicAction, "next actions": topicAction, "=follow-ups": topicAction, "=follow ups": topicAction, "things to be done": topicAction,
	"things to do": topicAction, "=assignments": topicAction, "homework": topicAction, "=ais": topicAction, "=ai": topicAction, "new action items": topicAction,
	"suggested next steps": topicAction, "action required": topicAction, "deliverables": topicAction, "actions and owners": topicAction,
	"follow-up tasks": topicAction, "commitments": topicAction, "what's next": topicAction, "new tasks": topicAction, "suggested actions": topicAction, "items to action": topicAction, "actions from this meeting": topicAction,
	"outstanding action items": topicAction, "open action items": topicAction, "=to be done": topicAction, "=outcomes": topicDecision,

	"=decisions": topicDecision, "=decision": topicDecision, "decisions made": topicDecision, "key decisions": topicDecision, "=resolutions": topicDecision,
	"=resolution": topicDecision, "=agreed": topicDecision, "agreements": topicDecision, "=conclusions": topicDecision, "=conclusion": topicDecision,
	"=consensus": topicDecision, "decisions and": topicDecision, "motions": topicDecision, "=votes": topicDecision,

	"open questions": topicQuestion, "=questions": topicQuestion, "open issues": topicQuestion, "unresolved": topicQuestion, "unanswered questions": topicQuestion,
	"spec questions": topicQuestion, "outstanding questions": topicQuestion, "remaining questions": topicQuestion, "parking lot": topicQuestion,
	"to be decided": topicQuestion, "questions for": topicQuestion,

	"risks": topicRisk, "=risk": topicRisk, "blockers": topicRisk, "blocked by": topicRisk, "roadblocks": topicRisk, "=blocked": topicRisk,
	"impediments": topicRisk, "=concerns": topicRisk, "=dependencies": topicRisk, "risks and issues": topicRisk, "=obstacles": topicRisk,

	"previous action": topicPrevious, "previous actions": topicPrevious, "previous action items": topicPrevious, "review of last meeting": topicPrevious, "last meeting": topicPrevious,
	"previous meeting": topicPrevious, "previous meetings": topicPrevious, "review prior": topicPrevious, "previous meeting's action items": topicPrevious,
	"action items from last": topicPrevious, "action items from previous": topicPrevious, "previous minutes": topicPrevious, "review of action items": topicPrevious,
	"review action items": topicPrevious, "review open action items": topicPrevious, "action item review": topicPrevious, "follow-up from": topicPrevious, "follow up from": topicPrevious,
	"matters arising": topicPrevious, "action items status": topicPrevious, "outstanding action items from": topicPrevious,
	"previous todos": topicPrevious, "todos from the previous": topicPrevious, "old business": topicPrevious, "carried forward": topicPrevious,

	"agenda": topicAgenda, "agenda items": topicAgenda, "proposed agenda": topicAgenda, "draft agenda": topicAgenda, "=topics": topicAgenda,

	"attendees": topicPeople, "attendance": topicPeople, "=present": topicPeople, "participants": topicPeople, "members present": topicPeople, "apologies": topicPeople,
	"=regrets": topicPeople, "people present": topicPeople, "roll call": topicPeople, "invitees": topicPeople, "in attendance": topicPeople, "=absent": topicPeople,
	"who was there": topicPeople, "introduction of attendees": topicPeople, "=attending": topicPeople, "=invited": topicPeople, "committee members": topicPeople,

	"=links": topicFrame, "registration": topicFrame, "logistics": topicFrame, "upcoming meetings": topicFrame, "meeting times": topicFrame,
	"code of conduct": topicFrame, "schedule constraints": topicFrame, "housekeeping": topicFrame, "let's connect": topicFrame,
	"distribution list": topicFrame, "=contact": topicFrame, "dates and locations": topicFrame, "hotel": topicFrame, "=references": topicFrame, "further reading": topicFrame,
	"zoom chat": topicFrame, "chat log": topicFrame, "meeting info": topicFrame, "meeting details": topicFrame, "useful links": topicFrame, "=recording": topicFrame,
	"resources": topicFrame, "pre-reads": topicFrame, "adoption of the agenda": topicFrame, "note taking": topicFrame, "=prerequisites": topicFrame, "facilities": topicFrame, "=background": topicFrame,

	"standup": topicStatus, "stand-up": topicStatus, "announcements": topicStatus, "status": topicStatus, "updates": topicStatus, "initiatives": topicStatus,
	"round table": topicStatus, "check-in": topicStatus, "=accomplishments": topicStatus, "=progress": topicStatus, "client updates": topicStatus,

	"backlog": topicBacklog, "future meetings": topicBacklog, "future agenda": topicBacklog, "agenda items for future": topicBacklog, "parked": topicBacklog, "next agenda": topicBacklog,

	"minutes": topicNotes, "notes": topicNotes, "discussion": topicNotes, "discussions": topicNotes, "meeting notes": topicNotes, "summary": topicNotes, "new topics": topicNotes,
	"proposals and discussions": topicNotes, "general business": topicNotes, "overview": topicNotes, "key points": topicNotes, "new business": topicNotes,
	"other business": topicNotes, "officer reports": topicNotes,

	"=done": topicDone, "=completed": topicDone, "completed action": topicDone, "completed actions": topicDone, "closed items": topicDone, "completed items": topicDone, "=finished": topicDone,
}

// longestTopic is the number of words in the longest phrase of topicWords.
const longestTopic = 5

// topicOf classifies the text of a heading or label.
func topicOf(text string) topic {
	words := strings.Fields(strings.ToLower(strings.Map(headingRune, text)))
	if len(words) > 0 && strings.Trim(words[0], "0123456789.") == "" {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 14 {
		return topicNone
	}
	if t, ok := topicWords["="+strings.Join(words, " ")]; ok {
		return t
	}
	for n := min(longestTopic, len(words)); n > 0; n-- {
		for i := 0; i+n <= len(words); i++ {
			if t, ok := topicWords[strings.Join(words[i:i+n], " ")]; ok {
				return t
			}
		}
	}
	return topicNone
}

func headingRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '\'', r == '-', r == ' ', r == '.':
		return r
	}
	return ' '
}

// setTopics gives every unit the topic that it stands under: of the list item or label
// above it, else of the nearest heading that names one.
func setTopics(units []unit) {
	setNames(units)
	agendaIsAll := !laterNotes(units)
	heads := map[int]topic{} // heading unit -> its own or inherited topic
	var stack []int          // open headings
	label, labelAt := -1, -1 // a label paragraph and the heading it stands below
	for i := range units {
		u := &units[i]
		if u.kind == heading {
			for n := len(stack); n > 0 && units[stack[n-1]].level >= u.level; n-- {
				stack = stack[:n-1]
			}
			t := topicOf(u.text)
			if t == topicAgenda && agendaIsAll {
				t = topicNotes
			}
			if t == topicNone && len(stack) > 0 {
				t = heads[stack[len(stack)-1]]
			}
			heads[i], u.topic = t, t
			stack, label = append(stack, i), -1
			continue
		}
		if u.parent >= 0 {
			p := &units[u.parent]
			u.topic, u.under = p.topic, p.under+1
			if t := labelTopic(p); t != topicNone {
				u.topic, u.under = t, 0
			}
			continue
		}
		if t := labelTopic(u); t != topicNone && u.kind != row {
			label, labelAt = i, u.head
			u.label = true
			u.topic = heads[u.head]
			continue
		}
		if label >= 0 && labelAt == u.head && !endsLabel(units, label, i) {
			u.topic = topicOf(labelText(&units[label]))
			continue
		}
		label = -1
		if len(stack) > 0 {
			u.topic = heads[stack[len(stack)-1]]
		}
	}
}

// setNames gives the lines below a line that is only a name ("**Dana**", "Dana:") that
// name, up to the next such line or heading.
func setNames(units []unit) {
	name := ""
	for i := range units {
		u := &units[i]
		switch {
		case u.kind == heading || u.label:
			name = ""
		case u.kind == paragraph && (boldLine(u.raw) || strings.HasSuffix(u.text, ":")) && ownerHeading(u.text) != "":
			name = ownerName(u.text)
			u.label = true
		default:
			u.named = name
		}
	}
}

// endsLabel: what a label paragraph announces is the list or the lines below it; a
// paragraph after that list is something else again.
func endsLabel(units []unit, label, i int) bool {
	u := &units[i]
	if u.label || boldLine(u.raw) {
		return true
	}
	if u.kind != paragraph || i == label+1 {
		return false
	}
	prev := &units[i-1]
	return prev.kind != paragraph || u.first > prev.last+1
}

// labelText returns the name in "Actions:", "**Actions**" or "_Next steps:_", "" if the
// unit is more than a name.
func labelText(u *unit) string {
	if len(u.parts) != 1 || len(u.text) > 60 {
		return ""
	}
	if rest, ok := strings.CutSuffix(u.text, ":"); ok {
		return rest
	}
	if boldLine(u.raw) || u.kids > 0 {
		return u.text
	}
	return ""
}

func labelTopic(u *unit) topic {
	if t := labelText(u); t != "" {
		return topicOf(t)
	}
	return topicNone
}

// boldLine reports whether the whole line is bold.
func boldLine(raw string) bool {
	t := strings.TrimRight(strings.TrimSpace(raw), ":")
	return len(t) > 4 && (strings.HasPrefix(t, "**") && strings.HasSuffix(t, "**") && strings.Count(t, "**") == 2 ||
		strings.HasPrefix(t, "__") && strings.HasSuffix(t, "__"))
}

// laterNotes reports whether a heading announces what was said; only then is the
// section "Agenda" a plan. Many minutes are written into their agenda.
func laterNotes(units []unit) bool {
	agenda := false
	for i := range units {
		if units[i].kind != heading {
			continue
		}
		switch topicOf(units[i].text) {
		case topicAgenda:
			agenda = true
		case topicNotes:
			if agenda {
				return true
			}
		}
	}
	return false
}
