package layout

import "strings"

// details are the labels of lines that say more about the item above them.
var details = map[string]string{
	"assigned to": "assigned", "assigned": "assigned", "assignee": "assigned", "assignees": "assigned", "action owner": "assigned", "owner": "owner", "owners": "owner",
	"responsible": "owner", "person responsible": "owner", "who": "owner", "lead": "owner", "due date": "deadline", "deadline": "deadline", "due": "due", "due by": "due", "by when": "due", "when": "due",
	"verantwortlich": "owner", "zuständig": "owner", "frist": "deadline", "fällig": "due", "bis": "due",
}

// Detail reads "Assigned to: Dana Reyes" and "Due date: 5 March": the field is "assigned",
// "owner", "deadline" or "due", "" where the line is something else. What is assigned
// or has a deadline is a task; an owner or a day may belong to other things too.
func Detail(text string) (field, value string) {
	label, value, ok := strings.Cut(text, ":")
	if !ok || len(label) > 24 {
		return "", ""
	}
	return details[strings.ToLower(strings.Trim(label, "*_ @"))], strings.Trim(value, "*_ .")
}
