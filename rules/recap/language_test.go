package recap

import (
	"fmt"
	"strings"
	"testing"
)

// The frame that the examples stand in: a dated call with five people, two named Anna.
const frame = "# Sync 2026-03-04\n\nPresent: Dana Reyes, Sam Okafor, Kim Novak, Anna Berg, Anna Cole\n\n## Notes\n\n"

// Said is one example: a note below the frame and the items that it holds, written as
// "kind owner due: start of the text".
type said struct{ note, want string }

var language = []said{
	// Markers.
	{"ACTION: Sam to send the price list by Friday", "action Sam 2026-03-06: Send the price list"},
	{"- **Action**: Kim to book the room", "action Kim -: Book the room"},
	{"- AI(Dana): call the supplier", "action Dana -: call the supplier"},
	{"- AI: call the supplier (Kim, Fri)", "action Kim 2026-03-06: call the supplier"},
	{"- TODO: order new badges", "action - -: order new badges"},
	{"- [ ] Sam: update the wiki page", "action Sam -: update the wiki"},
	{"- [TODO] tidy the backlog", "action - -: tidy the backlog"},
	{"- Action Item: @kim checks the invoice", "action kim -: @kim checks"},
	{"#action sam to mail the venue", "action sam -: Mail the venue"},
	{"DECISION: we move to the new office in May", "decision - -: we move"},
	{"- AGREED: weekly calls from now on", "decision - -: weekly calls"},
	{"RESOLVED: adopt the travel policy", "decision - -: adopt the travel"},
	{"- Q: who pays for the booth?", "question - -: who pays"},
	{"- Open question: which region comes first", "question - -: which region"},
	{"RISK: the vendor may not deliver before June", "risk - -: the vendor"},
	{"- BLOCKER: no test devices until April", "risk - -: no test"},

	// Lists under a heading or a label.
	{"## Action items\n- Dana: sign the contract\n- renew the certificate (Kim)", "action Dana -: sign the contract|action Kim -: renew the certificate"},
	{"**Next steps**\n\n- Sam will draft the brief\n- publish the minutes", "action Sam -: Draft the brief|action - -: publish the minutes"},
	{"Decisions:\n\n- keep the old logo\n- two releases a year", "decision - -: keep the old|decision - -: two releases"},
	{"## Open questions\n- Budget for the second phase", "question - -: Budget"},
	{"## Risks\n- Only one person knows the build", "risk - -: Only one person"},
	{"## Actions\n\n**Kim**\n- write the invitation\n- print the badges", "action Kim -: write the invitation|action Kim -: print the badges"},
	{"## Actions\n- Sam\n  - write the invitation", "action Sam -: write the invitation"},

	// Tables.
	{"| Action | Owner | Due |\n|---|---|---|\n| Send the offer | Kim | 10 March |\n| Old thing | Sam | done |", "action Kim 2026-03-10: Send the offer|action Sam -: Old thing"},
	{"| Task | Who | Status |\n|---|---|---|\n| Send the offer | Kim | open |\n| Paint the wall | Sam | done |", "action Kim -: Send the offer"},
	{"| Motion | Moved by | Status |\n|---|---|---|\n| Buy two chairs | Kim | Passed |\n| Sell the van | Sam | Passed/Failed |", "decision - -: Buy two chairs"},
	{"Buy a projector\n\n| Moved By | Kim |\n|---|---|\n| Seconded By | Sam |\n| Status | Carried |", "decision - -: Buy a projector"},
	{"POLL: adopt the new charter\n\nFor: 9\nAgainst: 0\nAbstain: 1", "decision - -: adopt the new charter"},

	// Who does what, in prose.
	{"- Kim to check the lease with the landlord", "action Kim -: Check the lease"},
	{"- Sam will send the figures to Dana tomorrow", "action Sam 2026-03-05: Send the figures"},
	{"- Kim and Sam to prepare the workshop", "action Kim and Sam -: Prepare the"},
	{"- Sam is going to ask the lawyers", "action Sam -: Ask the lawyers"},
	{"- Long talk about the venue. Kim to find two alternatives.", "action Kim -: Find two"},
	{"- Kim: can you call the bank?\n- Sam: Will do.", "action Sam -: can you"},
	{"- Kim: I'll look into the outage", "action Kim -: Look into"},
	{"- Please review the draft before Monday", "action - 2026-03-09: Please review"},
	{"- Kim agreed to write the summary", "action Kim -: Write the summary"},
	{"- Kim volunteered to host the next session", "action Kim -: Host the next"},
	{"- We need to follow up with the bank (Sam)", "action Sam -: We need to follow up"},
	{"- Dana, can you send the contract by Friday?", "action Dana 2026-03-06: Send the contract"},

	{"- Sam checks with legal whether we can cancel, by Thursday", "action Sam 2026-03-05: Sam checks"},
	{"- Kim prepares the case study", "action Kim -: Kim prepares"},
	{"- Dana wants a list of the open orders by Friday", "action - 2026-03-06: Dana wants"},

	// What was settled.
	{"- Dana: ok to order 200 from Borg, the rest stays with Acme", "decision - -: ok to order"},
	{"- agreed no home office in the first month", "decision - -: agreed no"},
	{"- We agreed to postpone the launch", "decision - -: We agreed"},
	{"- Decided to keep the current vendor for now", "decision - -: Decided to keep"},
	{"- Consensus: ship without the importer", "decision - -: ship without"},
	{"- Let's go with the blue design", "decision - -: Let's go"},
	{"- The budget was approved unanimously", "decision - -: The budget"},
	{"- Motion carried: raise the fee to 20 euro", "decision - -: Motion carried"},
	{"- Deferred to the next quarter, all agreed", "decision - -: Deferred"},

	// What is open, what may go wrong.
	{"- Should we open the beta to partners?", "question - -: Should we open"},
	{"- Unclear who will own the mailing list", "question - -: Unclear who"},
	{"- The release is blocked by the security review", "risk - -: The release is blocked"},
	{"- salary band still open", "question - -: salary band"},
	{"- Biggest risk is that the contractor leaves", "risk - -: Biggest risk"},

	{"- Acme is two weeks late with the boards", "risk - -: Acme is"},
	{"- My main worry is that the fair is in four weeks", "risk - -: My main"},

	// Lines that say more about the item above them.
	{"Send the offer\nAssigned to: Kim Novak\nDue date: 10 March 2026", "action Kim Novak 2026-03-10: Send the offer"},
	{"## Tasks\n- Send the offer\n  - Owner: Kim\n  - When: tomorrow", "action Kim 2026-03-05: Send the offer"},
	{"- The new shop\n  - Owner: Kim", ""},
	{"- ACTION: write it up! (Kim)", "action Kim -: write it up! (Kim)"},

	{"- **Risk** the vendor may be late", "risk - -: the vendor"},

	// Markers within a line.
	{"- Yes! AI: Kim to write it up", "action Kim -: Write it up"},
	{"- Nobody knows how full the hall is <- count the seats (AI: Kim)", "action Kim -: Nobody knows"},
	{"- We might paint the hall anew (AI: Kim to ask for a price)", "action Kim -: Ask for a price"},
	{"- ^^ AI: Kim own this (Sam can help)", "action Kim -: Kim own this"},
	{"- Dana - ASK: please use the new form", "action - -: please use"},

	// More ways to lay a list of actions out.
	{"## Deliverables\n*Within the next week*\n\nName | Assigned to | Deadline | Notes\n-----|-----|-----|-----\nPoster |  | 10 March | second draft of the poster with the new dates\nFlyer | Kim | | first draft", "action - 2026-03-10: second draft|action Kim -: first draft"},
	{"## Assignments\n- ==Kim==\n  - For the fair\n    - book the hotel", "action Kim -: book the hotel"},
	{"## Action items\n- boats to write a comment\n- Each team to name two people\n- Posters assigned to Kim and Sam", "action boats -: Write a comment|action Each team -: Name two|action Kim and Sam -: Posters"},
	{"- [ ] Keep on counting the seats (owner: @kim)", "action kim -: Keep on"},

	// Who takes it on, in other words.
	{"- Kim says she'll do the release this month", "action Kim -: Kim says"},
	{"- The logo must be ready by the end of Feb. We will have Abby draw two of them.", "action Abby -: We will have Abby"},
	{"- Sam asked Kim to send the contract", "action Kim -: Sam asked Kim"},
	{"Outlines should be done soon", ""},

	{"- Sam: I'll send the list, thanks", "action Sam -: Send the list"},
	{"- The price list should be ready by Friday", "action - 2026-03-06: The price list"},
	{"- The team name will be referred to as Blue, we have locked in that name", "decision - -: The team name"},
	{"- Deferred till next meeting.", "decision - -: Deferred till"},
	{"- Tabled until the next board meeting", "decision - -: Tabled until"},
	{"- Thanks for the cake", ""},

	// What is settled by how the others react.
	{"Kim: Can we move the call 30 minutes later?\nSam: Works for all.", "decision - -: Can we move"},
	{"- No objections to moving the shop to the new host", "decision - -: No objections"},
	{"- We've decided not to change the prices", "decision - -: We've decided"},

	// A plan into which the talk was written.
	{"## Agenda\n\n### Prices\n\nKim: the list is two years old.\n\nSam: I will send a new one by Friday.\n\n## Notes", "action Sam 2026-03-06: Send a new one"},
	{"## Open issues (blockers)\n- What is the state of the importer?", "question - -: What is the state"},

	// What is none of it.
	{"- Dana: I will share my screen in a second", ""},
	{"- Sam: I'll grab a coffee, back in a minute", ""},
	{"- Kim explains the numbers", ""},
	{"- Kim reviewed the draft last week", ""},
	{"- [x] Sam: update the wiki page", ""},
	{"- ~~Kim to book the room~~", ""},
	{"> Sam will send the figures", ""},
	{"- Sam is working on the importer", ""},
	{"```\nTODO: fix this loop\n```", ""},
	{"<!-- TODO: hide this -->", ""},
	{"## Agenda\n\n- Who pays for the booth?\n- Kim to present the roadmap\n\n## Minutes\n\n- All fine", ""},
	{"## Attendees\n- Will Rogers\n- Mark Settle", ""},
	{"## Private\n- Kim to resign in May", ""},
	{"- Is it on? Yes, it is.", ""},
}

func TestLanguage(t *testing.T) {
	for _, tt := range language {
		r, err := Read("sync.md", []byte(frame+tt.note), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
}

// spoken writes items as the table does, each text cut to the length that is wanted.
func spoken(items []Item, want string) string {
	wants := strings.Split(want, "|")
	var out []string
	for i, it := range items {
		text := it.Text
		if i < len(wants) {
			if _, w, ok := strings.Cut(wants[i], ": "); ok && len(w) < len(text) {
				text = text[:len(w)]
			}
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s", it.Kind, dash(it.Owner), dash(it.DueDate), text))
	}
	return strings.Join(out, "|")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
