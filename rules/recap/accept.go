package recap

import (
	"encoding/json"
	"fmt"
	"strings"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// Limits of what a notes.extract_command may answer.
const (
	MaxSuggested      = 1 << 20
	maxSuggestedItems = 500
	maxSuggestedSpan  = 40 // lines that one item may rest on
	maxItemText       = 600
)

// support is the share of an item's words that its lines must hold.
const support = 0.6

// Accept checks the answer of notes.extract_command, which has the form of
// [Recap.JSON], against the note's public text (see [Public]). An item is taken only if
// its kind is known, its lines exist and their words support it; an owner and a due
// phrase only if the lines name them; the day is always read by headsup. Everything else
// of the answer is ignored, recipients above all. What is taken is marked as suggested
// and asked about, never sent unasked.
func Accept(public string, answer []byte, opt Options) ([]Item, []Problem, error) {
	if len(answer) > MaxSuggested {
		return nil, nil, fmt.Errorf("read the answer of notes.extract_command: %d bytes, at most %d are read: %w", len(answer), MaxSuggested, prose.ErrTooLarge)
	}
	var in recapJSON
	if err := json.Unmarshal(answer, &in); err != nil {
		return nil, nil, fmt.Errorf("read the answer of notes.extract_command: %w; it must print the JSON of \"headsup recap --json\"", err)
	}
	var problems []Problem
	if len(in.Items) > maxSuggestedItems {
		problems = append(problems, Problem{Line: 0, Text: fmt.Sprintf("notes.extract_command suggested %d items; the first %d were looked at", len(in.Items), maxSuggestedItems)})
		in.Items = in.Items[:maxSuggestedItems]
	}
	g := when.Grammar{Said: when.DayOf(opt.Fallback), DayFirst: opt.DayFirst}
	lines := strings.Split(public, "\n")
	var out []Item
	for _, s := range in.Items {
		it, why := accept(s, lines, g)
		if why != "" {
			problems = append(problems, Problem{Line: max(0, s.Line), Text: fmt.Sprintf("suggested %q was left out: %s", layout.Short(prose.Tidy(prose.CleanControls(s.Text))), why)})
			continue
		}
		out = append(out, it)
	}
	return out, problems, nil
}

func accept(s itemJSON, lines []string, g when.Grammar) (Item, string) {
	if s.EndLine == 0 {
		s.EndLine = s.Line
	}
	switch {
	case s.Kind != Action && s.Kind != Decision && s.Kind != Question && s.Kind != Risk:
		return Item{}, fmt.Sprintf("%q is no kind of item", layout.Short(string(s.Kind)))
	case s.Line < 1 || s.EndLine < s.Line || s.EndLine > len(lines):
		return Item{}, fmt.Sprintf("the note has no lines %d to %d", s.Line, s.EndLine)
	case s.EndLine-s.Line >= maxSuggestedSpan:
		return Item{}, fmt.Sprintf("it rests on more than %d lines", maxSuggestedSpan)
	}
	text := prose.Tidy(strings.ReplaceAll(prose.CleanControls(s.Text), "\n", " "))
	if text == "" || len(text) > maxItemText {
		return Item{}, fmt.Sprintf("its text is empty or longer than %d bytes", maxItemText)
	}
	source, _ := prose.Plain(strings.Join(lines[s.Line-1:s.EndLine], " "))
	if !supports(source, text) {
		return Item{}, "the words are not on its lines"
	}
	it := Item{Kind: s.Kind, Text: text, Line: s.Line, EndLine: s.EndLine, Suggested: true,
		Confidence: 0.5, Ask: "suggested by notes.extract_command", Cues: []string{"suggested"}}
	if s.Owner != nil && names(source, *s.Owner) {
		it.Owner = prose.Tidy(prose.CleanControls(*s.Owner))
	}
	if s.Due != nil && *s.Due != "" && names(source, *s.Due) {
		it.Due = prose.Tidy(prose.CleanControls(*s.Due))
		t := prose.Tokenize(it.Due)
		d, ok := g.Find(it.Due, t)
		if !ok && len(t) > 0 {
			led := "by " + it.Due
			d, _ = g.Find(led, prose.Tokenize(led))
		}
		it.DueDate = d.Day.String()
	}
	return it, ""
}

// supports: most words of the item stand in its lines, and no number is new.
func supports(source, text string) bool {
	have, want := prose.Content(source), prose.Content(text)
	if len(want) == 0 {
		return false
	}
	shared := 0
	for w := range want {
		switch {
		case have[w]:
			shared++
		case strings.ContainsAny(w, "0123456789@"):
			return false
		}
	}
	return float64(shared) >= support*float64(len(want)) && shared >= min(2, len(want))
}

// names reports whether every word of phrase stands in source.
func names(source, phrase string) bool {
	words := map[string]bool{}
	for _, t := range prose.Tokenize(source) {
		words[t.Low] = true
	}
	t := prose.Tokenize(phrase)
	for i := range t {
		if !words[t[i].Low] {
			return false
		}
	}
	return len(t) > 0
}
