package letter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"headsup/mail/letter"
)

const correct = "If I got something wrong, a one-line reply is enough and I will correct it."

func section(title string, lines ...letter.Line) letter.Section {
	return letter.Section{Title: title, Lines: lines}
}

// contents are letters as they leave on working days, each in both styles.
var contents = map[string]letter.Content{
	"supplier": {
		Greeting: "Hi Dana,", Context: "here is what I took from the supplier call with Lee and Kim on Tue 24 Nov.",
		Sections: []letter.Section{
			section("Decided", letter.Line{Text: "The tooling is ordered from the second bidder"}, letter.Line{Text: "The pilot runs with 200 units"}),
			section("To do", letter.Line{Text: "send the drawings to the supplier", Who: "Lee", Due: "Fri 27 Nov"}, letter.Line{Text: "check the price against last year's", Who: "Sam", Due: "Mon 30 Nov"}),
			section("Open", letter.Line{Text: "Who signs the frame contract?", Ask: true}),
			section("At risk", letter.Line{Text: "Delivery of the mould slips by a week if customs asks for papers", Way: "hand in the papers now, Kim has them"}),
		},
		Closing: correct, Signature: "Sam",
	},
	"one decision": {
		Greeting: "Hi Dana,", Context: "In one line, from our call this morning:",
		Sections: []letter.Section{section("Decided", letter.Line{Text: "We skip the trade fair and put the budget into the pilot"})},
		Closing:  correct, Signature: "Sam Okafor",
	},
	"heads-up": {
		Greeting: "Hi Dana,", Context: "The audit could cost us the Friday date.",
		Sections: []letter.Section{
			section("At risk", letter.Line{Text: "The auditor wants access logs that we keep for 30 days only", Way: "I ask IT today to stop the clean-up; you would have to approve it", Due: "Wed 25 Nov", Who: "Sam"}),
		},
		Closing: "Is that all right for you?", Signature: "Sam",
	},
	"questions": {
		Greeting: "Hi Dana,", Context: "Three questions before I can go on with the offer.",
		Sections: []letter.Section{section("Open",
			letter.Line{Text: "Do we offer service in the first year?", Ask: true},
			letter.Line{Text: "Is 12 % still our floor?", Ask: true, Due: "Thu 26 Nov"},
			letter.Line{Text: "Can Lee join the negotiation?", Ask: true, Who: "Lee"})},
		Closing: correct, Signature: "Sam",
	},
	"only others asked": {
		Greeting: "Hi Dana,", Context: "From the weekly.",
		Sections: []letter.Section{section("Open", letter.Line{Text: "When does the new line start?", Ask: true, Who: "Kim"})},
		Closing:  correct, Signature: "Sam",
	},
	"many actions": {
		Greeting: "Hi Dana and Lee,", Context: "Steering committee, Mon 23 Nov.",
		Sections: []letter.Section{
			section("To do",
				letter.Line{Text: "draft the risk list", Who: "Sam", Due: "Tue 24 Nov"}, letter.Line{Text: "book the test hall", Who: "Kim"},
				letter.Line{Text: "tell the works council", Who: "Dana", Due: "Wed 25 Nov"}, letter.Line{Text: "order the second sensor", Due: "end of the month"},
				letter.Line{Text: "close the old project number"}, letter.Line{Text: "collect the numbers of all four sites and put them into one sheet that can be shown to the board without further explanation", Who: "Lee and Sam", Due: "Fri 4 Dec"}),
			section("At risk", letter.Line{Text: "The hall may be taken in week 50.", Way: "move to week 51"}),
		},
		Closing: correct, Signature: "Sam Okafor\nProject office\n+49 30 000000",
	},
	"nothing": {Greeting: "Hi Dana,", Context: "Nothing was decided today; the next call is on Tue 1 Dec.", Closing: correct, Signature: "Sam"},
	"other scripts": {
		Greeting: "Hallo Jörg,", Context: "kurz zum Gespräch mit 田中さん und Ольга.",
		Sections: []letter.Section{section("Entschieden", letter.Line{Text: "Größe „M“ – nicht „L“ 👍"}), section("Offen", letter.Line{Text: "いつ始めますか？", Ask: true})},
		Closing:  "Falls etwas nicht stimmt: eine Zeile genügt.", Signature: "Sam",
	},
	"hostile": {
		Greeting: "Hi <b>Dana</b>,", Context: "{{.}} {{template \"brief\" .}} %s %d \r\nBcc: evil@example.net",
		Sections: []letter.Section{section("<script>alert(1)</script>",
			letter.Line{Text: "<img src=x onerror=alert(1)> javascript:alert(1) </td></table>", Who: `" onmouseover="alert(1)`, Due: "</span><svg onload=alert(1)>", Way: "a\u2028b\u202egpj.exe\x00\x1b[31m"},
			letter.Line{Text: "  \t\n "})},
		Closing: "</p><style>*{display:none}</style>\n\n\nsecond line", Signature: "<!-- Sam",
	},
	"long words": {
		Greeting: "Hi Dana,", Context: "The link is https://example.com/" + strings.Repeat("very/long/path/", 12),
		Sections: []letter.Section{section("To do", letter.Line{Text: strings.Repeat("Donaudampfschifffahrt", 6), Who: "Lee", Due: "Fri 27 Nov"})},
		Closing:  correct, Signature: "Sam",
	},
	"no greeting": {Sections: []letter.Section{section("Decided", letter.Line{Text: "yes"}), section("Empty")}},
}

