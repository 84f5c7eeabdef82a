package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"headsup/mail"
)

// text reads one line of text without control characters.
func (t *table) text(key string, to *string) {
	if s, ok := t.str(key, `"…"`); ok {
		if strings.ContainsFunc(s, unicode.IsControl) {
			t.fault(key, s, "has control characters", "one line of text", "")
			return
		}
		*to = strings.TrimSpace(s)
	}
}

// block reads text that may have several lines.
func (t *table) block(key string, to *string) {
	if s, ok := t.str(key, `"…"`); ok {
		*to = strings.TrimSpace(s)
	}
}

func (t *table) str(key, example string) (string, bool) {
	v, ok := t.take(key)
	if !ok {
		return "", false
	}
	s, ok := v.(string)
	if !ok {
		t.wrongType(key, v, "text", "text in quotes, "+example)
	}
	return s, ok
}

// word reads one of a few words.
func word[T ~string](t *table, key string, to *T, allowed ...T) {
	s, ok := t.str(key, quoteAll(allowed))
	if !ok {
		return
	}
	for _, a := range allowed {
		if string(a) == s {
			*to = a
			return
		}
	}
	t.fault(key, s, "is not one of the words for this key", quoteAll(allowed), didYouMean(s, texts(allowed)))
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

func quoteAll[T ~string](list []T) string {
	var out []string
	for _, s := range list {
		out = append(out, `"`+string(s)+`"`)
	}
	return strings.Join(out, ", ")
}

// address reads one mail address.
func (t *table) address(key string, to *mail.Address) {
	if s, ok := t.str(key, `"sam@example.com"`); ok {
		if a, ok := t.parseAddress(key, s); ok {
			*to = a
		}
	}
}

func (t *table) parseAddress(key, s string) (mail.Address, bool) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		hint := ""
		if strings.Contains(s, "<") {
			hint = "write the bare address, without a name and without < >"
		}
		t.fault(key, nil, err.Error(), "an address such as dana@example.com", hint)
	}
	return a, err == nil
}

// addresses reads a list of addresses.
func (t *table) addresses(key string, to *[]mail.Address) {
	var list []string
	if !t.list(key, &list) {
		return
	}
	*to = nil
	for i, s := range list {
		if a, ok := t.parseAddress(fmt.Sprintf("%s[%d]", key, i), s); ok {
			*to = append(*to, a)
		}
	}
}

// list reads a list of texts and reports whether there is a good one.
func (t *table) list(key string, to *[]string) bool {
	v, ok := t.take(key)
	if !ok {
		return false
	}
	items, ok := v.([]any)
	if !ok {
		t.wrongType(key, v, "a list", `a list of texts, ["…", "…"]`)
		return false
	}
	if len(items) > maxElements {
		t.fault(key, nil, fmt.Sprintf("has %d elements", len(items)), fmt.Sprintf("at most %d", maxElements), "")
		return false
	}
	out := []string{}
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			t.wrongType(fmt.Sprintf("%s[%d]", key, i), item, "text", "text in quotes")
			return false
		}
		out = append(out, s)
	}
	*to = out
	return true
}

// words reads a list of words out of a few.
func words[T ~string](t *table, key string, to *[]T, allowed ...T) {
	var list []string
	if !t.list(key, &list) {
		return
	}
	out := []T{}
	for i, s := range list {
		one := T("")
		for _, a := range allowed {
			if string(a) == s {
				one = a
			}
		}
		if one == "" {
			t.fault(fmt.Sprintf("%s[%d]", key, i), s, "is not one of the words for this key", quoteAll(allowed), didYouMean(s, texts(allowed)))
			continue
		}
		out = append(out, one)
	}
	*to = out
}

// zone reads the name of a time zone.
func (t *table) zone(key string, to **time.Location) {
	s, ok := t.str(key, `"Europe/Berlin"`)
	if !ok {
		return
	}
	loc, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		t.fault(key, s, "is not a time zone of the tz database", `a name such as "Europe/Berlin" or "America/New_York"`, "`timedatectl list-timezones` lists them")
		return
	}
	*to = loc
}

// clock reads a time of day.
func (t *table) clock(key string, to *TimeOfDay) {
	s, ok := t.str(key, `"09:30"`)
	if !ok {
		return
	}
	c, err := ParseTimeOfDay(s)
	if err != nil {
		t.fault(key, s, "is not a time of day", `hours and minutes, "00:00" to "24:00"`, "")
		return
	}
	*to = c
}

// duration reads a stretch of time within bounds.
func (t *table) duration(key string, to *time.Duration, least, most time.Duration) {
	allowed := fmt.Sprintf(`"%s" to "%s"`, shortDuration(least), shortDuration(most))
	s, ok := t.str(key, `"20m", "2h" or "7d"`)
	if !ok {
		return
	}
	d, err := ParseDuration(s)
	switch {
	case err != nil:
		t.fault(key, s, "is not a length of time", `a number and a unit, "20m", "2h", "7d" or "26w"`, "")
	case d < least || d > most:
		t.fault(key, s, "is out of range", allowed, "")
	default:
		*to = d
	}
}

// shortDuration is a duration in its largest whole unit.
func shortDuration(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// count reads a whole number within bounds.
func (t *table) count(key string, to *int, least, most int) {
	v, ok := t.take(key)
	if !ok {
		return
	}
	n, ok := v.(int64)
	allowed := fmt.Sprintf("%d to %d", least, most)
	switch {
	case !ok:
		t.wrongType(key, v, "a whole number", allowed)
	case n < int64(least) || n > int64(most):
		t.fault(key, v, "is out of range", allowed, "")
	default:
		*to = int(n)
	}
}

// flag reads true or false.
func (t *table) flag(key string, to *bool) {
	v, ok := t.take(key)
	if !ok {
		return
	}
	b, ok := v.(bool)
	if !ok {
		t.wrongType(key, v, "true or false", "true, false (without quotes)")
		return
	}
	*to = b
}

// file reads a path. "~" is the home folder; a relative path starts at the folder of
// the configuration file.
func (t *table) file(key string, to *string) {
	s, ok := t.str(key, `"~/Maildir"`)
	if !ok {
		return
	}
	if s == "" || strings.ContainsRune(s, 0) {
		t.fault(key, s, "is not a path", "the path of a file or folder", "")
		return
	}
	*to = t.w.opt.expand(s)
}

// expand makes a path absolute.
func (o Options) expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~"+string(os.PathSeparator)) {
		return filepath.Join(o.Home, path[1:])
	}
	if filepath.IsAbs(path) || path == "" {
		return path
	}
	return filepath.Join(o.dir(), path)
}

// webURL reads an http or https address. Name and password do not belong into it.
func (t *table) webURL(key string, to *string) {
	s, ok := t.str(key, `"https://calendar.example.com/…"`)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "webcal":
		t.fault(key, nil, "is not a web address", `"https://…"`, "")
	case u.User != nil:
		t.fault(key, nil, "has a name or a password in it", `"https://host/…"`, "use the keys username and secret")
	default:
		*to = s
	}
}
