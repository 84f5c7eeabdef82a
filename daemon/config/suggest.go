package config

import (
	"fmt"
	"slices"
	"strings"
)

// otherNames maps what people write in other programs to the key that is meant.
var otherNames = map[string]string{
	"email":     "address",
	"mail":      "address",
	"timezone":  "zone",
	"tz":        "zone",
	"host":      "server",
	"hostname":  "server",
	"user":      "username",
	"login":     "username",
	"pass":      "secret",
	"password":  "secret",
	"passwd":    "secret",
	"token":     "secret",
	"type":      "kind",
	"dir":       "path",
	"directory": "folder",
	"managers":  "manager",
	"calendars": "calendar",
	"rule":      "rules",
	"smtp":      "submission",
	"imap":      "mailbox",
	"ssl":       "tls",
	"emails":    "addresses",
}

// mendKey guesses what an unknown key was meant to be.
func mendKey(key, path string, known []string) string {
	low := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	if other := otherNames[low]; slices.Contains(known, other) {
		if other == "secret" {
			return `a secret is never written into this file: use secret = { command = ["…"] }, { file = "…" } or { keyring = "service/user" }`
		}
		return fmt.Sprintf("did you mean %q?", other)
	}
	if hint := didYouMean(low, known); hint != "" {
		return hint
	}
	for _, full := range Schema() {
		if section, last := cutLast(full); last == low && section != plainPath(path) {
			if section == "" {
				return fmt.Sprintf("[%s] is a section of its own", last)
			}
			return fmt.Sprintf("%q belongs into [%s]", last, section)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

func cutLast(path string) (section, key string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// didYouMean names the candidate that is a slip of the hand away.
func didYouMean(s string, candidates []string) string {
	best, least := "", 1+max(1, min(len(s), 40)/4)
	for _, c := range candidates {
		if len(c) >= 3 && strings.HasPrefix(strings.ToLower(s), c) {
			return fmt.Sprintf("did you mean %q?", c)
		}
		if d := distance(strings.ToLower(s), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance counts the insertions, deletions, changes and swaps of neighbours that turn
// a into b (optimal string alignment). Long texts are not worth comparing.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 99
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
