package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Topic is what a heading, or a label such as "Actions:", announces.
type topic uint8

const (
	TopicNone topic = iota
	TopicAction
	TopicDecision
	TopicQuestion
	TopicRisk
	TopicPrevious // what the last meeting left
	TopicAgenda
	TopicPeople
	TopicFrame   // links, registration, the next meeting: nothing that was said
	TopicStatus  // reports, stand-up, announcements
	TopicBacklog // what stays listed from meeting to meeting
	topicNotes
	TopicDone
)

// topicWords lists what headings say. The longest phrase that the heading contains wins,
// so that "previous action items" is not "action items". A phrase that starts with "="
// must be the whole heading.
var topicWords = map[string]topic{
	"action items": TopicAction, "action item": TopicAction, "=actions": TopicAction, "=action": TopicAction, "action points": TopicAction,
	"action list": TopicAction, "action plan": TopicAction, "actions arising": TopicAction, "agreed actions": TopicAction, "=todo": TopicAction, "=todos": TopicAction,
	"=to do": TopicAction, "to-do": TopicAction, "todo list": TopicAction, "=tasks": TopicAction, "next steps": TopicAction, "next step": TopicAction,
	"=next": TopicAction, "next actions": TopicAction, "=follow-ups": TopicAction, "=follow ups": TopicAction, "things to be done": TopicAction,
	"things to do": TopicAction, "=assignments": TopicAction, "homework": TopicAction, "=ais": TopicAction, "=ai": TopicAction, "new action items": TopicAction,
	"suggested next steps": TopicAction, "action required": TopicAction, "deliverables": TopicAction, "actions and owners": TopicAction,
	"follow-up tasks": TopicAction, "commitments": TopicAction, "what's next": TopicAction, "new tasks": TopicAction, "suggested actions": TopicAction, "items to action": TopicAction, "actions from this meeting": TopicAction,
	"=for next week": TopicAction, "=next week": TopicAction, "=for next time": TopicAction, "what we will do": TopicAction, "=takeaways": TopicAction, "=to do next": TopicAction, "list of actions": TopicAction,
	"things to look": TopicAction, "things to try": TopicAction, "things to fix": TopicAction, "things to check": TopicAction, "things to finish": TopicAction, "what to do before": TopicAction, "items to do": TopicAction, "work to do": TopicAction,
	"to do before": TopicAction, "to do for": TopicAction, "jobs for": TopicAction, "who does what": TopicAction, "plan until next": TopicAction, "=upcoming tasks": TopicAction, "upcoming work": TopicAction, "=next up": TopicAction,
	"open items": TopicAction, "=will do": TopicAction, "=to be completed": TopicAction, "=deadlines": TopicAction,
	"todos for": TopicAction, "=to-dos": TopicAction, "=to dos": TopicAction, "follow-up items": TopicAction, "follow-up actions": TopicAction, "=plans": TopicAction, "plans for": TopicAction, "plan for next": TopicAction,
	"goals for": TopicAction, "=what to do": TopicAction, "=what to do next": TopicAction, "work items": TopicAction, "actions to take": TopicAction, "outstanding actions": TopicAction, "open actions": TopicAction, "open tasks": TopicAction,
	"pending actions": TopicAction, "task list": TopicAction, "tasks for": TopicAction, "actions for": TopicAction, "key actions": TopicAction, "action log": TopicAction, "before next meeting": TopicAction,
	"actions agreed": TopicAction, "responsibilities": TopicAction, "=followups": TopicAction, "=follow up": TopicAction, "=follow-up": TopicAction, "=todo's": TopicAction,
	"outstanding action items": TopicAction, "open action items": TopicAction, "=to be done": TopicAction, "=outcomes": TopicDecision,

	"=decisions": TopicDecision, "=decision": TopicDecision, "decisions made": TopicDecision, "decisions taken": TopicDecision, "=outcome": TopicDecision, "decision log": TopicDecision, "=what we decided": TopicDecision, "key decisions": TopicDecision, "=resolutions": TopicDecision,
	"=resolution": TopicDecision, "=agreed": TopicDecision, "agreements": TopicDecision, "=conclusions": TopicDecision, "=conclusion": TopicDecision,
	"=consensus": TopicDecision, "decisions and": TopicDecision, "motions": TopicDecision, "=votes": TopicDecision,

	"open questions": TopicQuestion, "=questions": TopicQuestion, "open issues": TopicQuestion, "unresolved": TopicQuestion, "unanswered questions": TopicQuestion,
	"spec questions": TopicQuestion, "outstanding questions": TopicQuestion, "remaining questions": TopicQuestion, "parking lot": TopicQuestion,
	"to be decided": TopicQuestion, "questions for": TopicQuestion,

	"risks": TopicRisk, "=risk": TopicRisk, "blockers": TopicRisk, "blocked by": TopicRisk, "roadblocks": TopicRisk, "=blocked": TopicRisk,
	"impediments": TopicRisk, "=concerns": TopicRisk, "=dependencies": TopicRisk, "risks and issues": TopicRisk, "=obstacles": TopicRisk, "blocking issues": TopicRisk, "=challenges": TopicRisk, "=blocking": TopicRisk,

	"previous action": TopicPrevious, "previous actions": TopicPrevious, "previous action items": TopicPrevious, "review of last meeting": TopicPrevious, "last meeting": TopicPrevious,
	"previous meeting": TopicPrevious, "previous meetings": TopicPrevious, "review prior": TopicPrevious, "previous meeting's action items": TopicPrevious,
	"action items from last": TopicPrevious, "action items from previous": TopicPrevious, "previous minutes": TopicPrevious, "review of action items": TopicPrevious,
	"review action items": TopicPrevious, "review open action items": TopicPrevious, "action item review": TopicPrevious, "follow-up from": TopicPrevious, "follow up from": TopicPrevious,
	"action item follow-up": TopicPrevious, "action items follow-up": TopicPrevious, "action item followup": TopicPrevious, "follow-up on action": TopicPrevious, "follow up on action": TopicPrevious,
	"action item update": TopicPrevious, "action item updates": TopicPrevious, "update on action": TopicPrevious, "status of action": TopicPrevious, "action items update": TopicPrevious,
	"matters arising": TopicPrevious, "action items status": TopicPrevious, "outstanding action items from": TopicPrevious,
	"previous todos": TopicPrevious, "todos from the previous": TopicPrevious, "old business": TopicPrevious, "carried forward": TopicPrevious,

	"agenda": TopicAgenda, "agenda items": TopicAgenda, "proposed agenda": TopicAgenda, "draft agenda": TopicAgenda, "=topics": TopicAgenda,

	"attendees": TopicPeople, "attendance": TopicPeople, "=present": TopicPeople, "participants": TopicPeople, "members present": TopicPeople, "apologies": TopicPeople,
	"=regrets": TopicPeople, "people present": TopicPeople, "roll call": TopicPeople, "invitees": TopicPeople, "in attendance": TopicPeople, "attended by": TopicPeople, "=attended": TopicPeople, "=absent": TopicPeople,
	"who was there": TopicPeople, "introduction of attendees": TopicPeople, "=attending": TopicPeople, "=invited": TopicPeople, "committee members": TopicPeople,

	"=links": TopicFrame, "registration": TopicFrame, "logistics": TopicFrame, "upcoming meetings": TopicFrame, "meeting times": TopicFrame,
	"code of conduct": TopicFrame, "schedule constraints": TopicFrame, "housekeeping": TopicFrame, "let's connect": TopicFrame,
	"distribution list": TopicFrame, "=contact": TopicFrame, "dates and locations": TopicFrame, "hotel": TopicFrame, "=references": TopicFrame, "further reading": TopicFrame,
	"zoom chat": TopicFrame, "chat log": TopicFrame, "meeting info": TopicFrame, "meeting details": TopicFrame, "useful links": TopicFrame, "=recording": TopicFrame,
	"resources": TopicFrame, "pre-reads": TopicFrame, "adoption of the agenda": TopicFrame, "note taking": TopicFrame, "=prerequisites": TopicFrame, "facilities": TopicFrame, "=background": TopicFrame,

	"standup": TopicStatus, "stand-up": TopicStatus, "announcements": TopicStatus, "status": TopicStatus, "updates": TopicStatus, "initiatives": TopicStatus,
	"round table": TopicStatus, "check-in": TopicStatus, "=accomplishments": TopicStatus, "=progress": TopicStatus, "client updates": TopicStatus,

	"backlog": TopicBacklog, "future meetings": TopicBacklog, "future agenda": TopicBacklog, "agenda items for future": TopicBacklog, "parked": TopicBacklog, "next agenda": TopicBacklog,

	"minutes": topicNotes, "notes": topicNotes, "discussion": topicNotes, "discussions": topicNotes, "meeting notes": topicNotes, "summary": topicNotes, "new topics": topicNotes,
	"proposals and discussions": topicNotes, "general business": topicNotes, "overview": topicNotes, "key points": topicNotes, "new business": topicNotes,
	"other business": topicNotes, "officer reports": topicNotes,

	"=done": TopicDone, "=completed": TopicDone, "completed action": TopicDone, "completed actions": TopicDone, "closed items": TopicDone, "completed items": TopicDone, "=finished": TopicDone,
}

