package timeline

import (
	"fmt"
	"regexp"
	"strings"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// declared says why an event is focus time by the calendar's own word, and how sure that
// is; "" if the calendar does not say so.
func declared(e calendar.Event, p Policy, known *title.Memo) (string, float64) {
	kind := known.Read(e.Title)
	switch {
	case e.Type == calendar.TypeFocus:
		return "the calendar marks it as focus time", 1
	case category(e.Categories, p.FocusCategories) != "":
		return fmt.Sprintf("its category is %q", category(e.Categories, p.FocusCategories)), 0.95
	case kind == title.Tool && (solo(e) || !strings.Contains(e.Title, "\u2747")):
		return "a focus tool made it", 0.95
	case kind == title.NoMeetings:
		return fmt.Sprintf("its title forbids meetings: %q", e.Title), 0.9
	case kind == title.Focus && everybody(e) && !title.Meets(e.Title):
		return fmt.Sprintf("its title says so, for everybody: %q", e.Title), 0.85
	case !solo(e):
		return "", 0
	case title.Among(e.Title, p.FocusTitles):
		return fmt.Sprintf("its title says so: %q", e.Title), 0.95
	case kind == title.Focus:
		return fmt.Sprintf("its title says so: %q", e.Title), 0.9
	}
	return "", 0
}

// everybody reports whether a whole company or department is invited: nobody meets with
// all of them in focus time.
func everybody(e calendar.Event) bool {
	const many = 10
	if len(e.Attendees) >= many {
		return true
	}
	for _, a := range e.Attendees {
		if list.MatchString(strings.TrimPrefix(strings.ToLower(a.Address), "mailto:")) {
			return true
		}
	}
	return false
}

// list matches the addresses under which companies write to everybody.
var list = regexp.MustCompile(`^(all|everyone|everybody|staff|team|company|allhands|all-hands|alle|tous|todos|tutti|iedereen|alla|kaikki|wszyscy)([-._+].*)?@`)

// category finds the first category that means focus time.
func category(have, want []string) string {
	for _, c := range have {
		if k := title.Read(c); k == title.Focus || k == title.NoMeetings || title.Among(c, want) {
			return c
		}
	}
	return ""
}
