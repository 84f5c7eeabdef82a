package recap

import (
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

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
		"what": kAction, "item": kAction, "description": kAction, // with an owner or a day beside it
		"next step": kAction, "next steps": kAction, "action required": kAction, "deliverable": kAction, "follow-up": kAction,
		"motion": kDecision, "motion text": kDecision, "decision": kDecision, "decisions": kDecision, "resolution": kDecision, "proposal": kDecision, "motions": kDecision,
		"position": kDecision, "role": kDecision, "office": kDecision,
		"question": kQuestion, "questions": kQuestion, "open question": kQuestion, "open questions": kQuestion,
		"risk": kRisk, "risks": kRisk, "blocker": kRisk, "blockers": kRisk,
	}
	ownerColumns  = prose.Set("owner who assignee responsible assigned lead dri person owners assignees wer verantwortlich zuständig responsable ansvarig")
	dueColumns    = prose.Set("due when deadline date by eta target bis termin fällig échéance fecha datum")
	statusColumns = prose.Set("status state outcome result results done progress vote elected appointed ergebnis resultado")
)

// readColumns reads a header row. What no column is named for stands in the widest one, if
// others name who or when.
func readColumns(header []string, rows []layout.Unit, listed bool) columns {
	c := columns{-1, -1, -1, -1, -1}
	name := -1
	for i, cell := range header {
		cell = strings.ToLower(strings.Trim(cell, "*: "))
		words := strings.Fields(cell)
		kind, isText := columnKind(cell)
		if len(words) > 0 && (words[0] == "actions:" || words[0] == "action:") { // "Actions: who / what"
			kind, isText = kAction, true
		}
		switch {
		case len(words) == 0:
		case c.text < 0 && isText:
			c.kind, c.text = kind, i
		case c.status < 0 && statusColumns[words[0]]:
			c.status = i
		case cell == "name" || cell == "by":
			name = i
		case c.owner < 0 && (ownerColumns[words[0]] || cell == "assigned to"):
			c.owner = i
		case c.due < 0 && (dueColumns[words[0]] || strings.HasPrefix(cell, "due")):
			c.due = i
		}
	}
	if c.owner < 0 && name >= 0 {
		c.owner = name
	}
	if listed && c.text < 0 && c.owner < 0 {
		c.owner = nameColumn(rows)
	}
	if c.text < 0 && c.owner >= 0 && (c.due >= 0 || listed) {
		c.kind, c.text = kAction, widest(rows, c)
	}
	plain := c.text >= 0 && c.text < len(header) && vagueColumns[strings.ToLower(strings.Trim(header[c.text], "*: "))]
	if c.kind == kDecision && c.status < 0 || c.kind == kAction && plain && !listed && c.owner < 0 && c.due < 0 && c.status < 0 {
		c.kind = -1
	}
	return c
}

// nameColumn is the column in which nothing but names stands, -1 if there is none.
func nameColumn(rows []layout.Unit) int {
	for i := 0; len(rows) > 0 && i < len(rows[0].Cells); i++ {
		all := true
		for _, r := range rows {
			who := cell(r.Cells, i)
			all = all && who != "" && layout.OwnerHeading(who) != ""
		}
		if all {
			return i
		}
	}
	return -1
}

// vagueColumns hold actions only beside an owner, a day or a status.
var vagueColumns = map[string]bool{"what": true, "item": true, "description": true, "deliverable": true, "follow-up": true}

// widest is the column that says most and has no other use, -1 if there is none.
func widest(rows []layout.Unit, c columns) int {
	most, at := 0, -1
	sums := map[int]int{}
	for _, r := range rows {
		for i, cell := range r.Cells {
			if i == c.owner || i == c.due || i == c.status {
				continue
			}
			if sums[i] += len(cell); sums[i] > most {
				most, at = sums[i], i
			}
		}
	}
	return at
}