// longestTopic is the number of words in the longest phrase of topicWords.
const longestTopic = 5

// TopicOf classifies the text of a heading or label.
func TopicOf(text string) topic {
	words := strings.Fields(strings.ToLower(strings.Map(headingRune, text)))
	if len(words) > 0 && strings.Trim(words[0], "0123456789.") == "" {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 14 {
		return TopicNone
	}
	if t := topicWord("=" + strings.Join(words, " ")); t != TopicNone {
		return t
	}
	if settling[words[len(words)-1]] && len(words) < 5 {
		return TopicDecision // "Grants approved"
	}
	for n := min(longestTopic, len(words)); n > 0; n-- {
		for i := 0; i+n <= len(words); i++ {
			if t := topicWord(strings.Join(words[i:i+n], " ")); t != TopicNone {
				return t
			}
		}
	}
	return TopicNone
}

// settling words end a heading below which each line was settled.
var settling = map[string]bool{"approved": true, "elected": true, "adopted": true, "ratified": true, "decided": true}

// linking words stand in a label beside what it announces.
var linking = map[string]bool{"new": true, "for": true, "next": true, "this": true, "week": true, "meeting": true, "today": true, "from": true, "the": true, "of": true, "list": true, "our": true, "and": true, "all": true,
	"summary": true, "section": true, "time": true, "call": true, "team": true, "month": true, "agreed": true, "identified": true, "sprint": true}

// plainLabel reports whether a line without any mark is only a label: what it says beside a
// topic's own words are linking words. "Action Items", "5. Next steps for this week".
func plainLabel(text string) bool {
	if open := strings.IndexAny(text, "(["); open > 0 {
		text = text[:open]
	}
	words := strings.Fields(strings.ToLower(strings.Map(headingRune, text)))
	if len(words) > 0 && strings.Trim(words[0], "0123456789.") == "" {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 7 || len(text) > 60 {
		return false
	}
	c, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "0123456789.) #"))
	if !unicode.IsUpper(c) {
		return false
	}
	for i := range words {
		for n := min(longestTopic, len(words)-i); n > 0; n-- {
			phrase := strings.Join(words[i:i+n], " ")
			if n == len(words) && topicWord("="+phrase) != TopicNone {
				return true
			}
			if topicWord(phrase) == TopicNone {
				continue
			}
			rest := append(append([]string{}, words[:i]...), words[i+n:]...)
			for _, w := range rest {
				if !linking[w] {
					return false
				}
			}
			return true
		}
	}
	return false
}