func TestCompose(t *testing.T) {
	if len(contents) < 10 {
		t.Fatal("too few letters")
	}
	templates := letter.DefaultTemplates()
	for name, c := range contents {
		for _, style := range []letter.Style{letter.Brief, letter.Detailed} {
			c.Style = style
			parts, err := templates.Compose(c)
			if err != nil {
				t.Fatal(err)
			}
			base := filepath.Join("letters", strings.ReplaceAll(name, " ", "-")+"."+string(style))
			golden(t, base+".txt", parts[0].Body)
			golden(t, base+".html", parts[1].Body)
			checkHTML(t, name, string(parts[1].Body), c)
			m := sample(t)
			m.Parts = parts
			got, err := letter.Read(build(t, m))
			if err != nil || got.ContentHash() != m.ContentHash() {
				t.Errorf("%s: does not come back: %v", name, err)
			}
		}
	}
}

// checkHTML lets a parser of HTML say what is in it: only what we wrote, no scripts, no
// links, nothing from outside, and every value as text.
func checkHTML(t *testing.T, name, body string, c letter.Content) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "body": true, "table": true, "tbody": true, "tr": true, "td": true, "p": true, "b": true, "i": true, "bdi": true, "br": true, "span": true}
	attributes := map[string]bool{"style": true, "role": true, "cellpadding": true, "cellspacing": true, "border": true, "charset": true, "name": true, "content": true}
	var text strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch n.Type {
		case html.CommentNode:
			t.Errorf("%s: a comment %q", name, n.Data)
		case html.TextNode:
			text.WriteString(n.Data + " ")
		case html.ElementNode:
			if !allowed[n.Data] {
				t.Errorf("%s: element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				if !attributes[a.Key] || strings.Contains(a.Val, "url(") || strings.Contains(a.Val, "://") {
					t.Errorf("%s: attribute %s=%q", name, a.Key, a.Val)
				}
			}
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k)
		}
	}
	walk(doc)
	seen := letter.Clean(text.String())
	values := []string{c.Greeting}
	for _, s := range c.Sections {
		for _, l := range s.Lines {
			values = append(values, l.Text, l.Who, l.Due, l.Way)
		}
	}
	for _, v := range values {
		if v = letter.Clean(v); !strings.Contains(strings.ToLower(seen), strings.ToLower(v)) {
			t.Errorf("%s: %q is not shown", name, v)
		}
	}
}

func TestLoadTemplates(t *testing.T) {
	write := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	tm, err := letter.LoadTemplates(write(map[string]string{"text.tmpl": "{{.Greeting}} mine {{range .Sections}}{{range .Lines}}{{.Text}}{{end}}{{end}}"}))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := tm.Compose(letter.Content{Greeting: "Hi", Sections: []letter.Section{section("x", letter.Line{Text: "{{.Greeting}}"})}})
	if err != nil || string(parts[0].Body) != "Hi mine {{.Greeting}}\n" || !strings.Contains(string(parts[1].Body), "<b>x</b>") {
		t.Errorf("%s\n%s\n%v", parts[0].Body, parts[1].Body, err)
	}
	tm, err = letter.LoadTemplates(write(map[string]string{"html.tmpl": "<p>{{.Context}}</p>"}))
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := tm.Compose(letter.Content{Context: "<x>"}); err != nil || string(parts[1].Body) != "<p>&lt;x&gt;</p>\n" {
		t.Errorf("%s, %v", parts[1].Body, err)
	}
	for text, want := range map[string]string{
		"{{.Greetings}}": `word the text: template: text.tmpl:1:2: executing "text.tmpl" at <.Greetings>: can't evaluate field Greetings in type letter.Content`,
		"{{if}}":         "template: text.tmpl:1: missing value for if",
		"{{end}}":        "template: text.tmpl:1: unexpected {{end}}",
	} {
		dir := write(map[string]string{"text.tmpl": text})
		if _, err := letter.LoadTemplates(dir); errText(err) != "load letter templates from "+dir+": "+want {
			t.Errorf("%s: %v", text, err)
		}
	}
	dir := write(nil)
	if _, err := letter.LoadTemplates(dir); errText(err) != "load letter templates from "+dir+": neither text.tmpl nor html.tmpl is there" {
		t.Errorf("an empty folder: %v", err)
	}
}
