package recap

import "testing"

// TestListsOfActions: the same two tasks in the ways in which people lay them out. Every
// one must be found, named by the note itself, and sure.
func TestListsOfActions(t *testing.T) {
	const two = "action - -: fix the footer|action - -: book the hotel"
	const list = "- fix the footer\n- book the hotel"
	for _, head := range []string{
		"## Action Items", "ACTION ITEMS\n", "Action Items", "Action items:\n", "**Action Items** (new)", "__Action items__\n", "*Action items*\n", "*Action items:*", "<b>Action Items</b>",
		"<details>\n<summary>Action items</summary>\n", "## ✅ Action Items", "#Action items", "Action items\n------------", "5. Action Items", "## TODOs for next week", "## To-Dos", "## Follow-up items",
		"## Plans for next week", "## Goals for this week", "## What to do next", "## Work items", "## Actions to take", "## Before next meeting", "## Outstanding actions", "Homework for next time",
		"## Actions\n\n### Site and fair", "## Next steps (all)", "- Next steps:",
	} {
		body := list
		if head == "- Next steps:" {
			body = "  - fix the footer\n  - book the hotel"
		}
		check(t, said{head + "\n" + body + "\n\n## Next meeting\n\n10 June", two})
	}
	for _, note := range []string{
		"[ ] fix the footer\n[ ] book the hotel", "- [] fix the footer\n- [] book the hotel", "-[ ] fix the footer\n-[ ] book the hotel", "- ☐ fix the footer\n- ☐ book the hotel",
		"- fix the footer TODO\n- book the hotel (TODO)", "- Long talk. Action: fix the footer\n- It rained; TODO: book the hotel", "- Next step: fix the footer\n- Todo: book the hotel",
		"## Action items\n\nfix the footer\n\nbook the hotel", "| Action items |\n|---|\n| fix the footer |\n| book the hotel |", "Task | Status\n---|---\nfix the footer | open\nbook the hotel | open",
		"| Action | Owner |\n|---|---|\n| fix the footer | |\n| book the hotel | |", "## Actions\n1. fix the footer\n2. book the hotel",
	} {
		check(t, said{note, two})
	}
	const kims = "action Kim -: fix the footer"
	for _, note := range []string{
		"- fix the footer [AI Kim]", "- fix the footer - AI Kim", "- fix the footer AI: Kim", "- TODO(Kim): fix the footer", "- Action item for Kim: fix the footer", "- To do for Kim: fix the footer", "- [AI: Kim] fix the footer",
		"### Kim\n- TODO\n  - fix the footer", "- Kim: TODO fix the footer", "| Who | What |\n|---|---|\n| Kim | fix the footer |", "Item | Responsible | Deadline\n---|---|---\nfix the footer | Kim | ",
		"## Action items\n\n| Owner | Item |\n|---|---|\n| Kim | fix the footer |", "## Actions\n\n- **Kim**\n  - [ ] fix the footer\n  - [x] hotel", "## Actions\n1. fix the footer\n\n   Owner: Kim",
		"Action items\n\nKim - fix the footer",
	} {
		check(t, said{note, kims})
	}
}

// check holds a note to what it says: all of it marked and sure.
func check(t *testing.T, tt said) {
	t.Helper()
	r := mustRead(t, "sync.md", frame+tt.note, Options{})
	if got := spoken(r.Items, tt.want); got != tt.want {
		t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
	}
	for _, it := range r.Items {
		if !it.Marked || !it.Unasked {
			t.Errorf("%q: marked %v, unasked %v: %s", tt.note, it.Marked, it.Unasked, it.Ask)
		}
	}
}

