package recap

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
)

// Person is somebody a note may mean by a name.
type person struct {
	name string // the fullest form known
	key  string // of a contact
}

// roster knows who can be meant: attendees, contacts, the user.
type roster struct {
	people []person
	by     map[string][]int // lower-case name, first name, initials, handle -> people
	self   int
}

func newRoster(attendees []string, opt Options) *roster {
	r := &roster{by: map[string][]int{}, self: -1}
	if opt.Self != "" {
		r.self = r.add(opt.Self, "", nil)
	}
	for _, c := range opt.Contacts {
		if c.Key == "" && !strings.Contains(c.Name, " ") && r.knows(c.Name) {
			continue // "Dana" of an invitation is the Dana who is known
		}
		r.add(c.Name, c.Key, c.Aliases)
	}
	var short []string
	for _, a := range attendees {
		if name, _ := splitHandle(a); strings.Contains(name, " ") {
			r.add(a, "", nil)
		} else {
			short = append(short, a)
		}
	}
	// "Dana" in the list of those present is the Dana who is known, or could be any of
	// the two; it is nobody new.
	for _, a := range short {
		if name, _ := splitHandle(a); name == "" || !r.knows(name) {
			r.add(a, "", nil)
		}
	}
	return r
}

// add enters a person once; a contact with the name of an attendee is the attendee.
func (r *roster) add(name, key string, aliases []string) int {
	name, handle := splitHandle(name)
	if name == "" {
		name = handle
	}
	if name == "" {
		return -1
	}
	at := r.same(name)
	if at < 0 {
		at = len(r.people)
		r.people = append(r.people, person{name: name})
	}
	if key != "" {
		r.people[at].key = key
	}
	for _, form := range nameForms(name) {
		r.enter(form, at)
	}
	if handle != "" {
		r.enter(handle, at)
	}
	for _, a := range aliases {
		r.enter(strings.TrimPrefix(a, "@"), at)
	}
	return at
}

func (r *roster) same(name string) int {
	for i := range r.people {
		if strings.EqualFold(r.people[i].name, name) {
			return i
		}
	}
	return -1
}

func (r *roster) enter(form string, at int) {
	form = strings.ToLower(form)
	for _, have := range r.by[form] {
		if have == at {
			return
		}
	}
	r.by[form] = append(r.by[form], at)
}

// roles stand where a name is expected: "Project Lead".
var roles = prose.Set("project lead chair manager member members team committee board group the owner editor secretary treasurer president director")

// nameForms lists how people shorten a name: all of it, first name, last name, initials.
func nameForms(name string) []string {
	forms := []string{name}
	words := strings.Fields(name)
	if len(words) < 2 {
		return forms
	}
	for _, w := range [...]string{words[0], words[len(words)-1]} {
		if !roles[strings.ToLower(w)] {
			forms = append(forms, w)
		}
	}
	var initials, outer strings.Builder
	for i, w := range words {
		c, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsLetter(c) {
			continue
		}
		initials.WriteRune(c)
		if i == 0 || i == len(words)-1 {
			outer.WriteRune(c)
		}
	}
	if utf8.RuneCountInString(initials.String()) > 1 {
		forms = append(forms, initials.String())
	}
	if utf8.RuneCountInString(outer.String()) > 1 {
		forms = append(forms, outer.String())
	}
	return forms
}

// splitHandle takes "(TSC)", "- role" and "@handle" off an entry of an attendee list.
func splitHandle(s string) (name, handle string) {
	if i := strings.IndexAny(s, "([<|"); i >= 0 {
		if in := strings.Trim(s[i:], "()[] "); i > 0 && layout.InitialsLike(in) {
			handle = in
		}
		s = s[:i]
	}
	for _, sep := range [...]string{" - ", " – ", " — ", ", "} {
		s, _, _ = strings.Cut(s, sep)
	}
	var words []string
	for _, w := range strings.Fields(s) {
		if h, ok := strings.CutPrefix(w, "@"); ok {
			if len(h) > 0 {
				handle = h
			}
			continue
		}
		words = append(words, w)
	}
	return strings.Trim(strings.Join(words, " "), " .,;:*"), strings.Trim(handle, ".,;:")
}

// Find returns who is meant by name: none, one, or several.
func (r *roster) find(name string) []int {
	return r.by[strings.ToLower(strings.TrimPrefix(name, "@"))]
}

func (r *roster) knows(name string) bool { return len(r.find(name)) > 0 }

// maxPeople bounds the attendees that are read.
const maxPeople = 200

// attendees collects the people that the note lists as present.
func attendees(units []layout.Unit) []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		name, handle := splitHandle(s)
		if name == "" {
			name = handle
		}
		if !layout.NameLike(name) || seen[strings.ToLower(name)] || len(out) >= maxPeople {
			return
		}
		seen[strings.ToLower(name)] = true
		out = append(out, strings.TrimSpace(s))
	}
	for i := range units {
		u := &units[i]
		if u.Kind == layout.Heading {
			continue
		}
		label, rest, found := strings.Cut(u.Text, ":")
		if open := strings.IndexByte(label, '('); open > 0 {
			label = label[:open]
		}
		switch {
		case found && len(label) < 40 && absent(label):
		case found && len(label) < 40 && layout.TopicOf(label) == layout.TopicPeople:
			splitPeople(rest, add)
		case u.Topic == layout.TopicPeople && !underAbsent(units, i):
			for _, p := range u.Parts {
				listPerson(p, add)
			}
		}
	}
	return out
}

func absent(label string) bool {
	l := strings.ToLower(label)
	return strings.Contains(l, "absent") || strings.Contains(l, "apolog") || strings.Contains(l, "regret")
}

func underAbsent(units []layout.Unit, i int) bool {
	u := &units[i]
	return u.Parent >= 0 && absent(units[u.Parent].Text) || u.Head >= 0 && absent(units[u.Head].Text)
}

func splitPeople(s string, add func(string)) {
	fields := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '&' })
	if len(fields) == 1 { // "JD SM NB": initials need no comma
		all := strings.Fields(s)
		initials := len(all) > 1
		for _, w := range all {
			initials = initials && (layout.InitialsLike(w) || len(w) < 12 && !strings.Contains(w, " ") && strings.ToUpper(w[:1]) == w[:1])
		}
		if initials && len(all) > 3 {
			fields = all
		}
	}
	for _, f := range fields {
		for _, p := range strings.Split(f, " and ") {
			add(p)
		}
	}
}

// listPerson reads one line of an attendee list: "Dana Reyes @dana (chair)",
// "Chair: Dana Reyes", or several names with commas.
func listPerson(s string, add func(string)) {
	if role, rest, ok := strings.Cut(s, ":"); ok {
		if absent(role) {
			return
		}
		s = rest
	}
	if strings.Count(s, ",") > 1 {
		splitPeople(s, add)
		return
	}
	add(s)
}

// speakers lists who speaks in a transcript.
func speakers(units []layout.Unit) []string {
	var out []string
	seen := map[string]bool{}
	for i := range units {
		if who := units[i].Speaker; units[i].Kind == layout.Turn && who != "" && !seen[who] && len(out) < maxPeople {
			seen[who] = true
			out = append(out, who)
		}
	}
	return out
}
