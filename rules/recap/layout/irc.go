package layout

import "strings"

// chatLine takes the time and the nick off a line of a chat log: "[15:02] <dana> text",
// "15:02:03 <dana> text".
func chatLine(t string) (nick, at, rest string) {
	s := strings.TrimPrefix(t, "[")
	if len(s) < 5 || s[0] < '0' || s[0] > '9' {
		return "", "", t
	}
	stamp, after, ok := strings.Cut(s, " ")
	stamp = strings.TrimRight(stamp, "]")
	if _, good := parseClock(stamp); !ok || !good || !strings.HasPrefix(after, "<") {
		return "", "", t
	}
	end := strings.IndexByte(after, '>')
	if end < 2 || end > 34 || strings.ContainsAny(after[1:end], " /") {
		return "", "", t
	}
	return strings.TrimLeft(after[1:end], "@+"), stamp, strings.TrimSpace(after[end+1:])
}

// byline takes MeetBot's "(dana, 15:02:03)" off the end of a line of minutes: it names
// who typed the line, not who is to do it.
func byline(t string) string {
	open := strings.LastIndexByte(t, '(')
	if open <= 0 || !strings.HasSuffix(t, ")") {
		return t
	}
	who, at, ok := strings.Cut(t[open+1:len(t)-1], ", ")
	if _, good := parseClock(at); !ok || !good || strings.Contains(who, " ") {
		return t
	}
	return strings.TrimSpace(t[:open])
}