// TestOpenActionsOfTheLastMeeting: what the last meeting left is to be done still, unless
// the note says otherwise; the rest of a review is none of it.
func TestOpenActionsOfTheLastMeeting(t *testing.T) {
	for _, tt := range []said{
		{"## Action items from last meeting\n- Kim: fix the footer\n- Sam to book the hotel\n- [x] Kim: pay", "action Kim -: fix the footer|action Sam -: Book the hotel"},
		{"## Review of last meeting\n- The footer of the site\n- Budget", ""},
		{"## Next meeting: 10 June\n- **Next meeting:** 24 June", ""},
	} {
		r := mustRead(t, "sync.md", frame+tt.note, Options{})
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
}

// TestOrders: a list most of whose points are orders is a plan, also where nobody calls it
// so. It is asked about. What else looks like it is none: points of an agenda, pull
// requests by their titles, a choice of ways, a report.
func TestOrders(t *testing.T) {
	const filler = "- The hall was cold.\n- The numbers were shown.\n- A guest came by.\n\n"
	const two = "action - -: paint the wall|action - -: write to the landlord"
	for _, tt := range []said{
		{filler + "### The new office\n\n- paint the wall\n- write to the landlord", two},
		{filler + "### The new office\n\n1. paint the wall\n2. write to the landlord\n3. new keys", two},
		{filler + "Kitchen milestones:\n\n- paint the wall\n- write to the landlord", two},
		{filler + "* the new office\n  * paint the wall\n  * write to the landlord", two},
		{filler + "### Kim\n\nKim\n\n- paint the wall\n\nSam\n\n- write to the landlord", "action Kim -: paint the wall|action Sam -: write to the landlord"},
		{"## Agenda\n\n- paint the wall\n- write to the landlord\n\n## Minutes\n\nNothing was said.", ""},
		{filler + "### To merge\n\n- [Paint the wall](https://example.com/1)\n- [Write to the landlord](https://example.com/2)", ""},
		{filler + "### The new office\n\n- Review of the wall\n- Report from the landlord", ""},
		{filler + "### The new office\n\n- Discuss the wall\n- Review the lease", ""},
		{filler + "### The new office\n\n- painted the wall\n- wrote to the landlord", ""},
	} {
		r := mustRead(t, "sync.md", frame+tt.note, Options{})
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
}

// TestEndOfAList: what only looks like an action of the list above it, or like the head of
// a list, is none.
func TestEndOfAList(t *testing.T) {
	const one = "action - -: fix the footer"
	for _, tt := range []said{
		{"## Actions\n\n- fix the footer\n\nFeel free to comment on these notes.", one},
		{"## Actions\n\n- fix the footer\n\nNext meeting note: [link](https://example.com/next)", one},
		{"## Actions\n\nNo new action items.", ""},
		{"## Actions\n\nNo open tasks", ""},
		{"| Action | Who |\n|---|---|\n| N/A | - |", ""},
		{"- Looked over deliverables for:\n  - the new office\n  - the flyer", ""},
		{"- Discussed the action items for the fair:\n  - the new office\n  - the flyer", ""},
		{"- Deliverables\n  - No changes since last time", ""},
		{"- Action item follow-up\n  - The new office is painted", ""},
		{"- Wrap-up and action items [0:40-0:50]\n- Budget (10 min)", ""},
		{"Action items\n\nKim\n\n- fix the footer\n\nSam\n\n- book the hotel", "action Kim -: fix the footer|action Sam -: book the hotel"},
		{"## Actions\n- change the links\n  - on the site [Kim]\n  - in the mail [Sam if able]", "action - -: change the links|action Kim -: on the site|action Sam -: in the mail"},
		{"## Actions\n- tidy up (all)", "action all -: tidy up"},
	} {
		r := mustRead(t, "sync.md", frame+tt.note, Options{})
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
}

// TestWhoIsMeant: a name before a verb is not always who does it.
func TestWhoIsMeant(t *testing.T) {
	for _, tt := range []said{
		{"## Actions\n- Ask around in Sales to learn more", "action - -: Ask around"},
		{"## Actions\n- Posters to be sent out", "action - -: Posters"},
		{"## Actions\n- The fair: [Kim] Write the plan", "action Kim -: The fair"},
		{"## Actions\n- Ideas:\n  - a second room", "action - -: a second room"},
	} {
		r := mustRead(t, "sync.md", frame+tt.note, Options{})
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
}

// TestDoubts: what is found and still asked about.
func TestDoubts(t *testing.T) {
	for note, unasked := range map[string]bool{
		"## Actions\n- fix the footer":                               true,
		"## Actions\n- the new footer by Friday":                     true,
		"## Actions\n- the new footer (Kim)":                         true,
		"## Actions\n- the new footer":                               false,
		"- We agreed to postpone the launch":                         true,
		"- We agreed that we might possibly have to postpone it all": false,
	} {
		r := mustRead(t, "sync.md", frame+note, Options{})
		if len(r.Items) != 1 || r.Items[0].Unasked != unasked {
			t.Errorf("%q: %+v, want one item, unasked %v", note, r.Items, unasked)
		}
	}
}
