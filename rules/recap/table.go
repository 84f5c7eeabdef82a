package recap

import "strings"

// columns says what the columns of a table hold, -1 where there is none.
type columns struct {
	kind   int // of the items in its rows, -1 if the table lists none
	text   int
	owner  int
	due    int
	status int
}

var (
	textColumns = map[string]int{
		"action": kAction, "actions": kAction, "action item": kAction, "action items": kAction, "task": kAction, "tasks": kAction, "todo": kAction, "to do": kAction,
		"next step": kAction, "next steps": kAction, "action required": kAction, "deliverable": kAction, "follow-up": kAction,
		"motion": kDecision, "motion text": kDecision, "decision": kDecision, "decisions": kDecision, "resolution": kDecision, "proposal": kDecision, "motions": kDecision,
		"position": kDecision, "role": kDecision, "office": kDecision,
		"question": kQuestion, "questions": kQuestion, "open question": kQuestion, "open questions": kQuestion,
		"risk": kRisk, "risks": kRisk, "blocker": kRisk, "blockers": kRisk,
	}
	ownerColumns  = set("owner who assignee responsible assigned lead dri person name owners assignees by")
	dueColumns    = set("due when deadline date by eta target")
	statusColumns = set("status state outcome result results done progress vote elected appointed")
)

// readColumns reads a header row.
func readColumns(header string) columns {
	c := columns{-1, -1, -1, -1, -1}
	for i, cell := range strings.Split(header, " | ") {
		cell = strings.ToLower(strings.Trim(cell, "*: "))
		words := strings.Fields(cell)
		switch {
		case len(words) == 0:
		case c.text < 0 && hasKey(textColumns, cell):
			c.kind, c.text = textColumns[cell], i
		case c.status < 0 && statusColumns[words[0]]:
			c.status = i
		case c.owner < 0 && (ownerColumns[words[0]] || cell == "assigned to"):
			c.owner = i
		case c.due < 0 && (dueColumns[words[0]] || strings.HasPrefix(cell, "due")):
			c.due = i
		}
	}
	if c.kind == kDecision && c.status < 0 || c.kind == kAction && c.owner < 0 && c.due < 0 && c.status < 0 {
		c.kind = -1
	}
	return c
}

func hasKey(m map[string]int, k string) bool { _, ok := m[k]; return ok }

// settled words say that a motion has an end; open words that it has none yet.
var settledWords = set("passed carried approved accepted agreed adopted rejected failed declined lost defeated unanimous unanimously elected appointed continuing continue continues yes endorsed ratified")
var doneWords = set("done complete completed closed finished ✅ ✓ x resolved cancelled canceled dropped")

// outcome judges a status cell: "Passed (unanimous)" is settled, the unfilled form
// "Passed/Failed" is not.
func settled(cell string) bool {
	low := strings.ToLower(cell)
	if strings.Contains(low, "/") && !strings.Contains(low, " ") {
		return false
	}
	for _, t := range tokenize(low) {
		if settledWords[t.low] {
			return true
		}
	}
	return false
}

// tables makes statements of table rows. A header is a row with a rule below it.
func (n *note) tables() {
	cols := columns{kind: -1}
	last := -9
	for i := range n.units {
		u := &n.units[i]
		if u.kind != row {
			continue
		}
		header := u.first > last+1 && i+1 < len(n.units) && n.units[i+1].kind == row && n.units[i+1].first == u.first+2
		if u.first > last+2 {
			cols = columns{kind: -1}
		}
		last = u.last
		if header {
			cols = readColumns(u.text)
			n.moved(i)
			continue
		}
		if cols.kind >= 0 {
			n.tableRow(i, cols)
		}
	}
}

func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

func (n *note) tableRow(i int, c columns) {
	u := &n.units[i]
	cells := strings.Split(u.text, " | ")
	text, status := cell(cells, c.text), cell(cells, c.status)
	if len(text) < 3 || u.struck {
		return
	}
	switch c.kind {
	case kDecision:
		people := status != "" && !strings.EqualFold(status, "vacant") && nameLike(strings.Fields(status)[0])
		if !settled(status) && !people {
			return
		}
		text += ": " + status
	default:
		for _, t := range tokenize(status) {
			if doneWords[t.low] {
				return
			}
		}
	}
	n.statements = append(n.statements, statement{
		unit: i, text: text, first: u.first, last: u.last, mark: marker{kind: c.kind},
		owner: cell(cells, c.owner), due: cell(cells, c.due), row: true,
	})
}

// moved reads the upright form: rows "Moved by", "Seconded by", "Status: carried" below
// the text of the motion.
func (n *note) moved(i int) {
	movers, status, last := 0, "", n.units[i].last
	for j := i; j < len(n.units) && j < i+6 && n.units[j].kind == row; j++ {
		key, value, _ := strings.Cut(n.units[j].text, " | ")
		switch key = strings.ToLower(key); {
		case strings.HasPrefix(key, "moved"), strings.HasPrefix(key, "seconded"), strings.HasPrefix(key, "proposed"):
			movers++
		case strings.HasPrefix(key, "status"), strings.HasPrefix(key, "outcome"), strings.HasPrefix(key, "result"), strings.HasPrefix(key, "vote"):
			status = value
		case strings.HasPrefix(key, "motion"):
		default:
			return
		}
		last = n.units[j].last
	}
	if movers == 0 || !settled(status) {
		return
	}
	text, first := status, n.units[i].first
	if i > 0 {
		text = n.units[i-1].text + ": " + status
		if n.units[i-1].kind != heading {
			first = n.units[i-1].first
		}
	}
	n.statements = append(n.statements, statement{unit: i, text: text, first: first, last: last, mark: marker{kind: kDecision}, row: true})
}
