package draft

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"headsup/mail/letter"
	"headsup/rules/recap"
)

// sections puts the items that are sure into the order in which a busy person wants
// them: what was settled, then what the reader is to do, then what others do.
func sections(r recap.Recap, to []Manager, zone *time.Location) []letter.Section {
	var out []letter.Section
	add := func(title string, want func(recap.Item) bool, word func(recap.Item) letter.Line) {
		sec := letter.Section{Title: title}
		for _, it := range r.Items {
			if it.Unasked && want(it) {
				sec.Lines = append(sec.Lines, word(it))
			}
		}
		if len(sec.Lines) > 0 {
			out = append(out, sec)
		}
	}
	of := func(k recap.ItemKind) func(recap.Item) bool {
		return func(it recap.Item) bool { return it.Kind == k }
	}
	plain := func(it recap.Item) letter.Line { return line(it, zone) }
	add("Decided", of(recap.Decision), plain)
	add("For you", func(it recap.Item) bool { return readers(it, to) }, func(it recap.Item) letter.Line {
		l := line(it, zone)
		l.Who = ""
		return l
	})
	add("To do", func(it recap.Item) bool { return it.Kind == recap.Action && !readers(it, to) }, plain)
	add("Open", of(recap.Question), plain)
	add("At risk", of(recap.Risk), plain)
	return out
}

// readers reports whether an action is the reader's own. With two readers nobody is "you".
func readers(it recap.Item, to []Manager) bool {
	return it.Kind == recap.Action && len(to) == 1 && it.OwnerKey != "" && it.OwnerKey == to[0].Key
}

func line(it recap.Item, zone *time.Location) letter.Line {
	l := letter.Line{Who: who(it), Way: unstopped(withoutLabel(it.Way)), Ask: it.Kind == recap.Question}
	text := withoutOwner(withoutOwner(it.Text, it.Owner), it.Person)
	l.Text, l.Due = once(withoutOwnerBehind(text, it.Owner), it.Due, day(it.DueDate, zone))
	l.Text = unstopped(l.Text)
	return l
}

// who owns an item: by the full name if the note means one person, else as it is written.
func who(it recap.Item) string {
	if it.Person != "" {
		return it.Person
	}
	return it.Owner
}

// withoutOwner takes the name from the head of a text before which it stands anyway:
// "Lee: @Lee ask for the list" and "Sam: Sam to send it" say it twice.
func withoutOwner(text, owner string) string {
	first, _, _ := strings.Cut(owner, " ")
	if first == "" {
		return text
	}
	for _, head := range []string{"@" + owner, "@" + first, owner + " to", first + " to", owner + " will", first + " will"} {
		if len(text) > len(head)+1 && strings.EqualFold(text[:len(head)], head) && text[len(head)] == ' ' {
			return strings.TrimSpace(text[len(head):])
		}
	}
	return text
}

// withoutOwnerBehind takes "(Kim)" off the end, and "Kim" out of "(Kim, by Friday)".
func withoutOwnerBehind(text, owner string) string {
	open := strings.LastIndexAny(text, "([")
	if owner == "" || open < 1 || !strings.ContainsAny(text[len(text)-1:], ")]") {
		return text
	}
	inner := strings.TrimLeft(text[open+1:len(text)-1], "@")
	rest, ok := strings.CutPrefix(inner, owner)
	switch rest = strings.TrimLeft(rest, " ,;"); {
	case !ok || rest != "" && inner[len(owner)] != ',' && inner[len(owner)] != ';':
		return text
	case rest == "":
		return strings.TrimSpace(text[:open])
	}
	return text[:open+1] + rest + text[len(text)-1:]
}

// deadlines begin the phrases that say until when and nothing else, so that they can be
// said in other words: "by Friday" as "due Fri 6 Mar". "before Friday" is another day, and
// "on Friday" may belong to what is done.
var deadlines = [...]string{"by ", "bis ", "due ", "eod", "eow", "eom", "cob", "no later than ", "asap", "today", "tomorrow", "next ", "this ", "in ", "within "}

// once sees to it that the day of an item is said once. A deadline at the end of the text
// becomes the due date of the line; a day within the text stays there, with its date.
func once(text, phrase, date string) (string, string) {
	at := strings.LastIndex(text, phrase)
	due := date
	if due == "" {
		due = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(phrase, "by "), "due "), "By ")
	}
	if phrase == "" || at < 0 {
		return text, due
	}
	before, after := text[:at], text[at+len(phrase):]
	closed := strings.Trim(after, " .!)]") == ""
	bracket := strings.HasSuffix(before, "(") || strings.HasSuffix(before, "[")
	if closed && (bracket || saysUntilWhen(phrase)) && strings.TrimSpace(before) != "" {
		return strings.TrimRight(before, " ,;:([–-"), due
	}
	if date == "" || strings.ContainsAny(phrase, "0123456789") {
		return text, ""
	}
	if weekday, rest, _ := strings.Cut(date, " "); strings.Contains(strings.ToLower(phrase), strings.ToLower(weekday)) {
		date = rest
	}
	return text[:at+len(phrase)] + " (" + date + ")" + after, ""
}

func saysUntilWhen(phrase string) bool {
	low := strings.ToLower(phrase)
	for _, d := range deadlines {
		if strings.HasPrefix(low, d) {
			return true
		}
	}
	return false
}

// unstopped takes the stop off a single sentence: lines of a list have none.
func unstopped(s string) string {
	t, ok := strings.CutSuffix(s, ".")
	if !ok || strings.Contains(t, ". ") || strings.HasSuffix(t, ".") || strings.HasSuffix(t, "etc") {
		return s
	}
	return t
}

// withoutLabel takes "Proposal:" from the head of a way out, which the letter puts there
// itself.
func withoutLabel(way string) string {
	label, rest, ok := strings.Cut(way, ":")
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "proposal", "proposed", "mitigation", "way out", "plan", "suggestion":
		if ok {
			return strings.TrimSpace(rest)
		}
	}
	return way
}

// longTitle is how much of a title a subject holds: a telephone shows about as much.
const longTitle = 60

// shortTitle cuts a title between words.
func shortTitle(s string) string {
	if utf8.RuneCountInString(s) <= longTitle {
		return s
	}
	cut := string([]rune(s)[:longTitle])
	if i := strings.LastIndexByte(cut, ' '); i > longTitle/2 {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, func(r rune) bool { return unicode.IsPunct(r) || r == ' ' }) + "…"
}

// written are the ways in which a title names a day, the longest first.
var written = [...]string{"Monday, January 2, 2006", "Monday 2 January 2006", "January 2, 2006", "2 January 2006", "Jan 2, 2006", "2 Jan 2006", "Jan 2 2006", "January 2 2006",
	"2006-01-02", "2006/01/02", "20060102", "01/02/2006", "1/2/2006", "02/01/2006", "2/1/2006", "02.01.2006", "2.1.2006", "January 2", "2 January", "Jan 2", "2 Jan"}

// undated takes the day of the meeting off the end of a title, because the subject names it.
func undated(title, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return title
	}
	for _, layout := range written {
		rest, ok := strings.CutSuffix(strings.TrimRight(title, " )]"), t.Format(layout))
		if !ok {
			continue
		}
		if rest != "" && unicode.IsDigit(rune(rest[len(rest)-1])) {
			continue // "12 March" does not end with 2 March
		}
		rest = strings.TrimRight(rest, " ,;:–—-([")
		rest = strings.TrimSuffix(strings.TrimSuffix(rest, " on"), " of")
		if rest != "" {
			return rest
		}
	}
	return title
}