func topicWord(phrase string) topic {
	if t, ok := topicWords[phrase]; ok {
		return t
	}
	return foreignTopics[phrase]
}

func headingRune(r rune) rune {
	switch {
	case unicode.IsLetter(r), r >= '0' && r <= '9', r == '\'', r == '-', r == ' ', r == '.':
		return r
	}
	return ' '
}

// SetTopics gives every unit the topic that it stands under: of the list item or label
// above it, else of the nearest heading that names one.
func SetTopics(units []Unit) {
	setNames(units)
	agendaIsAll := !laterNotes(units)
	heads := map[int]topic{} // heading unit -> its own or inherited topic
	var stack []int          // open headings
	label, labelAt := -1, -1 // a label paragraph and the heading it stands below
	for i := range units {
		u := &units[i]
		if u.Kind == Heading {
			for n := len(stack); n > 0 && units[stack[n-1]].level >= u.level; n-- {
				stack = stack[:n-1]
			}
			t := TopicOf(u.Text)
			if t == TopicAgenda && agendaIsAll {
				t = topicNotes
			}
			if dated(u.Text) { // a meeting of its own, whatever its level
				stack = stack[:0]
			}
			if t == TopicNone && len(stack) > 0 && len(strings.Fields(u.Text)) < 7 {
				t = heads[stack[len(stack)-1]]
			}
			heads[i], u.Topic = t, t
			stack, label = append(stack, i), -1
			continue
		}
		if u.Parent >= 0 {
			p := &units[u.Parent]
			u.Topic, u.Under = p.Topic, p.Under+1
			if t := labelTopic(p); t != TopicNone {
				u.Topic, u.Under = t, 0
			}
			continue
		}
		if t := labelTopic(u); t != TopicNone && u.Kind != Row {
			label, labelAt = i, u.Head
			u.Label = true
			u.Topic = heads[u.Head]
			continue
		}
		if label >= 0 && labelAt == u.Head && !endsLabel(units, label, i) {
			u.Topic = TopicOf(labelText(&units[label]))
			continue
		}
		label = -1
		if len(stack) > 0 {
			u.Topic = heads[stack[len(stack)-1]]
		}
	}
}

