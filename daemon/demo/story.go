package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"headsup/daemon/control"
	"headsup/mail"
	"headsup/rules"
)

// scene is something that a person does.
type scene struct {
	day, clock string
	text       string
	do         func(ctx context.Context, s *show) error
}

// story is the week. What headsup makes of it is not written here.
func story() []scene {
	return []scene{
		{"Mon", "09:35", "saves the note of this morning's supplier call", saves("supplier.md", supplierNote)},
		{"Mon", "09:50", "reads the draft on the phone and moves it into Headsup", moves("Supplier review")},
		{"Mon", "11:40", "writes a question to Dana and moves it into Headsup", writes(danaAddress, "Dana Reyes", "Budget for the test rig", "Hi Dana,\n\nmay I order the test rig this month? It is 1,900 EUR and the offer ends on Friday.\n\nSam\n")},
		{"Mon", "18:50", "saves the note of the hiring call", saves("hiring.md", hiringNote)},
		{"Mon", "19:10", "approves it, late in the evening", moves("Hiring")},
		{"Tue", "09:35", "must warn Dana while she is in the stand-up: urgent", warns},
		{"Tue", "13:40", "saves the note of the pricing call", saves("pricing.md", pricingNote)},
		{"Tue", "14:05", "approves it; Dana sits in the steering group until three", moves("Pricing")},
		{"Tue", "14:20", "(the steering group is moved to four o'clock in Dana's calendar)", func(_ context.Context, s *show) error { return s.world.calendar("16:00", "17:00") }},
		{"Wed", "11:05", "sends Dana the comparison that the recap promised", writes(danaAddress, "Dana Reyes", "Suppliers side by side", "Hi Dana,\n\nthe comparison in one table: the second source is 4 % cheaper and three weeks slower.\n\nSam\n")},
		{"Wed", "19:30", "answers Dana about the venue, after hours", writes(danaAddress, "Dana Reyes", "Venue for the offsite", "Hi Dana,\n\nI would book the lake house, 12 rooms, free on all three dates.\n\nSam\n")},
		{"Wed", "20:15", "writes to Ines, who starts early", writes(inesAddress, "Ines Duarte", "Numbers for your early call", "Hi Ines,\n\nthe pilot is at 94 % of plan; the two late sites catch up next week.\n\nSam\n")},
		{"Thu", "07:50", "(Dana writes about the venue before Sam's answer went)", func(_ context.Context, s *show) error {
			return s.world.deliver("Dana Reyes", danaAddress, "Re: Venue for the offsite", "I booked the farm, no need to look further.", s.clock.Wall(), "")
		}},
		{"Thu", "08:30", "sees that it is settled and cancels the answer", cancels("Venue for the offsite")},
		{"Thu", "12:50", "saves the note of the release planning", saves("release.md", releaseNote)},
		{"Thu", "13:10", "approves it; Dana has focus time until three", moves("Release planning")},
		{"Thu", "15:50", "sends Dana an update", writes(danaAddress, "Dana Reyes", "Pilot: site three is live", "Hi Dana,\n\nsite three went live at two o'clock, one day early. Nothing to do for you.\n\nSam\n")},
		{"Fri", "08:40", "writes to Ines", writes(inesAddress, "Ines Duarte", "Room for Tuesday", "Hi Ines,\n\nthe large room is free on Tuesday at ten. Shall I take it?\n\nSam\n")},
		{"Fri", "11:00", "writes to Dana, who is out of office today", writes(danaAddress, "Dana Reyes", "Contract: two remarks from legal", "Hi Dana,\n\nlegal has two remarks, both small; the marked-up copy is in the folder.\n\nSam\n")},
	}
}

const supplierNote = `---
title: Supplier review
date: 2026-03-02
attendees: Dana Reyes, Sam Okafor, Lee Park
---
DECISION: we stay with the current supplier until June.
ACTION: @Lee ask for the new price list by Friday
ACTION: Sam to send Dana the comparison by Wednesday
RISK: the second source is not certified yet. Proposal: start certification now, it takes four weeks.

## Private
Dana seemed tired, ask how she is.
`

const hiringNote = `# Hiring
Date: 2026-03-02
Present: Dana Reyes, Sam Okafor

DECISION: two offers go out this week, both remote.
TODO @Sam draft the offers by Tuesday
Q: Who signs while Dana is away on Friday?
`

const pricingNote = `# Pricing
Date: 2026-03-03
Present: Dana Reyes, Sam Okafor, Noor Haddad

AGREED: the entry price stays at 39 until autumn.
AI(Noor): model a yearly plan by next Monday
`

const releaseNote = `# Release planning
Date: 2026-03-05
Present: Dana Reyes, Sam Okafor

DECISION: code freeze on 20 March.
ACTION: Sam to publish the test plan by Monday
BLOCKER: the signing key expires on 18 March. Proposal: renew it this week.
`

func saves(name, text string) func(context.Context, *show) error {
	return func(_ context.Context, s *show) error { return s.world.note(name, text) }
}

func moves(subject string) func(context.Context, *show) error {
	return func(_ context.Context, s *show) error { return s.world.move(subject, "Headsup") }
}

func writes(to, name, subject, text string) func(context.Context, *show) error {
	return func(_ context.Context, s *show) error {
		a, err := mail.ParseAddress(to)
		if err != nil {
			return err
		}
		s.world.n++
		return s.world.own("Headsup", mail.Message{
			ID: mail.MessageID(fmt.Sprintf("own-%d@example.com", s.world.n)), Subject: subject,
			To: []mail.Party{{Name: name, Address: a}}, Parts: []mail.Part{{Type: "text/plain", Body: []byte(text)}},
		})
	}
}

// warns uses the command line: headsup queue add --urgent, then approve.
func warns(ctx context.Context, s *show) error {
	m, err := s.client.Add(ctx, control.AddRequest{
		Key: "demo-warning", Managers: []string{"dana"}, Kind: rules.HeadsUp, Priority: rules.Urgent, Subject: "Heads-up: the customer demo at noon has no data",
		Text: "the import failed overnight. We can show last week's data, or move the demo to two o'clock. I would show last week's data; say so if not.",
	})
	if err != nil {
		return err
	}
	if err := s.until(ctx, s.clock.Wall().Add(time.Minute)); err != nil {
		return err
	}
	shown, err := s.client.Show(ctx, m.ID)
	if err != nil {
		return err
	}
	_, err = s.client.Approve(ctx, control.ApproveRequest{ID: m.ID, Content: shown.Content})
	return err
}

func cancels(subject string) func(context.Context, *show) error {
	return func(ctx context.Context, s *show) error {
		list, err := s.client.Queue(ctx, control.QueueQuery{})
		if err != nil {
			return err
		}
		for _, m := range list {
			if strings.Contains(m.Subject, subject) {
				_, err := s.client.Act(ctx, control.ActRequest{ID: m.ID, Do: control.Cancel, Reason: "settled without it"})
				return err
			}
		}
		return errors.New("nothing about " + subject + " is waiting")
	}
}
