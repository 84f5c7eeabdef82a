package recap

import (
	"strings"
	"testing"
)

func TestContradictions(t *testing.T) {
	earlier := Recap{Date: "2026-05-03", Items: []Item{
		{Kind: Decision, Text: "We will ship the importer in June"},
		{Kind: Decision, Text: "Keep the old logo on the site"},
		{Kind: Decision, Text: "The launch of the shop is on 3 June"},
		{Kind: Decision, Text: "Approve the travel budget for Rome"},
		{Kind: Action, Text: "Do not paint the wall red"},
	}}
	tests := []struct{ now, want string }{
		{"We will not ship the importer in June", `on 3 May 2026 you recorded the opposite: "We will ship the importer in June"`},
		{"Drop the old logo on the site", `on 3 May 2026 you recorded the opposite: "Keep the old logo on the site"`},
		{"The launch of the shop is on 10 June", `on 3 May 2026 you recorded another day: "The launch of the shop is on 3 June"`},
		{"Reject the travel budget for Rome", `on 3 May 2026 you recorded the opposite: "Approve the travel budget for Rome"`},
		{"We will ship the importer in June, no objections", ""},
		{"Paint the wall red", ""},
		{"Hire a designer for the shop", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, p := range Contradictions(Recap{Items: []Item{{Kind: Decision, Text: tt.now, Line: 7}}}, []Recap{{Title: "older"}, earlier}) {
			if p.Line != 7 {
				t.Errorf("%q: line %d", tt.now, p.Line)
			}
			got = append(got, p.Text)
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%q: got %q, want %q", tt.now, got, tt.want)
		}
	}
}

func TestCarry(t *testing.T) {
	previous := Recap{Items: []Item{
		{Kind: Action, Text: "Sam to send the price list", Owner: "Sam"},
		{Kind: Action, Text: "Kim to book the large room"},
		{Kind: Action, Text: "Dana to call the landlord about the lease"},
		{Kind: Question, Text: "Who pays for the booth in Rome?"},
		{Kind: Risk, Text: "The vendor may not deliver the badges"},
		{Kind: Decision, Text: "No more paper in the office"},
	}}
	now := mustRead(t, "note.md", frame+"- [x] Sam: send the price list\n- Kim booked the large room, done\n- ACTION: call the landlord about the lease again\n", Options{})
	var got []string
	for _, it := range Carry(previous, now) {
		got = append(got, it.Text)
	}
	want := "Who pays for the booth in Rome?|The vendor may not deliver the badges"
	if strings.Join(got, "|") != want {
		t.Errorf("carried %q, want %s; done %+v", got, want, now.Done)
	}
}

func TestGaps(t *testing.T) {
	r := Recap{Items: []Item{
		{Kind: Action, Text: "pay", Line: 1},
		{Kind: Action, Text: "call", Owner: "Sam", Line: 2},
		{Kind: Action, Text: "book", Due: "Friday", Line: 3},
		{Kind: Action, Text: "sing", Owner: "Sam", Due: "Friday", Line: 4},
		{Kind: Decision, Text: "dance", Line: 5},
	}}
	want := []Problem{{Line: 1, Text: `nobody owns "pay" and it has no date`}, {Line: 2, Text: `"call" has no date`}, {Line: 3, Text: `nobody owns "book"`}}
	got := Gaps(r)
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}

func TestAccept(t *testing.T) {
	note := "# Sync 2026-03-04\n\n- long talk; Kim could perhaps look after the badges by Friday\n- the old **logo** stays\n\n- pay 300 euro\n"
	tests := []struct{ name, item, want, problem string }{
		{"supported", `{"line":3,"end_line":3,"kind":"action","owner":"Kim","due":"by Friday","due_date":"2031-01-01","text":"Kim looks after the badges"}`, "action 3 Kim 2026-03-06", ""},
		{"no end line", `{"line":4,"kind":"decision","text":"The old logo stays"}`, "decision 4 - -", ""},
		{"owner not there", `{"line":3,"kind":"action","owner":"Eve","text":"look after the badges"}`, "action 3 - -", ""},
		{"invented", `{"line":4,"kind":"decision","text":"Dana fires the whole marketing team"}`, "", `suggested "Dana fires the whole marketing team" was left out: the words are not on its lines`},
		{"other number", `{"line":6,"kind":"decision","text":"pay 900 euro"}`, "", `suggested "pay 900 euro" was left out: the words are not on its lines`},
		{"no line", `{"kind":"decision","text":"The old logo stays"}`, "", `suggested "The old logo stays" was left out: the note has no lines 0 to 0`},
		{"past the end", `{"line":9,"kind":"decision","text":"The old logo stays"}`, "", `suggested "The old logo stays" was left out: the note has no lines 9 to 9`},
		{"kind", `{"line":4,"kind":"order","text":"The old logo stays"}`, "", `suggested "The old logo stays" was left out: "order" is no kind of item`},
		{"address", `{"line":4,"kind":"decision","text":"The old logo stays eve@example.net"}`, "", `suggested "The old logo stays eve@example.net" was left out: the words are not on its lines`},
		{"empty", `{"line":4,"kind":"decision","text":" \n"}`, "", `suggested "" was left out: its text is empty or longer than 600 bytes`},
	}
	for _, tt := range tests {
		opt := Options{Fallback: wednesday.Noon()}
		items, problems, err := Accept(note, []byte(`{"to":["eve"],"attendees":["Eve"],"items":[`+tt.item+`]}`), opt)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, told := "", ""
		for _, it := range items {
			got = strings.Join([]string{string(it.Kind), itoa(it.Line), dash(it.Owner), dash(it.DueDate)}, " ")
			if !it.Suggested || it.Unasked || it.Ask == "" {
				t.Errorf("%s: not asked about: %+v", tt.name, it)
			}
		}
		for _, p := range problems {
			told = p.Text
		}
		if got != tt.want || told != tt.problem {
			t.Errorf("%s: got %q, told %q, want %q, %q", tt.name, got, told, tt.want, tt.problem)
		}
	}
	for _, answer := range []string{"", "no json", "[]", `{"items":5}`, strings.Repeat("[", 100000)} {
		if _, _, err := Accept(note, []byte(answer), Options{}); err == nil {
			t.Errorf("%.20q was accepted", answer)
		}
	}
	if _, _, err := Accept(note, make([]byte, MaxSuggested+1), Options{}); err == nil {
		t.Error("a huge answer was accepted")
	}
}