// dated reports whether a heading names a day and little more: "3/26/19", "Meeting of 2026-03-04".
func dated(text string) bool {
	words := strings.Fields(text)
	for _, w := range words {
		w = strings.Trim(w, ".,:()")
		if n := strings.Count(w, "/") + strings.Count(w, "-") + strings.Count(w, "."); n == 2 && len(words) < 6 && strings.Trim(w, "0123456789/-.") == "" && len(w) > 5 {
			return true
		}
	}
	return false
}

// setNames gives the lines below a line that is only a name ("**Dana**", "Dana:") that
// name, up to the next such line or heading.
func setNames(units []Unit) {
	name := ""
	for i := range units {
		u := &units[i]
		switch {
		case u.Kind == Heading || u.Label || u.Kind == Paragraph && strings.HasSuffix(u.Text, ":") && OwnerHeading(u.Text) == "":
			name = ""
		case u.Kind == Paragraph && (boldLine(u.Raw) || strings.HasSuffix(u.Text, ":") || listFollows(units, i)) && OwnerHeading(u.Text) != "":
			name = OwnerName(u.Text)
			u.Label = true
		default:
			u.Named = name
		}
	}
}

// listFollows: a line right above a list.
func listFollows(units []Unit, i int) bool {
	return i+1 < len(units) && units[i+1].Kind == bullet && units[i+1].First <= units[i].Last+2 && len(units[i].Parts) == 1
}

// endsLabel: what a label paragraph announces is the list or the lines below it; a
// Paragraph after that list is something else again.
func endsLabel(units []Unit, label, i int) bool {
	u := &units[i]
	if u.Label || boldLine(u.Raw) {
		return !u.Label || OwnerHeading(u.Text) == "" || !units[label+1].Label // "Actions", "Kim", Kim's list, "Sam", Sam's list
	}
	if u.Kind != Paragraph || i == label+1 {
		return false
	}
	prev := &units[i-1]
	return prev.Kind != Paragraph || u.First > prev.Last+1
}

// labelText returns the name in "Actions:", "**Actions**" or "_Next steps:_", "" if the
// Unit is more than a name.
func labelText(u *Unit) string {
	if len(u.Parts) != 1 || len(u.Text) > 60 {
		return ""
	}
	if rest, ok := strings.CutSuffix(u.Text, ":"); ok {
		return rest
	}
	if boldLine(u.Raw) || u.Kids > 0 && len(strings.Fields(u.Text)) < 6 {
		return u.Text
	}
	if (u.Kind == Paragraph || u.Kind == ordered) && plainLabel(u.Text) {
		return strings.TrimLeft(u.Text, "# ")
	}
	return ""
}

func labelTopic(u *Unit) topic {
	if t := labelText(u); t != "" {
		first, _, more := strings.Cut(strings.ToLower(strings.Trim(t, "*_ ")), " ")
		if reported[first] || !more && u.Kind == bullet && vague[strings.TrimRight(first, ":")] {
			return TopicNone
		}
		return TopicOf(t)
	}
	return TopicNone
}

// reported begins a label that tells of what happened: "Looked over deliverables for:".
var reported = map[string]bool{"looked": true, "reviewed": true, "discussed": true, "talked": true, "covered": true, "presented": true, "finished": true, "went": true, "checked": true, "discussion": true}

// vague words name a list of actions as a heading; as a point of a list they are a subject.
var vague = map[string]bool{"deliverables": true, "plans": true, "commitments": true, "responsibilities": true}

// boldLine reports whether the whole line is bold.
func boldLine(raw string) bool {
	t := strings.TrimRight(strings.TrimSpace(raw), ":")
	return len(t) > 4 && (strings.HasPrefix(t, "**") && strings.HasSuffix(t, "**") && strings.Count(t, "**") == 2 ||
		strings.HasPrefix(t, "__") && strings.HasSuffix(t, "__"))
}

// laterNotes reports whether a heading announces what was said; only then is the
// section "Agenda" a plan. Many minutes are written into their agenda.
func laterNotes(units []Unit) bool {
	agenda := false
	for i := range units {
		if units[i].Kind != Heading {
			continue
		}
		switch TopicOf(units[i].Text) {
		case TopicAgenda:
			agenda = true
		case topicNotes:
			if agenda {
				return true
			}
		}
	}
	return false
}