// settledWords say that a motion has an end.
var settledWords = prose.Set("passed carried approved accepted agreed adopted rejected failed declined lost defeated unanimous unanimously elected appointed continuing continue continues yes endorsed ratified")
var doneWords = prose.Set("done complete completed closed finished ✅ ✓ x resolved cancelled canceled dropped")

// settled judges a status cell: "Passed (unanimous)" is settled, the unfilled form
// "Passed/Failed" is not.
func settled(cell string) bool {
	low := strings.ToLower(cell)
	if strings.Contains(low, "/") && !strings.Contains(low, " ") {
		return false
	}
	for _, t := range prose.Tokenize(low) {
		if settledWords[t.Low] {
			return true
		}
	}
	return false
}

// maxRows is how much of a table is looked at to know its columns.
const maxRows = 50

// tables makes statements of table rows. A header is a row with a rule below it.
func (n *note) tables() {
	cols := columns{kind: -1}
	last := -9
	for i := range n.units {
		u := &n.units[i]
		if u.Kind != layout.Row {
			continue
		}
		begins, before := u.First > last+1, last
		header := begins && i+1 < len(n.units) && n.units[i+1].Kind == layout.Row && n.units[i+1].First == u.First+2
		if u.First > last+2 {
			cols = columns{kind: -1}
		}
		last = u.Last
		if header {
			cols = readColumns(u.Cells, n.rows(i+1), u.Topic == layout.TopicAction)
			n.moved(i)
			continue
		}
		if begins && u.First > before+2 && u.Topic == layout.TopicAction { // a list of actions needs no head
			cols = readColumns(nil, n.rows(i), true)
		}
		if cols.kind >= 0 {
			n.tableRow(i, cols)
		}
	}
}

// rows are the rows of a table from unit i on.
func (n *note) rows(i int) []layout.Unit {
	end := i
	for end < len(n.units) && end < i+maxRows && n.units[end].Kind == layout.Row {
		end++
	}
	return n.units[i:end]
}

func cell(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[i])
}

func (n *note) tableRow(i int, c columns) {
	u := &n.units[i]
	text, status := cell(u.Cells, c.text), cell(u.Cells, c.status)
	if len(text) < 3 || u.Struck || nothing(text) {
		return
	}
	switch c.kind {
	case kDecision:
		people := status != "" && !strings.EqualFold(status, "vacant") && layout.NameLike(strings.Fields(status)[0])
		if !settled(status) && !people {
			return
		}
		text += ": " + status
	default:
		for _, t := range prose.Tokenize(status) {
			if doneWords[t.Low] {
				return
			}
		}
	}
	n.statements = append(n.statements, statement{
		unit: i, text: text, first: u.First, last: u.Last, mark: marker{kind: c.kind},
		owner: cell(u.Cells, c.owner), due: cell(u.Cells, c.due), row: true, told: c.owner >= 0,
	})
}

// moved reads the upright form: rows "Moved by", "Seconded by", "Status: carried" below
// the text of the motion.
func (n *note) moved(i int) {
	movers, status, last := 0, "", n.units[i].Last
	for j := i; j < len(n.units) && j < i+6 && n.units[j].Kind == layout.Row; j++ {
		key, value, _ := strings.Cut(n.units[j].Text, " | ")
		switch key = strings.ToLower(key); {
		case strings.HasPrefix(key, "moved"), strings.HasPrefix(key, "seconded"), strings.HasPrefix(key, "proposed"):
			movers++
		case strings.HasPrefix(key, "status"), strings.HasPrefix(key, "outcome"), strings.HasPrefix(key, "result"), strings.HasPrefix(key, "vote"):
			status = value
		case strings.HasPrefix(key, "motion"):
		default:
			return
		}
		last = n.units[j].Last
	}
	if movers == 0 || !settled(status) {
		return
	}
	text, first := status, n.units[i].First
	if i > 0 {
		text = n.units[i-1].Text + ": " + status
		if n.units[i-1].Kind != layout.Heading {
			first = n.units[i-1].First
		}
	}
	n.statements = append(n.statements, statement{unit: i, text: text, first: first, last: last, mark: marker{kind: kDecision}, row: true})
}
